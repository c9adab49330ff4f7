//! One leg's messages, read for what they agree on: what facts, story and diagnosis have in common.

use crate::registry::{self, CipherSuite, is_grease, version_name};
use crate::{Field, Message, MessageKind, Parties, Party, Side};

/// The messages of a leg, and who plays which role.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg<'a> {
    pub(crate) messages: &'a [Message],
    pub(crate) parties: Parties,
    /// The version and the suite that the server chose: every sentence asks for them.
    version: Option<u16>,
    suite: Option<CipherSuite>,
}

/// A message and its index.
pub(crate) type Found<'a> = (usize, &'a Message);

impl<'a> Leg<'a> {
    pub(crate) fn new(messages: &'a [Message], parties: Parties) -> Self {
        let mut leg = Self {
            messages,
            parties,
            version: None,
            suite: None,
        };
        leg.version = leg.chosen_version();
        leg.suite = leg.chosen_suite();
        leg
    }

    pub(crate) fn all(self) -> impl Iterator<Item = Found<'a>> {
        self.messages.iter().enumerate()
    }

    /// The first message of this kind.
    pub(crate) fn first(self, kind: MessageKind) -> Option<Found<'a>> {
        self.all().find(|(_, m)| m.kind == kind)
    }

    /// The first message of this kind from this side.
    pub(crate) fn first_from(self, side: Side, kind: MessageKind) -> Option<Found<'a>> {
        self.all().find(|(_, m)| m.kind == kind && self.is_from(m, side))
    }

    pub(crate) fn is_from(self, message: &Message, side: Side) -> bool {
        message.from == self.parties.of(side)
    }

    /// The ClientHello that opened the handshake.
    pub(crate) fn opening(self) -> Option<Found<'a>> {
        self.first(MessageKind::ClientHello)
    }

    /// The ClientHello that the ServerHello answers: the second where a HelloRetryRequest stands between.
    pub(crate) fn hello(self) -> Option<Found<'a>> {
        let end = self
            .server_hello()
            .map_or(self.messages.len(), |(index, _)| index);
        self.all()
            .take(end)
            .filter(|(_, m)| m.kind == MessageKind::ClientHello)
            .last()
    }

    pub(crate) fn server_hello(self) -> Option<Found<'a>> {
        self.first(MessageKind::ServerHello)
    }

    /// The version that the server chose.
    pub(crate) fn version(self) -> Option<u16> {
        self.version
    }

    fn chosen_version(self) -> Option<u16> {
        let (_, hello) = self
            .server_hello()
            .or_else(|| self.first(MessageKind::HelloRetryRequest))?;
        let number = hello
            .number_at("extensions/supported_versions/selected_version")
            .or_else(|| hello.number_at("legacy_version"))?;
        number.try_into().ok()
    }

    pub(crate) fn is_tls13(self) -> bool {
        self.version().is_some_and(|v| v == 0x0304 || v >> 8 == 0x7f)
    }

    /// The suite that the server chose.
    pub(crate) fn suite(self) -> Option<CipherSuite> {
        self.suite
    }

    fn chosen_suite(self) -> Option<CipherSuite> {
        let (_, hello) = self.server_hello()?;
        CipherSuite::find(hello.number_at("cipher_suite")?.try_into().ok()?)
    }

    /// The answer of TLS 1.3's server to an extension that is not in its ServerHello.
    pub(crate) fn encrypted_extensions(self) -> Option<Found<'a>> {
        self.first(MessageKind::EncryptedExtensions)
    }

    /// The group of the key exchange, with the message and the path of the field that names it.
    pub(crate) fn group(self) -> Option<(u16, usize, &'static str)> {
        const SHARE: &str = "extensions/key_share/server_share/group";
        let named = |found: Option<Found<'_>>, path: &'static str| {
            let (index, message) = found?;
            Some((message.number_at(path)?.try_into().ok()?, index, path))
        };
        if self.is_tls13() {
            return named(self.server_hello(), SHARE);
        }
        named(self.first(MessageKind::ServerKeyExchange), "named_curve")
    }

    /// The scheme by which the server signed: over the transcript in TLS 1.3, over its key before.
    pub(crate) fn server_scheme(self) -> Option<u16> {
        let kind = match self.is_tls13() {
            true => MessageKind::CertificateVerify,
            false => MessageKind::ServerKeyExchange,
        };
        let (_, signed) = self.first_from(Side::Server, kind)?;
        signed.number_at("algorithm")?.try_into().ok()
    }

    /// How many bits the prime of a Diffie-Hellman exchange without a named group has.
    pub(crate) fn prime_bits(self) -> Option<usize> {
        let (_, exchange) = self.first(MessageKind::ServerKeyExchange)?;
        let prime = exchange.content(exchange.field("dh_p")?);
        let zeros = prime.iter().take_while(|byte| **byte == 0).count();
        let first = prime.get(zeros)?;
        Some((prime.len() - zeros) * 8 - first.leading_zeros() as usize)
    }

    /// Whether TLS 1.2's server resumed a session: it went on to seal without showing or agreeing on anything.
    pub(crate) fn resumes_tls12(self) -> Option<bool> {
        let (at, _) = self.server_hello()?;
        self.messages[at + 1..]
            .iter()
            .filter(|m| self.is_from(m, Side::Server))
            .find_map(|m| match m.kind {
                MessageKind::Certificate | MessageKind::ServerKeyExchange | MessageKind::ServerHelloDone => {
                    Some(false)
                }
                MessageKind::ChangeCipherSpec => Some(true),
                _ => None,
            })
    }

    /// Whether the server's answers beyond its ServerHello can be read.
    pub(crate) fn is_open(self) -> bool {
        match self.is_tls13() {
            true => self.encrypted_extensions().is_some(),
            false => self.server_hello().is_some(),
        }
    }

    /// The last message of the handshake proper, once both sides have finished. Where sealed messages could not be
    /// told apart, a side's first run of them ends with its Finished.
    pub(crate) fn end(self) -> Option<usize> {
        let finished = |side| {
            self.first_from(side, MessageKind::Finished)
                .or_else(|| self.first_from(side, MessageKind::Sealed))
        };
        Some(finished(Side::Client)?.0.max(finished(Side::Server)?.0))
    }
}

