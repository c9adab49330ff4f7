//! What seals the records of a side, and what comes of a record: opened, or told as sealed.

use super::{Content, Dissector};
use crate::decrypt::{Opener12, Opener13, Suite13, hash_of};
use crate::record::RawRecord;
use crate::registry::{content_type, record_type};
use crate::{Epoch, Hex, Message, MessageKind, Problem, Side, Story};

/// What seals the records of one side now. An opener is there where the secret is known.
#[derive(Debug, Default)]
pub(super) enum Seal {
    /// Nothing; but a client may have begun to send 0-RTT data.
    #[default]
    Clear,
    /// TLS 1.3's keys. Alerts may still come in the clear, and ChangeCipherSpec does.
    Tls13(Epoch, Option<Opener13>),
    /// The keys of TLS 1.2 or before.
    Tls12(Option<Opener12>),
}

impl Seal {
    /// The epoch of what is sealed.
    pub(super) fn epoch(&self) -> Epoch {
        match self {
            Self::Clear => Epoch::Clear,
            Self::Tls13(epoch, _) => *epoch,
            Self::Tls12(_) => Epoch::Sealed,
        }
    }

    /// After a KeyUpdate.
    pub(super) fn update(&mut self) {
        if let Self::Tls13(_, opener) = self {
            *opener = opener.as_ref().and_then(Opener13::next_generation);
        }
    }
}

/// 0-RTT data of the client.
#[derive(Debug, Default)]
pub(super) enum Early {
    /// None, or no more.
    #[default]
    None,
    /// It was offered, and none was opened yet.
    Offered,
    /// It comes, and can be opened.
    Opened(Opener13),
}

/// Sealed records of one side, one behind another, that cannot be opened.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) side: Side,
    at_us: u64,
    length: usize,
    records: Vec<usize>,
}

impl Dissector {
    /// Takes a record that is whole.
    pub(super) fn read_record(&mut self, side: Side, record: &RawRecord<'_>) {
        let index = self.list(side, record);
        let sealed = match (&self.senders[side.index()].seal, record.content_type) {
            (Seal::Tls12(_), _) => true,
            (_, record_type::APPLICATION_DATA) => true,
            (Seal::Clear | Seal::Tls13(..), _) => false,
        };
        if !sealed {
            return self.read_content(Content {
                side,
                content_type: record.content_type,
                fragment: &record.fragment,
                record: index,
                epoch: Epoch::Clear,
                encrypted: false,
            });
        }
        if let Some(listed) = index.and_then(|index| self.records.get_mut(index)) {
            listed.sealed = true;
        }
        match self.open(side, record) {
            Opened::Content(content_type, fragment, epoch) => {
                self.note_inner_type(index, epoch, content_type);
                self.read_content(Content {
                    side,
                    content_type,
                    fragment: &fragment,
                    record: index,
                    epoch,
                    encrypted: true,
                });
            }
            Opened::Early => {}
            Opened::Not => self.pass_over(side, record, index),
        }
    }

    fn note_inner_type(&mut self, index: Option<usize>, epoch: Epoch, number: u8) {
        if let Some(listed) = index.and_then(|index| self.records.get_mut(index))
            && epoch != Epoch::Sealed
        {
            listed.inner_type = Some(content_type(number));
        }
    }

    fn open(&mut self, side: Side, record: &RawRecord<'_>) -> Opened {
        if side == Side::Client
            && let Some((content_type, content)) = self.open_early(record)
        {
            return Opened::Content(content_type, content, Epoch::Early);
        }
        let opened = match &mut self.senders[side.index()].seal {
            Seal::Clear | Seal::Tls13(_, None) | Seal::Tls12(None) => return Opened::Not,
            Seal::Tls13(epoch, Some(opener)) => opener
                .open(record.header, &record.fragment)
                .map(|(content_type, content)| Opened::Content(content_type, content, *epoch)),
            Seal::Tls12(Some(opener)) => opener
                .open(record.header, &record.fragment)
                .map(|content| Opened::Content(record.content_type, content, Epoch::Sealed)),
        };
        let epoch = self.senders[side.index()].seal.epoch();
        match opened {
            Some(opened) => {
                if side == Side::Client {
                    self.progress.early = Early::None;
                }
                opened
            }
            // 0-RTT data that the server refuses, or whose secret is not known, comes before the handshake's records.
            None if side == Side::Client
                && epoch == Epoch::Handshake
                && !matches!(self.progress.early, Early::None) =>
            {
                Opened::Early
            }
            None => {
                self.object(
                    side,
                    Problem {
                        start: record.start,
                        end: record.end(),
                        text: "a sealed record does not open with the secret that is known".to_owned(),
                    },
                );
                match &mut self.senders[side.index()].seal {
                    Seal::Clear => {}
                    Seal::Tls13(_, opener) => *opener = None,
                    Seal::Tls12(opener) => *opener = None,
                }
                Opened::Not
            }
        }
    }

