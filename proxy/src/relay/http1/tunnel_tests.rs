//! Tunnels on a clock of their own: it leaps ahead whenever nothing else is to be done.

use std::net::SocketAddr;
use std::time::Duration;

use capture::{Door, EventReceiver, WhenBehind};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;

use super::*;
use crate::config::ProxySettings;
use crate::proxy::Proxy;

/// A pair being relayed, and the far ends of its streams.
struct Lab {
    client: DuplexStream,
    origin: DuplexStream,
    relaying: JoinHandle<Result<(), RelayError>>,
    _events: EventReceiver,
    _dir: TempDir,
}

impl Lab {
    /// `buffer`: bytes that a stream takes before its reader has read any.
    async fn start(buffer: usize) -> Self {
        let dir = TempDir::new().unwrap();
        let root = Arc::new(ca::Root::load_or_make(dir.path()).unwrap());
        let (events, receiver) = capture::channel(1 << 30, WhenBehind::Wait);
        let settings = ProxySettings {
            listen: Vec::new(),
            system_roots: false,
            ..ProxySettings::default()
        };
        let proxy = Proxy::bind(&settings, root, events, Arc::default())
            .await
            .unwrap();
        let context = proxy.into_context();
        let target = Target {
            host: "origin.example".into(),
            port: 80,
        };
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let recorder = ConnectionRecorder::open(&context.recorder, Door::Connect, peer, Some(target.clone()));
        let (client, near_client) = duplex(buffer);
        let (origin, near_origin) = duplex(buffer);
        let pair = Pair {
            client: near_client,
            origin: near_origin,
            scheme: "http",
            target,
            recorder,
            context,
            host_rewrite: None,
        };
        Self {
            client,
            origin,
            relaying: tokio::spawn(relay_tunnel(pair)),
            _events: receiver,
            _dir: dir,
        }
    }

    async fn exchange(&mut self) {
        let request = b"GET / HTTP/1.1\r\nhost: origin.example\r\n\r\n";
        let response = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
        self.client.write_all(request).await.unwrap();
        expect(&mut self.origin, request).await;
        self.origin.write_all(response).await.unwrap();
        expect(&mut self.client, response).await;
    }
}

async fn expect(stream: &mut DuplexStream, bytes: &[u8]) {
    let mut got = vec![0; bytes.len()];
    stream.read_exact(&mut got).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&got), String::from_utf8_lossy(bytes));
}

