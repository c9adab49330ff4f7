//! The key schedule as data: which secret comes of which, by what label, for what, and how far a handshake came.

mod tls12;
mod tls13;

use std::borrow::Cow;

use serde::Serialize;

use crate::parse::Context;
use crate::registry::version_name;
use crate::{Message, MessageKind, Parties, Secrets};

/// A handshake's key schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct KeySchedule {
    /// The version whose schedule it is: `TLS 1.3`.
    pub version: Option<Cow<'static, str>>,
    /// Inputs and secrets, each after those that it comes of.
    pub nodes: Vec<KeyNode>,
}

/// An input of the key schedule, or a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct KeyNode {
    /// A name to refer to it by: `handshake_secret`.
    pub name: Cow<'static, str>,
    /// Its name for a person: `Handshake Secret`.
    pub title: Cow<'static, str>,
    /// The names of the nodes that it comes of.
    pub from: Vec<Cow<'static, str>>,
    /// How it comes of them: `HKDF-Extract(salt = derived, IKM = (EC)DHE)`.
    pub derivation: Cow<'static, str>,
    /// The label: `c hs traffic`.
    pub label: Option<Cow<'static, str>>,
    /// The messages that go into it: `ClientHello...ServerHello`.
    pub transcript: Option<Cow<'static, str>>,
    /// What it is for.
    pub purpose: Cow<'static, str>,
    /// Whether this handshake came so far that both sides had it.
    pub reached: bool,
    /// Its value in hexadecimal, when it is among the secrets given.
    pub value: Option<String>,
}

/// The key schedule of the handshake of these messages; empty while the server has chosen no version.
pub(crate) fn tell(
    messages: &[Message],
    parties: Parties,
    context: Context,
    secrets: &Secrets,
) -> KeySchedule {
    let seen = Seen { messages, parties };
    let Some(version) = context.version else {
        return KeySchedule::default();
    };
    KeySchedule {
        version: Some(version_name(version)),
        nodes: if context.is_tls13() {
            tls13::nodes(seen, secrets)
        } else {
            tls12::nodes(seen, context, secrets)
        },
    }
}

/// The messages of a handshake, to ask for what came.
#[derive(Clone, Copy)]
struct Seen<'a> {
    messages: &'a [Message],
    parties: Parties,
}

impl<'a> Seen<'a> {
    /// The last message of this kind: where there are two hellos, the second counts.
    fn last(self, kind: MessageKind) -> Option<&'a Message> {
        self.messages.iter().rev().find(|message| message.kind == kind)
    }

    fn client_sent(self, kind: MessageKind) -> bool {
        let from = self.parties.client;
        self.messages.iter().any(|m| m.kind == kind && m.from == from)
    }

    fn server_sent(self, kind: MessageKind) -> bool {
        let from = self.parties.server;
        self.messages.iter().any(|m| m.kind == kind && m.from == from)
    }
}

/// Writes down nodes.
struct Draft<'a> {
    nodes: Vec<KeyNode>,
    secrets: &'a Secrets,
}

impl<'a> Draft<'a> {
    fn new(secrets: &'a Secrets) -> Self {
        Self {
            // TLS 1.3 has 24 without key updates.
            nodes: Vec::with_capacity(24),
            secrets,
        }
    }

    /// Adds a node that is made as `derivation` says.
    fn add(
        &mut self,
        name: &'static str,
        title: &'static str,
        from: &[&'static str],
        derivation: impl Into<Cow<'static, str>>,
        purpose: &'static str,
        reached: bool,
    ) -> &mut KeyNode {
        self.push(KeyNode {
            name: name.into(),
            title: title.into(),
            from: from.iter().map(|&name| name.into()).collect(),
            derivation: derivation.into(),
            label: None,
            transcript: None,
            purpose: purpose.into(),
            reached,
            value: None,
        })
    }

    fn push(&mut self, node: KeyNode) -> &mut KeyNode {
        self.nodes.push(node);
        let last = self.nodes.len() - 1;
        &mut self.nodes[last]
    }

    /// The value of the secret of this label of the key log, if it was given.
    fn value(&self, label: &str) -> Option<String> {
        self.secrets.by_label(label).map(crate::message::hex)
    }
}
