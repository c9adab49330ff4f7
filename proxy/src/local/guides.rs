//! The steps by which each system takes the root. They are for a client on whatever machine: nothing in them needs
//! Handlens to be installed there.

/// A system or a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    Ios,
    Android,
    MacOs,
    Windows,
    Firefox,
    Linux,
    Java,
}

/// How one of them takes the root.
pub(super) struct Guide {
    pub(super) client: Client,
    pub(super) title: &'static str,
    /// The form it takes, as a path.
    pub(super) file: &'static str,
    /// What the button says.
    pub(super) button: &'static str,
    /// Steps one after another (`ol`), or one of several (`ul`).
    pub(super) list: &'static str,
    /// HTML of our own.
    pub(super) steps: &'static [&'static str],
    /// HTML of our own.
    pub(super) remark: &'static str,
}

impl Client {
    /// Which one a `User-Agent` is of, as well as that can be told.
    pub(super) fn from_user_agent(agent: &str) -> Option<Self> {
        let has = |word: &str| agent.contains(word);
        // Each names those before it for compatibility: Android says Linux, iPhones say like Mac OS X.
        if has("iPhone") || has("iPad") || has("iPod") {
            Some(Self::Ios)
        } else if has("Android") {
            Some(Self::Android)
        } else if has("Firefox/") {
            Some(Self::Firefox)
        } else if has("Macintosh") || has("Mac OS X") {
            Some(Self::MacOs)
        } else if has("Windows") {
            Some(Self::Windows)
        } else if has("Java/") || has("Java-http-client") {
            Some(Self::Java)
        } else if has("Linux") || has("X11") || has("CrOS") {
            Some(Self::Linux)
        } else {
            None
        }
    }
}

pub(super) const GUIDES: &[Guide] = &[
    Guide {
        client: Client::Ios,
        title: "iOS, iPadOS",
        file: "/root.mobileconfig",
        button: "Get the profile",
        list: "ol",
        steps: &[
            "Open this page in Safari, get the profile, and choose “Allow”.",
            "Settings, “Profile Downloaded”, “Install”.",
            "Settings, “General”, “About”, “Certificate Trust Settings”: switch the root on. Without this step it is \
             installed but not trusted.",
        ],
        remark: "To be rid of it: Settings, “General”, “VPN &amp; Device Management”, the profile, “Remove Profile”.",
    },
    Guide {
        client: Client::Android,
        title: "Android",
        file: "/root.der",
        button: "Get the certificate",
        list: "ol",
        steps: &[
            "Get the certificate; it goes to your downloads.",
            "Settings, search for “CA certificate”, or “Security”, “Encryption &amp; credentials”, “Install a \
             certificate”, “CA certificate”.",
            "“Install anyway”, and pick <code>handlens-root.cer</code>.",
        ],
        remark: "Browsers trust it then; since Android 7 other apps do only when they were built to. Firefox wants it \
                 switched on: Settings, “About Firefox”, tap the logo five times, then “Secret Settings”, “Use third \
                 party CA certificates”. An emulator or a device with root takes <a href=\"/root.0\">the file under \
                 its hashed name</a> in <code>/system/etc/security/cacerts</code>, for every app.",
    },
    Guide {
        client: Client::MacOs,
        title: "macOS",
        file: "/root.der",
        button: "Get the certificate",
        list: "ol",
        steps: &[
            "Get the certificate and open it: Keychain Access adds it to your login keychain.",
            "Find it there, open it, “Trust”, “When using this certificate: Always Trust”.",
        ],
        remark: "Or in a terminal: <code>security add-trusted-cert -r trustRoot -k \
                 ~/Library/Keychains/login.keychain-db handlens-root.cer</code>. Safari, Chrome and Edge follow the \
                 keychain; Firefox has trust of its own. A Mac goes past its proxy for <code>*.local</code> unless you \
                 take that out of the exceptions, which is why this page may not open in every program.",
    },
    Guide {
        client: Client::Windows,
        title: "Windows",
        file: "/root.der",
        button: "Get the certificate",
        list: "ol",
        steps: &[
            "Get the certificate and open it: “Install Certificate”, “Current User”.",
            "“Place all certificates in the following store”: “Trusted Root Certification Authorities”.",
        ],
        remark: "Or in a prompt: <code>certutil -user -addstore Root handlens-root.cer</code>. Chrome, Edge and \
                 Firefox follow it.",
    },
    Guide {
        client: Client::Firefox,
        title: "Firefox",
        file: "/root.pem",
        button: "Get the certificate",
        list: "ol",
        steps: &[
            "Get the certificate, and leave it in your downloads.",
            "Settings, “Privacy &amp; Security”, “View Certificates…”, “Authorities”, “Import…”: pick \
             <code>handlens-root.pem</code>.",
            "Tick “Trust this CA to identify websites”.",
        ],
        remark: "",
    },
    Guide {
        client: Client::Linux,
        title: "Linux",
        file: "/root.pem",
        button: "Get the certificate",
        list: "ul",
        steps: &[
            "Debian, Ubuntu: <code>sudo cp handlens-root.pem /usr/local/share/ca-certificates/handlens.crt &amp;&amp; \
             sudo update-ca-certificates</code>",
            "Fedora, RHEL: <code>sudo cp handlens-root.pem /etc/pki/ca-trust/source/anchors/ &amp;&amp; sudo \
             update-ca-trust</code>",
            "Arch: <code>sudo trust anchor --store handlens-root.pem</code>",
            "Chromium, Chrome, Edge and Brave have trust of their own: <code>certutil -d sql:$HOME/.pki/nssdb -A -t \
             C,, -n handlens -i handlens-root.pem</code>",
        ],
        remark: "On the machine that Handlens runs on, <code>handlens ca install</code> does all of it, and \
                 <code>handlens ca uninstall</code> undoes it.",
    },
    Guide {
        client: Client::Java,
        title: "Java, and programs that take PKCS#12",
        file: "/root.p12",
        button: "Get the trust store",
        list: "ul",
        steps: &[
            "Java: <code>-Djavax.net.ssl.trustStore=handlens-root.p12 -Djavax.net.ssl.trustStorePassword=handlens</code>",
            "Elsewhere: its password is <code>handlens</code>. It keeps nothing secret.",
        ],
        remark: "",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_known_by_what_it_calls_itself() {
        for (agent, client) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1",
                Some(Client::Ios),
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36",
                Some(Client::Android),
            ),
            (
                "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
                Some(Client::Android),
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                Some(Client::Firefox),
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
                Some(Client::MacOs),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
                Some(Client::Windows),
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
                Some(Client::Linux),
            ),
            ("Java-http-client/17.0.15", Some(Client::Java)),
            ("curl/8.10.1", None),
            ("", None),
        ] {
            assert_eq!(Client::from_user_agent(agent), client, "{agent}");
        }
    }
}
