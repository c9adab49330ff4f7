//! HTTP/1 toward the client and HTTP/2 toward an origin that speaks nothing else; and what a message is called in the
//! other version (RFC 9113 sections 8.2 and 8.3, RFC 9112 sections 3.2 and 9). A client of HTTP/2 before an origin of
//! HTTP/1 is [`from_http2`](crate::relay::http1::from_http2)'s matter.
//!
//! Nothing that reads otherwise in the other version gets here: field names and values, methods and targets that hold
//! what would end a line are refused by the `h2` crate, and what it lets pass by
//! [`malformed_request`](crate::relay::http2::malformed_request).

use std::pin::Pin;
use std::sync::Arc;

use capture::{LegName, Target};
use http::header::{CONNECTION, CONTENT_LENGTH, COOKIE, HOST, TE, TRANSFER_ENCODING, UPGRADE};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri, Version, uri};
use tokio::io::{AsyncRead, AsyncWrite};

use super::engine::{RelayError, drive_to_end, serve_http1};
use super::hop;
use super::origin::{Origin, OriginSender, handshake_http2};
use super::pair::Pair;
use super::relay::Relay;
use super::remember::{Broke, Remembering};
use super::tasks::StreamTasks;
use crate::recorder::FrameRecorder;
use crate::relay::http2::Flushing;

/// Carries exchanges between a client that speaks HTTP/1 and an origin that speaks HTTP/2 alone.
pub(super) async fn relay_bridged<C, O>(pair: Pair<C, O>) -> Result<(), RelayError>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (tasks, _over) = StreamTasks::new(&pair.context.tasks);
    let broke = Broke::default();
    let origin = Remembering::new(pair.origin, broke.clone());
    let mut frames = Flushing::of([FrameRecorder::new(&pair.recorder, LegName::Origin)]);
    let origin = frames.noting(origin, 0);
    let (sender, engine) = handshake_http2(origin, &pair.context.limits, &tasks)
        .await
        .map_err(|error| RelayError::Origin(error.into()))?;
    let origin = Origin::One(OriginSender::Http2(sender), pair.recorder);
    let relay = Relay::new(pair.context, pair.scheme, Some(pair.target), origin).remembering(broke);
    let relay = Arc::new(relay.rewriting_host(pair.host_rewrite));
    let mut server = serve_http1(pair.client, &relay);
    let driving = drive_to_end(Pin::new(&mut server), Some(engine), &relay);
    frames.beside(driving).await
}

/// Makes a request of HTTP/2 one of HTTP/1.1.
pub(super) fn to_http1<B>(request: &mut Request<B>, target: Option<&Target>) {
    let authority = request
        .uri()
        .authority()
        .map(|authority| authority.as_str().to_owned());
    let named = request.headers().contains_key(HOST);
    // Two names would be two readings: `:authority` is the one that counts (RFC 9113 section 8.3.1).
    if let Some(authority) = authority.or_else(|| target.filter(|_| !named).map(Target::to_string)) {
        hop::set_host(request.headers_mut(), &authority);
    }
    *request.uri_mut() = match request.uri().path_and_query() {
        Some(path) => Uri::from(path.clone()),
        None => Uri::from_static("/"),
    };
    *request.version_mut() = Version::HTTP_11;
    let fields = request.headers_mut();
    join_cookies(fields);
    if fields.contains_key(TE) {
        // It speaks to the next hop alone, and must say so there (RFC 9110 section 10.1.4).
        fields.insert(CONNECTION, HeaderValue::from_static("te"));
    }
}

/// A cookie that came in crumbs is one field again (RFC 9113 section 8.2.3).
fn join_cookies(fields: &mut HeaderMap) {
    let crumbs: Vec<&[u8]> = fields.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if crumbs.len() < 2 {
        return;
    }
    if let Ok(joined) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..])) {
        fields.insert(COOKIE, joined);
    }
}

/// Makes a request of HTTP/1 one of HTTP/2.
pub(super) fn to_http2<B>(
    request: &mut Request<B>,
    scheme: &str,
    target: Option<&Target>,
) -> Result<(), uri::InvalidUriParts> {
    let host = request.headers().get(HOST);
    let named = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = Some(if scheme == "http" {
        Scheme::HTTP
    } else {
        Scheme::HTTPS
    });
    parts.authority = parts
        .authority
        .or(named)
        .or_else(|| target.and_then(|target| target.to_string().parse().ok()));
    parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
    *request.uri_mut() = Uri::from_parts(parts)?;
    *request.version_mut() = Version::HTTP_2;
    strip_for_http2(request.headers_mut());
    Ok(())
}

/// Takes out what has no place in HTTP/2 (RFC 9113 section 8.2.2).
fn strip_for_http2(fields: &mut HeaderMap) {
    let gone = |name: &HeaderName| {
        [HOST, CONNECTION, UPGRADE, TRANSFER_ENCODING].contains(name)
            || matches!(
                name.as_str(),
                "keep-alive" | "proxy-connection" | "http2-settings"
            )
    };
    let mut rebuilt = HeaderMap::with_capacity(fields.len());
    let mut last = None;
    let is_chunked = fields.contains_key(TRANSFER_ENCODING);
    for (name, value) in std::mem::take(fields) {
        last = name.or(last);
        if let Some(name) = last.as_ref()
            && !gone(name)
            && !(is_chunked && name == CONTENT_LENGTH)
        {
            rebuilt.append(name, value);
        }
    }
    *fields = rebuilt;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target {
            host: "a".into(),
            port: 444,
        }
    }

    fn told<B>(request: &Request<B>) -> (String, Vec<(&str, &str)>) {
        let fields = request.headers().iter();
        (
            format!("{} {} {:?}", request.method(), request.uri(), request.version()),
            fields
                .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
                .collect(),
        )
    }

    #[test]
    fn a_request_of_http2_is_one_of_http1() {
        let mut request = Request::post("https://b:1/x?y=1")
            .version(Version::HTTP_2)
            .header("host", "other")
            .header("cookie", "a=1")
            .header("x", "1")
            .header("cookie", "b=2")
            .header("te", "trailers")
            .body(())
            .unwrap();
        to_http1(&mut request, Some(&target()));
        assert_eq!(
            told(&request),
            (
                "POST /x?y=1 HTTP/1.1".into(),
                vec![
                    ("host", "b:1"),
                    ("cookie", "a=1; b=2"),
                    ("x", "1"),
                    ("te", "trailers"),
                    ("connection", "te"),
                ]
            )
        );
    }

    #[test]
    fn a_request_without_a_name_is_for_the_target() {
        let mut request = Request::options("*").version(Version::HTTP_2).body(()).unwrap();
        to_http1(&mut request, Some(&target()));
        assert_eq!(
            told(&request),
            ("OPTIONS * HTTP/1.1".into(), vec![("host", "a:444")])
        );
    }

    #[test]
    fn a_request_of_http1_is_one_of_http2() {
        let mut request = Request::post("/x?y=1")
            .header("host", "b:1")
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("transfer-encoding", "chunked")
            .header("content-length", "4")
            .header("x", "1")
            .header("te", "trailers")
            .body(())
            .unwrap();
        to_http2(&mut request, "https", Some(&target())).unwrap();
        assert_eq!(
            told(&request),
            (
                "POST https://b:1/x?y=1 HTTP/2.0".into(),
                vec![("x", "1"), ("te", "trailers")]
            )
        );
    }
}
