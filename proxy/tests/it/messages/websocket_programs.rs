//! WebSockets between programs that people use: Python's websockets and Node's ws, with compression and without.

use std::path::Path;

use super::{messages, payload, python};
use crate::lab::{Lab, run};

/// A server that echoes, and a client that comes in through the proxy, in one program.
const ECHO: &str = r#"
import asyncio, sys, websockets
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

compression = sys.argv[1] if sys.argv[1] != "none" else None

async def echo(socket):
    async for message in socket:
        await socket.send(message)

async def main():
    async with serve(echo, "127.0.0.1", 0, compression=compression, max_size=None, ping_interval=None) as server:
        port = server.sockets[0].getsockname()[1]
        uri = f"ws://localhost:{port}/echo"
        async with connect(uri, proxy=sys.argv[2], compression=compression, max_size=None, ping_interval=None) as socket:
            for message in ["hello", "hello again, hello", b"\x00\x01\x02", "\u20ac" * 30000]:
                await socket.send(message)
                assert await socket.recv() == message
            await (await socket.ping(b"mark"))
            await socket.close(4001, "enough")

asyncio.run(main())
"#;

/// The same of Node.
const NODE_ECHO: &str = r#"
import assert from "node:assert";
import { once } from "node:events";
import http from "node:http";
import { createRequire } from "node:module";

const [, , compression, proxy, folder] = process.argv;
const { WebSocket, WebSocketServer } = createRequire(folder)("ws");
const perMessageDeflate = compression === "deflate" ? { threshold: 0 } : false;

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate, maxPayload: 1e8 });
server.on("connection", (socket) => socket.on("message", (data, binary) => socket.send(data, { binary })));
await once(server, "listening");
const { port } = server.address();

const asking = http.request(proxy, { method: "CONNECT", path: `localhost:${port}` }).end();
const [, tunnel] = await once(asking, "connect");
const socket = new WebSocket(`ws://localhost:${port}/echo`, { createConnection: () => tunnel, perMessageDeflate });
await once(socket, "open");
for (const message of ["hello", "hello again, hello", Buffer.from([0, 1, 2]), "\u20ac".repeat(30000)]) {
  socket.send(message);
  const [data, binary] = await once(socket, "message");
  assert.deepEqual(binary ? data : String(data), message);
}
socket.ping("mark");
await once(socket, "pong");
socket.close(4001, "enough");
await once(socket, "close");
server.close();
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pythons_websockets_are_told_message_by_message() {
    for compression in ["none", "deflate"] {
        let lab = Lab::start().await;
        let script = lab.write("echo.py", ECHO);
        let proxy = format!("http://{}", lab.handlens.proxy());
        run(python(lab.dir()).arg(script).args([compression, &proxy]))
            .await
            .succeeded();
        look(&lab, compression).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_ws_is_told_message_by_message() {
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web-ui/app/");
    assert!(
        app.join("node_modules/ws").is_dir(),
        "this test needs ws for Node: run `npm ci` in web-ui/app, as ./test does"
    );
    for compression in ["none", "deflate"] {
        let lab = Lab::start().await;
        let script = lab.write("echo.mjs", NODE_ECHO);
        let proxy = format!("http://{}", lab.handlens.proxy());
        let mut node = tokio::process::Command::new("node");
        run(node.arg(script).args([compression, &proxy]).arg(&app))
            .await
            .succeeded();
        look(&lab, compression).await;
    }
}

/// What was told of an echo.
async fn look(lab: &Lab, compression: &str) {
    let api = lab.api();
    let page = messages(&api, "/echo", 12).await;
    let told = |from: &str| -> Vec<(String, String)> {
        let items = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| item["from"] == from);
        let text = |item: &serde_json::Value, name: &str| item[name].as_str().unwrap().to_owned();
        items
            .map(|item| (text(item, "opcode"), text(item, "preview")))
            .collect()
    };
    let long = "\u{20ac}".repeat(200);
    let expected = |last: &str| -> Vec<(String, String)> {
        [
            ("text", "hello"),
            ("text", "hello again, hello"),
            ("binary", "00 01 02"),
            ("text", &long),
            (last, "mark"),
            ("close", "enough"),
        ]
        .map(|(opcode, preview)| (opcode.to_owned(), preview.to_owned()))
        .to_vec()
    };
    assert_eq!(told("client"), expected("ping"), "{compression}");
    assert_eq!(told("origin"), expected("pong"), "{compression}");
    let items = page["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["problem"].is_null()), "{page:#}");
    assert_eq!(items[0]["compressed"], compression == "deflate");
    let close = items.iter().find(|item| item["opcode"] == "close").unwrap();
    assert_eq!(
        (&close["close"]["code"], &close["close"]["reason"]),
        (&4001.into(), &"enough".into())
    );
    let long = items.iter().find(|item| item["size"] == 90_000).unwrap();
    let number = long["number"].as_u64().unwrap();
    assert_eq!(
        payload(&api, "/echo", number).await,
        "\u{20ac}".repeat(30_000).into_bytes()
    );
}
