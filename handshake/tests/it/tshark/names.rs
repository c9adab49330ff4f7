//! What tshark calls the fields that both read.

/// Fields of ours, by their path, and what tshark calls them. `*` stands for any one step.
pub(super) const SAME: &[(&str, &str)] = &[
    ("msg_type", "tls.handshake.type"),
    ("length", "tls.handshake.length"),
    ("legacy_version", "tls.handshake.version"),
    ("random", "tls.handshake.random"),
    ("legacy_session_id", "tls.handshake.session_id"),
    ("legacy_session_id_echo", "tls.handshake.session_id"),
    ("cipher_suites/*", "tls.handshake.ciphersuite"),
    ("cipher_suite", "tls.handshake.ciphersuite"),
    ("legacy_compression_methods/*", "tls.handshake.comp_method"),
    ("legacy_compression_method", "tls.handshake.comp_method"),
    (
        "extensions/server_name/*/*/host_name",
        "tls.handshake.extensions_server_name",
    ),
    (
        "extensions/supported_groups/*/*",
        "tls.handshake.extensions_supported_group",
    ),
    (
        "extensions/*/supported_signature_algorithms/*",
        "tls.handshake.sig_hash_alg",
    ),
    ("supported_signature_algorithms/*", "tls.handshake.sig_hash_alg"),
    ("algorithm", "tls.handshake.sig_hash_alg"),
    (
        "extensions/application_layer_protocol_negotiation/*/*",
        "tls.handshake.extensions_alpn_str",
    ),
    (
        "extensions/supported_versions/versions/*",
        "tls.handshake.extensions.supported_version",
    ),
    (
        "extensions/supported_versions/selected_version",
        "tls.handshake.extensions.supported_version",
    ),
    (
        "extensions/key_share/*/*/group",
        "tls.handshake.extensions_key_share_group",
    ),
    (
        "extensions/key_share/*/*/key_exchange",
        "tls.handshake.extensions_key_share_key_exchange",
    ),
    (
        "extensions/key_share/server_share/group",
        "tls.handshake.extensions_key_share_group",
    ),
    (
        "extensions/key_share/server_share/key_exchange",
        "tls.handshake.extensions_key_share_key_exchange",
    ),
    (
        "extensions/key_share/selected_group",
        "tls.handshake.extensions_key_share_selected_group",
    ),
    (
        "extensions/psk_key_exchange_modes/*/*",
        "tls.extension.psk_ke_mode",
    ),
    (
        "extensions/ec_point_formats/*/*",
        "tls.handshake.extensions_ec_point_format",
    ),
    (
        "extensions/pre_shared_key/identities/*/identity",
        "tls.handshake.extensions.psk.identity.identity",
    ),
    (
        "extensions/pre_shared_key/identities/*/obfuscated_ticket_age",
        "tls.handshake.extensions.psk.identity.obfuscated_ticket_age",
    ),
    (
        "extensions/pre_shared_key/selected_identity",
        "tls.handshake.extensions.psk.identity.selected",
    ),
    ("extensions/cookie/cookie", "tls.handshake.extensions.cookie"),
    ("extensions/record_size_limit/*", "tls.record_size_limit"),
    (
        "extensions/compress_certificate/*/*",
        "tls.compress_certificate.algorithm",
    ),
    (
        "extensions/max_fragment_length/*",
        "tls.handshake.max_fragment_length",
    ),
    (
        "extensions/status_request/status_type",
        "tls.handshake.extensions_status_request_type",
    ),
    (
        "extensions/status_request_v2/*/*/status_type",
        "tls.handshake.extensions_status_request_type",
    ),
    (
        "extensions/signed_certificate_timestamp/*/*/sct_version",
        "tls.sct.sct_version",
    ),
    (
        "extensions/signed_certificate_timestamp/*/*/log_id",
        "tls.sct.sct_logid",
    ),
    (
        "extensions/signed_certificate_timestamp/*/*/timestamp",
        "tls.sct.sct_timestamp",
    ),
    (
        "extensions/signed_certificate_timestamp/*/*/algorithm",
        "tls.handshake.sig_hash_alg",
    ),
    (
        "extensions/signed_certificate_timestamp/*/*/signature",
        "tls.sct.sct_signature",
    ),
    ("extensions/padding", "tls.handshake.extensions_padding_data"),
    (
        "extensions/early_data/max_early_data_size",
        "tls.early_data.max_early_data_size",
    ),
    (
        "extensions/oid_filters/*/*/certificate_extension_oid",
        "tls.extension.oid_filters.oid",
    ),
    (
        "extensions/quic_transport_parameters/*/id",
        "tls.quic.parameter.type",
    ),
    (
        "extensions/quic_transport_parameters/*/length",
        "tls.quic.parameter.length",
    ),
    (
        "extensions/quic_transport_parameters/*/value",
        "tls.quic.parameter.value",
    ),
    ("certificate_types/*", "tls.handshake.cert_type"),
    ("certificate_list/*/cert_data", "tls.handshake.certificate"),
    ("verify_data", VERIFY_DATA),
    ("ticket_lifetime", "tls.handshake.session_ticket_lifetime_hint"),
    (
        "ticket_lifetime_hint",
        "tls.handshake.session_ticket_lifetime_hint",
    ),
    ("ticket_age_add", "tls.handshake.session_ticket_age_add"),
    ("ticket_nonce", "tls.handshake.session_ticket_nonce"),
    ("ticket", "tls.handshake.session_ticket"),
    ("curve_type", "tls.handshake.server_curve_type"),
    ("named_curve", "tls.handshake.server_named_curve"),
    ("public", "tls.handshake.server_point"),
    ("dh_p", "tls.handshake.p"),
    ("dh_g", "tls.handshake.g"),
    ("dh_ys", "tls.handshake.ys"),
    ("dh_yc", "tls.handshake.yc"),
    ("ecdh_yc", "tls.handshake.client_point"),
    ("encrypted_pre_master_secret", "tls.handshake.epms"),
    ("request_update", "tls.handshake.key_update.request_update"),
    ("status_type", "tls.handshake.extensions_status_request_type"),
    ("level", "tls.alert_message.level"),
    ("description", "tls.alert_message.desc"),
    ("type", CHANGE_CIPHER_SPEC),
];

/// Where tshark's name depends on the message.
pub(super) const SIGNATURES: [&str; 2] = ["tls.handshake.client_cert_vrfy.sig", "tls.handshake.sig"];
pub(super) const EXTENSION_TYPE: &str = "tls.handshake.extension.type";
pub(super) const EXTENSION_LENGTH: &str = "tls.handshake.extension.len";
const CHANGE_CIPHER_SPEC: &str = "tls.change_cipher_spec";
const VERIFY_DATA: &str = "tls.handshake.verify_data";
/// Of these tshark tells the size alone.
pub(super) const BY_SIZE: [&str; 2] = [CHANGE_CIPHER_SPEC, VERIFY_DATA];
/// Each of these begins a message.
pub(super) const BEGINNINGS: [&str; 3] = [
    "tls.handshake.type",
    "tls.alert_message.level",
    "tls.change_cipher_spec",
];
