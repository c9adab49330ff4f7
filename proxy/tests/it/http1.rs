//! HTTP/1.1 on both legs: what passes unchanged, and what RFC 9110 section 7.6 takes away.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::io::AsyncWriteExt;

use crate::lab::{
    Lab, OriginOptions, RawOrigin, body_of, empty, full, read_head, read_some, read_to_end_or_reset, request,
    within,
};

/// An origin that keeps the head it read, as bytes, and answers with these.
async fn recorded(
    lab: &Lab,
    answer: &'static [u8],
) -> (RawOrigin, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    let origin = RawOrigin::tls(&lab.authority, &["http/1.1"], move |mut stream| {
        let tell = tell.clone();
        async move {
            let head = read_head(&mut stream).await;
            let _ = stream.write_all(answer).await;
            let _ = tell.send(head);
            let _ = stream.shutdown().await;
        }
    })
    .await;
    (origin, told)
}

/// What a client gets that sends these bytes to this origin.
async fn answer_to(lab: &Lab, origin: &RawOrigin, head: &str) -> String {
    let mut stream = lab
        .client()
        .http1()
        .shake_hands(&origin.authority())
        .await
        .unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let (answer, _) = read_to_end_or_reset(&mut stream).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn case_and_order_of_fields_are_kept_and_nothing_is_added() {
    let lab = Lab::start().await;
    let answer = b"HTTP/1.1 200 Quite Fine\r\nX-Zed: 1\r\nserver: LAB\r\ncOnTeNt-LeNgTh: 2\r\nA-First: last\r\nEmpty:\r\n\r\nok";
    let (origin, mut told) = recorded(&lab, answer).await;
    let head = format!(
        "GET /a/./b%2f?q=%20&&x HTTP/1.1\r\nX-Z: 1\r\nhost: {}\r\nACCEPT: */*\r\nA-field: \u{e9}t\u{e9}\r\nx-Empty:\r\n\r\n",
        origin.authority()
    );

    let got = answer_to(&lab, &origin, &head).await;

    assert_eq!(trimmed(&told.recv().await.unwrap()), trimmed(&head));
    let (head, body) = got.split_once("\r\n\r\n").unwrap();
    let sent = String::from_utf8_lossy(answer).into_owned();
    assert_eq!(trimmed(head), trimmed(sent.split_once("\r\n\r\n").unwrap().0));
    assert_eq!(body, "ok");
}

/// A head with the optional white space of its fields (RFC 9110 section 5.5) left out.
fn trimmed(head: &str) -> Vec<&str> {
    head.lines().map(str::trim_end).collect()
}

#[tokio::test]
async fn fields_of_one_hop_stay_there() {
    let lab = Lab::start().await;
    let answer = b"HTTP/1.1 200 OK\r\nConnection: X-Mine, keep-alive\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: a\r\n\
        Proxy-Authenticate: Basic\r\nX-Stays: 1\r\nContent-Length: 2\r\n\r\nok";
    let (origin, mut told) = recorded(&lab, answer).await;
    let head = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nConnection: x-hop, Keep-Alive\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nProxy-Connection: \
         keep-alive\r\nProxy-Authorization: Basic eDp5\r\nX-Stays: 1\r\n\r\n",
        origin.authority()
    );

    let got = answer_to(&lab, &origin, &head).await.to_lowercase();

    let saw = told.recv().await.unwrap().to_lowercase();
    for hop in [
        "x-hop",
        "keep-alive: 5",
        "proxy-connection",
        "proxy-authorization",
    ] {
        assert!(!saw.contains(hop), "{hop} reached the origin: {saw}");
    }
    for hop in ["x-mine", "keep-alive: timeout", "proxy-connection"] {
        assert!(!got.contains(hop), "{hop} reached the client: {got}");
    }
    assert!(
        saw.contains("x-stays: 1") && got.contains("x-stays: 1"),
        "{saw}{got}"
    );
}

#[tokio::test]
async fn one_client_connection_is_one_origin_connection() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut conversation = lab.client().http1().open(&origin.authority()).await;
    for n in 0..5 {
        assert_eq!(
            conversation
                .get(&origin.url(&format!("/bytes/{n}")))
                .await
                .body
                .len(),
            n
        );
    }
    assert_eq!(
        origin
            .requests()
            .iter()
            .map(|seen| seen.connection)
            .collect::<Vec<_>>(),
        [1; 5]
    );
    let rows = lab.api().exchanges_over(5).await;
    assert!(rows.iter().all(|row| row["connection"] == rows[0]["connection"]));
}

#[tokio::test]
async fn answers_without_a_body_have_none() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut conversation = lab.client().http1().open(&origin.authority()).await;

    let head = conversation
        .send(request(Method::HEAD, &origin.url("/bytes/1000"), empty()))
        .await;
    let no_content = conversation.get(&origin.url("/status/204")).await;
    let not_modified = conversation.get(&origin.url("/status/304")).await;
    let after = conversation.get(&origin.url("/bytes/5")).await;

    assert_eq!(
        (head.header("content-length"), head.body.len()),
        (Some("1000"), 0)
    );
    assert_eq!(
        (no_content.status.as_u16(), no_content.header("content-length")),
        (204, None)
    );
    assert_eq!(
        (not_modified.status.as_u16(), not_modified.header("etag")),
        (304, Some("\"lab\""))
    );
    assert_eq!(after.body.len(), 5, "the connection is still in step");
    let rows = lab.api().exchanges_over(4).await;
    assert!(
        rows[..3]
            .iter()
            .all(|row| row["response_bytes"] == 0 && row["state"] == "done"),
        "{rows:#?}"
    );
}

