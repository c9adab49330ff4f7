//! The opening handshake of a WebSocket, which HTTP/2 has not (RFC 6455 section 4, RFC 8441 section 5).

use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::error::BadMessage;
use super::field::Name;
use super::head::Response;
use super::syntax::members;

/// What is hashed behind the key (RFC 6455 section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A key that nobody has used before.
pub(super) fn new_key() -> String {
    let mut key = [0; 16];
    // It only says that the origin understood the question: without randomness it does that too.
    let _ = rand::fill(&mut key);
    BASE64_STANDARD.encode(key)
}

/// What says to who asked with this key that it was understood (RFC 6455 section 4.2.2).
pub(super) fn accept_of(key: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &[key, GUID].concat());
    BASE64_STANDARD.encode(hash)
}

/// Whether this is a key: 16 bytes (RFC 6455 section 4.1).
pub(super) fn is_key(key: &[u8]) -> bool {
    BASE64_STANDARD.decode(key).is_ok_and(|key| key.len() == 16)
}

/// Whether the origin agreed to a WebSocket, and not by chance (RFC 6455 section 4.1).
pub(super) fn check_accept(response: &Response, key: &str) -> Result<(), BadMessage> {
    let head = &response.head;
    let expected = accept_of(key.as_bytes());
    let mut accepts = head
        .lines
        .fields
        .iter()
        .filter(|field| head.name(field).eq_ignore_ascii_case(b"sec-websocket-accept"))
        .map(|field| head.value(field));
    let is_upgraded = head
        .values(Name::Upgrade)
        .flat_map(members)
        .any(|protocol| protocol.eq_ignore_ascii_case(b"websocket"));
    match (accepts.next(), accepts.next()) {
        (Some(accept), None) if is_upgraded && accept == expected.as_bytes() => Ok(()),
        _ => Err(BadMessage::Switch),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::head::Bounds;
    use super::*;

    #[test]
    fn the_example_of_rfc_6455_is_agreed_to() {
        let check = |fields: &str| {
            let head = format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\n");
            let bounds = Bounds {
                bytes: 4096,
                fields: 100,
            };
            check_accept(
                &Response::read(Bytes::from(head), bounds).unwrap(),
                "dGhlIHNhbXBsZSBub25jZQ==",
            )
        };
        let accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
        let upgrade = "Upgrade: websocket\r\n";
        assert_eq!(check(&format!("{upgrade}{accept}")), Ok(()));
        for bad in [
            accept.to_owned(),
            upgrade.to_owned(),
            format!("{upgrade}{accept}{accept}"),
        ] {
            assert!(check(&bad).is_err(), "{bad}");
        }
        assert_ne!(new_key(), new_key());
        assert!(is_key(new_key().as_bytes()) && is_key(b"dGhlIHNhbXBsZSBub25jZQ=="));
        for bad in ["", "dGhlIHNhbXBsZSBub25jZQ", "AAAA", "not base64"] {
            assert!(!is_key(bad.as_bytes()), "{bad}");
        }
    }
}
