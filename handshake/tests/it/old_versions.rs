//! SSL 3.0, which no program at hand speaks any more: hand-made, as far as its bytes show.

use handshake::{Dissector, Handshake, MessageKind, Parties, Secrets, Side};

/// A record of SSL 3.0.
fn record(content_type: u8, fragment: &[u8]) -> Vec<u8> {
    let length = u16::try_from(fragment.len()).unwrap().to_be_bytes();
    [&[content_type, 3, 0][..], &length, fragment].concat()
}

fn message(msg_type: u8, body: &[u8]) -> Vec<u8> {
    let length = &u32::try_from(body.len()).unwrap().to_be_bytes()[1..];
    record(22, &[&[msg_type], length, body].concat())
}

/// RSA key exchange with RC4 and MD5, as far as Finished.
fn ssl3() -> Handshake {
    let mut dissector = Dissector::new(Parties::PASSED, Secrets::new());
    let hello = [&[3, 0][..], &[1; 32], &[0], &[0, 4, 0, 4, 0, 10], &[1, 0]].concat();
    let answer = [&[3, 0][..], &[2; 32], &[2, 8, 8], &[0, 4], &[0]].concat();
    let certificate = [0, 0, 6, 0, 0, 3, 0x30, 1, 0];
    dissector.feed(Side::Client, 0, &message(1, &hello));
    dissector.feed(Side::Server, 1, &message(2, &answer));
    dissector.feed(Side::Server, 1, &message(11, &certificate));
    // Without the list of signature algorithms that TLS 1.2 brought.
    dissector.feed(Side::Server, 1, &message(13, &[2, 1, 2, 0, 0]));
    dissector.feed(Side::Server, 1, &message(14, &[]));
    dissector.feed(Side::Client, 2, &record(21, &[1, 41]));
    dissector.feed(Side::Client, 2, &message(16, &[9; 128]));
    dissector.feed(Side::Client, 2, &record(20, &[1]));
    dissector.feed(Side::Client, 2, &record(22, &[5; 56]));
    dissector.finish()
}

#[test]
fn ssl3_is_read_as_far_as_it_is_in_the_clear() {
    let told = ssl3();
    assert_eq!(told.problems, []);
    let kinds: Vec<_> = told
        .messages
        .iter()
        .map(|m| (m.kind, m.problem.clone()))
        .collect();
    let expected = [
        MessageKind::ClientHello,
        MessageKind::ServerHello,
        MessageKind::Certificate,
        MessageKind::CertificateRequest,
        MessageKind::ServerHelloDone,
        MessageKind::Alert,
        MessageKind::ClientKeyExchange,
        MessageKind::ChangeCipherSpec,
        MessageKind::Finished,
    ];
    assert_eq!(kinds, expected.map(|kind| (kind, None)));
    let value = |index: usize, path: &str| told.messages[index].field(path).map(|f| &f.value[..]);
    assert_eq!(value(1, "legacy_version"), Some("SSL 3.0 (0x0300)"));
    assert_eq!(
        value(1, "cipher_suite"),
        Some("TLS_RSA_WITH_RC4_128_MD5 (0x0004)")
    );
    assert_eq!(value(3, "certificate_types"), Some("2 types"));
    assert_eq!(value(3, "certificate_types/dss_sign"), Some("dss_sign (2)"));
    assert_eq!(value(5, "description"), Some("no_certificate (41)"));
    // SSL 3.0 has no length before it.
    assert_eq!(
        value(6, "encrypted_pre_master_secret"),
        Some("09090909090909090909090909090909... (128 bytes)")
    );
    assert!(told.messages[8].encrypted && told.messages[8].bytes.0.is_empty());
    assert_eq!(told.key_schedule.version.as_deref(), Some("SSL 3.0"));
}
