//! TCP segments as the bytes of connections, and of those the ones that begin with a ClientHello.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use super::segment::Segment;

/// Bytes of one direction that are kept: a handshake and what comes soon after it.
const BOUND: usize = 256 * 1024;
/// Bytes that are kept of one direction while something before them is missing, and in how many pieces.
const WAITING: usize = 256 * 1024;
const WAITING_PIECES: usize = 256;
/// Bytes of all connections together.
const ALL: usize = 1 << 30;

/// The connections of a capture.
#[derive(Default)]
pub(super) struct Streams {
    /// By the two addresses in order; the last of those between them.
    open: HashMap<(SocketAddr, SocketAddr), usize>,
    streams: Vec<Stream>,
    kept: usize,
}

/// What passed between two addresses, as far as it is kept.
pub(super) struct Stream {
    /// The lower address, and the higher.
    ends: [SocketAddr; 2],
    /// When the first segment of it passed.
    pub(super) opened_us: u64,
    sides: [Side; 2],
    /// Which of the ends sent bytes, when, and the bytes, in order.
    chunks: Vec<(usize, u64, Vec<u8>)>,
    pub(super) truncated: bool,
}

#[derive(Default)]
struct Side {
    /// The next byte's sequence number.
    next: Option<u32>,
    kept: usize,
    /// What came before its time, by its distance from the first byte seen.
    waiting: BTreeMap<u32, Vec<u8>>,
    waiting_bytes: usize,
}

/// The TLS of a connection.
pub(super) struct TlsStream<'a> {
    pub(super) client: SocketAddr,
    pub(super) server: SocketAddr,
    /// Whether the client sent them, when, and the bytes, from the ClientHello on.
    pub(super) chunks: Vec<(bool, u64, &'a [u8])>,
}

impl Streams {
    /// Takes the next segment.
    pub(super) fn feed(&mut self, at_us: u64, segment: &Segment<'_>) {
        let from = usize::from(segment.from > segment.to);
        let ends = match from {
            0 => [segment.from, segment.to],
            _ => [segment.to, segment.from],
        };
        let key = (ends[0], ends[1]);
        let begins = segment.syn && !segment.ack;
        let place = match self.open.get(&key) {
            // A new connection between the same two ports.
            Some(&place) if !(begins && self.streams[place].has_passed(from)) => place,
            _ => {
                self.streams.push(Stream {
                    ends,
                    opened_us: at_us,
                    sides: Default::default(),
                    chunks: Vec::new(),
                    truncated: false,
                });
                self.open.insert(key, self.streams.len() - 1);
                self.streams.len() - 1
            }
        };
        let stream = &mut self.streams[place];
        let room = ALL.saturating_sub(self.kept);
        self.kept += stream.feed(from, at_us, segment, room);
    }

    /// The connections, in the order in which they began.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Stream> {
        self.streams.iter()
    }
}

impl Stream {
    fn has_passed(&self, from: usize) -> bool {
        self.sides[from].kept > 0
    }

    /// Takes a segment of this end. Returns how many bytes more are kept.
    fn feed(&mut self, from: usize, at_us: u64, segment: &Segment<'_>, room: usize) -> usize {
        let side = &mut self.sides[from];
        // A SYN takes a number of its own.
        let begin = segment.sequence.wrapping_add(u32::from(segment.syn));
        let next = *side.next.get_or_insert(begin);
        if segment.payload.is_empty() {
            return 0;
        }
        let ahead = begin.wrapping_sub(next).cast_signed();
        if ahead > 0 {
            if side.waiting.len() < WAITING_PIECES && side.waiting_bytes < WAITING {
                side.waiting_bytes += segment.payload.len();
                side.waiting.insert(begin, segment.payload.to_vec());
            }
            return 0;
        }
        let seen = ahead.unsigned_abs() as usize;
        let Some(new) = segment.payload.get(seen..).filter(|new| !new.is_empty()) else {
            return 0;
        };
        let mut kept = self.take(from, at_us, new, room);
        // What waited for these bytes follows them.
        while let Some((begin, waited)) = self.sides[from].take_waiting() {
            let next = self.sides[from].next.unwrap_or(begin);
            let seen = next.wrapping_sub(begin) as usize;
            if let Some(new) = waited.get(seen..).filter(|new| !new.is_empty()) {
                kept += self.take(from, at_us, new, room - kept);
            }
        }
        kept
    }

    fn take(&mut self, from: usize, at_us: u64, bytes: &[u8], room: usize) -> usize {
        let side = &mut self.sides[from];
        side.next = side.next.map(|next| next.wrapping_add(bytes.len() as u32));
        let taken = bytes.len().min(BOUND - side.kept).min(room);
        self.truncated |= taken < bytes.len();
        side.kept += taken;
        if taken > 0 {
            self.chunks.push((from, at_us, bytes[..taken].to_vec()));
        }
        taken
    }

    /// The TLS in it, from the segment that begins with a ClientHello: the first, or a later one where another
    /// protocol comes before it.
    pub(super) fn tls(&self) -> Option<TlsStream<'_>> {
        let begin = (0..self.chunks.len()).find(|&at| self.begins_with_hello(at))?;
        let client = self.chunks[begin].0;
        let chunks = self.chunks[begin..].iter();
        Some(TlsStream {
            client: self.ends[client],
            server: self.ends[1 - client],
            chunks: chunks
                .map(|(from, at_us, bytes)| {
                    let since = at_us.saturating_sub(self.opened_us);
                    (*from == client, since, &bytes[..])
                })
                .collect(),
        })
    }
}

