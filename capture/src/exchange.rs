//! One HTTP request and its response.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Fields, Id, LegName, Stage, Timestamp};

/// An exchange as it is known at one moment. The recorder sends the whole of it at each step; the last one sent
/// holds. Bodies come apart from it, as they stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// Its name.
    pub id: Id,
    /// The connection that it passed through.
    pub connection: Id,
    /// The stream of it, in HTTP/2, as the client numbers it.
    pub stream_id: Option<u32>,
    /// The stream of the origin leg, in HTTP/2, as Handlens numbers it.
    pub origin_stream_id: Option<u32>,
    /// Whether the response that the client got invites it to HTTP/3 (`Alt-Svc`, RFC 7838), where no proxy sees it.
    pub invites_to_h3: bool,
    /// When the first byte of the request had come in, as near as the HTTP engine tells.
    pub started: Timestamp,
    /// The request's head.
    pub request: RequestHead,
    /// The response's head, once it came.
    pub response: Option<ResponseHead>,
    /// The interim responses that came before it (RFC 9110 section 15.2), in order.
    pub informational: Vec<ResponseHead>,
    /// Trailer fields of the request.
    pub request_trailers: Option<Fields>,
    /// Trailer fields of the response.
    pub response_trailers: Option<Fields>,
    /// Body bytes of the request that have passed so far.
    pub request_bytes: u64,
    /// Body bytes of the response that have passed so far.
    pub response_bytes: u64,
    /// Body bytes of the request that the recorder let go (the bound on one body, or `when-behind`). They are the last
    /// of it: a body is kept up to a place.
    pub request_bytes_dropped: u64,
    /// Body bytes of the response that the recorder let go.
    pub response_bytes_dropped: u64,
    /// When each step was reached.
    pub timings: Timings,
    /// How far it has come.
    pub state: ExchangeState,
    /// Why it failed, for one that did.
    pub error: Option<ExchangeError>,
}

impl Exchange {
    /// One that begins: no more is known of it than what was asked, by whom and when.
    #[must_use]
    pub fn new(connection: Id, request: RequestHead, started: Timestamp) -> Self {
        Self {
            id: Id::new(),
            connection,
            stream_id: None,
            origin_stream_id: None,
            invites_to_h3: false,
            started,
            request,
            response: None,
            informational: Vec::new(),
            request_trailers: None,
            response_trailers: None,
            request_bytes: 0,
            response_bytes: 0,
            request_bytes_dropped: 0,
            response_bytes_dropped: 0,
            timings: Timings::default(),
            state: ExchangeState::Open,
            error: None,
        }
    }
}

/// A request's head.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestHead {
    /// The method (RFC 9110 section 9), as sent.
    pub method: Arc<str>,
    /// `http` or `https`; `tcp` or `tls` for bytes that no HTTP was found in.
    pub scheme: &'static str,
    /// A name in lower case, or an IP address without brackets.
    pub host: Arc<str>,
    /// The TCP port.
    pub port: u16,
    /// Path and query, as sent.
    pub path: Arc<str>,
    /// The version that the client spoke.
    pub version: Version,
    /// The header fields, in order.
    pub fields: Fields,
    /// The head as it was received.
    pub raw: RawHead,
}

/// A head of HTTP/1 as it was on the wire, to the byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RawHead {
    /// It is not known; in HTTP/2 there is none.
    #[default]
    Unknown,
    /// What is told of the head makes it up: a first line of single spaces, and the fields as they are packed.
    AsTold,
    /// These bytes.
    Bytes(Bytes),
}

impl RawHead {
    /// Bytes that it holds.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Unknown | Self::AsTold => 0,
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    fn bytes(&self, first_line: impl FnOnce() -> String, fields: &Fields) -> Option<Bytes> {
        match self {
            Self::Unknown => None,
            Self::AsTold => {
                let first_line = first_line();
                Some(
                    [first_line.as_bytes(), b"\r\n", fields.as_packed(), b"\r\n"]
                        .concat()
                        .into(),
                )
            }
            Self::Bytes(bytes) => Some(bytes.clone()),
        }
    }
}

