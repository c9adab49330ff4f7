//! What this message says: one or two sentences, with the names of the parties.

use super::what::is_second;
use crate::leg::{Leg, listing, listing_versions, the, the_first};
use crate::registry::{self, Authentication, KeyExchange, hybrid_parts, is_grease, version_name};
use crate::scribe::count;
use crate::words::sentence;
use crate::{Message, MessageKind, Party, Resumption, alert_meaning, alert_name, facts};

/// What the message at `index` says.
pub(super) fn tell(leg: Leg<'_>, index: usize) -> String {
    let message = &leg.messages[index];
    let (sender, peer) = (message.from, peer(leg, message.from));
    let (from, to) = (the_first(sender), the(peer));
    match message.kind {
        MessageKind::ClientHello if is_second(leg, index) => second_hello(leg, message),
        MessageKind::ClientHello => client_hello(leg, message),
        MessageKind::ServerHello => server_hello(leg, index),
        MessageKind::HelloRetryRequest => hello_retry_request(leg, message),
        MessageKind::EncryptedExtensions => encrypted_extensions(message),
        MessageKind::Certificate | MessageKind::CompressedCertificate => certificate(message),
        MessageKind::CertificateRequest => certificate_request(leg, message),
        MessageKind::CertificateVerify => {
            let scheme = scheme(message).unwrap_or_else(|| "the key of its certificate".to_owned());
            sentence!("{from} signed all messages so far by {scheme}.")
        }
        MessageKind::CertificateStatus => sentence!(
            "{from} staples an answer of its authority: {}.",
            count(message.length, "byte")
        ),
        MessageKind::ServerKeyExchange => server_key_exchange(leg, message),
        MessageKind::ServerHelloDone => {
            sentence!("{from} has said all it has to say for now, and waits for {to}.")
        }
        MessageKind::ClientKeyExchange => client_key_exchange(leg),
        MessageKind::ChangeCipherSpec if leg.is_tls13() => {
            sentence!("{from} sends it for middleboxes on the way; {to} passes over it.")
        }
        MessageKind::ChangeCipherSpec => sentence!("What {} sends from here on is sealed.", the(sender)),
        MessageKind::Finished => finished(leg, index),
        MessageKind::NewSessionTicket => ticket(leg, message),
        MessageKind::EndOfEarlyData => {
            sentence!("{from} has sent all of its early data, and goes on with the keys of the handshake.")
        }
        MessageKind::KeyUpdate => match message.number_at("request_update") {
            Some(1) => sentence!("{from} moves on to its next keys, and asks {to} to do the same."),
            _ => sentence!("{from} moves on to its next keys."),
        },
        MessageKind::Alert => alert(message),
        MessageKind::Sealed => sentence!(
            "{from} sent {} that could not be opened.",
            count(message.length, "sealed byte")
        ),
        MessageKind::HelloRequest => sentence!("{from} asks {to} for a new handshake."),
        MessageKind::NextProtocol
        | MessageKind::CertificateUrl
        | MessageKind::SupplementalData
        | MessageKind::HelloVerifyRequest
        | MessageKind::MessageHash
        | MessageKind::Unknown(_) => {
            sentence!("{from} sent {}.", count(message.length, "byte"))
        }
    }
}

fn peer(leg: Leg<'_>, party: Party) -> Party {
    match party == leg.parties.client {
        true => leg.parties.server,
        false => leg.parties.client,
    }
}

/// A sentence about a check, behind another sentence.
fn verified(message: &Message, yes: &str, no: &str) -> String {
    match message.verified {
        Some(true) => sentence!(" {yes}"),
        Some(false) => sentence!(" {no}"),
        None => String::new(),
    }
}

/// Names of groups, as a listing.
fn groups(numbers: &[u16]) -> String {
    let names: Vec<_> = numbers.iter().map(|n| registry::group(*n).name).collect();
    listing(&names)
}

