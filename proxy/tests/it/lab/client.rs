//! Clients that come in through the proxy: by CONNECT and TLS with either HTTP, or in absolute form.

use std::error::Error;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri, Version, header};
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::handlers::{Body, whole};
use super::{read_head, within};

/// How to come in, and what to believe.
#[derive(Clone)]
pub(crate) struct Client {
    proxy: SocketAddr,
    tls: ClientConfig,
}

impl Client {
    /// A client that believes these roots and offers both versions of HTTP.
    pub(crate) fn new(proxy: SocketAddr, roots: &[CertificateDer<'static>]) -> Self {
        let mut store = RootCertStore::empty();
        for root in roots {
            store.add(root.clone()).unwrap();
        }
        let mut tls = ClientConfig::builder()
            .with_root_certificates(store)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self { proxy, tls }
    }

    pub(crate) fn trusting(self, root: CertificateDer<'static>) -> Self {
        Self::new(self.proxy, &[root])
    }

    pub(crate) fn http1(self) -> Self {
        self.offering(&["http/1.1"])
    }

    pub(crate) fn http2(self) -> Self {
        self.offering(&["h2"])
    }

    /// Offers one version of HTTP alone.
    pub(crate) fn speaking(self, http2: bool) -> Self {
        if http2 { self.http2() } else { self.http1() }
    }

    /// Offers these application protocols.
    pub(crate) fn offering(mut self, alpn: &[&str]) -> Self {
        self.tls.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        self
    }

    /// Changes what is said in TLS.
    pub(crate) fn with_tls(mut self, change: impl FnOnce(&mut ClientConfig)) -> Self {
        change(&mut self.tls);
        self
    }

    /// A TCP connection to the proxy.
    pub(crate) async fn tcp(&self) -> TcpStream {
        let stream = within("a TCP connection to the proxy", TcpStream::connect(self.proxy))
            .await
            .unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Asks for a tunnel, and returns it with the head of the answer.
    pub(crate) async fn connect(&self, target: &str) -> (TcpStream, String) {
        let mut stream = self.tcp().await;
        let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = read_head(&mut stream).await;
        (stream, answer)
    }

    /// A tunnel that was granted.
    pub(crate) async fn tunnel(&self, target: &str) -> TcpStream {
        let (stream, answer) = self.connect(target).await;
        assert!(
            answer.starts_with("HTTP/1.1 200 "),
            "CONNECT {target} was answered with {answer}"
        );
        stream
    }

    /// TLS in a tunnel, with the target's host as the name.
    pub(crate) async fn shake_hands(&self, target: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let tunnel = self.tunnel(target).await;
        self.shake_hands_on(tunnel, target).await
    }

    /// TLS on any stream.
    pub(crate) async fn shake_hands_on<S>(&self, stream: S, target: &str) -> std::io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let host = target.rsplit_once(':').map_or(target, |(host, _)| host);
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).unwrap();
        let connector = TlsConnector::from(Arc::new(self.tls.clone()));
        within(
            format!("a TLS handshake for {target}"),
            connector.connect(name, stream),
        )
        .await
    }

    /// HTTP in TLS in a tunnel.
    pub(crate) async fn open(&self, target: &str) -> Conversation {
        let stream = self
            .shake_hands(target)
            .await
            .unwrap_or_else(|error| panic!("TLS for {target}: {error}"));
        Conversation::over_tls(stream).await
    }

    /// HTTP in a tunnel without TLS.
    pub(crate) async fn open_plain(&self, target: &str) -> Conversation {
        Conversation::http1(self.tunnel(target).await).await
    }

    /// Plain HTTP to the proxy itself, for requests in absolute form.
    pub(crate) async fn open_proxy(&self) -> Conversation {
        let mut conversation = Conversation::http1(self.tcp().await).await;
        conversation.absolute = true;
        conversation
    }

    /// One request on a connection of its own: absolute form for `http:`, a tunnel for `https:`.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let uri = request.uri().clone();
        let mut conversation = match uri.scheme_str() {
            Some("https") => self.open(&target_of(&uri)).await,
            _ => self.open_proxy().await,
        };
        conversation.send(request).await
    }

    pub(crate) async fn get(&self, url: &str) -> Answer {
        self.send(Request::get(url).body(empty()).unwrap()).await
    }

    /// Asks, and reads the answer's body as far as it comes.
    pub(crate) async fn open_and_forget(&self, url: &str) {
        let mut conversation = self.open(&target_of(&url.parse().unwrap())).await;
        if let Ok(answer) = conversation.begin(request(Method::GET, url, empty())).await {
            let _ = answer.into_body().collect().await;
        }
    }

    pub(crate) async fn post(&self, url: &str, body: impl Into<Bytes>) -> Answer {
        self.send(Request::post(url).body(full(body)).unwrap()).await
    }
}

/// `host:port` of a URL.
fn target_of(uri: &Uri) -> String {
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") {
        443
    } else {
        80
    });
    format!("{}:{port}", uri.host().unwrap_or_default())
}

