//! IANA's TLS registries: numbers, their names, and IANA's "Recommended".

use std::borrow::Cow;

/// A number of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name; `GREASE` for one of RFC 8701's, and `NUMBER` for one that IANA does not list.
    pub name: Cow<'static, str>,
    /// IANA's "Recommended", where the registry has that column and the number is listed.
    pub recommended: Option<bool>,
}

impl Entry {
    fn listed(name: &'static str, recommended: Option<bool>) -> Self {
        Self {
            name: name.into(),
            recommended,
        }
    }

    pub(crate) fn other(number: u16) -> Self {
        let name = if is_grease(number) {
            "GREASE".into()
        } else {
            format!("0x{number:04x}").into()
        };
        Self {
            name,
            recommended: None,
        }
    }
}

/// Whether a 16-bit number is kept free of meaning, so that peers learn to pass over what they don't know (RFC 8701).
#[must_use]
pub fn is_grease(number: u16) -> bool {
    number & 0x0f0f == 0x0a0a && number >> 8 == number & 0xff
}

/// A version: `TLS 1.3`.
#[must_use]
pub fn version_name(version: u16) -> Cow<'static, str> {
    match version {
        0x0002 => "SSL 2.0".into(),
        0x0300 => "SSL 3.0".into(),
        0x0301 => "TLS 1.0".into(),
        0x0302 => "TLS 1.1".into(),
        0x0303 => "TLS 1.2".into(),
        0x0304 => "TLS 1.3".into(),
        other => Entry::other(other).name,
    }
}

/// A cipher suite.
#[must_use]
pub fn cipher_suite(number: u16) -> Entry {
    match number {
        0x1301 => Entry::listed("TLS_AES_128_GCM_SHA256", Some(true)),
        0x1302 => Entry::listed("TLS_AES_256_GCM_SHA384", Some(true)),
        0x1303 => Entry::listed("TLS_CHACHA20_POLY1305_SHA256", Some(true)),
        other => Entry::other(other),
    }
}

/// A group of a key exchange.
#[must_use]
pub fn group(number: u16) -> Entry {
    match number {
        0x001d => Entry::listed("x25519", Some(true)),
        0x11ec => Entry::listed("X25519MLKEM768", Some(false)),
        other => Entry::other(other),
    }
}

/// A signature scheme.
#[must_use]
pub fn signature_scheme(number: u16) -> Entry {
    match number {
        0x0403 => Entry::listed("ecdsa_secp256r1_sha256", Some(true)),
        other => Entry::other(other),
    }
}

/// An extension.
#[must_use]
pub fn extension(number: u16) -> Entry {
    match number {
        0 => Entry::listed("server_name", Some(true)),
        51 => Entry::listed("key_share", Some(true)),
        other => Entry::other(other),
    }
}

/// A record's content type: `handshake`.
#[must_use]
pub fn content_type(number: u8) -> Cow<'static, str> {
    match number {
        20 => "change_cipher_spec".into(),
        21 => "alert".into(),
        22 => "handshake".into(),
        23 => "application_data".into(),
        24 => "heartbeat".into(),
        other => format!("content_type_{other}").into(),
    }
}

/// Record content types (RFC 8446 section 5.1).
pub mod record_type {
    /// ChangeCipherSpec.
    pub const CHANGE_CIPHER_SPEC: u8 = 20;
    /// Alerts.
    pub const ALERT: u8 = 21;
    /// Handshake messages.
    pub const HANDSHAKE: u8 = 22;
    /// What the application sends; in TLS 1.3 also everything else that is sealed.
    pub const APPLICATION_DATA: u8 = 23;
    /// Heartbeats (RFC 6520).
    pub const HEARTBEAT: u8 = 24;
}

/// Handshake message types (RFC 8446 section 4).
pub mod handshake_type {
    /// ClientHello.
    pub const CLIENT_HELLO: u8 = 1;
}

/// Extension types (RFC 8446 section 4.2).
pub mod extension {
    /// The host that the client wants (RFC 6066 section 3).
    pub const SERVER_NAME: u16 = 0;
    /// Key exchange groups (RFC 8446 section 4.2.7).
    pub const SUPPORTED_GROUPS: u16 = 10;
    /// Signature schemes (RFC 8446 section 4.2.3).
    pub const SIGNATURE_ALGORITHMS: u16 = 13;
    /// Application protocols (RFC 7301).
    pub const APPLICATION_LAYER_PROTOCOL_NEGOTIATION: u16 = 16;
    /// Versions, for TLS 1.3 (RFC 8446 section 4.2.1).
    pub const SUPPORTED_VERSIONS: u16 = 43;
}

/// Whether a TLS 1.2 suite authenticates the server by ECDSA (RFC 8422, RFC 5289, RFC 7905, RFC 7251).
#[must_use]
pub fn cipher_suite_is_ecdsa(suite: u16) -> bool {
    matches!(
        suite,
        0xc006..=0xc00a | 0xc023 | 0xc024 | 0xc02b | 0xc02c | 0xc0ac..=0xc0af | 0xcca9
    )
}
