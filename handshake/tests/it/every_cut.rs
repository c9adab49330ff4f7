//! However the bytes are cut, cut short or changed, nothing panics, and what can be told is told.

use handshake::{Chunk, Dissector, Field, Handshake, MessageKind, Parties, Secrets, Side, dissect};
use proptest::prelude::*;

use crate::fixture::Fixture;

/// What must be the same however the bytes were cut.
fn essence(handshake: &Handshake) -> Vec<(MessageKind, String, Vec<usize>, Option<bool>)> {
    handshake
        .messages
        .iter()
        .map(|m| (m.kind, m.bytes.to_string(), m.records.clone(), m.verified))
        .collect()
}

/// Every field lies within its parent, behind its elder sibling, and together they name every byte.
fn check_ranges(handshake: &Handshake) {
    fn check(fields: &[Field], start: usize, end: usize, what: &str) {
        let mut at = start;
        for field in fields {
            // The fields of a compressed certificate all lie where it does.
            assert!(
                field.start == at || fields.iter().all(|f| (f.start, f.end) == (start, end)),
                "{what}/{}",
                field.name
            );
            assert!(
                field.start + field.prefix <= field.end && field.end <= end,
                "{what}/{}",
                field.name
            );
            at = field.end;
            check(
                &field.fields,
                field.start + field.prefix,
                field.end,
                &format!("{what}/{}", field.name),
            );
        }
        assert!(
            fields.is_empty() || at == end,
            "{what}: bytes {at}..{end} have no name"
        );
    }
    for message in &handshake.messages {
        check(
            &message.fields,
            0,
            message.bytes.0.len(),
            &message.kind.to_string(),
        );
    }
}

#[test]
fn every_byte_of_every_message_has_a_name() {
    for fixture in Fixture::all() {
        check_ranges(&fixture.dissect());
    }
}

#[test]
fn byte_by_byte_the_same_comes_out() {
    for fixture in Fixture::all() {
        let whole = fixture.dissect();
        let mut dissector = Dissector::new(Parties::DIRECT, fixture.secrets());
        let mut yielded = 0;
        for (side, at_us, bytes) in &fixture.chunks {
            for byte in bytes.chunks(1) {
                dissector.feed(*side, *at_us, byte);
                while dissector.next_message().is_some() {
                    yielded += 1;
                }
            }
        }
        let cut = dissector.finish();
        assert_eq!(essence(&whole), essence(&cut), "{}", fixture.name);
        assert_eq!(whole.problems, cut.problems, "{}", fixture.name);
        assert!(yielded <= cut.messages.len());
    }
}

/// A capture that ends anywhere tells a beginning of what the whole one tells.
#[test]
fn every_prefix_tells_a_beginning() {
    // Every one of a short capture; of longer ones a part, which misses no kind of place.
    for (name, step) in [
        ("openssl-tls12-session-id-resumed", 1),
        ("openssl-tls13-resumed", 3),
        ("openssl-tls12-dhe-rsa", 11),
        ("openssl-tls13-client-certificate", 29),
    ] {
        let fixture = Fixture::load(name);
        let (secrets, whole) = (fixture.secrets(), essence(&fixture.dissect()));
        for (index, (side, at_us, bytes)) in fixture.chunks.iter().enumerate() {
            for end in (0..bytes.len()).step_by(step) {
                let mut captured = fixture.captured(secrets.clone());
                captured.chunks.truncate(index);
                captured.chunks.push(Chunk {
                    side: *side,
                    at_us: *at_us,
                    bytes: &bytes[..end],
                });
                let told = dissect(&captured, Parties::DIRECT);
                check_ranges(&told);
                let told = essence(&told);
                // The last one or two may be of what is not whole.
                let sure = told.len().saturating_sub(2);
                assert_eq!(told[..sure], whole[..sure], "{name}, chunk {index} up to {end}");
            }
        }
    }
}

#[test]
fn a_capture_that_ends_inside_a_record_is_a_problem_in_the_handshake_alone() {
    let fixture = Fixture::load("openssl-tls13");
    let problems = |secrets: Secrets, chunks: usize| {
        let mut captured = fixture.captured(secrets);
        captured.chunks.truncate(chunks);
        let last = captured.chunks.last_mut().unwrap();
        last.bytes = &last.bytes[..last.bytes.len() - 1];
        dissect(&captured, Parties::DIRECT).problems
    };
    for secrets in [fixture.secrets(), Secrets::new()] {
        let inside = problems(secrets.clone(), 2);
        assert_eq!(
            inside[0].text,
            "from the server: the bytes end after 73 of a record of 74 bytes"
        );
        assert_eq!(problems(secrets, fixture.chunks.len()), []);
    }
}

