//! A request of HTTP/2 in the words of HTTP/1.1 (RFC 9113 section 8.3, RFC 9112 section 3).

use std::borrow::Cow;

use bytes::{BufMut, Bytes, BytesMut};
use capture::Target;
use http::header::{
    CONNECTION, CONTENT_LENGTH, COOKIE, HOST, PROXY_AUTHORIZATION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderName, HeaderValue, Method, request};

use super::super::error::BadMessage;
use super::super::forward::ForwardProxy;
use super::super::framing::{Length, of_request};
use super::super::head::{Bounds, Request};

/// A head that may leave, and how the body behind it is framed.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) head: Bytes,
    pub(super) length: Length,
}

/// What a request is written for.
pub(super) struct For<'a> {
    pub(super) target: &'a Target,
    /// What `Host` is to say, where that is not what the client says.
    pub(super) host: Option<&'a HeaderValue>,
    /// The proxy that is asked in the origin's stead.
    pub(super) proxy: Option<&'a ForwardProxy>,
    /// The key of a WebSocket that is asked for.
    pub(super) websocket: Option<&'a str>,
    /// It has no body.
    pub(super) is_whole: bool,
}

/// Writes the head of a request, and reads it again: what leaves has one reading, whatever was to be written.
pub(super) fn write(request: &request::Parts, to: &For<'_>) -> Result<Written, BadMessage> {
    let fields = &request.headers;
    let is_chunked = !to.is_whole && (!fields.contains_key(CONTENT_LENGTH) || fields.contains_key(TRAILER));
    let (method, connection) = match to.websocket {
        Some(_) => ("GET", Some("upgrade")),
        None => (request.method.as_str(), fields.contains_key(TE).then_some("te")),
    };
    let path = request.uri.path_and_query().map_or("/", |path| path.as_str());
    let host = host(request, to);
    let target = match to.proxy {
        None => path.into(),
        Some(_) => absolute(host.as_bytes(), path),
    };
    let mut writing = Writing::default();
    for part in [method, " ", &*target, " HTTP/1.1\r\n"] {
        writing.head.put_slice(part.as_bytes());
    }
    writing.field("host", host.as_bytes());
    let mut cookies = fields.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    for (name, value) in fields {
        if *name == COOKIE {
            // One that came in crumbs is one field again (RFC 9113 section 8.2.3).
            let crumbs: Vec<&[u8]> = cookies.by_ref().collect();
            if !crumbs.is_empty() {
                writing.field(COOKIE.as_str(), &crumbs.join(&b"; "[..]));
            }
        } else if !is_left_out(name, is_chunked, to.websocket.is_some()) {
            writing.field(name.as_str(), value.as_bytes());
        }
    }
    if let Some(credentials) = to.proxy.and_then(|proxy| proxy.credentials.as_deref()) {
        writing.field(PROXY_AUTHORIZATION.as_str(), credentials.as_bytes());
    }
    if let Some(named) = connection {
        writing.field(CONNECTION.as_str(), named.as_bytes());
    }
    if let Some(key) = to.websocket {
        writing.field(UPGRADE.as_str(), b"websocket");
        writing.field(SEC_WEBSOCKET_KEY.as_str(), key.as_bytes());
    } else if is_chunked {
        writing.field(TRANSFER_ENCODING.as_str(), b"chunked");
    } else if !fields.contains_key(CONTENT_LENGTH) && has_content(&request.method) {
        // RFC 9110 section 8.6: without it some origins wait for a body.
        writing.field(CONTENT_LENGTH.as_str(), b"0");
    }
    writing.finish(method, &target)
}

/// The form in which a proxy is asked (RFC 9112 sections 3.2.2 and 3.2.4).
fn absolute<'a>(host: &[u8], path: &str) -> Cow<'a, str> {
    let path = if path == "*" { "" } else { path };
    format!("http://{}{path}", String::from_utf8_lossy(host)).into()
}

/// What the request calls its origin: `:authority` counts before `Host` (RFC 9113 section 8.3.1).
fn host(request: &request::Parts, to: &For<'_>) -> HeaderValue {
    let authority = request.uri.authority().map(|authority| authority.as_str());
    let said = authority.and_then(|authority| HeaderValue::from_str(authority).ok());
    to.host
        .cloned()
        .or(said)
        .or_else(|| request.headers.get(HOST).cloned())
        .or_else(|| HeaderValue::from_str(&to.target.to_string()).ok())
        .unwrap_or_else(|| HeaderValue::from_static(""))
}

/// Whether a field has no place in the request that is written, or another one.
fn is_left_out(name: &HeaderName, is_chunked: bool, is_websocket: bool) -> bool {
    [HOST, CONNECTION, UPGRADE, TRANSFER_ENCODING, PROXY_AUTHORIZATION].contains(name)
        || (*name == CONTENT_LENGTH && (is_chunked || is_websocket))
        || (is_websocket && [TE, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_ACCEPT].contains(name))
        || matches!(
            name.as_str(),
            "keep-alive" | "proxy-connection" | "http2-settings"
        )
}

