//! HTTP/2 toward one side and HTTP/1 toward the other; HTTP/2 without TLS.

use http::{Method, Request, Version, header};
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::lab::http2::*;
use crate::lab::{Conversation, Lab, OriginOptions, RawOrigin, Refusing, empty, full, read_head, request};

#[tokio::test]
async fn a_client_of_http1_reaches_an_origin_that_speaks_http2_alone() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http2_only()).await;
    let mut conversation = lab.client().http1().open(&origin.authority()).await;
    let get = Request::get(origin.url("/echo?a=1"))
        .header("x-a", "1")
        .header("connection", "keep-alive")
        .header("te", "trailers")
        .body(empty())
        .unwrap();
    let answer = conversation.send(get).await;
    assert_eq!((answer.status.as_u16(), answer.version), (200, Version::HTTP_11));
    let post = request(Method::POST, &origin.url("/bytes/9"), full("a body"));
    assert_eq!(conversation.send(post).await.body.len(), 9);

    let seen = origin.requests();
    assert!(seen.iter().all(|seen| seen.version == Version::HTTP_2));
    assert_eq!(seen[0].uri.to_string(), origin.url("/echo?a=1"));
    assert!(!seen[0].headers.contains_key(header::HOST) && !seen[0].headers.contains_key(header::CONNECTION));
    assert_eq!(seen[0].headers["x-a"], "1");
    let row = lab.api().exchange("/echo?a=1").await;
    assert_eq!(row["http_version"], "HTTP/1.1");
    drop(conversation);
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(connection["client"]["tls"]["alpn"], "http/1.1", "{connection:#}");
    assert_eq!(connection["origin"]["tls"]["alpn"], "h2", "{connection:#}");
    assert_eq!(connection["failure"], json!(null));
}

#[tokio::test]
async fn a_client_that_speaks_http2_alone_reaches_origins_of_http1() {
    let lab = Lab::start().await;
    for alpn in [vec!["http/1.1"], vec![]] {
        let origin = lab
            .origin_with(OriginOptions {
                alpn,
                ..OriginOptions::https()
            })
            .await;
        let mut conversation = lab.client().http2().open(&origin.authority()).await;
        assert!(conversation.is_http2());
        let get = Request::get(origin.url("/echo?a=1"))
            .header("cookie", "a=1")
            .header("cookie", "b=2")
            .body(empty())
            .unwrap();
        let answer = conversation.send(get).await;
        assert_eq!((answer.status.as_u16(), answer.version), (200, Version::HTTP_2));
        let post = request(Method::POST, &origin.url("/bytes/9"), full("a body"));
        assert_eq!(conversation.send(post).await.body.len(), 9);
        let down = Request::get(origin.url("/trailers"))
            .header(header::TE, "trailers")
            .body(empty())
            .unwrap();
        let down = conversation.send(down).await;
        assert_eq!(down.trailers.unwrap()["x-checksum"], "42");

        let seen = origin.requests();
        assert!(seen.iter().all(|seen| seen.version == Version::HTTP_11));
        assert_eq!(seen[0].uri.to_string(), "/echo?a=1");
        assert_eq!(seen[0].headers[header::HOST], origin.authority());
        assert_eq!(seen[0].headers[header::COOKIE], "a=1; b=2");
    }
}

#[tokio::test]
async fn many_streams_take_turns_on_connections_of_http1() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let conversation = lab.client().http2().open(&origin.authority()).await;
    let sender = conversation.http2_sender();
    let answers = futures_util::future::join_all((0..40).map(|n| {
        let mut sender = sender.clone();
        let get = request(Method::GET, &origin.url(&format!("/bytes/{n}")), empty());
        async move {
            sender
                .send_request(get)
                .await
                .map(|answer| answer.status().as_u16())
        }
    }))
    .await;
    assert!(
        answers.iter().all(|status| matches!(status, Ok(200))),
        "{answers:?}"
    );
    assert_eq!(origin.requests().len(), 40);
    assert!((1..=6).contains(&origin.handshakes()));
}

