//! A body in chunks (RFC 9112 section 7.1), checked as it streams. The bytes pass as they are, extensions and all;
//! what lies in the chunks is found for the recorder. Trailers are held back until all of them were read.

use std::ops::Range;

use capture::Fields;

use super::error::{BadMessage, told};
use super::field::{Field, From, Name, read_lines};
use super::head::{Bounds, EndFinder};
use super::syntax::is_text;

/// The longest line of a chunk's size, extensions and all.
const MAX_LINE: usize = 4096;

/// Reads one body.
#[derive(Debug)]
pub(super) struct Chunked {
    state: State,
    /// Of the chunk that is read, or of its size as far as it was read.
    size: u64,
    digits: u32,
    line: usize,
    trailers_end: EndFinder,
    trailers: Option<Fields>,
    bounds: Bounds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Size,
    Extension,
    SizeEnd,
    Data,
    DataReturn,
    DataEnd,
    Trailers,
    Over,
}

impl Chunked {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            state: State::Size,
            size: 0,
            digits: 0,
            line: 0,
            trailers_end: EndFinder::default(),
            trailers: None,
            bounds,
        }
    }

    /// Whether the last byte was read.
    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    pub(super) fn has_trailers(&self) -> bool {
        self.trailers.is_some()
    }

    /// The trailer fields, once it is over, if there were any.
    pub(super) fn take_trailers(&mut self) -> Option<Fields> {
        self.trailers.take()
    }

    /// Reads on, and returns how many of the bytes are good and may pass; the others must come again with more
    /// behind them. Where the chunks' content lies is put into `data`.
    pub(super) fn feed(&mut self, bytes: &[u8], data: &mut Vec<Range<usize>>) -> Result<usize, BadMessage> {
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            match self.state {
                State::Size => self.read_size(byte)?,
                State::Extension if byte == b'\r' => self.state = State::SizeEnd,
                State::Extension if is_text(byte) => self.count()?,
                State::Extension => return Err(BadMessage::ChunkExtension(byte)),
                State::SizeEnd if byte != b'\n' => return Err(BadMessage::BareCarriageReturn),
                State::SizeEnd => {
                    (self.digits, self.line) = (0, 0);
                    self.state = if self.size == 0 {
                        State::Trailers
                    } else {
                        State::Data
                    };
                }
                State::Data => {
                    let left = usize::try_from(self.size).unwrap_or(usize::MAX);
                    let count = left.min(bytes.len() - at);
                    data.push(at..at + count);
                    self.size -= count as u64;
                    at += count;
                    if self.size == 0 {
                        self.state = State::DataReturn;
                    }
                    continue;
                }
                State::DataReturn if byte == b'\r' => self.state = State::DataEnd,
                State::DataEnd if byte == b'\n' => self.state = State::Size,
                State::DataReturn | State::DataEnd => return Err(BadMessage::ChunkEnd),
                State::Trailers => {
                    let rest = &bytes[at..];
                    let Some(end) = self.trailers_end.look(rest) else {
                        return if rest.len() < self.bounds.bytes {
                            Ok(at)
                        } else {
                            Err(BadMessage::TooLong(self.bounds.bytes))
                        };
                    };
                    self.read_trailers(&rest[..end])?;
                    self.state = State::Over;
                    return Ok(at + end);
                }
                State::Over => return Ok(at),
            }
            at += 1;
        }
        Ok(at)
    }

    fn read_size(&mut self, byte: u8) -> Result<(), BadMessage> {
        match (byte, self.digits) {
            (b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F', digits) => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                if digits == 16 || self.size >> 59 != 0 {
                    return Err(BadMessage::ChunkTooLarge);
                }
                self.size = self.size << 4 | u64::from(digit);
                self.digits += 1;
            }
            (b'\r', 1..) => self.state = State::SizeEnd,
            (b';', 1..) => self.state = State::Extension,
            (byte, _) => return Err(BadMessage::ChunkSize(char::from(byte))),
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), BadMessage> {
        self.line += 1;
        if self.line > MAX_LINE {
            return Err(BadMessage::ChunkLineTooLong(MAX_LINE));
        }
        Ok(())
    }

    fn read_trailers(&mut self, bytes: &[u8]) -> Result<(), BadMessage> {
        let lines = read_lines(bytes, 0, From::Client, self.bounds.fields)?;
        let name = |field: &Field| &bytes[field.start..field.name_end];
        // RFC 9110 section 6.5.1: somebody might merge them into the head.
        if let Some(bad) = lines.fields.iter().find(|field| {
            !matches!(
                field.name,
                Name::Other | Name::Accept | Name::AltSvc | Name::Expect
            )
        }) {
            return Err(BadMessage::Trailer(told(name(bad))));
        }
        if !lines.fields.is_empty() {
            let fields = lines
                .fields
                .iter()
                .map(|field| (name(field), &bytes[field.value_start..field.value_end]));
            self.trailers = Some(Fields::pack(fields));
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "chunked_tests.rs"]
mod tests;
