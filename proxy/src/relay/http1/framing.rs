//! How long the body of a message is (RFC 9112 section 6). What two readers could take for two lengths is refused.

use capture::Version;

use super::error::{BadMessage, told};
use super::field::Name;
use super::head::{Head, Request, Response};
use super::syntax::members;

/// How a body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// By so many bytes; by none where there is no body.
    Bytes(u64),
    /// By chunks.
    Chunked,
    /// By the end of the connection.
    UntilClose,
}

impl Length {
    pub(super) fn is_none(self) -> bool {
        self == Self::Bytes(0)
    }
}

/// The body of a request.
pub(super) fn of_request(request: &Request) -> Result<Length, BadMessage> {
    let head = &request.head;
    let mut lengths = head.values(Name::ContentLength);
    if let Some(coding) = coding(head, request.version)? {
        return match lengths.next() {
            Some(_) => Err(BadMessage::BothLengths),
            None => Ok(coding),
        };
    }
    match (lengths.next(), lengths.next()) {
        (None, _) => Ok(Length::Bytes(0)),
        (Some(length), None) => number(length).map(Length::Bytes),
        (Some(_), Some(_)) => Err(BadMessage::LengthTwice),
    }
}

/// The body of a response, and what of its fields must not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Framing {
    pub(super) length: Length,
    /// `Content-Length` goes on as it is, once as this number, or not at all.
    pub(super) content_length: Keep,
    /// `Transfer-Encoding` goes on.
    pub(super) keeps_coding: bool,
    /// The origin frames a body where there is none: what it sends next is not to be trusted.
    pub(super) is_last: bool,
}

/// What becomes of the lengths of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    All,
    Once(u64),
    None,
}

/// The body of a response to a request; `is_head` when that was a HEAD.
pub(super) fn of_response(response: &Response, is_head: bool) -> Result<Framing, BadMessage> {
    let head = &response.head;
    if response.status < 200 || response.status == 204 {
        // RFC 9110 section 8.6, RFC 9112 section 6.1: none of them may frame a body.
        let has_coding = head.all(Name::TransferEncoding).next().is_some();
        let is_zero = head.values(Name::ContentLength).all(|value| value == b"0");
        return Ok(Framing {
            length: Length::Bytes(0),
            content_length: if is_zero { Keep::All } else { Keep::None },
            keeps_coding: false,
            is_last: has_coding || !is_zero,
        });
    }
    let coding = coding(head, response.version)?;
    let length = same_length(head)?;
    let framing = |framed| Framing {
        length: framed,
        content_length: match (coding, length) {
            // RFC 9112 section 6.3: the coding overrides the length, which must not go on beside it.
            (Some(_), _) => Keep::None,
            (None, Some((length, false))) => Keep::Once(length),
            (None, _) => Keep::All,
        },
        keeps_coding: true,
        is_last: false,
    };
    if is_head || response.status == 304 {
        return Ok(framing(Length::Bytes(0)));
    }
    Ok(framing(match (coding, length) {
        (Some(coding), _) => coding,
        (None, Some((length, _))) => Length::Bytes(length),
        (None, None) => Length::UntilClose,
    }))
}

/// The transfer coding: `chunked`, once, or none.
fn coding(head: &Head, version: Version) -> Result<Option<Length>, BadMessage> {
    let mut codings = head.values(Name::TransferEncoding);
    let Some(coding) = codings.next() else {
        return Ok(None);
    };
    if version == Version::Http10 {
        return Err(BadMessage::CodingInHttp10);
    }
    if let Some(second) = codings.next() {
        return Err(BadMessage::Coding(told(&[coding, b", ", second].concat())));
    }
    if coding.eq_ignore_ascii_case(b"chunked") {
        Ok(Some(Length::Chunked))
    } else {
        Err(BadMessage::Coding(told(coding)))
    }
}

