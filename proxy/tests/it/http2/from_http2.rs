//! A client that speaks HTTP/2 alone before an origin of HTTP/1: its streams go side by side, and all that HTTP/1 can
//! say passes.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::server::TlsStream;

use crate::lab::http2::*;
use crate::lab::{Lab, OriginOptions, RawOrigin, eventually, read_head, read_some, within};

const INTERNAL_ERROR: u32 = 2;

/// An origin whose connections come one by one, and a client of HTTP/2 before it.
struct Ends {
    origins: mpsc::UnboundedReceiver<TlsStream<TcpStream>>,
    target: String,
    client: RawHttp2,
    _origin: RawOrigin,
}

impl Ends {
    async fn open(lab: &Lab) -> Self {
        let (arrived, origins) = mpsc::unbounded_channel();
        let origin = RawOrigin::tls(&lab.authority, &["http/1.1"], move |stream| {
            let arrived = arrived.clone();
            async move {
                let _ = arrived.send(stream);
            }
        })
        .await;
        let target = origin.authority();
        let stream = lab.client().http2().shake_hands(&target).await.unwrap();
        Self {
            origins,
            target,
            client: RawHttp2::greet_as_client(stream, &[]).await,
            _origin: origin,
        }
    }

    /// The origin's next connection.
    async fn origin(&mut self) -> TlsStream<TcpStream> {
        within("a connection to the origin", self.origins.recv())
            .await
            .unwrap()
    }

    async fn ask(&mut self, stream: u32, flags: u8, method: &str, path: &str, more: &[(&str, &str)]) {
        let target = self.target.clone();
        let fields: Vec<_> = request_fields(method, path, more)
            .into_iter()
            .map(|(name, value)| match name {
                ":scheme" => (name, "https"),
                ":authority" => (name, &*target),
                _ => (name, value),
            })
            .collect();
        // Pseudo-header fields go first.
        let (pseudo, others): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|field| field.0.starts_with(':'));
        let fields = [pseudo, others].concat();
        self.client.send(RawFrame::headers(stream, flags, &fields)).await;
    }
}

#[tokio::test]
async fn streams_go_side_by_side_over_six_connections_that_are_used_again() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let mut conversation = lab.client().http2().open(&origin.authority()).await;
    let sender = conversation.http2_sender();
    let held: Vec<_> = (0..8)
        .map(|n| {
            let mut sender = sender.clone();
            let url = origin.url(&format!("/hold?{n}"));
            tokio::spawn(async move {
                let get = http::Request::get(url).body(crate::lab::empty()).unwrap();
                sender.send_request(get).await.unwrap().status().as_u16()
            })
        })
        .collect();
    for _ in 0..6 {
        origin.someone_waits().await;
    }
    assert_eq!((origin.handshakes(), origin.requests().len()), (6, 6));
    origin.go(8);
    for answer in held {
        assert_eq!(within("an answer", answer).await.unwrap(), 200);
    }
    for n in 0..20 {
        assert_eq!(
            conversation.get(&origin.url(&format!("/bytes/{n}"))).await.status,
            200
        );
    }
    assert_eq!(origin.handshakes(), 6);
    // The streams are told on the client's connection, with their numbers; the others as connections beside it.
    let row = lab.api().exchange("/bytes/19").await;
    assert!(row["stream_id"].as_u64().is_some_and(|id| id % 2 == 1), "{row:#}");
    drop((sender, conversation));
    let rows = lab.api().connections_closed(6).await;
    assert_eq!(rows.len(), 6);
    for row in &rows {
        assert_eq!(row["outcome"], "inspected", "{row:#}");
        assert_eq!(row["origin"]["tls"]["alpn"], "http/1.1", "{row:#}");
    }
    let with_exchanges: Vec<_> = rows.iter().filter(|row| row["exchanges"] == 28).collect();
    assert_eq!(with_exchanges.len(), 1, "{rows:#?}");
    let beside = rows.iter().find(|row| row["exchanges"] == 0).unwrap();
    let handshake = lab.api().handshake(beside).await;
    assert_eq!(
        handshake["origin"]["messages"][0]["type"], "client_hello",
        "{handshake:#}"
    );
}