/// One HTTP connection, over which requests follow one another.
pub(crate) struct Conversation {
    sender: Sender,
    /// Whether requests go in absolute form (RFC 9112 section 3.2.2).
    absolute: bool,
    /// The certificate that was presented.
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

enum Sender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

impl Conversation {
    pub(crate) async fn http1<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S) -> Self {
        let (sender, connection) = http1::Builder::new()
            .preserve_header_case(true)
            .max_headers(4096)
            .max_buf_size(1 << 20)
            .handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection.with_upgrades());
        Self {
            sender: Sender::Http1(sender),
            absolute: false,
            certificate: None,
        }
    }

    pub(crate) async fn http2<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S) -> Self {
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        Self {
            sender: Sender::Http2(sender),
            absolute: true,
            certificate: None,
        }
    }

    /// The HTTP that ALPN chose.
    pub(crate) async fn over_tls(stream: TlsStream<TcpStream>) -> Self {
        let session = stream.get_ref().1;
        let certificate = session
            .peer_certificates()
            .and_then(|chain| chain.first())
            .map(|c| c.clone().into_owned());
        let http2 = session.alpn_protocol() == Some(b"h2");
        let conversation = if http2 {
            Self::http2(stream).await
        } else {
            Self::http1(stream).await
        };
        Self {
            certificate,
            ..conversation
        }
    }

    pub(crate) fn is_http2(&self) -> bool {
        matches!(self.sender, Sender::Http2(_))
    }

    /// For many requests at a time.
    #[track_caller]
    pub(crate) fn http2_sender(&self) -> http2::SendRequest<Body> {
        match &self.sender {
            Sender::Http2(sender) => sender.clone(),
            Sender::Http1(_) => panic!("this is HTTP/1.1"),
        }
    }

    /// Sends a request and waits for the head of the answer.
    pub(crate) async fn begin(
        &mut self,
        request: Request<Body>,
    ) -> Result<http::Response<Incoming>, hyper::Error> {
        let what = format!("an answer to {} {}", request.method(), request.uri());
        let request = self.fit(request);
        match &mut self.sender {
            Sender::Http1(sender) => {
                within("the connection to be ready", sender.ready()).await?;
                within(what, sender.send_request(request)).await
            }
            Sender::Http2(sender) => {
                within("the connection to be ready", sender.ready()).await?;
                within(what, sender.send_request(request)).await
            }
        }
    }

    /// Sends a request and waits for the whole answer.
    pub(crate) async fn send(&mut self, request: Request<Body>) -> Answer {
        self.try_send(request)
            .await
            .unwrap_or_else(|error| panic!("no answer: {}", explain(&error)))
    }

    pub(crate) async fn try_send(&mut self, request: Request<Body>) -> Result<Answer, hyper::Error> {
        Answer::read(self.begin(request).await?).await
    }

    pub(crate) async fn get(&mut self, url: &str) -> Answer {
        self.send(Request::get(url).body(empty()).unwrap()).await
    }

    /// Writes the target and `Host` as this connection needs them.
    fn fit(&self, mut request: Request<Body>) -> Request<Body> {
        let uri = request.uri().clone();
        if self.is_http2() || request.version() == Version::HTTP_2 {
            return request;
        }
        if let Some(authority) = uri.authority() {
            if !request.headers().contains_key(header::HOST) {
                request
                    .headers_mut()
                    .insert(header::HOST, authority.as_str().try_into().unwrap());
            }
            if !self.absolute {
                let path = uri.path_and_query().map_or("/", |path| path.as_str());
                *request.uri_mut() = path.parse().unwrap();
            }
        }
        request
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) trailers: Option<HeaderMap>,
}

impl Answer {
    pub(crate) async fn read(response: http::Response<Incoming>) -> Result<Self, hyper::Error> {
        let (head, body) = response.into_parts();
        let collected = within("the answer's body", body.collect()).await?;
        let trailers = collected.trailers().cloned();
        let (status, version, headers) = (head.status, head.version, head.headers);
        Ok(Self {
            status,
            version,
            headers,
            body: collected.to_bytes(),
            trailers,
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

pub(crate) fn empty() -> Body {
    Empty::new().map_err(Into::into).boxed_unsync()
}

pub(crate) fn full(content: impl Into<Bytes>) -> Body {
    whole(content)
}

/// A body of unknown length, of these pieces.
pub(crate) fn body_of(pieces: impl IntoIterator<Item = Bytes, IntoIter: Send + 'static>) -> Body {
    let frames = pieces.into_iter().map(|piece| Ok(Frame::data(piece)));
    StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync()
}

/// A body of unknown length, of the pieces that a channel brings.
pub(crate) fn body_from(pieces: tokio::sync::mpsc::Receiver<Bytes>) -> Body {
    let frames = futures_util::stream::unfold(pieces, |mut pieces| async move {
        let piece = pieces.recv().await?;
        Some((Ok(Frame::data(piece)), pieces))
    });
    StreamBody::new(frames).boxed_unsync()
}

/// A request with this method, URL and body.
pub(crate) fn request(method: Method, url: &str, body: Body) -> Request<Body> {
    Request::builder().method(method).uri(url).body(body).unwrap()
}

/// An error with its causes.
pub(crate) fn explain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
