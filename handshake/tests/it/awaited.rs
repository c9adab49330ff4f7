//! Whose turn it is, at every point of a handshake.

use handshake::{Dissector, MessageKind, Parties, Secrets, Side};

use crate::fixture::Fixture;

/// Alone in its record.
const CHANGE_CIPHER_SPEC: &[u8] = &[20, 3, 3, 0, 1, 1];

/// Who is waited for after each chunk of a handshake that is not over, and who did speak next.
fn turns(fixture: &Fixture, secrets: Secrets) -> Vec<(Side, Side)> {
    let mut dissector = Dissector::new(Parties::DIRECT, secrets);
    let mut finished = 0;
    let mut turns = Vec::new();
    let chunks = &fixture.chunks;
    for ((side, at_us, bytes), (next, _, said)) in chunks.iter().zip(&chunks[1..]) {
        dissector.feed(*side, *at_us, bytes);
        let mut is_refused = false;
        while let Some(message) = dissector.next_message() {
            finished += usize::from(message.kind == MessageKind::Finished);
            is_refused |= message.kind == MessageKind::Alert;
        }
        if is_refused || finished == 2 {
            break;
        }
        // TLS 1.3's waits for nobody.
        if said != CHANGE_CIPHER_SPEC {
            turns.push((dissector.awaited(), *next));
        }
    }
    turns
}

#[test]
fn who_is_waited_for_speaks_next() {
    let mut seen = 0;
    for fixture in Fixture::all() {
        // Early data waits for nobody.
        if fixture.name.contains("early-data") {
            continue;
        }
        for (awaited, spoke) in turns(&fixture, fixture.secrets()) {
            assert_eq!(awaited, spoke, "{}", fixture.name);
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
}

#[test]
fn who_is_in_the_middle_of_something_is_waited_for() {
    let fixture = Fixture::load("openssl-tls12-ecdhe-rsa-chacha");
    let (_, _, hello) = &fixture.chunks[0];
    let mut dissector = Dissector::new(Parties::DIRECT, Secrets::new());
    assert_eq!(dissector.awaited(), Side::Client);
    let (first, last) = hello.split_at(hello.len() - 1);
    for (bytes, awaited) in [(first, Side::Client), (last, Side::Server)] {
        dissector.feed(Side::Client, 0, bytes);
        assert_eq!(dissector.awaited(), awaited);
    }
    // A server that has said its hello goes on with its certificate.
    let (_, _, answer) = &fixture.chunks[1];
    let hello = 5 + usize::from(u16::from_be_bytes([answer[3], answer[4]]));
    for (bytes, awaited) in [(&answer[..hello], Side::Server), (&answer[hello..], Side::Client)] {
        dissector.feed(Side::Server, 1, bytes);
        assert_eq!(dissector.awaited(), awaited);
    }
}

#[test]
fn behind_sealed_messages_of_the_server_the_client_is_waited_for() {
    let fixture = Fixture::load("openssl-tls13");
    for (awaited, spoke) in &turns(&fixture, Secrets::new())[..2] {
        assert_eq!(awaited, spoke);
    }
}