#[tokio::test]
async fn an_origin_that_takes_one_connection_alone_is_asked_one_after_the_other() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    let mut origin = ends.origin().await;
    // It listens no more.
    let Ends {
        client,
        origins: _,
        _origin,
        ..
    } = ends;
    drop(_origin);
    let mut client = client;
    for stream in [1, 3, 5] {
        client
            .send(RawFrame::headers(
                stream,
                END_STREAM,
                &[
                    (":method", "GET"),
                    (":scheme", "https"),
                    (":authority", "localhost"),
                    (":path", "/"),
                ],
            ))
            .await;
    }
    let mut answered = Vec::new();
    while answered.len() < 3 {
        read_head(&mut origin).await;
        origin
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .await
            .unwrap();
        let head = loop {
            match client.next().await.unwrap() {
                frame if frame.kind == HEADERS => break frame,
                _ => {}
            }
        };
        assert_eq!(head.field(":status"), Some("204"));
        answered.push(head.stream);
    }
    answered.sort_unstable();
    assert_eq!(answered, [1, 3, 5]);
}

#[tokio::test]
async fn interim_responses_pass_and_are_recorded() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask(1, 0, "POST", "/early", &[("expect", "100-continue")])
        .await;
    let mut origin = ends.origin().await;
    let head = read_head(&mut origin).await;
    assert!(head.contains("expect: 100-continue\r\n") && head.contains("transfer-encoding: chunked\r\n"));
    origin
        .write_all(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: x\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(ends.client.expect(HEADERS, 1).await.field(":status"), Some("100"));
    let hints = ends.client.expect(HEADERS, 1).await;
    assert_eq!(
        (hints.field(":status"), hints.field("link")),
        (Some("103"), Some("</a.css>"))
    );
    assert_eq!(hints.field("connection"), None);
    ends.client.send(RawFrame::data(1, END_STREAM, "body")).await;
    assert_eq!(read_some(&mut origin, 14).await, b"4\r\nbody\r\n0\r\n\r\n");
    origin
        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
        .await
        .unwrap();
    let last = ends.client.expect(HEADERS, 1).await;
    assert_eq!((last.field(":status"), last.has(END_STREAM)), (Some("204"), true));
    let row = lab.api().exchange("/early").await;
    let statuses: Vec<_> = row["informational"]
        .as_array()
        .unwrap()
        .iter()
        .map(|head| head["status"].clone())
        .collect();
    assert_eq!(statuses, [json!(100), json!(103)], "{row:#}");
}

#[tokio::test]
async fn trailers_pass_both_ways() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    for (stream, more) in [
        (1, &[][..]),
        (3, &[("content-length", "4"), ("trailer", "x-sum")][..]),
        (5, &[("content-length", "4")][..]),
    ] {
        ends.ask(stream, 0, "POST", &format!("/trailers?{stream}"), more)
            .await;
        ends.client.send(RawFrame::data(stream, 0, "body")).await;
        let trailers = RawFrame::headers(stream, END_STREAM, &[("x-sum", "42")]);
        ends.client.send(trailers).await;
        let mut origin = ends.origin().await;
        let head = read_head(&mut origin).await;
        let expected: &[u8] = match stream {
            5 => b"body",
            _ => b"4\r\nbody\r\n0\r\nx-sum: 42\r\n\r\n",
        };
        assert_eq!(head.contains("content-length"), stream == 5, "{head}");
        assert_eq!(read_some(&mut origin, expected.len()).await, expected, "{head}");
        origin
            .write_all(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nok\r\n0\r\nX-Down: 7\r\n\r\n",
            )
            .await
            .unwrap();
        ends.client.expect(HEADERS, stream).await;
        assert_eq!(ends.client.expect(DATA, stream).await.payload, b"ok");
        let down = ends.client.expect(HEADERS, stream).await;
        assert_eq!((down.field("x-down"), down.has(END_STREAM)), (Some("7"), true));
    }
}