/// The length that all of a response's lengths say, and whether it is said once.
fn same_length(head: &Head) -> Result<Option<(u64, bool)>, BadMessage> {
    let mut found: Option<(u64, bool)> = None;
    for value in head.values(Name::ContentLength) {
        let mut is_empty = true;
        for member in members(value) {
            is_empty = false;
            let length = number(member)?;
            found = match found {
                None => Some((length, true)),
                Some((first, _)) if first == length => Some((length, false)),
                Some(_) => return Err(BadMessage::LengthsDiffer),
            };
        }
        if is_empty {
            return Err(BadMessage::Length(told(value)));
        }
        if let Some((length, true)) = found
            && value.contains(&b',')
        {
            found = Some((length, false));
        }
    }
    Ok(found)
}

/// A number of bytes, of digits alone. One that some readers would take for negative is none.
fn number(text: &[u8]) -> Result<u64, BadMessage> {
    let digits = std::str::from_utf8(text)
        .ok()
        .filter(|text| (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()));
    digits
        .and_then(|digits| digits.parse().ok())
        .filter(|&length| length <= i64::MAX as u64)
        .ok_or_else(|| BadMessage::Length(told(text)))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::relay::http1::head::Bounds;

    const BOUNDS: Bounds = Bounds {
        bytes: 1 << 16,
        fields: 100,
    };

    fn request(version: &str, fields: &str) -> Result<Length, BadMessage> {
        let head = format!("POST / HTTP/{version}\r\nHost: a\r\n{fields}\r\n");
        of_request(&Request::read(Bytes::from(head), BOUNDS).unwrap())
    }

    fn response(first: &str, fields: &str) -> Result<Framing, BadMessage> {
        let head = format!("HTTP/{first}\r\n{fields}\r\n");
        of_response(&Response::read(Bytes::from(head), BOUNDS).unwrap(), false)
    }

    #[test]
    fn a_request_has_one_length_or_none() {
        assert_eq!(request("1.1", ""), Ok(Length::Bytes(0)));
        assert_eq!(request("1.1", "Content-Length: 007\r\n"), Ok(Length::Bytes(7)));
        assert_eq!(
            request("1.1", "transfer-encoding: Chunked\r\n"),
            Ok(Length::Chunked)
        );
        for bad in [
            "Content-Length: 1\r\nContent-Length: 1\r\n",
            "Content-Length: 1, 1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: 0x1\r\n",
            "Content-Length:\r\n",
            "Content-Length: 1 1\r\n",
            "Content-Length: 9223372036854775808\r\n",
            "Content-Length: 00000000000000000001\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked, identity\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding:\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        ] {
            assert!(request("1.1", bad).is_err(), "{bad}");
        }
        assert_eq!(
            request("1.0", "Transfer-Encoding: chunked\r\n"),
            Err(BadMessage::CodingInHttp10)
        );
    }

    #[test]
    fn a_responses_coding_stands_over_its_length() {
        let both = response(
            "1.1 200 OK",
            "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n",
        )
        .unwrap();
        assert_eq!((both.length, both.content_length), (Length::Chunked, Keep::None));
        let twice = response("1.1 200 OK", "Content-Length: 9\r\nContent-Length: 9\r\n").unwrap();
        assert_eq!(
            (twice.length, twice.content_length),
            (Length::Bytes(9), Keep::Once(9))
        );
        assert_eq!(
            response("1.1 200 OK", "Content-Length: 9, 8\r\n"),
            Err(BadMessage::LengthsDiffer)
        );
        assert_eq!(response("1.0 200 OK", "").unwrap().length, Length::UntilClose);
    }

    #[test]
    fn answers_that_have_no_body_frame_none() {
        let framed = response("1.1 204 No Content", "Transfer-Encoding: chunked\r\n").unwrap();
        assert!(framed.length.is_none() && !framed.keeps_coding && framed.is_last);
        let zero = response("1.1 204 No Content", "Content-Length: 0\r\n").unwrap();
        assert!(zero.content_length == Keep::All && !zero.is_last);
        let unchanged = response("1.1 304 Not Modified", "Content-Length: 10\r\n").unwrap();
        assert!(unchanged.length.is_none() && unchanged.content_length == Keep::All);
    }
}
