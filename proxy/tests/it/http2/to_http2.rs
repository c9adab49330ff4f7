//! A client of HTTP/1 before an origin that speaks HTTP/2 alone: what one says is told to the other in its own words.

mod answers;
mod ends;
mod websocket;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::client::TlsStream;

use crate::lab::http2::*;
use crate::lab::{Lab, RawOrigin, read_answer, read_head, read_some, read_to_end_or_reset, within};

/// An origin of HTTP/2, and a client of HTTP/1 before it.
struct Ends {
    target: String,
    client: TlsStream<TcpStream>,
    origin: RawHttp2,
    _origin: RawOrigin,
}

impl Ends {
    async fn open(lab: &Lab) -> Self {
        Self::open_with(lab, &[]).await
    }

    /// Before an origin that sets this.
    async fn open_with(lab: &Lab, settings: &[(u16, u32)]) -> Self {
        let mut ends = Self::open_silent(lab).await;
        ends.origin.send(RawFrame::settings(settings)).await;
        ends.origin.expect(SETTINGS, 0).await;
        ends
    }

    /// Before an origin that has not said its SETTINGS yet.
    async fn open_silent(lab: &Lab) -> Self {
        let (arrived, mut origins) = mpsc::unbounded_channel();
        let raw = RawOrigin::tls(&lab.authority, &["h2"], move |stream| {
            let arrived = arrived.clone();
            async move {
                let _ = arrived.send(stream);
            }
        })
        .await;
        let target = raw.authority();
        let client = lab.http1_stream(&target).await;
        let mut stream = within("the origin's connection", origins.recv()).await.unwrap();
        assert_eq!(
            read_some(&mut stream, 24).await,
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        );
        Self {
            target,
            client,
            origin: RawHttp2::new(stream),
            _origin: raw,
        }
    }

    async fn say(&mut self, text: &str) {
        self.client.write_all(text.as_bytes()).await.unwrap();
    }

    /// Asks, with these fields more and a body behind them.
    async fn ask(&mut self, line: &str, more: &str) {
        let text = format!("{line} HTTP/1.1\r\nHost: {}\r\n{more}\r\n", self.target);
        self.say(&text).await;
    }

    /// The head of the request that comes on this stream.
    async fn asked(&mut self, stream: u32) -> RawFrame {
        self.origin.expect(HEADERS, stream).await
    }

    async fn answer(&mut self, stream: u32, flags: u8, fields: &[(&str, &str)]) {
        self.origin.send(RawFrame::headers(stream, flags, fields)).await;
    }

    async fn answer_data(&mut self, stream: u32, flags: u8, bytes: impl Into<Vec<u8>>) {
        self.origin.send(RawFrame::data(stream, flags, bytes)).await;
    }

    /// What comes back until the connection ends.
    async fn rest(&mut self) -> String {
        String::from_utf8_lossy(&read_to_end_or_reset(&mut self.client).await.0).into_owned()
    }
}

fn names(frame: &RawFrame) -> Vec<&str> {
    frame.fields.iter().map(|field| &*field.0).collect()
}

