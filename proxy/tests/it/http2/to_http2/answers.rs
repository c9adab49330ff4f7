//! How an answer is framed for its client, and what is refused.

use super::*;

#[tokio::test]
async fn answers_without_a_body_have_none() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    let length = ("content-length", "3");
    for (n, (method, fields, head)) in [
        (
            "HEAD",
            &[(":status", "200"), length][..],
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n",
        ),
        ("GET", &[(":status", "204")], "HTTP/1.1 204 No Content\r\n\r\n"),
        (
            "GET",
            &[(":status", "304"), length],
            "HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\n",
        ),
        (
            "GET",
            &[(":status", "200")],
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let stream = 2 * n as u32 + 1;
        ends.ask(&format!("{method} /{n}"), "").await;
        assert_eq!(ends.asked(stream).await.field(":method"), Some(method));
        ends.answer(stream, END_STREAM, fields).await;
        assert_eq!(read_some(&mut ends.client, head.len()).await, head.as_bytes());
    }
}

#[tokio::test]
async fn what_follows_where_nothing_may_is_not_handed_on() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("GET /204", "").await;
    ends.asked(1).await;
    ends.answer(1, 0, &[(":status", "204")]).await;
    ends.answer_data(1, END_STREAM, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nevil")
        .await;
    assert_eq!(
        read_head(&mut ends.client).await,
        "HTTP/1.1 204 No Content\r\n\r\n"
    );
    ends.ask("GET /next", "").await;
    ends.asked(3).await;
    ends.answer(3, END_STREAM, &[(":status", "404")]).await;
    assert!(read_head(&mut ends.client).await.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn a_client_of_http10_reads_to_the_end_or_by_a_length() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.say("GET /kept HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        .await;
    let asked = ends.asked(1).await;
    assert_eq!(asked.field(":authority"), Some(&*ends.target));
    // It knows of no interim responses.
    ends.answer(1, 0, &[(":status", "103"), ("link", "</a>")]).await;
    ends.answer(1, 0, &[(":status", "200"), ("content-length", "2")])
        .await;
    ends.answer_data(1, END_STREAM, "ok").await;
    let (head, body) = read_answer(&mut ends.client).await;
    assert_eq!(
        head,
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n"
    );
    assert_eq!(body, b"ok");
    ends.say("GET /last HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        .await;
    ends.asked(3).await;
    ends.answer(3, 0, &[(":status", "200")]).await;
    ends.answer_data(3, 0, "one").await;
    ends.answer_data(3, END_STREAM, " and two").await;
    let rest = ends.rest().await;
    assert_eq!(rest, "HTTP/1.1 200 OK\r\n\r\none and two");
}

#[tokio::test]
async fn connection_close_is_kept() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("GET /", "Connection: close\r\n").await;
    assert_eq!(ends.asked(1).await.field("connection"), None);
    ends.answer(1, END_STREAM, &[(":status", "200")]).await;
    assert_eq!(ends.rest().await, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    // The origin is told that no more comes.
    assert_eq!(ends.origin.expect(GOAWAY, 0).await.code(), 0);
}

#[tokio::test]
async fn what_has_two_readings_goes_no_further() {
    let lab = Lab::start().await;
    for request in [
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\nevil: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n:path: /evil\r\n\r\n",
        "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: me@a\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        let mut ends = Ends::open(&lab).await;
        ends.say(request).await;
        let rest = ends.rest().await;
        assert!(rest.starts_with("HTTP/1.1 400 "), "{request}: {rest}");
        assert!(
            rest.to_lowercase().contains("\r\nconnection: close\r\n"),
            "{rest}"
        );
        // It is read out until it has ended too.
        let _ = ends.client.shutdown().await;
        while let Some(frame) = ends.origin.next().await {
            assert!(frame.kind != HEADERS, "{request}: {frame:?}");
        }
    }
}

#[tokio::test]
async fn a_body_that_breaks_its_framing_is_a_reset_of_its_stream() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("POST /bad", "Transfer-Encoding: chunked\r\n").await;
    ends.say("2\r\nok\r\n").await;
    ends.asked(1).await;
    assert_eq!(ends.origin.expect(DATA, 1).await.payload, b"ok");
    ends.say("nonsense\r\n").await;
    assert_eq!(ends.origin.expect(RST_STREAM, 1).await.code(), 8, "CANCEL");
    assert!(ends.rest().await.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn a_length_that_does_not_hold_cuts_the_answer() {
    let lab = Lab::start().await;
    for data in ["ok", "much longer than that"] {
        let mut ends = Ends::open(&lab).await;
        ends.ask("GET /", "").await;
        ends.asked(1).await;
        ends.answer(1, 0, &[(":status", "200"), ("content-length", "9")])
            .await;
        // The head first: of an answer that is known to be wrong nothing need come.
        assert!(read_head(&mut ends.client).await.starts_with("HTTP/1.1 200 "));
        ends.answer_data(1, END_STREAM, data).await;
        let (body, _) = read_to_end_or_reset(&mut ends.client).await;
        assert!(body.len() < 9, "{body:?}");
    }
}

#[tokio::test]
async fn two_lengths_and_padded_values_are_refused() {
    let lab = Lab::start().await;
    for fields in [
        &[
            (":status", "200"),
            ("content-length", "2"),
            ("content-length", "3"),
        ][..],
        &[(":status", "200"), ("x", "a ")],
    ] {
        let mut ends = Ends::open(&lab).await;
        ends.ask("GET /", "").await;
        ends.asked(1).await;
        ends.answer(1, 0, fields).await;
        let rest = ends.rest().await;
        assert!(rest.starts_with("HTTP/1.1 502 "), "{fields:?}: {rest}");
    }
}

#[tokio::test]
async fn nothing_in_an_answer_of_http2_reads_otherwise_in_http1() {
    let lab = Lab::start().await;
    for (name, value) in [
        (&b"x"[..], &b"a\r\nevil: 1"[..]),
        (b"x", b"a\nevil: 1"),
        (b"x", b"a\r\n\r\nHTTP/1.1 200 OK\r\nevil: 1"),
        (b"x\r\nevil", b"1"),
        (b"evil: 1\r\nx", b"1"),
        (b"transfer-encoding", b"chunked\r\nevil: 1"),
        (b":status", b"200 OK\r\nevil: 1"),
    ] {
        let mut ends = Ends::open(&lab).await;
        ends.ask("GET /", "").await;
        ends.asked(1).await;
        let fields: &[_] = match name {
            b":status" => &[(name, value)],
            _ => &[(b":status", b"200"), (name, value)],
        };
        let block = raw_block(fields.iter().copied());
        ends.origin
            .send(RawFrame::new(HEADERS, END_STREAM | END_HEADERS, 1, block))
            .await;
        let rest = ends.rest().await;
        assert!(rest.starts_with("HTTP/1.1 502 "), "{name:?} {value:?}: {rest}");
        assert!(!rest.contains("\nevil"), "{rest}");
    }
}
