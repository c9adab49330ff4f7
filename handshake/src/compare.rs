//! What the proxy changed: the client's hello beside ours to the origin, and the two answers.

use std::borrow::Cow;

use serde::Serialize;

use crate::leg::{Leg, listing};
use crate::registry::version_name;
use crate::scribe::Text;
use crate::words::sentence;
use crate::{Facts, Field, Handshake, Message, Parties};

mod masking;

pub use masking::{Masking, MaskingReason};

/// Both legs of a connection, compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct Comparison {
    /// Aspect by aspect, those of the hellos first, then those of the answers.
    pub rows: Vec<Change>,
    /// How the client would have fared without the proxy.
    pub masking: Masking,
}

/// One aspect of two hellos.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct Change {
    /// Which: `cipher_suites`; those of the answers begin with `server_`.
    pub aspect: String,
    /// On the client leg: what the client said, or what it was answered.
    pub client: Vec<Cow<'static, str>>,
    /// On the origin leg: what Handlens said, or what it was answered.
    pub handlens: Vec<Cow<'static, str>>,
    /// Whether both are the same.
    pub same: bool,
    /// What the difference comes of, as a sentence.
    pub note: Option<String>,
}

/// Compares the legs of an inspected connection. `None` when either has no ClientHello.
#[must_use]
pub fn compare(client_leg: &Handshake, origin_leg: &Handshake) -> Option<Comparison> {
    let client = Leg::new(&client_leg.messages, Parties::CLIENT_LEG);
    let origin = Leg::new(&origin_leg.messages, Parties::ORIGIN_LEG);
    let (_, theirs) = client.opening()?;
    let (_, ours) = origin.opening()?;
    let mut rows: Vec<_> = HELLOS
        .iter()
        .map(|(aspect, read)| row(aspect, read(theirs), read(ours)))
        .collect();
    rows.push(fact_row("ja4", client_leg, origin_leg, |facts| &facts.ja4));
    if let (Some((_, ours)), Some((_, theirs))) = (client.server_hello(), origin.server_hello()) {
        let facts = FACTS.iter();
        rows.extend(facts.map(|(aspect, part)| fact_row(aspect, client_leg, origin_leg, *part)));
        rows.push(row(
            "server_extensions",
            answered(client, ours),
            answered(origin, theirs),
        ));
    }
    Some(Comparison {
        rows,
        masking: masking::judge(client, origin),
    })
}

/// What a ClientHello says in one aspect.
type Reading = fn(&Message) -> Vec<Text>;

const HELLOS: [(&str, Reading); 9] = [
    ("server_name", |hello| {
        let name = hello.text_at("extensions/server_name/server_name_list/server_name/host_name");
        name.into_iter().map(Text::Owned).collect()
    }),
    ("versions", |hello| {
        hello.versions().into_iter().map(version_name).collect()
    }),
    ("cipher_suites", |hello| names(hello, "cipher_suites")),
    ("groups", |hello| {
        names(hello, "extensions/supported_groups/named_group_list")
    }),
    ("key_shares", |hello| {
        names(hello, "extensions/key_share/client_shares")
    }),
    ("signature_schemes", |hello| {
        names(
            hello,
            "extensions/signature_algorithms/supported_signature_algorithms",
        )
    }),
    ("alpn", |hello| {
        hello.protocols().into_iter().map(Text::Owned).collect()
    }),
    ("extensions", |hello| {
        let mut names = names(hello, "extensions");
        names.retain(|name| name != "GREASE");
        names.sort_unstable();
        names
    }),
    ("order", |hello| names(hello, "extensions")),
];

/// A part of what a leg agreed on.
type Part = fn(&Facts) -> &Option<String>;

const FACTS: [(&str, Part); 5] = [
    ("server_version", |facts| &facts.version),
    ("server_cipher_suite", |facts| &facts.cipher_suite),
    ("server_group", |facts| &facts.group),
    ("server_signature_scheme", |facts| &facts.signature_scheme),
    ("server_alpn", |facts| &facts.alpn),
];

fn fact_row(aspect: &str, client: &Handshake, origin: &Handshake, part: Part) -> Change {
    let list = |handshake: &Handshake| {
        let told = part(&handshake.facts).clone();
        told.into_iter().map(Text::Owned).collect()
    };
    row(aspect, list(client), list(origin))
}

/// The extensions that the server of a leg answered.
fn answered(leg: Leg<'_>, hello: &Message) -> Vec<Text> {
    let mut all = names(hello, "extensions");
    if let Some((_, more)) = leg.encrypted_extensions() {
        all.extend(names(more, "extensions"));
    }
    all.sort_unstable();
    all
}

/// The names of the fields of a list.
fn names(message: &Message, path: &str) -> Vec<Text> {
    let name = |field: &Field| field.name.clone();
    message
        .field(path)
        .map_or_else(Vec::new, |list| list.fields.iter().map(name).collect())
}

fn row(aspect: &str, client: Vec<Text>, handlens: Vec<Text>) -> Change {
    let same = client == handlens;
    Change {
        aspect: aspect.to_owned(),
        note: (!same).then(|| note(aspect, &client, &handlens)).flatten(),
        same,
        client,
        handlens,
    }
}

/// Why two sides differ.
fn note(aspect: &str, client: &[Text], handlens: &[Text]) -> Option<String> {
    let difference = |what: &str| {
        let less: Vec<_> = client.iter().filter(|c| !handlens.contains(c)).collect();
        let more: Vec<_> = handlens.iter().filter(|h| !client.contains(h)).collect();
        let mut parts = Vec::new();
        if !less.is_empty() {
            parts.push(sentence!("The client alone has {}.", listing(&less)));
        }
        if !more.is_empty() {
            parts.push(sentence!("Handlens alone has {}.", listing(&more)));
        }
        match parts.is_empty() {
            true => sentence!("The same {what} in another order."),
            false => parts.join(" "),
        }
    };
    Some(match aspect {
        "server_name" => match client.is_empty() {
            true => "The client names no host; Handlens names the one of the target.".into(),
            false => "Handlens names another host than the client.".into(),
        },
        "versions" => sentence!("{} Handlens speaks TLS 1.3 and TLS 1.2.", difference("versions")),
        "cipher_suites" => difference("suites"),
        "groups" | "key_shares" => difference("groups"),
        "signature_schemes" => difference("schemes"),
        "alpn" => difference("protocols"),
        "extensions" | "server_extensions" => difference("extensions"),
        "order" => "Handlens puts its extensions into a new order with each hello, as browsers do.".into(),
        "ja4" => "The origin sees the fingerprint of Handlens, not that of the client.".into(),
        "server_signature_scheme" => {
            "Handlens signs with the key of a minted certificate, the origin with its own.".into()
        }
        "server_alpn" => difference("protocols"),
        "server_version" | "server_cipher_suite" | "server_group" => {
            "Each leg is agreed on by itself, from what its own two sides can do.".into()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