#[tokio::test]
async fn trailers_that_frame_or_route_are_refused() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask(1, 0, "POST", "/", &[]).await;
    ends.client.send(RawFrame::data(1, 0, "body")).await;
    ends.client
        .send(RawFrame::headers(1, END_STREAM, &[("content-length", "4")]))
        .await;
    let mut origin = ends.origin().await;
    let head = read_head(&mut origin).await;
    assert!(head.starts_with("POST / "));
    assert_eq!(ends.client.expect(HEADERS, 1).await.field(":status"), Some("400"));
    let mut rest = Vec::new();
    let _ = within("the end", origin.read_to_end(&mut rest)).await;
    assert_eq!(rest, b"4\r\nbody\r\n", "the request never comes to its end");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_reset_and_one_that_ends_with_its_connection_is_whole() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask(1, END_STREAM, "GET", "/whole", &[]).await;
    let mut origin = ends.origin().await;
    read_head(&mut origin).await;
    origin
        .write_all(b"HTTP/1.0 200 OK\r\n\r\nall of it")
        .await
        .unwrap();
    origin.shutdown().await.unwrap();
    ends.client.expect(HEADERS, 1).await;
    let mut got = Vec::new();
    loop {
        let data = ends.client.expect(DATA, 1).await;
        got.extend_from_slice(&data.payload);
        if data.has(END_STREAM) {
            break;
        }
    }
    assert_eq!(got, b"all of it");

    ends.ask(3, END_STREAM, "GET", "/cut", &[]).await;
    let mut origin = ends.origin().await;
    read_head(&mut origin).await;
    origin
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        .await
        .unwrap();
    drop(origin);
    ends.client.expect(HEADERS, 3).await;
    assert_eq!(ends.client.expect(DATA, 3).await.payload, b"half");
    assert_eq!(ends.client.expect(RST_STREAM, 3).await.code(), INTERNAL_ERROR);
    let row = lab.api().exchange("/cut").await;
    assert_eq!(row["error"]["leg"], "origin", "{row:#}");
}

#[tokio::test]
async fn a_stream_that_is_given_up_ends_its_connection_alone() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask(1, END_STREAM, "GET", "/given-up", &[]).await;
    let mut first = ends.origin().await;
    read_head(&mut first).await;
    ends.ask(3, END_STREAM, "GET", "/goes-on", &[]).await;
    let mut second = ends.origin().await;
    read_head(&mut second).await;
    ends.client.send(RawFrame::reset(1, 8)).await;
    let mut rest = Vec::new();
    let _ = within("the end", first.read_to_end(&mut rest)).await;
    second
        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(ends.client.expect(HEADERS, 3).await.field(":status"), Some("204"));
    let row = lab.api().exchange("/given-up").await;
    assert_eq!(
        row["error"]["text"], "the client reset the stream: CANCEL",
        "{row:#}"
    );
}

