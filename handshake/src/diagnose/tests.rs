use super::*;
use crate::testing::*;

fn failure(script: &Script, ending: Option<Ending>) -> FailureStory {
    explain(&script.messages, script.parties, ending).expect("a failure")
}

/// A handshake of TLS 1.3 up to the server's Finished.
fn server_done(parties: Parties) -> Script {
    let mut script = modern(parties);
    script.messages.truncate(7);
    script
}

const TRUST: &str = "Install the root where this client looks for it: the system's store, the browser's, or that of its \
                     language (handlens ca install). If it is there already, the client pins: pass this host through.";
const PASS: &str = "Pass this host through: then the client and the origin speak with each other directly.";

#[test]
fn a_handshake_that_is_whole_did_not_fail() {
    let script = modern(Parties::CLIENT_LEG);
    assert_eq!(explain(&script.messages, script.parties, None), None);
    let script = script.client(MessageKind::Alert, &[1, 0]);
    let ending = Some(Ending::Closed(Party::Client));
    assert_eq!(explain(&script.messages, script.parties, ending), None);
    assert_eq!(explain(&[], Parties::DIRECT, None), None);
    // One that may still go on did not fail yet.
    let script = server_done(Parties::CLIENT_LEG);
    assert_eq!(explain(&script.messages, script.parties, None), None);
    assert_eq!(
        failure(&script, Some(Ending::Unseen)).text,
        "The handshake stops after the Finished of Handlens, without a word."
    );
}

#[test]
fn a_client_that_does_not_trust_the_root() {
    let script = server_done(Parties::CLIENT_LEG).client(MessageKind::Alert, &[2, 48]);
    assert_eq!(
        failure(&script, None),
        FailureStory {
            last_message: Some(6),
            alert: Some(7),
            sender: Some(Party::Client),
            text: "The client ended the handshake after the Finished of Handlens with the alert unknown_ca: the chain \
                   ends at an authority that the sender does not trust."
                .into(),
            cause: "The client does not trust the root of Handlens, or it pins the certificate of this host and takes \
                    no other."
                .into(),
            advice: TRUST.into(),
        }
    );
}

#[test]
fn a_client_that_leaves_without_a_word_after_the_certificate() {
    let script = server_done(Parties::CLIENT_LEG);
    let story = failure(&script, Some(Ending::Closed(Party::Client)));
    assert_eq!(
        story.text,
        "The client closed the connection after the Finished of Handlens, without a word."
    );
    assert_eq!(
        story.cause,
        "Many clients leave without a word when they do not trust a certificate: the root of Handlens is not where \
         this client looks, or the client pins the certificate of this host."
    );
    assert_eq!(story.advice, TRUST);
    assert_eq!(story.alert, None);
}

#[test]
fn an_origin_whose_chain_is_bad() {
    let script = server_done(Parties::ORIGIN_LEG).client(MessageKind::Alert, &[2, 45]);
    let story = failure(&script, None);
    assert_eq!(story.sender, Some(Party::Handlens));
    assert_eq!(
        story.cause,
        "The certificate of the origin has expired or is not valid yet, or the clock of this machine is wrong."
    );
}

#[test]
fn an_origin_that_speaks_none_of_the_versions() {
    let script = Script::new(Parties::ORIGIN_LEG)
        .client(MessageKind::ClientHello, &modern_hello())
        .server(MessageKind::Alert, &[2, 70]);
    let story = failure(&script, None);
    assert_eq!(
        story.text,
        "The origin ended the handshake after the ClientHello of Handlens with the alert protocol_version: the sender \
         speaks none of the versions that were offered."
    );
    assert_eq!(
        story.cause,
        "Handlens offers TLS 1.3 and TLS 1.2, and the origin speaks neither: it is an old one of TLS 1.1 or before."
    );
    assert_eq!(story.advice, format!("Update the origin. {PASS}"));
}

#[test]
fn an_old_client_before_handlens() {
    let mut body = client_hello(&[], &[0x002f], &[]);
    body[1] = 1;
    let script = Script::new(Parties::CLIENT_LEG)
        .client(MessageKind::ClientHello, &body)
        .server(MessageKind::Alert, &[2, 70]);
    assert_eq!(
        failure(&script, None).cause,
        "The client offers TLS 1.0. Handlens speaks TLS 1.3 and TLS 1.2; the versions before are broken."
    );
}