#[tokio::test]
async fn an_expectation_is_the_origins_to_meet() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let mut stream = lab
        .client()
        .http1()
        .shake_hands(&origin.authority())
        .await
        .unwrap();
    let head = |path| {
        format!(
            "PUT {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
            origin.authority()
        )
    };

    stream.write_all(head("/echo").as_bytes()).await.unwrap();
    let go_on = read_head(&mut stream).await;
    stream.write_all(b"hello").await.unwrap();
    let answer = read_head(&mut stream).await;
    let body = read_some(&mut stream, 5).await;

    assert!(go_on.starts_with("HTTP/1.1 100 "), "{go_on}");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(body, b"hello");

    stream.write_all(head("/refuse").as_bytes()).await.unwrap();
    let refusal = read_head(&mut stream).await;
    assert!(
        refusal.starts_with("HTTP/1.1 413 "),
        "no 100 comes from us: {refusal}"
    );
}

#[tokio::test]
async fn trailers_pass_both_ways() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let mut conversation = lab.client().http1().open(&origin.authority()).await;

    let down = Request::get(origin.url("/trailers"))
        .header(header::TE, "trailers")
        .header(header::CONNECTION, "TE");
    let down = conversation.send(down.body(empty()).unwrap()).await;
    let mut fields = HeaderMap::new();
    fields.insert("x-sum", "7".parse().unwrap());
    let frames = [
        Ok(Frame::data(Bytes::from_static(b"body"))),
        Ok(Frame::trailers(fields)),
    ];
    let up = Request::post(origin.url("/request-trailers")).header(header::TRAILER, "x-sum");
    let up = up
        .body(StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync())
        .unwrap();
    let up = conversation.send(up).await;

    assert_eq!(down.trailers.unwrap()["x-checksum"], "42");
    assert_eq!(up.json()["x-sum"], "7");
    let row = lab.api().exchange("/trailers").await;
    assert_eq!(row["response"]["trailers"][0][1], "42", "{row:#}");
    let row = lab.api().exchange("/request-trailers").await;
    assert_eq!(row["request"]["trailers"][0][1], "7", "{row:#}");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let mut stream = lab
        .client()
        .http1()
        .shake_hands(&origin.authority())
        .await
        .unwrap();
    let host = origin.authority();
    let both = format!(
        "GET /status/201 HTTP/1.1\r\nHost: {host}\r\n\r\nGET /status/404 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(both.as_bytes()).await.unwrap();
    let (answers, _) = read_to_end_or_reset(&mut stream).await;
    let answers = String::from_utf8_lossy(&answers);
    let places = ["HTTP/1.1 201 ", "HTTP/1.1 404 "].map(|status| answers.find(status));
    assert!(places[0].is_some() && places[0] < places[1], "{answers}");
}

#[tokio::test]
async fn an_answer_that_ends_with_its_connection_is_whole() {
    let lab = Lab::start().await;
    let (origin, _told) = recorded(
        &lab,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nas long as it lasts",
    )
    .await;
    let answer = lab
        .client()
        .http1()
        .get(&origin.url("https", "/until-close"))
        .await;
    assert_eq!(answer.text(), "as long as it lasts");
    assert_eq!(lab.api().exchange("/until-close").await["state"], "done");
}

#[tokio::test]
async fn a_length_beside_a_transfer_coding_does_not_drop_the_answer() {
    let lab = Lab::start().await;
    let answer =
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n";
    let (origin, _told) = recorded(&lab, answer).await;
    let answer = lab.client().http1().get(&origin.url("https", "/both")).await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "whole"));
}

#[tokio::test]
async fn an_interim_answer_does_not_stand_in_for_the_final_one() {
    let lab = Lab::start().await;
    let answer =
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone";
    let (origin, _told) = recorded(&lab, answer).await;
    let answer = lab.client().http1().get(&origin.url("https", "/hints")).await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "done"));
}

#[tokio::test]
async fn a_refusal_before_the_body_is_read_reaches_the_client() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let endless = body_of(crate::lab::Pattern::new(1, 200 << 20));
    let answer = lab
        .client()
        .http1()
        .open(&origin.authority())
        .await
        .try_send(request(Method::POST, &origin.url("/refuse"), endless))
        .await;
    // hyper's client may report the broken upload before it reads the answer: then the recording must have it.
    if let Ok(answer) = answer {
        assert_eq!(answer.status, 413);
    }
    assert_eq!(lab.api().exchange("/refuse").await["status"], 413);
}

#[tokio::test]
async fn a_client_that_leaves_stops_the_origins_work() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let mut conversation = lab.client().http1().open(&origin.authority()).await;
    let hold = request(Method::GET, &origin.url("/hold"), empty());
    let asked = tokio::spawn(async move { conversation.begin(hold).await.map(|_| ()) });
    origin.someone_waits().await;

    asked.abort();

    within(
        "the origin's answer to be given up",
        origin.watch.given_up.notified(),
    )
    .await;
    let row = lab.api().exchange("/hold").await;
    assert_eq!(
        (&row["state"], &row["error"]["leg"]),
        (&"failed".into(), &"client".into())
    );
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
        let mut stream = lab.client().http1().shake_hands(&host).await.unwrap();
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
