use super::*;
use crate::testing::*;

fn facts(script: &Script) -> Facts {
    gather(&script.messages, script.parties)
}

fn chip(facts: &Facts, name: ChipName) -> (ChipState, &str, Option<usize>, Option<&str>) {
    let chip = facts.chips.iter().find(|c| c.name == name).unwrap();
    (chip.state, &chip.label, chip.message, chip.field.as_deref())
}

/// Every chip's field is there, so that its link leads somewhere.
fn assert_links_hold(script: &Script, facts: &Facts) {
    for chip in &facts.chips {
        let Some(path) = &chip.field else { continue };
        let message = &script.messages[chip.message.unwrap()];
        assert!(message.field(path).is_some(), "{path} in {}", message.kind);
    }
}

#[test]
fn a_full_handshake_of_tls13_has_its_facts() {
    let script = modern(Parties::ORIGIN_LEG);
    let facts = facts(&script);
    assert_links_hold(&script, &facts);
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    assert_eq!(text(&facts.version), "TLS 1.3");
    assert_eq!(text(&facts.cipher_suite), "TLS_AES_256_GCM_SHA384");
    assert_eq!(text(&facts.group), "X25519MLKEM768");
    assert_eq!(text(&facts.alpn), "h2");
    assert_eq!(text(&facts.server_name), "example.com");
    assert_eq!(text(&facts.signature_scheme), "ecdsa_secp256r1_sha256");
    assert_eq!(facts.handshake_us, Some(8000));
    assert_eq!(facts.round_trips, Some(1));
    assert_eq!(text(&facts.ja3s), "15af977ce25de452b96affa2addb1036");
    assert!(text(&facts.ja4).starts_with("t13d0707h2_"), "{:?}", facts.ja4);
    assert_eq!(facts.resumption, Some(Resumption::Full));
    let labels: Vec<_> = facts.chips.iter().map(|c| &c.label[..]).collect();
    assert_eq!(
        labels,
        [
            "forward secret",
            "post-quantum",
            "AEAD",
            "full handshake",
            "no 0-RTT",
            "no client certificate",
            "no ECH"
        ]
    );
    assert_eq!(
        facts.chips[1].why,
        "key_share X25519MLKEM768: it joins ML-KEM-768, which no quantum computer is known to break, with x25519; \
         whoever wants the keys must break both."
    );
    assert_eq!(
        chip(&facts, ChipName::PostQuantum),
        (
            ChipState::Yes,
            "post-quantum",
            Some(1),
            Some("extensions/key_share/server_share/group")
        )
    );
}

#[test]
fn rsa_key_exchange_is_not_forward_secret() {
    let script = tls12(Parties::PASSED, 0x009c);
    let facts = facts(&script);
    assert_links_hold(&script, &facts);
    assert_eq!(facts.version.as_deref(), Some("TLS 1.2"));
    assert_eq!(facts.group, None);
    assert_eq!(facts.signature_scheme, None);
    assert_eq!(facts.round_trips, Some(2));
    let (state, label, message, field) = chip(&facts, ChipName::ForwardSecrecy);
    assert_eq!((state, label), (ChipState::No, "not forward secret"));
    assert_eq!((message, field), (Some(1), Some("cipher_suite")));
    assert_eq!(
        facts.chips[0].why,
        "cipher_suite TLS_RSA_WITH_AES_128_GCM_SHA256: the client sends the secret encrypted to the server's RSA key. \
         Who records this connection and gets that private key later can read all of it."
    );
    assert_eq!(chip(&facts, ChipName::ClientCertificate).0, ChipState::No);
}

#[test]
fn ecdhe_of_tls12_is_forward_secret_and_not_post_quantum() {
    let facts = facts(&tls12(Parties::PASSED, 0xc02f));
    assert_eq!(facts.group.as_deref(), Some("secp256r1"));
    assert_eq!(facts.signature_scheme.as_deref(), Some("rsa_pss_rsae_sha256"));
    assert_eq!(chip(&facts, ChipName::ForwardSecrecy).0, ChipState::Yes);
    assert_eq!(
        chip(&facts, ChipName::PostQuantum),
        (ChipState::No, "not post-quantum", Some(3), Some("named_curve"))
    );
}

