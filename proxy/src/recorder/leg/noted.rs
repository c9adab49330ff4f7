//! What was noted of a leg's handshake, until it is told. The bytes of each side lie in one piece, as they are told.

use std::sync::Arc;

use bytes::Bytes;
use capture::{Chunk, LegHandshake, TlsRole};

use crate::tls::{Flights, Passing};

/// Bytes of a handshake that are kept of one direction. A chain of a hundred certificates fits.
const BOUND: usize = 256 * 1024;

/// Bytes of a handshake, about, of one direction.
const TYPICAL: usize = 2048;

/// Pieces that are told apart at the most, each with its time: a peer may send its bytes one by one. A handshake of a
/// hundred certificates comes in some two hundred.
const PIECES: usize = 4096;

/// What is done with a handshake that was passed through. It is called where bytes pass.
pub(super) type WhenOver = Box<dyn FnOnce(Arc<LegHandshake>) + Send>;

#[derive(Default)]
pub(super) struct Noted {
    /// All of it but the bytes.
    pub(super) handshake: LegHandshake,
    /// The bytes of client and server.
    sent: [Vec<u8>; 2],
    /// How they came.
    spans: Vec<Span>,
    /// The kernel was asked for the round-trip time.
    is_asked: bool,
    /// The handshake was told, and is kept for what comes behind it.
    pub(super) is_over: bool,
    /// Which sealed records belong to the handshake, where the TLS engine says.
    pub(super) flights: Flights,
    /// Looks for the end of a handshake that is passed through, and who wants to know of it.
    pub(super) passing: Option<(Passing, WhenOver)>,
}

/// Bytes that passed at one moment.
struct Span {
    from: TlsRole,
    at_us: u64,
    /// Where they end among the bytes of their sender.
    end: usize,
}

impl Noted {
    pub(super) fn note(&mut self, from: TlsRole, at_us: u64, bytes: &[u8]) {
        let sent = &mut self.sent[from as usize];
        let taken = bytes.len().min(BOUND - sent.len());
        self.handshake.truncated |= taken < bytes.len();
        if taken == 0 {
            return;
        }
        if sent.is_empty() {
            // Most handshakes fit. It is given back with the rest.
            sent.reserve(TYPICAL.max(taken));
        }
        sent.extend_from_slice(&bytes[..taken]);
        let end = sent.len();
        let joined = match self.spans.len() < PIECES {
            // Pieces of one read.
            true => self
                .spans
                .last_mut()
                .filter(|last| last.from == from && last.at_us == at_us),
            false => self.spans.iter_mut().rfind(|span| span.from == from),
        };
        match joined {
            Some(span) => span.end = end,
            None => {
                if self.spans.is_empty() {
                    self.spans.reserve(8);
                }
                self.spans.push(Span { from, at_us, end });
            }
        }
    }

    /// What a side has sent.
    pub(super) fn sent(&self, from: TlsRole) -> &[u8] {
        &self.sent[from as usize]
    }

    pub(super) fn has_bytes(&self) -> bool {
        !self.spans.is_empty()
    }

    /// Whether the kernel is to be asked for the round-trip time: once, where these bytes begin a hello.
    pub(super) fn wants_round_trip(&mut self, from: TlsRole, first: &[u8]) -> bool {
        let begins = from == TlsRole::Client
            && self.sent(from).is_empty()
            && first.first() == Some(&handshake::record_type::HANDSHAKE);
        begins && !std::mem::replace(&mut self.is_asked, true)
    }

    /// Whether no more is kept of either side.
    pub(super) fn is_full(&self) -> bool {
        self.sent.iter().all(|sent| sent.len() == BOUND)
    }

    pub(super) fn forget_bytes(&mut self) {
        self.sent = Default::default();
        self.spans.clear();
    }

    /// From now on the end is looked for in the bytes.
    pub(super) fn pass_through(&mut self, when_over: WhenOver) {
        let mut passing = Passing::default();
        for (from, _, range) in ranges(&self.spans) {
            passing.feed(from, &self.sent[from as usize][range]);
        }
        self.passing = Some((passing, when_over));
    }

    /// The handshake as it was noted until now: `all` its bytes, or each side's up to the last record that belongs to it,
    /// and what came late.
    pub(super) fn to_handshake(&self, all: bool) -> LegHandshake {
        let ends = self.ends(all);
        let sent = [TlsRole::Client, TlsRole::Server]
            .map(|role| Bytes::copy_from_slice(&self.sent(role)[..ends[role as usize]]));
        let late = self.handshake.late.iter().filter(|_| !all);
        LegHandshake {
            chunks: chunks(&self.spans, &sent),
            late: late.cloned().collect(),
            ..self.handshake.clone()
        }
    }

    /// The same, once it is over: nothing is copied.
    pub(super) fn into_handshake(self, all: bool) -> LegHandshake {
        let ends = self.ends(all);
        let late = match all {
            true => Vec::new(),
            false => self.handshake.late,
        };
        let [client, server] = self.sent;
        let sent = [(client, ends[0]), (server, ends[1])].map(|(mut sent, end)| {
            sent.truncate(end);
            if sent.capacity() / 2 > sent.len() {
                // What waits for the writer is counted by its bytes.
                sent.shrink_to_fit();
            }
            Bytes::from(sent)
        });
        LegHandshake {
            chunks: chunks(&self.spans, &sent),
            late,
            ..self.handshake
        }
    }

