//! An origin's offer of HTTP/3, by which a browser leaves: kept, or with `--strip-alt-svc` taken out on its way.

use tokio::io::AsyncWriteExt;

use crate::lab::http2::*;
use crate::lab::{Lab, RawOrigin, read_head};

const OFFER: &str = "h3=\":443\"; ma=86400";

/// The offer as it reaches a client of HTTP/1 and one of HTTP/2, and as the record has it.
async fn offers(lab: &Lab) -> Vec<(Option<String>, Vec<String>, bool)> {
    let mut seen = Vec::new();
    let http1 = RawOrigin::tcp(|mut stream| async move {
        read_head(&mut stream).await;
        let answer = format!("HTTP/1.1 200 OK\r\nServer: a\r\nALT-SVC: {OFFER}\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let answer = lab.client().get(&http1.url("http", "/http1")).await;
    assert_eq!(answer.header("server"), Some("a"));
    seen.push((answer.header("alt-svc").map(str::to_owned), "/http1"));

    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open(lab).await;
    let get = request_fields("GET", "/http2", &[]);
    client.send(RawFrame::headers(1, END_STREAM, &get)).await;
    origin.expect(HEADERS, 1).await;
    let fields = [(":status", "200"), ("server", "a"), ("alt-svc", OFFER)];
    origin.send(RawFrame::headers(1, END_STREAM, &fields)).await;
    let answer = client.expect(HEADERS, 1).await;
    assert_eq!(answer.field("server"), Some("a"));
    seen.push((answer.field("alt-svc").map(str::to_owned), "/http2"));

    let mut told = Vec::new();
    for (offer, path) in seen {
        let exchange = lab.api().exchange(path).await;
        let recorded = exchange["response"]["fields"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|field| field[0].as_str().unwrap().eq_ignore_ascii_case("alt-svc"))
            .map(|field| field[1].as_str().unwrap().to_owned())
            .collect();
        let row = lab.api().row(path).await;
        told.push((offer, recorded, row["invites_to_h3"] == true));
    }
    told
}

#[tokio::test]
async fn an_offer_of_http3_passes_and_the_row_says_that_the_client_may_leave() {
    let lab = Lab::start().await;
    let kept = (Some(OFFER.to_owned()), vec![OFFER.to_owned()], true);
    assert_eq!(offers(&lab).await, [kept.clone(), kept]);
}

#[tokio::test]
async fn an_offer_of_http3_that_is_taken_out_is_recorded_all_the_same() {
    let lab = Lab::start_with(&["--strip-alt-svc"]).await;
    let stripped = (None, vec![OFFER.to_owned()], false);
    assert_eq!(offers(&lab).await, [stripped.clone(), stripped]);
}
