use super::*;
use crate::testing::*;
use crate::{Field, MessageKind};

fn told(mut script: Script) -> Vec<Message> {
    tell(&mut script.messages, script.parties);
    tell_fields(&mut script.messages, script.parties);
    script.messages
}

/// What the first message of a kind says here.
fn here(messages: &[Message], kind: MessageKind) -> &str {
    let message = messages.iter().find(|m| m.kind == kind);
    message.map_or("", |m| &m.story.here)
}

fn text<'a>(message: &'a Message, path: &str) -> &'a str {
    let field = message.field(path).unwrap_or_else(|| panic!("{path}"));
    field.text.as_deref().unwrap_or_default()
}

#[test]
fn a_handshake_of_tls13_is_told_message_by_message() {
    let messages = told(modern(Parties::ORIGIN_LEG));
    let here: Vec<_> = messages.iter().map(|m| &m.story.here[..]).collect();
    assert_eq!(
        here,
        [
            "Handlens wants example.com, speaks TLS 1.3 and TLS 1.2, and offers 6 cipher suites and key shares of \
             X25519MLKEM768 and x25519. Above TLS it would speak h2 or http/1.1. GREASE stands among its offers: \
             numbers that mean nothing, so that servers stay used to what they don't know.",
            "The origin chose TLS 1.3 and, of the 6 suites that Handlens offered, the second: \
             TLS_AES_256_GCM_SHA384. It answers the key share of X25519MLKEM768, in both of its parts.",
            "The origin sends it for middleboxes on the way; Handlens passes over it.",
            "The origin chose h2 to speak above TLS.",
            "The origin shows 2 certificates; the first is its own.",
            "The origin signed all messages so far by ecdsa_secp256r1_sha256.",
            "The origin closes its part with 48 bytes.",
            "Handlens sends it for middleboxes on the way; the origin passes over it.",
            "Handlens closes its part with 48 bytes. The handshake is over, after 8.0 ms.",
        ]
    );
    assert_eq!(
        messages[5].story.what,
        "A CertificateVerify proves that its sender holds the private key of the certificate that it showed: a \
         signature over every message so far. Signing hides nothing; anyone can check it with the public key."
    );
    assert_eq!(messages[5].story.rfc, "RFC 8446 section 4.4.3");
}

#[test]
fn a_handshake_of_tls12_is_told_in_its_ten_messages() {
    let messages = told(tls12(Parties::PASSED, 0xc02f));
    let here: Vec<_> = messages.iter().map(|m| &m.story.here[..]).collect();
    assert_eq!(
        here,
        [
            "The client wants example.com, speaks TLS 1.2 at best, and offers 2 cipher suites.",
            "The origin chose TLS 1.2 and, of the 2 suites that the client offered, the first: \
             TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.",
            "The origin shows 3 certificates; the first is its own.",
            "The origin sends a fresh key of secp256r1, signed by rsa_pss_rsae_sha256.",
            "The origin has said all it has to say for now, and waits for the client.",
            "The client sends a fresh key of secp256r1 of its own. Now both have what the premaster secret is made of.",
            "What the client sends from here on is sealed.",
            "The client closes its part with 12 bytes.",
            "What the origin sends from here on is sealed.",
            "The origin closes its part with 12 bytes. The handshake is over, after 9.0 ms.",
        ]
    );
}

#[test]
fn a_public_key_encrypts_and_a_private_key_decrypts() {
    let messages = told(tls12(Parties::DIRECT, 0x009c));
    assert_eq!(
        here(&messages, MessageKind::ClientKeyExchange),
        "The client made up the premaster secret and sends it, encrypted to the RSA key in the certificate of the \
         server."
    );
    let exchange = messages
        .iter()
        .find(|m| m.kind == MessageKind::ClientKeyExchange)
        .unwrap();
    assert_eq!(
        exchange.story.what,
        "A ClientKeyExchange of RSA carries a secret that the client made up alone, encrypted to the public key of \
         the server's certificate. Only the private key decrypts it, so to go on is the server's proof that it has \
         that key."
    );
}

