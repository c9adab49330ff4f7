//! Python and Node, by their own libraries.

use crate::lab::{Lab, program, run};

use super::{home, proxy_url};

const PYTHON: &str = r#"
import http.client, ssl, sys, urllib.request
proxy, root, port = sys.argv[1], sys.argv[2], sys.argv[3]
trust = ssl.create_default_context(cafile=root)
opener = urllib.request.build_opener(
    urllib.request.ProxyHandler({"http": "http://" + proxy, "https": "http://" + proxy}),
    urllib.request.HTTPSHandler(context=trust))
with opener.open(f"https://localhost:{port}/bytes/70000?seed=4") as answer:
    print("urllib", answer.status, len(answer.read()))
tunnel = http.client.HTTPSConnection(*proxy.split(":"), context=trust)
tunnel.set_tunnel("localhost", int(port))
for n in range(3):
    tunnel.request("POST", f"/echo?n={n}", body=b"x" * n, headers={"X-N": str(n)})
    answer = tunnel.getresponse()
    print("http.client", answer.status, len(answer.read()))
"#;

#[tokio::test]
async fn python_by_urllib_and_by_a_tunnel_of_its_own() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut command = program("python3", "python3", &home(&lab));
    command
        .args(["-c", PYTHON, &lab.handlens.proxy().to_string()])
        .arg(lab.handlens.root_path());
    let told = run(command.arg(origin.port().to_string())).await.succeeded();
    assert_eq!(
        told,
        "urllib 200 70000\nhttp.client 200 0\nhttp.client 200 1\nhttp.client 200 2\n"
    );
    let rows = lab.api().exchanges_over(4).await;
    assert!(
        rows.iter()
            .all(|row| row["state"] == "done" && row["http_version"] == "HTTP/1.1"),
        "{rows:#?}"
    );
}

const NODE: &str = r#"
const http = require("node:http"), https = require("node:https"), tls = require("node:tls"), fs = require("node:fs");
const [proxy, root, port] = process.argv.slice(1);
const [proxyHost, proxyPort] = proxy.split(":");
const ca = fs.readFileSync(root);

class ConnectAgent extends https.Agent {
  createConnection(options, done) {
    const target = `${options.host}:${options.port}`;
    http.request({ host: proxyHost, port: proxyPort, method: "CONNECT", path: target, headers: { host: target } })
      .on("connect", (answer, socket) => {
        if (answer.statusCode !== 200) return done(new Error(`CONNECT: ${answer.statusCode}`));
        const secure = tls.connect({ socket, ca, servername: options.host, ALPNProtocols: ["http/1.1"] });
        secure.once("secureConnect", () => done(null, secure)).once("error", done);
      })
      .on("error", done)
      .end();
  }
}
const agent = new ConnectAgent({ keepAlive: true, maxSockets: 1 });

function ask(path, body) {
  return new Promise((resolve, reject) => {
    const request = https.request({ host: "localhost", port, path, method: body ? "POST" : "GET", agent }, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece)).on("error", reject);
      answer.on("end", () => resolve(`${answer.statusCode} ${Buffer.concat(pieces).length}`));
    });
    request.on("error", reject).end(body);
  });
}
(async () => {
  console.log(await ask("/bytes/70000?seed=4"));
  console.log(await ask("/echo", Buffer.alloc(100000, 7)));
  console.log(await ask("/status/404"));
  agent.destroy();
})().catch((error) => { console.error(error); process.exit(1); });
"#;

#[tokio::test]
async fn node_by_an_agent_of_its_own() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut command = program("node", "nodejs", &home(&lab));
    command
        .args(["-e", NODE, &lab.handlens.proxy().to_string()])
        .arg(lab.handlens.root_path());
    let told = run(command.arg(origin.port().to_string())).await.succeeded();
    assert_eq!(told, "200 70000\n200 100000\n404 17\n");
    let rows = lab.api().exchanges_over(3).await;
    assert!(
        rows.iter().all(|row| row["connection"] == rows[0]["connection"]),
        "one connection: {rows:#?}"
    );
}

#[tokio::test]
async fn python_without_our_root_is_a_row() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut command = program("python3", "python3", &home(&lab));
    let ask = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])";
    command
        .args(["-c", ask, &origin.url("/")])
        .env("https_proxy", proxy_url(&lab));
    assert_eq!(run(&mut command).await.code, Some(1));
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(
        connection["failure"]["alert"]["name"], "unknown_ca",
        "{connection:#}"
    );
}
