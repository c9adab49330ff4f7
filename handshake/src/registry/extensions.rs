//! Extensions of hellos, certificates and tickets.

use super::{Entry, Table};

/// An extension's name and mark.
#[must_use]
pub fn extension(number: u16) -> Entry {
    EXTENSIONS.find(number)
}

#[rustfmt::skip]
pub(super) static EXTENSIONS: Table = Table::new(&[
    (0, "server_name", Some(true)),
    (1, "max_fragment_length", Some(false)),
    (2, "client_certificate_url", Some(true)),
    (3, "trusted_ca_keys", Some(true)),
    (4, "truncated_hmac", Some(false)),
    (5, "status_request", Some(true)),
    (6, "user_mapping", Some(true)),
    (7, "client_authz", Some(false)),
    (8, "server_authz", Some(false)),
    (9, "cert_type", Some(false)),
    (10, "supported_groups", Some(true)),
    (11, "ec_point_formats", Some(true)),
    (12, "srp", Some(false)),
    (13, "signature_algorithms", Some(true)),
    (14, "use_srtp", Some(true)),
    (15, "heartbeat", Some(true)),
    (16, "application_layer_protocol_negotiation", Some(true)),
    (17, "status_request_v2", Some(true)),
    (18, "signed_certificate_timestamp", Some(false)),
    (19, "client_certificate_type", Some(true)),
    (20, "server_certificate_type", Some(true)),
    (21, "padding", Some(true)),
    (22, "encrypt_then_mac", Some(true)),
    (23, "extended_master_secret", Some(true)),
    (24, "token_binding", Some(true)),
    (25, "cached_info", Some(true)),
    (26, "tls_lts", Some(false)),
    (27, "compress_certificate", Some(true)),
    (28, "record_size_limit", Some(true)),
    (29, "pwd_protect", Some(false)),
    (30, "pwd_clear", Some(false)),
    (31, "password_salt", Some(false)),
    (32, "ticket_pinning", Some(false)),
    (33, "tls_cert_with_extern_psk", Some(false)),
    (34, "delegated_credential", Some(true)),
    (35, "session_ticket", Some(true)),
    (36, "TLMSP", Some(false)),
    (37, "TLMSP_proxying", Some(false)),
    (38, "TLMSP_delegate", Some(false)),
    (39, "supported_ekt_ciphers", Some(true)),
    (41, "pre_shared_key", Some(true)),
    (42, "early_data", Some(true)),
    (43, "supported_versions", Some(true)),
    (44, "cookie", Some(true)),
    (45, "psk_key_exchange_modes", Some(true)),
    (47, "certificate_authorities", Some(true)),
    (48, "oid_filters", Some(true)),
    (49, "post_handshake_auth", Some(true)),
    (50, "signature_algorithms_cert", Some(true)),
    (51, "key_share", Some(true)),
    (52, "transparency_info", Some(true)),
    (53, "connection_id_deprecated", Some(false)),
    (54, "connection_id", Some(false)),
    (55, "external_id_hash", Some(true)),
    (56, "external_session_id", Some(true)),
    (57, "quic_transport_parameters", Some(true)),
    (58, "ticket_request", Some(true)),
    (59, "dnssec_chain", Some(false)),
    (60, "sequence_number_encryption_algorithms", Some(false)),
    (61, "rrc", Some(false)),
    (62, "tls_flags", Some(true)),
    (4832, "server_padding", None),
    (13172, "next_protocol_negotiation", None),
    (17513, "application_settings_old", None),
    (17613, "application_settings", None),
    (30031, "channel_id_old", None),
    (30032, "channel_id", None),
    (35387, "pake", None),
    (51764, "trust_anchors", None),
    (64768, "ech_outer_extensions", Some(true)),
    (65037, "encrypted_client_hello", Some(true)),
    (65281, "renegotiation_info", Some(true)),
    (65445, "quic_transport_parameters_draft", None),
    (65486, "encrypted_server_name", None),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_have_names_and_marks() {
        assert_eq!(extension(51).name, "key_share");
        assert_eq!(extension(51).recommended, Some(true));
        assert_eq!(extension(18).recommended, Some(false));
        assert_eq!(extension(30032).recommended, None);
        assert_eq!(extension(0x1a1a).name, "GREASE");
        assert_eq!(extension(1234).name, "0x04d2");
    }
}
