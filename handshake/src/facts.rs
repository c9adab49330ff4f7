//! What a handshake agreed on, each part with the field that decides it.

use serde::Serialize;

use crate::{Message, Parties};

/// What the bytes seen so far say of a leg. A part that they don't tell is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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
pub struct Chip {
    /// Which property.
    pub name: ChipName,
    /// Whether the handshake has it.
    pub state: ChipState,
    /// In two or three words: `forward secret`.
    pub label: String,
    /// A sentence that quotes the deciding field.
    pub why: String,
    /// The deciding message: an index into [`crate::Handshake::messages`].
    pub message: Option<usize>,
    /// The path of the deciding field in it: see [`crate::Field::find`].
    pub field: Option<String>,
}

/// The properties that are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
pub(crate) fn gather(_messages: &[Message], _parties: Parties) -> Facts {
    Facts::default()
}
