//! Origins inside the test's process: HTTP/1.1 and HTTP/2, plain and over TLS, with good and bad certificates.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, Version};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio_rustls::TlsAcceptor;

use super::handlers;
use super::{Authority, Identity, Leaf};

/// What an origin is like.
#[derive(Clone)]
pub(crate) struct OriginOptions {
    pub(crate) tls: bool,
    pub(crate) alpn: Vec<&'static str>,
    pub(crate) versions: Vec<&'static rustls::SupportedProtocolVersion>,
    pub(crate) presented: Presented,
    pub(crate) leaf: Leaf,
    /// Refuses clients that show no certificate.
    pub(crate) wants_client_certificate: bool,
    pub(crate) bind: &'static str,
}

/// What it presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presented {
    Good,
    Expired,
    NotYetValid,
    SelfSigned,
    WrongHost,
    UntrustedRoot,
    /// A good chain whose key it does not have: it signs with another.
    WrongKey,
}

impl OriginOptions {
    pub(crate) fn https() -> Self {
        Self {
            tls: true,
            alpn: vec!["h2", "http/1.1"],
            versions: rustls::ALL_VERSIONS.to_vec(),
            presented: Presented::Good,
            leaf: Leaf::good(),
            wants_client_certificate: false,
            bind: "127.0.0.1:0",
        }
    }

    pub(crate) fn http() -> Self {
        Self {
            tls: false,
            ..Self::https()
        }
    }

    /// HTTP/2 without TLS, with prior knowledge (RFC 9113 section 3.3).
    pub(crate) fn h2c() -> Self {
        Self {
            alpn: vec!["h2"],
            ..Self::http()
        }
    }

    pub(crate) fn http1_only() -> Self {
        Self {
            alpn: vec!["http/1.1"],
            ..Self::https()
        }
    }

    pub(crate) fn http2_only() -> Self {
        Self {
            alpn: vec!["h2"],
            ..Self::https()
        }
    }
}

/// A running origin. It stops when it is dropped.
pub(crate) struct Origin {
    pub(crate) address: SocketAddr,
    /// The certificate that it presents, when it speaks TLS.
    pub(crate) certificate: Option<CertificateDer<'static>>,
    pub(crate) watch: Arc<Watch>,
    tls: bool,
    accepting: tokio::task::JoinHandle<()>,
}

/// What an origin saw, and what it waits for.
pub(crate) struct Watch {
    /// TCP connections that came in.
    connections: AtomicUsize,
    /// Connections on which HTTP could begin (after TLS).
    handshakes: AtomicUsize,
    requests: Mutex<Vec<Seen>>,
    /// What the test put at a path: its media type and content.
    files: Mutex<HashMap<String, (&'static str, Bytes)>>,
    /// Paths that wait take one each.
    pub(crate) go: Semaphore,
    /// Bytes of bodies of unknown length that were asked of us so far.
    pub(crate) produced: AtomicU64,
    /// Told when an exchange of ours was given up by the other side.
    pub(crate) given_up: Notify,
    /// Told each time a waiting path begins to wait.
    pub(crate) waiting: Semaphore,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            connections: AtomicUsize::default(),
            handshakes: AtomicUsize::default(),
            requests: Mutex::default(),
            files: Mutex::default(),
            go: Semaphore::new(0),
            produced: AtomicU64::default(),
            given_up: Notify::default(),
            waiting: Semaphore::new(0),
        }
    }
}

/// A request's head as the origin saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    /// Which of the origin's connections it came on, from 1.
    pub(crate) connection: usize,
}

impl Origin {
    pub(crate) async fn start(authority: &Authority, options: OriginOptions) -> Self {
        let listener = TcpListener::bind(options.bind).await.unwrap();
        let address = listener.local_addr().unwrap();
        let watch = Arc::<Watch>::default();
        let (acceptor, certificate) = if options.tls {
            let (config, certificate) = tls_config(authority, &options);
            (Some(TlsAcceptor::from(Arc::new(config))), Some(certificate))
        } else {
            (None, None)
        };
        let http2 = options.alpn == ["h2"];
        let accepting = tokio::spawn(accept(listener, acceptor, http2, watch.clone()));
        Self {
            address,
            certificate,
            watch,
            tls: options.tls,
            accepting,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// `localhost:PORT`.
    pub(crate) fn authority(&self) -> String {
        format!("localhost:{}", self.port())
    }

    /// A URL of this origin under the name `localhost`.
    pub(crate) fn url(&self, path: &str) -> String {
        self.url_at("localhost", path)
    }

    /// A URL of this origin under another name of this machine.
    pub(crate) fn url_at(&self, host: &str, path: &str) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{host}:{}{path}", self.port())
    }

    /// Puts a file at a path.
    pub(crate) fn put(&self, path: &str, kind: &'static str, content: impl Into<Bytes>) {
        self.watch
            .files
            .lock()
            .unwrap()
            .insert(path.to_owned(), (kind, content.into()));
    }

    /// TCP connections that came in so far.
    pub(crate) fn connections(&self) -> usize {
        self.watch.connections.load(Ordering::SeqCst)
    }

    /// Connections that came as far as HTTP.
    pub(crate) fn handshakes(&self) -> usize {
        self.watch.handshakes.load(Ordering::SeqCst)
    }

    /// Requests seen so far, in order.
    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.watch.requests.lock().unwrap().clone()
    }

