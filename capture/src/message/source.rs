//! The bytes of one side of an exchange in the order and at the times that they came, read from the store as far as
//! they have come, their content coding undone.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::{Buf, Bytes};

use crate::coding::{Coding, undo};
use crate::{Id, Piece, ReadError, Side, Store};

/// Bytes that are asked of the store at once. So many have no more pieces than one call tells.
const PART: u64 = 128 * 1024;

/// Bytes that passed at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) bytes: Bytes,
    /// When they passed, where that was kept.
    pub(super) at_us: Option<u64>,
    /// Whether what follows passed at another time.
    pub(super) ends_piece: bool,
}

/// How the bytes on the wire become those of the stream.
pub(super) enum Way {
    /// They are it.
    Plain,
    /// By these content codings.
    Coded(Vec<Coding>),
    /// By base64, in pieces of their own.
    Base64,
}

/// Reads one side.
pub(super) struct Source {
    wire: Wire,
    unfold: Unfold,
}

enum Unfold {
    Plain,
    Coded(Box<Decoding>),
    Base64(Vec<u8>),
}

impl Source {
    /// Begins at this place, which is the beginning unless the stream is what was on the wire.
    pub(super) fn new(id: Id, side: Side, way: &Way, position: u64) -> Self {
        Self {
            wire: Wire {
                id,
                side,
                position,
                part: Bytes::new(),
                pieces: VecDeque::new(),
                at_us: None,
            },
            unfold: match way {
                Way::Plain => Unfold::Plain,
                Way::Coded(codings) => Unfold::Coded(Box::new(Decoding::new(codings))),
                Way::Base64 => Unfold::Base64(Vec::new()),
            },
        }
    }

    /// The next bytes of those that lie before `until` on the wire, which is the end if it `is_end`. `None` where there
    /// are none yet.
    pub(super) fn next(
        &mut self,
        store: &dyn Store,
        until: u64,
        is_end: bool,
    ) -> Result<Option<Chunk>, ReadError> {
        match &mut self.unfold {
            Unfold::Plain => self.wire.next(store, until),
            Unfold::Coded(decoding) => decoding.next(&mut self.wire, store, until, is_end),
            Unfold::Base64(begun) => {
                while let Some(chunk) = self.wire.next(store, until)? {
                    let bytes = decode_base64(begun, &chunk.bytes);
                    if !bytes.is_empty() {
                        return Ok(Some(Chunk { bytes, ..chunk }));
                    }
                }
                Ok(None)
            }
        }
    }

    /// Why the stream can't be read on.
    pub(super) fn problem(&self) -> Option<&str> {
        match &self.unfold {
            Unfold::Coded(decoding) => decoding.problem.as_deref(),
            Unfold::Plain | Unfold::Base64(_) => None,
        }
    }
}

/// The bytes on the wire.
struct Wire {
    id: Id,
    side: Side,
    position: u64,
    part: Bytes,
    /// The pieces of the part that are still to come.
    pieces: VecDeque<Piece>,
    at_us: Option<u64>,
}

impl Wire {
    fn next(&mut self, store: &dyn Store, until: u64) -> Result<Option<Chunk>, ReadError> {
        if self.part.is_empty() {
            let range = self.position..until.min(self.position + PART);
            if range.is_empty() {
                return Ok(None);
            }
            let Some(part) = store.body(self.id, self.side, range.clone())? else {
                return Ok(None);
            };
            self.part = part.bytes;
            let end = self.position + self.part.len() as u64;
            self.pieces = store.pieces(self.id, self.side, self.position..end + 1)?.into();
            if self.part.is_empty() {
                return Ok(None);
            }
        }
        while let Some(piece) = self
            .pieces
            .front()
            .filter(|piece| piece.position <= self.position)
        {
            self.at_us = Some(piece.at_us);
            self.pieces.pop_front();
        }
        let next = self.pieces.front().map(|piece| piece.position - self.position);
        let length = next.map_or(self.part.len(), |next| {
            usize::try_from(next).map_or(self.part.len(), |next| next.min(self.part.len()))
        });
        let bytes = self.part.split_to(length);
        self.position += length as u64;
        let ends_piece = next.is_some() || self.position >= until;
        Ok(Some(Chunk {
            bytes,
            at_us: self.at_us,
            ends_piece,
        }))
    }
}

/// Content codings undone as bytes come. A decoder is given the bytes of one time, and none beyond them: what comes
/// out before it asks for more has come at that time.
struct Decoding {
    fed: Feed,
    decoder: Box<dyn Read + Send>,
    at_us: Option<u64>,
    begun: bool,
    over: bool,
    problem: Option<String>,
}

impl Decoding {
    fn new(codings: &[Coding]) -> Self {
        let fed = Feed::default();
        Self {
            decoder: undo(codings, fed.clone()),
            fed,
            at_us: None,
            begun: false,
            over: false,
            problem: None,
        }
    }

    fn next(
        &mut self,
        wire: &mut Wire,
        store: &dyn Store,
        until: u64,
        is_end: bool,
    ) -> Result<Option<Chunk>, ReadError> {
        let mut buffer = vec![0; 64 * 1024];
        while !self.over {
            if self.begun {
                match self.decoder.read(&mut buffer) {
                    Ok(0) => self.over = true,
                    Ok(length) => {
                        buffer.truncate(length);
                        return Ok(Some(Chunk {
                            bytes: buffer.into(),
                            at_us: self.at_us,
                            ends_piece: false,
                        }));
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => {
                        self.problem = Some(error.to_string());
                        self.over = true;
                    }
                }
            }
            match wire.next(store, until)? {
                // What has come out is all, or the coding says that there should be more.
                None if is_end && self.begun => self.fed.end(),
                None => return Ok(None),
                Some(chunk) => {
                    self.at_us = chunk.at_us;
                    self.begun = true;
                    self.fed.put(chunk.bytes);
                }
            }
        }
        Ok(None)
    }
}

/// What a decoder reads. Where there is nothing yet it would block.
#[derive(Clone, Default)]
struct Feed(Arc<Mutex<Fed>>);

#[derive(Default)]
struct Fed {
    bytes: Bytes,
    is_end: bool,
}

impl Feed {
    fn put(&self, bytes: Bytes) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes = bytes;
    }

    fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end = true;
    }
}

impl Read for Feed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut fed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if fed.bytes.is_empty() && !fed.is_end {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let length = buffer.len().min(fed.bytes.len());
        fed.bytes.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

/// Decodes groups of four characters, each of which may be padded: a stream is flushed wherever its sender likes.
pub(super) fn decode_base64(begun: &mut Vec<u8>, bytes: &[u8]) -> Bytes {
    begun.extend(bytes.iter().filter(|byte| !byte.is_ascii_whitespace()));
    let whole = begun.len() - begun.len() % 4;
    let mut decoded = Vec::with_capacity(whole / 4 * 3);
    for group in begun[..whole].chunks_exact(4) {
        // What is no base64 yields nothing: the lengths of the messages then tell that something is missing.
        let mut bytes = [0; 3];
        let count = BASE64_STANDARD.decode_slice(group, &mut bytes).unwrap_or(0);
        decoded.extend_from_slice(&bytes[..count]);
    }
    begun.drain(..whole);
    decoded.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded_group_by_group() {
        let mut begun = Vec::new();
        let mut decoded = Vec::new();
        for piece in ["aGVs", "bG8", "=\r\nd29y", "bGQ="] {
            decoded.extend(decode_base64(&mut begun, piece.as_bytes()));
        }
        assert_eq!(decoded, b"helloworld");
    }
}