impl RequestHead {
    /// The head as it was received, with the empty line that ends it, where it is known.
    #[must_use]
    pub fn raw_bytes(&self) -> Option<Bytes> {
        let line = || format!("{} {} {}", self.method, self.path, self.version.as_str());
        self.raw.bytes(line, &self.fields)
    }

    /// The absolute URL, the port left out where it is the scheme's own.
    #[must_use]
    pub fn url(&self) -> String {
        let Self {
            scheme,
            host,
            port,
            path,
            ..
        } = self;
        let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
        if default_port(scheme) == Some(*port) {
            format!("{scheme}://{open}{host}{close}{path}")
        } else {
            format!("{scheme}://{open}{host}{close}:{port}{path}")
        }
    }
}

/// The port that a URL of this scheme need not name.
#[must_use]
pub fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    }
}

/// A response's head.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseHead {
    /// The status code (RFC 9110 section 15).
    pub status: u16,
    /// The version that the origin spoke.
    pub version: Version,
    /// The reason phrase of HTTP/1.1, where it is not the standard one.
    pub reason: Option<Arc<str>>,
    /// The header fields, in order.
    pub fields: Fields,
    /// True when Handlens answered in the origin's stead (an error page).
    pub made_here: bool,
    /// The head as it was received.
    pub raw: RawHead,
}

impl ResponseHead {
    /// The reason phrase that was received, or the standard one.
    #[must_use]
    pub fn reason_phrase(&self) -> Option<&str> {
        let standard = || http::StatusCode::from_u16(self.status).ok()?.canonical_reason();
        self.reason.as_deref().or_else(standard)
    }

    /// The head as it was received, with the empty line that ends it, where it is known.
    #[must_use]
    pub fn raw_bytes(&self) -> Option<Bytes> {
        let reason = self.reason_phrase().unwrap_or_default();
        let line = || format!("{} {} {reason}", self.version.as_str(), self.status);
        self.raw.bytes(line, &self.fields)
    }
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Version {
    /// HTTP/1.0.
    #[serde(rename = "HTTP/1.0")]
    Http10,
    /// HTTP/1.1.
    #[serde(rename = "HTTP/1.1")]
    Http11,
    /// HTTP/2.
    #[serde(rename = "HTTP/2")]
    Http2,
}

impl Version {
    /// Its word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// The half of an exchange that a body belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The request.
    Request,
    /// The response.
    Response,
}

/// Microseconds from [`Exchange::started`] to each step; `None` until it is reached. What came before it, the
/// connection's own steps, stands with the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timings {
    /// The request's head was handed to the origin leg.
    pub request_sent_us: Option<u64>,
    /// The last byte of the request's body had passed.
    pub request_end_us: Option<u64>,
    /// The response's head was there.
    pub response_head_us: Option<u64>,
    /// The last byte of the response's body had passed, or the exchange had failed.
    pub end_us: Option<u64>,
}

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeState {
    /// Under way.
    Open,
    /// Over, whole.
    Done,
    /// Over, not whole.
    Failed,
}

impl ExchangeState {
    /// Its word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// Why an exchange failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeError {
    /// The leg it failed on.
    pub leg: LegName,
    /// The step it failed at.
    pub stage: Stage,
    /// The cause, as a sentence without a full stop.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_leaves_out_the_schemes_own_port() {
        let mut head = RequestHead {
            method: "GET".into(),
            scheme: "https",
            host: "example.com".into(),
            port: 443,
            path: "/a?b=c".into(),
            version: Version::Http11,
            fields: Fields::default(),
            raw: RawHead::Unknown,
        };
        assert_eq!(head.url(), "https://example.com/a?b=c");
        head.host = "::1".into();
        head.port = 8443;
        assert_eq!(head.url(), "https://[::1]:8443/a?b=c");
        (head.scheme, head.port, head.path) = ("tls", 443, "".into());
        assert_eq!(head.url(), "tls://[::1]:443");
    }
}
