//! Bodies in a HAR document: decoded text, or base64 where they are no text.

use std::io::Read;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::coding::{codings_of, undo};
use crate::export::body::StoredBody;
use crate::{Exchange, Fields, ReadError, ResponseHead, Side, Store};

/// Bytes of a body, decoded, that are embedded.
const EMBEDDED: u64 = 8 * 1024 * 1024;

/// `response.content`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    /// Bytes, decoded.
    size: u64,
    /// Bytes that the content coding saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    compression: Option<i64>,
    mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// `base64`, where the text is that.
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

/// `request.postData`. HAR has no name for its encoding, so ours begins with an underscore.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostData {
    mime_type: String,
    text: String,
    #[serde(rename = "_encoding", skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

/// What is embedded of a body.
struct Embedded {
    text: String,
    is_base64: bool,
    /// Bytes that the text stands for.
    size: u64,
    /// What of the body is missing.
    comment: Option<String>,
    /// Whether a content coding was undone.
    was_coded: bool,
}

impl Content {
    /// The content of a response that never came.
    pub(super) fn none() -> Self {
        Self {
            size: 0,
            compression: None,
            mime_type: "x-unknown".to_owned(),
            text: None,
            encoding: None,
            comment: None,
        }
    }
}

/// The content of a response.
pub(super) fn content(
    store: &Arc<dyn Store>,
    exchange: &Exchange,
    head: &ResponseHead,
) -> Result<Content, ReadError> {
    let mime_type = mime_type(&head.fields);
    if exchange.response_bytes == 0 {
        return Ok(Content {
            mime_type,
            ..Content::none()
        });
    }
    let Embedded {
        text,
        is_base64,
        size,
        comment,
        was_coded,
    } = embed(
        store,
        exchange,
        Side::Response,
        &head.fields,
        exchange.response_bytes,
    )?;
    let is_whole = comment.is_none();
    Ok(Content {
        // Of a body that is cut, no more is known than its size on the wire, and that only where it is no other.
        size: if is_whole || was_coded {
            size
        } else {
            exchange.response_bytes
        },
        compression: (is_whole && was_coded)
            .then(|| size.cast_signed() - exchange.response_bytes.cast_signed()),
        mime_type,
        text: Some(text),
        encoding: is_base64.then_some("base64"),
        comment,
    })
}

/// The body of a request, if it had one.
pub(super) fn post_data(store: &Arc<dyn Store>, exchange: &Exchange) -> Result<Option<PostData>, ReadError> {
    if exchange.request_bytes == 0 {
        return Ok(None);
    }
    let fields = &exchange.request.fields;
    let Embedded {
        text,
        is_base64,
        comment,
        ..
    } = embed(store, exchange, Side::Request, fields, exchange.request_bytes)?;
    let encoding = is_base64.then_some("base64");
    Ok(Some(PostData {
        mime_type: mime_type(fields),
        text,
        encoding,
        comment,
    }))
}

fn embed(
    store: &Arc<dyn Store>,
    exchange: &Exchange,
    side: Side,
    fields: &Fields,
    passed: u64,
) -> Result<Embedded, ReadError> {
    let kept = store.body(exchange.id, side, 0..0)?.map_or(0, |part| part.kept);
    let wire = StoredBody::new(store.clone(), exchange.id, side);
    let mut comments = Vec::new();
    if kept < passed {
        comments.push(format!("{} of {passed} bytes were not recorded", passed - kept));
    }
    let codings = codings_of(fields).unwrap_or_else(|unknown| {
        comments.push(unknown.to_string());
        Vec::new()
    });
    let mut bytes = Vec::new();
    // One byte more tells whether there is more.
    if let Err(error) = undo(&codings, wire).take(EMBEDDED + 1).read_to_end(&mut bytes) {
        comments.push(error.to_string());
    }
    if bytes.len() as u64 > EMBEDDED {
        bytes.truncate(EMBEDDED as usize);
        comments.push("only the first 8 MiB are told".to_owned());
    }
    let size = bytes.len() as u64;
    let (text, is_base64) = tell(bytes, !comments.is_empty());
    let comment = (!comments.is_empty()).then(|| comments.join("; "));
    Ok(Embedded {
        text,
        is_base64,
        size,
        comment,
        was_coded: !codings.is_empty(),
    })
}

/// The bytes as text if they are, or else as base64. A cut may have gone through a character's middle: what is
/// left of that one is let go.
fn tell(mut bytes: Vec<u8>, is_cut: bool) -> (String, bool) {
    if let Err(error) = std::str::from_utf8(&bytes)
        && is_cut
        && error.error_len().is_none()
    {
        bytes.truncate(error.valid_up_to());
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => (text, false),
        Ok(text) => (STANDARD.encode(text), true),
        Err(error) => (STANDARD.encode(error.as_bytes()), true),
    }
}

/// The whole `Content-Type`, as HAR wants it.
fn mime_type(fields: &Fields) -> String {
    let value = fields
        .first("content-type")
        .map(|value| String::from_utf8_lossy(value).into_owned());
    value
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| "x-unknown".to_owned())
}
