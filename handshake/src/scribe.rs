//! The vocabulary in which parsers are written: each word reads one part of RFC 8446's presentation language
//! (section 3), checks its bounds, and writes it down as a [`Field`] with its range.

use std::borrow::Cow;

use crate::message::hex;
use crate::registry::Entry;
use crate::{Field, Problem};

/// Reading stopped: the problem is in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop;

/// Whether a part could be read.
pub(crate) type Read<T = ()> = Result<T, Stop>;

/// What is noted beside the fields.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// The first problem.
    pub(crate) problem: Option<Problem>,
    /// How many fields may still be written. A list of 16-bit numbers grows a hundredfold as it becomes fields, so a
    /// peer's message must not decide how many there are.
    pub(crate) budget: usize,
}

/// Reads a range of a message and writes its fields.
#[derive(Debug)]
pub(crate) struct Scribe<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    fields: Vec<Field>,
    ledger: &'a mut Ledger,
}

/// How a number is told.
#[derive(Debug)]
pub(crate) struct Told {
    name: Option<Cow<'static, str>>,
    value: String,
    recommended: Option<bool>,
}

impl From<String> for Told {
    fn from(value: String) -> Self {
        Self {
            name: None,
            value,
            recommended: None,
        }
    }
}

impl From<&str> for Told {
    fn from(value: &str) -> Self {
        value.to_owned().into()
    }
}

/// A number of a registry: `x25519 (0x001d)`.
pub(crate) fn entry(entry: Entry, number: u16) -> Told {
    let value = if entry.name.starts_with("0x") {
        entry.name.clone().into_owned()
    } else {
        with_digits(&entry.name, number)
    };
    Told {
        value,
        name: Some(entry.name),
        recommended: entry.recommended,
    }
}

/// A name with its 16-bit number behind it, put together by hand: it is what most fields of a hello are.
pub(crate) fn with_digits(name: &str, number: u16) -> String {
    let mut value = String::with_capacity(name.len() + " (0x0000)".len());
    for part in [name, " (0x", &hex(&number.to_be_bytes()), ")"] {
        value.push_str(part);
    }
    value
}

/// A number of a registry of single bytes: `handshake (22)`.
pub(crate) fn entry_u8(name: Cow<'static, str>, number: u8) -> Told {
    Told {
        value: format!("{name} ({number})"),
        name: Some(name),
        recommended: None,
    }
}

/// Bytes for a person: in full where they are few.
pub(crate) fn tell_bytes(bytes: &[u8]) -> String {
    const FULL: usize = 72;
    match bytes.len() {
        0 => "empty".to_owned(),
        1..=FULL => hex(bytes),
        length => format!("{}... ({length} bytes)", hex(&bytes[..16])),
    }
}

/// `1 suite`, `17 suites`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ if noun.ends_with("ry") || noun.ends_with("ty") => {
            format!("{number} {}ies", &noun[..noun.len() - 1])
        }
        _ => format!("{number} {noun}s"),
    }
}

impl<'a> Scribe<'a> {
    /// A scribe at the first byte.
    pub(crate) fn new(bytes: &'a [u8], ledger: &'a mut Ledger) -> Self {
        Self {
            bytes,
            at: 0,
            end: bytes.len(),
            fields: Vec::new(),
            ledger,
        }
    }

    /// The fields written.
    pub(crate) fn done(self) -> Vec<Field> {
        self.fields
    }

    /// Whether all is read.
    pub(crate) fn is_empty(&self) -> bool {
        self.at == self.end
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.end - self.at
    }

    /// The value of the field written last.
    pub(crate) fn last_value(&self) -> String {
        self.fields.last().map_or_else(String::new, |f| f.value.clone())
    }

    /// The values of the fields written so far, joined.
    pub(crate) fn own_values(&self) -> String {
        join(self.fields.iter().map(|f| &f.value[..]))
    }

    /// The values of the parts of the field written last: `h2, http/1.1`.
    pub(crate) fn values(&self) -> String {
        join(self.parts_of_last().iter().map(|f| &f.value[..]))
    }

