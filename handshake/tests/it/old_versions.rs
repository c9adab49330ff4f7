//! What came before TLS 1.2. SSL 3.0, which no program at hand speaks any more, is hand-made, as far as its bytes show.

use handshake::{Dissector, Handshake, MessageKind, Parties, Secrets, Side, dissect_in_full};

use crate::fixture::Fixture;

/// TLS 1.0 to 1.2 under CBC: with AES and Triple DES, the MAC inside and outside.
const CBC: [&str; 8] = [
    "openssl-tls10",
    "openssl-tls10-mac-inside",
    "openssl-tls11",
    "openssl-tls11-ecdsa",
    "openssl-tls12-cbc-mac-inside",
    "gnutls-tls10-3des",
    "gnutls-tls11-3des",
    "gnutls-tls12-3des",
];

#[test]
fn what_is_sealed_under_cbc_is_opened_and_both_finished_are_right() {
    for name in CBC {
        let told = Fixture::load(name).dissect();
        assert_eq!(told.problems, [], "{name}");
        let finished = told.messages.iter().filter(|m| m.kind == MessageKind::Finished);
        let verified: Vec<_> = finished
            .map(|m| (m.encrypted, m.bytes.0.len(), m.verified))
            .collect();
        assert_eq!(verified, [(true, 16, Some(true)); 2], "{name}");
        // A record behind another: its vector and its sequence number follow from the first.
        let alerts = told.messages.iter().filter(|m| m.kind == MessageKind::Alert);
        for alert in alerts {
            let description = alert.field("description").map(|f| &f.value[..]);
            assert_eq!(description, Some("close_notify (0)"), "{name}");
        }
    }
}

#[test]
fn a_finished_of_tls_1_0_that_was_tampered_with_does_not_open() {
    let mut fixture = Fixture::load("openssl-tls10-mac-inside");
    let (_, _, bytes) = fixture
        .chunks
        .iter_mut()
        .rfind(|(side, _, bytes)| *side == Side::Client && bytes.windows(3).any(|w| w == [20, 3, 1]))
        .unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    let told = fixture.dissect();
    let text = "from the client: a sealed record does not open with the secret that is known";
    assert!(
        told.problems.iter().any(|problem| problem.text == text),
        "{:?}",
        told.problems
    );
    let finished = told
        .messages
        .iter()
        .find(|m| m.kind == MessageKind::Finished)
        .unwrap();
    assert_eq!((finished.bytes.0.len(), finished.verified), (0, None));
}

#[test]
fn signatures_before_tls_1_2_are_checked_where_they_are_of_ecdsa() {
    let told = |name| {
        let fixture = Fixture::load(name);
        dissect_in_full(&fixture.captured(fixture.secrets()), Parties::DIRECT)
    };
    let ecdsa = told("openssl-tls11-ecdsa");
    for kind in [MessageKind::ServerKeyExchange, MessageKind::CertificateVerify] {
        let message = ecdsa.messages.iter().find(|m| m.kind == kind).unwrap();
        assert_eq!(message.verified, Some(true), "{}", message.story.here);
    }
    let rsa = told("openssl-tls10");
    let message = rsa
        .messages
        .iter()
        .find(|m| m.kind == MessageKind::ServerKeyExchange)
        .unwrap();
    assert_eq!(message.verified, None);
    assert!(
        message.story.here.ends_with(
            "Whether the signature holds was not checked: it is of RSA over MD5 and SHA-1 together, which is not checked \
             here."
        ),
        "{}",
        message.story.here
    );
}

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