#[test]
fn a_diffie_hellman_group_without_a_name_is_told_by_its_bits() {
    let hello = client_hello(&[], &[0x0033], &[]);
    let exchange = [
        vector(2, &[0xff; 128]),
        vector(2, &[2]),
        vector(2, &[1; 128]),
        vec![4, 1],
        vector(2, &[8; 256]),
    ];
    let messages = told(
        Script::new(Parties::PASSED)
            .client(MessageKind::ClientHello, &hello)
            .server(MessageKind::ServerHello, &server_hello(&[1; 32], 0x0033, &[]))
            .server(MessageKind::ServerKeyExchange, &exchange.concat()),
    );
    assert_eq!(
        here(&messages, MessageKind::ServerHello),
        "The origin chose TLS 1.2 and the one suite that the client offered: TLS_DHE_RSA_WITH_AES_128_CBC_SHA."
    );
    assert_eq!(
        messages[2].story.here,
        "The origin sends a fresh Diffie-Hellman key of 1024 bits, signed by rsa_pkcs1_sha256."
    );
    assert_eq!(
        text(&messages[2], "dh_p"),
        "The prime of the Diffie-Hellman group, which the server chose. Below 2048 bits it is too weak. This one has \
         1024 bits."
    );
}

#[test]
fn a_retry_tells_what_is_wanted_and_what_comes() {
    let retry = server_hello(
        &[5; 32],
        0x1301,
        &[extension(43, &[3, 4]), extension(51, &[0, 23])],
    );
    let second = client_hello(
        &[5; 32],
        &[0x1301],
        &[extension(43, &numbers(1, &[0x0304])), shares(&[share(23, 65)])],
    );
    let messages = told(
        Script::new(Parties::CLIENT_LEG)
            .client(MessageKind::ClientHello, &modern_hello())
            .server(MessageKind::HelloRetryRequest, &retry)
            .client(MessageKind::ClientHello, &second),
    );
    assert_eq!(
        messages[1].story.here,
        "Handlens wants a key share of secp256r1, which the client can do but did not send. This costs a round trip."
    );
    assert_eq!(
        messages[2].story.here,
        "The client says its hello again, now with a key share of secp256r1."
    );
    assert!(messages[2].story.what.starts_with("A second ClientHello answers"));
    assert_eq!(
        text(&messages[1], "random"),
        "Not random at all: this fixed value, the SHA-256 of \"HelloRetryRequest\", is what tells it from a ServerHello."
    );
}

#[test]
fn what_follows_a_handshake_is_told() {
    let ticket = |lifetime: u32, extensions: &[u8]| {
        [
            &lifetime.to_be_bytes()[..],
            &[0; 4],
            &vector(1, &[0]),
            &vector(2, &[7; 208]),
            &vector(2, extensions),
        ]
        .concat()
    };
    let early = extension(42, &16384u32.to_be_bytes());
    let messages = told(
        modern(Parties::ORIGIN_LEG)
            .server(MessageKind::NewSessionTicket, &ticket(7200, &early))
            .client(MessageKind::KeyUpdate, &[1])
            .client(MessageKind::Alert, &[1, 0]),
    );
    let here: Vec<_> = messages[9..].iter().map(|m| &m.story.here[..]).collect();
    assert_eq!(
        here,
        [
            "The origin gives Handlens a ticket of 208 bytes, good for 7200 seconds (2 hours). With it Handlens may \
             send up to 16384 bytes of early data.",
            "Handlens moves on to its next keys, and asks the origin to do the same.",
            "Handlens will send nothing more.",
        ]
    );
}

#[test]
fn an_alert_is_told_with_its_meaning() {
    let messages = told(modern(Parties::CLIENT_LEG).client(MessageKind::Alert, &[2, 48]));
    let alert = &messages[9];
    assert_eq!(
        alert.story.here,
        "The client gives up: unknown_ca, the chain ends at an authority that the sender does not trust."
    );
    assert_eq!(
        text(alert, "description"),
        "The chain ends at an authority that the sender does not trust."
    );
}

