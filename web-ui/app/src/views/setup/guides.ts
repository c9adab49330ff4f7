// How each system and program is told to use the proxy and to trust the root, step by step.

import { handlensLine, splitAddress } from "../../lib/setup";
import { quoteWord } from "../../lib/shell";

/** A step: a sentence, and what to copy for it. */
export interface Step {
  text: string;
  code?: string;
}

export interface Guide {
  key: string;
  title: string;
  group: "Programs" | "Browsers" | "Systems" | "Phones";
  /** Whether the root has to be downloaded for it, and in which form. */
  download: "pem" | "der" | "mobileconfig" | null;
  steps: readonly Step[];
  remark?: string;
}

/** What the steps are about. */
export interface Place {
  /** `127.0.0.1:8080` */
  proxy: string;
  /** The folder that commands have to be told; null for the platform's. */
  dataDir: string | null;
  /** The root's file on this machine. */
  rootPath: string;
  /** Whether other machines can reach the proxy. */
  open: boolean;
}

const ROOT_FILE = "handlens-root.pem";

export function guides({ proxy, dataDir, rootPath, open }: Place): readonly Guide[] {
  const { host, port } = splitAddress(proxy);
  const url = `http://${proxy}`;
  const root = quoteWord(rootPath);
  const phone = open
    ? []
    : [
        {
          text: "Handlens listens to this machine only. Start it so that the phone can reach it:",
          code: handlensLine(dataDir, `--listen 0.0.0.0:${port}`),
        },
      ];
  const inOneGo = (store: string): Step => ({
    text: "The root in one go: it tells what it will change, asks, and “ca uninstall” undoes it. Or by hand, below.",
    code: handlensLine(dataDir, `ca install --store ${store}`),
  });
  return [
    {
      key: "any",
      title: "Any program",
      group: "Programs",
      download: null,
      steps: [
        {
          text: "Run it with proxy and root set in its environment, for as long as it runs and for nothing else:",
          code: handlensLine(dataDir, "exec -- your-program --its-options"),
        },
        {
          text: "Or set them yourself in one shell:",
          code: `export HTTPS_PROXY=${url} HTTP_PROXY=${url} SSL_CERT_FILE=${root}`,
        },
      ],
      remark:
        "handlens exec covers curl, git, Python, Node, Java, Ruby, Go, Rust, Deno, the AWS tools and whatever else reads these variables. Node before 22.21 is the exception: its fetch, http and https read no proxy from the environment, and go past Handlens without a word.",
    },
    {
      key: "curl",
      title: "curl",
      group: "Programs",
      download: null,
      steps: [{ text: "Name proxy and root:", code: `curl --proxy ${url} --cacert ${root} https://example.com/` }],
    },
    {
      key: "python",
      title: "Python",
      group: "Programs",
      download: null,
      steps: [
        {
          text: "requests, httpx and pip read these:",
          code: `export HTTPS_PROXY=${url} REQUESTS_CA_BUNDLE=${root} SSL_CERT_FILE=${root} PIP_CERT=${root}`,
        },
        { text: "Then run your program:", code: "python your_program.py" },
      ],
    },
    {
      key: "node",
      title: "Node.js",
      group: "Programs",
      download: null,
      steps: [
        {
          text: "Node trusts one more root, and its fetch uses the proxy:",
          code: `export NODE_EXTRA_CA_CERTS=${root} NODE_USE_ENV_PROXY=1 HTTPS_PROXY=${url} HTTP_PROXY=${url}`,
        },
        {
          text: "npm has settings of its own:",
          code: `npm config set proxy ${url} && npm config set https-proxy ${url} && npm config set cafile ${root}`,
        },
      ],
      remark:
        "NODE_USE_ENV_PROXY needs Node 22.21, or 24.5. Before that, fetch, http and https need an agent of your own.",
    },
    {
      key: "java",
      title: "Java",
      group: "Programs",
      download: null,
      steps: [
        inOneGo("java"),
        {
          text: "Make a trust store with the root in it:",
          code: `keytool -importcert -noprompt -alias handlens -file ${root} -keystore handlens.p12 -storetype PKCS12 -storepass changeit`,
        },
        {
          text: "Start Java with it and with the proxy:",
          code: `java -Dhttps.proxyHost=${host} -Dhttps.proxyPort=${port} -Dhttp.proxyHost=${host} -Dhttp.proxyPort=${port} -Djavax.net.ssl.trustStore=handlens.p12 -Djavax.net.ssl.trustStorePassword=changeit -jar your.jar`,
        },
      ],
      remark:
        "A store of its own has no other roots. Copy the JDK's cacerts and import into the copy if the program also talks past the proxy.",
    },
    {
      key: "git",
      title: "git",
      group: "Programs",
      download: null,
      steps: [{ text: "For one command:", code: `git -c http.proxy=${url} -c http.sslCAInfo=${root} fetch` }],
    },
    {
      key: "chromium",
      title: "Chromium, Chrome, Edge",
      group: "Browsers",
      download: "pem",
      steps: [
        {
          text: "A throwaway browser that trusts the root:",
          code: handlensLine(dataDir, "browser --browser chromium"),
        },
        inOneGo("chromium"),
        {
          text: "Start a profile of its own through the proxy; the everyday one stays as it is:",
          code: `chromium --user-data-dir=/tmp/handlens-profile --proxy-server=${url} --proxy-bypass-list="<-loopback>"`,
        },
        {
          text: `Open chrome://certificate-manager, choose “Local certificates”, then “Trusted certificates”, Import, and pick ${ROOT_FILE}.`,
        },
        {
          text: "On Linux the same from a shell (package libnss3-tools), once it was started:",
          code: `certutil -d sql:$HOME/.pki/nssdb -A -t "C,," -n Handlens -i ${root}`,
        },
      ],
      remark: "On macOS and Windows these browsers trust what the system trusts: install the root there.",
    },
    {
      key: "firefox",
      title: "Firefox",
      group: "Browsers",
      download: "pem",
      steps: [
        { text: "A throwaway browser that trusts the root:", code: handlensLine(dataDir, "browser --browser firefox") },
        inOneGo("firefox"),
        {
          text: `Settings, “Network Settings”, “Manual proxy configuration”: HTTP Proxy ${host}, Port ${port}, and tick “Also use this proxy for HTTPS”.`,
        },
        {
          text: `Settings, “Privacy & Security”, “View Certificates…”, tab “Authorities”, “Import…”: pick ${ROOT_FILE} and tick “Trust this CA to identify websites”.`,
        },
      ],
      remark:
        "Firefox has trust of its own; what the system trusts does not matter to it. As a snap or Flatpak it can only read files below your home folder.",
    },
    {
      key: "debian",
      title: "Debian, Ubuntu",
      group: "Systems",
      download: "pem",
      steps: [
        inOneGo("system"),
        { text: "The file has to end in .crt:", code: `sudo cp ${root} /usr/local/share/ca-certificates/handlens.crt` },
        { text: "Take it in:", code: "sudo update-ca-certificates" },
        {
          text: "To take it out again:",
          code: "sudo rm /usr/local/share/ca-certificates/handlens.crt && sudo update-ca-certificates --fresh",
        },
      ],
    },
    {
      key: "fedora",
      title: "Fedora, RHEL",
      group: "Systems",
      download: "pem",
      steps: [
        inOneGo("system"),
        {
          text: "Put it among the anchors, and take it in:",
          code: `sudo cp ${root} /etc/pki/ca-trust/source/anchors/handlens.pem && sudo update-ca-trust`,
        },
        {
          text: "To take it out again:",
          code: "sudo rm /etc/pki/ca-trust/source/anchors/handlens.pem && sudo update-ca-trust",
        },
      ],
    },
    {
      key: "macos",
      title: "macOS",
      group: "Systems",
      download: "pem",
      steps: [
        inOneGo("system"),
        {
          text: "Trust the root in your login keychain:",
          code: `security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db ${root}`,
        },
        {
          text: "Send a network service through the proxy:",
          code: `networksetup -setwebproxy Wi-Fi ${host} ${port} && networksetup -setsecurewebproxy Wi-Fi ${host} ${port}`,
        },
        {
          text: "And back:",
          code: "networksetup -setwebproxystate Wi-Fi off && networksetup -setsecurewebproxystate Wi-Fi off",
        },
      ],
    },
    {
      key: "windows",
      title: "Windows",
      group: "Systems",
      download: "der",
      steps: [
        inOneGo("system"),
        {
          text: "Trust the root for your user, in PowerShell, in the folder of the download:",
          code: "Import-Certificate -FilePath .\\handlens-root.der -CertStoreLocation Cert:\\CurrentUser\\Root",
        },
        { text: `Settings, “Network & internet”, “Proxy”, “Use a proxy server”: address ${host}, port ${port}.` },
      ],
    },
    {
      key: "ios",
      title: "iOS, iPadOS",
      group: "Phones",
      download: "mobileconfig",
      steps: [
        ...phone,
        {
          text: `Settings, Wi-Fi, (i) beside the network, “Configure Proxy”, Manual: the address of this machine, port ${port}.`,
        },
        {
          text: "Open http://handlens.local/ in Safari and get the profile (or bring it by AirDrop or mail), then Settings, “Profile Downloaded”, Install.",
        },
        {
          text: "Settings, General, About, “Certificate Trust Settings”: switch Handlens on. Without this step it is installed but not trusted.",
        },
      ],
    },
    {
      key: "android",
      title: "Android",
      group: "Phones",
      download: "der",
      steps: [
        ...phone,
        {
          text: `Settings, Wi-Fi, the network, “Modify”, “Advanced”, Proxy Manual: the address of this machine, port ${port}.`,
        },
        {
          text: "Open http://handlens.local/ and get the certificate (or bring the file yourself), then Settings, Security, “Encryption & credentials”, “Install a certificate”, “CA certificate”.",
        },
      ],
      remark:
        "Since Android 7 an app trusts such a root only when it says so in its network security configuration. Browsers do; most other apps don't.",
    },
  ];
}
