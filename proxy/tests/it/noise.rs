//! Any bytes at any place where bytes come in: nothing that comes off a network ends or panics the process. That it did
//! not panic is looked at wherever a [`Handlens`](crate::lab::Handlens) ends.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::lab::{Lab, Origin, OriginOptions, RawOrigin, within};

/// Noise of every kind: nothing like HTTP, something like it, and heads that were damaged.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let any_bytes = prop::collection::vec(any::<u8>(), 0..2000);
    let words = prop::sample::select(vec![
        "GET ",
        "CONNECT ",
        "POST ",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "http://",
        "localhost",
        ":",
        "/",
        "\r\n",
        "\r\n\r\n",
        "HTTP/1.1",
        " 200 OK",
        "Host: ",
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        "ffffffffffffffff",
        "0",
        "-1",
        "Connection: upgrade",
        "Upgrade: x",
        "HTTP/1.1 101 S\r\n",
        "HTTP/1.1 100 C\r\n\r\n",
        "\0",
        "\u{e9}",
        " ",
    ]);
    let like_http = prop::collection::vec(words, 0..30).prop_map(|words| words.concat().into_bytes());
    // A frame of HTTP/2 (RFC 9113 section 4.1): length, type, flags, stream, payload.
    let frame = (
        0..12_u8,
        any::<u8>(),
        0..6_u32,
        prop::collection::vec(any::<u8>(), 0..60),
    )
        .prop_map(|(kind, flags, stream, payload)| {
            let head = [
                &[0, 0, payload.len() as u8, kind, flags][..],
                &stream.to_be_bytes(),
            ]
            .concat();
            [head, payload].concat()
        });
    let like_http2 = prop::collection::vec(frame, 0..12).prop_map(|frames| frames.concat());
    let hello = (any::<u16>(), prop::collection::vec(any::<u8>(), 0..600)).prop_map(|(length, body)| {
        let head = [22, 3, 1, (body.len() >> 8) as u8, body.len() as u8, 1, 0];
        [&head[..], &length.to_be_bytes(), &body].concat()
    });
    prop_oneof![any_bytes, like_http, like_http2, hello]
}

fn each_noise(cases: u32, make: impl Fn(&Lab, &tokio::runtime::Runtime, Vec<u8>)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let lab = runtime.block_on(Lab::start());
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&noise(), |noise| {
            make(&lab, &runtime, noise);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    // It serves as before.
    runtime.block_on(async {
        let origin = lab.origin().await;
        assert_eq!(lab.client().get(&origin.url("/bytes/3")).await.body.len(), 3);
    });
}

/// Makes noise and leaves.
async fn shout(mut stream: impl AsyncRead + AsyncWrite + Unpin, noise: &[u8]) {
    let _ = stream.write_all(noise).await;
    let _ = stream.flush().await;
    let _ = stream.shutdown().await;
    let mut heard = Vec::new();
    let _ = within("the end after noise", stream.read_to_end(&mut heard)).await;
}

#[test]
fn at_the_door() {
    each_noise(100, |lab, runtime, noise| {
        runtime.block_on(async { shout(lab.client().tcp().await, &noise).await })
    });
}

#[test]
fn in_a_tunnel() {
    each_noise(60, |lab, runtime, noise| {
        runtime.block_on(async {
            let origin = lab.plain_origin().await;
            shout(lab.client().tunnel(&origin.authority()).await, &noise).await;
        });
    });
}

#[test]
fn inside_the_clients_tls() {
    each_noise(60, |lab, runtime, noise| {
        runtime.block_on(async {
            for options in [OriginOptions::http1_only(), OriginOptions::http2_only()] {
                let origin: Origin = lab.origin_with(options).await;
                let mut stream = lab.client().shake_hands(&origin.authority()).await.unwrap();
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    let _ = stream
                        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
                        .await;
                }
                shout(stream, &noise).await;
            }
        });
    });
}

#[test]
fn from_an_origin() {
    each_noise(60, |lab, runtime, noise| {
        runtime.block_on(async {
            let noise = Arc::new(Mutex::new(noise));
            for alpn in ["http/1.1", "h2"] {
                let said = noise.clone();
                let noisy = RawOrigin::tls(&lab.authority, &[alpn], move |mut stream| {
                    let noise = said.lock().unwrap().clone();
                    async move {
                        let _ = stream.read_u8().await;
                        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                            let _ = stream.write_all(b"\0\0\0\x04\0\0\0\0\0").await;
                        }
                        let _ = stream.write_all(&noise).await;
                        let _ = stream.shutdown().await;
                    }
                })
                .await;
                let mut conversation = lab.client().offering(&[alpn]).open(&noisy.authority()).await;
                let get =
                    crate::lab::request(http::Method::GET, &noisy.url("https", "/"), crate::lab::empty());
                let _ = conversation.try_send(get).await;
            }
        });
    });
}