#[test]
fn a_client_without_a_certificate_says_so() {
    let messages = told(modern(Parties::ORIGIN_LEG).client(MessageKind::Certificate, &chain(0)));
    assert_eq!(
        messages[9].story.here,
        "Handlens has no certificate to show: the list is empty."
    );
}

#[test]
fn a_finished_that_was_checked_says_so() {
    let mut script = modern(Parties::CLIENT_LEG);
    script.messages[6].verified = Some(true);
    assert_eq!(
        here(&told(script), MessageKind::Finished),
        "Handlens closes its part with 48 bytes. Handlens computed the same from the bytes seen: nothing was changed \
         on the way."
    );
}

#[test]
fn values_that_teach_are_told() {
    let messages = told(modern(Parties::CLIENT_LEG));
    let hello = &messages[0];
    assert_eq!(
        text(hello, "legacy_version"),
        "Frozen since TLS 1.3, because servers of old broke on higher numbers. What the client speaks stands in \
         supported_versions."
    );
    assert_eq!(
        text(hello, "cipher_suites/TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        "Fresh Diffie-Hellman keys on a curve, a server with an RSA certificate; sealed by AES-128-GCM."
    );
    assert_eq!(
        text(
            hello,
            "extensions/supported_groups/named_group_list/X25519MLKEM768"
        ),
        "A hybrid: ML-KEM-768 and x25519, of which an attacker must break both. So a quantum computer of tomorrow \
         cannot read what is recorded today."
    );
    assert_eq!(
        text(
            hello,
            "extensions/signature_algorithms/supported_signature_algorithms/rsa_pkcs1_sha256"
        ),
        "RSA in its padding of old (PKCS #1 v1.5). TLS 1.3 takes it inside certificates alone."
    );
    assert_eq!(
        text(&messages[1], "legacy_session_id_echo"),
        "What the client sent as legacy_session_id, sent back. It means nothing more."
    );
}

#[test]
fn a_downgrade_leaves_its_mark_in_the_random() {
    let mut body = server_hello(&[1; 32], 0xc02f, &[]);
    body[26..34].copy_from_slice(b"DOWNGRD\x01");
    let messages = told(
        Script::new(Parties::PASSED)
            .client(MessageKind::ClientHello, &modern_hello())
            .server(MessageKind::ServerHello, &body),
    );
    assert_eq!(
        text(&messages[1], "random"),
        "32 fresh random bytes of the server's own. Both randoms go into the keys. It ends with \"DOWNGRD\" and a 1: \
         the server speaks TLS 1.3 and was asked for TLS 1.2 at most. A client that did offer TLS 1.3 would see in it \
         that somebody changed its hello."
    );
}

#[test]
fn every_field_has_its_sentence_and_its_rfc() {
    fn assert_told(fields: &[Field], path: &str) {
        for field in fields {
            let path = format!("{path}/{}", field.name);
            assert!(field.text.is_some(), "{path} has no text");
            assert!(field.rfc.is_some(), "{path} has no RFC");
            assert_told(&field.fields, &path);
        }
    }
    for script in [
        modern(Parties::CLIENT_LEG),
        tls12(Parties::PASSED, 0xc02f),
        tls12(Parties::PASSED, 0x009c),
    ] {
        for message in told(script) {
            assert_told(&message.fields, &message.kind.to_string());
        }
    }
}

#[test]
fn no_two_terms_are_for_the_same_field() {
    let mut seen = std::collections::HashSet::new();
    for term in glossary() {
        assert!(
            seen.insert((term.name, term.within)),
            "{} in {}",
            term.name,
            term.within
        );
        assert!(term.text.ends_with('.'), "{}", term.text);
        assert!(
            term.rfc.contains(' ') || term.rfc.starts_with("draft-"),
            "{}",
            term.rfc
        );
    }
}
