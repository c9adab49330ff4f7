//! WebSockets of a client of HTTP/1, which are streams to its origin (RFC 8441).

use super::*;
use crate::lab::eventually;

const ENABLE_CONNECT_PROTOCOL: (u16, u32) = (8, 1);
const CANCEL: u32 = 8;

const KEY: &str = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// A text of a client, masked with zeros.
fn masked(text: &str) -> Vec<u8> {
    [&[0x81, 0x80 | text.len() as u8, 0, 0, 0, 0], text.as_bytes()].concat()
}

async fn answer_ping(origin: &mut RawHttp2) {
    let ping = origin.expect(PING, 0).await;
    origin.send(RawFrame::new(PING, ACK, 0, ping.payload)).await;
}

/// A WebSocket that stands.
async fn opened(lab: &Lab, path: &str, more: &str, answered: &[(&str, &str)]) -> Ends {
    let mut ends = Ends::open_with(lab, &[ENABLE_CONNECT_PROTOCOL]).await;
    ends.ask(&format!("GET {path}"), &format!("{KEY}{more}")).await;
    let asked = ends.asked(1).await;
    let target = ends.target.clone();
    for (name, value) in [
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "https"),
        (":authority", &*target),
        (":path", path),
        ("sec-websocket-version", "13"),
    ] {
        assert_eq!(asked.field(name), Some(value), "{asked:?}");
    }
    assert!(!asked.has(END_STREAM) && asked.field("sec-websocket-key").is_none());
    ends.answer(1, 0, &[&[(":status", "200")], answered].concat())
        .await;
    let head = read_head(&mut ends.client).await;
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{head}");
    for field in [
        "connection: Upgrade",
        "upgrade: websocket",
        "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    ] {
        assert!(head.contains(&format!("\r\n{field}\r\n")), "{head}");
    }
    ends
}

/// Where a message came from, its opcode, and how it begins.
async fn messages(lab: &Lab, path: &str, count: u64) -> Vec<[serde_json::Value; 3]> {
    let api = lab.api();
    let row = api.row(path).await;
    assert_eq!(row["protocol"], "websocket", "{row:#}");
    let url = format!("/api/exchanges/{}/messages", row["id"].as_str().unwrap());
    let page = eventually("the messages", || async {
        let page = api.get(&url).await;
        if page["total"] == count {
            Ok(page)
        } else {
            Err(page)
        }
    })
    .await;
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| {
            assert_eq!(item["problem"], json!(null), "{item:#}");
            ["from", "opcode", "preview"].map(|name| item[name].clone())
        })
        .collect()
}

#[tokio::test]
async fn a_websocket_is_an_extended_connect_and_is_recorded() {
    let lab = Lab::start().await;
    let mut ends = opened(&lab, "/socket", "Origin: https://a\r\n", &[]).await;
    // Its handshake is told as its client had it.
    assert_eq!(lab.api().row("/socket").await["status"], 101);
    ends.client.write_all(&masked("hello")).await.unwrap();
    assert_eq!(ends.origin.expect(DATA, 1).await.payload, masked("hello"));
    ends.answer_data(1, 0, &b"\x81\x03hey"[..]).await;
    assert_eq!(read_some(&mut ends.client, 5).await, b"\x81\x03hey");
    // Both close, with a code, and end.
    let close = [0x88, 0x82, 0, 0, 0, 0, 3, 232];
    ends.client.write_all(&close).await.unwrap();
    assert_eq!(ends.origin.expect(DATA, 1).await.payload, close);
    ends.answer_data(1, END_STREAM, &b"\x88\x02\x03\xe8"[..]).await;
    assert_eq!(read_some(&mut ends.client, 4).await, b"\x88\x02\x03\xe8");
    assert_eq!(ends.rest().await, "");
    ends.client.shutdown().await.unwrap();
    assert!(ends.origin.expect(DATA, 1).await.has(END_STREAM));

    let told = messages(&lab, "/socket", 4).await;
    let of = |from: &str, opcode: &str| {
        let of = |told: &&[serde_json::Value; 3]| told[0] == from && told[1] == opcode;
        told.iter().filter(of).count()
    };
    assert_eq!((of("client", "text"), of("origin", "text")), (1, 1), "{told:?}");
    assert_eq!((of("client", "close"), of("origin", "close")), (1, 1), "{told:?}");
    let row = lab.api().exchange("/socket").await;
    assert_eq!(
        (&row["state"], &row["error"]),
        (&json!("done"), &json!(null)),
        "{row:#}"
    );
}

#[tokio::test]
async fn what_is_said_in_a_websocket_is_given_room_as_it_is_taken() {
    let windows = "[limits]\nhttp2-stream-window = \"64KiB\"\nhttp2-connection-window = \"64KiB\"\n";
    let lab = Lab::start_as(|setup| setup.config(windows)).await;
    let mut ends = opened(&lab, "/large", "", &[]).await;
    let piece = vec![7; 16_000];
    for n in 0..40 {
        ends.answer_data(1, 0, piece.clone()).await;
        assert!(
            read_some(&mut ends.client, piece.len()).await == piece,
            "down {n}"
        );
        ends.client.write_all(&piece).await.unwrap();
        let mut came = Vec::new();
        while came.len() < piece.len() {
            came.extend(ends.origin.expect(DATA, 1).await.payload);
        }
        assert!(came == piece, "up {n}");
        let room = piece.len() as u32;
        ends.origin
            .send_all(&[RawFrame::window(0, room), RawFrame::window(1, room)])
            .await;
    }
}

