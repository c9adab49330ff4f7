//! The properties of a handshake that people ask for first, each with the field that decides it.

use std::borrow::Cow;

use super::{Resumption, early_data, resumption};
use crate::leg::{Leg, the, the_first};
use crate::registry::{self, CipherSuite, KeyExchange, group_is_post_quantum};
use crate::words::sentence;
use crate::{Chip, ChipName, ChipState, Message, MessageKind, Party, Side};

/// All chips, in the order in which they are shown.
pub(super) fn gather(leg: Leg<'_>) -> Vec<Chip> {
    if leg.opening().is_none() {
        return Vec::new();
    }
    vec![
        forward_secrecy(leg),
        post_quantum(leg),
        aead(leg),
        resumed(leg),
        early(leg),
        client_certificate(leg),
        ech(leg),
    ]
}

/// A chip under way: its verdict, and then the field that decides it.
struct Verdict(Chip);

fn verdict(
    name: ChipName,
    state: ChipState,
    label: &'static str,
    why: impl Into<Cow<'static, str>>,
) -> Verdict {
    Verdict(Chip {
        name,
        state,
        label: label.into(),
        why: why.into(),
        message: None,
        field: None,
    })
}

impl Verdict {
    fn by(mut self, message: usize, field: &'static str) -> Chip {
        self.0.message = Some(message);
        self.0.field = (!field.is_empty()).then_some(field.into());
        self.0
    }
}

/// What there is to say before the server has answered.
fn unanswered(name: ChipName, label: &'static str) -> Chip {
    verdict(
        name,
        ChipState::Unknown,
        label,
        "There is no ServerHello that decides it.",
    )
    .0
}

const NO_KEYS: &str = "The ServerHello has neither key_share nor pre_shared_key: TLS 1.3 has no keys without either, so the client has \
                       to refuse it.";

/// Whether a ServerHello of TLS 1.3 says what the keys come of.
fn has_keys(hello: &Message) -> bool {
    hello.extension("key_share").is_some() || hello.extension("pre_shared_key").is_some()
}

fn forward_secrecy(leg: Leg<'_>) -> Chip {
    const NAME: ChipName = ChipName::ForwardSecrecy;
    let Some((answer, hello)) = leg.server_hello() else {
        return unanswered(NAME, "forward secrecy unknown");
    };
    let suite = leg.suite();
    if leg.is_tls13() {
        if let Some((group, message, field)) = leg.group() {
            let group = registry::group(group).name;
            let why = sentence!(
                "key_share: both sides made fresh keys of {group} for this connection alone. Who gets hold of the \
                 server's private key later still cannot read what was recorded."
            );
            return verdict(NAME, ChipState::Yes, "forward secret", why).by(message, field);
        }
        if !has_keys(hello) {
            return verdict(NAME, ChipState::Unknown, "forward secrecy unknown", NO_KEYS)
                .by(answer, "extensions");
        }
        let why = "The ServerHello has pre_shared_key and no key_share: all keys come of an earlier session's secret, \
                   and who gets hold of that can read this connection too.";
        return verdict(NAME, ChipState::No, "not forward secret", why)
            .by(answer, "extensions/pre_shared_key");
    }
    if matches!(
        resumption(leg),
        Some(Resumption::SessionId | Resumption::SessionTicket)
    ) {
        let why = "The session was resumed without a new key exchange: the keys come of the earlier session's master \
                   secret, so it is as safe as the server keeps that, or its ticket key.";
        return verdict(NAME, ChipState::Unknown, "as the first session", why).by(answer, session_field(leg));
    }
    match suite.map(|s| (s, s.forward_secret())) {
        Some((suite, Some(true))) => {
            let why = sentence!(
                "cipher_suite {}: {} uses fresh keys for this connection alone. Who gets hold of the server's private \
                 key later still cannot read what was recorded.",
                suite.name,
                suite.key_exchange
            );
            verdict(NAME, ChipState::Yes, "forward secret", why).by(answer, "cipher_suite")
        }
        Some((suite, _)) => {
            let why = match suite.key_exchange {
                KeyExchange::Rsa => sentence!(
                    "cipher_suite {}: the client sends the secret encrypted to the server's RSA key. Who records this \
                     connection and gets that private key later can read all of it.",
                    suite.name
                ),
                _ => sentence!("cipher_suite {}: its key exchange has no fresh keys.", suite.name),
            };
            verdict(NAME, ChipState::No, "not forward secret", why).by(answer, "cipher_suite")
        }
        None => {
            let number = hello.number_at("cipher_suite").unwrap_or_default();
            let why = sentence!("cipher_suite 0x{number:04x} is not one that is known.");
            verdict(NAME, ChipState::Unknown, "forward secrecy unknown", why).by(answer, "cipher_suite")
        }
    }
}

