//! permessage-deflate (RFC 7692): what was agreed on, and messages inflated within bounds.

use std::collections::VecDeque;

use flate2::{Decompress, FlushDecompress, Status};

use super::found::Resume;
use super::tally::Tally;
use crate::{Fields, Side};

/// How far back DEFLATE refers.
const WINDOW: usize = 32 * 1024;

/// Bytes that a message may inflate to.
const MOST: u64 = crate::coding::MAX_DECODED;

/// Bytes inflated at once.
const STEP: usize = 16 * 1024;

/// What was agreed on, of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deflate {
    /// Each message may refer to those before it.
    pub(super) takeover: bool,
}

impl Deflate {
    /// What the origin agreed to for messages of this side; `None` where messages are not compressed.
    pub(super) fn agreed(response: &Fields, from: Side) -> Option<Self> {
        let values = response
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(b"sec-websocket-extensions"))
            .map(|(_, value)| String::from_utf8_lossy(value).to_ascii_lowercase())
            .collect::<Vec<_>>();
        let fresh = match from {
            Side::Request => "client_no_context_takeover",
            Side::Response => "server_no_context_takeover",
        };
        let agreed = values
            .iter()
            .flat_map(|value| value.split(','))
            .map(|extension| extension.split(';').map(str::trim))
            .find_map(|mut parts| (parts.next() == Some("permessage-deflate")).then_some(parts));
        agreed.map(|mut parameters| Self {
            takeover: !parameters.any(|parameter| parameter == fresh),
        })
    }
}

/// Inflates the messages of one direction.
pub(super) struct Inflater {
    agreed: Deflate,
    engine: Decompress,
    /// What was inflated last.
    window: VecDeque<u8>,
    /// Bytes that this message has inflated to.
    size: u64,
    /// A message could not be inflated: those behind it may refer to what is not known.
    lost: bool,
    /// What has been inflated.
    tally: Tally,
    /// The same, up to the end of the last message.
    before: Tally,
}

impl Inflater {
    /// Begins, with what was inflated before.
    pub(super) fn new(agreed: Deflate, at: &Resume) -> Self {
        let mut this = Self {
            agreed,
            engine: Decompress::new(false),
            window: at.window.iter().flatten().copied().collect(),
            size: 0,
            lost: at.lost,
            tally: at.tally,
            before: at.tally,
        };
        this.restart();
        this
    }

    /// How it can begin again at this place, where a message begins.
    pub(super) fn resume(&self, at: Resume) -> Resume {
        let needed = self.agreed.takeover && !self.window.is_empty();
        Resume {
            window: needed.then(|| self.window.iter().copied().collect()),
            lost: self.agreed.takeover && self.lost,
            tally: self.before,
            ..at
        }
    }

    /// Bytes that have been inflated.
    pub(super) fn decoded(&self) -> u64 {
        self.tally.decoded
    }

    /// Whether its state is more than nothing.
    pub(super) fn is_stateful(&self) -> bool {
        self.agreed.takeover
    }

