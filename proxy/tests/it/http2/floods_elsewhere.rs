//! Floods where HTTP/2 is ended by Handlens: at its own door, and where the other side speaks HTTP/1.

use crate::lab::http2::*;
use crate::lab::{Lab, OriginOptions, RawOrigin, eventually, within};

use super::floods::{ENHANCE_YOUR_CALM, ROOM, end_of, flood};

/// Streams that are begun and reset, each at once.
const RESETS: u32 = 20_000;

/// A block of fields that never ends: cut off with an error, or with the connection.
async fn is_cut_off_for_continuations(mut client: RawHttp2, fields: &[(&str, &str)]) {
    client
        .send(RawFrame::new(HEADERS, END_STREAM, 1, block(fields)))
        .await;
    let more = RawFrame::new(CONTINUATION, 0, 1, vec![0x40; 16_000]);
    flood(&mut client, 2_000, &[more]).await;
    let code = end_of(&mut client).await;
    assert!(code.is_none_or(|code| code != 0), "{code:?}");
}

async fn is_cut_off_for_resets(mut client: RawHttp2, fields: &[(&str, &str)]) {
    for n in (0..RESETS).step_by(100) {
        let some: Vec<_> = (n..n + 100)
            .map(|n| 2 * n + 1)
            .flat_map(|stream| {
                [
                    RawFrame::headers(stream, END_STREAM, fields),
                    RawFrame::reset(stream, 8),
                ]
            })
            .collect();
        client.send_all(&some).await;
    }
    let code = end_of(&mut client).await;
    assert_eq!(code.unwrap_or(ENHANCE_YOUR_CALM), ENHANCE_YOUR_CALM);
}

fn assert_small(lab: &Lab, before: u64) {
    let most = lab.handlens.memory("VmHWM");
    assert!(most < before + ROOM, "{} MiB more", (most - before) >> 20);
}

/// Nothing that was begun by a flood goes on.
async fn all_is_over(lab: &Lab) {
    eventually("all connections to close", || async {
        let status = lab.api().status().await;
        let open = &status["open"];
        let none = open["connections"] == 0 && open["exchanges"] == 0;
        none.then_some(()).ok_or(status)
    })
    .await;
}

#[tokio::test]
async fn the_proxys_own_door_cuts_off_floods() {
    let lab = Lab::start().await;
    let origin = lab.plain_origin().await;
    let authority = origin.authority();
    let connect = [(":method", "CONNECT"), (":authority", &*authority)];
    let get = [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", &*authority),
        (":path", "/hold"),
    ];
    let before = lab.handlens.memory("VmHWM");
    for fields in [&connect[..], &get] {
        let client = RawHttp2::greet_as_client(lab.client().tcp().await, &[]).await;
        is_cut_off_for_continuations(client, fields).await;
        let client = RawHttp2::greet_as_client(lab.client().tcp().await, &[]).await;
        is_cut_off_for_resets(client, fields).await;
    }
    all_is_over(&lab).await;
    assert!(
        origin.connections() < 2_000,
        "{} connections to the origin",
        origin.connections()
    );
    assert_eq!(lab.client().get(&origin.url("/bytes/3")).await.body.len(), 3);
    assert_small(&lab, before);
}

#[tokio::test]
async fn a_client_of_http_2_before_an_origin_of_http_1_is_cut_off() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let authority = origin.authority();
    let get = [
        (":method", "GET"),
        (":scheme", "https"),
        (":authority", &*authority),
        (":path", "/hold"),
    ];
    let client = || async {
        let stream = lab.client().http2().shake_hands(&authority).await.unwrap();
        RawHttp2::greet_as_client(stream, &[]).await
    };
    let before = lab.handlens.memory("VmHWM");
    is_cut_off_for_continuations(client().await, &get).await;
    is_cut_off_for_resets(client().await, &get).await;
    all_is_over(&lab).await;
    assert!(
        origin.connections() < 2_000,
        "{} connections to the origin",
        origin.connections()
    );
    assert_eq!(
        lab.client().http2().get(&origin.url("/bytes/3")).await.body.len(),
        3
    );
    assert_small(&lab, before);
}

/// An origin of HTTP/2 that answers a request with this, with the same again and again, and with what ends it.
async fn flooding(
    lab: &Lab,
    first: RawFrame,
    (times, again): (usize, RawFrame),
    last: Option<RawFrame>,
) -> RawOrigin {
    RawOrigin::tls(&lab.authority, &["h2"], move |stream| {
        let (first, again, last) = (first.clone(), again.clone(), last.clone());
        async move {
            let mut origin = RawHttp2::greet_as_origin(stream, &[]).await;
            origin.expect(HEADERS, 1).await;
            origin.send(first).await;
            flood(&mut origin, times, &[again]).await;
            if let Some(frame) = last {
                origin.send(frame).await;
            }
            // What Handlens says of it is read to its end.
            while origin.next().await.is_some() {}
        }
    })
    .await
}

#[tokio::test]
async fn an_origin_of_http_2_before_a_client_of_http_1_does_not_fill_the_memory() {
    let lab = Lab::start().await;
    let before = lab.handlens.memory("VmHWM");
    let ask = async |origin: &RawOrigin| {
        let url = origin.url("https", "/");
        within("an answer", lab.client().http1().get(&url)).await
    };

    let head = RawFrame::new(HEADERS, 0, 1, block(&[(":status", "200")]));
    let more = RawFrame::new(CONTINUATION, 0, 1, vec![0x40; 16_000]);
    let origin = flooding(&lab, head, (2_000, more), None).await;
    assert_eq!(ask(&origin).await.status, 502);
    let rows = lab.api().exchanges_over(1).await;
    assert_eq!(
        (&rows[0]["state"], &rows[0]["error"]["leg"]),
        (&"failed".into(), &"origin".into()),
        "{rows:#?}"
    );

    let hint = RawFrame::headers(1, 0, &[(":status", "103"), ("link", "</a>")]);
    let end = RawFrame::headers(1, END_STREAM, &[(":status", "204")]);
    let origin = flooding(&lab, hint.clone(), (20_000, hint), Some(end)).await;
    assert_eq!(ask(&origin).await.status, 502);
    all_is_over(&lab).await;
    assert_small(&lab, before);
}