/// What an origin of HTTP/1 reads of these frames, or the code that their stream ends with.
async fn heard(fields: &[(&'static [u8], &'static [u8])]) -> Result<String, u32> {
    let lab = Lab::start().await;
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let origin = RawOrigin::tls(&lab.authority, &["http/1.1"], move |mut stream| {
        let told = told.clone();
        async move {
            let _ = told.send(read_head(&mut stream).await);
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
            let _ = read_head(&mut stream).await;
        }
    })
    .await;
    let stream = lab
        .client()
        .http2()
        .shake_hands(&origin.authority())
        .await
        .unwrap();
    let mut client = RawHttp2::greet_as_client(stream, &[]).await;
    let head = GET.map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let with: Vec<_> = head
        .into_iter()
        .filter(|(name, _)| fields.iter().all(|field| field.0 != *name))
        .chain(fields.iter().copied().filter(|field| field.0.starts_with(b":")))
        .chain(fields.iter().copied().filter(|field| !field.0.starts_with(b":")))
        .collect();
    client
        .send(RawFrame::new(
            HEADERS,
            END_STREAM | END_HEADERS,
            1,
            raw_block(with),
        ))
        .await;
    loop {
        match client.next().await.unwrap() {
            frame if frame.is(RST_STREAM, 1) => return Err(frame.code()),
            frame if frame.kind == GOAWAY && frame.code() != 0 => return Err(frame.code()),
            frame if frame.is(HEADERS, 1) => return Ok(heard.recv().await.unwrap()),
            _ => {}
        }
    }
}

#[tokio::test]
async fn nothing_in_a_request_of_http2_reads_otherwise_in_http1() {
    for (name, value) in [
        (&b"x"[..], &b"a\r\nevil: 1"[..]),
        (b"x", b"a\nevil: 1"),
        (b"x", b"a\0"),
        (b"x: evil", b"1"),
        (b"x\r\nevil", b"1"),
        (b"X", b"1"),
        (b"transfer-encoding", b"chunked"),
        (b"connection", b"x-secret"),
        (b":path", b"/ HTTP/1.1\r\nevil: 1"),
        (b":path", b"/a b"),
        (b":method", b"GET / HTTP/1.1\r\nevil:"),
        (b":authority", b"a\r\nevil: 1"),
        (b":authority", b"me@localhost"),
        (b"content-length", b"3"),
    ] {
        assert!(heard(&[(name, value)]).await.is_err(), "{name:?} {value:?}");
    }
    let two_names = heard(&[(b":authority", b"localhost"), (b"host", b"other")]).await;
    assert!(two_names.is_err(), "{two_names:?}");
    let same_names = heard(&[(b":authority", b"localhost"), (b"host", b"LOCALHOST")]).await;
    assert_eq!(same_names.unwrap(), "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
}

#[tokio::test]
async fn http2_without_tls_is_carried_as_such() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open(&lab).await;
    client.send(RawFrame::headers(1, END_STREAM, &GET)).await;
    assert_eq!(origin.expect(HEADERS, 1).await.field(":scheme"), Some("http"));
    origin
        .send(RawFrame::headers(1, END_STREAM, &[(":status", "204")]))
        .await;
    assert_eq!(client.expect(HEADERS, 1).await.field(":status"), Some("204"));
    let row = lab.api().exchange("/").await;
    assert_eq!(
        (&row["scheme"], &row["http_version"]),
        (&json!("http"), &json!("HTTP/2"))
    );
}

#[tokio::test]
async fn a_client_of_http2_without_tls_is_told_why_its_origin_is_out_of_reach() {
    let lab = Lab::start().await;
    let refusing = Refusing::new();
    let gone = format!("localhost:{}", refusing.port());
    let tunnel = lab.client().tunnel(&gone).await;
    let mut conversation = Conversation::http2(tunnel).await;
    let answer = conversation.get(&format!("http://{gone}/")).await;
    assert_eq!(answer.status, 502);
    let row = lab.api().exchange("/").await;
    assert_eq!(
        (&row["status"], &row["stream_id"]),
        (&json!(502), &json!(1)),
        "{row:#}"
    );
}
