//! Connections that speak HTTP/1 and rest between requests: whatever is asked, whenever, comes out right.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use crate::lab::{Conversation, Lab, Origin, OriginOptions, Pattern, read_answer, read_head, read_some};

/// What a client does next.
#[derive(Clone, Debug)]
enum Step {
    Get {
        length: usize,
    },
    GetChunked {
        length: usize,
    },
    Head {
        length: usize,
    },
    GetNothing,
    Put {
        length: usize,
        expect: bool,
    },
    PutChunked {
        length: usize,
    },
    TwoAtOnce {
        length: usize,
    },
    GetInPieces {
        length: usize,
        pause: usize,
    },
    /// Time passes, as long as this many exchanges of somebody else's take.
    Pause {
        exchanges: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let length = || prop_oneof![0..3_usize, 3..5_000_usize, 50_000..400_000_usize];
    let step = prop_oneof![
        length().prop_map(|length| Step::Get { length }),
        length().prop_map(|length| Step::GetChunked { length }),
        length().prop_map(|length| Step::Head { length }),
        Just(Step::GetNothing),
        (length(), any::<bool>()).prop_map(|(length, expect)| Step::Put { length, expect }),
        length().prop_map(|length| Step::PutChunked { length }),
        length().prop_map(|length| Step::TwoAtOnce { length }),
        (length(), 1..4_usize).prop_map(|(length, pause)| Step::GetInPieces { length, pause }),
        (1..6_usize).prop_map(|exchanges| Step::Pause { exchanges }),
        (1..6_usize).prop_map(|exchanges| Step::Pause { exchanges }),
    ];
    prop::collection::vec(step, 1..24)
}

#[test]
fn whatever_is_asked_between_rests_comes_out_right() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (lab, origin) = runtime.block_on(async {
        let lab = Lab::start().await;
        let origin = lab.origin_with(OriginOptions::http1_only()).await;
        (lab, origin)
    });
    let config = Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&steps(), |steps| {
            runtime.block_on(converse(&lab, &origin, &steps));
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// Takes all steps on one connection, and ends it as a connection of another protocol.
async fn converse(lab: &Lab, origin: &Origin, steps: &[Step]) {
    let client = lab.client().http1();
    let mut stream = client.shake_hands(&origin.authority()).await.unwrap();
    let mut elsewhere = client.open(&origin.authority()).await;
    let before = origin.connections();
    let host = origin.authority();
    for (n, step) in steps.iter().enumerate() {
        take(step, n as u64 + 1, &host, &mut stream, &mut elsewhere, origin).await;
    }
    pause(3, &mut elsewhere, origin).await;
    let upgrade =
        format!("GET /upgrade HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let agreed = read_head(&mut stream).await;
    assert!(agreed.starts_with("HTTP/1.1 101 "), "{agreed}");
    pause(3, &mut elsewhere, origin).await;
    stream.write_all(b"another protocol").await.unwrap();
    assert_eq!(read_some(&mut stream, 16).await, b"another protocol");
    assert_eq!(
        origin.connections(),
        before,
        "one client connection is one origin connection"
    );
}

async fn take<S>(
    step: &Step,
    seed: u64,
    host: &str,
    stream: &mut S,
    elsewhere: &mut Conversation,
    origin: &Origin,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let get = |method: &str, path: String| {
        format!("{method} {path}?seed={seed} HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes()
    };
    let put = |fields: &str| format!("PUT /echo HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n").into_bytes();
    match *step {
        Step::Get { length } => {
            stream
                .write_all(&get("GET", format!("/bytes/{length}")))
                .await
                .unwrap();
            expect(stream, seed, length).await;
        }
        Step::GetChunked { length } => {
            stream
                .write_all(&get("GET", format!("/chunked/{length}")))
                .await
                .unwrap();
            expect(stream, seed, length).await;
        }
        Step::Head { length } => {
            stream
                .write_all(&get("HEAD", format!("/bytes/{length}")))
                .await
                .unwrap();
            let head = read_head(stream).await.to_lowercase();
            assert!(head.contains(&format!("content-length: {length}\r\n")), "{head}");
        }
        Step::GetNothing => {
            stream
                .write_all(&get("GET", "/status/204".to_owned()))
                .await
                .unwrap();
            let head = read_head(stream).await;
            assert!(head.starts_with("HTTP/1.1 204 "), "{head}");
        }
        Step::Put {
            length,
            expect: false,
        } => {
            let head = put(&format!("Content-Length: {length}\r\n"));
            stream
                .write_all(&[&head, &Pattern::bytes(seed, length)[..]].concat())
                .await
                .unwrap();
            expect(stream, seed, length).await;
        }
        Step::Put { length, expect: true } => {
            let head = format!(
                "PUT /upload?seed={seed} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
                length + 1
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            let go_on = read_head(stream).await;
            assert!(go_on.starts_with("HTTP/1.1 100 "), "{go_on}");
            stream.write_all(&Pattern::bytes(seed, length + 1)).await.unwrap();
            let (_, told) = read_answer(stream).await;
            let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
            assert_eq!(told, serde_json::json!({"bytes": length + 1, "wrong": null}));
        }
        Step::PutChunked { length } => {
            let mut request = put("Transfer-Encoding: chunked\r\n");
            for piece in Pattern::new(seed, length as u64) {
                request.extend(format!("{:x}\r\n", piece.len()).bytes());
                request.extend(piece);
                request.extend(b"\r\n");
            }
            request.extend(b"0\r\n\r\n");
            stream.write_all(&request).await.unwrap();
            expect(stream, seed, length).await;
        }
        Step::TwoAtOnce { length } => {
            let one = get("GET", format!("/bytes/{length}"));
            stream.write_all(&one.repeat(2)).await.unwrap();
            expect(stream, seed, length).await;
            expect(stream, seed, length).await;
        }
        Step::GetInPieces {
            length,
            pause: exchanges,
        } => {
            let request = get("GET", format!("/bytes/{length}"));
            for piece in request.chunks(request.len().div_ceil(3)) {
                stream.write_all(piece).await.unwrap();
                pause(exchanges, elsewhere, origin).await;
            }
            expect(stream, seed, length).await;
        }
        Step::Pause { exchanges } => pause(exchanges, elsewhere, origin).await,
    }
}

/// An answer of the seed's pattern comes.
async fn expect(stream: &mut (impl AsyncRead + Unpin), seed: u64, length: usize) {
    let (head, body) = read_answer(stream).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(
        body == Pattern::bytes(seed, length),
        "a body of {length} bytes differs: {head}"
    );
}

/// As long as this many exchanges take that an origin answers to somebody else.
async fn pause(exchanges: usize, elsewhere: &mut Conversation, origin: &Origin) {
    for _ in 0..exchanges {
        elsewhere.get(&origin.url("/bytes/1")).await;
    }
}
