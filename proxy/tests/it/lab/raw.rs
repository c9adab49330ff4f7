//! Origins that speak by the byte: for what no HTTP library would send.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::origin::{Presents, certified};
use super::{Authority, Identity, Leaf, within};

/// A TCP server that does the same with each connection. It stops when it is dropped.
pub(crate) struct RawOrigin {
    pub(crate) address: SocketAddr,
    accepting: tokio::task::JoinHandle<()>,
}

impl RawOrigin {
    /// Plain TCP.
    pub(crate) async fn tcp<F, Fut>(act: F) -> Self
    where
        F: Fn(TcpStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = tokio::spawn(async move {
            let mut under_way = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                under_way.spawn(act(stream));
                while under_way.try_join_next().is_some() {}
            }
        });
        Self { address, accepting }
    }

    /// TLS with a good certificate, and then bytes.
    pub(crate) async fn tls<F, Fut>(authority: &Authority, alpn: &[&str], act: F) -> Self
    where
        F: Fn(TlsStream<TcpStream>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Presents(certified(authority.issue(&Leaf::good())))));
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::tcp(move |stream| {
            let (acceptor, act) = (acceptor.clone(), act.clone());
            async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    act(stream).await;
                }
            }
        })
        .await
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn authority(&self) -> String {
        format!("localhost:{}", self.port())
    }

    pub(crate) fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://localhost:{}{path}", self.port())
    }
}

impl Drop for RawOrigin {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// The configuration of a TLS server that presents this.
pub(crate) fn certified_config(identity: Identity) -> Arc<ServerConfig> {
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Presents(certified(identity))));
    Arc::new(config)
}

/// Reads an HTTP/1 head to its empty line. What came of the body with it is lost, so ask for none.
pub(crate) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    String::from_utf8_lossy(&read_head_bytes(stream).await).into_owned()
}

/// The same, to the byte.
pub(crate) async fn read_head_bytes(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match within("the next byte of a head", stream.read_u8()).await {
            Ok(byte) => head.push(byte),
            Err(error) => panic!(
                "the head ended early: {error}: {:?}",
                String::from_utf8_lossy(&head)
            ),
        }
    }
    head
}

/// Reads an HTTP/1 answer: its head, and its body by its length or its chunks.
pub(crate) async fn read_answer(stream: &mut (impl AsyncRead + Unpin)) -> (String, Vec<u8>) {
    let head = read_head(stream).await;
    let lower = head.to_lowercase();
    if let Some(length) = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
    {
        let body = read_some(stream, length.parse().unwrap()).await;
        return (head, body);
    }
    let mut body = Vec::new();
    if lower.contains("transfer-encoding: chunked") {
        loop {
            let size = read_line(stream).await;
            let size = usize::from_str_radix(&size, 16).unwrap();
            body.extend(read_some(stream, size).await);
            assert_eq!(read_line(stream).await, "", "the end of a chunk");
            if size == 0 {
                break;
            }
        }
    }
    (head, body)
}

async fn read_line(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.extend(read_some(stream, 1).await);
    }
    line.truncate(line.len() - 2);
    String::from_utf8(line).unwrap()
}

/// Reads exactly this many bytes.
pub(crate) async fn read_some(stream: &mut (impl AsyncRead + Unpin), length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    within(format!("{length} bytes"), stream.read_exact(&mut bytes))
        .await
        .unwrap();
    bytes
}

/// Reads until the other side ends, by an end or a reset.
pub(crate) async fn read_to_end_or_reset(stream: &mut (impl AsyncRead + Unpin)) -> (Vec<u8>, io::Result<()>) {
    let mut bytes = Vec::new();
    let end = within("the end of a stream", stream.read_to_end(&mut bytes))
        .await
        .map(|_| ());
    (bytes, end)
}
