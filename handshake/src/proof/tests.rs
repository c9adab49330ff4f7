use crate::testing::{Script, modern, tls12};
use crate::{Message, MessageKind, Parties, story};

/// What is told of this message's signature.
fn told(script: Script, kind: MessageKind) -> (Option<bool>, String) {
    let Script {
        mut messages,
        parties,
        ..
    } = script;
    story::tell(&mut messages, parties);
    let before = find(&messages, kind).story.here.len();
    super::check(&mut messages, parties);
    let message = find(&messages, kind);
    (message.verified, message.story.here[before..].to_owned())
}

fn find(messages: &[Message], kind: MessageKind) -> &Message {
    messages.iter().find(|m| m.kind == kind).unwrap()
}

#[test]
fn a_certificate_that_is_none_has_no_key_to_check_with() {
    assert_eq!(
        told(modern(Parties::ORIGIN_LEG), MessageKind::CertificateVerify),
        (
            None,
            " Whether the signature holds was not checked: the key of its certificate could not be read."
                .into()
        )
    );
    assert_eq!(
        told(tls12(Parties::PASSED, 0xc02f), MessageKind::ServerKeyExchange).0,
        None
    );
}

#[test]
fn a_key_exchange_that_is_not_signed_is_not_spoken_of() {
    let script = tls12(Parties::PASSED, 0x009c);
    assert_eq!(
        told(script, MessageKind::ClientKeyExchange),
        (None, String::new())
    );
}

#[test]
fn without_a_certificate_there_is_nothing_to_check_with() {
    let mut script = modern(Parties::ORIGIN_LEG);
    script.messages.retain(|m| m.kind != MessageKind::Certificate);
    let (verified, text) = told(script, MessageKind::CertificateVerify);
    assert_eq!(verified, None);
    assert_eq!(
        text,
        " Whether the signature holds was not checked: its certificate was not seen."
    );
}
