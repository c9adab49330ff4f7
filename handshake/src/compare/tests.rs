use super::*;
use crate::testing::*;
use crate::{KeySchedule, MessageKind};

fn leg(script: Script) -> Handshake {
    Handshake {
        facts: crate::facts::gather(&script.messages, script.parties),
        messages: script.messages,
        records: Vec::new(),
        problems: Vec::new(),
        key_schedule: KeySchedule::default(),
        failure: None,
        left_out: 0,
    }
}

/// A client of TLS 1.2 that knows no post-quantum group, before Handlens.
fn old_client() -> Handshake {
    let hello = client_hello(
        &[],
        &[0xc02f, 0xc013],
        &[
            server_name("example.com"),
            extension(10, &numbers(2, &[23])),
            extension(13, &numbers(2, &[0x0401, 0x0804])),
        ],
    );
    leg(Script::new(Parties::CLIENT_LEG)
        .client(MessageKind::ClientHello, &hello)
        .server(MessageKind::ServerHello, &server_hello(&[], 0xc02f, &[])))
}

fn find<'a>(comparison: &'a Comparison, aspect: &str) -> &'a Change {
    comparison
        .rows
        .iter()
        .find(|row| row.aspect == aspect)
        .expect("the aspect")
}

fn outcomes(comparison: &Comparison) -> Vec<String> {
    let reasons = comparison.masking.reasons.iter();
    reasons.map(|r| format!("{} {}", r.aspect, r.outcome)).collect()
}

#[test]
fn two_legs_alike_are_the_same_in_all_but_who_speaks() {
    let comparison = compare(
        &leg(modern(Parties::CLIENT_LEG)),
        &leg(modern(Parties::ORIGIN_LEG)),
    )
    .unwrap();
    assert!(comparison.rows.iter().all(|row| row.same && row.note.is_none()));
    let aspects: Vec<_> = comparison.rows.iter().map(|row| &row.aspect[..]).collect();
    assert_eq!(
        aspects,
        [
            "server_name",
            "versions",
            "cipher_suites",
            "groups",
            "key_shares",
            "signature_schemes",
            "alpn",
            "extensions",
            "order",
            "ja4",
            "server_version",
            "server_cipher_suite",
            "server_group",
            "server_signature_scheme",
            "server_alpn",
            "server_extensions"
        ]
    );
    assert_eq!(comparison.masking.verdict, "same");
    assert_eq!(
        comparison.masking.text,
        "Without Handlens, this client could have agreed on the same with this origin: it offers all that the origin \
         chose."
    );
    assert_eq!(
        outcomes(&comparison),
        [
            "version same",
            "suite same",
            "group same",
            "certificate same",
            "name same"
        ]
    );
}

#[test]
fn an_old_client_would_have_fared_worse() {
    let comparison = compare(&old_client(), &leg(modern(Parties::ORIGIN_LEG))).unwrap();
    assert_eq!(comparison.masking.verdict, "worse");
    assert_eq!(
        comparison.masking.text,
        "Without Handlens, this client would have fared worse. The origin chose TLS 1.3, and the client speaks TLS 1.2 \
         at best."
    );
    assert_eq!(
        outcomes(&comparison),
        [
            "version worse",
            "suite unknown",
            "group worse",
            "certificate worse",
            "name same"
        ]
    );
    let versions = find(&comparison, "versions");
    assert_eq!(versions.client, ["TLS 1.2"]);
    assert_eq!(versions.handlens, ["TLS 1.3", "TLS 1.2"]);
    assert_eq!(
        versions.note.as_deref(),
        Some("Handlens alone has TLS 1.3. Handlens speaks TLS 1.3 and TLS 1.2.")
    );
    assert_eq!(
        find(&comparison, "groups").note.as_deref(),
        Some("Handlens alone has X25519MLKEM768 and x25519.")
    );
    assert_eq!(
        find(&comparison, "ja4").note.as_deref(),
        Some("The origin sees the fingerprint of Handlens, not that of the client.")
    );
    assert_eq!(find(&comparison, "server_version").client, ["TLS 1.2"]);
    assert_eq!(find(&comparison, "server_version").handlens, ["TLS 1.3"]);
}

