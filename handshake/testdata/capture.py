#!/usr/bin/env python3
"""Captures handshakes of real programs, for the tests.

    capture.py [NAME ...]       makes NAME.tls anew, or all of them

A relay stands between a client and a server and writes down what passes:

    client 0 160301...          who sent it, microseconds since the first byte, the bytes
    server 812 160303...
    key CLIENT_RANDOM 8f.. 3a.. a line of the key log

With HANDLENS=PATH a Handlens between Chromium and OpenSSL is captured on both its legs: rustls, with a hybrid group.

Needs OpenSSL, GnuTLS (gnutls-bin), NSS (libnss3-tools), curl, Node, Java, Chromium and Python; what of them is missing
is passed over. Random bytes and times differ from run to run: the files in the repository are what one run gave.
"""
import os
import selectors
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = tempfile.mkdtemp(prefix="capture-")
CASES = {}


def run(command, **more):
    return subprocess.run(command, cwd=WORK, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificates():
    """A root, leaves of three kinds of key, a client's, a long chain, and an OCSP response."""
    config = os.path.join(WORK, "x.cnf")
    with open(config, "w") as file:
        file.write(
            "[leaf]\nsubjectAltName=DNS:localhost,DNS:example.com,IP:127.0.0.1\nbasicConstraints=CA:false\n"
            "extendedKeyUsage=serverAuth,clientAuth\n[ca]\nbasicConstraints=critical,CA:true\n"
            "keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
        )

    def make(name, key, issuer, section, subject):
        run(["openssl", "genpkey", *key, "-out", f"{name}.key"])
        run(["openssl", "req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr"])
        sign = ["-signkey", f"{name}.key"] if issuer is None else ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-CAcreateserial"]
        run(["openssl", "x509", "-req", "-in", f"{name}.csr", *sign, "-days", "3650", "-extfile", config,
             "-extensions", section, "-out", f"{name}.pem"])

    rsa = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
    p256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    make("root", rsa, None, "ca", "/C=NL/O=Example/CN=Capture Root")
    make("rsa", rsa, "root", "leaf", "/CN=localhost")
    make("ecdsa", p256, "root", "leaf", "/CN=localhost")
    make("ed25519", ["-algorithm", "ED25519"], "root", "leaf", "/CN=localhost")
    make("client", p256, "root", "leaf", "/CN=A client")
    issuer, chain = "root", []
    for step in range(20):
        name = f"step{step}"
        make(name, rsa, issuer, "ca", f"/CN=Step {step} of a long chain")
        issuer, chain = name, [name] + chain
    make("long", rsa, issuer, "leaf", "/CN=localhost")
    with open(os.path.join(WORK, "chain.pem"), "w") as file:
        for name in chain:
            file.write(open(os.path.join(WORK, f"{name}.pem")).read())
    serial = subprocess.check_output(["openssl", "x509", "-in", "rsa.pem", "-noout", "-serial"], cwd=WORK, text=True)
    with open(os.path.join(WORK, "index.txt"), "w") as file:
        file.write(f"V\t351231235959Z\t\t{serial.strip().split('=')[1]}\tunknown\t/CN=localhost\n")
    run(["openssl", "ocsp", "-issuer", "root.pem", "-cert", "rsa.pem", "-reqout", "ocsp.req", "-no_nonce"])
    run(["openssl", "ocsp", "-index", "index.txt", "-CA", "root.pem", "-rsigner", "root.pem", "-rkey", "root.key",
         "-reqin", "ocsp.req", "-respout", "ocsp.der", "-ndays", "30"])
    os.makedirs(os.path.join(WORK, "nss"))
    run(["certutil", "-N", "-d", "nss", "--empty-password"])
    run(["openssl", "pkcs12", "-export", "-in", "rsa.pem", "-inkey", "rsa.key", "-name", "server", "-passout", "pass:",
         "-out", "rsa.p12"])
    run(["pk12util", "-i", "rsa.p12", "-d", "nss", "-W", ""])
    run(["certutil", "-A", "-d", "nss", "-n", "root", "-t", "C,C,C", "-i", "root.pem"])


class Relay(threading.Thread):
    """Carries one connection at a time, and keeps what passes."""

    def __init__(self, to, connect=None):
        super().__init__(daemon=True)
        self.to = to
        self.connect = connect
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def carry(self, client):
        server = socket.create_connection(("127.0.0.1", self.to))
        if self.connect:
            server.sendall(f"CONNECT {self.connect} HTTP/1.1\r\nHost: {self.connect}\r\n\r\n".encode())
            while b"\r\n\r\n" not in server.recv(4096):
                pass
        chunks, began = [], None
        self.connections.append(chunks)
        selector = selectors.DefaultSelector()
        selector.register(client, selectors.EVENT_READ, ("client", client, server))
        selector.register(server, selectors.EVENT_READ, ("server", server, client))
        while selector.get_map():
            for key, _ in selector.select():
                side, source, target = key.data
                try:
                    data = source.recv(65536)
                except OSError:
                    data = b""
                if not data:
                    selector.unregister(source)
                    try:
                        target.shutdown(socket.SHUT_WR)
                    except OSError:
                        pass
                    continue
                began = began or time.monotonic()
                chunks.append((side, int((time.monotonic() - began) * 1e6), data))
                try:
                    target.sendall(data)
                except OSError:
                    pass


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server does not listen")


class Server:
    """A program that serves while the block runs; its key log lands in the file `keys`."""

    def __init__(self, command, env=None):
        self.port = free_port()
        self.command = [part.replace("PORT", str(self.port)) for part in command]
        self.env = {**os.environ, **(env or {})}

    def __enter__(self):
        self.process = subprocess.Popen(self.command, cwd=WORK, env=self.env, stdin=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.port)
        self.relay = Relay(self.port)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def openssl_server(*more, key="ecdsa"):
    return Server(["openssl", "s_server", "-accept", "PORT", "-key", f"{key}.key", "-cert", f"{key}.pem",
                   "-keylogfile", "keys", "-www", *more])


def write(name, chunks):
    keys = []
    path = os.path.join(WORK, "keys")
    stream = b"".join(data for side, _, data in chunks if side == "client")
    random = stream[11:43].hex()
    if os.path.exists(path):
        keys = sorted({line.strip() for line in open(path) if random in line})
    with open(os.path.join(HERE, f"{name}.tls"), "w") as file:
        for line in keys:
            file.write(f"key {line}\n")
        for side, at, data in chunks:
            file.write(f"{side} {at} {data.hex()}\n")
    print(f"{name}: {len(chunks)} chunks, {len(keys)} keys")


def settle(relay, count=1):
    """Waits until the connection has said its last."""
    for _ in range(100):
        if len(relay.connections) >= count and relay.connections[-1]:
            seen = sum(len(data) for _, _, data in relay.connections[-1])
            time.sleep(0.15)
            if seen == sum(len(data) for _, _, data in relay.connections[-1]):
                return relay.connections[-1]
        time.sleep(0.02)
    return relay.connections[-1]


def client(relay, command, say=None, env=None, wait=6):
    command = [part.replace("PORT", str(relay.port)) for part in command]
    try:
        subprocess.run(command, cwd=WORK, input=say, timeout=wait, env={**os.environ, **(env or {})},
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        pass
    return settle(relay)


def s_client(*more):
    return ["openssl", "s_client", "-connect", "127.0.0.1:PORT", "-servername", "localhost", "-CAfile", "root.pem", *more]


GET = b"GET / HTTP/1.0\r\n\r\n"


def case(name):
    def note(function):
        CASES[name] = function
        return function
    return note


def openssl(name, server=(), client_options=(), key="ecdsa", say=GET):
    def capture():
        with openssl_server(*server, key=key) as running:
            write(name, client(running.relay, s_client("-ign_eof", *client_options), say))
    CASES[name] = capture


openssl("openssl-tls13", client_options=["-alpn", "h2,http/1.1"], server=["-alpn", "http/1.1"])
openssl("openssl-tls13-hello-retry", server=["-groups", "P-384"])
openssl("openssl-tls13-chacha-rsa", client_options=["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], key="rsa")
openssl("openssl-tls13-ed25519-aes256", client_options=["-ciphersuites", "TLS_AES_256_GCM_SHA384"], key="ed25519")
openssl("openssl-tls13-aes128", client_options=["-ciphersuites", "TLS_AES_128_GCM_SHA256"])
openssl("openssl-tls13-ccm", client_options=["-ciphersuites", "TLS_AES_128_CCM_SHA256"],
        server=["-ciphersuites", "TLS_AES_128_CCM_SHA256"])
openssl("openssl-tls13-long-chain", server=["-cert_chain", "chain.pem"], key="long")
openssl("openssl-tls13-status", server=["-status_file", "ocsp.der"], client_options=["-status"], key="rsa")
openssl("openssl-tls13-client-certificate", server=["-Verify", "1", "-CAfile", "root.pem"],
        client_options=["-cert", "client.pem", "-key", "client.key"])
openssl("openssl-tls13-client-certificate-missing", server=["-Verify", "1", "-verify_return_error", "-CAfile", "root.pem"])
openssl("openssl-tls13-unknown-ca", client_options=["-CAfile", "client.pem", "-verify_return_error"])
openssl("openssl-no-common-version", server=["-tls1_3"], client_options=["-tls1_2"])
openssl("openssl-no-common-suite", server=["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"],
        client_options=["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"])
openssl("openssl-tls12-ecdhe-ecdsa", client_options=["-tls1_2"])
openssl("openssl-tls12-ecdhe-rsa-chacha", key="rsa", client_options=["-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"])
openssl("openssl-tls12-dhe-rsa", key="rsa", client_options=["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"])
openssl("openssl-tls12-rsa", key="rsa", client_options=["-tls1_2", "-cipher", "AES128-GCM-SHA256"])
openssl("openssl-tls12-rsa-cbc", key="rsa", client_options=["-tls1_2", "-cipher", "AES128-SHA"])
openssl("openssl-tls12-cbc-mac-inside", server=["-no_etm"], key="rsa",
        client_options=["-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384"])
openssl("openssl-tls12-ccm", server=["-cipher", "ECDHE-ECDSA-AES128-CCM"],
        client_options=["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM"])
openssl("openssl-tls12-ccm8", server=["-cipher", "ECDHE-ECDSA-AES256-CCM8@SECLEVEL=0"],
        client_options=["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-CCM8@SECLEVEL=0"])
openssl("openssl-tls12-status", server=["-status_file", "ocsp.der"], key="rsa", client_options=["-tls1_2", "-status"])
openssl("openssl-tls12-client-certificate", server=["-Verify", "1", "-CAfile", "root.pem"],
        client_options=["-tls1_2", "-cert", "client.pem", "-key", "client.key"])
openssl("openssl-tls12-psk", server=["-psk", "00112233445566778899aabbccddeeff", "-psk_hint", "who", "-nocert"],
        client_options=["-tls1_2", "-psk", "00112233445566778899aabbccddeeff", "-cipher", "ECDHE-PSK-CHACHA20-POLY1305"])
openssl("openssl-tls12-anonymous", server=["-cipher", "AECDH-AES128-SHA@SECLEVEL=0"],
        client_options=["-tls1_2", "-cipher", "AECDH-AES128-SHA@SECLEVEL=0"])
openssl("openssl-tls11", key="rsa", server=["-cipher", "ALL@SECLEVEL=0"],
        client_options=["-tls1_1", "-cipher", "ALL@SECLEVEL=0"])
openssl("openssl-tls11-ecdsa", server=["-cipher", "ALL@SECLEVEL=0", "-Verify", "1", "-CAfile", "root.pem"],
        client_options=["-tls1_1", "-cipher", "ALL@SECLEVEL=0", "-cert", "client.pem", "-key", "client.key"])
openssl("openssl-tls10-mac-inside", key="rsa", server=["-cipher", "ALL@SECLEVEL=0", "-no_etm"],
        client_options=["-tls1", "-cipher", "AES128-SHA@SECLEVEL=0"])
openssl("openssl-tls10", key="rsa", server=["-cipher", "ALL@SECLEVEL=0"],
        client_options=["-tls1", "-cipher", "ALL@SECLEVEL=0"])


def converse(relay, command, lines):
    """Says line by line, with time to answer; `Q` makes s_client close as it should, so that its session stays good."""
    talk = subprocess.Popen([part.replace("PORT", str(relay.port)) for part in command], cwd=WORK, stdin=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for line in lines:
        time.sleep(0.4)
        try:
            talk.stdin.write(line)
            talk.stdin.flush()
        except OSError:
            break
    time.sleep(0.5)
    chunks = settle(relay)
    talk.kill()
    talk.wait()
    return chunks


@case("openssl-tls13-key-update")
def _():
    with openssl_server() as running:
        write("openssl-tls13-key-update", converse(running.relay, s_client(), [b"K\n", b"k\n", GET]))


def resumed(name, server=(), first=(), again=(), second_server=None):
    def capture():
        def before(running):
            client(running.relay, s_client("-sess_out", "session", "-ign_eof", *first), GET)
            running.relay.connections.clear()

        def after(running):
            write(name, client(running.relay, s_client("-sess_in", "session", "-ign_eof", *first, *again), GET))

        with openssl_server(*server) as running:
            before(running)
            if second_server is None:
                after(running)
        if second_server is not None:
            with openssl_server(*second_server) as running:
                after(running)
    CASES[name] = capture


with open(os.path.join(WORK, "early"), "wb") as _file:
    _file.write(GET)

resumed("openssl-tls13-resumed")
resumed("openssl-tls12-ticket-resumed", first=["-tls1_2"])
resumed("openssl-tls12-session-id-resumed", first=["-tls1_2", "-no_ticket"], server=["-no_ticket"])


def early(name, second_server=None):
    def capture():
        serve = ["openssl", "s_server", "-accept", "PORT", "-key", "ecdsa.key", "-cert", "ecdsa.pem", "-keylogfile", "keys"]

        def again(running):
            running.relay.connections.clear()
            command = s_client("-sess_in", "session", "-early_data", "early")
            write(name, converse(running.relay, command, [b"more\n", b"Q\n"]))

        with Server([*serve, "-early_data"]) as running:
            converse(running.relay, s_client("-sess_out", "session"), [b"hello\n", b"Q\n"])
            if second_server is None:
                again(running)
        if second_server is not None:
            with Server([*serve, *second_server]) as running:
                again(running)
    CASES[name] = capture


early("openssl-tls13-early-data")
early("openssl-tls13-early-data-refused", ["-early_data"])
early("openssl-tls13-early-data-hello-retry", ["-groups", "P-384"])


def against_openssl(name, command, server=(), env=None, key="rsa", wait=6, say=GET):
    def capture():
        if shutil.which(command[0]) is None:
            return print(f"{name}: passed over, there is no {command[0]}")
        with openssl_server(*server, key=key) as running:
            write(name, client(running.relay, command, say, env, wait))
    CASES[name] = capture


GNUTLS = ["gnutls-cli", "--no-ca-verification", "--sni-hostname", "localhost", "--port", "PORT"]
against_openssl("gnutls-tls13", [*GNUTLS, "127.0.0.1"])
against_openssl("gnutls-tls12", [*GNUTLS, "--priority", "NORMAL:-VERS-TLS1.3", "127.0.0.1"])
against_openssl("nss-tls13", ["tstclnt", "-h", "127.0.0.1", "-a", "localhost", "-p", "PORT", "-d", "nss", "-o"])
against_openssl("nss-tls12", ["tstclnt", "-h", "127.0.0.1", "-a", "localhost", "-p", "PORT", "-d", "nss", "-o", "-V", "tls1.2:tls1.2"])
against_openssl("curl", ["curl", "-ks", "https://localhost:PORT/"])
against_openssl("wget", ["wget", "-qO-", "--no-check-certificate", "https://localhost:PORT/"])
against_openssl("node", ["node", "-e", "require('https').get('https://localhost:PORT/',{rejectUnauthorized:false},r=>r.resume())"])
against_openssl("python", ["python3", "-c", "import ssl,urllib.request as u;c=ssl._create_unverified_context();"
                           "u.urlopen('https://localhost:PORT/',context=c).read()"])
against_openssl("chromium", ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors",
                             f"--user-data-dir={WORK}/profile", "--dump-dom", "https://localhost:PORT/"], wait=25)


@case("java")
def _():
    if shutil.which("java") is None:
        return print("java: passed over")
    with open(os.path.join(WORK, "Get.java"), "w") as file:
        file.write("import javax.net.ssl.*;import java.security.cert.*;public class Get{public static void main(String[] a)"
                   "throws Exception{var c=SSLContext.getInstance(\"TLS\");c.init(null,new TrustManager[]{new X509ExtendedTrustManager(){"
                   + "".join(f"public void check{who}Trusted(X509Certificate[] c,String s{more}){{}}"
                             for who in ("Client", "Server") for more in ("", ",java.net.Socket k", ",SSLEngine e"))
                   + "public X509Certificate[] getAcceptedIssuers(){return new X509Certificate[0];}}},null);"
                   "var s=(SSLSocket)c.getSocketFactory().createSocket(\"localhost\",Integer.parseInt(a[0]));"
                   "s.getOutputStream().write(\"GET / HTTP/1.0\\r\\n\\r\\n\".getBytes());s.getInputStream().readAllBytes();s.close();}}")
    with openssl_server(key="rsa") as running:
        write("java", client(running.relay, ["java", "Get.java", "PORT"], wait=20))


def against_gnutls(name, serve=(), command=None, wait=6):
    def capture():
        server = ["gnutls-serv", "--port", "PORT", "--http", "--x509certfile", "rsa.pem", "--x509keyfile", "rsa.key", *serve]
        with Server(server, {"SSLKEYLOGFILE": os.path.join(WORK, "keys")}) as running:
            write(name, client(running.relay, command, GET, wait=wait))
    CASES[name] = capture


for method in ("zlib", "brotli", "zstd"):
    against_gnutls(f"gnutls-compressed-{method}", ["--compress-cert", method],
                   [*GNUTLS, "--compress-cert", method, "127.0.0.1"])
for version in ("1.0", "1.1", "1.2"):
    priority = f"NORMAL:-VERS-ALL:+VERS-TLS{version}:-CIPHER-ALL:+3DES-CBC:+RSA:%NO_ETM"
    against_gnutls(f"gnutls-tls{version.replace('.', '')}-3des", ["--priority", priority],
                   [*GNUTLS, "--priority", priority, "127.0.0.1"])
against_gnutls("gnutls-server-curl", [], ["curl", "-ks", "https://localhost:PORT/"])
against_gnutls("gnutls-server-client-certificate", ["--require-client-cert", "--x509cafile", "root.pem"],
               [*GNUTLS, "--x509certfile", "client.pem", "--x509keyfile", "client.key", "127.0.0.1"])
against_gnutls("gnutls-server-chromium", ["--compress-cert", "brotli"],
               ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors",
                f"--user-data-dir={WORK}/profile2", "--dump-dom", "https://localhost:PORT/"], wait=25)


@case("nss-server-openssl")
def _():
    server = ["selfserv", "-p", "PORT", "-d", "nss", "-n", "server", "-V", "tls1.2:tls1.3"]
    with Server(server, {"SSLKEYLOGFILE": os.path.join(WORK, "keys")}) as running:
        write("nss-server-openssl", client(running.relay, s_client("-ign_eof", "-keylogfile", "keys"), GET, wait=3))


@case("node-server-openssl")
def _():
    program = ("require('https').createServer({key:require('fs').readFileSync('rsa.key'),cert:require('fs').readFileSync("
               "'rsa.pem')},(q,s)=>s.end('hello')).listen(PORT,'127.0.0.1')")
    with Server(["node", "--tls-keylog=keys", "-e", program]) as running:
        write("node-server-openssl", client(running.relay, s_client("-ign_eof", "-alpn", "http/1.1"), GET))


@case("chromium-rustls")
def _():
    """And `rustls-openssl`, the other leg."""
    if "HANDLENS" not in os.environ:
        return print("chromium-rustls: passed over, HANDLENS is not set")
    port = free_port()
    with openssl_server("-alpn", "http/1.1", key="rsa") as origin:
        proxy = subprocess.Popen([os.environ["HANDLENS"], "--listen", f"127.0.0.1:{port}", "--dashboard", "off", "--data-dir",
                                  f"{WORK}/data", "--allow-invalid", "localhost"], cwd=WORK, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        wait_for(port)
        relay = Relay(port, connect=f"localhost:{origin.relay.port}")
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors",
                   f"--ssl-key-log-file={WORK}/keys", f"--user-data-dir={WORK}/profile3", "--dump-dom",
                   "https://localhost:PORT/"]
        client(relay, command, wait=30)
        write("chromium-rustls", relay.connections[0])
        write("rustls-openssl", settle(origin.relay))
        proxy.kill()
        proxy.wait()


def main():
    wanted = sys.argv[1:] or list(CASES)
    make_certificates()
    for name in wanted:
        try:
            CASES[name]()
        except Exception as error:
            print(f"{name}: {error}")
    shutil.rmtree(WORK, ignore_errors=True)


main()