    /// Their names: `X25519MLKEM768, x25519`.
    pub(crate) fn names(&self) -> String {
        join(self.parts_of_last().iter().map(|f| &f.name[..]))
    }

    fn parts_of_last(&self) -> &[Field] {
        self.fields.last().map_or(&[], |f| &f.fields)
    }

    /// Marks the field written last with IANA's "Recommended".
    pub(crate) fn recommend(&mut self, recommended: Option<bool>) {
        if let Some(last) = self.fields.last_mut() {
            last.recommended = recommended;
        }
    }

    /// Reads bytes that are not of this message but came of its bytes `start..end`: their fields get that range.
    pub(crate) fn read_apart(
        &mut self,
        bytes: &[u8],
        parse: impl FnOnce(&mut Scribe<'_>) -> Read,
        start: usize,
        end: usize,
    ) -> Vec<Field> {
        fn place(fields: &mut [Field], start: usize, end: usize) {
            for field in fields {
                (field.start, field.end, field.prefix) = (start, end, 0);
                place(&mut field.fields, start, end);
            }
        }
        let mut ledger = Ledger {
            problem: None,
            budget: self.ledger.budget,
        };
        let mut scribe = Scribe::new(bytes, &mut ledger);
        // What stopped it is in the ledger.
        let _ = parse(&mut scribe);
        let mut fields = scribe.done();
        place(&mut fields, start, end);
        self.ledger.budget = ledger.budget;
        if let Some(problem) = ledger.problem {
            let _ = self.object(start, end, problem.text);
        }
        fields
    }

    /// Where reading stands.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// What is left, unread.
    pub(crate) fn peek(&self) -> &'a [u8] {
        &self.bytes[self.at..self.end]
    }

    /// The fields written so far.
    pub(crate) fn fields(&mut self) -> &mut Vec<Field> {
        &mut self.fields
    }

    /// Notes a problem with a range; only the first counts.
    pub(crate) fn object(&mut self, start: usize, end: usize, text: impl Into<String>) -> Stop {
        self.ledger.problem.get_or_insert_with(|| Problem {
            start: start as u64,
            end: end as u64,
            text: text.into(),
        });
        Stop
    }

    fn take(&mut self, count: usize, name: &str) -> Read<(usize, &'a [u8])> {
        let start = self.at;
        if count > self.left() {
            let text = format!("it ends in the middle of {name}");
            return Err(self.object(start, self.end, text));
        }
        self.at += count;
        Ok((start, &self.bytes[start..self.at]))
    }

    /// Asks for leave to write one more field, from here on.
    fn spend(&mut self) -> Read {
        let Some(left) = self.ledger.budget.checked_sub(1) else {
            return Err(self.object(self.at, self.end, "there are more fields than are told"));
        };
        self.ledger.budget = left;
        Ok(())
    }

    fn number(
        &mut self,
        width: usize,
        name: &'static str,
        tell: impl FnOnce(u64) -> Told,
        by_entry: bool,
    ) -> Read<u64> {
        self.spend()?;
        let (start, bytes) = self.take(width, name)?;
        let number = bytes.iter().fold(0, |n, &byte| n << 8 | u64::from(byte));
        let told = tell(number);
        let name = told.name.filter(|_| by_entry).unwrap_or(name.into());
        self.fields.push(Field {
            recommended: told.recommended,
            ..Field::new(name, start, start + width, told.value)
        });
        Ok(number)
    }

    /// `uint8`.
    pub(crate) fn u8<T: Into<Told>>(&mut self, name: &'static str, tell: impl FnOnce(u8) -> T) -> Read<u8> {
        self.number(1, name, |n| tell(n as u8).into(), false)
            .map(|n| n as u8)
    }

    /// `uint16`.
    pub(crate) fn u16<T: Into<Told>>(
        &mut self,
        name: &'static str,
        tell: impl FnOnce(u16) -> T,
    ) -> Read<u16> {
        self.number(2, name, |n| tell(n as u16).into(), false)
            .map(|n| n as u16)
    }

