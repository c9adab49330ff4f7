//! HTTP/2 on both legs, and what ALPN makes of a client and an origin that differ.

mod bridged;
mod floods;
mod floods_elsewhere;
mod from_http2;
mod rules;
mod streams;
mod to_http2;

use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderMap, Method, Request, Version, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;

use crate::lab::{Lab, OriginOptions, Pattern, body_of, empty, request, within};

#[tokio::test]
async fn many_streams_share_one_connection_a_leg() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let conversation = lab.client().open(&origin.authority()).await;
    assert!(conversation.is_http2());
    let sender = conversation.http2_sender();

    let answers = join_all((0..100_u64).map(|n| {
        let mut sender = sender.clone();
        let get = request(
            Method::GET,
            &origin.url(&format!("/chunked/50000?seed={n}")),
            empty(),
        );
        async move {
            within("an answer", sender.send_request(get))
                .await
                .unwrap()
                .collect()
                .await
                .unwrap()
                .to_bytes()
        }
    }))
    .await;

    for (n, body) in answers.into_iter().enumerate() {
        assert!(body == Pattern::bytes(n as u64, 50_000), "body {n}");
    }
    assert!(
        origin
            .requests()
            .iter()
            .all(|seen| seen.connection == 1 && seen.version == Version::HTTP_2)
    );
    let rows = lab.api().exchanges_over(100).await;
    assert!(
        rows.iter()
            .all(|row| row["http_version"] == "HTTP/2" && row["response_bytes"] == 50_000)
    );
}

#[tokio::test]
async fn the_client_gets_the_protocol_that_the_origin_chose() {
    let lab = Lab::start().await;
    let old = lab.origin_with(OriginOptions::http1_only()).await;
    let new = lab.origin_with(OriginOptions::http2_only()).await;
    let silent = lab
        .origin_with(OriginOptions {
            alpn: vec![],
            ..OriginOptions::https()
        })
        .await;

    assert!(!lab.client().open(&old.authority()).await.is_http2());
    assert!(lab.client().open(&new.authority()).await.is_http2());
    assert!(!lab.client().open(&silent.authority()).await.is_http2());
    let silent_client = lab.client().offering(&[]).open(&old.authority()).await;
    assert!(!silent_client.is_http2());
}

#[tokio::test]
async fn a_client_without_alpn_reaches_an_origin_with_both() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let answer = lab.client().offering(&[]).get(&origin.url("/bytes/9")).await;
    assert_eq!((answer.version, answer.body.len()), (Version::HTTP_11, 9));
    assert_eq!(origin.the_request().version, Version::HTTP_11);
}

#[tokio::test]
async fn no_common_protocol_is_a_failure_told_to_both() {
    let lab = Lab::start().await;
    let origin = lab
        .origin_with(OriginOptions {
            alpn: vec!["spdy/3"],
            ..OriginOptions::https()
        })
        .await;
    let answer = lab.client().http1().get(&origin.url("/echo")).await;
    assert_eq!(answer.status, 502);
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(connection["failure"]["leg"], "origin");
    assert_eq!(
        connection["failure"]["alert"]["name"], "no_application_protocol",
        "{connection:#}"
    );
    assert_eq!(origin.requests().len(), 0);
}

#[tokio::test]
async fn trailers_pass_both_ways() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut conversation = lab.client().http2().open(&origin.authority()).await;
    let down = Request::get(origin.url("/trailers"))
        .header(header::TE, "trailers")
        .body(empty())
        .unwrap();
    let down = conversation.send(down).await;
    let mut fields = HeaderMap::new();
    fields.insert("x-sum", "7".parse().unwrap());
    let frames = [
        Ok(Frame::data(Bytes::from_static(b"body"))),
        Ok(Frame::trailers(fields)),
    ];
    let up = StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync();
    let up = conversation
        .send(request(Method::POST, &origin.url("/request-trailers"), up))
        .await;

    assert_eq!(down.trailers.unwrap()["x-checksum"], "42");
    assert_eq!(up.json()["x-sum"], "7");
}

