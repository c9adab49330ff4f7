//! A WebSocket of Chromium over HTTP/2 (RFC 8441), to an origin of Node's.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};

use super::chromium::chromium;
use crate::lab::{Lab, Leaf, eventually, program, run, within};

/// A page, and behind it a WebSocket that sends back what it is sent. Frames of a browser are masked, in one piece each.
const ORIGIN: &str = r#"
const { createSecureServer } = require("node:http2");
const { readFileSync } = require("node:fs");
const [key, cert] = process.argv.slice(2).map((path) => readFileSync(path));
const PAGE = `<!doctype html><title>waiting</title><img src="/closed"><script>
  // What is answered after the page has SETTINGS before it that say that this origin knows WebSockets; until they are there a
  // browser opens them by HTTP/1.1.
  fetch("/settled").then(() => {
    const socket = new WebSocket("wss://" + location.host + "/socket");
    socket.onopen = () => socket.send("over HTTP/2");
    socket.onmessage = (event) => { document.title = "echo: " + event.data; socket.close(1000, "done"); };
    socket.onerror = () => { document.title = "refused"; };
  });
</script>`;
const server = createSecureServer({ key, cert, settings: { enableConnectProtocol: true } });
const waiting = [];
server.on("stream", (stream, headers) => {
  stream.on("error", () => {});
  if (headers[":method"] !== "CONNECT") {
    stream.respond({ ":status": 200, "content-type": "text/html" });
    // The page is not loaded, and the browser's clock stands still, while this is waited for.
    if (headers[":path"] === "/closed") return waiting.push(stream);
    return stream.end(PAGE);
  }
  stream.respond({ ":status": headers[":protocol"] === "websocket" ? 200 : 400 });
  stream.on("data", (frame) => {
    const [first, length, mask] = [frame[0], frame[1] & 127, frame.subarray(2, 6)];
    const payload = frame.subarray(6, 6 + length).map((byte, at) => byte ^ mask[at % 4]);
    stream.write(Buffer.concat([Buffer.from([first & 0x8f, length]), payload]));
    if ((first & 15) === 8) {
      stream.end();
      waiting.forEach((waiter) => waiter.end());
    }
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_of_chromium_goes_over_http2_and_is_told_by_its_messages() {
    let lab = Lab::start().await;
    let identity = lab.authority.issue(&Leaf::good());
    let key = lab.write("key.pem", identity.key_pem());
    let chain = lab.write("chain.pem", identity.chain_pem());
    let script = lab.write("origin.js", ORIGIN);
    let mut node = program("node", "nodejs", lab.dir());
    let mut origin = node
        .args([script, key, chain])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(origin.stdout.take().unwrap()).lines();
    let port = within("the origin's port", lines.next_line())
        .await
        .unwrap()
        .unwrap();

    let url = format!("https://localhost:{port}/page");
    let told = run(chromium(&lab, true).await.arg(url)).await.succeeded();
    assert!(told.contains("echo: over HTTP/2"), "{told}");

    let api = lab.api();
    let row = api.row("/socket").await;
    let told: Vec<_> = ["protocol", "http_version", "method", "status"]
        .map(|name| row[name].clone())
        .into();
    assert_eq!(
        told,
        [
            "websocket".into(),
            "HTTP/2".into(),
            "CONNECT".into(),
            serde_json::Value::from(200)
        ]
    );
    let url = format!("/api/exchanges/{}/messages", row["id"].as_str().unwrap());
    let page = eventually("both messages", || async {
        let page = api.get(&url).await;
        if page["total"].as_u64() >= Some(2) {
            Ok(page)
        } else {
            Err(page)
        }
    })
    .await;
    for (item, from) in page["items"].as_array().unwrap().iter().zip(["client", "origin"]) {
        let told = (&item["from"], &item["preview"], &item["problem"]);
        assert_eq!(
            told,
            (&from.into(), &"over HTTP/2".into(), &serde_json::Value::Null)
        );
    }
}