/// The secrets of another connection open nothing, and say so.
#[test]
fn wrong_secrets_are_told() {
    let fixture = Fixture::load("openssl-tls13");
    let other = Fixture::load("curl").secrets();
    let told = dissect(&fixture.captured(other), Parties::DIRECT);
    let texts: Vec<_> = told.problems.iter().map(|p| &p.text[..]).collect();
    assert_eq!(
        texts,
        [
            "from the server: a sealed record does not open with the secret that is known",
            "from the client: a sealed record does not open with the secret that is known"
        ]
    );
    assert!(told.messages.iter().any(|m| m.kind == MessageKind::Sealed));
}

/// One bit of a Finished changed inside its seal cannot be made without the key; one bit of the hello can.
#[test]
fn a_hello_changed_on_the_way_is_seen_in_both_finished() {
    let mut fixture = Fixture::load("openssl-tls13");
    let secrets = fixture.secrets();
    // In the client's session id.
    fixture.chunks[0].2[45] ^= 1;
    let told = dissect(&fixture.captured(secrets), Parties::DIRECT);
    let verified: Vec<_> = told.messages.iter().filter_map(|m| m.verified).collect();
    assert_eq!(verified, [false, false]);
}

#[test]
fn an_ssl2_hello_is_known_for_what_it_is() {
    let mut dissector = Dissector::new(Parties::DIRECT, Secrets::new());
    dissector.feed(
        Side::Client,
        0,
        &[0x80, 0x2e, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10, 1, 0, 0x80],
    );
    let told = dissector.finish();
    assert_eq!(
        told.problems[0].text,
        "from the client: a ClientHello in the form of SSL 2.0, which no server of today reads; it offers TLS 1.0 at most"
    );
}

#[test]
fn a_flood_is_bounded_and_that_is_told() {
    let mut dissector = Dissector::new(Parties::DIRECT, Secrets::new());
    let done = [22, 3, 3, 0, 4, 14, 0, 0, 0];
    for _ in 0..5000 {
        dissector.feed(Side::Server, 0, &done);
    }
    let told = dissector.finish();
    assert_eq!((told.messages.len(), told.records.len()), (1024, 4096));
    let texts: Vec<_> = told.problems.iter().map(|p| &p.text[..]).collect();
    assert_eq!(
        texts,
        [
            "from the server: more messages follow than are told",
            "from the server: more records follow than are listed"
        ]
    );
}

fn noise() -> impl Strategy<Value = Vec<(bool, Vec<u8>)>> {
    let record =
        (20u8..25, 0u8..5, prop::collection::vec(any::<u8>(), 0..300)).prop_map(|(kind, minor, body)| {
            let length = u16::try_from(body.len()).unwrap().to_be_bytes();
            [&[kind, 3, minor][..], &length, &body].concat()
        });
    let piece = prop_oneof![prop::collection::vec(any::<u8>(), 0..200), record];
    prop::collection::vec((any::<bool>(), piece), 0..20)
}

proptest! {
    #[test]
    fn noise_never_panics(chunks in noise()) {
        let mut dissector = Dissector::new(Parties::DIRECT, Secrets::new());
        for (server, bytes) in &chunks {
            dissector.feed(if *server { Side::Server } else { Side::Client }, 0, bytes);
        }
        check_ranges(&dissector.finish());
    }

    #[test]
    fn a_capture_with_bytes_changed_never_panics(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let mut names: Vec<_> = ["openssl-tls13", "chromium", "openssl-tls12-dhe-rsa", "openssl-tls13-hello-retry",
            "openssl-tls12-psk", "gnutls-server-client-certificate", "openssl-tls12-client-certificate"].into();
        let mut fixture = Fixture::load(names.swap_remove(which.index(7)));
        let secrets = fixture.secrets();
        for (at, to) in changes {
            let total: usize = fixture.chunks.iter().map(|c| c.2.len()).sum();
            let mut at = at.index(total);
            for (.., bytes) in &mut fixture.chunks {
                if at < bytes.len() {
                    bytes[at] = to;
                    break;
                }
                at -= bytes.len();
            }
        }
        check_ranges(&dissect(&fixture.captured(secrets), Parties::DIRECT));
    }
}