    /// Inflates the next bytes of a message into `sink`. The error says why it can't go on.
    pub(super) fn inflate(&mut self, bytes: &[u8], sink: &mut impl FnMut(&[u8])) -> Result<(), &'static str> {
        self.before.check()?;
        if self.lost {
            return Err("it can't be inflated, since it may refer to a message that could not be");
        }
        let done = self.run(bytes, sink);
        self.lost = done.is_err();
        done
    }

    /// Ends a message (RFC 7692 section 7.2.2).
    pub(super) fn end(&mut self, sink: &mut impl FnMut(&[u8])) -> Result<(), &'static str> {
        let done = self.inflate(&[0, 0, 0xff, 0xff], sink);
        self.size = 0;
        self.before = self.tally;
        if !self.agreed.takeover {
            self.window.clear();
            self.lost = false;
            self.restart();
        }
        done
    }

    fn run(&mut self, mut bytes: &[u8], sink: &mut impl FnMut(&[u8])) -> Result<(), &'static str> {
        let mut out = [0; STEP];
        loop {
            let (read, written) = (self.engine.total_in(), self.engine.total_out());
            let status = self.engine.decompress(bytes, &mut out, FlushDecompress::Sync);
            let taken = (self.engine.total_in() - read) as usize;
            let made = (self.engine.total_out() - written) as usize;
            bytes = &bytes[taken..];
            self.tally.coded += taken as u64;
            self.tally.decoded += made as u64;
            self.note(&out[..made]);
            sink(&out[..made]);
            let status = status.map_err(|_| "its bytes are not DEFLATE")?;
            if self.size > MOST {
                return Err("it inflates to more than 256 MiB: the rest is not read");
            }
            match status {
                // A last block ends DEFLATE, and not the message (section 7.2.3.4).
                Status::StreamEnd => self.restart(),
                _ if taken == 0 && made == 0 => return Ok(()),
                _ => {}
            }
            if bytes.is_empty() && made < STEP {
                return Ok(());
            }
        }
    }

    fn note(&mut self, made: &[u8]) {
        self.size += made.len() as u64;
        let made = &made[made.len().saturating_sub(WINDOW)..];
        let excess = (self.window.len() + made.len()).saturating_sub(WINDOW);
        self.window.drain(..excess);
        self.window.extend(made);
    }

    /// Makes a new engine know what came before: as a stored block (RFC 1951 section 3.2.4), whose bytes come out again.
    fn restart(&mut self) {
        self.engine.reset(false);
        let length = self.window.len() as u16;
        if length == 0 {
            return;
        }
        let mut block = vec![0];
        block.extend(length.to_le_bytes());
        block.extend((!length).to_le_bytes());
        block.extend(&self.window);
        let mut out = vec![0; WINDOW + 1];
        // A block of its own length always is DEFLATE.
        let _ = self.engine.decompress(&block, &mut out, FlushDecompress::Sync);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};
    use proptest::prelude::*;

    fn agreed(value: &str, from: Side) -> Option<bool> {
        let fields = Fields::pack([(&b"Sec-WebSocket-Extensions"[..], value.as_bytes())]);
        Deflate::agreed(&fields, from).map(|deflate| deflate.takeover)
    }

    #[test]
    fn what_was_agreed_on_is_read_for_each_direction() {
        let (client, origin) = (Side::Request, Side::Response);
        assert_eq!(agreed("permessage-deflate", client), Some(true));
        let fresh = "x-other, permessage-deflate; server_no_context_takeover; client_max_window_bits=10";
        assert_eq!(
            (agreed(fresh, client), agreed(fresh, origin)),
            (Some(true), Some(false))
        );
        assert_eq!(
            agreed("Permessage-Deflate;client_no_context_takeover", client),
            Some(false)
        );
        assert_eq!(agreed("x-webkit-deflate-frame", client), None);
    }

    /// Messages as a sender with context takeover deflates them.
    pub(crate) fn deflated(messages: &[Vec<u8>], takeover: bool) -> Vec<Vec<u8>> {
        let mut engine = Compress::new(Compression::default(), false);
        let deflate = |message: &Vec<u8>| {
            if !takeover {
                engine.reset();
            }
            let mut out = Vec::with_capacity(message.len() * 2 + 100);
            engine
                .compress_vec(message, &mut out, FlushCompress::Sync)
                .unwrap();
            out.truncate(out.len() - 4);
            out
        };
        messages.iter().map(deflate).collect()
    }

    proptest! {
        #[test]
        fn messages_are_inflated_wherever_reading_begins_again(
            messages in prop::collection::vec(prop::collection::vec(97u8..103, 0..3000), 1..8),
            takeover in any::<bool>(),
            split in 0usize..3000,
        ) {
            let agreed = Deflate { takeover };
            let mut inflater = Inflater::new(agreed, &Resume::default());
            for (message, wire) in messages.iter().zip(deflated(&messages, takeover)) {
                let mut out = Vec::new();
                let (first, second) = wire.split_at(split.min(wire.len()));
                let mut sink = |bytes: &[u8]| out.extend_from_slice(bytes);
                inflater.inflate(first, &mut sink).unwrap();
                inflater.inflate(second, &mut sink).unwrap();
                inflater.end(&mut sink).unwrap();
                prop_assert_eq!(&out, message);
                inflater = Inflater::new(agreed, &inflater.resume(Resume::default()));
            }
        }

        #[test]
        fn arbitrary_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut inflater = Inflater::new(Deflate { takeover: true }, &Resume::default());
            let _ = inflater.inflate(&bytes, &mut |_| {});
            let _ = inflater.end(&mut |_| {});
        }
    }

    #[test]
    fn a_last_block_ends_no_stream_of_messages() {
        let mut engine = Compress::new(Compression::default(), false);
        let mut last = Vec::with_capacity(100);
        engine
            .compress_vec(b"hello", &mut last, FlushCompress::Finish)
            .unwrap();
        last.push(0);
        let mut inflater = Inflater::new(Deflate { takeover: true }, &Resume::default());
        for _ in 0..2 {
            let mut out = Vec::new();
            inflater
                .inflate(&last, &mut |bytes| out.extend_from_slice(bytes))
                .unwrap();
            inflater.end(&mut |bytes| out.extend_from_slice(bytes)).unwrap();
            assert_eq!(out, b"hello");
        }
    }

    #[test]
    fn behind_messages_that_came_to_far_more_than_their_size_none_is_inflated() {
        let agreed = Deflate { takeover: false };
        let mut tally = Tally {
            coded: 1 << 10,
            decoded: 1 << 30,
        };
        let mut sizes = Vec::new();
        for _ in 0..2 {
            let at = Resume {
                tally,
                ..Resume::default()
            };
            let mut inflater = Inflater::new(agreed, &at);
            let mut size = 0;
            // "Hello" (RFC 7692 section 7.2.3.1).
            let wire = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
            let done = inflater.inflate(&wire, &mut |bytes| size += bytes.len());
            let _ = inflater.end(&mut |bytes| size += bytes.len());
            sizes.push((size, done.is_ok()));
            tally = inflater.resume(Resume::default()).tally;
        }
        assert_eq!(sizes, [(5, true), (0, false)]);
    }

    #[test]
    fn behind_a_message_that_is_none_those_that_may_refer_to_it_are_not_made_up() {
        let mut inflater = Inflater::new(Deflate { takeover: true }, &Resume::default());
        assert_eq!(
            inflater.inflate(b"\xff\xff", &mut |_| {}),
            Err("its bytes are not DEFLATE")
        );
        assert!(inflater.end(&mut |_| {}).is_err());
        assert!(
            inflater
                .inflate(b"\x03\0", &mut |_| {})
                .unwrap_err()
                .contains("may refer")
        );
    }
}