/// A resumption of TLS 1.3 in which 0-RTT data was offered.
fn resumption13(share: bool, early: bool) -> Script {
    let identity = [vector(2, &[3; 200]), vec![0; 4]].concat();
    let offer = [vector(2, &identity), vector(2, &vector(1, &[4; 32]))].concat();
    let hello = client_hello(
        &[],
        &[0x1301],
        &[
            extension(43, &numbers(1, &[0x0304])),
            extension(42, &[]),
            shares(&[crate::testing::share(29, 32)]),
            extension(41, &offer),
        ],
    );
    let mut answer = vec![extension(43, &[3, 4]), extension(41, &[0, 0])];
    if share {
        answer.push(extension(51, &crate::testing::share(29, 32)));
    }
    let taken = if early { extension(42, &[]) } else { Vec::new() };
    Script::new(Parties::ORIGIN_LEG)
        .client(MessageKind::ClientHello, &hello)
        .server(MessageKind::ServerHello, &server_hello(&[], 0x1301, &answer))
        .server(MessageKind::EncryptedExtensions, &vector(2, &taken))
        .server(MessageKind::Finished, &[6; 32])
        .client(MessageKind::Finished, &[6; 32])
}

#[test]
fn resumption_and_early_data_are_told_apart() {
    let script = resumption13(true, true);
    let fresh = facts(&script);
    assert_links_hold(&script, &fresh);
    assert_eq!(fresh.resumption, Some(Resumption::PskDhe));
    assert_eq!(fresh.round_trips, Some(0));
    assert_eq!(chip(&fresh, ChipName::ForwardSecrecy).0, ChipState::Yes);
    assert_eq!(chip(&fresh, ChipName::Resumed).1, "resumed");
    assert_eq!(
        chip(&fresh, ChipName::EarlyData),
        (
            ChipState::Yes,
            "0-RTT offered, accepted",
            Some(2),
            Some("extensions/early_data")
        )
    );

    let bare = facts(&resumption13(false, false));
    assert_eq!(bare.resumption, Some(Resumption::Psk));
    assert_eq!(bare.round_trips, Some(1));
    assert_eq!(
        chip(&bare, ChipName::ForwardSecrecy),
        (
            ChipState::No,
            "not forward secret",
            Some(1),
            Some("extensions/pre_shared_key")
        )
    );
    assert_eq!(chip(&bare, ChipName::EarlyData).1, "0-RTT offered, refused");
    assert_eq!(chip(&bare, ChipName::PostQuantum).0, ChipState::Unknown);
}

#[test]
fn a_session_of_tls12_is_resumed_by_id_or_by_ticket() {
    let script = |ticket: &[u8]| {
        let hello = client_hello(&[5; 32], &[0xc02f], &[extension(35, ticket)]);
        Script::new(Parties::PASSED)
            .client(MessageKind::ClientHello, &hello)
            .server(MessageKind::ServerHello, &server_hello(&[5; 32], 0xc02f, &[]))
            .server(MessageKind::ChangeCipherSpec, &[1])
            .server(MessageKind::Finished, &[6; 12])
            .client(MessageKind::ChangeCipherSpec, &[1])
            .client(MessageKind::Finished, &[6; 12])
    };
    let by_id = facts(&script(&[]));
    assert_eq!(by_id.resumption, Some(Resumption::SessionId));
    assert_eq!(by_id.round_trips, Some(1));
    assert_eq!(chip(&by_id, ChipName::ForwardSecrecy).0, ChipState::Unknown);
    let by_ticket = facts(&script(&[3; 180]));
    assert_eq!(by_ticket.resumption, Some(Resumption::SessionTicket));
    assert_eq!(chip(&by_ticket, ChipName::Resumed).1, "resumed by ticket");
}

