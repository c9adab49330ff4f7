//! Extensions that no capture has, by the bytes of their RFCs.

use handshake::{Dissector, Field, Late, Message, MessageKind, Parties, Secrets, Side};

use crate::fixture::Fixture;

/// A message of TLS 1.3 with one extension, as it is told.
fn tell(kind: MessageKind, number: u16, body: &[u8]) -> Message {
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let extension = [&number.to_be_bytes()[..], &length(body), body].concat();
    let extensions = [&length(&extension)[..], &extension].concat();
    let (msg_type, side, body) = match kind {
        MessageKind::ClientHello => (
            1,
            Side::Client,
            [&[3, 3][..], &[1; 32], &[0, 0, 2, 0x13, 1, 1, 0], &extensions].concat(),
        ),
        MessageKind::EncryptedExtensions => (8, Side::Server, extensions),
        MessageKind::CertificateRequest => (13, Side::Server, [&[0][..], &extensions].concat()),
        MessageKind::Certificate => {
            let entry = [&[0, 0, 1, 0x30][..], &extensions].concat();
            let entries = &u32::try_from(entry.len()).unwrap().to_be_bytes()[1..];
            (11, Side::Server, [&[0][..], entries, &entry].concat())
        }
        _ => (
            4,
            Side::Server,
            [&[0; 8][..], &[0, 0, 1, 7], &extensions].concat(),
        ),
    };
    let bytes = [
        &[msg_type][..],
        &u32::try_from(body.len()).unwrap().to_be_bytes()[1..],
        &body,
    ]
    .concat();
    let mut dissector = Dissector::new(Parties::DIRECT, Secrets::new());
    let (_, _, hello) = &Fixture::load("openssl-tls13").chunks[1];
    dissector.feed(Side::Server, 0, hello);
    dissector.feed_late(&Late {
        side,
        at_us: 1,
        content_type: 22,
        bytes: &bytes,
    });
    dissector.finish().messages.pop().unwrap()
}

/// The extension as one line: names and values.
fn outline(kind: MessageKind, number: u16, body: &[u8]) -> String {
    fn line(field: &Field) -> String {
        let parts: Vec<_> = field.fields.iter().map(line).collect();
        let parts = if parts.is_empty() {
            String::new()
        } else {
            format!(" [{}]", parts.join("; "))
        };
        format!("{}: {}{parts}", field.name, field.value)
    }
    let message = tell(kind, number, body);
    assert_eq!(message.problem, None, "{number}");
    let path = if kind == MessageKind::Certificate {
        "certificate_list/certificate/extensions"
    } else {
        "extensions"
    };
    line(&message.field(path).unwrap().fields[0])
}

