//! Where a handshake ends in the bytes of each side.
//!
//! [`Flights`] knows it from the TLS engine, which says how many sealed records it took: a read may have brought
//! application data along, which is no part of the handshake. [`Passing`] has to find it in the bytes themselves,
//! for TLS that is passed through.

use capture::TlsRole;

/// A record's header (RFC 8446 section 5.1).
pub(super) const RECORD_HEADER: usize = 5;

const CHANGE_CIPHER_SPEC: u8 = 20;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// How many sealed records of each side belong to the handshake.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    sides: [Flight; 2],
    /// The client's next key is the one for early data.
    early_is_next: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Flight {
    /// Keys that this side has had.
    keys: u32,
    /// Records sealed with the first of them.
    sealed: usize,
    is_tls12: bool,
    /// The next key has come, or under TLS 1.2 the Finished: what was sealed later is no part of the handshake.
    is_over: bool,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Epoch {
    /// The handshake's sealed records.
    Handshake,
    /// What comes behind it.
    #[default]
    Application,
}

impl Flights {
    /// The secret of early data is made. rustls makes a key of it for every session that is resumed, though we
    /// take no early data.
    pub(crate) fn early_secret(&mut self) {
        self.early_is_next = true;
    }

    /// This side has a new key. Says what for.
    pub(crate) fn key(&mut self, of: TlsRole, is_tls12: bool) -> Epoch {
        if of == TlsRole::Client && std::mem::take(&mut self.early_is_next) {
            return Epoch::Handshake;
        }
        let flight = &mut self.sides[of as usize];
        flight.keys += 1;
        flight.is_tls12 = is_tls12;
        if flight.keys == 1 {
            Epoch::Handshake
        } else {
            flight.is_over = true;
            Epoch::Application
        }
    }

    /// A record of this side was sealed or opened with the key of its handshake. Says what the next one is.
    pub(crate) fn sealed(&mut self, of: TlsRole) -> Epoch {
        let flight = &mut self.sides[of as usize];
        flight.sealed += 1;
        // Under TLS 1.2 the Finished is the one sealed message of the handshake (RFC 5246 section 7.4.9).
        flight.is_over |= flight.is_tls12;
        if flight.is_tls12 {
            Epoch::Application
        } else {
            Epoch::Handshake
        }
    }

    /// How many of this side's bytes belong to the handshake, those to come included: all where it is not over.
    pub(crate) fn end(&self, of: TlsRole, bytes: &[u8]) -> usize {
        let flight = self.sides[of as usize];
        if !flight.is_over {
            return usize::MAX;
        }
        let mut sealed = 0;
        let mut changed = false;
        let mut end = 0;
        while let Some((content_type, length)) = bytes.get(end..).and_then(header) {
            let is_sealed = match content_type {
                CHANGE_CIPHER_SPEC => {
                    changed = true;
                    false
                }
                APPLICATION_DATA => true,
                _ => flight.is_tls12 && changed,
            };
            if is_sealed {
                sealed += 1;
            } else if content_type == HANDSHAKE {
                // What was sealed before a second ClientHello was early data (RFC 8446 section 4.2.10).
                sealed = 0;
            }
            if sealed > flight.sealed {
                break;
            }
            end += RECORD_HEADER + length;
        }
        end
    }
}

fn header(bytes: &[u8]) -> Option<(u8, usize)> {
    let header = bytes.get(..RECORD_HEADER)?;
    Some((header[0], usize::from(u16::from_be_bytes([header[3], header[4]]))))
}

/// Looks for the end of a handshake that is passed through: under TLS 1.2 both sides' Finished, under TLS 1.3 the
/// client's first sealed record behind the server's.
#[derive(Debug, Default)]
pub(crate) struct Passing([Side; 2]);

#[derive(Debug, Default)]
struct Side {
    /// The header of the record at hand, as far as it has come, and the first bytes behind it.
    begin: Vec<u8>,
    /// Bytes of the record that are still to come, once its header is whole.
    left: Option<usize>,
    changed: bool,
    is_done: bool,
}

/// Bytes of a record that are looked at: its header, and as much of a hello as tells it from a sealed Finished.
const LOOKED_AT: usize = RECORD_HEADER + 6;

impl Passing {
    /// Takes the next bytes of a side. True once the handshake is over.
    pub(crate) fn feed(&mut self, from: TlsRole, bytes: &[u8]) -> bool {
        let server_is_done = self.0[TlsRole::Server as usize].is_done;
        let side = &mut self.0[from as usize];
        let mut rest = bytes;
        while !rest.is_empty() {
            let wanted = LOOKED_AT.saturating_sub(side.begin.len());
            let looked = &rest[..rest.len().min(wanted)];
            match &mut side.left {
                None => {
                    let taken = rest.len().min(RECORD_HEADER - side.begin.len());
                    side.begin.extend_from_slice(&rest[..taken]);
                    rest = &rest[taken..];
                    side.left = header(&side.begin).map(|(_, length)| length);
                }
                Some(left) => {
                    side.begin.extend_from_slice(&looked[..looked.len().min(*left)]);
                    let taken = rest.len().min(*left);
                    *left -= taken;
                    rest = &rest[taken..];
                }
            }
            if side.left == Some(0) {
                // Early data comes before the server has said anything.
                let is_early = from == TlsRole::Client && !server_is_done;
                side.record(is_early);
            }
        }
        self.0.iter().all(|side| side.is_done)
    }
}

impl Side {
    /// A record has passed whole.
    fn record(&mut self, is_early: bool) {
        match self.begin.first() {
            Some(&CHANGE_CIPHER_SPEC) => self.changed = true,
            Some(&HANDSHAKE) if self.changed && !is_hello(&self.begin[RECORD_HEADER..]) => {
                self.is_done = true
            }
            Some(&APPLICATION_DATA) if !is_early => self.is_done = true,
            _ => {}
        }
        self.begin.clear();
        self.left = None;
    }
}

/// Whether a handshake record begins with a hello in the clear: behind a HelloRetryRequest both sides send one
/// after their ChangeCipherSpec (RFC 8446 appendix D.4).
fn is_hello(fragment: &[u8]) -> bool {
    matches!(fragment, [1 | 2, 0, _, _, 3, 3, ..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(content_type: u8, fragment: &[u8]) -> Vec<u8> {
        let mut record = vec![content_type, 3, 3, 0, fragment.len() as u8];
        record.extend_from_slice(fragment);
        record
    }

    const HELLO: &[u8] = &[1, 0, 0, 2, 3, 3];
    const ANSWER: &[u8] = &[2, 0, 0, 2, 3, 3];
    const SEALED: &[u8] = &[0xab; 9];

    /// Feeds records of both sides, cut into pieces. Returns after how many records the handshake was over.
    fn over_after(records: &[(TlsRole, u8, &[u8])], piece: usize) -> Option<usize> {
        let mut passing = Passing::default();
        for (at, &(from, content_type, fragment)) in records.iter().enumerate() {
            for part in record(content_type, fragment).chunks(piece) {
                if passing.feed(from, part) {
                    return Some(at + 1);
                }
            }
        }
        None
    }

    #[test]
    fn a_handshake_that_passes_is_over_with_both_sides_finished() {
        use TlsRole::{Client, Server};
        let tls12 = [
            (Client, 22, HELLO),
            (Server, 22, ANSWER),
            (Client, 22, &[16, 0, 0, 0][..]),
            (Client, 20, &[1]),
            (Client, 22, SEALED),
            (Server, 20, &[1]),
            (Server, 22, SEALED),
            (Client, 23, SEALED),
        ];
        let tls13 = [
            (Client, 22, HELLO),
            (Client, 20, &[1][..]),
            (Server, 22, ANSWER),
            (Server, 20, &[1]),
            (Client, 22, HELLO),
            (Client, 23, SEALED),
            (Server, 22, ANSWER),
            (Server, 23, SEALED),
            (Server, 23, SEALED),
            (Client, 23, SEALED),
            (Client, 23, SEALED),
        ];
        for piece in [1, 3, 6, 100] {
            assert_eq!(over_after(&tls12, piece), Some(7));
            assert_eq!(
                over_after(&tls13, piece),
                Some(10),
                "early data and a second hello do not end it"
            );
        }
        assert_eq!(over_after(&tls13[..9], 100), None);
    }

    #[test]
    fn what_was_read_behind_the_finished_is_no_part_of_the_handshake() {
        let mut flights = Flights::default();
        assert_eq!(flights.end(TlsRole::Client, &[]), usize::MAX);
        flights.early_secret();
        assert_eq!(flights.key(TlsRole::Client, false), Epoch::Handshake);
        assert_eq!(flights.key(TlsRole::Client, false), Epoch::Handshake);
        assert_eq!(flights.sealed(TlsRole::Client), Epoch::Handshake);
        assert_eq!(flights.key(TlsRole::Client, false), Epoch::Application);
        let handshake = [
            record(22, HELLO),
            record(23, SEALED),
            record(20, &[1]),
            record(22, HELLO),
            record(23, SEALED),
        ]
        .concat();
        let more = [handshake.clone(), record(23, SEALED), record(23, SEALED)].concat();
        assert_eq!(flights.end(TlsRole::Client, &more), handshake.len());

        let mut flights = Flights::default();
        assert_eq!(flights.key(TlsRole::Server, true), Epoch::Handshake);
        assert_eq!(flights.sealed(TlsRole::Server), Epoch::Application);
        let handshake = [record(22, ANSWER), record(20, &[1]), record(22, SEALED)].concat();
        let more = [handshake.clone(), record(21, SEALED)].concat();
        assert_eq!(flights.end(TlsRole::Server, &more), handshake.len());
    }

    proptest! {
        #[test]
        fn bytes_of_any_kind_never_panic(pieces: Vec<(bool, Vec<u8>)>) {
            let mut passing = Passing::default();
            let mut flights = Flights::default();
            flights.key(TlsRole::Client, false);
            flights.key(TlsRole::Client, false);
            for (is_client, bytes) in pieces {
                let from = if is_client { TlsRole::Client } else { TlsRole::Server };
                passing.feed(from, &bytes);
                prop_assert!(flights.end(TlsRole::Client, &bytes) <= bytes.len() + RECORD_HEADER + 65_535);
            }
        }
    }
}
