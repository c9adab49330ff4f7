//! The ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2), read from the first bytes of a
//! connection before any TLS engine has seen them.
//!
//! This reads what decides how a connection is carried. It does not check what a TLS engine will check anyway.

use crate::reader::Reader;
use crate::registry::{cipher_suite_is_ecdsa, extension, handshake_type, record_type};

/// A hello longer than this is not one: rustls and OpenSSL refuse larger ones too. The bound is on what an
/// unauthenticated peer can make us hold.
const MAX_HELLO: usize = 64 * 1024;
/// A record's fragment (RFC 8446 section 5.1).
const MAX_FRAGMENT: usize = 1 << 14;

/// What a client offers, as it offered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientHello {
    /// `legacy_version`.
    pub legacy_version: u16,
    /// The client's random.
    pub random: [u8; 32],
    /// `legacy_session_id`.
    pub session_id: Vec<u8>,
    /// Suites in the client's order, GREASE (RFC 8701) kept.
    pub cipher_suites: Vec<u16>,
    /// `legacy_compression_methods`.
    pub compression_methods: Vec<u8>,
    /// Extensions in the client's order, unknown ones kept.
    pub extensions: Vec<Extension>,
}

/// One extension, its body undecoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its type in IANA's registry.
    pub number: u16,
    /// Its `extension_data`.
    pub data: Vec<u8>,
}

/// The bytes are not a ClientHello.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HelloError {
    /// The first record is not a handshake record.
    #[error("the first record is of type {0}, not a handshake")]
    NotAHandshake(u8),
    /// A record says that it is longer than a record may be, or holds nothing.
    #[error("a record of {0} bytes, where 1 to 16384 are allowed")]
    RecordLength(usize),
    /// The first handshake message is another one.
    #[error("the first handshake message is of type {0}, not a ClientHello")]
    NotAHello(u8),
    /// The hello is too long.
    #[error("a ClientHello of {0} bytes, where 65536 are allowed")]
    TooLong(usize),
    /// A length inside the hello does not fit.
    #[error("the ClientHello ends in the middle of {0}")]
    CutShort(&'static str),
}

/// Takes the first bytes of a connection in pieces of any size and yields the hello once it is whole.
///
/// The hello may lie in many records and a record in many pieces. Each byte is looked at once.
#[derive(Debug, Default)]
pub struct HelloReader {
    /// Bytes of a record that is not whole yet.
    pending: Vec<u8>,
    /// The handshake message, gathered from whole records.
    message: Vec<u8>,
}

impl HelloReader {
    /// A reader at the first byte.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes. `Ok(Some)` once the hello is whole, `Ok(None)` while more is needed.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Option<ClientHello>, HelloError> {
        self.pending.extend_from_slice(bytes);
        let mut read = 0;
        while let Some(header) = self.pending.get(read..read + 5) {
            if header[0] != record_type::HANDSHAKE {
                return Err(HelloError::NotAHandshake(header[0]));
            }
            let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
            if length == 0 || length > MAX_FRAGMENT {
                return Err(HelloError::RecordLength(length));
            }
            let Some(fragment) = self.pending.get(read + 5..read + 5 + length) else {
                break;
            };
            self.message.extend_from_slice(fragment);
            read += 5 + length;
            if let Some(hello) = self.next_hello()? {
                return Ok(Some(hello));
            }
        }
        self.pending.drain(..read);
        Ok(None)
    }

    fn next_hello(&self) -> Result<Option<ClientHello>, HelloError> {
        let Some(&kind) = self.message.first() else {
            return Ok(None);
        };
        if kind != handshake_type::CLIENT_HELLO {
            return Err(HelloError::NotAHello(kind));
        }
        let Some(length) = self.message.get(1..4) else {
            return Ok(None);
        };
        let length = usize::from(length[0]) << 16 | usize::from(length[1]) << 8 | usize::from(length[2]);
        if length > MAX_HELLO {
            return Err(HelloError::TooLong(length));
        }
        self.message
            .get(4..4 + length)
            .map(ClientHello::parse)
            .transpose()
    }
}

