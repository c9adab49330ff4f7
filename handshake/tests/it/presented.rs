//! What a server showed of itself: its chain, and what came beside it.

use handshake::{Dissector, Late, MessageKind, Parties, Secrets, Side};

use crate::fixture::Fixture;

/// A list of one timestamp that is none.
const SCTS: &[u8] = &[0, 3, 0, 1, 7];

#[test]
fn the_chain_that_the_server_showed_is_told_in_both_versions() {
    for (name, count) in [
        ("openssl-tls12-client-certificate", 2),
        ("openssl-tls13-client-certificate", 2),
        ("openssl-tls13-resumed", 0),
    ] {
        let handshake = Fixture::load(name).dissect();
        let chain = handshake.presented_certificates();
        assert_eq!(chain.len(), count, "{name}");
        let first = handshake
            .messages
            .iter()
            .find(|m| m.kind == MessageKind::Certificate);
        assert_eq!(
            chain,
            first.map_or_else(Vec::new, handshake::Message::certificates),
            "{name}"
        );
    }
}

#[test]
fn the_staple_that_came_beside_the_chain_is_told_in_both_versions() {
    for name in ["openssl-tls12-status", "openssl-tls13-status"] {
        let handshake = Fixture::load(name).dissect();
        let presented = handshake.presented();
        assert_eq!(presented.certificates, handshake.presented_certificates());
        let length = usize::from(presented.ocsp[2]) << 8 | usize::from(presented.ocsp[3]);
        assert_eq!(
            (&presented.ocsp[..2], presented.ocsp.len()),
            (&[0x30, 0x82][..], 4 + length),
            "{name}"
        );
        assert!(presented.scts.is_empty());
    }
    let none = Fixture::load("openssl-tls13-resumed").dissect().presented();
    assert_eq!(none, handshake::Presented::default());
}

#[test]
fn the_timestamps_that_came_in_the_server_hello_are_told() {
    let mut fixture = Fixture::load("openssl-tls12-status");
    let (_, _, bytes) = fixture
        .chunks
        .iter_mut()
        .find(|(side, ..)| *side == Side::Server)
        .unwrap();
    let extension = [&[0, 18, 0, 5], SCTS].concat();
    // Behind the headers of record and message: version, random, session id, suite, compression.
    let list = 9 + 2 + 32 + 1 + usize::from(bytes[43]) + 2 + 1;
    let end = 9 + (usize::from(bytes[7]) << 8 | usize::from(bytes[8]));
    for at in [3, 7, list] {
        let length = u16::from_be_bytes([bytes[at], bytes[at + 1]]) + 9;
        bytes[at..at + 2].copy_from_slice(&length.to_be_bytes());
    }
    bytes.splice(end..end, extension);
    assert_eq!(fixture.dissect().presented().scts, SCTS);
}

#[test]
fn the_timestamps_that_came_with_the_certificate_are_told() {
    let fixture = Fixture::load("openssl-tls13");
    let mut dissector = Dissector::new(Parties::DIRECT, Secrets::new());
    for (side, at_us, bytes) in &fixture.chunks[..2] {
        dissector.feed(*side, *at_us, bytes);
    }
    let extensions = [&[0, 9, 0, 18, 0, 5], SCTS].concat();
    let entry = [&[0, 0, 1, 0x30][..], &extensions].concat();
    let certificate = [&[11, 0, 0, 19, 0, 0, 0, 15][..], &entry].concat();
    dissector.feed_late(&Late {
        side: Side::Server,
        at_us: 1,
        content_type: 22,
        bytes: &certificate,
    });
    let presented = dissector.finish().presented();
    assert_eq!(
        (presented.certificates, presented.scts),
        (vec![vec![0x30]], SCTS.to_vec())
    );
}
