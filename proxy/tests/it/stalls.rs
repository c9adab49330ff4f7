//! Peers that fall silent under an exchange: `timeouts.stall` ends it, and whoever was waited for is told.

use bytes::Bytes;
use http::Method;
use http_body_util::BodyExt;
use serde_json::Value;

use crate::lab::{
    Client, Conversation, Lab, Origin, OriginOptions, body_from, empty, eventually, request, within,
};

async fn impatient_lab() -> Lab {
    Lab::start_as(|setup| setup.config("[timeouts]\nstall = 2\n")).await
}

fn both_versions(lab: &Lab) -> [Client; 2] {
    [lab.client().http1(), lab.client().http2()]
}

/// Leg, stage and text of what failed.
fn told(row: &Value) -> [&str; 3] {
    ["leg", "stage", "text"].map(|name| row["error"][name].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_response_body_that_stalls_is_told_as_the_origins_fault() {
    let lab = impatient_lab().await;
    let origin = lab.origin().await;
    for (n, client) in both_versions(&lab).iter().enumerate() {
        let path = format!("/cut/100?{n}");
        let mut conversation = client.open(&origin.authority()).await;
        let get = request(Method::GET, &origin.url(&path), empty());
        let body = conversation.begin(get).await.unwrap().into_body();
        let ended = within("the body to be cut short", body.collect()).await;

        assert!(ended.is_err(), "half of a body passed for the whole");
        let row = lab.api().exchange(&path).await;
        assert_eq!(
            (&row["state"], &row["status"], &row["response_bytes"]),
            (&"failed".into(), &200.into(), &100.into())
        );
        assert_eq!(
            told(&row),
            [
                "origin",
                "response",
                "the origin sent no more of its response within 2s"
            ]
        );
    }
}

#[tokio::test]
async fn an_upload_that_stalls_is_told_as_the_clients_fault() {
    let lab = impatient_lab().await;
    let origin = lab.origin().await;
    for (n, client) in both_versions(&lab).iter().enumerate() {
        let path = format!("/upload?{n}");
        let mut conversation = client.open(&origin.authority()).await;
        let (pieces, body) = tokio::sync::mpsc::channel(1);
        pieces.send(Bytes::from_static(b"and then")).await.unwrap();
        let put = request(Method::PUT, &origin.url(&path), body_from(body));
        let answer = conversation.begin(put).await.unwrap();

        assert_eq!(answer.status(), 408);
        drop((answer, conversation, pieces));
        let row = lab.api().exchange(&path).await;
        assert_eq!(
            told(&row),
            [
                "client",
                "request",
                "the client sent no more of its request within 2s"
            ]
        );
    }
}

#[tokio::test]
async fn a_client_that_takes_no_more_is_told_so() {
    let lab = impatient_lab().await;
    let origin = lab.origin().await;
    for (n, client) in both_versions(&lab).iter().enumerate() {
        let path = format!("/chunked/{}?seed={n}", 300 << 20);
        let mut conversation = client.open(&origin.authority()).await;
        let get = request(Method::GET, &origin.url(&path), empty());
        let _unread = conversation.begin(get).await.unwrap();

        let row = lab.api().exchange(&path).await;
        assert_eq!(
            told(&row),
            [
                "client",
                "relay",
                "the client took no more of the response within 2s"
            ]
        );
    }
}

#[tokio::test]
async fn a_second_stall_of_a_connection_is_told_like_the_first() {
    let lab = impatient_lab().await;
    let origin = lab.origin().await;
    let mut conversation = lab.client().http2().open(&origin.authority()).await;
    for _ in 0..2 {
        let answer = conversation.get(&origin.url("/hold")).await;
        assert_eq!(answer.status, 504, "{}", answer.text());
    }
    assert_eq!(origin.connections(), 1);
}

/// Takes bytes there and back without end, in one exchange beside others.
async fn keep_moving(conversation: &Conversation, origin: &Origin) {
    let (pieces, body) = tokio::sync::mpsc::channel(1);
    let mut sender = conversation.http2_sender();
    let put = request(Method::PUT, &origin.url("/echo?moving"), body_from(body));
    pieces.send(Bytes::from_static(b"there")).await.unwrap();
    let mut back = sender.send_request(put).await.unwrap().into_body();
    while let Some(piece) = back.frame().await {
        pieces.send(piece.unwrap().into_data().unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn a_stream_stalls_by_itself_whatever_moves_beside_it() {
    let lab = impatient_lab().await;
    let http1 = lab.origin_with(OriginOptions::http1_only()).await;
    for (n, origin) in [lab.origin().await, http1].into_iter().enumerate() {
        let mut conversation = lab.client().http2().open(&origin.authority()).await;
        let path = format!("/chunked/{}?seed={n}", 300 << 20);
        let get = request(Method::GET, &origin.url(&path), empty());
        let _unread = conversation.begin(get).await.unwrap();
        let mut sender = conversation.http2_sender();
        let stalling = async {
            let hold = request(Method::GET, &origin.url("/hold"), empty());
            let answer = within("an answer in the origin's stead", sender.send_request(hold)).await;
            assert_eq!(answer.unwrap().status(), 504);
            let row = lab.api().exchange(&path).await;
            assert_eq!(told(&row)[2], "the client took no more of the response within 2s");
        };
        tokio::select! {
            () = stalling => {}
            () = keep_moving(&conversation, &origin) => panic!("it went on without end"),
        }
    }
}

#[tokio::test]
async fn a_stream_that_no_connection_comes_free_for_is_told_so() {
    let lab = impatient_lab().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let conversation = lab.client().http2().open(&origin.authority()).await;
    let taking_all = futures_util::future::join_all((0..6).map(|_| keep_moving(&conversation, &origin)));
    let waiting = async {
        eventually("six connections", async || match origin.connections() {
            6.. => Ok(()),
            fewer => Err(fewer),
        })
        .await;
        let mut sender = conversation.http2_sender();
        let echo = request(Method::GET, &origin.url("/echo?late"), empty());
        let answer = within("an answer in the origin's stead", sender.send_request(echo)).await;
        assert_eq!(answer.unwrap().status(), 504);
        let row = lab.api().exchange("/echo?late").await;
        assert_eq!(
            told(&row)[2],
            "none of the connections to the origin came free within 2s"
        );
    };
    tokio::select! {
        () = waiting => {}
        _ = taking_all => panic!("it went on without end"),
    }
}

#[tokio::test]
async fn requests_over_http_2_with_the_proxy_stall_as_others_do() {
    let lab = impatient_lab().await;
    let origin = lab.plain_origin().await;
    let mut conversation = Conversation::http2(lab.client().tcp().await).await;
    let answer = conversation.get(&origin.url("/hold")).await;
    assert_eq!(answer.status, 504, "{}", answer.text());

    let (pieces, body) = tokio::sync::mpsc::channel(1);
    pieces.send(Bytes::from_static(b"and then")).await.unwrap();
    let put = request(Method::PUT, &origin.url("/upload"), body_from(body));
    assert_eq!(conversation.begin(put).await.unwrap().status(), 408);

    let path = format!("/chunked/{}?seed=2", 300 << 20);
    let get = request(Method::GET, &origin.url(&path), empty());
    let _unread = conversation.begin(get).await.unwrap();
    let row = lab.api().exchange(&path).await;
    assert_eq!(told(&row)[2], "the client took no more of the response within 2s");
    // The connection itself goes on.
    assert_eq!(conversation.get(&origin.url("/echo")).await.status, 200);
}