#[test]
fn an_origin_that_wants_a_client_certificate() {
    let request = [&[0][..], &vector(2, &extension(13, &numbers(2, &[0x0403])))].concat();
    let mut script = modern(Parties::ORIGIN_LEG);
    script.messages.truncate(4);
    let script = script
        .server(MessageKind::CertificateRequest, &request)
        .server(MessageKind::Finished, &[6; 48])
        .client(MessageKind::Certificate, &chain(0))
        .client(MessageKind::Finished, &[6; 48])
        .server(MessageKind::Alert, &[2, 116]);
    let story = failure(&script, None);
    assert_eq!(
        story.text,
        "The origin ended the connection after the Finished of Handlens with the alert certificate_required: the server \
         wants a certificate from the client, and none came."
    );
    assert_eq!(
        story.cause,
        "The origin wants a certificate from its client, and Handlens showed none."
    );
    assert_eq!(
        story.advice,
        format!(
            "Handlens cannot show the client's certificate: its private key never leaves the client. {PASS}"
        )
    );
}

#[test]
fn silence_after_a_large_hello() {
    let script = Script::new(Parties::ORIGIN_LEG).client(MessageKind::ClientHello, &modern_hello());
    let story = failure(&script, Some(Ending::Silent(Party::Origin)));
    assert_eq!(
        story.text,
        "Nothing came from the origin after the ClientHello of Handlens."
    );
    assert_eq!(
        story.cause,
        "The origin does not speak TLS on this port, or something between drops the ClientHello. This one has 1432 \
         bytes, for its post-quantum key share or its many extensions, and takes more than one packet: some old \
         middleboxes and servers fail on that."
    );
    assert_eq!(
        story.advice,
        "Check host and port. Try again without the post-quantum group (handlens inspect --group x25519)."
    );
}

#[test]
fn a_reset_in_the_middle_of_a_flight() {
    let mut script = modern(Parties::ORIGIN_LEG);
    script.messages.truncate(4);
    let story = failure(&script, Some(Ending::Reset(Party::Origin)));
    assert_eq!(
        story.text,
        "The origin reset the connection after its EncryptedExtensions, without a word."
    );
}

#[test]
fn a_close_in_the_middle() {
    let script = server_done(Parties::ORIGIN_LEG).client(MessageKind::Alert, &[1, 0]);
    let story = failure(&script, None);
    assert_eq!(
        story.text,
        "Handlens closed the connection after the Finished of the origin, in the middle of the handshake."
    );
    assert_eq!(story.advice, "Look at the client leg: the true fault is there.");
}

#[test]
fn nothing_that_is_tls() {
    let story = failure(
        &Script::new(Parties::ORIGIN_LEG),
        Some(Ending::Closed(Party::Origin)),
    );
    assert_eq!(
        story.text,
        "The origin closed the connection before any message, without a word."
    );
    assert_eq!(story.cause, "The origin sent nothing that is TLS.");
}

#[test]
fn every_alert_has_a_cause_and_an_advice_on_every_leg() {
    for parties in [
        Parties::CLIENT_LEG,
        Parties::ORIGIN_LEG,
        Parties::PASSED,
        Parties::DIRECT,
        Parties::INSPECT,
    ] {
        for code in (0..=255u8).filter(|c| !alert_name(*c).starts_with("alert_")) {
            for by_client in [true, false] {
                let script = server_done(parties);
                let script = match by_client {
                    true => script.client(MessageKind::Alert, &[2, code]),
                    false => script.server(MessageKind::Alert, &[2, code]),
                };
                let story = failure(&script, None);
                assert!(story.cause.ends_with('.'), "{}", story.cause);
                assert!(story.advice.ends_with(['.', ')']), "{}", story.advice);
                // Without Handlens between them, nothing can be passed through.
                let ours = parties == Parties::CLIENT_LEG || parties == Parties::ORIGIN_LEG;
                assert!(
                    ours || !story.advice.contains("Pass this host"),
                    "{}",
                    story.advice
                );
            }
        }
    }
}
