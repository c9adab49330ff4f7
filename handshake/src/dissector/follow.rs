//! What a message changes for those after it: version and suite, keys, the transcript.

use super::Dissector;
use super::seal::{Early, Seal};
use crate::decrypt::{Keys12, Opener12, Opener13, Suite13, Transcript, hash_of};
use crate::parse::{Context, is_tls13};
use crate::reassemble::HEADER;
use crate::registry::extension;
use crate::{Epoch, MessageKind, Side};

/// The random of a ServerHello that is a HelloRetryRequest (RFC 8446 section 4.1.3).
const HELLO_RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
/// Where the random stands in a hello.
const RANDOM: std::ops::Range<usize> = HEADER + 2..HEADER + 34;

/// How far the handshake has come.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// What the server has chosen.
    pub(super) context: Context,
    /// Whether the client may be sending 0-RTT data.
    pub(super) early: Early,
    client_random: Option<[u8; 32]>,
    server_random: Option<[u8; 32]>,
    transcript: Transcript,
    /// Whether the server agreed to `encrypt_then_mac`.
    encrypt_then_mac: bool,
    /// What opens TLS 1.2's records, of the side whose ChangeCipherSpec has not passed yet.
    openers12: Option<[Option<Opener12>; 2]>,
    /// Whose Finished has passed.
    finished: [bool; 2],
}

impl Progress {
    /// Whether both Finished have passed.
    pub(super) fn is_over(&self) -> bool {
        self.finished == [true; 2]
    }
}

/// The kind of a handshake message; a HelloRetryRequest is told from a ServerHello by its random.
pub(super) fn kind_of(message: &[u8]) -> MessageKind {
    match MessageKind::of_handshake(message.first().copied().unwrap_or_default()) {
        MessageKind::ServerHello if message.get(RANDOM) == Some(&HELLO_RETRY) => {
            MessageKind::HelloRetryRequest
        }
        kind => kind,
    }
}

/// What a ServerHello chooses.
struct Choice {
    /// That of `supported_versions`, or of the hello itself.
    version: u16,
    suite: u16,
    encrypt_then_mac: bool,
}

fn choice(message: &[u8]) -> Option<Choice> {
    let mut hello = crate::reader::Reader::new(message.get(HEADER..)?);
    let mut version = hello.take_u16()?;
    hello.take(32)?;
    hello.take_vector_u8()?;
    let suite = hello.take_u16()?;
    let mut encrypt_then_mac = false;
    hello.take_u8()?;
    if let Some(mut extensions) = hello.take_vector_u16() {
        while let (Some(number), Some(body)) = (extensions.take_u16(), extensions.take_vector_u16()) {
            if let (extension::SUPPORTED_VERSIONS, &[high, low]) = (number, body.rest()) {
                version = u16::from_be_bytes([high, low]);
            }
            encrypt_then_mac |= number == extension::ENCRYPT_THEN_MAC;
        }
    }
    Some(Choice {
        version,
        suite,
        encrypt_then_mac,
    })
}

/// Whether a ClientHello that can be read to its end offers 0-RTT data.
fn offers_early_data(message: &[u8]) -> Option<bool> {
    let mut hello = crate::reader::Reader::new(message.get(HEADER..)?);
    hello.take(2 + 32)?;
    hello.take_vector_u8()?;
    hello.take_vector_u16()?;
    hello.take_vector_u8()?;
    let mut extensions = hello.take_vector_u16()?;
    let mut offers = false;
    while !extensions.is_empty() {
        offers |= extensions.take_u16()? == extension::EARLY_DATA;
        extensions.take_vector_u16()?;
    }
    Some(offers)
}

