//! The frames of a WebSocket (RFC 6455 section 5), one direction of them, put together to messages.
//!
//! Nothing is refused: bytes have passed, whatever they were. What the RFC forbids is told with its place.

use super::close;
use super::deflate::{Deflate, Inflater};
use super::found::{End, Found, Opcode, Resume};
use super::utf8::Utf8;
use crate::Side;

/// Bytes of a frame's head at the most: two, a length of eight, a mask of four.
const HEAD: usize = 14;

/// Bytes of a control frame's payload at the most (section 5.5).
const CONTROL: u64 = 125;

/// Bytes unmasked at once.
const STEP: usize = 8 * 1024;

/// Reads one direction.
pub(super) struct Frames {
    from: Side,
    keep: usize,
    inflater: Option<Inflater>,
    position: u64,
    head: Vec<u8>,
    frame: Option<Frame>,
    /// The data message that is not whole.
    data: Option<Building>,
    /// The control message that is not whole.
    control: Option<Building>,
    /// Control messages told since the data message began.
    told: u32,
    /// Messages that were told before, and are passed over.
    skip: u32,
}

/// A frame whose payload is read.
struct Frame {
    is_last: bool,
    is_control: bool,
    left: u64,
    mask: Option<[u8; 4]>,
    masked: usize,
}

struct Building {
    found: Found,
    utf8: Utf8,
}

impl Building {
    fn new(start: u64, opcode: Option<Opcode>, compressed: bool) -> Self {
        Self {
            found: Found {
                start,
                opcode,
                compressed,
                ..Found::default()
            },
            utf8: Utf8::default(),
        }
    }

    fn take(&mut self, bytes: &[u8], keep: usize) {
        if self.found.opcode == Some(Opcode::Text) {
            self.utf8.feed(bytes);
        }
        self.found.take(bytes, keep);
    }
}

impl Frames {
    /// Begins at a place where a message begins. `keep` is how much of a payload is kept.
    pub(super) fn new(from: Side, agreed: Option<Deflate>, keep: usize, at: &Resume) -> Self {
        Self {
            from,
            keep,
            inflater: agreed.map(|agreed| Inflater::new(agreed, at)),
            position: at.position,
            head: Vec::with_capacity(HEAD),
            frame: None,
            data: None,
            control: None,
            told: 0,
            skip: at.told,
        }
    }

    /// Where reading can begin again with what is not told yet.
    pub(super) fn resume(&self) -> Option<Resume> {
        let begun = self.data.as_ref().map(|data| data.found.start);
        let stateful = self.inflater.as_ref().is_some_and(Inflater::is_stateful);
        if stateful && (begun.is_some() || !self.head.is_empty() || self.frame.is_some()) {
            return None;
        }
        let frame = self.control.as_ref().map(|control| control.found.start);
        let whole = self.position - self.head.len() as u64;
        let at = Resume {
            position: begun.or(frame).unwrap_or(whole),
            told: if begun.is_some() { self.told } else { 0 },
            ..Resume::default()
        };
        Some(match &self.inflater {
            Some(inflater) => inflater.resume(at),
            None => at,
        })
    }

    /// Bytes that have been inflated.
    pub(super) fn decoded(&self) -> u64 {
        self.inflater.as_ref().map_or(0, Inflater::decoded)
    }

    /// Reads on to the end of a message, or of the bytes.
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Option<Found> {
        while !bytes.is_empty() || self.frame.as_ref().is_some_and(|frame| frame.left == 0) {
            let found = match self.frame.is_some() {
                true => self.read_payload(bytes),
                false => self.read_head(bytes),
            };
            let Some(found) = found else { continue };
            if self.skip > 0 && found.opcode.is_some_and(Opcode::is_control) {
                self.skip -= 1;
                continue;
            }
            self.skip = 0;
            return Some(found);
        }
        None
    }

    /// What is left where there is no more.
    pub(super) fn end(&mut self, end: End) -> Option<Found> {
        let in_head = self.head.len();
        let missing = self.frame.take().map_or(0, |frame| frame.left);
        let building = self.control.take().or_else(|| self.data.take());
        if let Some(mut building) = building {
            building.found.fault(|| match missing {
                0 => format!("{end} before the last frame of this message"),
                _ => format!("{end} {missing} bytes before the end of this frame"),
            });
            building.found.end = self.position;
            return Some(building.found);
        }
        (in_head > 0).then(|| {
            self.head.clear();
            Found {
                start: self.position - in_head as u64,
                end: self.position,
                on_wire: in_head as u64,
                problem: Some(format!("{end} inside the head of a frame")),
                ..Found::default()
            }
        })
    }

    /// Reads a frame's head. Returns the message that breaks off with it.
    fn read_head(&mut self, bytes: &mut &[u8]) -> Option<Found> {
        while self.head.len() < head_length(&self.head) {
            let (&byte, rest) = bytes.split_first()?;
            *bytes = rest;
            self.head.push(byte);
            self.position += 1;
        }
        let head = std::mem::take(&mut self.head);
        self.begin_frame(&head)
    }

