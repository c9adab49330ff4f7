//! Connections that rest and wake, on a clock of their own: it leaps ahead whenever nothing else is to be done.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use capture::{Door, EventReceiver, WhenBehind};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadBuf, duplex};
use tokio::task::JoinHandle;

use super::*;
use crate::config::ProxySettings;
use crate::proxy::Proxy;

/// A stream that notes how much was asked for by the last read.
struct Asked {
    inner: DuplexStream,
    last: Arc<AtomicUsize>,
}

impl AsyncRead for Asked {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.last.store(buf.remaining(), Ordering::Relaxed);
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for Asked {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// A pair being relayed, and the far ends of its streams.
struct Lab {
    client: DuplexStream,
    origin: DuplexStream,
    asked: Arc<AtomicUsize>,
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
        let asked = Arc::new(AtomicUsize::new(0));
        let pair = Pair {
            client: Asked {
                inner: near_client,
                last: asked.clone(),
            },
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
            asked,
            relaying: tokio::spawn(pair.relay(HttpVersion::Http1.into())),
            _events: receiver,
            _dir: dir,
        }
    }

    /// At rest a connection waits for the first bytes alone.
    fn rests(&self) -> bool {
        self.asked.load(Ordering::Relaxed) == 16
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
async fn a_quiet_connection_rests_and_wakes_as_often_as_it_is_asked() {
    let mut lab = Lab::start(1 << 16).await;
    for _ in 0..3 {
        lab.exchange().await;
        assert!(!lab.rests());
        pass(5).await;
        assert!(lab.rests());
    }
    drop(lab.client);
    lab.relaying.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn half_a_head_survives_a_rest() {
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
    assert!(!lab.rests(), "an exchange is under way");
    pass(5).await;
    assert!(!lab.rests(), "an exchange is still under way");
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
    assert!(!lab.rests());
    expect(&mut lab.client, response.as_bytes()).await;
    pass(5).await;
    assert!(lab.rests());
}

#[tokio::test(start_paused = true)]
async fn an_origin_that_goes_while_nothing_is_asked_ends_the_connection() {
    let mut lab = Lab::start(1 << 16).await;
    lab.exchange().await;
    pass(5).await;
    assert!(lab.rests());
    drop(lab.origin);
    let mut rest = Vec::new();
    lab.client.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
    lab.relaying.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_connection_at_rest_is_closed_after_the_idle_time() {
    let mut lab = Lab::start(1 << 16).await;
    lab.exchange().await;
    let mut rest = Vec::new();
    lab.client.read_to_end(&mut rest).await.unwrap();
    lab.relaying.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_after_a_rest_is_carried() {
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