/// The field by which a session of TLS 1.2 was resumed.
fn session_field(leg: Leg<'_>) -> &'static str {
    match resumption(leg) {
        Some(Resumption::SessionId | Resumption::SessionTicket) => "legacy_session_id_echo",
        _ => "cipher_suite",
    }
}

fn post_quantum(leg: Leg<'_>) -> Chip {
    const NAME: ChipName = ChipName::PostQuantum;
    let Some((answer, hello)) = leg.server_hello() else {
        return unanswered(NAME, "post-quantum unknown");
    };
    let Some((group, message, field)) = leg.group() else {
        if leg.is_tls13() && !has_keys(hello) {
            return verdict(NAME, ChipState::Unknown, "post-quantum unknown", NO_KEYS)
                .by(answer, "extensions");
        }
        if leg.is_tls13() {
            let why = "The ServerHello has no key_share: the keys come of a secret that both sides had before, and \
                       nothing here tells how they came by it.";
            return verdict(NAME, ChipState::Unknown, "pre-shared key alone", why)
                .by(answer, "extensions/pre_shared_key");
        }
        let why = "TLS 1.2 has no post-quantum key exchange: a quantum computer could one day undo what was recorded.";
        return verdict(NAME, ChipState::No, "not post-quantum", why).by(answer, "cipher_suite");
    };
    let name = registry::group(group).name;
    if group_is_post_quantum(group) {
        let why = match registry::hybrid_parts(group) {
            Some(parts) => {
                let [kem, curve] = match parts {
                    [curve, kem] if kem.post_quantum => [kem.title(), curve.title()],
                    [kem, curve] => [kem.title(), curve.title()],
                };
                sentence!(
                    "key_share {name}: it joins {kem}, which no quantum computer is known to break, with {curve}; whoever \
                 wants the keys must break both."
                )
            }
            None => sentence!("key_share {name}: no quantum computer is known to break it."),
        };
        return verdict(NAME, ChipState::Yes, "post-quantum", why).by(message, field);
    }
    let why = sentence!(
        "The key exchange is {name} alone: a quantum computer could one day undo what was recorded."
    );
    verdict(NAME, ChipState::No, "not post-quantum", why).by(message, field)
}

fn aead(leg: Leg<'_>) -> Chip {
    const NAME: ChipName = ChipName::Aead;
    let Some((answer, _)) = leg.server_hello() else {
        return unanswered(NAME, "cipher unknown");
    };
    let state = |suite: &CipherSuite| match (suite.aead, suite.key_bits) {
        (true, _) => (
            ChipState::Yes,
            "AEAD",
            "seals and authenticates each record in one step",
        ),
        (false, 0) => (ChipState::No, "not encrypted", "does not encrypt at all"),
        (false, _) => (
            ChipState::No,
            "no AEAD",
            "encrypts and authenticates in two steps, a construction with a history of attacks",
        ),
    };
    match leg.suite() {
        Some(suite) => {
            let (state, label, text) = state(&suite);
            let cipher = match suite.cipher {
                "none" => "it",
                cipher => cipher,
            };
            let why = sentence!("cipher_suite {}: {cipher} {text}.", suite.name);
            verdict(NAME, state, label, why).by(answer, "cipher_suite")
        }
        None => {
            let why = "cipher_suite is not one that is known.";
            verdict(NAME, ChipState::Unknown, "cipher unknown", why).by(answer, "cipher_suite")
        }
    }
}

fn resumed(leg: Leg<'_>) -> Chip {
    const NAME: ChipName = ChipName::Resumed;
    let Some((answer, _)) = leg.server_hello() else {
        return unanswered(NAME, "resumption unknown");
    };
    let server = the_first(leg.parties.server);
    let yes = |label, why: String, field| verdict(NAME, ChipState::Yes, label, why).by(answer, field);
    match resumption(leg) {
        Some(Resumption::PskDhe) => yes(
            "resumed",
            sentence!(
                "pre_shared_key: {} took up the session of the client's ticket, with fresh keys beside it (key_share). No certificate is shown again.",
                the(leg.parties.server)
            ),
            "extensions/pre_shared_key",
        ),
        Some(Resumption::Psk) => yes(
            "resumed, no fresh keys",
            sentence!(
                "pre_shared_key: {} took up the session of the client's ticket, without fresh keys. No certificate is shown again.",
                the(leg.parties.server)
            ),
            "extensions/pre_shared_key",
        ),
        Some(Resumption::SessionTicket) => yes(
            "resumed by ticket",
            sentence!(
                "{server} accepted the ticket in session_ticket, and goes on to seal without showing a certificate."
            ),
            "legacy_session_id_echo",
        ),
        Some(Resumption::SessionId) => yes(
            "resumed by session id",
            sentence!(
                "legacy_session_id_echo: {} still has the session that the client named, and goes on to seal without showing a certificate.",
                the(leg.parties.server)
            ),
            "legacy_session_id_echo",
        ),
        Some(Resumption::Full) => {
            let offered = leg.hello().is_some_and(|(_, hello)| {
                let ticket = hello.extension("session_ticket");
                hello.extension("pre_shared_key").is_some()
                    || ticket.is_some_and(|field| !hello.content(field).is_empty())
            });
            let (label, why) = if offered {
                (
                    "full handshake",
                    sentence!(
                        "The client offered to resume a session, and {} made a full handshake instead.",
                        the(leg.parties.server)
                    ),
                )
            } else if leg.is_tls13() {
                (
                    "full handshake",
                    "The ServerHello has no pre_shared_key.".to_owned(),
                )
            } else {
                (
                    "full handshake",
                    "The server's Certificate and key exchange follow the ServerHello.".to_owned(),
                )
            };
            verdict(NAME, ChipState::No, label, why).by(answer, "")
        }
        None => {
            let why = "What follows the ServerHello, and would decide it, was not seen.";
            verdict(NAME, ChipState::Unknown, "resumption unknown", why).by(answer, "")
        }
    }
}

fn early(leg: Leg<'_>) -> Chip {
    const NAME: ChipName = ChipName::EarlyData;
    let Some((opening, hello)) = leg.opening() else {
        return unanswered(NAME, "0-RTT unknown");
    };
    let server = the(leg.parties.server);
    if hello.extension("early_data").is_none() {
        let why = "early_data is not among the extensions of the ClientHello.";
        return verdict(NAME, ChipState::No, "no 0-RTT", why).by(opening, "extensions");
    }
    match early_data(leg) {
        Some(true) => {
            let why = sentence!(
                "EncryptedExtensions answers early_data: {server} took the data sent with the ClientHello. It has no \
                 forward secrecy, and an attacker may send it again."
            );
            let message = leg.encrypted_extensions().map_or(opening, |(index, _)| index);
            verdict(NAME, ChipState::Yes, "0-RTT offered, accepted", why).by(message, "extensions/early_data")
        }
        Some(false) => {
            let (message, why) = match leg.first(MessageKind::HelloRetryRequest) {
                Some((index, _)) => (index, "A HelloRetryRequest refuses early data.".to_owned()),
                None => (
                    leg.encrypted_extensions().map_or(opening, |(index, _)| index),
                    sentence!(
                        "EncryptedExtensions has no early_data: {server} passed over the data sent with the ClientHello, and the client sends it again."
                    ),
                ),
            };
            verdict(NAME, ChipState::No, "0-RTT offered, refused", why).by(message, "")
        }
        None => {
            let why = "The ClientHello has early_data; the answer lies in EncryptedExtensions, which was not seen or not opened.";
            verdict(NAME, ChipState::Unknown, "0-RTT offered", why).by(opening, "extensions/early_data")
        }
    }
}

fn client_certificate(leg: Leg<'_>) -> Chip {
    const NAME: ChipName = ChipName::ClientCertificate;
    let (client, server) = (the(leg.parties.client), the(leg.parties.server));
    let Some((request, _)) = leg.first_from(Side::Server, MessageKind::CertificateRequest) else {
        // The request would have come before the server's Finished, or in TLS 1.2 its ServerHelloDone.
        let passed = leg.first_from(Side::Server, MessageKind::Finished).is_some()
            || leg.first(MessageKind::ServerHelloDone).is_some()
            || leg.resumes_tls12() == Some(true);
        return if leg.is_open() && passed {
            let why = sentence!("There is no CertificateRequest: {server} did not ask.");
            verdict(NAME, ChipState::No, "no client certificate", why).0
        } else {
            let why = "Whether there is a CertificateRequest was not seen.";
            verdict(NAME, ChipState::Unknown, "client certificate unknown", why).0
        };
    };
    let given = leg
        .first_from(Side::Client, MessageKind::Certificate)
        .or_else(|| leg.first_from(Side::Client, MessageKind::CompressedCertificate));
    match given.and_then(|(index, m)| Some((index, m.chain_length()?))) {
        Some((index, 0)) => {
            let why = sentence!(
                "{} asked, and the certificate_list of {client} is empty.",
                the_first(leg.parties.server)
            );
            verdict(NAME, ChipState::No, "asked, none given", why).by(index, "certificate_list")
        }
        Some((index, _)) => {
            let why = sentence!(
                "{} asked, and {client} showed its certificate.",
                the_first(leg.parties.server)
            );
            verdict(NAME, ChipState::Yes, "client certificate given", why).by(index, "certificate_list")
        }
        None => {
            let why = sentence!(
                "{} asked; the answer of {client} was not seen.",
                the_first(leg.parties.server)
            );
            verdict(NAME, ChipState::Unknown, "client certificate asked", why).by(request, "")
        }
    }
}

fn ech(leg: Leg<'_>) -> Chip {
    const NAME: ChipName = ChipName::Ech;
    const FIELD: &str = "extensions/encrypted_client_hello";
    let Some((opening, hello)) = leg.opening() else {
        return unanswered(NAME, "ECH unknown");
    };
    if hello.extension("encrypted_client_hello").is_none() {
        let why =
            "encrypted_client_hello is not among the extensions: the name of the server is in the clear.";
        return verdict(NAME, ChipState::No, "no ECH", why).by(opening, "extensions");
    }
    let refusal = leg
        .encrypted_extensions()
        .filter(|(_, m)| m.extension("encrypted_client_hello").is_some());
    if let Some((index, _)) = refusal {
        let why = sentence!(
            "EncryptedExtensions has encrypted_client_hello: {} could not decrypt the inner hello, went by the outer \
             one, and says which keys it has.",
            the(leg.parties.server)
        );
        return verdict(NAME, ChipState::No, "ECH refused", why).by(index, FIELD);
    }
    if leg.parties.server == Party::Handlens && leg.server_hello().is_some() {
        let why = "Handlens has no keys for encrypted_client_hello and goes by the outer hello.";
        return verdict(NAME, ChipState::No, "ECH passed over", why).by(opening, FIELD);
    }
    if let Some((index, _)) = leg.server_hello().filter(|_| !leg.is_tls13()) {
        let why = "encrypted_client_hello is for TLS 1.3 alone, and another version was chosen: the server went by the \
                   outer hello.";
        return verdict(NAME, ChipState::No, "ECH passed over", why).by(index, "legacy_version");
    }
    let mut why =
        "encrypted_client_hello is there. A real one and one made of random bytes (GREASE) look alike on \
                   purpose: only the two ends can tell."
            .to_owned();
    if leg.server_hello().is_some() {
        why += " Whether it was accepted stands in the last 8 bytes of the ServerHello's random, which only somebody \
                who knows the inner hello can check.";
    }
    if leg.encrypted_extensions().is_some() {
        why += " The server sent no keys to try again with: it accepted, or it doesn't know ECH at all.";
    }
    verdict(NAME, ChipState::Unknown, "ECH or GREASE", why).by(opening, FIELD)
}