    /// `uint24`.
    pub(crate) fn u24<T: Into<Told>>(
        &mut self,
        name: &'static str,
        tell: impl FnOnce(u64) -> T,
    ) -> Read<u64> {
        self.number(3, name, |n| tell(n).into(), false)
    }

    /// `uint32`.
    pub(crate) fn u32<T: Into<Told>>(
        &mut self,
        name: &'static str,
        tell: impl FnOnce(u32) -> T,
    ) -> Read<u32> {
        self.number(4, name, |n| tell(n as u32).into(), false)
            .map(|n| n as u32)
    }

    /// `uint64`.
    pub(crate) fn u64<T: Into<Told>>(
        &mut self,
        name: &'static str,
        tell: impl FnOnce(u64) -> T,
    ) -> Read<u64> {
        self.number(8, name, |n| tell(n).into(), false)
    }

    /// A 16-bit number that is part of a header: no field of its own.
    pub(crate) fn header_u16(&mut self, name: &str) -> Read<u16> {
        let (_, bytes) = self.take(2, name)?;
        Ok(bytes.first_chunk().map_or(0, |b| u16::from_be_bytes(*b)))
    }

    /// A variable-length integer of QUIC (RFC 9000 section 16).
    pub(crate) fn varint(&mut self, name: &'static str) -> Read<u64> {
        let (number, size) = crate::parse::varint(self.peek()).unwrap_or((0, self.left() + 1));
        self.number(size, name, |_| number.to_string().into(), false)?;
        Ok(number)
    }

    /// An element of a list of registered 16-bit numbers, which goes by its name in the registry.
    pub(crate) fn listed(&mut self, registry: impl FnOnce(u16) -> Entry) -> Read<u16> {
        self.number(2, "a number", |n| entry(registry(n as u16), n as u16), true)
            .map(|n| n as u16)
    }

    /// An element of a list of registered bytes, which goes by its name.
    pub(crate) fn listed_u8(&mut self, name: impl FnOnce(u8) -> Cow<'static, str>) -> Read<u8> {
        self.number(1, "a number", |n| entry_u8(name(n as u8), n as u8), true)
            .map(|n| n as u8)
    }