impl ClientHello {
    /// Reads the body of a ClientHello message, without its four-byte header.
    pub fn parse(body: &[u8]) -> Result<Self, HelloError> {
        let mut reader = Reader::new(body);
        let short = HelloError::CutShort;
        let legacy_version = reader.take_u16().ok_or(short("its version"))?;
        let random = reader
            .take(32)
            .and_then(|r| r.try_into().ok())
            .ok_or(short("its random"))?;
        let session_id = reader
            .take_vector_u8()
            .ok_or(short("its session id"))?
            .rest()
            .to_vec();
        let cipher_suites = reader
            .take_vector_u16()
            .and_then(Reader::numbers_u16)
            .ok_or(short("its cipher suites"))?;
        let compression_methods = reader
            .take_vector_u8()
            .ok_or(short("its compression methods"))?
            .rest()
            .to_vec();
        // A browser's has about 18.
        let mut extensions = Vec::with_capacity(20);
        // Before TLS 1.3 a hello may end here (RFC 5246 section 7.4.1.2).
        if !reader.is_empty() {
            let mut list = reader.take_vector_u16().ok_or(short("its extensions"))?;
            while !list.is_empty() {
                let number = list.take_u16().ok_or(short("an extension's type"))?;
                let data = list
                    .take_vector_u16()
                    .ok_or(short("an extension"))?
                    .rest()
                    .to_vec();
                extensions.push(Extension { number, data });
            }
        }
        Ok(Self {
            legacy_version,
            random,
            session_id,
            cipher_suites,
            compression_methods,
            extensions,
        })
    }

    /// The first extension of this number.
    #[must_use]
    pub fn extension(&self, number: u16) -> Option<&[u8]> {
        self.extensions
            .iter()
            .find(|e| e.number == number)
            .map(|e| &e.data[..])
    }

    /// The host that the client wants (RFC 6066 section 3), in lower case. `None` when the hello does not say,
    /// or says something that is no text.
    #[must_use]
    pub fn server_name(&self) -> Option<String> {
        let mut names = Reader::new(self.extension(extension::SERVER_NAME)?).take_vector_u16()?;
        while !names.is_empty() {
            let kind = names.take_u8()?;
            let name = names.take_vector_u16()?;
            if kind == 0 {
                return std::str::from_utf8(name.rest()).ok().map(str::to_ascii_lowercase);
            }
        }
        None
    }

    /// Application protocols (RFC 7301) in the client's order; empty when it offers none.
    #[must_use]
    pub fn application_protocols(&self) -> Vec<Vec<u8>> {
        let read = || {
            let body = self.extension(extension::APPLICATION_LAYER_PROTOCOL_NEGOTIATION)?;
            let mut list = Reader::new(body).take_vector_u16()?;
            let mut protocols = Vec::new();
            while !list.is_empty() {
                protocols.push(list.take_vector_u8()?.rest().to_vec());
            }
            Some(protocols)
        };
        read().unwrap_or_default()
    }

    /// Signature schemes in the client's order; empty when it does not say.
    #[must_use]
    pub fn signature_schemes(&self) -> Vec<u16> {
        self.extension(extension::SIGNATURE_ALGORITHMS)
            .and_then(|body| Reader::new(body).take_vector_u16()?.numbers_u16())
            .unwrap_or_default()
    }

    /// Versions that the client speaks: `supported_versions`, or the one of `legacy_version` and those below.
    #[must_use]
    pub fn offers_tls13(&self) -> bool {
        self.extension(extension::SUPPORTED_VERSIONS)
            .and_then(|body| Reader::new(body).take_vector_u8()?.numbers_u16())
            .is_some_and(|versions| versions.contains(&0x0304))
    }