    /// The one request that was seen.
    #[track_caller]
    pub(crate) fn the_request(&self) -> Seen {
        let seen = self.requests();
        assert_eq!(seen.len(), 1, "the origin saw {seen:#?}");
        seen.into_iter().next().unwrap()
    }

    /// Lets this many waiting steps go on.
    pub(crate) fn go(&self, steps: usize) {
        self.watch.go.add_permits(steps);
    }

    /// Waits until one more handler has come to a waiting step.
    pub(crate) async fn someone_waits(&self) {
        super::within("a request that waits at the origin", self.watch.waiting.acquire())
            .await
            .unwrap()
            .forget();
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Watch {
    pub(crate) fn note(&self, seen: Seen) {
        self.requests.lock().unwrap().push(seen);
    }

    pub(crate) fn file(&self, path: &str) -> Option<(&'static str, Bytes)> {
        self.files.lock().unwrap().get(path).cloned()
    }

    /// Waits until the test lets one more step go.
    pub(crate) async fn step(&self) {
        self.waiting.add_permits(1);
        if let Ok(permit) = self.go.acquire().await {
            permit.forget();
        }
    }
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, http2: bool, watch: Arc<Watch>) {
    // Dropped with the origin: a connection never outlives it.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let number = watch.connections.fetch_add(1, Ordering::SeqCst) + 1;
        connections.spawn(serve(stream, acceptor.clone(), http2, watch.clone(), number));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    http2: bool,
    watch: Arc<Watch>,
    number: usize,
) {
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = acceptor else {
        return serve_http(stream, http2, watch, number).await;
    };
    let stream = match acceptor.accept(stream).into_fallible().await {
        Ok(stream) => stream,
        // A side that refuses the other's certificate is what some tests are about. What a client has sent
        // meanwhile is read: a reset would take our alert from it.
        Err((_, mut tcp)) => {
            let _ = tcp.shutdown().await;
            let _ = tcp.read_to_end(&mut Vec::new()).await;
            return;
        }
    };
    let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    serve_http(stream, http2, watch, number).await;
}

async fn serve_http<S>(stream: S, http2: bool, watch: Arc<Watch>, number: usize)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    watch.handshakes.fetch_add(1, Ordering::SeqCst);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let watch = watch.clone();
        watch.note(Seen {
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            headers: request.headers().clone(),
            connection: number,
        });
        async move { Ok::<_, std::convert::Infallible>(handlers::answer(request, watch).await) }
    });
    let stream = TokioIo::new(stream);
    // How it ends is for the other side to tell: a test that cares looks there.
    let _ = if http2 {
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .max_concurrent_streams(1000)
            // A paused reader of crumbs is what one test is about, and not what the lab is to break at.
            .initial_connection_window_size(16 << 20)
            .serve_connection(stream, service)
            .await
    } else {
        hyper::server::conn::http1::Builder::new()
            .preserve_header_case(true)
            .serve_connection(stream, service)
            .with_upgrades()
            .await
    };
}

fn tls_config(authority: &Authority, options: &OriginOptions) -> (ServerConfig, CertificateDer<'static>) {
    let leaf = &options.leaf;
    let identity = match options.presented {
        Presented::Good | Presented::WrongKey => authority.issue(leaf),
        Presented::Expired => authority.issue(&Leaf {
            days: (-33, -3),
            ..leaf.clone()
        }),
        Presented::NotYetValid => authority.issue(&Leaf {
            days: (3, 33),
            ..leaf.clone()
        }),
        Presented::SelfSigned => Authority::self_signed(leaf),
        Presented::WrongHost => authority.issue(&Leaf {
            names: vec!["other.example".into()],
            ..leaf.clone()
        }),
        Presented::UntrustedRoot => Authority::new("Nobody's Root").issue(leaf),
    };
    let signer = match options.presented {
        Presented::WrongKey => Authority::self_signed(leaf).key,
        _ => identity.key.clone_key(),
    };
    let certificate = identity.chain[0].clone();
    let builder = rustls::ServerConfig::builder_with_protocol_versions(&options.versions);
    let builder = if options.wants_client_certificate {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(authority.der()).unwrap();
        let verifier = rustls::server::WebPkiClientVerifier::builder(Arc::new(roots));
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let mut config = builder.with_cert_resolver(Arc::new(Presents(certified(Identity {
        key: signer,
        ..identity
    }))));
    config.alpn_protocols = options.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    (config, certificate)
}

/// A chain and a key that need not belong together.
pub(crate) fn certified(identity: Identity) -> Arc<CertifiedKey> {
    let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&identity.key).unwrap();
    Arc::new(CertifiedKey::new(identity.chain, key))
}

#[derive(Debug)]
pub(crate) struct Presents(pub(crate) Arc<CertifiedKey>);

impl ResolvesServerCert for Presents {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}
