//! The key of the leaves that a running proxy presents, asked of itself. For browsers that take no root but can be told
//! to take a key.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ca::RootCertificate;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::local;

/// How long the proxy has for its answer.
const LIMIT: Duration = Duration::from_secs(10);

/// The SHA-256 of the leaves' public key, in Base64. The leaf must lead to the root.
pub(super) async fn ask(proxy: SocketAddr, root: &RootCertificate) -> anyhow::Result<String> {
    tokio::time::timeout(LIMIT, shake_hands(proxy, root))
        .await
        .map_err(anyhow::Error::from)
        .flatten()
        .with_context(|| format!("the proxy {proxy} does not tell its certificate"))
}

async fn shake_hands(proxy: SocketAddr, root: &RootCertificate) -> anyhow::Result<String> {
    let mut tunnel = TcpStream::connect(proxy).await?;
    let host = local::HOST;
    let head = format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n");
    tunnel.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    // Byte by byte: what comes behind the head is TLS's.
    while !answer.ends_with(b"\r\n\r\n") {
        ensure!(answer.len() < 4096, "its answer has no end");
        answer.push(tunnel.read_u8().await?);
    }
    ensure!(
        answer.starts_with(b"HTTP/1.1 200"),
        "it opens no tunnel to {host}"
    );
    let mut roots = RootCertStore::empty();
    roots.add(root.der().clone())?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host)?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, tunnel).await?;
    let leaf = stream
        .get_ref()
        .1
        .peer_certificates()
        .and_then(|chain| chain.first());
    let summary = leaf
        .and_then(|leaf| ca::summarize(leaf))
        .context("its certificate can't be read")?;
    Ok(BASE64.encode(summary.spki_sha256))
}
