//! Takes the bytes of both sides and yields the messages of the handshake.
//!
//! This is the way of the bytes: streams, records, content, messages. What seals a side's records is in [`seal`], and
//! what a message changes for those after it in [`follow`].

mod awaited;
mod follow;
mod seal;

use self::follow::Progress;
use self::seal::Seal;
use crate::reassemble::{self, RawMessage, Reassembly, TooLong};
use crate::record::{RawRecord, RecordLayer};
use crate::registry::{content_type, record_type, version_value};
use crate::{
    Epoch, Handshake, Hex, Late, Message, MessageKind, Parties, Problem, Record, Secrets, Side, Story, parse,
};

/// Messages and records of most handshakes.
const TYPICAL: usize = 16;
/// More messages than this are not told. Four bytes make a message, so a peer must not decide how many there are; a
/// handshake has about twenty.
const MAX_MESSAGES: usize = 1024;
/// More records than this are not listed, though they are read: after the handshake they are the application's.
const MAX_RECORDS: usize = 4096;
/// The fields of all messages together: about a thousand bytes of memory each at worst.
const MAX_FIELDS: usize = 32 * 1024;
/// The bytes of all messages together. With [`MAX_FIELDS`] it bounds what a dissector holds, whatever is fed.
const MAX_BYTES: usize = 1024 * 1024;

/// Takes the bytes of both sides in pieces of any size and yields whole messages.
///
/// It never fails: what cannot be read is told as a [`Problem`], and what was read stays.
#[derive(Debug)]
pub struct Dissector {
    parties: Parties,
    secrets: Secrets,
    progress: Progress,
    senders: [Sender; 2],
    messages: Vec<Message>,
    records: Vec<Record>,
    problems: Vec<Problem>,
    /// Sealed records of one side that could not be opened and are not told yet.
    run: Option<seal::Run>,
    /// How many messages [`Self::next_message`] has yielded.
    yielded: usize,
    fields_left: usize,
    bytes_left: usize,
    /// How many messages were not told.
    left_out: usize,
}

/// What is known of one side.
#[derive(Debug, Default)]
struct Sender {
    records: RecordLayer,
    messages: Reassembly,
    seal: Seal,
    /// Where nothing can be opened: whether this side's handshake is surely over.
    over: bool,
    /// When its last bytes passed.
    at_us: u64,
}

/// The content of a record, in the clear.
#[derive(Clone, Copy, Debug)]
struct Content<'a> {
    side: Side,
    content_type: u8,
    fragment: &'a [u8],
    record: Option<usize>,
    epoch: Epoch,
    encrypted: bool,
}

impl Dissector {
    /// A dissector at the first byte of a leg.
    #[must_use]
    pub fn new(parties: Parties, secrets: Secrets) -> Self {
        Self {
            parties,
            secrets,
            progress: Progress::default(),
            senders: Default::default(),
            messages: Vec::with_capacity(TYPICAL),
            records: Vec::with_capacity(TYPICAL),
            problems: Vec::new(),
            run: None,
            yielded: 0,
            fields_left: MAX_FIELDS,
            bytes_left: MAX_BYTES,
            left_out: 0,
        }
    }

    /// Takes the next bytes of one side, and when they passed.
    pub fn feed(&mut self, side: Side, at_us: u64, mut bytes: &[u8]) {
        self.senders[side.index()].at_us = at_us;
        while let Some(read) = self.senders[side.index()].records.next(&mut bytes) {
            match read {
                Ok(record) => self.read_record(side, &record),
                Err(problem) => self.object(side, problem),
            }
        }
    }

    /// Takes what a TLS engine opened after the raw bytes were no longer noted.
    pub fn feed_late(&mut self, late: &Late<'_>) {
        self.senders[late.side.index()].at_us = late.at_us;
        let epoch = if self.progress.context.is_tls13() {
            Epoch::Application
        } else {
            Epoch::Sealed
        };
        self.read_content(Content {
            side: late.side,
            content_type: late.content_type,
            fragment: late.bytes,
            record: None,
            epoch,
            encrypted: true,
        });
    }

    /// The next message that is whole, without its story yet.
    pub fn next_message(&mut self) -> Option<&Message> {
        let next = self.messages.get(self.yielded)?;
        self.yielded += 1;
        Some(next)
    }

    /// All of it: what is not whole is told as far as it goes, and then the story is.
    #[must_use]
    pub fn finish(mut self) -> Handshake {
        self.tell_run();
        for side in [Side::Client, Side::Server] {
            if let Some(rest) = self.senders[side.index()].messages.rest() {
                self.read_rest(side, rest);
            }
            // After the handshake a capture ends where it likes.
            if let Some(problem) = self.senders[side.index()].records.rest()
                && !self.is_over()
            {
                self.object(side, problem);
            }
        }
        self.put_in_order();
        crate::story::tell(&mut self.messages, self.parties);
        Handshake {
            facts: crate::facts::gather(&self.messages, self.parties),
            failure: crate::diagnose::explain(&self.messages, self.parties, None),
            key_schedule: crate::key_schedule::tell(
                &self.messages,
                self.parties,
                self.progress.context,
                &self.secrets,
            ),
            messages: self.messages,
            records: self.records,
            problems: self.problems,
            left_out: self.left_out,
        }
    }

    fn object(&mut self, side: Side, problem: Problem) {
        let text = format!("from {}: {}", self.parties.of(side), problem.text);
        if self.problems.len() < MAX_MESSAGES {
            self.problems.push(Problem { text, ..problem });
        }
    }

    /// Whether both sides' Finished have passed, as far as can be told.
    fn is_over(&self) -> bool {
        self.progress.is_over() || self.senders.iter().all(|sender| sender.over)
    }

