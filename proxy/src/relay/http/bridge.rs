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
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING, UPGRADE};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, Request, Uri, Version, uri};
use tokio::io::{AsyncRead, AsyncWrite};

use super::engine::{RelayError, drive_to_end, serve_http1};
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
