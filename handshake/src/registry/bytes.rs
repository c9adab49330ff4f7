//! Registries whose numbers are one byte.

use std::borrow::Cow;

type Name = Cow<'static, str>;

/// The name, or the word with the number behind it.
fn name(table: &[(u8, &'static str)], number: u8, word: &str) -> Name {
    table.iter().find(|(listed, _)| *listed == number).map_or_else(
        || format!("{word}_{number}").into(),
        |(_, name)| Cow::Borrowed(*name),
    )
}

/// A record's content type: `handshake`.
#[must_use]
pub fn content_type(number: u8) -> Name {
    const TABLE: &[(u8, &str)] = &[
        (20, "change_cipher_spec"),
        (21, "alert"),
        (22, "handshake"),
        (23, "application_data"),
        (24, "heartbeat"),
        (25, "tls12_cid"),
        (26, "ack"),
        (27, "return_routability_check"),
    ];
    name(TABLE, number, "content_type")
}

/// A handshake message's type: `client_hello`.
#[must_use]
pub fn handshake_type(number: u8) -> Name {
    const TABLE: &[(u8, &str)] = &[
        (0, "hello_request"),
        (1, "client_hello"),
        (2, "server_hello"),
        (3, "hello_verify_request"),
        (4, "new_session_ticket"),
        (5, "end_of_early_data"),
        (6, "hello_retry_request"),
        (8, "encrypted_extensions"),
        (9, "request_connection_id"),
        (10, "new_connection_id"),
        (11, "certificate"),
        (12, "server_key_exchange"),
        (13, "certificate_request"),
        (14, "server_hello_done"),
        (15, "certificate_verify"),
        (16, "client_key_exchange"),
        (17, "client_certificate_request"),
        (20, "finished"),
        (21, "certificate_url"),
        (22, "certificate_status"),
        (23, "supplemental_data"),
        (24, "key_update"),
        (25, "compressed_certificate"),
        (26, "ekt_key"),
        (67, "next_protocol"),
        (254, "message_hash"),
    ];
    name(TABLE, number, "handshake")
}

/// An alert's level: `fatal`.
#[must_use]
pub fn alert_level(number: u8) -> Name {
    name(&[(1, "warning"), (2, "fatal")], number, "level")
}

/// `CompressionMethod` of a hello (RFC 3749).
#[must_use]
pub fn compression_method(number: u8) -> Name {
    name(
        &[(0, "null"), (1, "deflate"), (64, "lzs")],
        number,
        "compression_method",
    )
}

/// `NameType` of `server_name` (RFC 6066 section 3).
#[must_use]
pub fn server_name_type(number: u8) -> Name {
    name(&[(0, "host_name")], number, "name_type")
}

/// `MaxFragmentLength` (RFC 6066 section 4).
#[must_use]
pub fn max_fragment_length(number: u8) -> Name {
    const TABLE: &[(u8, &str)] = &[
        (1, "512 bytes"),
        (2, "1024 bytes"),
        (3, "2048 bytes"),
        (4, "4096 bytes"),
    ];
    name(TABLE, number, "length")
}

/// `CertificateStatusType` (RFC 6066 section 8, RFC 6961).
#[must_use]
pub fn certificate_status_type(number: u8) -> Name {
    name(&[(1, "ocsp"), (2, "ocsp_multi")], number, "status_type")
}

/// `CertificateType` (RFC 7250).
#[must_use]
pub fn certificate_type(number: u8) -> Name {
    const TABLE: &[(u8, &str)] = &[
        (0, "x509"),
        (1, "openpgp"),
        (2, "raw_public_key"),
        (3, "1609dot2"),
    ];
    name(TABLE, number, "certificate_type")
}

/// `ClientCertificateType` of TLS 1.2's CertificateRequest (RFC 5246 section 7.4.4, RFC 8422 section 5.5).
#[must_use]
pub fn client_certificate_type(number: u8) -> Name {
    const TABLE: &[(u8, &str)] = &[
        (1, "rsa_sign"),
        (2, "dss_sign"),
        (3, "rsa_fixed_dh"),
        (4, "dss_fixed_dh"),
        (5, "rsa_ephemeral_dh"),
        (6, "dss_ephemeral_dh"),
        (20, "fortezza_dms"),
        (64, "ecdsa_sign"),
        (65, "rsa_fixed_ecdh"),
        (66, "ecdsa_fixed_ecdh"),
        (67, "gost_sign256"),
        (68, "gost_sign512"),
    ];
    name(TABLE, number, "client_certificate_type")
}

/// `CertificateCompressionAlgorithm` (RFC 8879), whose numbers are two bytes wide.
#[must_use]
pub fn certificate_compression(number: u16) -> Name {
    match number {
        1 => "zlib".into(),
        2 => "brotli".into(),
        3 => "zstd".into(),
        other => super::Entry::other(other).name,
    }
}

/// `PskKeyExchangeMode` (RFC 8446 section 4.2.9), with the numbers of RFC 8701 that mean nothing.
#[must_use]
pub fn psk_key_exchange_mode(number: u8) -> Name {
    match number {
        0x0b | 0x2a | 0x49 | 0x68 | 0x87 | 0xa6 | 0xc5 | 0xe4 => "GREASE".into(),
        _ => name(&[(0, "psk_ke"), (1, "psk_dhe_ke")], number, "psk_mode"),
    }
}

/// `ECPointFormat` (RFC 8422 section 5.1.2).
#[must_use]
pub fn ec_point_format(number: u8) -> Name {
    const TABLE: &[(u8, &str)] = &[
        (0, "uncompressed"),
        (1, "ansiX962_compressed_prime"),
        (2, "ansiX962_compressed_char2"),
    ];
    name(TABLE, number, "point_format")
}

/// `ECCurveType` of TLS 1.2's ServerKeyExchange (RFC 8422 section 5.4).
#[must_use]
pub fn ec_curve_type(number: u8) -> Name {
    const TABLE: &[(u8, &str)] = &[(1, "explicit_prime"), (2, "explicit_char2"), (3, "named_curve")];
    name(TABLE, number, "curve_type")
}

/// `HeartbeatMode` (RFC 6520).
#[must_use]
pub fn heartbeat_mode(number: u8) -> Name {
    const TABLE: &[(u8, &str)] = &[(1, "peer_allowed_to_send"), (2, "peer_not_allowed_to_send")];
    name(TABLE, number, "heartbeat_mode")
}

/// `KeyUpdateRequest` (RFC 8446 section 4.6.3).
#[must_use]
pub fn key_update_request(number: u8) -> Name {
    name(
        &[(0, "update_not_requested"), (1, "update_requested")],
        number,
        "request",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_number_has_its_name_and_another_its_number() {
        assert_eq!(handshake_type(4), "new_session_ticket");
        assert_eq!(handshake_type(99), "handshake_99");
        assert_eq!(content_type(23), "application_data");
        assert_eq!(psk_key_exchange_mode(1), "psk_dhe_ke");
        assert_eq!(psk_key_exchange_mode(0x2a), "GREASE");
        assert_eq!(certificate_compression(2), "brotli");
        assert_eq!(client_certificate_type(64), "ecdsa_sign");
        assert_eq!(max_fragment_length(9), "length_9");
    }
}