/// The scheme of a signature in a message.
fn scheme(message: &Message) -> Option<String> {
    let number = message.number_at("algorithm")?.try_into().ok()?;
    Some(registry::signature_scheme(number).name.into_owned())
}

fn client_hello(leg: Leg<'_>, hello: &Message) -> String {
    let client = the_first(leg.parties.client);
    let name = hello.text_at("extensions/server_name/server_name_list/server_name/host_name");
    let wants = name.map_or_else(|| "names no host".to_owned(), |name| sentence!("wants {name}"));
    let mut offers = count(hello.suites().len(), "cipher suite");
    let shares = hello.share_groups();
    if !shares.is_empty() {
        let noun = if shares.len() == 1 {
            "a key share"
        } else {
            "key shares"
        };
        offers += &sentence!(" and {noun} of {}", groups(&shares));
    }
    let mut versions = listing_versions(&hello.versions());
    if hello.extension("supported_versions").is_none() {
        versions += " at best";
    }
    let mut text = sentence!("{client} {wants}, speaks {versions}, and offers {offers}.");
    let protocols = hello.protocols();
    if !protocols.is_empty() {
        text += &sentence!(
            " Above TLS it would speak {}.",
            listing(&protocols).replace(" and ", " or ")
        );
    }
    let ticket = hello
        .extension("session_ticket")
        .is_some_and(|ticket| !hello.content(ticket).is_empty());
    match hello.extension("early_data") {
        Some(_) => {
            text +=
                " It offers to resume an earlier session, and sends early data without waiting for an answer."
        }
        None if ticket || hello.extension("pre_shared_key").is_some() => {
            text += " It offers to resume an earlier session."
        }
        None => {}
    }
    if hello.numbers_at("cipher_suites").iter().any(|n| is_grease(*n)) {
        text += " GREASE stands among its offers: numbers that mean nothing, so that servers stay used to what they don't know.";
    }
    text
}

fn second_hello(leg: Leg<'_>, hello: &Message) -> String {
    let client = the_first(leg.parties.client);
    let shares = hello.share_groups();
    let mut news = Vec::new();
    if !shares.is_empty() {
        news.push(sentence!("a key share of {}", groups(&shares)));
    }
    if hello.extension("cookie").is_some() {
        news.push("the cookie".to_owned());
    }
    if hello.extension("pre_shared_key").is_some() {
        news.push("the pre-shared keys that still fit".to_owned());
    }
    match news.is_empty() {
        true => sentence!("{client} says its hello again."),
        false => sentence!("{client} says its hello again, now with {}.", listing(&news)),
    }
}

/// `first`, `second`; from the eleventh on in digits.
fn ordinal(number: usize) -> String {
    const WORDS: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    ];
    match (WORDS.get(number - 1), number % 10, number % 100) {
        (Some(word), ..) => (*word).to_owned(),
        (_, _, 11..=13) => sentence!("{number}th"),
        (_, 1, _) => sentence!("{number}st"),
        (_, 2, _) => sentence!("{number}nd"),
        (_, 3, _) => sentence!("{number}rd"),
        _ => sentence!("{number}th"),
    }
}

fn server_hello(leg: Leg<'_>, index: usize) -> String {
    let hello = &leg.messages[index];
    let (client, server) = (the(leg.parties.client), the_first(leg.parties.server));
    let version = leg.version().map_or_else(|| "a version".into(), version_name);
    let number: u16 = hello.number_at("cipher_suite").unwrap_or_default() as u16;
    let name = registry::cipher_suite(number).name;
    let offered = leg.hello().map_or_else(Vec::new, |(_, m)| m.suites());
    let chosen = match (offered.iter().position(|n| *n == number), offered.len()) {
        (_, 0) => sentence!("the suite {name}"),
        (Some(_), 1) => sentence!("the one suite that {client} offered: {name}"),
        (Some(at), all) => sentence!(
            "of the {all} suites that {client} offered, the {}: {name}",
            ordinal(at + 1)
        ),
        (None, _) => sentence!("a suite that {client} did not offer: {name}"),
    };
    let mut text = sentence!("{server} chose {version} and {chosen}.").replace(" and of the", " and, of the");
    if let Some((group, ..)) = leg.group().filter(|_| leg.is_tls13()) {
        text += &sentence!(" It answers the key share of {}", registry::group(group).name);
        text += match hybrid_parts(group) {
            Some(_) => ", in both of its parts.",
            None => ".",
        };
    }
    text += match facts::resumption(leg) {
        Some(Resumption::PskDhe | Resumption::Psk) => {
            " It takes up an earlier session, so no certificate follows."
        }
        Some(Resumption::SessionTicket) => {
            " It takes the ticket and resumes the session, so no certificate follows."
        }
        Some(Resumption::SessionId) => {
            " It resumes the session that the client named, so no certificate follows."
        }
        Some(Resumption::Full) | None => "",
    };
    text
}