    fn begin_frame(&mut self, head: &[u8]) -> Option<Found> {
        let (first, second) = (head[0], head[1]);
        let start = self.position - head.len() as u64;
        let (is_last, reserved, code) = (first & 0x80 != 0, first & 0x70, first & 0x0f);
        let extended = |range: std::ops::Range<usize>| {
            let number = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
            head[range].iter().fold(0, number)
        };
        let (length, least) = match second & 0x7f {
            126 => (extended(2..4), 126),
            127 => (extended(2..10), 1 << 16),
            short => (u64::from(short), 0),
        };
        let mask = (second & 0x80 != 0).then(|| {
            let at = head.len() - 4;
            [head[at], head[at + 1], head[at + 2], head[at + 3]]
        });
        let on_wire = length.saturating_add(head.len() as u64);
        let opcode = opcode(code);
        let is_control = code >= 8;
        let compressed = reserved == 0x40 && !is_control && code != 0 && self.inflater.is_some();
        let mut broken_off = None;
        if is_control {
            self.control = Some(Building::new(start, opcode, false));
        } else if code != 0 || self.data.is_none() {
            let unfinished = self.data.replace(Building::new(start, opcode, compressed));
            self.told = 0;
            if let Some(Building { mut found, .. }) = unfinished {
                found.fault(|| format!("another message begins at byte {start}, before this one has ended"));
                found.end = start;
                broken_off = Some(found);
            } else if code == 0 {
                self.building(false)
                    .found
                    .fault(|| "it goes on with a message that was not begun".to_owned());
            }
        }
        let from = self.from;
        let found = &mut self.building(is_control).found;
        found.on_wire = found.on_wire.saturating_add(on_wire);
        if opcode.is_none() && code != 0 {
            found.fault(|| format!("its frame at byte {start} has the opcode {code:#x}, which is reserved"));
        }
        if reserved != 0 && !compressed {
            let bits: Vec<String> = (1..=3)
                .filter(|bit| reserved & (0x80 >> bit) != 0)
                .map(|bit| format!("RSV{bit}"))
                .collect();
            found.fault(|| {
                format!(
                    "its frame at byte {start} has {} set, and no extension that was agreed on gives that a meaning here",
                    bits.join(" and ")
                )
            });
        }
        match (from, mask.is_some()) {
            (Side::Request, false) => {
                found.fault(|| format!("its frame at byte {start} is not masked, as a client's must be"));
            }
            (Side::Response, true) => {
                found.fault(|| format!("its frame at byte {start} is masked, as a server's must not be"));
            }
            _ => {}
        }
        if is_control && length > CONTROL {
            found.fault(|| format!("a control frame of {length} bytes, where 125 are the most"));
        }
        if is_control && !is_last {
            found.fault(|| "a control frame in fragments".to_owned());
        }
        if length < least || length >> 63 != 0 {
            found.fault(|| {
                format!("its frame at byte {start} tells the length {length} in a form that is not its own")
            });
        }
        self.frame = Some(Frame {
            is_last: is_last || is_control,
            is_control,
            left: length,
            mask,
            masked: 0,
        });
        broken_off
    }

    /// The message that a frame belongs to.
    fn building(&mut self, is_control: bool) -> &mut Building {
        let (place, start) = match is_control {
            true => (&mut self.control, self.position),
            false => (&mut self.data, self.position),
        };
        place.get_or_insert_with(|| Building::new(start, None, false))
    }

    fn read_payload(&mut self, bytes: &mut &[u8]) -> Option<Found> {
        let frame = self.frame.as_mut()?;
        let length = usize::try_from(frame.left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let (payload, rest) = bytes.split_at(length);
        *bytes = rest;
        frame.left -= length as u64;
        self.position += length as u64;
        let (is_control, is_over, is_last) = (frame.is_control, frame.left == 0, frame.is_last);
        let place = if is_control {
            &mut self.control
        } else {
            &mut self.data
        };
        let building = place.as_mut()?;
        let mut scratch = [0; STEP];
        for piece in payload.chunks(STEP) {
            let piece = match frame.mask {
                None => piece,
                Some(mask) => {
                    let unmasked = &mut scratch[..piece.len()];
                    for ((to, &byte), at) in unmasked.iter_mut().zip(piece).zip(frame.masked..) {
                        *to = byte ^ mask[at % 4];
                    }
                    frame.masked = (frame.masked + piece.len()) % 4;
                    unmasked
                }
            };
            let keep = self.keep;
            match &mut self.inflater {
                Some(inflater) if building.found.compressed => {
                    let inflated = inflater.inflate(piece, &mut |bytes| building.take(bytes, keep));
                    if let Err(problem) = inflated {
                        building.found.fault(|| problem.to_owned());
                    }
                }
                _ => building.take(piece, keep),
            }
        }
        if !is_over {
            return None;
        }
        self.frame = None;
        if !is_last {
            return None;
        }
        let building = place.take()?;
        Some(self.finish(building, is_control))
    }

    fn finish(&mut self, mut building: Building, is_control: bool) -> Found {
        if let (true, Some(inflater)) = (building.found.compressed, &mut self.inflater) {
            let keep = self.keep;
            let inflated = inflater.end(&mut |bytes| building.take(bytes, keep));
            if let Err(problem) = inflated {
                building.found.fault(|| problem.to_owned());
            }
        }
        if is_control {
            self.told += 1;
        } else {
            self.told = 0;
        }
        let Building { mut found, utf8 } = building;
        found.end = self.position;
        if let (Some(Opcode::Text), Some(at)) = (found.opcode, utf8.end()) {
            found.fault(|| format!("its text is not UTF-8 at byte {at}"));
        }
        if found.opcode == Some(Opcode::Close)
            && let Some(problem) = close::problem(&found.payload)
        {
            found.fault(|| problem);
        }
        found
    }
}

/// Bytes of a head that begins with these, as far as they tell.
fn head_length(head: &[u8]) -> usize {
    let Some(second) = head.get(1) else { return 2 };
    let length = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    2 + length + mask
}

fn opcode(code: u8) -> Option<Opcode> {
    Some(match code {
        1 => Opcode::Text,
        2 => Opcode::Binary,
        8 => Opcode::Close,
        9 => Opcode::Ping,
        10 => Opcode::Pong,
        _ => return None,
    })
}

#[cfg(test)]
#[path = "websocket_tests.rs"]
mod tests;
