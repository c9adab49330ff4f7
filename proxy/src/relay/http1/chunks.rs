//! Chunks that are written (RFC 9112 section 7.1), and trailers in the words of either version.

use bytes::{BufMut, Bytes, BytesMut};
use capture::Fields;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::chunked::Chunked;
use super::error::BadMessage;
use super::head::Bounds;

/// The end of a chunk's content.
const CHUNK_END: Bytes = Bytes::from_static(b"\r\n");

/// The end of a chunk's content, and of a body without trailers.
const LAST_END: Bytes = Bytes::from_static(b"\r\n0\r\n\r\n");

/// Bytes as one chunk, and the end of the body behind it where it is the last one.
pub(super) fn chunk(bytes: Bytes, is_last: bool) -> [Bytes; 3] {
    let size = format!("{:x}\r\n", bytes.len());
    [size.into(), bytes, if is_last { LAST_END } else { CHUNK_END }]
}

/// The end of a body in chunks, read again by the letter before it leaves (RFC 9112 section 7.1.2).
pub(super) fn last_chunk(trailers: Option<&HeaderMap>, bounds: Bounds) -> Result<Bytes, BadMessage> {
    let mut last = BytesMut::from(&b"0\r\n"[..]);
    for (name, value) in trailers.into_iter().flatten() {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            last.put_slice(part);
        }
    }
    last.put_slice(b"\r\n");
    let mut reader = Chunked::new(bounds);
    match reader.feed(&last, &mut Vec::new())? {
        read if read == last.len() && reader.is_over() => Ok(last.freeze()),
        _ => Err(BadMessage::ChunkEnd),
    }
}

/// Trailer fields in the words of HTTP/2, where all of them can be said.
pub(super) fn trailers_to_http2(trailers: &Fields) -> Option<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in trailers.iter() {
        let name = HeaderName::from_bytes(name).ok()?;
        map.try_append(name, HeaderValue::from_bytes(value).ok()?).ok()?;
    }
    Some(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        bytes: 4096,
        fields: 100,
    };

    #[test]
    fn trailers_go_behind_the_last_chunk_unless_they_frame_or_route() {
        let trailers =
            |name: &'static str| HeaderMap::from_iter([(name.parse().unwrap(), "1".parse().unwrap())]);
        assert_eq!(last_chunk(None, BOUNDS).unwrap(), "0\r\n\r\n");
        assert_eq!(
            last_chunk(Some(&trailers("x-sum")), BOUNDS).unwrap(),
            "0\r\nx-sum: 1\r\n\r\n"
        );
        for name in ["content-length", "host", "transfer-encoding"] {
            assert!(last_chunk(Some(&trailers(name)), BOUNDS).is_err(), "{name}");
        }
    }

    #[test]
    fn a_chunk_is_its_size_its_content_and_its_end() {
        let bytes = Bytes::from_static(b"0123456789abcdef");
        assert_eq!(
            chunk(bytes.clone(), false).concat(),
            b"10\r\n0123456789abcdef\r\n"
        );
        assert_eq!(
            chunk(bytes, true).concat(),
            b"10\r\n0123456789abcdef\r\n0\r\n\r\n"
        );
    }
}
