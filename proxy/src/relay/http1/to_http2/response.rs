//! An answer of HTTP/2 in the words of HTTP/1.1 (RFC 9112 section 4).

use bytes::{BufMut, Bytes, BytesMut};
use capture::Version;
use http::header::{
    CONNECTION, CONTENT_LENGTH, SEC_WEBSOCKET_ACCEPT, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, StatusCode};

use super::super::error::BadMessage;
use super::super::framing::{Framing, of_response};
use super::super::head::{Bounds, Response};
use super::super::hop::Asked;

/// A head as it can be handed on, and how the body behind it is framed.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) response: Response,
    pub(super) framing: Framing,
}

/// Writes an answer's head. `is_whole` where nothing follows it, `is_head` behind a HEAD.
pub(super) fn write(
    status: StatusCode,
    fields: &HeaderMap,
    asked: &Asked<'_>,
    is_head: bool,
    is_whole: bool,
) -> Result<Written, BadMessage> {
    let is_http11 = asked.version == Version::Http11;
    let has_body = !is_head && !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let has_length = fields.contains_key(CONTENT_LENGTH);
    // Trailers that are announced have a place behind chunks alone.
    let is_announced = fields.contains_key(TRAILER) && !is_whole;
    let is_chunked = has_body && is_http11 && (is_announced || (!has_length && !is_whole));
    let mut more: Vec<(HeaderName, &[u8])> = Vec::new();
    if is_chunked {
        more.push((TRANSFER_ENCODING, b"chunked"));
    } else if has_body && is_whole && !has_length {
        more.push((CONTENT_LENGTH, b"0"));
    }
    if !is_http11 && !asked.is_last {
        // A client of HTTP/1.0 goes by what it is told.
        more.push((CONNECTION, b"keep-alive"));
    }
    let goes = |name: &HeaderName| !(is_chunked && *name == CONTENT_LENGTH);
    put(status, fields, goes, &more, is_head)
}

/// The same of an interim response.
pub(super) fn write_interim(status: StatusCode, fields: &HeaderMap) -> Result<Written, BadMessage> {
    put(status, fields, |name| *name != CONTENT_LENGTH, &[], false)
}

/// The answer to who asked for a WebSocket that stands (RFC 6455 section 4.2.2).
pub(super) fn write_switch(fields: &HeaderMap, accept: &str) -> Result<Written, BadMessage> {
    let more = [
        (CONNECTION, &b"Upgrade"[..]),
        (UPGRADE, b"websocket"),
        (SEC_WEBSOCKET_ACCEPT, accept.as_bytes()),
    ];
    let goes = |name: &HeaderName| ![CONTENT_LENGTH, SEC_WEBSOCKET_ACCEPT].contains(name);
    put(StatusCode::SWITCHING_PROTOCOLS, fields, goes, &more, false)
}

/// Writes a head, and reads it again: what leaves has one reading, whatever was to be written.
fn put(
    status: StatusCode,
    fields: &HeaderMap,
    goes: impl Fn(&HeaderName) -> bool,
    more: &[(HeaderName, &[u8])],
    is_head: bool,
) -> Result<Written, BadMessage> {
    let mut head = BytesMut::with_capacity(512);
    for part in [
        "HTTP/1.1 ",
        status.as_str(),
        " ",
        status.canonical_reason().unwrap_or(""),
    ] {
        head.put_slice(part.as_bytes());
    }
    head.put_slice(b"\r\n");
    let fields = fields
        .iter()
        .filter(|(name, _)| goes(name) && !is_of_one_hop(name))
        .map(|(name, value)| (name, value.as_bytes()));
    let mut count = 0;
    for (name, value) in fields.chain(more.iter().map(|(name, value)| (name, *value))) {
        for part in [name.as_str().as_bytes(), b": ", value, b"\r\n"] {
            head.put_slice(part);
        }
        count += 1;
    }
    head.put_slice(b"\r\n");
    let head: Bytes = head.freeze();
    let bounds = Bounds {
        bytes: head.len(),
        fields: count,
    };
    let response = Response::read(head.clone(), bounds)?;
    let lines = &response.head.lines.fields;
    let end = lines.last().map_or(response.head.fields_start, |field| field.end);
    let is_meant = response.head.is_sound()
        && lines.len() == count
        && end + 2 == head.len()
        && response.status == status.as_u16();
    if !is_meant {
        return Err(BadMessage::StatusLine);
    }
    Ok(Written {
        framing: of_response(&response, is_head)?,
        response,
    })
}