impl Message {
    /// The extension of this name.
    pub(crate) fn extension(&self, name: &str) -> Option<&Field> {
        self.field("extensions")?.part(name)
    }

    /// The numbers of a list that mean something.
    pub(crate) fn meant_at(&self, path: &str) -> Vec<u16> {
        let mut numbers = self.numbers_at(path);
        numbers.retain(|n| !is_grease(*n));
        numbers
    }

    /// The text of a field that holds text.
    pub(crate) fn text_at(&self, path: &str) -> Option<String> {
        let content = self.content(self.field(path)?);
        Some(String::from_utf8_lossy(content).into_owned())
    }

    /// Application protocols, offered or chosen.
    pub(crate) fn protocols(&self) -> Vec<String> {
        let list = self.field("extensions/application_layer_protocol_negotiation/protocol_name_list");
        list.map_or_else(Vec::new, |list| {
            let text = |field| String::from_utf8_lossy(self.content(field)).into_owned();
            list.fields.iter().map(text).collect()
        })
    }

    /// The versions that a ClientHello offers, in its order.
    pub(crate) fn versions(&self) -> Vec<u16> {
        match self.extension("supported_versions") {
            Some(_) => self.meant_at("extensions/supported_versions/versions"),
            None => self
                .number_at("legacy_version")
                .and_then(|v| v.try_into().ok())
                .into_iter()
                .collect(),
        }
    }

    /// The suites that a ClientHello offers, without GREASE and without signals.
    pub(crate) fn suites(&self) -> Vec<u16> {
        let mut suites = self.meant_at("cipher_suites");
        suites.retain(|n| !registry::suite_is_signal(*n));
        suites
    }

    /// The groups of a ClientHello's key shares.
    pub(crate) fn share_groups(&self) -> Vec<u16> {
        let list = self.field("extensions/key_share/client_shares");
        list.map_or_else(Vec::new, |list| {
            let group = |share: &Field| self.number(share.part("group")?)?.try_into().ok();
            list.fields
                .iter()
                .filter_map(group)
                .filter(|group| !is_grease(*group))
                .collect()
        })
    }

    /// How many certificates a Certificate holds.
    pub(crate) fn chain_length(&self) -> Option<usize> {
        let list = match self.kind {
            MessageKind::CompressedCertificate => {
                self.field("compressed_certificate_message/certificate_list")?
            }
            _ => self.field("certificate_list")?,
        };
        Some(list.fields.len())
    }
}

/// A party in the middle of a sentence.
pub(crate) fn the(party: Party) -> &'static str {
    match party {
        Party::Client => "the client",
        Party::Handlens => "Handlens",
        Party::Origin => "the origin",
        Party::Server => "the server",
    }
}

/// A party at the beginning of a sentence.
pub(crate) fn the_first(party: Party) -> &'static str {
    match party {
        Party::Client => "The client",
        Party::Handlens => "Handlens",
        Party::Origin => "The origin",
        Party::Server => "The server",
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listing<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [word] => word.as_ref().to_owned(),
        [first, others @ .., last] => {
            let length = |word: &T| word.as_ref().len() + " and ".len();
            let mut text = String::with_capacity(words.iter().map(length).sum());
            text.push_str(first.as_ref());
            for word in others {
                text.push_str(", ");
                text.push_str(word.as_ref());
            }
            text.push_str(" and ");
            text.push_str(last.as_ref());
            text
        }
    }
}

/// Versions, as a listing.
pub(crate) fn listing_versions(versions: &[u16]) -> String {
    let names: Vec<_> = versions.iter().map(|v| version_name(*v)).collect();
    listing(&names)
}
