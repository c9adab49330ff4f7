//! pcapng (<https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html>): the handshakes of connections, for
//! Wireshark and its kind.
//!
//! What was captured are the bytes above TCP. The packets around them are made up here: addresses that are not
//! known are of the blocks for documentation (RFC 5737, RFC 3849), and sequence numbers begin at nought. The
//! secrets that were kept go along in Decryption Secrets Blocks, so that the handshakes can be read.
//!
//! Records that came late (tickets, key updates, alerts) were kept in the clear, since the keys that sealed them were not
//! kept. So they stand here as records in the clear, each with a comment that says so.

mod block;
mod frame;

use std::io;
use std::sync::Arc;

use self::block::{file_header, packet, secrets};
use self::frame::Conversation;
use super::Selection;
use super::rows::{Kind, Rows};
use crate::{Connection, Id, LateRecord, LegHandshake, LegName, Outcome, ReadError, Store, TlsRole};

/// A pcapng file, told piece by piece: one piece holds one connection at the most. Reading a piece blocks on disk.
pub struct Pcapng {
    store: Arc<dyn Store>,
    version: String,
    rows: Rows,
    state: State,
}

enum State {
    Head,
    Connections,
    Done,
}

impl Pcapng {
    /// The file of these connections. `version` is that of the program that writes it.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, selection: Selection, version: &str) -> Self {
        Self {
            store,
            version: version.to_owned(),
            rows: Rows::new(Kind::Connections, selection),
            state: State::Head,
        }
    }

    /// Writes the whole file.
    ///
    /// # Errors
    /// When the store cannot be read or the output cannot be written.
    pub fn write_to(self, output: &mut dyn io::Write) -> io::Result<()> {
        for piece in self {
            output.write_all(&piece.map_err(io::Error::other)?)?;
        }
        output.flush()
    }

    fn piece(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        match self.state {
            State::Head => {
                // A store that can't be read, or a filter that has no meaning, shows before a byte is told.
                self.rows.fill(&*self.store)?;
                self.state = State::Connections;
                Ok(Some(file_header(&format!("Handlens {}", self.version))))
            }
            State::Connections => {
                while let Some(id) = self.rows.next(&*self.store)? {
                    let piece = self.connection(id)?;
                    if !piece.is_empty() {
                        return Ok(Some(piece));
                    }
                }
                self.state = State::Done;
                Ok(None)
            }
            State::Done => Ok(None),
        }
    }

    fn connection(&self, id: Id) -> Result<Vec<u8>, ReadError> {
        let Some((number, connection)) = self.store.connection(id)? else {
            return Ok(Vec::new());
        };
        let handshakes = self.store.handshakes(id)?;
        let mut blocks = Vec::new();
        for (leg, handshake) in [
            (LegName::Client, handshakes.client),
            (LegName::Origin, handshakes.origin),
        ] {
            if let Some(handshake) = handshake.filter(|handshake| !handshake.chunks.is_empty()) {
                put_leg(&mut blocks, number, &connection, leg, &handshake);
            }
        }
        Ok(blocks)
    }
}

impl Iterator for Pcapng {
    type Item = Result<Vec<u8>, ReadError>;

    /// The next piece. After an error there are no more.
    fn next(&mut self) -> Option<Self::Item> {
        let piece = self.piece();
        if piece.is_err() {
            self.state = State::Done;
        }
        piece.transpose()
    }
}

/// Puts one leg's secrets and packets down.
fn put_leg(
    blocks: &mut Vec<u8>,
    number: u64,
    connection: &Connection,
    leg: LegName,
    handshake: &LegHandshake,
) {
    if let Some(lines) = key_log(handshake) {
        blocks.extend_from_slice(&secrets(&lines));
    }
    let passed = connection.outcome == Some(Outcome::Passed);
    let mut conversation = match leg {
        LegName::Client if passed => {
            Conversation::between(connection.client.address, connection.origin.address, number)
        }
        LegName::Client => Conversation::between(connection.client.address, None, number),
        LegName::Origin => Conversation::between(None, connection.origin.address, number),
    };
    let opened = u64::try_from(connection.opened.as_micros()).unwrap_or(0);
    let begin = handshake.chunks.first().map_or(0, |chunk| chunk.at_us);
    let comment = match (&connection.sni, &connection.target) {
        (Some(name), _) => name.clone(),
        (None, Some(target)) => target.to_string(),
        (None, None) => String::new(),
    };
    let comment = match leg {
        LegName::Client => format!("connection {number} to {comment}: the client's leg"),
        LegName::Origin => format!("connection {number} to {comment}: the origin's leg"),
    };
    for (at, frame) in conversation.open().into_iter().enumerate() {
        let comment = (at == 0).then_some(comment.as_str());
        blocks.extend_from_slice(&packet(opened + begin, &frame, comment));
    }
    let mut last = begin;
    for chunk in &handshake.chunks {
        for frame in conversation.send(chunk.from, &chunk.bytes) {
            blocks.extend_from_slice(&packet(opened + chunk.at_us, &frame, None));
        }
        last = last.max(chunk.at_us);
    }
    for late in &handshake.late {
        for (at, frame) in conversation
            .send(late.from, &record(late))
            .into_iter()
            .enumerate()
        {
            let comment = (at == 0).then_some(LATE);
            blocks.extend_from_slice(&packet(opened + late.at_us, &frame, comment));
        }
        last = last.max(late.at_us);
    }
    for frame in conversation.close() {
        blocks.extend_from_slice(&packet(opened + last, &frame, None));
    }
}

/// What is said of a late record.
const LATE: &str = "sealed on the wire; in the clear here, since its keys were not kept";

/// A record of TLS (RFC 8446 section 5.1) around the plain fragment of a late one; more than one where the fragment is
/// longer than a record's.
fn record(late: &LateRecord) -> Vec<u8> {
    const MAX_FRAGMENT: usize = 1 << 14;
    let fragments = late.bytes.chunks(MAX_FRAGMENT);
    fragments
        .flat_map(|fragment| {
            let [high, low] = (fragment.len() as u16).to_be_bytes();
            [&[late.content_type, 3, 3, high, low][..], fragment].concat()
        })
        .collect()
}

/// The secrets as lines of a key log (RFC 9850). They go by the random of the ClientHello.
fn key_log(handshake: &LegHandshake) -> Option<String> {
    // The headers of record and message, and the version, come before it.
    const RANDOM: std::ops::Range<usize> = 11..43;
    let mut begin = Vec::new();
    let sent = handshake.chunks.iter();
    for chunk in sent.filter(|chunk| chunk.from == TlsRole::Client) {
        begin.extend_from_slice(&chunk.bytes);
        if begin.len() >= RANDOM.end {
            break;
        }
    }
    let random = hex(begin.get(RANDOM)?);
    let lines: String = handshake
        .secrets
        .iter()
        .map(|secret| format!("{} {random} {}\n", secret.label, hex(&secret.bytes)))
        .collect();
    (!lines.is_empty()).then_some(lines)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
