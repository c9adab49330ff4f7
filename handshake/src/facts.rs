//! What a handshake agreed on, each part with the field that decides it.

use std::borrow::Cow;

use serde::Serialize;

use crate::leg::Leg;
use crate::registry::{self, version_name};
use crate::{ClientHello, Field, Message, MessageKind, Parties, Transport, ja3, ja3s, ja4};

mod chips;

/// What the bytes seen so far say of a leg. A part that they don't tell is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct Facts {
    /// The version: `TLS 1.3`.
    pub version: Option<String>,
    /// The cipher suite: `TLS_AES_128_GCM_SHA256`.
    pub cipher_suite: Option<String>,
    /// The group of the key exchange: `X25519MLKEM768`.
    pub group: Option<String>,
    /// The application protocol: `h2`.
    pub alpn: Option<String>,
    /// The host that the client asked for.
    pub server_name: Option<String>,
    /// The scheme of the server's signature: `ecdsa_secp256r1_sha256`.
    pub signature_scheme: Option<String>,
    /// From the ClientHello to the last Finished, in microseconds.
    pub handshake_us: Option<u64>,
    /// How often the client had to wait for the server before it could send its own data.
    pub round_trips: Option<u32>,
    /// JA3 of the ClientHello.
    pub ja3: Option<String>,
    /// JA3S of the ServerHello.
    pub ja3s: Option<String>,
    /// JA4 of the ClientHello.
    pub ja4: Option<String>,
    /// Whether the handshake was a full one.
    pub resumption: Option<Resumption>,
    /// What is good or bad about it.
    pub chips: Vec<Chip>,
}

/// How a handshake builds upon an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Resumption {
    /// Not at all.
    Full,
    /// TLS 1.3: with a pre-shared key alone.
    Psk,
    /// TLS 1.3: with a pre-shared key and a fresh (EC)DHE exchange.
    PskDhe,
    /// TLS 1.2: by the session id.
    SessionId,
    /// TLS 1.2: by a ticket.
    SessionTicket,
}

/// A property of a handshake, and why it has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct Chip {
    /// Which property.
    pub name: ChipName,
    /// Whether the handshake has it.
    pub state: ChipState,
    /// In two or three words: `forward secret`.
    pub label: Cow<'static, str>,
    /// A sentence that quotes the deciding field.
    pub why: Cow<'static, str>,
    /// The deciding message: an index into [`crate::Handshake::messages`].
    pub message: Option<usize>,
    /// The path of the deciding field in it: see [`crate::Field::find`].
    pub field: Option<Cow<'static, str>>,
}

/// The properties that are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChipName {
    /// Whether what passed stays secret when the server's key is lost later.
    ForwardSecrecy,
    /// Whether a quantum computer could not undo the key exchange.
    PostQuantum,
    /// Whether records are sealed by authenticated encryption.
    Aead,
    /// Whether an earlier session was resumed.
    Resumed,
    /// Whether 0-RTT data was offered and taken.
    EarlyData,
    /// Whether the client was asked for a certificate and gave one.
    ClientCertificate,
    /// Whether the true hello was encrypted.
    Ech,
}

/// Whether a handshake has a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChipState {
    /// It has.
    Yes,
    /// It has not.
    No,
    /// The bytes don't tell.
    Unknown,
}