#[tokio::test]
async fn a_head_is_told_in_the_words_of_http2_and_recorded_as_it_was_written() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    let target = ends.target.clone();
    let head = format!(
        "GET /odd?a=1 HTTP/1.1\r\nhOst: {target}\r\nX-A:odd \r\nConnection: TE, X-Hop, keep-alive\r\nX-Hop: 1\r\n\
         Keep-Alive: 5\r\nTE: gzip, trailers\r\nCookie: a=1\r\nProxy-Connection: x\r\nx-a: 2\r\n\r\n"
    );
    ends.say(&head).await;
    let asked = ends.asked(1).await;
    assert!(asked.has(END_STREAM));
    let fields = |name: &str| -> Vec<_> {
        let of_name = asked.fields.iter().filter(|field| field.0 == name);
        of_name.map(|field| &*field.1).collect()
    };
    assert_eq!(
        [":method", ":scheme", ":authority", ":path"].map(|name| fields(name).join(" ")),
        ["GET", "https", &target, "/odd?a=1"]
    );
    assert_eq!(
        (fields("x-a"), fields("te"), fields("cookie")),
        (vec!["odd", "2"], vec!["trailers"], vec!["a=1"])
    );
    assert_eq!(names(&asked).len(), 8, "{asked:?}");
    ends.answer(
        1,
        0,
        &[(":status", "200"), ("server", "a"), ("content-length", "2")],
    )
    .await;
    ends.answer_data(1, END_STREAM, "ok").await;
    let (answer, body) = read_answer(&mut ends.client).await;
    assert_eq!(
        answer,
        "HTTP/1.1 200 OK\r\nserver: a\r\ncontent-length: 2\r\n\r\n"
    );
    assert_eq!(body, b"ok");

    let row = lab.api().exchange("/odd?a=1").await;
    assert_eq!(row["request"]["raw_head"], head, "{row:#}");
    assert_eq!(
        (
            &row["http_version"],
            &row["response"]["http_version"],
            &row["origin_stream_id"]
        ),
        (&json!("HTTP/1.1"), &json!("HTTP/2"), &json!(1)),
        "{row:#}"
    );
}

#[tokio::test]
async fn expectations_are_the_origins_to_answer_and_hints_pass() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("POST /early", "Expect: 100-continue\r\nContent-Length: 4\r\n")
        .await;
    ends.say("body").await;
    let asked = ends.asked(1).await;
    assert_eq!(
        (
            asked.field("expect"),
            asked.field("content-length"),
            asked.has(END_STREAM)
        ),
        (Some("100-continue"), Some("4"), false)
    );
    // The body waits, though it is there.
    ends.origin.settle().await;
    ends.answer(1, 0, &[(":status", "100")]).await;
    ends.answer(1, 0, &[(":status", "103"), ("link", "</a.css>")])
        .await;
    assert_eq!(read_head(&mut ends.client).await, "HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(
        read_head(&mut ends.client).await,
        "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n"
    );
    let body = ends.origin.expect(DATA, 1).await;
    assert_eq!((&*body.payload, body.has(END_STREAM)), (&b"body"[..], true));
    ends.answer(1, END_STREAM, &[(":status", "204")]).await;
    assert_eq!(
        read_head(&mut ends.client).await,
        "HTTP/1.1 204 No Content\r\n\r\n"
    );
    let row = lab.api().exchange("/early").await;
    let told: Vec<_> = row["informational"]
        .as_array()
        .unwrap()
        .iter()
        .map(|head| head["status"].clone())
        .collect();
    assert_eq!(told, [json!(100), json!(103)], "{row:#}");
}

#[tokio::test]
async fn an_expectation_that_is_answered_at_once_ends_the_connection() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("POST /no", "Expect: 100-continue\r\nContent-Length: 4\r\n")
        .await;
    ends.asked(1).await;
    ends.answer(1, END_STREAM, &[(":status", "417")]).await;
    let rest = ends.rest().await;
    assert!(rest.starts_with("HTTP/1.1 417 "), "{rest}");
    assert!(rest.contains("\r\nConnection: close\r\n"), "{rest}");
    // What the client was never asked for is not sent.
    while let Some(frame) = ends.origin.next().await {
        assert!(frame.kind != DATA, "{frame:?}");
    }
}

#[tokio::test]
async fn interim_responses_without_end_are_refused() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("GET /flood", "").await;
    ends.asked(1).await;
    let hints = RawFrame::headers(1, 0, &[(":status", "103"), ("link", "</a>")]);
    ends.origin.send_all(&vec![hints; 101]).await;
    assert_eq!(
        ends.origin.expect(RST_STREAM, 1).await.code(),
        11,
        "ENHANCE_YOUR_CALM"
    );
    let rest = ends.rest().await;
    let hints = rest.matches("HTTP/1.1 103 ").count();
    assert!(hints <= 100, "{hints}");
    assert!(rest.contains("HTTP/1.1 502 "), "{rest}");
    let row = lab.api().exchange("/flood").await;
    assert_eq!(
        row["error"]["text"], "the origin sent more than 100 interim responses",
        "{row:#}"
    );
}