    /// How many of the bytes of client and server are told.
    fn ends(&self, all: bool) -> [usize; 2] {
        [TlsRole::Client, TlsRole::Server].map(|role| {
            let sent = self.sent(role);
            match all {
                true => sent.len(),
                false => self.flights.end(role, sent).min(sent.len()),
            }
        })
    }
}

/// Where the bytes of each span lie among those of its sender.
fn ranges(spans: &[Span]) -> impl Iterator<Item = (TlsRole, u64, std::ops::Range<usize>)> {
    let mut begins = [0; 2];
    spans.iter().map(move |&Span { from, at_us, end }| {
        let begin = std::mem::replace(&mut begins[from as usize], end);
        (from, at_us, begin..end)
    })
}

fn chunks(spans: &[Span], sent: &[Bytes; 2]) -> Vec<Chunk> {
    let mut chunks = Vec::with_capacity(spans.len());
    chunks.extend(ranges(spans).filter_map(|(from, at_us, range)| {
        let sent = &sent[from as usize];
        let end = range.end.min(sent.len());
        (range.start < end).then(|| Chunk {
            from,
            at_us,
            bytes: sent.slice(range.start..end),
        })
    }));
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use TlsRole::{Client, Server};
    use capture::LateRecord;

    /// A handshake of TLS 1.3 with application data read behind it, in pieces that cut its records.
    fn noted() -> Noted {
        let mut noted = Noted::default();
        noted.note(Client, 1, &[22, 3, 3, 0, 2, 1]);
        noted.note(Client, 1, &[0]);
        noted.note(Server, 2, &[22, 3, 3, 0, 1, 2]);
        noted.note(Server, 3, &[23, 3, 3]);
        noted.note(Client, 4, &[23, 3, 3, 0, 1, 7, 23, 3, 3, 0, 1, 8]);
        noted.note(Server, 5, &[0, 1, 9, 23, 3, 3, 0, 1, 10]);
        for role in [Client, Server] {
            noted.flights.key(role, false);
            noted.flights.sealed(role);
            noted.flights.key(role, false);
        }
        noted.handshake.late.push(LateRecord {
            from: Server,
            at_us: 5,
            content_type: 22,
            bytes: Bytes::from_static(&[4]),
        });
        noted
    }

    fn told(handshake: &LegHandshake) -> Vec<(TlsRole, u64, &[u8])> {
        let chunks = handshake.chunks.iter();
        chunks
            .map(|chunk| (chunk.from, chunk.at_us, &chunk.bytes[..]))
            .collect()
    }

    #[test]
    fn what_belongs_to_the_handshake_is_told_in_the_order_in_which_it_passed() {
        let so_far = noted().to_handshake(false);
        assert_eq!(
            told(&so_far),
            [
                (Client, 1, &[22, 3, 3, 0, 2, 1, 0][..]),
                (Server, 2, &[22, 3, 3, 0, 1, 2]),
                (Server, 3, &[23, 3, 3]),
                (Client, 4, &[23, 3, 3, 0, 1, 7]),
                (Server, 5, &[0, 1, 9]),
            ]
        );
        assert_eq!(so_far.late.len(), 1);
        assert_eq!(noted().into_handshake(false), so_far);
        let all = noted().into_handshake(true);
        assert_eq!(told(&all)[4].2, [0, 1, 9, 23, 3, 3, 0, 1, 10]);
        assert!(all.late.is_empty(), "it lies among the bytes");
        assert_eq!(noted().to_handshake(true), all);
    }

    #[test]
    fn what_is_beyond_the_bound_is_left_out_and_that_is_told() {
        let mut noted = Noted::default();
        noted.note(Client, 1, &vec![0; BOUND - 1]);
        noted.note(Client, 2, &[1, 2]);
        noted.note(Client, 3, &[3]);
        assert!(!noted.is_full());
        noted.note(Server, 3, &vec![0; BOUND]);
        assert!(noted.is_full());
        let handshake = noted.into_handshake(false);
        assert!(handshake.truncated);
        assert_eq!(told(&handshake)[1], (Client, 2, &[1][..]));
        assert_eq!(handshake.chunks.len(), 3);
    }

    #[test]
    fn what_comes_byte_by_byte_is_told_whole_in_a_bounded_number_of_pieces() {
        let mut noted = Noted::default();
        for at_us in 0..10_000 {
            noted.note(Client, at_us, &[1]);
            if at_us > 9_000 {
                noted.note(Server, at_us, &[2]);
            }
        }
        let handshake = noted.into_handshake(true);
        let told = told(&handshake);
        assert_eq!(told.len(), PIECES + 1);
        assert_eq!((told[PIECES - 2].1, told[PIECES - 2].2.len()), (4094, 1));
        let of = |role| {
            told.iter()
                .filter(|of| of.0 == role)
                .map(|of| of.2.len())
                .sum::<usize>()
        };
        assert_eq!((of(Client), of(Server)), (10_000, 999));
        assert!(!handshake.truncated);
    }
}