/// Whether a request with this method is expected to have a body.
fn has_content(method: &Method) -> bool {
    [Method::POST, Method::PUT, Method::PATCH].contains(method)
}

#[derive(Default)]
struct Writing {
    head: BytesMut,
    fields: usize,
}

impl Writing {
    fn field(&mut self, name: &str, value: &[u8]) {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            self.head.put_slice(part);
        }
        self.fields += 1;
    }

    /// Ends the head, and reads it by the letter.
    fn finish(mut self, method: &str, target: &str) -> Result<Written, BadMessage> {
        self.head.put_slice(b"\r\n");
        let head = self.head.freeze();
        let bounds = Bounds {
            bytes: head.len(),
            fields: self.fields,
        };
        let read = Request::read(head.clone(), bounds)?;
        let is_meant = read.head.raw.len() == head.len()
            && read.head.lines.fields.len() == self.fields
            && read.method() == method.as_bytes()
            && read.target() == target.as_bytes();
        if !is_meant {
            return Err(BadMessage::RequestLine);
        }
        Ok(Written {
            length: of_request(&read)?,
            head,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn target() -> Target {
        Target {
            host: "a".into(),
            port: 444,
        }
    }

    fn write(request: request::Builder, is_whole: bool) -> Result<(String, Length), BadMessage> {
        write_to(None, request, is_whole)
    }

    fn write_to(
        proxy: Option<&ForwardProxy>,
        request: request::Builder,
        is_whole: bool,
    ) -> Result<(String, Length), BadMessage> {
        let to = For {
            target: &target(),
            host: None,
            proxy,
            websocket: None,
            is_whole,
        };
        let (request, ()) = request.body(()).unwrap().into_parts();
        let written = super::write(&request, &to)?;
        let head = String::from_utf8(written.head.to_vec()).unwrap();
        Ok((head.replace("\r\n", "|"), written.length))
    }

    #[test]
    fn a_request_of_http2_is_one_of_http1() {
        let request = Request::post("https://b:1/x?y=1")
            .header("host", "other")
            .header("cookie", "a=1")
            .header("x", "1")
            .header("cookie", "b=2")
            .header("te", "trailers")
            .header("proxy-authorization", "Basic x");
        let told = "POST /x?y=1 HTTP/1.1|host: b:1|cookie: a=1; b=2|x: 1|te: trailers|connection: te|\
                    transfer-encoding: chunked||";
        assert_eq!(write(request, false), Ok((told.to_owned(), Length::Chunked)));
    }

    #[test]
    fn a_length_stays_but_where_trailers_are_announced() {
        let told = |request, is_whole| write(request, is_whole).unwrap();
        let post = || Request::post("/x").header("content-length", "3");
        assert_eq!(
            told(post(), false),
            (
                "POST /x HTTP/1.1|host: a:444|content-length: 3||".into(),
                Length::Bytes(3)
            )
        );
        let announced = told(post().header("trailer", "x-sum"), false);
        assert!(
            announced
                .0
                .ends_with("|trailer: x-sum|transfer-encoding: chunked||"),
            "{announced:?}"
        );
        assert!(!announced.0.contains("content-length"));
        assert!(
            told(Request::post("/x"), true)
                .0
                .ends_with("|content-length: 0||")
        );
        assert_eq!(
            told(Request::options("*"), true).0,
            "OPTIONS * HTTP/1.1|host: a:444||"
        );
    }

    #[test]
    fn a_proxy_is_asked_by_the_whole_url() {
        let told = |proxy: &str, request: request::Builder| {
            let proxy = ForwardProxy::new(&proxy.parse().unwrap());
            write_to(Some(&proxy), request, true).unwrap().0
        };
        assert_eq!(
            told(
                "http://ann:x@p:1",
                Request::get("http://b/x?y=1").header("a", "1")
            ),
            "GET http://b/x?y=1 HTTP/1.1|host: b|a: 1|proxy-authorization: Basic YW5uOng=||"
        );
        let all = Request::options("*").header("host", "b:1");
        assert_eq!(told("http://p:1", all), "OPTIONS http://b:1 HTTP/1.1|host: b:1||");
    }

    #[test]
    fn what_would_have_two_readings_is_not_written() {
        for bad in [
            Request::post("/x")
                .header("content-length", "3")
                .header("content-length", "3"),
            Request::post("/x").header("content-length", "+3"),
            Request::get("*"),
            Request::get("/\u{e9}").header("host", "a b"),
        ] {
            assert!(write(bad, false).is_err());
        }
    }
}