/// Whether a field would speak of the connection, which is not the one that it came on.
fn is_of_one_hop(name: &HeaderName) -> bool {
    [CONNECTION, TRANSFER_ENCODING, UPGRADE, TE].contains(name)
        || matches!(
            name.as_str(),
            "keep-alive" | "proxy-connection" | "http2-settings"
        )
}

#[cfg(test)]
mod tests {
    use super::super::super::framing::Length;
    use super::super::super::head::Request;
    use super::super::super::hop::read_asked;
    use super::*;

    fn told(
        asked: &'static str,
        status: u16,
        fields: &[(&'static str, &str)],
        is_whole: bool,
    ) -> Result<(String, Length), BadMessage> {
        let bounds = Bounds {
            bytes: 4096,
            fields: 100,
        };
        let request = Request::read(Bytes::from(asked.replace('|', "\r\n")), bounds).unwrap();
        let fields = fields
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let is_head = request.method() == b"HEAD";
        let status = StatusCode::from_u16(status).unwrap();
        let written = write(status, &fields, &read_asked(&request), is_head, is_whole)?;
        let head = String::from_utf8(written.response.head.raw.to_vec()).unwrap();
        Ok((head.replace("\r\n", "|"), written.framing.length))
    }

    const GET: &str = "GET / HTTP/1.1|Host: a||";
    const HEAD: &str = "HEAD / HTTP/1.1|Host: a||";
    const OLD: &str = "GET / HTTP/1.0||";
    const OLD_KEPT: &str = "GET / HTTP/1.0|Connection: keep-alive||";

    #[test]
    fn an_answer_of_http2_is_framed_as_its_client_can_read_it() {
        let length = ("content-length", "3");
        let trailer = ("trailer", "x-sum");
        for (asked, status, fields, is_whole, head, framed) in [
            (
                GET,
                200,
                &[("x", "1"), length][..],
                false,
                "200 OK|x: 1|content-length: 3",
                Length::Bytes(3),
            ),
            (
                GET,
                200,
                &[],
                false,
                "200 OK|transfer-encoding: chunked",
                Length::Chunked,
            ),
            (
                GET,
                200,
                &[length, trailer],
                false,
                "200 OK|trailer: x-sum|transfer-encoding: chunked",
                Length::Chunked,
            ),
            (GET, 200, &[], true, "200 OK|content-length: 0", Length::Bytes(0)),
            (
                HEAD,
                200,
                &[length],
                true,
                "200 OK|content-length: 3",
                Length::Bytes(0),
            ),
            (HEAD, 200, &[], true, "200 OK", Length::Bytes(0)),
            (
                GET,
                304,
                &[length],
                true,
                "304 Not Modified|content-length: 3",
                Length::Bytes(0),
            ),
            (GET, 204, &[], false, "204 No Content", Length::Bytes(0)),
            (
                GET,
                299,
                &[length],
                false,
                "299 |content-length: 3",
                Length::Bytes(3),
            ),
            (OLD, 200, &[], false, "200 OK", Length::UntilClose),
            (
                OLD,
                200,
                &[length, trailer],
                false,
                "200 OK|content-length: 3|trailer: x-sum",
                Length::Bytes(3),
            ),
            (
                OLD_KEPT,
                200,
                &[length],
                false,
                "200 OK|content-length: 3|connection: keep-alive",
                Length::Bytes(3),
            ),
        ] {
            let expected = (format!("HTTP/1.1 {head}||"), framed);
            assert_eq!(
                told(asked, status, fields, is_whole),
                Ok(expected),
                "{asked} {status} {fields:?}"
            );
        }
    }

    #[test]
    fn an_answer_with_two_lengths_is_refused() {
        let fields = [("content-length", "3"), ("content-length", "4")];
        assert_eq!(told(GET, 200, &fields, false), Err(BadMessage::LengthsDiffer));
        let bad = [("content-length", "x")];
        assert!(told(GET, 200, &bad, false).is_err());
    }

    #[test]
    fn an_agreed_websocket_is_a_101() {
        let fields = HeaderMap::from_iter([
            (CONTENT_LENGTH, "3".parse().unwrap()),
            (SEC_WEBSOCKET_ACCEPT, "no".parse().unwrap()),
            ("sec-websocket-protocol".parse().unwrap(), "chat".parse().unwrap()),
        ]);
        let written = write_switch(&fields, "yes").unwrap();
        let head = String::from_utf8(written.response.head.raw.to_vec()).unwrap();
        assert_eq!(
            head.replace("\r\n", "|"),
            "HTTP/1.1 101 Switching Protocols|sec-websocket-protocol: chat|connection: Upgrade|upgrade: websocket|\
             sec-websocket-accept: yes||"
        );
    }
}