#[test]
fn a_client_certificate_is_asked_and_given_or_not() {
    let asked = |certificates| {
        let request = [&[0][..], &vector(2, &extension(13, &numbers(2, &[0x0403])))].concat();
        let mut script = modern(Parties::ORIGIN_LEG);
        script.messages.truncate(4);
        script
            .server(MessageKind::CertificateRequest, &request)
            .server(MessageKind::Finished, &[6; 48])
            .client(MessageKind::Certificate, &chain(certificates))
    };
    let label = |script| chip(&facts(&script), ChipName::ClientCertificate).1.to_owned();
    assert_eq!(label(asked(0)), "asked, none given");
    assert_eq!(label(asked(1)), "client certificate given");
    let mut unseen = modern(Parties::PASSED);
    unseen.messages.truncate(2);
    assert_eq!(label(unseen), "client certificate unknown");
}

#[test]
fn nothing_said_makes_no_facts() {
    assert_eq!(facts(&Script::new(Parties::DIRECT)), Facts::default());
    let hello = Script::new(Parties::DIRECT).client(MessageKind::ClientHello, &modern_hello());
    let facts = facts(&hello);
    assert_eq!(facts.version, None);
    assert_eq!(facts.server_name.as_deref(), Some("example.com"));
    assert_eq!(facts.chips[0].why, "There is no ServerHello that decides it.");
}

#[test]
fn of_ech_no_more_is_told_than_can_be_known() {
    // outer, HKDF-SHA256 and AES-128-GCM, a config, a key and a payload.
    let outer = [
        &[0, 0, 1, 0, 1, 9][..],
        &vector(2, &[7; 32]),
        &vector(2, &[8; 40]),
    ]
    .concat();
    let versions = extension(43, &numbers(1, &[0x0304, 0x0303]));
    let hello = client_hello(
        &[5; 32],
        &[0x1301, 0xc02f],
        &[versions, extension(0xfe0d, &outer)],
    );
    let offered = || Script::new(Parties::PASSED).client(MessageKind::ClientHello, &hello);
    let ech = |script: &Script| {
        let facts = facts(script);
        assert_links_hold(script, &facts);
        let chip = facts
            .chips
            .iter()
            .find(|chip| chip.name == ChipName::Ech)
            .unwrap();
        (chip.label.clone(), chip.why.clone())
    };
    let (label, why) = ech(&offered());
    assert_eq!(label, "ECH or GREASE");
    assert!(why.ends_with("only the two ends can tell."), "{why}");

    let answer = [extension(43, &[3, 4]), extension(51, &share(29, 32))];
    let tls13 = server_hello(&[5; 32], 0x1301, &answer);
    let (label, why) = ech(&offered().server(MessageKind::ServerHello, &tls13));
    assert_eq!(label, "ECH or GREASE");
    assert!(
        why.ends_with("which only somebody who knows the inner hello can check."),
        "{why}"
    );

    let silent = offered()
        .server(MessageKind::ServerHello, &tls13)
        .server(MessageKind::EncryptedExtensions, &vector(2, &[]));
    assert!(
        ech(&silent)
            .1
            .ends_with("it accepted, or it doesn't know ECH at all.")
    );

    let tls12 = offered().server(MessageKind::ServerHello, &server_hello(&[1; 32], 0xc02f, &[]));
    assert_eq!(ech(&tls12).0, "ECH passed over");
}

#[test]
fn a_server_hello_without_anything_that_keys_come_of_is_told_as_such() {
    let hello = client_hello(&[], &[0x1301], &[extension(43, &[2, 3, 4])]);
    let answer = server_hello(&[], 0x1301, &[extension(43, &[3, 4])]);
    let script = Script::new(Parties::ORIGIN_LEG)
        .client(MessageKind::ClientHello, &hello)
        .server(MessageKind::ServerHello, &answer);
    let facts = facts(&script);
    assert_links_hold(&script, &facts);
    for (name, label) in [
        (ChipName::ForwardSecrecy, "forward secrecy unknown"),
        (ChipName::PostQuantum, "post-quantum unknown"),
    ] {
        let told = chip(&facts, name);
        assert_eq!(told, (ChipState::Unknown, label, Some(1), Some("extensions")));
    }
}
