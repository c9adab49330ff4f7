//! What the origins answer, by path.
//!
//! ```text
//! /echo                 the request's body as it comes
//! /bytes/N?seed=S       N bytes of the seed's pattern with a Content-Length
//! /chunked/N?seed=S     the same of unknown length
//! /upload?seed=S        reads the body, {"bytes": N, "wrong": null or where it differs from the seed's pattern}
//! /sip                  waits for a step before it reads the body, then tells its length
//! /hold                 waits for a step before it answers
//! /events/N             N server-sent events, each after a step
//! /cut/N                promises 2 N bytes, sends N, waits for a step, and breaks off
//! /status/N             that status; with a body where one may be
//! /refuse               413 without reading the request's body
//! /redirect             302 to /echo
//! /gzip                 text in gzip
//! /trailers             a body with a trailer field
//! /request-trailers     the request's trailer fields as JSON
//! /big-head/N           a response field of N bytes
//! /many-fields/N        N response fields
//! /ws                   a WebSocket that echoes; over HTTP/2 too (RFC 8441)
//! /upgrade              another protocol, that echoes bytes
//! anything else         what the test put there, or 404
//! ```

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_compression::tokio::write::GzipEncoder;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, TryStreamExt, stream};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::origin::Watch;
use super::{Pattern, PatternCheck};

pub(crate) type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

pub(crate) const GZIPPED_TEXT: &str =
    "a text that was compressed, a text that was compressed, a text that was compressed";

/// The answer to a request; to HEAD its head alone, which over HTTP/2 hyper leaves to us.
pub(crate) async fn answer(request: Request<Incoming>, watch: Arc<Watch>) -> Response<Body> {
    let is_head = request.method() == Method::HEAD;
    let response = answer_by_path(request, watch).await;
    if is_head {
        response.map(|_| Empty::new().map_err(Into::into).boxed_unsync())
    } else {
        response
    }
}

async fn answer_by_path(request: Request<Incoming>, watch: Arc<Watch>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let mut steps = path.trim_start_matches('/').split('/');
    let name = steps.next().unwrap_or_default();
    let number: u64 = steps.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    match name {
        "echo" => echo(request),
        "bytes" => {
            let whole = Pattern::new(seed(&request), number);
            let mut response = Response::new(frames(whole.map(Ok)));
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, number.into());
            octets(response)
        }
        "chunked" => {
            let counted = Pattern::new(seed(&request), number).inspect(move |piece| {
                watch.produced.fetch_add(piece.len() as u64, Ordering::SeqCst);
            });
            octets(Response::new(frames(counted.map(Ok))))
        }
        "upload" => upload(request).await,
        "sip" => {
            watch.step().await;
            upload(request).await
        }
        "hold" => {
            let _given_up = GivenUp(watch.clone());
            watch.step().await;
            text("held")
        }
        "events" => events(number, watch),
        "cut" => {
            let half = stream::iter(Pattern::new(1, number).map(Ok));
            let broken = stream::once(async move {
                watch.step().await;
                Err(io::Error::other("broken off on purpose"))
            });
            let pieces = half.chain(broken).map_ok(Frame::data).map_err(Into::into);
            let mut response = Response::new(StreamBody::new(pieces).boxed_unsync());
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, (2 * number).into());
            response
        }
        "status" => status(u16::try_from(number).unwrap_or(500)),
        "refuse" => with_status(text("too much"), StatusCode::PAYLOAD_TOO_LARGE),
        "redirect" => {
            let mut response = with_status(text("over there"), StatusCode::FOUND);
            response
                .headers_mut()
                .insert(header::LOCATION, HeaderValue::from_static("/echo"));
            response
        }
        "gzip" => gzip().await,
        "trailers" => trailers(),
        "request-trailers" => request_trailers(request).await,
        "big-head" => {
            let mut response = text("a big head");
            let value = "x".repeat(usize::try_from(number).unwrap_or(0));
            response.headers_mut().insert("x-big", value.try_into().unwrap());
            response
        }
        "many-fields" => {
            let mut response = text("many fields");
            for n in 0..number {
                let name: header::HeaderName = format!("x-{n}").try_into().unwrap();
                response.headers_mut().insert(name, n.into());
            }
            response
        }
        "ws" => websocket(request),
        "upgrade" => upgrade(request),
        _ => watch.file(&path).map_or_else(
            || with_status(text("not here"), StatusCode::NOT_FOUND),
            |(kind, content)| {
                let mut response = Response::new(whole(content));
                response
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
                response
            },
        ),
    }
}

fn seed<B>(request: &Request<B>) -> u64 {
    let query = request.uri().query().unwrap_or_default();
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("seed="))
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1)
}