fn hello_retry_request(leg: Leg<'_>, message: &Message) -> String {
    let (client, server) = (the(leg.parties.client), the_first(leg.parties.server));
    match message.number_at("extensions/key_share/selected_group") {
        Some(group) => sentence!(
            "{server} wants a key share of {}, which {client} can do but did not send. This costs a round trip.",
            registry::group(group as u16).name
        ),
        None => sentence!("{server} asks {client} to say its hello again. This costs a round trip."),
    }
}

fn encrypted_extensions(message: &Message) -> String {
    let server = the_first(message.from);
    let protocol = message.protocols();
    let others: Vec<_> = message.field("extensions").map_or_else(Vec::new, |list| {
        let names = list.fields.iter().map(|f| f.name.as_ref());
        names
            .filter(|name| *name != "application_layer_protocol_negotiation")
            .collect()
    });
    match (protocol.first(), others.is_empty()) {
        (Some(protocol), true) => sentence!("{server} chose {protocol} to speak above TLS."),
        (Some(protocol), false) => sentence!(
            "{server} chose {protocol} to speak above TLS, and answers {}.",
            listing(&others)
        ),
        (None, false) => sentence!("{server} answers {}.", listing(&others)),
        (None, true) => sentence!("{server} answers no extension here."),
    }
}

fn certificate(message: &Message) -> String {
    let from = the_first(message.from);
    let how = match message.kind {
        MessageKind::CompressedCertificate => {
            let algorithm = message.number_at("algorithm").unwrap_or_default() as u16;
            let plain = message.number_at("uncompressed_length").unwrap_or_default();
            sentence!(
                " {} made {} of {plain}.",
                registry::certificate_compression(algorithm),
                count(message.length, "byte")
            )
        }
        _ => String::new(),
    };
    match message.chain_length() {
        Some(0) => sentence!("{from} has no certificate to show: the list is empty.{how}"),
        Some(1) => sentence!("{from} shows one certificate, its own.{how}"),
        Some(length) => sentence!("{from} shows {length} certificates; the first is its own.{how}"),
        None => sentence!("{from} shows certificates that could not be read.{how}"),
    }
}

fn certificate_request(leg: Leg<'_>, message: &Message) -> String {
    let (client, server) = (the(leg.parties.client), the_first(message.from));
    let authorities = message
        .field("certificate_authorities")
        .or_else(|| message.field("extensions/certificate_authorities/authorities"))
        .map_or(0, |list| list.fields.len());
    match authorities {
        0 => sentence!("{server} asks {client} for a certificate, of any authority."),
        _ => sentence!(
            "{server} asks {client} for a certificate, and names {} that it trusts for it.",
            count(authorities, "authority")
        ),
    }
}