/// On a clock that leaps this takes no time.
async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_quiet_connection_serves_as_often_as_it_is_asked() {
    let mut lab = Lab::start(1 << 16).await;
    for _ in 0..3 {
        lab.exchange().await;
        pass(5).await;
    }
    drop(lab.client);
    lab.relaying.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn half_a_head_waits_for_the_other() {
    let mut lab = Lab::start(1 << 16).await;
    lab.exchange().await;
    for part in ["GET /slow", " HTTP/1.1\r\nho", "st: origin.example\r\n\r\n"] {
        lab.client.write_all(part.as_bytes()).await.unwrap();
        pass(5).await;
    }
    expect(
        &mut lab.origin,
        b"GET /slow HTTP/1.1\r\nhost: origin.example\r\n\r\n",
    )
    .await;
    pass(5).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_slowly_gets_its_response_whole() {
    let mut lab = Lab::start(64).await;
    let body = "x".repeat(100);
    let response = format!("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{body}");
    lab.client
        .write_all(b"GET / HTTP/1.1\r\nhost: origin.example\r\n\r\n")
        .await
        .unwrap();
    expect(&mut lab.origin, b"GET / HTTP/1.1\r\nhost: origin.example\r\n\r\n").await;
    lab.origin.write_all(response.as_bytes()).await.unwrap();
    // All of it has come, and half of it can't leave yet.
    pass(60).await;
    expect(&mut lab.client, response.as_bytes()).await;
    pass(5).await;
}

#[tokio::test(start_paused = true)]
async fn an_origin_that_goes_while_nothing_is_asked_ends_the_connection() {
    let mut lab = Lab::start(1 << 16).await;
    lab.exchange().await;
    pass(5).await;
    drop(lab.origin);
    let mut rest = Vec::new();
    lab.client.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
    lab.relaying.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_quiet_connection_is_closed_after_the_idle_time() {
    let mut lab = Lab::start(1 << 16).await;
    lab.exchange().await;
    let mut rest = Vec::new();
    lab.client.read_to_end(&mut rest).await.unwrap();
    lab.relaying.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_after_a_quiet_while_is_carried() {
    let mut lab = Lab::start(1 << 16).await;
    lab.exchange().await;
    pass(5).await;
    let request =
        b"GET /chat HTTP/1.1\r\nhost: origin.example\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let response =
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nfirst";
    lab.client.write_all(request).await.unwrap();
    expect(&mut lab.origin, request).await;
    lab.origin.write_all(response).await.unwrap();
    expect(&mut lab.client, response).await;
    pass(60).await;
    lab.client.write_all(b"to the origin").await.unwrap();
    expect(&mut lab.origin, b"to the origin").await;
    lab.origin.write_all(b"to the client").await.unwrap();
    expect(&mut lab.client, b"to the client").await;
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: origin.example\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn a_client_that_has_closed_its_half_gets_its_answer() {
    let mut lab = Lab::start(1 << 16).await;
    lab.client.write_all(GET).await.unwrap();
    lab.client.shutdown().await.unwrap();
    expect(&mut lab.origin, GET).await;
    pass(4).await;
    lab.origin
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nh")
        .await
        .unwrap();
    pass(60).await;
    lab.origin.write_all(b"i").await.unwrap();
    let mut answer = Vec::new();
    lab.client.read_to_end(&mut answer).await.unwrap();
    assert!(answer.ends_with(b"\r\n\r\nhi"));
    lab.relaying.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_closed_its_half_is_not_waited_for_without_end() {
    let mut lab = Lab::start(1 << 16).await;
    lab.client.write_all(GET).await.unwrap();
    lab.client.shutdown().await.unwrap();
    expect(&mut lab.origin, GET).await;
    pass(6).await;
    let mut rest = Vec::new();
    lab.origin.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
    lab.relaying.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_body_waits_for_leave_and_is_sent_without_it_in_the_end() {
    let mut lab = Lab::start(1 << 16).await;
    let head = b"PUT / HTTP/1.1\r\nhost: origin.example\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    lab.client.write_all(head).await.unwrap();
    lab.client.write_all(b"hi").await.unwrap();
    expect(&mut lab.origin, head).await;
    let mut byte = [0];
    let early = tokio::time::timeout(Duration::from_millis(500), lab.origin.read(&mut byte)).await;
    assert!(early.is_err(), "the body came before it was wanted");
    expect(&mut lab.origin, b"hi").await;
    let response = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    lab.origin.write_all(response).await.unwrap();
    expect(&mut lab.client, response).await;
    lab.exchange().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_instead_of_leave_ends_the_connection() {
    let mut lab = Lab::start(1 << 16).await;
    let head = b"PUT / HTTP/1.1\r\nhost: origin.example\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    lab.client.write_all(head).await.unwrap();
    expect(&mut lab.origin, head).await;
    lab.origin
        .write_all(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
        .await
        .unwrap();
    // What the client sends next could be the body or another request.
    expect(
        &mut lab.client,
        b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nConnection: close\r\n\r\n",
    )
    .await;
    lab.client.write_all(b"hi").await.unwrap();
    let mut rest = Vec::new();
    lab.origin.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_early_answer_does_not_stop_the_upload_nor_the_next_request() {
    let mut lab = Lab::start(1 << 16).await;
    let head = b"PUT / HTTP/1.1\r\nhost: origin.example\r\ncontent-length: 4\r\n\r\n";
    lab.client.write_all(head).await.unwrap();
    lab.client.write_all(b"he").await.unwrap();
    expect(&mut lab.origin, head).await;
    expect(&mut lab.origin, b"he").await;
    let response = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    lab.origin.write_all(response).await.unwrap();
    expect(&mut lab.client, response).await;
    pass(60).await;
    lab.client
        .write_all(b"llGET /next HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    expect(&mut lab.origin, b"llGET /next HTTP/1.1\r\nhost: a\r\n\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn requests_ahead_are_answered_in_order() {
    let mut lab = Lab::start(1 << 20).await;
    let asked = GET.repeat(3_000);
    lab.client.write_all(&asked).await.unwrap();
    for n in 0..3_000 {
        expect(&mut lab.origin, GET).await;
        let response = format!("HTTP/1.1 200 OK\r\nx: {n}\r\ncontent-length: 0\r\n\r\n");
        lab.origin.write_all(response.as_bytes()).await.unwrap();
        expect(&mut lab.client, response.as_bytes()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_ahead_goes_on_only_after_the_answer_before_it() {
    let mut lab = Lab::start(1 << 16).await;
    lab.client.write_all(&GET.repeat(2)).await.unwrap();
    expect(&mut lab.origin, GET).await;
    pass(60).await;
    // It says more than it was asked: that is no answer to what the client asked ahead.
    lab.origin
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n\r\nforged")
        .await
        .unwrap();
    expect(&mut lab.client, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await;
    let mut rest = Vec::new();
    lab.client.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
}