#[test]
fn a_client_with_a_certificate_would_have_fared_better() {
    let request = [&[0][..], &vector(2, &extension(13, &numbers(2, &[0x0403])))].concat();
    let origin = leg(modern(Parties::ORIGIN_LEG).server(MessageKind::CertificateRequest, &request));
    let comparison = compare(&leg(modern(Parties::CLIENT_LEG)), &origin).unwrap();
    assert_eq!(comparison.masking.verdict, "better");
    assert_eq!(
        comparison.masking.text,
        "Without Handlens, this client would have fared better. The origin asks for a client certificate. Handlens \
         cannot show the client's; the client alone might have shown one."
    );
}

#[test]
fn a_bad_chain_that_was_let_pass_is_worse_for_the_client_alone() {
    let mut comparison = compare(
        &leg(modern(Parties::CLIENT_LEG)),
        &leg(modern(Parties::ORIGIN_LEG)),
    )
    .unwrap();
    comparison.masking.add_override();
    assert_eq!(comparison.masking.verdict, "worse");
    assert_eq!(
        outcomes(&comparison).last().map(String::as_str),
        Some("certificate worse")
    );
}

#[test]
fn a_client_that_names_no_host_is_told() {
    let hello = client_hello(&[], &[0x1302], &[extension(43, &numbers(1, &[0x0304]))]);
    let client = leg(Script::new(Parties::CLIENT_LEG).client(MessageKind::ClientHello, &hello));
    let comparison = compare(&client, &leg(modern(Parties::ORIGIN_LEG))).unwrap();
    assert_eq!(
        find(&comparison, "server_name").note.as_deref(),
        Some("The client names no host; Handlens names the one of the target.")
    );
    assert!(outcomes(&comparison).contains(&"name worse".into()));
    assert!(
        !comparison
            .rows
            .iter()
            .any(|row| row.aspect.starts_with("server_v"))
    );
}

#[test]
fn without_an_answer_or_a_hello_nothing_is_claimed() {
    let silent = leg(Script::new(Parties::ORIGIN_LEG).client(MessageKind::ClientHello, &modern_hello()));
    let comparison = compare(&leg(modern(Parties::CLIENT_LEG)), &silent).unwrap();
    assert_eq!(comparison.masking.verdict, "unknown");
    assert_eq!(compare(&leg(Script::new(Parties::CLIENT_LEG)), &silent), None);
}

#[test]
fn a_suite_that_was_not_offered_is_weighed_by_those_that_were() {
    let judged = |chosen: u16, offered: &[u16]| {
        let answer = server_hello(&[], chosen, &[]);
        let leg_of = |parties, suites: &[u16]| {
            leg(Script::new(parties)
                .client(MessageKind::ClientHello, &client_hello(&[], suites, &[]))
                .server(MessageKind::ServerHello, &answer))
        };
        let told = compare(
            &leg_of(Parties::CLIENT_LEG, offered),
            &leg_of(Parties::ORIGIN_LEG, &[chosen]),
        );
        outcomes(&told.unwrap())
            .into_iter()
            .find_map(|outcome| Some(outcome.strip_prefix("suite ")?.to_owned()))
    };
    let outcome = |chosen, offered: &[u16]| judged(chosen, offered).unwrap();
    assert_eq!(outcome(0xc02f, &[0xc02f]), "same");
    assert_eq!(outcome(0xc02f, &[0xc030, 0xcca8, 0x00ff]), "same");
    assert_eq!(outcome(0xc02f, &[0xc013, 0x002f]), "worse");
    assert_eq!(outcome(0xc02f, &[0xc030, 0x002f]), "unknown");
    assert_eq!(outcome(0xc02f, &[0x1301]), "unknown");
}
