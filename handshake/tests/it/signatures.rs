//! The signatures of the captures hold with the keys of the certificates that were shown, and no others do.

use handshake::{Captured, Chunk, Handshake, Message, MessageKind, Parties, Secrets, Side, dissect_in_full};

use crate::fixture::Fixture;

fn in_full(fixture: &Fixture) -> Handshake {
    dissect_in_full(&fixture.captured(fixture.secrets()), Parties::DIRECT)
}

fn is_signed(message: &&Message) -> bool {
    match message.kind {
        MessageKind::CertificateVerify => true,
        MessageKind::ServerKeyExchange => message.field("signature").is_some(),
        _ => false,
    }
}

#[test]
fn every_signature_of_every_capture_holds() {
    let mut schemes = Vec::new();
    for fixture in Fixture::all() {
        for message in in_full(&fixture).messages.iter().filter(is_signed) {
            let here = &message.story.here;
            match message.field("algorithm") {
                Some(algorithm) => {
                    assert_eq!(message.verified, Some(true), "{}: {here}", fixture.name);
                    assert!(here.contains(" The signature holds: "), "{here}");
                    schemes.push(algorithm.value.clone());
                }
                // Before TLS 1.2 it is always made over SHA-1.
                None if fixture.name.ends_with("-ecdsa") => {
                    assert_eq!(message.verified, Some(true), "{}: {here}", fixture.name);
                }
                None => {
                    assert_eq!(message.verified, None, "{}: {here}", fixture.name);
                    assert!(
                        here.ends_with(
                            "it is of RSA over MD5 and SHA-1 together, which is not checked here."
                        ),
                        "{here}"
                    );
                }
            }
        }
    }
    schemes.sort();
    schemes.dedup();
    let expected = [
        "ecdsa_secp256r1_sha256 (0x0403)",
        "ed25519 (0x0807)",
        "rsa_pss_rsae_sha256 (0x0804)",
    ];
    for scheme in expected {
        assert!(
            schemes.iter().any(|found| found == scheme),
            "{scheme} is not among {schemes:?}"
        );
    }
}

#[test]
fn a_client_proves_itself_in_both_versions() {
    for name in [
        "openssl-tls13-client-certificate",
        "openssl-tls12-client-certificate",
    ] {
        let handshake = in_full(&Fixture::load(name));
        let client = handshake.messages.iter().find(|m| {
            m.kind == MessageKind::CertificateVerify
                && Some(m.from) == handshake.messages.first().map(|m| m.from)
        });
        assert_eq!(client.and_then(|m| m.verified), Some(true), "{name}");
        assert!(
            client
                .unwrap()
                .story
                .here
                .ends_with(" The signature holds: the client has the private key of its certificate.")
        );
    }
}

/// In TLS 1.2 the key exchange passes in the clear, so anybody could change it.
#[test]
fn a_key_that_was_changed_on_the_way_does_not_verify() {
    let mut fixture = Fixture::load("openssl-tls12-ecdhe-ecdsa");
    let told = in_full(&fixture);
    let exchange = told
        .messages
        .iter()
        .find(|m| m.kind == MessageKind::ServerKeyExchange)
        .unwrap();
    let public = exchange.content(exchange.field("public").unwrap()).to_vec();
    for (_, _, bytes) in &mut fixture.chunks {
        if let Some(at) = bytes.windows(public.len()).position(|window| window == public) {
            bytes[at + 5] ^= 1;
        }
    }
    let told = in_full(&fixture);
    let exchange = told
        .messages
        .iter()
        .find(|m| m.kind == MessageKind::ServerKeyExchange)
        .unwrap();
    assert_eq!(exchange.verified, Some(false));
    assert!(
        exchange
            .story
            .here
            .ends_with(" The signature does not hold with the key of the certificate.")
    );
}

#[test]
fn the_transcript_of_a_retry_begins_with_a_hash() {
    let handshake = in_full(&Fixture::load("openssl-tls13-hello-retry"));
    assert!(
        handshake
            .messages
            .iter()
            .any(|m| m.kind == MessageKind::HelloRetryRequest)
    );
    let verify = handshake
        .messages
        .iter()
        .find(|m| m.kind == MessageKind::CertificateVerify);
    assert_eq!(verify.and_then(|m| m.verified), Some(true));
}

/// A leg whose first bytes are missing: what is there cannot be checked, and is not called false.
#[test]
fn what_was_not_seen_from_its_beginning_is_not_checked() {
    let fixture = Fixture::load("openssl-tls12-ecdhe-ecdsa");
    let chunks = fixture.chunks.iter().filter(|(side, ..)| *side == Side::Server);
    let captured = Captured {
        chunks: chunks
            .map(|(side, at_us, bytes)| Chunk {
                side: *side,
                at_us: *at_us,
                bytes,
            })
            .collect(),
        late: Vec::new(),
        secrets: Secrets::new(),
    };
    let told = dissect_in_full(&captured, Parties::PASSED);
    let exchange = told
        .messages
        .iter()
        .find(|m| m.kind == MessageKind::ServerKeyExchange)
        .unwrap();
    assert_eq!(exchange.verified, None);
    assert!(
        exchange
            .story
            .here
            .ends_with("was not checked: a random is not known.")
    );
}