    /// `opaque name[count]`.
    pub(crate) fn opaque(&mut self, name: &'static str, count: usize) -> Read<&'a [u8]> {
        self.spend()?;
        let (start, bytes) = self.take(count, name)?;
        self.fields
            .push(Field::new(name, start, start + count, tell_bytes(bytes)));
        Ok(bytes)
    }

    /// Everything that is left, as opaque bytes. Nothing is written where nothing is left.
    pub(crate) fn rest(&mut self, name: &'static str) -> Read<&'a [u8]> {
        match self.left() {
            0 => Ok(&[]),
            left => self.opaque(name, left),
        }
    }

    /// A part of no length of its own, such as a structure in a list: what `parse` reads, as one field. `parse` tells
    /// its value.
    pub(crate) fn part(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        parse: impl FnOnce(&mut Scribe<'_>) -> Read<String>,
    ) -> Read {
        self.spend()?;
        let start = self.at;
        let mut inner = self.within(start, self.end);
        let read = parse(&mut inner);
        let (end, fields) = (inner.at, inner.fields);
        self.at = end;
        let value = read.as_ref().map_or("malformed", String::as_str);
        self.fields.push(Field {
            fields,
            ..Field::new(name, start, end, value)
        });
        read.map(drop)
    }

    /// A vector `<..>` whose length stands before it in `width` bytes: its parts are what `parse` reads, which tells
    /// its value.
    ///
    /// What is wrong inside stays inside: the problem is noted, and reading goes on behind the vector.
    pub(crate) fn vector(
        &mut self,
        width: usize,
        name: impl Into<Cow<'static, str>>,
        parse: impl FnOnce(&mut Scribe<'_>) -> Read<String>,
    ) -> Read {
        let start = self.at;
        self.framed(start, width, name.into(), parse)
    }

    /// Like [`Self::vector`], for a header whose first bytes, from `start`, are read already.
    pub(crate) fn framed(
        &mut self,
        start: usize,
        width: usize,
        name: Cow<'static, str>,
        parse: impl FnOnce(&mut Scribe<'_>) -> Read<String>,
    ) -> Read {
        self.spend()?;
        let (_, length) = self.take(width, &name).inspect_err(|Stop| self.at = start)?;
        let length = length.iter().fold(0, |n, &byte| n << 8 | usize::from(byte));
        let (body, left) = (self.at, self.left());
        let end = body + length.min(left);
        if length > left {
            let text = format!("{name} says that it is {length} bytes long, and {left} are left");
            self.object(start, self.end, text);
        }
        let mut inner = self.within(body, end);
        let value = match parse(&mut inner) {
            Ok(value) if inner.is_empty() => value,
            Ok(value) => {
                let text = format!("{} left over in {name}", count(inner.left(), "byte"));
                let _ = inner.object(inner.at, end, text);
                inner.leave();
                value
            }
            Err(Stop) => {
                inner.give_up();
                "malformed".to_owned()
            }
        };
        let fields = inner.fields;
        self.at = end;
        self.fields.push(Field {
            prefix: body - start,
            fields,
            ..Field::new(name, start, end, value)
        });
        if length > left { Err(Stop) } else { Ok(()) }
    }

    /// A vector of elements that `element` reads one at a time: `17 suites`.
    pub(crate) fn list(
        &mut self,
        width: usize,
        name: impl Into<Cow<'static, str>>,
        noun: &'static str,
        mut element: impl FnMut(&mut Scribe<'_>) -> Read,
    ) -> Read {
        self.vector(width, name, |s| {
            // A short list is one of 16-bit numbers, as a rule.
            const SHORT: usize = 96;
            s.fields
                .reserve(s.left().min(SHORT) / if s.left() > SHORT { 8 } else { 2 });
            let mut elements = 0;
            while !s.is_empty() {
                element(s)?;
                elements += 1;
            }
            Ok(count(elements, noun))
        })
    }

    /// `opaque name<..>`.
    pub(crate) fn bytes(&mut self, width: usize, name: impl Into<Cow<'static, str>>) -> Read {
        self.vector(width, name, |s| Ok(tell_bytes(s.skip())))
    }

    /// `opaque name<..>` that holds text.
    pub(crate) fn text(&mut self, width: usize, name: impl Into<Cow<'static, str>>) -> Read {
        self.vector(width, name, |s| Ok(tell_text(s.skip())))
    }

    /// Writes down what is left behind the last part.
    fn leave(&mut self) {
        if self.rest("left_over").is_err() {
            self.give_up();
        }
    }

    /// Writes down what is left as unread, so that every byte has a name. The field costs nothing: each vector and each
    /// message has one at most.
    pub(crate) fn give_up(&mut self) {
        let start = self.at;
        let rest = self.skip();
        if !rest.is_empty() {
            self.fields
                .push(Field::new("unread", start, self.end, tell_bytes(rest)));
        }
    }

    /// All that is left, which its parent's value tells.
    pub(crate) fn skip(&mut self) -> &'a [u8] {
        let rest = self.peek();
        self.at = self.end;
        rest
    }

    fn within(&mut self, at: usize, end: usize) -> Scribe<'_> {
        Scribe {
            bytes: self.bytes,
            at,
            end,
            fields: Vec::new(),
            ledger: self.ledger,
        }
    }
}

/// Joins a few words; a peer's list may be long.
fn join<'a>(words: impl Iterator<Item = &'a str> + Clone) -> String {
    const FEW: usize = 12;
    let more = words.clone().count().saturating_sub(FEW);
    let mut text = words.take(FEW).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// Text off the network for a person: nothing in it can act upon a terminal.
pub(crate) fn tell_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .flat_map(|c| {
            let (plain, escaped) = if c.is_control() {
                (None, Some(c.escape_default()))
            } else {
                (Some(c), None)
            };
            plain.into_iter().chain(escaped.into_iter().flatten())
        })
        .collect()
}

#[cfg(test)]
mod tests;