pub(crate) fn whole(content: impl Into<Bytes>) -> Body {
    Full::new(content.into()).map_err(Into::into).boxed_unsync()
}

fn frames(pieces: impl Iterator<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    StreamBody::new(stream::iter(pieces).map_ok(Frame::data).map_err(Into::into)).boxed_unsync()
}

fn text(content: &'static str) -> Response<Body> {
    let mut response = Response::new(whole(content));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

fn octets(mut response: Response<Body>) -> Response<Body> {
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn with_status(mut response: Response<Body>, status: StatusCode) -> Response<Body> {
    *response.status_mut() = status;
    response
}

fn status(status: u16) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match status {
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => {
            Response::new(Empty::new().map_err(Into::into).boxed_unsync())
        }
        _ => text("a body of 17 byte"),
    };
    response
        .headers_mut()
        .insert(header::ETAG, HeaderValue::from_static("\"lab\""));
    with_status(response, status)
}

fn echo(request: Request<Incoming>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let mut response = Response::new(body.map_err(Into::into).boxed_unsync());
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        if let Some(value) = head.headers.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

async fn upload(request: Request<Incoming>) -> Response<Body> {
    let mut check = PatternCheck::new(seed(&request));
    let mut wrong = None;
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => {
                if let (Some(data), None) = (frame.data_ref(), &wrong) {
                    wrong = check.feed(data).err();
                }
            }
            // A broken stream of HTTP/2 says so as often as it is asked.
            Err(error) => {
                wrong = Some(error.to_string());
                break;
            }
        }
    }
    json_answer(&json!({"bytes": check.seen(), "wrong": wrong}))
}

pub(crate) fn json_answer(value: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(whole(value.to_string()));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Tells the test when an answer under way is dropped unfinished.
struct GivenUp(Arc<Watch>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.given_up.notify_one();
    }
}

fn events(count: u64, watch: Arc<Watch>) -> Response<Body> {
    let given_up = GivenUp(watch);
    let pieces = stream::iter(1..=count).then(move |n| {
        let watch = given_up.0.clone();
        async move {
            watch.step().await;
            Ok(Frame::data(Bytes::from(format!("data: {n}\n\n"))))
        }
    });
    let mut response = Response::new(StreamBody::new(pieces).boxed_unsync());
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    response
}

async fn gzip() -> Response<Body> {
    let mut encoder = GzipEncoder::new(Vec::new());
    encoder.write_all(GZIPPED_TEXT.as_bytes()).await.unwrap();
    encoder.shutdown().await.unwrap();
    let mut response = text("");
    *response.body_mut() = whole(encoder.into_inner());
    response
        .headers_mut()
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

fn trailers() -> Response<Body> {
    let mut fields = HeaderMap::new();
    fields.insert("x-checksum", HeaderValue::from_static("42"));
    let pieces = [
        Ok(Frame::data(Bytes::from_static(b"a body, and then"))),
        Ok(Frame::trailers(fields)),
    ];
    let mut response = Response::new(StreamBody::new(stream::iter(pieces)).boxed_unsync());
    response
        .headers_mut()
        .insert(header::TRAILER, HeaderValue::from_static("x-checksum"));
    response
}

async fn request_trailers(request: Request<Incoming>) -> Response<Body> {
    let collected = request.into_body().collect().await;
    let fields: serde_json::Map<_, _> = collected
        .ok()
        .and_then(|collected| collected.trailers().cloned())
        .unwrap_or_default()
        .iter()
        .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    json_answer(&fields.into())
}

fn websocket(mut request: Request<Incoming>) -> Response<Body> {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(stream) = upgrade.await else { return };
        let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(stream), Role::Server, None).await;
        while let Some(Ok(message)) = socket.next().await {
            if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
                return;
            }
        }
    });
    let mut response = Response::new(whole(""));
    if request.method() == Method::CONNECT {
        return response;
    }
    let key = request
        .headers()
        .get(header::SEC_WEBSOCKET_KEY)
        .map(|key| derive_accept_key(key.as_bytes()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(
        header::SEC_WEBSOCKET_ACCEPT,
        key.unwrap_or_default().try_into().unwrap(),
    );
    response
}

fn upgrade(mut request: Request<Incoming>) -> Response<Body> {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(stream) = upgrade.await else { return };
        let (mut reader, mut writer) = tokio::io::split(TokioIo::new(stream));
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
        let _ = writer.shutdown().await;
    });
    let mut response = with_status(Response::new(whole("")), StatusCode::SWITCHING_PROTOCOLS);
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    response
        .headers_mut()
        .insert(header::UPGRADE, HeaderValue::from_static("echo"));
    response
}
