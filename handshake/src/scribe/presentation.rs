//! The words of RFC 8446's presentation language (section 3): numbers, opaque bytes, and vectors with their length
//! before them.

use super::tell::{Told, count, entry, entry_u8, tell_bytes, tell_text};
use super::{Read, Scribe, Stop, Text};
use crate::Field;
use crate::registry::Entry;

impl<'a> Scribe<'a> {
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
        let mut field = Field::new(name, start, start + width, told.value);
        field.recommended = told.recommended;
        self.fields.push(field);
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
        self.number(2, "a number", |n| entry(registry(n as u16)), true)
            .map(|n| n as u16)
    }

    /// An element of a list of registered bytes, which goes by its name.
    pub(crate) fn listed_u8(&mut self, name: impl FnOnce(u8) -> Text) -> Read<u8> {
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
    pub(crate) fn part<T: Into<Text>>(
        &mut self,
        name: impl Into<Text>,
        parse: impl FnOnce(&mut Scribe<'_>) -> Read<T>,
    ) -> Read {
        self.spend()?;
        let start = self.at;
        let mut inner = self.within(start, self.end);
        let read = parse(&mut inner);
        let (end, fields) = (inner.at, inner.fields);
        self.at = end;
        let (value, read) = match read {
            Ok(value) => (value.into(), Ok(())),
            Err(stop) => (Text::Borrowed("malformed"), Err(stop)),
        };
        let mut field = Field::new(name, start, end, value);
        field.fields = fields;
        self.fields.push(field);
        read
    }

    /// A vector `<..>` whose length stands before it in `width` bytes: its parts are what `parse` reads, which tells
    /// its value.
    ///
    /// What is wrong inside stays inside: the problem is noted, and reading goes on behind the vector.
    pub(crate) fn vector<T: Into<Text>>(
        &mut self,
        width: usize,
        name: impl Into<Text>,
        parse: impl FnOnce(&mut Scribe<'_>) -> Read<T>,
    ) -> Read {
        let start = self.at;
        self.framed(start, width, name.into(), parse)
    }

    /// Like [`Self::vector`], for a header whose first bytes, from `start`, are read already.
    pub(crate) fn framed<T: Into<Text>>(
        &mut self,
        start: usize,
        width: usize,
        name: Text,
        parse: impl FnOnce(&mut Scribe<'_>) -> Read<T>,
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
        self.enclose(start, body, end, name, parse);
        if length > left { Err(Stop) } else { Ok(()) }
    }

    /// A vector of elements that `element` reads one at a time: `17 suites`.
    pub(crate) fn list(
        &mut self,
        width: usize,
        name: impl Into<Text>,
        noun: &'static str,
        mut element: impl FnMut(&mut Scribe<'_>) -> Read,
    ) -> Read {
        self.vector(width, name, |s| {
            // The elements of a long list are long, as a rule.
            const LONG: usize = 96;
            s.fields
                .reserve(if s.left() > LONG { 18 } else { s.left() / 8 + 1 });
            let mut elements = 0;
            while !s.is_empty() {
                element(s)?;
                elements += 1;
            }
            Ok(count(elements, noun))
        })
    }

    /// A vector of registered 16-bit numbers, each of which goes by its name in the registry.
    pub(crate) fn numbers(
        &mut self,
        name: &'static str,
        noun: &'static str,
        registry: impl Fn(u16) -> Entry,
    ) -> Read {
        self.vector(2, name, |s| {
            let most = (s.left() / 2).min(s.ledger.budget);
            s.fields.reserve(most);
            let mut numbers = 0;
            while !s.is_empty() {
                s.listed(&registry)?;
                numbers += 1;
            }
            Ok(count(numbers, noun))
        })
    }

    /// `opaque name<..>`.
    pub(crate) fn bytes(&mut self, width: usize, name: impl Into<Text>) -> Read {
        self.vector(width, name, |s| Ok(tell_bytes(s.skip())))
    }

    /// `opaque name<..>` that holds text.
    pub(crate) fn text(&mut self, width: usize, name: impl Into<Text>) -> Read {
        self.vector(width, name, |s| Ok(tell_text(s.skip())))
    }
}