impl Stream {
    /// Whether the sender's bytes from this chunk on are a handshake record with a ClientHello.
    fn begins_with_hello(&self, at: usize) -> bool {
        let from = self.chunks[at].0;
        let rest = self.chunks[at..].iter().filter(|chunk| chunk.0 == from);
        let begin: Vec<u8> = rest.flat_map(|chunk| &chunk.2).take(6).copied().collect();
        matches!(begin[..], [22, 3, 0..=4, _, _, 1])
    }
}

impl Side {
    /// The piece that waits and whose time has come, with its sequence number.
    fn take_waiting(&mut self) -> Option<(u32, Vec<u8>)> {
        let next = self.next?;
        let due = |begin: u32| begin.wrapping_sub(next).cast_signed() <= 0;
        let begin = *self.waiting.keys().find(|&&begin| due(begin))?;
        let waited = self.waiting.remove(&begin)?;
        self.waiting_bytes -= waited.len();
        Some((begin, waited))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLIENT: &str = "192.0.2.9:50000";
    const SERVER: &str = "192.0.2.1:443";

    fn segment<'a>(from: &str, to: &str, sequence: u32, payload: &'a [u8]) -> Segment<'a> {
        Segment {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            sequence,
            syn: false,
            ack: true,
            payload,
        }
    }

    fn syn(sequence: u32) -> Segment<'static> {
        Segment {
            syn: true,
            ack: false,
            ..segment(CLIENT, SERVER, sequence, b"")
        }
    }

    fn of_client(streams: &Streams) -> Vec<Vec<u8>> {
        let tls = streams.iter().filter_map(Stream::tls);
        tls.map(|tls| {
            let sent = tls.chunks.iter().filter(|chunk| chunk.0);
            sent.flat_map(|chunk| chunk.2).copied().collect()
        })
        .collect()
    }

    #[test]
    fn segments_out_of_order_and_sent_again_are_put_right() {
        let hello = b"\x16\x03\x01\0\x05\x01hello, world";
        let mut streams = Streams::default();
        // The numbers go round.
        let begin = u32::MAX - 5;
        streams.feed(0, &syn(begin.wrapping_sub(1)));
        for (from, to) in [(12, 18), (0, 4), (6, 12), (2, 8), (0, 18)] {
            let sequence = begin.wrapping_add(from as u32);
            streams.feed(10, &segment(CLIENT, SERVER, sequence, &hello[from..to]));
        }
        streams.feed(20, &segment(SERVER, CLIENT, 1, b"answer"));
        assert_eq!(of_client(&streams), [hello.to_vec()]);
    }

    #[test]
    fn tls_begins_where_the_hello_does_and_ports_are_used_again() {
        let hello = b"\x16\x03\x01\0\x05\x01hello";
        let mut streams = Streams::default();
        streams.feed(0, &syn(99));
        streams.feed(1, &segment(SERVER, CLIENT, 500, b"220 smtp\r\n"));
        streams.feed(2, &segment(CLIENT, SERVER, 100, b"STARTTLS\r\n"));
        streams.feed(3, &segment(CLIENT, SERVER, 110, hello));
        streams.feed(4, &syn(7000));
        streams.feed(5, &segment(CLIENT, SERVER, 7001, hello));
        assert_eq!(of_client(&streams), [hello.to_vec(), hello.to_vec()]);
        let tls = streams.streams[0].tls().unwrap();
        assert_eq!(
            (tls.client.to_string(), tls.server.to_string()),
            (CLIENT.into(), SERVER.into())
        );
        assert_eq!(tls.chunks[0].1, 3);
    }

    #[test]
    fn what_is_kept_of_a_connection_is_bounded() {
        let mut streams = Streams::default();
        let block = vec![0; 60_000];
        for n in 0..100 {
            streams.feed(0, &segment(CLIENT, SERVER, n * 60_000, &block));
            streams.feed(0, &segment(SERVER, CLIENT, 1_000_000 + n * 70_000, &block));
        }
        let stream = &streams.streams[0];
        assert!(stream.truncated);
        assert_eq!(stream.sides[1].kept, BOUND);
        assert!(stream.sides[0].waiting_bytes <= WAITING + block.len());
    }

    proptest! {
        #[test]
        fn whatever_the_order_of_segments_the_bytes_are_those_that_were_sent(
            sent in prop::collection::vec(any::<u8>(), 1..200),
            begin: u32,
            cuts in prop::collection::vec((0usize..200, 1usize..50), 0..60),
        ) {
            let mut streams = Streams::default();
            streams.feed(0, &syn(begin.wrapping_sub(1)));
            let mut feed = |from: usize, to: usize| {
                if from < to {
                    let sequence = begin.wrapping_add(from as u32);
                    streams.feed(1, &segment(CLIENT, SERVER, sequence, &sent[from..to]));
                }
            };
            for (from, length) in cuts {
                feed(from, (from + length).min(sent.len()));
            }
            feed(0, sent.len());
            let got: Vec<u8> = streams.streams[0].chunks.iter().flat_map(|chunk| chunk.2.clone()).collect();
            prop_assert_eq!(got, sent);
        }
    }
}
