//! A TLS origin of HTTP/1.1: `/small`, `/bytes/N`, `/events/N`, and `/never`, which is not answered.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Result;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::events;

/// Serves on a free port. Returns it, and the PEM of the certificate to trust.
pub(crate) async fn serve() -> Result<(u16, String)> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    config.send_tls13_tickets = 0;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(answer(tcp, acceptor.clone()));
        }
    });
    Ok((port, made.cert.pem()))
}

async fn answer(tcp: TcpStream, acceptor: TlsAcceptor) -> Result<()> {
    tcp.set_nodelay(true)?;
    let mut stream = acceptor.accept(tcp).await?;
    let mut head = Vec::new();
    loop {
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut head).await? == 0 {
                return Ok(());
            }
        }
        let asked = String::from_utf8_lossy(&head);
        let path = asked.split(' ').nth(1).unwrap_or_default();
        let length = match path {
            "/never" => return std::future::pending().await,
            path if path.starts_with(events::PATH) => return events::send(stream, path).await,
            path => path
                .strip_prefix("/bytes/")
                .and_then(|count| count.parse().ok())
                .unwrap_or(100),
        };
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(answer.as_bytes()).await?;
        let piece = [b'a'; 16 * 1024];
        let mut left: usize = length;
        while left > 0 {
            let count = left.min(piece.len());
            stream.write_all(&piece[..count]).await?;
            left -= count;
        }
        stream.flush().await?;
        head.clear();
    }
}
