//! Bodies: byte-exact in both directions and in the recording, streaming, and never held in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::BodyExt;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::lab::{
    Conversation, Lab, Origin, OriginOptions, Pattern, PatternCheck, body_of, eventually, full, request,
    within,
};

const MIB: u64 = 1 << 20;

/// What the whole path (two TLS legs, two HTTP engines, the recorder's channel, the store's cache) may hold at the most.
const FLAT: u64 = 96 * MIB;

/// How much passes in the tests of gigabytes; `HANDLENS_TEST_MIB` raises it.
fn much() -> u64 {
    std::env::var("HANDLENS_TEST_MIB")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1024)
        * MIB
}

#[test]
fn any_body_in_any_pieces_is_exact_both_ways_and_in_the_recording() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (lab, origin) = runtime.block_on(async {
        let lab = Lab::start().await;
        let origin = lab.origin().await;
        (lab, origin)
    });
    let number = AtomicU64::new(0);
    let pieces = prop::collection::vec(
        prop_oneof![1..20_usize, 1000..20_000_usize, 100_000..300_000_usize],
        0..8,
    );
    let case = (any::<u64>(), pieces, any::<bool>(), any::<bool>());
    let config = Config {
        cases: 32,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&case, |(seed, pieces, http2, known)| {
            let path = format!("/echo?case={}", number.fetch_add(1, Ordering::SeqCst));
            runtime.block_on(echoes(&lab, &origin, &path, &cut(seed, &pieces), http2, known));
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// The pattern in pieces of these lengths.
fn cut(seed: u64, lengths: &[usize]) -> Vec<Bytes> {
    let mut rest = Pattern::bytes(seed, lengths.iter().sum());
    lengths.iter().map(|length| rest.split_to(*length)).collect()
}

async fn echoes(lab: &Lab, origin: &Origin, path: &str, pieces: &[Bytes], http2: bool, known: bool) {
    let whole: Bytes = pieces.concat().into();
    let body = if known {
        full(whole.clone())
    } else {
        body_of(pieces.to_vec())
    };
    let client = lab.client().speaking(http2);

    let answer = client.send(request(Method::POST, &origin.url(path), body)).await;

    assert!(answer.body == whole, "the echo of {} bytes differs", whole.len());
    let row = lab.api().exchange(path).await;
    assert_eq!(row["request_bytes"], whole.len());
    assert_eq!(row["response_bytes"], whole.len());
    for side in ["request", "response"] {
        let kept = lab.api().body(&row, side, "").await;
        assert!(
            kept == whole,
            "the recorded {side} body of {} bytes differs",
            whole.len()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_of_gigabytes_leaves_memory_flat() {
    for http2 in [false, true] {
        let lab = Lab::start_with(&["--max-store", "256MiB"]).await;
        let origin = lab.origin().await;
        let client = lab.client().speaking(http2);
        let before = lab.handlens.memory("VmHWM");

        let mut conversation = client.open(&origin.authority()).await;
        let get = request(
            Method::GET,
            &origin.url(&format!("/chunked/{}?seed=1", much())),
            crate::lab::empty(),
        );
        let mut body = conversation.begin(get).await.unwrap().into_body();
        let mut check = PatternCheck::new(1);
        while let Some(frame) = within("the next frame", body.frame()).await {
            check.feed(frame.unwrap().data_ref().unwrap()).unwrap();
        }

        assert_eq!(check.seen(), much());
        assert_flat(&lab, before, http2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_of_gigabytes_of_unknown_length_leaves_memory_flat() {
    for http2 in [false, true] {
        let lab = Lab::start_with(&["--max-store", "256MiB"]).await;
        let origin = lab.origin().await;
        let client = lab.client().speaking(http2);
        let before = lab.handlens.memory("VmHWM");

        let mut conversation = client.open(&origin.authority()).await;
        let put = request(
            Method::PUT,
            &origin.url("/upload?seed=2"),
            body_of(Pattern::new(2, much())),
        );
        let answer = tokio::spawn(async move { conversation.send(put).await });
        let answer = answer.await.unwrap().json();

        assert_eq!(
            (&answer["bytes"], &answer["wrong"]),
            (&much().into(), &serde_json::Value::Null)
        );
        assert_flat(&lab, before, http2);
    }
}

/// Memory has not grown by what passed.
#[track_caller]
fn assert_flat(lab: &Lab, before: u64, http2: bool) {
    let grown = lab.handlens.memory("VmHWM") - before;
    assert!(
        grown < FLAT,
        "memory grew by {} MiB (HTTP/2: {http2})",
        grown / MIB
    );
}

/// Waits until a count stands still: nothing more passes.
async fn stalled(what: &str, count: impl Fn() -> u64) -> u64 {
    let mut last = u64::MAX;
    let mut looks_alike = 0;
    eventually(what, || {
        let now = count();
        looks_alike = if now == last && now > 0 {
            looks_alike + 1
        } else {
            0
        };
        last = now;
        // Fifty looks, half a second: far more than a working relay is ever idle.
        std::future::ready(if looks_alike >= 50 { Ok(now) } else { Err(now) })
    })
    .await
}

/// Whether a client speaks HTTP/2, and an origin before it.
fn pairs() -> [(bool, OriginOptions); 3] {
    [
        (false, OriginOptions::https()),
        (true, OriginOptions::https()),
        (false, OriginOptions::http2_only()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_pauses_makes_the_origin_wait() {
    for (http2, options) in pairs() {
        let lab = Lab::start().await;
        let origin = lab.origin_with(options).await;
        let client = lab.client().speaking(http2);
        let before = lab.handlens.memory("VmHWM");
        let mut conversation = client.open(&origin.authority()).await;
        let length = 300 * MIB;
        let get = request(
            Method::GET,
            &origin.url(&format!("/chunked/{length}?seed=3")),
            crate::lab::empty(),
        );
        let mut body = conversation.begin(get).await.unwrap().into_body();

        let sent = stalled("the origin to stall", || {
            origin.watch.produced.load(Ordering::SeqCst)
        })
        .await;

        assert!(
            sent < 100 * MIB,
            "the origin could send {} MiB to a reader that read nothing",
            sent / MIB
        );
        assert_flat(&lab, before, http2);
        let mut check = PatternCheck::new(3);
        while let Some(frame) = within("the next frame", body.frame()).await {
            check.feed(frame.unwrap().data_ref().unwrap()).unwrap();
        }
        assert_eq!(check.seen(), length);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_origin_that_does_not_read_makes_the_client_wait() {
    for (http2, options) in pairs() {
        let lab = Lab::start().await;
        let origin = lab.origin_with(options).await;
        let client = lab.client().speaking(http2);
        let before = lab.handlens.memory("VmHWM");
        let mut conversation = client.open(&origin.authority()).await;
        let length = 300 * MIB;
        let sent = Arc::<AtomicU64>::default();
        let count = sent.clone();
        let counted = Pattern::new(4, length).inspect(move |piece| {
            count.fetch_add(piece.len() as u64, Ordering::SeqCst);
        });
        let put = request(Method::PUT, &origin.url("/sip?seed=4"), body_of(counted));
        let answer = tokio::spawn(async move { conversation.send(put).await });
        origin.someone_waits().await;

        let went = stalled("the client to stall", || sent.load(Ordering::SeqCst)).await;

        assert!(
            went < 100 * MIB,
            "the client could send {} MiB to an origin that read nothing",
            went / MIB
        );
        assert_flat(&lab, before, http2);
        origin.go(1);
        assert_eq!(answer.await.unwrap().json()["bytes"], length);
    }
}

#[tokio::test]
async fn a_body_under_way_passes_and_is_recorded_piece_by_piece() {
    for http2 in [false, true] {
        let lab = Lab::start().await;
        let origin = lab.origin().await;
        let client = lab.client().speaking(http2);
        let mut conversation = client.open(&origin.authority()).await;
        let get = request(Method::GET, &origin.url("/events/3"), crate::lab::empty());
        let mut body = conversation.begin(get).await.unwrap().into_body();
        let mut so_far = String::new();
        for n in 1..=3 {
            origin.go(1);
            let frame = within("an event", body.frame()).await.unwrap().unwrap();
            assert_eq!(frame.data_ref().unwrap(), format!("data: {n}\n\n").as_bytes());
            so_far += &format!("data: {n}\n\n");
            let row = lab
                .api()
                .row_where("/events/3", |row| row["response_bytes"] == so_far.len())
                .await;
            let kept = eventually("the piece in the recording", || async {
                let kept = lab.api().body(&row, "response", "").await;
                if kept == so_far {
                    Ok(kept)
                } else {
                    Err(format!("{kept:?}"))
                }
            });
            kept.await;
        }
        drop(body);
        assert_eq!(
            lab.api().exchange("/events/3").await["content_type"],
            "text/event-stream"
        );
    }
}

#[tokio::test]
async fn a_compressed_body_passes_as_it_is_and_can_be_looked_at_decoded() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let answer = lab.client().get(&origin.url("/gzip")).await;
    assert_eq!(
        (answer.header("content-encoding"), answer.body[0]),
        (Some("gzip"), 0x1f)
    );
    let row = lab.api().exchange("/gzip").await;
    assert_eq!(row["response_bytes"], answer.body.len());
    assert_eq!(lab.api().body(&row, "response", "").await, answer.body);
    assert_eq!(
        lab.api().body(&row, "response", "?decode=1").await,
        crate::lab::GZIPPED_TEXT
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_kept_as_far_as_it_came_and_breaks_off_for_the_client() {
    for http2 in [false, true] {
        let lab = Lab::start().await;
        let origin = lab.origin().await;
        let client = lab.client().speaking(http2);
        let mut conversation = client.open(&origin.authority()).await;
        let get = request(Method::GET, &origin.url("/cut/50000"), crate::lab::empty());
        let begun = conversation.begin(get).await.unwrap();
        origin.someone_waits().await;
        origin.go(1);
        let broken = within("the end", begun.into_body().collect()).await;
        assert!(
            broken.is_err(),
            "half a body was taken for a whole one: {broken:?}"
        );
        let row = lab.api().exchange("/cut/50000").await;
        assert_eq!((&row["state"], &row["status"]), (&"failed".into(), &200.into()));
        let kept = lab.api().body(&row, "response", "").await;
        assert!(Pattern::bytes(1, 50_000).starts_with(&kept) && row["response_bytes"] == kept.len());
    }
}

#[tokio::test]
async fn both_directions_flow_at_once() {
    for http2 in [false, true] {
        let lab = Lab::start().await;
        let origin = lab.origin().await;
        let client = lab.client().speaking(http2);
        let mut conversation: Conversation = client.open(&origin.authority()).await;
        let (pieces, body) = tokio::sync::mpsc::channel::<Bytes>(1);
        let post = Request::post(origin.url("/echo")).header(header::CONTENT_TYPE, "text/plain");
        let post = post.body(crate::lab::body_from(body)).unwrap();
        let answer = tokio::spawn(async move {
            conversation
                .begin(post)
                .await
                .map(|answer| (answer, conversation))
        });
        pieces.send("ping".into()).await.unwrap();
        let (answer, _conversation) = within("a head before the request's end", answer)
            .await
            .unwrap()
            .unwrap();
        let mut echo = answer.into_body();
        for said in ["ping", "pong", "pang"] {
            if said != "ping" {
                pieces.send(said.into()).await.unwrap();
            }
            let frame = within(format!("the echo of {said}"), echo.frame())
                .await
                .unwrap()
                .unwrap();
            assert_eq!(frame.data_ref().unwrap(), said.as_bytes());
        }
        drop(pieces);
        let rest = within("the end", echo.collect()).await.unwrap().to_bytes();
        assert_eq!(rest, "");
    }
}

#[tokio::test]
async fn a_body_larger_than_one_read_of_the_store_is_whole_by_ranges() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let length = 9 * MIB as usize;
    lab.client()
        .get(&origin.url(&format!("/bytes/{length}?seed=6")))
        .await;
    let row = lab.api().exchange(&format!("/bytes/{length}?seed=6")).await;
    let kept = lab.api().body(&row, "response", "").await;
    assert!(
        kept == Pattern::bytes(6, length),
        "{} bytes were kept",
        kept.len()
    );
}