impl Dissector {
    /// Follows a handshake message that is whole.
    pub(super) fn follow(&mut self, side: Side, kind: MessageKind, message: &[u8]) {
        let progress = &mut self.progress;
        if progress.is_over() {
            // After the handshake: a renegotiation of TLS 1.2 is told, but not followed.
            if kind == MessageKind::KeyUpdate {
                self.senders[side.index()].seal.update();
            }
            return;
        }
        match kind {
            MessageKind::ClientHello => {
                progress.client_random = message.get(RANDOM).and_then(|r| r.try_into().ok());
                let offered = offers_early_data(message).unwrap_or_default();
                progress.early = if offered { Early::Offered } else { Early::None };
            }
            MessageKind::HelloRetryRequest | MessageKind::ServerHello => {
                if let Some(Choice {
                    version,
                    suite,
                    encrypt_then_mac,
                }) = choice(message)
                {
                    progress.encrypt_then_mac = encrypt_then_mac;
                    progress.context = Context {
                        version: Some(version),
                        suite: Some(suite),
                    };
                    if kind == MessageKind::HelloRetryRequest {
                        progress.transcript.retry(hash_of(suite));
                    } else {
                        match version {
                            0x0300..=0x0302 => progress.transcript.settle_two(),
                            _ => progress.transcript.settle(hash_of(suite)),
                        }
                        progress.server_random = message.get(RANDOM).and_then(|r| r.try_into().ok());
                    }
                }
            }
            _ => {}
        }
        // Tickets of TLS 1.3 may overtake the client's Finished, and are no part of what it vouches for.
        let counts = match kind {
            MessageKind::HelloRequest | MessageKind::KeyUpdate => false,
            MessageKind::NewSessionTicket => !progress.context.is_tls13(),
            _ => true,
        };
        if counts {
            progress.transcript.add(message);
        }
        match kind {
            MessageKind::ServerHello if progress.context.is_tls13() => {
                for side in [Side::Client, Side::Server] {
                    self.seal_tls13(side, Epoch::Handshake);
                }
            }
            MessageKind::EndOfEarlyData => progress.early = Early::None,
            MessageKind::KeyUpdate => self.senders[side.index()].seal.update(),
            MessageKind::Finished => {
                progress.finished[side.index()] = true;
                if progress.context.is_tls13() {
                    self.seal_tls13(side, Epoch::Application);
                }
            }
            _ => {}
        }
    }

    /// A ChangeCipherSpec: before TLS 1.3, what follows is sealed. In TLS 1.3 it means nothing.
    pub(super) fn change_cipher_spec(&mut self, side: Side) {
        if self
            .progress
            .context
            .version
            .is_some_and(|version| !is_tls13(version))
        {
            if self.progress.openers12.is_none() {
                let openers = self.keys12().and_then(|keys| keys.openers());
                self.progress.openers12 = Some(openers.map_or([None, None], |openers| openers.map(Some)));
            }
            let openers = self.progress.openers12.as_mut();
            let opener = openers.and_then(|openers| openers[side.index()].take());
            self.senders[side.index()].seal = Seal::Tls12(opener);
        }
    }

    fn seal_tls13(&mut self, side: Side, epoch: Epoch) {
        let secret = self.secrets.by_label(match (side, epoch) {
            (Side::Client, Epoch::Handshake) => "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
            (Side::Server, Epoch::Handshake) => "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            (Side::Client, _) => "CLIENT_TRAFFIC_SECRET_0",
            (Side::Server, _) => "SERVER_TRAFFIC_SECRET_0",
        });
        let suite = self.progress.context.suite.and_then(Suite13::of);
        let opener = suite
            .zip(secret)
            .and_then(|(suite, secret)| Opener13::new(suite, secret));
        self.senders[side.index()].seal = Seal::Tls13(epoch, opener);
    }

    /// What the keys of TLS 1.0 to 1.2 come of. SSL 3.0 makes them in another way.
    fn keys12(&self) -> Option<Keys12<'_>> {
        let version = self.progress.context.version?;
        if !(0x0301..=0x0303).contains(&version) {
            return None;
        }
        Some(Keys12 {
            version,
            suite: self.progress.context.suite?,
            master_secret: self.secrets.by_label("CLIENT_RANDOM")?,
            client_random: self.progress.client_random.as_ref()?,
            server_random: self.progress.server_random.as_ref()?,
            encrypt_then_mac: self.progress.encrypt_then_mac,
        })
    }

    /// Whether the MAC of a Finished is the one that we compute; `None` where it cannot be computed.
    pub(super) fn verify(&self, side: Side, epoch: Epoch, message: &[u8]) -> Option<bool> {
        if self.progress.finished[side.index()] {
            return None;
        }
        let transcript = self.progress.transcript.hash()?;
        let said = message.get(HEADER..)?;
        match epoch {
            Epoch::Handshake => {
                let Seal::Tls13(Epoch::Handshake, Some(opener)) = &self.senders[side.index()].seal else {
                    return None;
                };
                Some(opener.verify_data(&transcript).as_ref() == said)
            }
            Epoch::Sealed => Some(self.keys12()?.verify_data(side, &transcript)? == said),
            _ => None,
        }
    }
}