#[tokio::test]
async fn answers_without_a_body_have_none() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut conversation = lab.client().http2().open(&origin.authority()).await;
    let head = conversation
        .send(request(Method::HEAD, &origin.url("/bytes/1000"), empty()))
        .await;
    let no_content = conversation.get(&origin.url("/status/204")).await;
    let not_modified = conversation.get(&origin.url("/status/304")).await;
    assert_eq!(
        (head.header("content-length"), head.body.len()),
        (Some("1000"), 0)
    );
    assert_eq!(
        (no_content.status.as_u16(), not_modified.status.as_u16()),
        (204, 304)
    );
    let rows = lab.api().exchanges_over(3).await;
    assert!(
        rows.iter()
            .all(|row| row["state"] == "done" && row["response_bytes"] == 0),
        "{rows:#?}"
    );
}

#[tokio::test]
async fn a_stream_that_the_client_gives_up_stops_at_the_origin_alone() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut conversation = lab.client().http2().open(&origin.authority()).await;
    let mut sender = conversation.http2_sender();
    let held = request(Method::GET, &origin.url("/hold"), empty());
    let held = tokio::spawn(async move { sender.send_request(held).await.map(|_| ()) });
    origin.someone_waits().await;

    held.abort();

    within(
        "the origin's answer to be given up",
        origin.watch.given_up.notified(),
    )
    .await;
    assert_eq!(conversation.get(&origin.url("/bytes/3")).await.body.len(), 3);
    assert_eq!(origin.connections(), 1);
    let row = lab.api().exchange("/hold").await;
    assert_eq!(
        (&row["state"], &row["error"]["leg"]),
        (&"failed".into(), &"client".into())
    );
}

#[tokio::test]
async fn a_stream_that_the_origin_breaks_off_is_broken_off_for_the_client() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut conversation = lab.client().http2().open(&origin.authority()).await;

    let begun = conversation
        .begin(request(Method::GET, &origin.url("/cut/1000"), empty()))
        .await
        .unwrap();
    origin.someone_waits().await;
    origin.go(1);
    let broken = within("the end", begun.into_body().collect()).await;

    assert!(broken.is_err(), "{broken:?}");
    assert_eq!(conversation.get(&origin.url("/bytes/3")).await.body.len(), 3);
    let row = lab.api().exchange("/cut/1000").await;
    assert_eq!(
        (&row["state"], &row["error"]["leg"]),
        (&"failed".into(), &"origin".into())
    );
    assert_eq!(row["status"], 200);
}

#[tokio::test]
async fn thousands_of_tiny_frames_to_a_paused_reader_do_not_kill_the_connection() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut conversation = lab.client().http2().open(&origin.authority()).await;
    let crumbs = body_of((0..3000_u32).map(|n| Bytes::from(vec![n as u8])));
    let mut sender = conversation.http2_sender();
    let sip = request(Method::POST, &origin.url("/sip"), crumbs);
    let sip = tokio::spawn(async move { sender.send_request(sip).await.map(|answer| answer.status()) });
    origin.someone_waits().await;
    assert_eq!(conversation.get(&origin.url("/bytes/3")).await.body.len(), 3);

    origin.go(1);

    assert_eq!(within("the slow answer", sip).await.unwrap().unwrap(), 200);
    assert_eq!(lab.api().exchange("/sip").await["request_bytes"], 3000);
}

#[tokio::test]
async fn one_authority_and_the_fields_arrive_as_sent() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let get = Request::get(origin.url("/echo?a=%20b"))
        .header("x-b", "1")
        .header("cookie", "a=1")
        .header("cookie", "b=2")
        .header("x-a", "2");
    lab.client().http2().send(get.body(empty()).unwrap()).await;

    let seen = origin.the_request();
    assert_eq!(seen.uri.to_string(), origin.url("/echo?a=%20b"));
    assert!(!seen.headers.contains_key("host"), "{:?}", seen.headers);
    assert!(
        !seen.headers.contains_key("via") && !seen.headers.contains_key("user-agent"),
        "{:?}",
        seen.headers
    );
    assert_eq!(
        (&seen.headers["x-a"], &seen.headers["x-b"]),
        (&"2".parse().unwrap(), &"1".parse().unwrap())
    );
    let cookies: Vec<_> = seen
        .headers
        .get_all("cookie")
        .iter()
        .map(|v| v.to_str().unwrap())
        .collect();
    assert_eq!(cookies.join("; "), "a=1; b=2");
}