    /// Whether the client can verify a server that signs with ECDSA on P-256.
    #[must_use]
    pub fn accepts_ecdsa_p256(&self) -> bool {
        const ECDSA_SECP256R1_SHA256: u16 = 0x0403;
        let schemes = self.signature_schemes();
        let scheme = schemes.is_empty() || schemes.contains(&ECDSA_SECP256R1_SHA256);
        let suite = self.offers_tls13() || self.cipher_suites.iter().any(|&s| cipher_suite_is_ecdsa(s));
        scheme && suite
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A hello of TLS 1.2 with SNI, ALPN, and signature schemes, in records of `fragment` bytes.
    fn records(fragment: usize) -> Vec<u8> {
        fn vector(length_bytes: usize, body: &[u8]) -> Vec<u8> {
            let length = (body.len() as u64).to_be_bytes();
            [&length[8 - length_bytes..], body].concat()
        }
        let sni = vector(2, &[&[0][..], &vector(2, b"Example.COM")].concat());
        let alpn = vector(2, &[vector(1, b"h2"), vector(1, b"http/1.1")].concat());
        let schemes = vector(2, &[4, 3, 8, 4]);
        let extensions = [
            [&[0, 0][..], &vector(2, &sni)].concat(),
            [&[0, 16][..], &vector(2, &alpn)].concat(),
            [&[0, 13][..], &vector(2, &schemes)].concat(),
            vec![0x0a, 0x0a, 0, 0],
        ]
        .concat();
        let body = [
            &[3, 3][..],
            &[7; 32],
            &vector(1, &[]),
            &vector(2, &[0xc0, 0x2b, 0xc0, 0x2f]),
            &vector(1, &[0]),
            &vector(2, &extensions),
        ]
        .concat();
        let message = [&[1][..], &vector(3, &body)].concat();
        message
            .chunks(fragment)
            .flat_map(|part| [&[22, 3, 1][..], &vector(2, part)].concat())
            .collect()
    }

    #[test]
    fn a_hello_is_read_whatever_its_records_and_pieces() {
        for fragment in [1, 7, 100, 16384] {
            let bytes = records(fragment);
            for piece in [1, 5, bytes.len()] {
                let mut reader = HelloReader::new();
                let mut hello = None;
                for part in bytes.chunks(piece) {
                    assert!(hello.is_none(), "whole before its last byte");
                    hello = reader.feed(part).unwrap();
                }
                let hello = hello.expect("whole at its last byte");
                assert_eq!(hello.server_name().as_deref(), Some("example.com"));
                assert_eq!(
                    hello.application_protocols(),
                    [b"h2".to_vec(), b"http/1.1".to_vec()]
                );
                assert_eq!(hello.extensions.last().map(|e| e.number), Some(0x0a0a));
                assert!(hello.accepts_ecdsa_p256());
                assert!(!hello.offers_tls13());
            }
        }
    }

    #[test]
    fn what_is_no_hello_is_named() {
        let feed = |bytes: &[u8]| HelloReader::new().feed(bytes).unwrap_err().to_string();
        assert_eq!(
            feed(b"GET / HTTP/1.1"),
            "the first record is of type 71, not a handshake"
        );
        assert_eq!(
            feed(&[22, 3, 1, 0, 0]),
            "a record of 0 bytes, where 1 to 16384 are allowed"
        );
        assert_eq!(
            feed(&[22, 3, 1, 0, 1, 2]),
            "the first handshake message is of type 2, not a ClientHello"
        );
        assert_eq!(
            feed(&[22, 3, 1, 0, 4, 1, 1, 0, 1]),
            "a ClientHello of 65537 bytes, where 65536 are allowed"
        );
        assert_eq!(
            feed(&[22, 3, 1, 0, 6, 1, 0, 0, 2, 3, 3]),
            "the ClientHello ends in the middle of its random"
        );
    }

    proptest! {
        #[test]
        fn bytes_of_any_kind_never_panic(bytes: Vec<u8>) {
            let _ = HelloReader::new().feed(&bytes);
            if let Ok(hello) = ClientHello::parse(&bytes) {
                let _ = (hello.server_name(), hello.application_protocols(), hello.accepts_ecdsa_p256());
            }
        }

        #[test]
        fn a_hello_with_any_byte_changed_never_panics(at in 0usize..180, to: u8) {
            let mut bytes = records(16384);
            let at = at % bytes.len();
            bytes[at] = to;
            if let Ok(Some(hello)) = HelloReader::new().feed(&bytes) {
                let _ = (hello.server_name(), hello.application_protocols(), hello.accepts_ecdsa_p256());
            }
        }
    }
}
