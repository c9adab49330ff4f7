//! Numbers of IANA's TLS registries that decide something.

/// Record content types (RFC 8446 section 5.1).
pub mod record_type {
    /// Alerts.
    pub const ALERT: u8 = 21;
    /// Handshake messages.
    pub const HANDSHAKE: u8 = 22;
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
