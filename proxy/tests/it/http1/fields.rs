//! Fields: which pass, to the letter, and which heads are refused.

use http::{Request, header};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::AsyncWriteExt;

use crate::lab::{
    Lab, OriginOptions, RawOrigin, full, read_head_bytes, read_some, read_to_end_or_reset, within,
};

use super::{recorded, text};

/// Head and body that a client gets that sends these bytes to this origin.
async fn answer_to(lab: &Lab, origin: &RawOrigin, sent: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut stream = lab.http1_stream(&origin.authority()).await;
    stream.write_all(sent).await.unwrap();
    let head = read_head_bytes(&mut stream).await;
    let length = text(&head)
        .to_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let body = read_some(&mut stream, length.unwrap_or(0)).await;
    (head, body)
}

#[tokio::test]
async fn case_and_order_of_fields_are_kept_and_nothing_is_added() {
    let lab = Lab::start().await;
    let answer_head = "HTTP/1.1 200 Quite Fine\r\nX-Zed: 1\r\nserver: LAB\r\ncOnTeNt-LeNgTh: 2\r\nA-First: last\r\nEmpty:\r\n\r\n";
    let (origin, mut told) = recorded(&lab, format!("{answer_head}ok")).await;
    let sent = format!(
        "GET /a/./b%2f?q=%20&&x HTTP/1.1\r\nX-Z: 1\r\nhost: {}\r\nACCEPT: */*\r\nA-field: \u{e9}t\u{e9}\r\nx-Empty:\r\n\r\n",
        origin.authority()
    );

    let (head, body) = answer_to(&lab, &origin, sent.as_bytes()).await;

    assert_eq!(
        without_ends(&told.recv().await.unwrap()),
        without_ends(sent.as_bytes())
    );
    assert_eq!(without_ends(&head), without_ends(answer_head.as_bytes()));
    assert_eq!(body, b"ok");
}

#[tokio::test]
async fn fields_of_one_hop_stay_there() {
    let lab = Lab::start().await;
    let answer = "HTTP/1.1 200 OK\r\nConnection: X-Mine, keep-alive\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\n\
        Proxy-Connection: a\r\nX-Stays: 1\r\nContent-Length: 2\r\n\r\nok";
    let (origin, mut told) = recorded(&lab, answer).await;
    let sent = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nConnection: x-hop, Keep-Alive\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n\
         Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eDp5\r\nX-Stays: 1\r\n\r\n",
        origin.authority()
    );

    let (got, _) = answer_to(&lab, &origin, sent.as_bytes()).await;

    let saw = text(&told.recv().await.unwrap());
    assert_eq!(
        saw,
        format!(
            // Another proxy may be at the tunnel's end: what is said to it is not said to us.
            "GET / HTTP/1.1\r\nHost: {}\r\nProxy-Authorization: Basic eDp5\r\nX-Stays: 1\r\n\r\n",
            origin.authority()
        )
    );
    assert_eq!(
        text(&got),
        "HTTP/1.1 200 OK\r\nX-Stays: 1\r\nContent-Length: 2\r\n\r\n"
    );
}

#[tokio::test]
async fn two_lengths_never_reach_an_origin() {
    let lab = Lab::start().await;
    let (origin, mut told) = recorded(&lab, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        origin.authority()
    );
    let (answer, _) = answer_to(&lab, &origin, head.as_bytes()).await;
    // RFC 9112 section 6.1: refused, or handed on with the one that counts.
    if !answer.starts_with(b"HTTP/1.1 400 ") {
        let saw = text(&told.recv().await.unwrap()).to_lowercase();
        assert!(
            saw.contains("transfer-encoding: chunked") && !saw.contains("content-length"),
            "{saw}"
        );
    }
}

#[test]
fn any_fields_pass_to_the_letter_in_their_order() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let lab = runtime.block_on(Lab::start());
    let name = "x-[a-zA-Z0-9!#$%&'*+.^_`|~-]{1,20}";
    let value = proptest::string::bytes_regex("([!-~\\x80-\\xff]([ -~\\x80-\\xff]{0,40}[!-~\\x80-\\xff])?)?")
        .unwrap();
    let fields = prop::collection::vec((name, value), 0..30);
    let config = Config {
        cases: 48,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&fields, |mut fields| {
            // Fields of one name are gathered by the HTTP library: the first place counts.
            let mut seen = std::collections::HashSet::new();
            fields.retain(|(name, _)| seen.insert(name.to_lowercase()));
            runtime.block_on(pass_to_the_letter(&lab, &fields));
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// Sends these fields both ways, and compares bytes.
async fn pass_to_the_letter(lab: &Lab, fields: &[(String, Vec<u8>)]) {
    let line = |(name, value): &(String, Vec<u8>)| [name.as_bytes(), b": ", value, b"\r\n"].concat();
    let lines: Vec<u8> = fields.iter().flat_map(line).collect();
    let answer = [b"HTTP/1.1 200 OK\r\n", &lines[..], b"Content-Length: 0\r\n\r\n"].concat();
    let (origin, mut told) = recorded(lab, answer.clone()).await;
    let first = format!("GET / HTTP/1.1\r\nHost: {}\r\n", origin.authority());
    let sent = [first.as_bytes(), &lines, b"\r\n"].concat();

    let (got, _) = answer_to(lab, &origin, &sent).await;

    let saw = within("the head at the origin", told.recv()).await.unwrap();
    assert!(
        without_ends(&saw) == without_ends(&sent),
        "{}\n{}",
        text(&saw),
        text(&sent)
    );
    assert!(
        without_ends(&got) == without_ends(&answer),
        "{}\n{}",
        text(&got),
        text(&answer)
    );
}

/// Lines without the white space at their ends, which means nothing (RFC 9110 section 5.5).
fn without_ends(head: &[u8]) -> Vec<&[u8]> {
    head.split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end)
        .collect()
}

#[tokio::test]
async fn what_a_lenient_parser_would_take_is_refused() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let host = origin.authority();
    for head in [
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nX-Folded: a\r\n b\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nX-Space : a\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: gzip\r\n\r\n"),
        format!("GET / HTTP/9.9\r\nHost: {host}\r\n\r\n"),
    ] {
        let mut stream = lab.http1_stream(&host).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        let (answer, _) = read_to_end_or_reset(&mut stream).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{head:?} was answered with {answer:?}"
        );
    }
    assert_eq!(
        origin.requests().len(),
        0,
        "none of it left: {:#?}",
        origin.requests()
    );
}

#[tokio::test]
async fn a_request_with_an_empty_body_keeps_its_length() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let post = Request::post(origin.url("/echo"))
        .header(header::CONTENT_LENGTH, "0")
        .body(full(""))
        .unwrap();
    assert_eq!(lab.client().http1().send(post).await.status, 200);
    assert_eq!(origin.the_request().headers[header::CONTENT_LENGTH], "0");
}