#[tokio::test]
async fn a_websocket_over_http2_is_an_upgrade_to_the_origin() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    let asked = [
        (":protocol", "websocket"),
        ("sec-websocket-version", "13"),
        ("origin", "https://a"),
    ];
    ends.ask(1, 0, "CONNECT", "/socket", &asked).await;
    // What a client says before it is answered waits: to an origin that says no, it would be a request.
    let hello = [&[0x81, 0x85, 0, 0, 0, 0][..], b"hello"].concat();
    ends.client.send(RawFrame::data(1, 0, hello.clone())).await;
    let mut origin = ends.origin().await;
    let head = read_head(&mut origin).await;
    assert!(head.starts_with("GET /socket HTTP/1.1\r\n"), "{head}");
    for field in [
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        "origin: https://a",
    ] {
        assert!(head.contains(&format!("\r\n{field}\r\n")), "{head}");
    }
    assert!(!head.contains("protocol"), "{head}");
    let key = head
        .lines()
        .find_map(|line| line.strip_prefix("sec-websocket-key: "))
        .unwrap();
    let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\nX-A: 1\r\n\r\n"
    );
    origin.write_all(answer.as_bytes()).await.unwrap();
    let agreed = ends.client.expect(HEADERS, 1).await;
    assert_eq!(
        (agreed.field(":status"), agreed.field("x-a")),
        (Some("200"), Some("1"))
    );
    assert!(agreed.field("upgrade").is_none() && agreed.field("sec-websocket-accept").is_none());
    assert_eq!(read_some(&mut origin, hello.len()).await, hello);
    origin.write_all(b"\x81\x03hey").await.unwrap();
    assert_eq!(ends.client.expect(DATA, 1).await.payload, b"\x81\x03hey");
    ends.client.send(RawFrame::data(1, END_STREAM, "")).await;
    let mut rest = Vec::new();
    within("the client's end", origin.read_to_end(&mut rest))
        .await
        .unwrap();
    origin.shutdown().await.unwrap();
    while !ends.client.expect(DATA, 1).await.has(END_STREAM) {}

    let api = lab.api();
    let row = api.exchange("/socket").await;
    assert_eq!(
        (&row["protocol"], &row["state"]),
        (&json!("websocket"), &json!("done")),
        "{row:#}"
    );
    let url = format!("/api/exchanges/{}/messages", row["id"].as_str().unwrap());
    let page = eventually("both messages", || async {
        let page = api.get(&url).await;
        if page["total"] == 2 { Ok(page) } else { Err(page) }
    })
    .await;
    let told: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                item["from"].clone(),
                item["preview"].clone(),
                item["problem"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (json!("client"), json!("hello"), json!(null)),
            (json!("origin"), json!("hey"), json!(null))
        ]
    );
}

#[tokio::test]
async fn an_origin_that_does_not_agree_to_a_websocket_is_told_as_it_is() {
    let lab = Lab::start().await;
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    for (answer, status) in [
        (
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".to_owned(),
            "403",
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned(), "502"),
        (
            format!("HTTP/1.1 101 Switching Protocols\r\n{upgrade}Sec-WebSocket-Accept: wrong\r\n\r\n"),
            "502",
        ),
    ] {
        let mut ends = Ends::open(&lab).await;
        ends.ask(1, 0, "CONNECT", "/socket", &[(":protocol", "websocket")])
            .await;
        let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
        ends.client.send(RawFrame::data(1, 0, smuggled)).await;
        let mut origin = ends.origin().await;
        read_head(&mut origin).await;
        origin.write_all(answer.as_bytes()).await.unwrap();
        assert_eq!(
            ends.client.expect(HEADERS, 1).await.field(":status"),
            Some(status)
        );
        let mut rest = Vec::new();
        let _ = within("the end", origin.read_to_end(&mut rest)).await;
        assert_eq!(
            rest, b"",
            "{status}: nothing of what the client said reaches the origin"
        );
    }
    let mut ends = Ends::open(&lab).await;
    ends.ask(1, 0, "CONNECT", "/udp", &[(":protocol", "connect-udp")])
        .await;
    assert_eq!(ends.client.expect(HEADERS, 1).await.field(":status"), Some("501"));
}

#[tokio::test]
async fn what_only_http1_says_is_left_out_and_what_http2_can_not_say_is_refused() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask(1, END_STREAM, "GET", "/", &[]).await;
    let mut origin = ends.origin().await;
    read_head(&mut origin).await;
    origin
        .write_all(
            b"HTTP/1.1 200 OK\r\nServer: A\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n\
              Content-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        )
        .await
        .unwrap();
    let answer = ends.client.expect(HEADERS, 1).await;
    let names: Vec<_> = answer.fields.iter().map(|field| &*field.0).collect();
    assert_eq!(names, [":status", "server", "content-length"]);
    ends.ask(3, END_STREAM, "GET", "/control", &[]).await;
    let head = read_head(&mut origin).await;
    assert!(head.starts_with("GET /control "), "the same connection: {head}");
    origin
        .write_all(b"HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 0\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(ends.client.expect(HEADERS, 3).await.field(":status"), Some("502"));
    // A page of ours is the end of that connection; the next request has another.
    ends.ask(5, END_STREAM, "GET", "/next", &[]).await;
    let mut origin = ends.origin().await;
    assert!(read_head(&mut origin).await.starts_with("GET /next "));
    origin
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(ends.client.expect(HEADERS, 5).await.field(":status"), Some("200"));
}