#[tokio::test]
async fn a_101_that_nobody_asked_for_is_refused() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("GET /", "").await;
    ends.asked(1).await;
    ends.answer(1, 0, &[(":status", "101")]).await;
    assert!(ends.rest().await.starts_with("HTTP/1.1 502 "));
}

#[tokio::test]
async fn trailers_pass_both_ways() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask(
        "POST /trailers",
        "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n",
    )
    .await;
    ends.say("2;ext=1\r\nab\r\n2\r\ncd\r\n0\r\nX-Sum: 42\r\n\r\n")
        .await;
    let asked = ends.asked(1).await;
    assert_eq!(asked.field("trailer"), Some("X-Sum"));
    assert!(asked.field("transfer-encoding").is_none() && asked.field("content-length").is_none());
    let mut body = Vec::new();
    while body.len() < 4 {
        body.extend(ends.origin.expect(DATA, 1).await.payload);
    }
    assert_eq!(body, b"abcd");
    let trailers = ends.asked(1).await;
    assert_eq!(
        (trailers.field("x-sum"), trailers.has(END_STREAM)),
        (Some("42"), true)
    );
    ends.answer(1, 0, &[(":status", "200")]).await;
    ends.answer_data(1, 0, "ok").await;
    ends.answer(1, END_STREAM, &[("x-down", "7")]).await;
    let expected = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-down: 7\r\n\r\n";
    assert_eq!(
        read_some(&mut ends.client, expected.len()).await,
        expected.as_bytes()
    );

    // Behind a length they have no place, unless they were announced.
    ends.ask("GET /announced", "").await;
    ends.asked(3).await;
    let fields = [(":status", "200"), ("content-length", "2"), ("trailer", "x-down")];
    ends.answer(3, 0, &fields).await;
    ends.answer_data(3, 0, "ok").await;
    ends.answer(3, END_STREAM, &[("x-down", "8")]).await;
    let expected = "HTTP/1.1 200 OK\r\ntrailer: x-down\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-down: 8\r\n\r\n";
    assert_eq!(
        read_some(&mut ends.client, expected.len()).await,
        expected.as_bytes()
    );
    ends.ask("GET /unsaid", "").await;
    ends.asked(5).await;
    ends.answer(5, 0, &[(":status", "200"), ("content-length", "2")])
        .await;
    ends.answer_data(5, 0, "ok").await;
    ends.answer(5, END_STREAM, &[("x-down", "9")]).await;
    assert_eq!(read_answer(&mut ends.client).await.1, b"ok");
    let row = lab.api().exchange("/unsaid").await;
    assert_eq!(row["response"]["trailers"], json!([["x-down", "9"]]), "{row:#}");
}

#[tokio::test]
async fn trailers_that_frame_or_route_are_refused() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("GET /", "").await;
    ends.asked(1).await;
    ends.answer(1, 0, &[(":status", "200")]).await;
    ends.answer_data(1, 0, "ok").await;
    ends.answer(1, END_STREAM, &[("content-length", "4")]).await;
    let rest = ends.rest().await;
    assert!(
        rest.ends_with("\r\n\r\n2\r\nok\r\n"),
        "it never comes to its end: {rest}"
    );
}

#[tokio::test]
async fn pipelined_requests_wait_their_turn() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    let all = ["/1", "/2", "/3"].map(|path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
    let all = all.concat();
    ends.say(&all).await;
    for (stream, path) in [(1, "/1"), (3, "/2"), (5, "/3")] {
        assert_eq!(ends.asked(stream).await.field(":path"), Some(path));
        // The next one is not asked before this one is answered.
        ends.origin.settle().await;
        ends.answer(stream, 0, &[(":status", "200"), ("content-length", "2")])
            .await;
        ends.answer_data(stream, END_STREAM, path).await;
        assert_eq!(read_answer(&mut ends.client).await.1, path.as_bytes());
    }
}
