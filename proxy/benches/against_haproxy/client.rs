//! One client connection: TCP, CONNECT where a proxy wants it, TLS, HTTP. The same code for every contender.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use futures_util::FutureExt as _;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{ACCEPT, ACCEPT_ENCODING, HOST, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, HandshakeKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use crate::authority::{ORIGIN_NAME, read_roots};
use crate::job::Way;

/// A head of a CONNECT answer that is longer than this is none.
const MAX_CONNECT_HEAD: usize = 8 * 1024;

/// What ALPN calls the two versions.
pub(crate) const HTTP1: &[u8] = b"http/1.1";
pub(crate) const HTTP2: &[u8] = b"h2";

/// Opens connections one way.
pub(crate) struct Dialler {
    way: Way,
    connector: TlsConnector,
}

impl Dialler {
    /// Reads the roots and settles what is offered.
    pub(crate) fn new(way: Way) -> Result<Self> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider(way.hybrid)))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(read_roots(&way.trust)?)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![if way.http2 { HTTP2 } else { HTTP1 }.to_vec()];
        Ok(Self {
            way,
            connector: TlsConnector::from(Arc::new(config)),
        })
    }

    /// Opens a connection, ready for requests.
    pub(crate) async fn dial(&self) -> Result<Connection> {
        let mut tcp = TcpStream::connect(self.way.dial).await.context("connecting")?;
        tcp.set_nodelay(true)?;
        if let Some(port) = self.way.connect_port {
            ask_for_tunnel(&mut tcp, port).await?;
        }
        let name = ServerName::try_from(ORIGIN_NAME)?;
        let tls = self
            .connector
            .connect(name, tcp)
            .await
            .context("TLS with the proxy")?;
        let session = tls.get_ref().1;
        ensure!(
            session.handshake_kind() != Some(HandshakeKind::Resumed),
            "the handshake was resumed, and so would cost less than a new one"
        );
        let agreed = describe(session);
        ensure!(
            session
                .alpn_protocol()
                .is_none_or(|it| (it == HTTP2) == self.way.http2),
            "the proxy agreed on another version of HTTP"
        );
        // What goes wrong in the drivers shows as errors of the requests.
        let (sender, driver) = if self.way.http2 {
            let (sender, driver) = http2::handshake(TokioExecutor::new(), TokioIo::new(tls)).await?;
            (Sender::Http2(sender), tokio::spawn(driver.map(drop)))
        } else {
            let (sender, driver) = http1::handshake(TokioIo::new(tls)).await?;
            (Sender::Http1(sender), tokio::spawn(driver.map(drop)))
        };
        Ok(Connection {
            agreed,
            requester: Requester {
                authority: format!(
                    "{ORIGIN_NAME}:{}",
                    self.way.connect_port.unwrap_or(self.way.dial.port())
                ),
                sender,
            },
            driver,
        })
    }
}

/// An open connection.
pub(crate) struct Connection {
    /// What TLS agreed on.
    pub(crate) agreed: String,
    /// Asks over it, one request at a time.
    pub(crate) requester: Requester,
    driver: JoinHandle<()>,
}

impl Connection {
    /// Another requester, to ask beside the first: HTTP/2 alone can do that.
    pub(crate) fn another_requester(&self) -> Option<Requester> {
        match &self.requester.sender {
            Sender::Http1(_) => None,
            Sender::Http2(sender) => Some(Requester {
                authority: self.requester.authority.clone(),
                sender: Sender::Http2(sender.clone()),
            }),
        }
    }

    /// The requester, and what closes the connection once no requester is left.
    pub(crate) fn split(self) -> (Requester, impl Future<Output = ()>) {
        (self.requester, self.driver.map(drop))
    }

    /// Says goodbye in TLS and TCP, and waits until that is on its way.
    pub(crate) async fn close(self) {
        let (requester, closed) = self.split();
        drop(requester);
        closed.await;
    }
}

/// Asks over a connection, one request at a time.
pub(crate) struct Requester {
    authority: String,
    sender: Sender,
}

