//! ClientHello, ServerHello, HelloRetryRequest and EncryptedExtensions (RFC 8446 sections 4.1.2 to 4.1.4 and 4.3.1,
//! RFC 5246 section 7.4.1).

use super::extension::{Within, extensions};
use crate::MessageKind;
use crate::registry::{self, version_value};
use crate::scribe::{Read, Scribe, Text, entry, entry_u8};

/// A version on the wire: `TLS 1.2 (0x0303)`.
pub(super) fn version(number: u16) -> Text {
    version_value(number)
}

/// ```text
/// struct {
///     ProtocolVersion legacy_version;
///     Random random;
///     opaque legacy_session_id<0..32>;
///     CipherSuite cipher_suites<2..2^16-2>;
///     opaque legacy_compression_methods<1..2^8-1>;
///     Extension extensions<8..2^16-1>;
/// } ClientHello;
/// ```
pub(super) fn client_hello(s: &mut Scribe<'_>) -> Read {
    s.u16("legacy_version", version)?;
    s.opaque("random", 32)?;
    s.bytes(1, "legacy_session_id")?;
    s.numbers("cipher_suites", "suite", registry::cipher_suite)?;
    s.list(1, "legacy_compression_methods", "method", |s| {
        s.listed_u8(registry::compression_method).map(drop)
    })?;
    // Before TLS 1.3 a hello may end here (RFC 5246 section 7.4.1.2).
    if s.is_empty() {
        return Ok(());
    }
    extensions(s, Within::ClientHello)
}

/// ```text
/// struct {
///     ProtocolVersion legacy_version;
///     Random random;
///     opaque legacy_session_id_echo<0..32>;
///     CipherSuite cipher_suite;
///     uint8 legacy_compression_method = 0;
///     Extension extensions<6..2^16-1>;
/// } ServerHello;
/// ```
pub(super) fn server_hello(s: &mut Scribe<'_>, kind: MessageKind) -> Read {
    s.u16("legacy_version", version)?;
    s.opaque("random", 32)?;
    s.bytes(1, "legacy_session_id_echo")?;
    s.u16("cipher_suite", |n| entry(registry::cipher_suite(n)))?;
    s.u8("legacy_compression_method", |n| {
        entry_u8(registry::compression_method(n), n)
    })?;
    if s.is_empty() {
        return Ok(());
    }
    extensions(
        s,
        if kind == MessageKind::HelloRetryRequest {
            Within::HelloRetryRequest
        } else {
            Within::ServerHello
        },
    )
}

/// `struct { Extension extensions<0..2^16-1>; } EncryptedExtensions;`
pub(super) fn encrypted_extensions(s: &mut Scribe<'_>) -> Read {
    extensions(s, Within::EncryptedExtensions)
}