#[test]
fn each_is_told_part_by_part() {
    use MessageKind::{Certificate, CertificateRequest, ClientHello, NewSessionTicket};
    let cases: &[(MessageKind, u16, &[u8], &str)] = &[
        (
            ClientHello,
            1,
            &[2],
            "max_fragment_length: 1024 bytes (2) [max_fragment_length: 1024 bytes (2)]",
        ),
        (
            ClientHello,
            14,
            &[0, 4, 0, 1, 0, 7, 1, 9],
            "use_srtp: 09 [srtp_protection_profiles: 2 profiles [profile: SRTP_AES128_CM_HMAC_SHA1_80 (0x0001); \
             profile: SRTP_AEAD_AES_128_GCM (0x0007)]; srtp_mki: 09]",
        ),
        (
            ClientHello,
            15,
            &[1],
            "heartbeat: peer_allowed_to_send (1) [mode: peer_allowed_to_send (1)]",
        ),
        (
            ClientHello,
            17,
            &[0, 7, 2, 0, 4, 0, 0, 0, 0],
            "status_request_v2: 1 request [certificate_status_req_list: 1 request [request: ocsp_multi (2) \
             [status_type: ocsp_multi (2); request: 00000000]]]",
        ),
        (
            ClientHello,
            20,
            &[2, 2, 0],
            "server_certificate_type: 2 types [certificate_types: 2 types [raw_public_key: raw_public_key (2); \
             x509: x509 (0)]]",
        ),
        (ClientHello, 21, &[0, 0, 0], "padding: 3 bytes of padding"),
        (
            ClientHello,
            24,
            &[1, 0, 1, 2],
            "token_binding: 1 key parameter [major: 1; minor: 0; key_parameters_list: 1 key parameter \
             [ecdsap256: ecdsap256 (2)]]",
        ),
        (
            ClientHello,
            28,
            &[0x40, 1],
            "record_size_limit: 16385 bytes [record_size_limit: 16385 bytes]",
        ),
        (
            ClientHello,
            34,
            &[0, 2, 4, 3],
            "delegated_credential: 1 scheme [supported_signature_algorithms: 1 scheme \
             [ecdsa_secp256r1_sha256: ecdsa_secp256r1_sha256 (0x0403)]]",
        ),
        (
            Certificate,
            34,
            &[0, 0, 0, 60, 4, 3, 0, 0, 1, 0x30, 4, 3, 0, 1, 7],
            "delegated_credential: ecdsa_secp256r1_sha256 (0x0403) [valid_time: 60 seconds; \
             dc_cert_verify_algorithm: ecdsa_secp256r1_sha256 (0x0403); asn1_subject_public_key_info: 30; \
             algorithm: ecdsa_secp256r1_sha256 (0x0403); signature: 07]",
        ),
        (
            NewSessionTicket,
            42,
            &[0, 0, 0x40, 0],
            "early_data: 16384 bytes [max_early_data_size: 16384 bytes]",
        ),
        (
            CertificateRequest,
            48,
            &[0, 6, 2, 0x55, 0x1d, 0, 1, 5],
            "oid_filters: 1 filter [filters: 1 filter [filter: 551d [certificate_extension_oid: 551d; \
             certificate_extension_values: 05]]]",
        ),
        (
            ClientHello,
            57,
            &[1, 2, 0x67, 0x10, 0xc, 0, 0x1b, 1, 9],
            "quic_transport_parameters: 3 parameters [max_idle_timeout: 10000 [id: 1; length: 2; value: 10000]; \
             disable_active_migration: empty [id: 12; length: 0]; GREASE: 09 [id: 27; length: 1; value: 09]]",
        ),
        (
            ClientHello,
            58,
            &[2, 1],
            "ticket_request: 2 new, 1 resumed [new_session_count: 2; resumption_count: 1]",
        ),
        (
            ClientHello,
            0x1234,
            &[1, 2],
            "0x1234: 0102 [extension_data: 0102]",
        ),
    ];
    for (kind, number, body, expected) in cases {
        assert_eq!(outline(*kind, *number, body), *expected);
    }
}

#[test]
fn a_servers_ech_configurations_are_read() {
    let contents = [
        &[5, 0, 0x20, 0, 1, 9, 0, 4, 0, 1, 0, 3, 64, 6][..],
        b"ex.org",
        &[0, 0],
    ]
    .concat();
    let body = [&[0, 26, 0xfe, 0x0d, 0, 22][..], &contents].concat();
    assert_eq!(
        outline(MessageKind::EncryptedExtensions, 0xfe0d, &body),
        "encrypted_client_hello: retry with 1 config [retry_configs: 1 config [config: ex.org \
         [version: encrypted_client_hello (0xfe0d); contents: ex.org [config_id: 5; \
         kem_id: DHKEM(X25519, HKDF-SHA256) (0x0020); public_key: 09; cipher_suites: 1 suite \
         [cipher_suite: HKDF-SHA256, ChaCha20-Poly1305 [kdf_id: HKDF-SHA256 (0x0001); \
         aead_id: ChaCha20-Poly1305 (0x0003)]]; maximum_name_length: 64; public_name: ex.org; extensions: empty]]]]"
    );
}

#[test]
fn a_signed_certificate_timestamp_is_read() {
    let sct = [
        &[0][..],
        &[7; 32],
        &1_795_264_634_000_u64.to_be_bytes(),
        &[0, 0, 4, 3, 0, 2, 0x30, 0],
    ]
    .concat();
    let length = u16::try_from(sct.len()).unwrap();
    let body = [&(length + 2).to_be_bytes()[..], &length.to_be_bytes(), &sct].concat();
    let told = outline(MessageKind::Certificate, 18, &body);
    assert!(
        told.contains(
            "timestamp: 2026-11-21 12:37:14 UTC; extensions: empty; algorithm: ecdsa_secp256r1_sha256"
        ),
        "{told}"
    );
}

#[test]
fn what_is_wrong_inside_an_extension_is_told_with_its_range() {
    let message = tell(MessageKind::ClientHello, 43, &[3, 3, 4, 3]);
    let problem = message.problem.unwrap();
    assert_eq!(problem.text, "it ends in the middle of version");
    let told =
        &message.bytes.0[usize::try_from(problem.start).unwrap()..usize::try_from(problem.end).unwrap()];
    assert_eq!(told, [3]);
}