enum Sender {
    Http1(http1::SendRequest<Empty<Bytes>>),
    Http2(http2::SendRequest<Empty<Bytes>>),
}

impl Requester {
    /// Asks for a path and reads the body to its end; gives the number of its bytes.
    pub(crate) async fn fetch(&mut self, path: &str) -> Result<u64> {
        let mut response = self.request(path).await?;
        let mut bytes = 0;
        while let Some(frame) = response.frame().await {
            if let Some(data) = frame.context("reading a body")?.data_ref() {
                bytes += data.len() as u64;
            }
        }
        Ok(bytes)
    }

    /// Asks for a path and gives its body as text.
    pub(crate) async fn fetch_text(&mut self, path: &str) -> Result<String> {
        let body = self.request(path).await?.into_body().collect().await?.to_bytes();
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    async fn request(&mut self, path: &str) -> Result<Response<Incoming>> {
        let request = match &self.sender {
            Sender::Http1(_) => Request::get(path).header(HOST, &self.authority),
            Sender::Http2(_) => Request::get(format!("https://{}{path}", self.authority)),
        };
        let request = request
            .header(USER_AGENT, "handlens-benchmark/1")
            .header(ACCEPT, "application/json, text/plain, */*")
            .header(ACCEPT_ENCODING, "gzip, deflate, br, zstd")
            .header("accept-language", "en-GB,en;q=0.9")
            .body(Empty::new())?;
        let response = match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await.context("keeping the connection")?;
                sender.send_request(request).await.context("asking")?
            }
            Sender::Http2(sender) => {
                sender.ready().await.context("keeping the connection")?;
                sender.send_request(request).await.context("asking")?
            }
        };
        ensure!(
            response.status() == StatusCode::OK,
            "the answer to {path} was {}",
            response.status()
        );
        Ok(response)
    }
}

/// The version, suite, group and protocol of a finished handshake.
pub(crate) fn describe(session: &rustls::CommonState) -> String {
    let version = session
        .protocol_version()
        .and_then(|it| it.as_str().map(str::to_owned));
    let suite = session
        .negotiated_cipher_suite()
        .map(|it| format!("{:?}", it.suite()));
    let group = session
        .negotiated_key_exchange_group()
        .map(|it| format!("{:?}", it.name()));
    let protocol = session
        .alpn_protocol()
        .map(|it| String::from_utf8_lossy(it).into_owned());
    [version, suite, group, protocol]
        .map(|part| part.unwrap_or_else(|| "-".to_owned()))
        .join(" ")
}

/// The cryptography of our own clients and origin, with or without the post-quantum group.
pub(crate) fn provider(hybrid: bool) -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = if hybrid {
        vec![aws_lc_rs::kx_group::X25519MLKEM768, aws_lc_rs::kx_group::X25519]
    } else {
        vec![aws_lc_rs::kx_group::X25519]
    };
    provider
}

async fn ask_for_tunnel(tcp: &mut TcpStream, port: u16) -> Result<()> {
    let head = format!("CONNECT {ORIGIN_NAME}:{port} HTTP/1.1\r\nHost: {ORIGIN_NAME}:{port}\r\n\r\n");
    tcp.write_all(head.as_bytes()).await?;
    let mut answer = Vec::with_capacity(256);
    while !answer.ends_with(b"\r\n\r\n") {
        let read = tcp.read_buf(&mut answer).await?;
        if read == 0 || answer.len() > MAX_CONNECT_HEAD {
            bail!(
                "the answer to CONNECT broke off: {}",
                String::from_utf8_lossy(&answer)
            );
        }
    }
    let status = answer.split(|byte| *byte == b' ').nth(1);
    ensure!(
        status == Some(b"200"),
        "CONNECT was refused: {}",
        String::from_utf8_lossy(&answer)
    );
    Ok(())
}

/// Where our servers listen.
pub(crate) const LOOPBACK: Ipv4Addr = Ipv4Addr::LOCALHOST;
