//! The origin: a TLS server on loopback that answers three questions, and resumes no session, so that each
//! connection to it costs a full handshake.

use std::convert::Infallible;
use std::future::ready;
use std::io::Read;
use std::net::{Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, SERVER};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use rustls::server::NoServerSessionStorage;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::authority::Authority;
use crate::client::{HTTP1, HTTP2, LOOPBACK, describe, provider};
use crate::job::OriginAddresses;

/// The small answer: about what a JSON API gives.
const SMALL_BYTES: usize = 1024;
/// Bodies are written in pieces of this size.
const PIECE_BYTES: usize = 64 * 1024;
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Serves until standard input ends, having said where.
pub(crate) fn serve(material: &Path) -> Result<()> {
    let authority = Authority::at(material);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let classic = listen(&authority, false).await?;
        let hybrid = listen(&authority, true).await?;
        println!("{}", serde_json::to_string(&OriginAddresses { classic, hybrid })?);
        tokio::task::spawn_blocking(|| {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
        })
        .await?;
        Ok(())
    })
}

/// Listens on a free port, also on IPv6's loopback where there is one: `localhost` may mean either.
async fn listen(authority: &Authority, hybrid: bool) -> Result<SocketAddr> {
    let (chain, key) = authority.origin_identity()?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider(hybrid)))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let listener = TcpListener::bind((LOOPBACK, 0)).await.context("listening")?;
    let address = listener.local_addr()?;
    tokio::spawn(accept(listener, acceptor.clone()));
    if let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, address.port())).await {
        tokio::spawn(accept(listener, acceptor));
    }
    Ok(address)
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor) {
    let small = Bytes::from(vec![b'a'; SMALL_BYTES]);
    let piece = Bytes::from(
        (0..PIECE_BYTES)
            .map(|at| (at * 31 % 251) as u8)
            .collect::<Vec<_>>(),
    );
    loop {
        match listener.accept().await {
            Ok((tcp, _)) => drop(tokio::spawn(answer(
                tcp,
                acceptor.clone(),
                small.clone(),
                piece.clone(),
            ))),
            Err(error) => {
                eprintln!("origin: accepting failed: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Serves one connection. What fails here fails at the client too, and is told there.
async fn answer(tcp: TcpStream, acceptor: TlsAcceptor, small: Bytes, piece: Bytes) {
    let _ = tcp.set_nodelay(true);
    let Ok(Ok(tls)) = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(tcp)).await else {
        return;
    };
    let session = tls.get_ref().1;
    let agreed = describe(session);
    let is_http2 = session.alpn_protocol() == Some(HTTP2);
    let service = service_fn(|request: Request<hyper::body::Incoming>| {
        let response = match request.uri().path() {
            "/small" => whole("application/json", small.clone()),
            "/agreed" => whole("text/plain", Bytes::from(agreed.clone())),
            path => match path.strip_prefix("/bytes/").and_then(|count| count.parse().ok()) {
                Some(count) => streamed(&piece, count),
                None => not_found(),
            },
        };
        ready(Ok::<_, Infallible>(response))
    });
    let io = TokioIo::new(tls);
    let _ = if is_http2 {
        http2::Builder::new(TokioExecutor::new())
            .serve_connection(io, service)
            .await
    } else {
        http1::Builder::new().serve_connection(io, service).await
    };
}

fn whole(content_type: &str, bytes: Bytes) -> Response<Body> {
    let mut response = Response::new(Full::new(bytes).boxed_unsync());
    insert_fields(&mut response, content_type);
    response
}

/// `count` bytes, piece by piece, made when they are wanted.
fn streamed(piece: &Bytes, count: u64) -> Response<Body> {
    let piece = piece.clone();
    let pieces = futures_util::stream::unfold(count, move |left| {
        let take = left.min(PIECE_BYTES as u64);
        let frame = (take > 0).then(|| (Ok(Frame::data(piece.slice(..take as usize))), left - take));
        ready(frame)
    });
    let mut response = Response::new(StreamBody::new(pieces).boxed_unsync());
    insert_fields(&mut response, "application/octet-stream");
    response.headers_mut().insert(CONTENT_LENGTH, count.into());
    response
}

fn not_found() -> Response<Body> {
    let mut response = whole("text/plain", Bytes::new());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn insert_fields(response: &mut Response<Body>, content_type: &str) {
    let fields = response.headers_mut();
    if let Ok(value) = content_type.parse() {
        fields.insert(CONTENT_TYPE, value);
    }
    for (name, value) in [
        (SERVER, "benchmark-origin"),
        (CACHE_CONTROL, "no-cache, private"),
        (ETAG, "\"5f3a9c1e7b2d4860\""),
    ] {
        fields.insert(name, hyper::header::HeaderValue::from_static(value));
    }
}