/// Gathers the facts of a leg from its messages.
pub(crate) fn gather(messages: &[Message], parties: Parties) -> Facts {
    let leg = Leg::new(messages, parties);
    let opening = leg
        .opening()
        .and_then(|(_, m)| ClientHello::parse(m.bytes.0.get(4..)?).ok());
    Facts {
        version: leg.version().map(|v| version_name(v).into_owned()),
        cipher_suite: leg
            .server_hello()
            .and_then(|(_, m)| m.number_at("cipher_suite")?.try_into().ok())
            .map(|suite: u16| registry::cipher_suite(suite).name.into_owned()),
        group: leg
            .group()
            .map(|(group, ..)| registry::group(group).name.into_owned())
            .or_else(|| Some(format!("DH of {} bits", leg.prime_bits()?))),
        alpn: protocol(leg),
        server_name: leg
            .hello()
            .and_then(|(_, m)| m.text_at("extensions/server_name/server_name_list/server_name/host_name")),
        signature_scheme: leg
            .server_scheme()
            .map(|scheme| registry::signature_scheme(scheme).name.into_owned()),
        handshake_us: span(leg),
        round_trips: round_trips(leg),
        ja3: opening.as_ref().map(ja3),
        ja3s: leg.server_hello().and_then(|(_, m)| fingerprint_of_server(m)),
        ja4: opening.as_ref().map(|hello| ja4(hello, Transport::Tcp)),
        resumption: resumption(leg),
        chips: chips::gather(leg),
    }
}

/// The protocol that the server chose.
fn protocol(leg: Leg<'_>) -> Option<String> {
    let answer = match leg.is_tls13() {
        true => leg.encrypted_extensions(),
        false => leg.server_hello(),
    };
    answer?.1.protocols().into_iter().next()
}

fn span(leg: Leg<'_>) -> Option<u64> {
    let (_, opening) = leg.opening()?;
    let end = &leg.messages[leg.end()?];
    end.offset_us.checked_sub(opening.offset_us)
}

/// Each flight of the server that the client had to have before it could send data of its own.
fn round_trips(leg: Leg<'_>) -> Option<u32> {
    let end = leg.end()?;
    if early_data(leg) == Some(true) {
        return Some(0);
    }
    // TLS 1.3's ChangeCipherSpec belongs to no flight: it may cross the other side's.
    let is_word = |m: &&Message| m.kind != MessageKind::ChangeCipherSpec || !leg.is_tls13();
    let mut senders: Vec<_> = leg.messages[..=end]
        .iter()
        .filter(is_word)
        .map(|m| m.from)
        .collect();
    senders.dedup();
    let waits = senders.iter().filter(|from| **from == leg.parties.server);
    u32::try_from(waits.count()).ok()
}

/// Whether the server took the client's 0-RTT data; `None` where none was offered or the answer is not seen.
pub(crate) fn early_data(leg: Leg<'_>) -> Option<bool> {
    leg.opening()?.1.extension("early_data")?;
    if leg.first(MessageKind::HelloRetryRequest).is_some() {
        return Some(false);
    }
    leg.encrypted_extensions()
        .map(|(_, m)| m.extension("early_data").is_some())
}

/// Whether and how the server resumed a session.
pub(crate) fn resumption(leg: Leg<'_>) -> Option<Resumption> {
    let (_, answer) = leg.server_hello()?;
    if leg.is_tls13() {
        let share = answer.extension("key_share").is_some();
        return Some(match answer.extension("pre_shared_key") {
            Some(_) if share => Resumption::PskDhe,
            Some(_) => Resumption::Psk,
            None => Resumption::Full,
        });
    }
    if !leg.resumes_tls12()? {
        return Some(Resumption::Full);
    }
    // A client that sends a ticket has made its session id up, to see it echoed (RFC 5077 section 3.4).
    let ticket = leg
        .hello()
        .and_then(|(_, m)| Some(!m.content(m.extension("session_ticket")?).is_empty()));
    Some(match ticket {
        Some(true) => Resumption::SessionTicket,
        _ => Resumption::SessionId,
    })
}

fn fingerprint_of_server(hello: &Message) -> Option<String> {
    let number = |path| hello.number_at(path)?.try_into().ok();
    let extensions = hello.field("extensions").map_or_else(Vec::new, |list| {
        let number = |extension: &Field| hello.bytes.0.get(extension.start..extension.start + 2);
        list.fields
            .iter()
            .filter_map(|e| Some(u16::from_be_bytes(number(e)?.try_into().ok()?)))
            .collect()
    });
    Some(ja3s(
        number("legacy_version")?,
        number("cipher_suite")?,
        &extensions,
    ))
}

#[cfg(test)]
mod tests;
