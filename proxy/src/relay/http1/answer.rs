//! What we answer ourselves: error pages, and our own site.

use bytes::{Bytes, BytesMut};
use capture::{Fields, RawHead, ResponseHead, Side, Version};
use http::header::{ACCEPT, CONTENT_LENGTH};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

use super::body::tell;
use super::field::Name;
use super::head::{Head, Request};
use crate::error_page::ErrorPage;
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ExchangeRecorder};

/// An answer as it is written: the head, and the page.
pub(super) struct Answer {
    pub(super) head: Bytes,
    pub(super) page: Bytes,
}

/// The page that tells a fault, in the form that the client can read.
pub(super) fn fault_page(fault: &Fault, asked: Option<&Request>) -> Response<Bytes> {
    let mut accept = HeaderMap::new();
    let method = asked.and_then(|request| Method::from_bytes(request.method()).ok());
    if let Some(value) = asked
        .and_then(|request| request.head.values(Name::Accept).next())
        .and_then(|value| HeaderValue::from_bytes(value).ok())
    {
        accept.insert(ACCEPT, value);
    }
    ErrorPage::for_request(&method.unwrap_or_default(), &accept).write(fault)
}

/// Tells the answer as ours, and writes it. `is_last` when the connection ends with it.
pub(super) async fn write(
    response: Response<Bytes>,
    asked: Option<&Request>,
    is_last: bool,
    exchange: &ExchangeRecorder,
) -> Answer {
    let is_head = asked.is_some_and(|request| request.method() == b"HEAD");
    let (mut head, page) = response.into_parts();
    let has_body = !matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if has_body && !head.headers.contains_key(CONTENT_LENGTH) {
        head.headers.insert(CONTENT_LENGTH, page.len().into());
    }
    if is_last {
        head.headers
            .insert(http::header::CONNECTION, HeaderValue::from_static("close"));
    } else if asked.is_some_and(|request| request.version == Version::Http10) {
        head.headers
            .insert(http::header::CONNECTION, HeaderValue::from_static("keep-alive"));
    }
    exchange.response_head(ResponseHead {
        status: head.status.as_u16(),
        version: Version::Http11,
        reason: None,
        fields: Fields::pack(
            head.headers
                .iter()
                .map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes())),
        ),
        made_here: true,
        raw: RawHead::Unknown,
    });
    let mut out = BytesMut::with_capacity(512);
    let reason = head.status.canonical_reason().unwrap_or("");
    out.extend_from_slice(format!("HTTP/1.1 {} {reason}\r\n", head.status.as_str()).as_bytes());
    for (name, value) in &head.headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            out.extend_from_slice(part);
        }
    }
    out.extend_from_slice(b"\r\n");
    let page = if is_head { Bytes::new() } else { page };
    tell(exchange, Side::Response, &page).await;
    exchange.body_over(Side::Response, BodyOutcome::Whole);
    Answer {
        head: out.freeze(),
        page,
    }
}

/// The fields of a request, for our own site.
pub(super) fn header_map(head: &Head) -> HeaderMap {
    let mut map = HeaderMap::new();
    for field in &head.lines.fields {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(head.name(field)),
            HeaderValue::from_bytes(head.value(field)),
        ) {
            map.append(name, value);
        }
    }
    map
}