fn server_key_exchange(leg: Leg<'_>, message: &Message) -> String {
    let server = the_first(message.from);
    let key = match (leg.group(), leg.prime_bits()) {
        (Some((group, ..)), _) => sentence!("a fresh key of {}", registry::group(group).name),
        (None, Some(bits)) => sentence!("a fresh Diffie-Hellman key of {bits} bits"),
        (None, None) => "its half of the key exchange".to_owned(),
    };
    match (scheme(message), message.field("signature")) {
        (Some(scheme), _) => sentence!("{server} sends {key}, signed by {scheme}."),
        (None, Some(_)) => sentence!("{server} sends {key}, signed with the key of its certificate."),
        (None, None) => match leg.suite().map(|suite| suite.authentication) {
            Some(Authentication::Psk) => {
                sentence!("{server} sends {key}, unsigned: the pre-shared key is what proves who it is.")
            }
            _ => sentence!("{server} sends {key}, unsigned: nothing proves who it is."),
        },
    }
}

fn client_key_exchange(leg: Leg<'_>) -> String {
    let (client, server) = (the_first(leg.parties.client), the(leg.parties.server));
    match leg.suite().map(|suite| suite.key_exchange) {
        Some(KeyExchange::Rsa) => sentence!(
            "{client} made up the premaster secret and sends it, encrypted to the RSA key in the certificate of {server}."
        ),
        Some(KeyExchange::Ecdhe | KeyExchange::Dhe) => {
            let group = leg.group().map(|(group, ..)| registry::group(group).name);
            let key = group.map_or_else(|| "key".to_owned(), |name| sentence!("key of {name}"));
            sentence!(
                "{client} sends a fresh {key} of its own. Now both have what the premaster secret is made of."
            )
        }
        _ => sentence!("{client} sends its half of the key exchange."),
    }
}

fn finished(leg: Leg<'_>, index: usize) -> String {
    let message = &leg.messages[index];
    let from = the_first(message.from);
    let mut text = match message.field("verify_data") {
        Some(data) => sentence!(
            "{from} closes its part with {}.",
            count(message.content(data).len(), "byte")
        ),
        None => sentence!("{from} closes its part. What it sent is sealed and could not be opened."),
    };
    text += &verified(
        message,
        "Handlens computed the same from the bytes seen: nothing was changed on the way.",
        "Handlens computed another from the bytes seen.",
    );
    if leg.end() == Some(index) {
        let start = leg.opening().map_or(message.offset_us, |(_, m)| m.offset_us);
        text += &sentence!(
            " The handshake is over, after {}.",
            millis(message.offset_us.saturating_sub(start))
        );
    }
    text
}

/// `12.3 ms`.
fn millis(micros: u64) -> String {
    sentence!("{}.{} ms", micros / 1000, micros % 1000 / 100)
}

fn ticket(leg: Leg<'_>, message: &Message) -> String {
    let (client, server) = (the(leg.parties.client), the_first(message.from));
    let lifetime = message
        .field("ticket_lifetime")
        .or_else(|| message.field("ticket_lifetime_hint"));
    let length = message
        .field("ticket")
        .map_or(0, |ticket| message.content(ticket).len());
    let mut text = sentence!("{server} gives {client} a ticket of {}", count(length, "byte"));
    match lifetime {
        Some(lifetime) if message.number(lifetime) != Some(0) => {
            text += &sentence!(", good for {}.", lifetime.value)
        }
        _ => text += ".",
    }
    if let Some(size) = message.number_at("extensions/early_data/max_early_data_size") {
        text += &sentence!(
            " With it {client} may send up to {} of early data.",
            count(size as usize, "byte")
        );
    }
    text
}

fn alert(message: &Message) -> String {
    const FATAL: u64 = 2;
    let from = the_first(message.from);
    let (Some(level), Some(code)) = (message.number_at("level"), message.number_at("description")) else {
        return sentence!("{from} sent an alert that is sealed and could not be opened.");
    };
    let code = code as u8;
    let (name, meaning) = (alert_name(code), alert_meaning(code));
    match (name.as_str(), level) {
        ("close_notify", _) => sentence!("{from} will send nothing more."),
        (_, FATAL) => sentence!("{from} gives up: {name}, {meaning}."),
        _ => sentence!("{from} warns: {name}, {meaning}."),
    }
}
