//! A client: CONNECT, TLS, and requests of HTTP/1.1.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How to come in.
#[derive(Clone)]
pub(crate) struct Clients {
    proxy: SocketAddr,
    port: u16,
    connector: TlsConnector,
}

/// A tunnel that stands.
pub(crate) struct Tunnel(TlsStream<TcpStream>);

impl Clients {
    pub(crate) fn new(proxy: SocketAddr, port: u16, root: &Path) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(root)?)?;
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            proxy,
            port,
            connector: TlsConnector::from(Arc::new(config)),
        })
    }

    /// Opens a tunnel, and TLS in it.
    pub(crate) async fn open(&self) -> Result<Tunnel> {
        let mut tcp = TcpStream::connect(self.proxy).await.context("connecting")?;
        tcp.set_nodelay(true)?;
        let port = self.port;
        tcp.write_all(format!("CONNECT localhost:{port} HTTP/1.1\r\n\r\n").as_bytes())
            .await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(tcp.read_u8().await.context("waiting for the tunnel")?);
        }
        if !head.starts_with(b"HTTP/1.1 200") {
            bail!("refused: {}", String::from_utf8_lossy(&head));
        }
        let name = ServerName::try_from("localhost")?;
        Ok(Tunnel(self.connector.connect(name, tcp).await.context("TLS")?))
    }
}

impl Tunnel {
    /// Asks, and reads the whole answer. Returns the length of its body.
    pub(crate) async fn get(&mut self, path: &str) -> Result<usize> {
        self.ask(path).await?;
        let mut read = Vec::new();
        let body = loop {
            if let Some(at) = read.windows(4).position(|end| end == b"\r\n\r\n") {
                break at + 4;
            }
            ensure!(self.0.read_buf(&mut read).await? > 0, "the answer ended early");
        };
        let head = String::from_utf8_lossy(&read[..body]).to_ascii_lowercase();
        ensure!(head.starts_with("http/1.1 200"), "answered with {head}");
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.context("no length")?.parse()?;
        let mut came = read.len() - body;
        let mut piece = vec![0; 64 * 1024];
        while came < length {
            let count = self.0.read(&mut piece).await?;
            ensure!(count > 0, "{came} bytes of {length} came");
            came += count;
        }
        Ok(came)
    }

    /// Asks, and reads an answer without a length to its end. Returns the length of its body.
    pub(crate) async fn get_to_end(&mut self, path: &str) -> Result<usize> {
        self.ask(path).await?;
        let (mut came, mut piece) = (0, vec![0; 64 * 1024]);
        let mut head = Vec::new();
        loop {
            let count = self.0.read(&mut piece).await?;
            if count == 0 {
                break Ok(came);
            }
            came += count;
            if !head.ends_with(b"\r\n\r\n") {
                let end = piece[..count].windows(4).position(|end| end == b"\r\n\r\n");
                head = piece[..end.context("the head came in pieces")? + 4].to_vec();
                came = count - head.len();
            }
        }
    }

    /// Asks, and leaves the answer.
    pub(crate) async fn ask(&mut self, path: &str) -> Result<()> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        self.0.write_all(request.as_bytes()).await?;
        Ok(self.0.flush().await?)
    }
}