    /// Tells once that a bound was met: nothing is left out in silence.
    fn overfill(&mut self, side: Side, at: u64, text: &str) {
        if !self.problems.iter().any(|told| told.text.ends_with(text)) {
            self.object(
                side,
                Problem {
                    start: at,
                    end: at,
                    text: text.to_owned(),
                },
            );
        }
    }

    /// Lists a record, and tells its index.
    fn list(&mut self, side: Side, record: &RawRecord<'_>) -> Option<usize> {
        if self.records.len() == MAX_RECORDS {
            self.overfill(side, record.start, "more records follow than are listed");
            return None;
        }
        self.records.push(Record {
            from: self.parties.of(side),
            offset_us: self.senders[side.index()].at_us,
            content_type: content_type(record.content_type),
            version: version_value(record.version),
            start: record.start,
            end: record.end(),
            sealed: false,
            inner_type: None,
        });
        Some(self.records.len() - 1)
    }

    /// Takes what was in a record, in the clear.
    fn read_content(&mut self, content: Content<'_>) {
        match content.content_type {
            record_type::HANDSHAKE => {
                self.senders[content.side.index()]
                    .messages
                    .feed(content.fragment, content.record);
                while let Some(read) = self.senders[content.side.index()].messages.next() {
                    match read {
                        Ok(raw) => self.read_handshake(&content, raw),
                        Err(too_long) => self.refuse(content.side, too_long),
                    }
                }
            }
            record_type::ALERT => self.tell(
                &content,
                MessageKind::Alert,
                RawMessage::alone(content.fragment, content.record),
                None,
            ),
            record_type::CHANGE_CIPHER_SPEC => {
                let kind = MessageKind::ChangeCipherSpec;
                self.tell(
                    &content,
                    kind,
                    RawMessage::alone(content.fragment, content.record),
                    None,
                );
                self.change_cipher_spec(content.side);
            }
            _ => {}
        }
    }

    fn read_handshake(&mut self, content: &Content<'_>, raw: RawMessage) {
        let kind = follow::kind_of(&raw.bytes);
        let verified = match kind {
            MessageKind::Finished => self.verify(content.side, content.epoch, &raw.bytes),
            _ => None,
        };
        let told = self.read_message(content, kind, raw, verified);
        match told {
            Ok(message) => {
                // What it says of those after it says nothing of how it is told itself.
                self.follow(content.side, kind, &message.bytes.0);
                self.push(message);
            }
            Err(raw) => self.follow(content.side, kind, &raw.bytes),
        }
    }

    fn refuse(&mut self, side: Side, too_long: TooLong) {
        self.left_out += 1;
        let kind = MessageKind::of_handshake(too_long.msg_type);
        let at = self.senders[side.index()].records.position();
        let text = format!(
            "a {kind} says that it is {} bytes long, where at most {} are read",
            too_long.length,
            reassemble::MAX_MESSAGE
        );
        self.object(
            side,
            Problem {
                start: at,
                end: at,
                text,
            },
        );
    }

    /// Tells a message that never became whole by what is there of it.
    fn read_rest(&mut self, side: Side, rest: RawMessage) {
        let record = rest.records.last().and_then(|&index| self.records.get(index));
        let encrypted = record.is_some_and(|record| record.sealed);
        let content = Content {
            side,
            content_type: record_type::HANDSHAKE,
            fragment: &[],
            record: None,
            epoch: if encrypted {
                self.senders[side.index()].seal.epoch()
            } else {
                Epoch::Clear
            },
            encrypted,
        };
        let kind = follow::kind_of(&rest.bytes);
        self.tell(&content, kind, rest, None);
    }

    fn tell(&mut self, content: &Content<'_>, kind: MessageKind, raw: RawMessage, verified: Option<bool>) {
        if let Ok(message) = self.read_message(content, kind, raw, verified) {
            self.push(message);
        }
    }

    /// Reads a message into fields. It comes back where there is no room for it.
    fn read_message(
        &mut self,
        content: &Content<'_>,
        kind: MessageKind,
        raw: RawMessage,
        verified: Option<bool>,
    ) -> Result<Message, RawMessage> {
        self.tell_run();
        if raw.bytes.len() > self.bytes_left || self.messages.len() == MAX_MESSAGES {
            let at = self.senders[content.side.index()].records.position();
            self.left_out += 1;
            self.overfill(content.side, at, "more messages follow than are told");
            return Err(raw);
        }
        let RawMessage { bytes, records } = raw;
        self.bytes_left -= bytes.len();
        let (fields, problem) = parse::message(kind, &bytes, self.progress.context, &mut self.fields_left);
        Ok(Message {
            kind,
            from: self.parties.of(content.side),
            offset_us: self.senders[content.side.index()].at_us,
            length: bytes.len(),
            encrypted: content.encrypted,
            epoch: content.epoch,
            flight: 0,
            records,
            bytes: Hex(bytes),
            fields,
            story: Story::default(),
            verified,
            problem,
        })
    }

    /// What came late is read behind the rest, and yet a server may send its tickets before the client's Finished
    /// (RFC 8446 section 4.6.1).
    fn put_in_order(&mut self) {
        if self.messages.is_sorted_by_key(|message| message.offset_us) {
            return;
        }
        self.messages.sort_by_key(|message| message.offset_us);
        for at in 1..self.messages.len() {
            let before = &self.messages[at - 1];
            let flight = before.flight + usize::from(before.from != self.messages[at].from);
            self.messages[at].flight = flight;
        }
    }

    /// Tells a message, and counts its flight.
    fn push(&mut self, mut message: Message) {
        if self.messages.len() == MAX_MESSAGES {
            return;
        }
        if let Some(last) = self.messages.last() {
            message.flight = last.flight + usize::from(last.from != message.from);
        }
        self.messages.push(message);
    }
}