#[tokio::test]
async fn what_was_compressed_is_told_in_clear() {
    let lab = Lab::start().await;
    let extension = ("sec-websocket-extensions", "permessage-deflate");
    let asks = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    let mut ends = opened(&lab, "/deflated", asks, &[extension]).await;
    // RFC 7692 section 7.2.3.1.
    let hello = [0xc1, 0x07, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    ends.answer_data(1, 0, hello).await;
    assert_eq!(read_some(&mut ends.client, hello.len()).await, hello);
    assert_eq!(
        messages(&lab, "/deflated", 1).await,
        [[json!("origin"), json!("text"), json!("Hello")]]
    );
}

#[tokio::test]
async fn a_reset_breaks_the_websocket_and_a_client_that_breaks_resets() {
    let lab = Lab::start().await;
    let mut ends = opened(&lab, "/broken", "", &[]).await;
    ends.origin.send(RawFrame::reset(1, CANCEL)).await;
    ends.rest().await;
    let row = lab.api().exchange("/broken").await;
    assert_eq!(
        row["error"]["text"], "the origin reset the stream: CANCEL",
        "{row:#}"
    );

    let ends = opened(&lab, "/left", "", &[]).await;
    let Ends {
        client,
        mut origin,
        _origin,
        ..
    } = ends;
    let tcp = client.into_inner().0;
    socket2::SockRef::from(&tcp)
        .set_linger(Some(std::time::Duration::ZERO))
        .unwrap();
    drop(tcp);
    assert_eq!(origin.expect(RST_STREAM, 1).await.code(), CANCEL);
}

#[tokio::test]
async fn an_origin_that_says_no_is_told_as_it_is() {
    let lab = Lab::start().await;
    let mut ends = Ends::open_with(&lab, &[ENABLE_CONNECT_PROTOCOL]).await;
    ends.ask("GET /no", KEY).await;
    // What a client says before it is answered waits.
    ends.client.write_all(&masked("hello")).await.unwrap();
    ends.asked(1).await;
    ends.origin.settle().await;
    ends.answer(1, 0, &[(":status", "403"), ("content-length", "2")])
        .await;
    ends.answer_data(1, END_STREAM, "no").await;
    let (head, body) = read_answer(&mut ends.client).await;
    assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
    assert_eq!(body, b"no");
}

#[tokio::test]
async fn an_origin_that_enables_none_is_not_asked() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("GET /none", KEY).await;
    // That its SETTINGS say nothing of it is certain when it has answered.
    answer_ping(&mut ends.origin).await;
    let rest = ends.rest().await;
    assert!(rest.starts_with("HTTP/1.1 501 "), "{rest}");
    let row = lab.api().exchange("/none").await;
    let text = "the origin speaks HTTP/2 alone, and has not enabled WebSockets in it (RFC 8441)";
    assert_eq!(row["error"]["text"], text, "{row:#}");
}

#[tokio::test]
async fn settings_that_come_late_are_waited_for() {
    let lab = Lab::start().await;
    let mut ends = Ends::open_silent(&lab).await;
    ends.ask("GET /late", KEY).await;
    let ping = ends.origin.expect(PING, 0).await;
    ends.origin
        .send(RawFrame::settings(&[ENABLE_CONNECT_PROTOCOL]))
        .await;
    ends.origin.send(RawFrame::new(PING, ACK, 0, ping.payload)).await;
    assert_eq!(ends.asked(1).await.field(":protocol"), Some("websocket"));
}

#[tokio::test]
async fn a_handshake_that_is_none_is_refused() {
    let lab = Lab::start().await;
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    for (line, more) in [
        ("GET /", upgrade.to_owned()),
        ("GET /", format!("{upgrade}Sec-WebSocket-Key: short\r\n")),
        ("POST /", KEY.to_owned()),
    ] {
        let mut ends = Ends::open_with(&lab, &[ENABLE_CONNECT_PROTOCOL]).await;
        ends.ask(line, &more).await;
        let rest = ends.rest().await;
        assert!(rest.starts_with("HTTP/1.1 400 "), "{line} {more}: {rest}");
    }
}

#[tokio::test]
async fn another_upgrade_is_not_asked_for() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("GET /", "Connection: Upgrade\r\nUpgrade: irc\r\n").await;
    let asked = ends.asked(1).await;
    assert_eq!(
        (asked.field(":method"), asked.field("upgrade")),
        (Some("GET"), None)
    );
    ends.answer(1, END_STREAM, &[(":status", "200")]).await;
    assert!(read_head(&mut ends.client).await.starts_with("HTTP/1.1 200 "));
}