    /// Opens a record of 0-RTT data. Before the ServerHello its suite is not known, so those that go with the secret
    /// are tried.
    fn open_early(&mut self, record: &RawRecord<'_>) -> Option<(u8, Vec<u8>)> {
        match &mut self.progress.early {
            Early::None => None,
            Early::Opened(opener) => opener.open(record.header, &record.fragment),
            Early::Offered => {
                let secret = self.secrets.by_label("CLIENT_EARLY_TRAFFIC_SECRET")?;
                let mut openers = Suite13::of_secret(secret)
                    .iter()
                    .filter_map(|suite| Opener13::new(*suite, secret));
                let (opener, content) = openers.find_map(|mut opener| {
                    let content = opener.open(record.header, &record.fragment)?;
                    Some((opener, content))
                })?;
                self.progress.early = Early::Opened(opener);
                Some(content)
            }
        }
    }

    /// A sealed record that cannot be opened: as far as its place and length tell what it is.
    fn pass_over(&mut self, side: Side, record: &RawRecord<'_>, index: Option<usize>) {
        let over = self.senders[side.index()].over;
        match (&self.senders[side.index()].seal, record.content_type) {
            (Seal::Tls13(Epoch::Handshake, _), _) if !over => self.extend_run(side, record, index),
            (Seal::Tls12(_), record_type::HANDSHAKE) => {
                // The first that is sealed is Finished (RFC 5246 section 7.4.9).
                let kind = if over {
                    MessageKind::Sealed
                } else {
                    MessageKind::Finished
                };
                self.senders[side.index()].over = true;
                self.tell_sealed(side, kind, record, index);
            }
            (Seal::Tls12(_), record_type::ALERT) => self.tell_sealed(side, MessageKind::Alert, record, index),
            _ => {}
        }
    }

    fn tell_sealed(&mut self, side: Side, kind: MessageKind, record: &RawRecord<'_>, index: Option<usize>) {
        self.tell_run();
        self.run = Some(Run {
            side,
            at_us: self.senders[side.index()].at_us,
            length: record.fragment.len(),
            records: index.into_iter().collect(),
        });
        self.tell_run_as(kind, Epoch::Sealed);
    }

    /// A sealed record of TLS 1.3's handshake. The server's are over when the client's begin, and the client's with a
    /// record of a Finished's length: what comes then is the application's, and no message.
    fn extend_run(&mut self, side: Side, record: &RawRecord<'_>, index: Option<usize>) {
        const HEADER_TYPE_AND_TAG: usize = 4 + 1 + 16;
        if self.run.as_ref().is_some_and(|run| run.side != side) {
            self.tell_run();
        }
        let is_finished =
            self.progress.context.suite.is_some_and(|suite| {
                record.fragment.len() == hash_of(suite).output_len() + HEADER_TYPE_AND_TAG
            });
        if side == Side::Client {
            self.senders[Side::Server.index()].over = true;
            if !is_finished && !matches!(self.progress.early, Early::None) {
                return;
            }
        }
        let at_us = self.senders[side.index()].at_us;
        let run = self.run.get_or_insert_with(|| Run {
            side,
            at_us,
            length: 0,
            records: Vec::new(),
        });
        run.at_us = at_us;
        run.length += record.fragment.len();
        run.records.extend(index);
        if side == Side::Client && is_finished {
            self.senders[side.index()].over = true;
            self.tell_run();
        }
    }

    /// Tells the run of sealed records, if there is one.
    pub(super) fn tell_run(&mut self) {
        self.tell_run_as(MessageKind::Sealed, Epoch::Handshake);
    }

    fn tell_run_as(&mut self, kind: MessageKind, epoch: Epoch) {
        let Some(run) = self.run.take() else {
            return;
        };
        self.push(Message {
            kind,
            from: self.parties.of(run.side),
            offset_us: run.at_us,
            length: run.length,
            encrypted: true,
            epoch,
            flight: 0,
            records: run.records,
            bytes: Hex::default(),
            fields: Vec::new(),
            story: Story::default(),
            verified: None,
            problem: None,
        });
    }
}

/// What came of a sealed record.
enum Opened {
    /// Its content type and content.
    Content(u8, Vec<u8>, Epoch),
    /// It is 0-RTT data that cannot be opened.
    Early,
    /// It could not be opened.
    Not,
}
