//! Requests over HTTP/2 with the proxy that name their origins, by the frame.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::lab::http2::{DATA, END_STREAM, HEADERS, Http2Ends, RST_STREAM, RawFrame, RawHttp2, SETTINGS};
use crate::lab::{Lab, eventually, read_head, read_some, within};

/// A client of HTTP/2 with the proxy, and an origin whose connections are handed out.
async fn open(lab: &Lab) -> (RawHttp2, Http2Ends) {
    let mut client = RawHttp2::greet_as_client(lab.client().tcp().await, &[]).await;
    client.expect(SETTINGS, 0).await;
    client.settle().await;
    (client, Http2Ends::start().await)
}

fn head<'a>(method: &'a str, authority: &'a str, path: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        (":method", method),
        (":scheme", "http"),
        (":authority", authority),
        (":path", path),
    ]
}

#[tokio::test]
async fn interim_responses_bodies_and_trailers_pass_and_the_stream_is_told() {
    let lab = Lab::start().await;
    let (mut client, mut ends) = open(&lab).await;
    let target = ends.target().to_owned();
    client
        .send(RawFrame::headers(1, 0, &head("POST", &target, "/hints")))
        .await;
    let mut origin = ends.arrival().await;
    let asked = read_head(&mut origin).await;
    assert!(asked.starts_with("POST /hints HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("host: {target}\r\n")), "{asked}");
    origin
        .write_all(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(client.expect(HEADERS, 1).await.field(":status"), Some("100"));
    let hints = client.expect(HEADERS, 1).await;
    assert_eq!(
        (hints.field(":status"), hints.field("link")),
        (Some("103"), Some("</a.css>"))
    );
    client.send(RawFrame::data(1, 0, "body")).await;
    client
        .send(RawFrame::headers(1, END_STREAM, &[("x-sum", "42")]))
        .await;
    let expected = b"4\r\nbody\r\n0\r\nx-sum: 42\r\n\r\n";
    assert_eq!(read_some(&mut origin, expected.len()).await, expected);
    origin
        .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Down: 7\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(client.expect(HEADERS, 1).await.field(":status"), Some("200"));
    assert_eq!(client.expect(DATA, 1).await.payload, b"ok");
    let down = client.expect(HEADERS, 1).await;
    assert_eq!((down.field("x-down"), down.has(END_STREAM)), (Some("7"), true));

    let told = lab.api().exchange("/hints").await;
    let statuses: Vec<_> = told["informational"].as_array().unwrap().iter().collect();
    let statuses: Vec<&Value> = statuses.iter().map(|head| &head["status"]).collect();
    assert_eq!(statuses, [&json!(100), &json!(103)], "{told:#}");
    assert_eq!(
        (&told["stream_id"], &told["state"], &told["http_version"]),
        (&json!(1), &json!("done"), &json!("HTTP/2"))
    );
    // The origin's connection is a row with the exchange; the client's is another, with the frames.
    let row = lab.api().connection(&target).await;
    assert_eq!(
        (&row["id"], &row["outcome"], &row["exchanges"]),
        (&told["connection"], &json!("plain"), &json!(1))
    );
    drop(client);
    let own = lab.handlens.proxy().to_string();
    let outer = lab.api().connection(&own).await;
    assert_eq!(
        (&outer["outcome"], &outer["door"]),
        (&json!("plain"), &json!("http"))
    );
    for connection in [&row, &outer] {
        frames_are(
            &lab,
            connection,
            1,
            "HEADERS HEADERS HEADERS DATA HEADERS HEADERS DATA HEADERS",
        )
        .await;
    }
}

/// Waits until these frames of a stream are told of a connection's client leg.
async fn frames_are(lab: &Lab, connection: &Value, stream: u32, expected: &str) {
    let path = format!("/api/connections/{}/frames", connection["id"].as_str().unwrap());
    eventually(expected, || async {
        let told = lab.api().get(&path).await;
        let frames = told["client"]["frames"].as_array().cloned().unwrap_or_default();
        let kinds: Vec<&str> = frames
            .iter()
            .filter(|frame| frame["stream"] == stream && frame["type"] != "WINDOW_UPDATE")
            .filter_map(|frame| frame["type"].as_str())
            .collect();
        if kinds.join(" ") == expected {
            Ok(())
        } else {
            Err(told)
        }
    })
    .await
}

#[tokio::test]
async fn each_stream_has_an_origin_of_its_own_which_hears_when_it_is_given_up() {
    let lab = Lab::start().await;
    let (mut client, mut ends) = open(&lab).await;
    let target = ends.target().to_owned();
    for stream in [1, 3] {
        client
            .send(RawFrame::headers(
                stream,
                END_STREAM,
                &head("GET", &target, "/side-by-side"),
            ))
            .await;
    }
    let (mut one, mut other) = (ends.arrival().await, ends.arrival().await);
    read_head(&mut one).await;
    read_head(&mut other).await;
    other.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    let answered = loop {
        let frame = client.next().await.unwrap();
        if frame.kind == HEADERS {
            break frame.stream;
        }
    };
    client.send(RawFrame::reset(4 - answered, 8)).await;
    let mut rest = Vec::new();
    let _ = within("the end of the other", one.read_to_end(&mut rest)).await;
    assert!(rest.is_empty());
    let rows = lab.api().exchanges_over(2).await;
    let failed: Vec<_> = rows.iter().filter(|row| row["state"] == "failed").collect();
    assert_eq!(failed.len(), 1, "{rows:#?}");
    assert_eq!(failed[0]["error"]["text"], "the client reset the stream: CANCEL");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_reset_and_one_that_can_not_be_read_a_page() {
    let lab = Lab::start().await;
    let (mut client, mut ends) = open(&lab).await;
    let target = ends.target().to_owned();
    let answers: [&[u8]; 3] = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"",
    ];
    for (answer, stream) in answers.into_iter().zip([1, 3, 5]) {
        client
            .send(RawFrame::headers(stream, END_STREAM, &head("GET", &target, "/")))
            .await;
        let mut origin = ends.arrival().await;
        read_head(&mut origin).await;
        origin.write_all(answer).await.unwrap();
        drop(origin);
        let head = client.expect(HEADERS, stream).await;
        if stream == 1 {
            assert_eq!(head.field(":status"), Some("200"));
            assert_eq!(client.expect(DATA, stream).await.payload, b"half");
            assert_eq!(
                client.expect(RST_STREAM, stream).await.code(),
                2,
                "INTERNAL_ERROR"
            );
        } else {
            assert_eq!(head.field(":status"), Some("502"));
        }
    }
}

#[tokio::test]
async fn a_websocket_goes_to_an_origin_without_tls() {
    let lab = Lab::start().await;
    let (mut client, mut ends) = open(&lab).await;
    // SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 section 3).
    assert!(
        client
            .settings
            .chunks(6)
            .any(|setting| setting == [0, 8, 0, 0, 0, 1])
    );
    let target = ends.target().to_owned();
    let asked = [
        head("CONNECT", &target, "/socket"),
        vec![(":protocol", "websocket"), ("sec-websocket-version", "13")],
    ]
    .concat();
    client.send(RawFrame::headers(1, 0, &asked)).await;
    let mut origin = ends.arrival().await;
    let head = read_head(&mut origin).await;
    assert!(head.starts_with("GET /socket HTTP/1.1\r\n"), "{head}");
    let key = head
        .lines()
        .find_map(|line| line.strip_prefix("sec-websocket-key: "))
        .unwrap();
    let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    origin.write_all(answer.as_bytes()).await.unwrap();
    assert_eq!(client.expect(HEADERS, 1).await.field(":status"), Some("200"));
    let hello = [&[0x81, 0x85, 0, 0, 0, 0][..], b"hello"].concat();
    client.send(RawFrame::data(1, 0, hello.clone())).await;
    assert_eq!(read_some(&mut origin, hello.len()).await, hello);
    origin.write_all(b"\x81\x03hey").await.unwrap();
    assert_eq!(client.expect(DATA, 1).await.payload, b"\x81\x03hey");
    client.send(RawFrame::data(1, END_STREAM, "")).await;
    origin.shutdown().await.unwrap();
    while !client.expect(DATA, 1).await.has(END_STREAM) {}
    let row = lab.api().exchange("/socket").await;
    assert_eq!(
        (&row["protocol"], &row["state"]),
        (&json!("websocket"), &json!("done")),
        "{row:#}"
    );
    // Other protocols, and other schemes, have no way in.
    for (stream, scheme, protocol, status) in [
        (3, "http", "connect-udp", "501"),
        (5, "https", "websocket", "400"),
    ] {
        let asked = [
            (":method", "CONNECT"),
            (":scheme", scheme),
            (":authority", &*target),
            (":path", "/"),
            (":protocol", protocol),
        ];
        client.send(RawFrame::headers(stream, 0, &asked)).await;
        assert_eq!(
            client.expect(HEADERS, stream).await.field(":status"),
            Some(status)
        );
    }
}
