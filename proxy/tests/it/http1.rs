//! HTTP/1.1 on both legs: what passes unchanged, and what RFC 9110 section 7.6 takes away.

mod cut;
mod fields;
mod recorded;
mod reused;
mod table;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::lab::{
    Lab, OriginOptions, Pattern, RawOrigin, body_from, empty, read_head, read_head_bytes, read_some,
    read_to_end_or_reset, request, within,
};

/// An origin that keeps the head it read, as bytes, and answers with these. It ends the connection when the answer says so.
async fn recorded(lab: &Lab, answer: impl Into<Bytes>) -> (RawOrigin, UnboundedReceiver<Vec<u8>>) {
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    let answer = answer.into();
    let ends = String::from_utf8_lossy(&answer).contains("Connection: close");
    let origin = RawOrigin::tls(&lab.authority, &["http/1.1"], move |mut stream| {
        let (tell, answer) = (tell.clone(), answer.clone());
        async move {
            let head = read_head_bytes(&mut stream).await;
            let _ = stream.write_all(&answer).await;
            let _ = stream.flush().await;
            let _ = tell.send(head);
            if !ends {
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
            let _ = stream.shutdown().await;
        }
    })
    .await;
    (origin, told)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
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
    let mut stream = lab.http1_stream(&origin.authority()).await;
    let head = |path| {
        format!(
            "PUT {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
            origin.authority()
        )
    };

    stream.write_all(head("/upload").as_bytes()).await.unwrap();
    let go_on = read_head(&mut stream).await;
    stream.write_all(&Pattern::bytes(1, 5)).await.unwrap();
    let answer = read_head(&mut stream).await;
    let told = r#"{"bytes":5,"wrong":null}"#;
    let body = read_some(&mut stream, told.len()).await;

    assert!(go_on.starts_with("HTTP/1.1 100 "), "{go_on}");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(text(&body), told);

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
    assert_eq!(row["state"], "done", "{row:#}");
    assert_eq!(row["response"]["trailers"][0][1], "42", "{row:#}");
    let row = lab.api().exchange("/request-trailers").await;
    assert_eq!(row["request"]["trailers"][0][1], "7", "{row:#}");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let mut stream = lab.http1_stream(&origin.authority()).await;
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
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nas long as it lasts",
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
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n";
    let (origin, _told) = recorded(&lab, answer).await;
    let answer = lab.client().http1().get(&origin.url("https", "/both")).await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "whole"));
}

#[tokio::test]
async fn an_interim_answer_does_not_stand_in_for_the_final_one() {
    let lab = Lab::start().await;
    let answer =
        "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone";
    let (origin, _told) = recorded(&lab, answer).await;
    let answer = lab.client().http1().get(&origin.url("https", "/hints")).await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "done"));
}

#[tokio::test]
async fn a_refusal_before_the_body_is_read_reaches_the_client() {
    let lab = Lab::start().await;
    // As good servers do, it reads on until the client has seen the answer: else the answer could be lost to a reset.
    let origin = RawOrigin::tls(&lab.authority, &["http/1.1"], |mut stream| async move {
        read_head(&mut stream).await;
        let answer = b"HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno";
        let _ = stream.write_all(answer).await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await;
    let mut conversation = lab.client().http1().open(&origin.authority()).await;
    let (pieces, endless) = tokio::sync::mpsc::channel(1);
    let post = request(Method::POST, &origin.url("https", "/refused"), body_from(endless));
    let answer = tokio::spawn(async move { conversation.send(post).await });
    while !answer.is_finished() && pieces.send(Bytes::from(vec![0; 10_000])).await.is_ok() {}
    drop(pieces);
    assert_eq!(within("the refusal", answer).await.unwrap().status, 413);
    assert_eq!(lab.api().exchange("/refused").await["status"], 413);
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
async fn a_client_that_leaves_in_the_middle_of_a_download_stops_it() {
    for http2 in [false, true] {
        let lab = Lab::start().await;
        let origin = lab.origin().await;
        let client = lab.client().speaking(http2);
        let mut conversation = client.open(&origin.authority()).await;
        let path = format!("/chunked/{}?seed=1", 4_u64 << 30);
        let get = request(Method::GET, &origin.url(&path), empty());
        let mut body = conversation.begin(get).await.unwrap().into_body();
        within("the first frame", body.frame()).await.unwrap().unwrap();

        drop((body, conversation));

        let row = lab.api().exchange(&path).await;
        assert_eq!(
            (&row["state"], &row["error"]["leg"]),
            (&"failed".into(), &"client".into()),
            "{row:#}"
        );
        assert!(row["response_bytes"].as_u64() < Some(1 << 30), "{row:#}");
    }
}

#[tokio::test]
async fn an_origin_that_resets_in_the_middle_of_an_answer_fails_the_exchange() {
    let lab = Lab::start().await;
    let origin = RawOrigin::tls(&lab.authority, &["http/1.1"], |mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
            .await;
        let _ = stream.flush().await;
        stream.get_ref().0.set_zero_linger().unwrap();
    })
    .await;
    let mut conversation = lab.client().http1().open(&origin.authority()).await;
    let answer = conversation
        .try_send(request(Method::GET, &origin.url("https", "/reset"), empty()))
        .await;
    assert!(answer.is_err(), "{answer:?}");
    let row = lab.api().exchange("/reset").await;
    assert_eq!(
        (&row["state"], &row["error"]["leg"]),
        (&"failed".into(), &"origin".into()),
        "{row:#}"
    );
}

#[tokio::test]
async fn an_origin_that_ends_its_connection_ends_the_clients() {
    let lab = Lab::start().await;
    let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    let (origin, _told) = recorded(&lab, answer).await;
    let mut stream = lab.http1_stream(&origin.authority()).await;
    let head = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", origin.authority());
    stream.write_all(head.as_bytes()).await.unwrap();

    let answer = read_head(&mut stream).await.to_lowercase();
    let (rest, _) = read_to_end_or_reset(&mut stream).await;

    // A client that is not told would send its next request into a connection that ends.
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(rest, b"ok");
}

#[tokio::test]
async fn a_plain_origin_that_ends_each_connection_is_reached_again_and_again() {
    let lab = Lab::start().await;
    let ends = RawOrigin::tcp(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream
            .write_all(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .await;
        let _ = stream.shutdown().await;
    })
    .await;
    let mut conversation = lab.client().open_proxy().await;
    for n in 0..5 {
        let answer = conversation.get(&ends.url("http", &format!("/{n}"))).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "ok"));
    }
    assert_eq!(lab.api().exchanges_over(5).await.len(), 5);
}
