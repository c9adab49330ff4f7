//! WebSockets between programs that people use: Python's websockets, with compression and without.

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
    async with serve(echo, "127.0.0.1", 0, compression=compression, max_size=None) as server:
        port = server.sockets[0].getsockname()[1]
        uri = f"ws://localhost:{port}/echo"
        async with connect(uri, proxy=sys.argv[2], compression=compression, max_size=None) as socket:
            for message in ["hello", "hello again, hello", b"\x00\x01\x02", "\u20ac" * 30000]:
                await socket.send(message)
                assert await socket.recv() == message
            await (await socket.ping(b"mark"))
            await socket.close(4001, "enough")

asyncio.run(main())
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
}
