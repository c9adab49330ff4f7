//! The words of DER (X.690): elements, each of a tag, a length and a content.
//!
//! What DER forbids but can be read all the same, such as a length that is not in its shortest form, is noted as a
//! problem, and reading goes on.

mod values;

pub(crate) use values::Oid;

use super::tell::{count, tell_bytes, tell_text};
use super::{Read, Scribe, Stop, Text};

/// Identifier octets: class, whether constructed, and number (X.690 section 8.1.2).
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const TELETEX_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const UNIVERSAL_STRING: u8 = 0x1c;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// Whether the content is made of elements.
    pub(crate) const CONSTRUCTED: u8 = 0x20;

    /// `[number]`, of a primitive type.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// `[number]`, of a constructed type, or EXPLICIT.
    pub(crate) const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }

    /// A tag in the words of ASN.1.
    pub(super) fn name(tag: u8) -> String {
        match (tag, tag >> 6) {
            (SEQUENCE, _) => "SEQUENCE".to_owned(),
            (SET, _) => "SET".to_owned(),
            (_, 0) => match snake(tag & 0x1f) {
                Some(snake) => snake.to_uppercase().replace('_', " "),
                None => format!("[UNIVERSAL {}]", tag & 0x1f),
            },
            (_, 1) => format!("[APPLICATION {}]", tag & 0x1f),
            (_, 2) => format!("[{}]", tag & 0x1f),
            _ => format!("[PRIVATE {}]", tag & 0x1f),
        }
    }

    /// The name of a field for an element of which nothing but its tag is known.
    pub(super) fn field(tag: u8) -> String {
        match (tag >> 6, snake(tag & 0x1f)) {
            (0, Some(name)) => name.to_owned(),
            (0, None) => format!("universal_{}", tag & 0x1f),
            (1, _) => format!("application_{}", tag & 0x1f),
            (2, _) => format!("context_{}", tag & 0x1f),
            _ => format!("private_{}", tag & 0x1f),
        }
    }

    fn snake(number: u8) -> Option<&'static str> {
        Some(match number {
            0 => "end_of_contents",
            1 => "boolean",
            2 => "integer",
            3 => "bit_string",
            4 => "octet_string",
            5 => "null",
            6 => "object_identifier",
            9 => "real",
            10 => "enumerated",
            12 => "utf8_string",
            13 => "relative_oid",
            16 => "sequence",
            17 => "set",
            18 => "numeric_string",
            19 => "printable_string",
            20 => "teletex_string",
            22 => "ia5_string",
            23 => "utc_time",
            24 => "generalized_time",
            26 => "visible_string",
            27 => "general_string",
            28 => "universal_string",
            30 => "bmp_string",
            _ => return None,
        })
    }
}

/// What stands before an element's content.
#[derive(Clone, Copy, Debug)]
struct Header {
    start: usize,
    body: usize,
    end: usize,
    /// Whether it promises more than is there.
    is_cut: bool,
}

impl Scribe<'_> {
    /// The next element's tag.
    pub(crate) fn next_tag(&self) -> Option<u8> {
        self.peek().first().copied()
    }

    /// Whether the next element has this tag: how optional ones are told apart.
    pub(crate) fn next_is(&self, tag: u8) -> bool {
        self.next_tag() == Some(tag)
    }

    /// An element of this tag: its parts are what `parse` reads, which tells its value.
    ///
    /// One of another tag is a problem, and is told as what it is, under this name.
    pub(crate) fn element<T: Into<Text>>(
        &mut self,
        tag: u8,
        name: impl Into<Text>,
        parse: impl FnOnce(&mut Scribe<'_>) -> Read<T>,
    ) -> Read {
        let name = name.into();
        match self.next_tag() {
            Some(found) if found != tag => {
                let text = format!(
                    "{name} should be of type {}, and is of type {}",
                    tag::name(tag),
                    tag::name(found)
                );
                let _ = self.object(self.at, self.at + 1, text);
                self.unknown(name)
            }
            _ => self.sized(name, parse),
        }
    }

    /// An element that does nothing but wrap another: both are one field, whose header is both headers.
    pub(crate) fn wrapped(
        &mut self,
        tag: u8,
        name: impl Into<Text>,
        parse: impl FnOnce(&mut Scribe<'_>) -> Read,
    ) -> Read {
        let parse = |s: &mut Scribe<'_>| parse(s).map(|()| s.last_value());
        let read = self.element(tag, name, parse);
        self.unwrap_last();
        read
    }

    /// Makes one field of the last and its only part, where that fills it; whether it did.
    pub(crate) fn unwrap_last(&mut self) -> bool {
        let Some(last) = self.fields.last_mut() else {
            return false;
        };
        let [part] = &mut last.fields[..] else {
            return false;
        };
        let fills = part.start == last.start + last.prefix && part.end == last.end;
        if fills {
            last.prefix += part.prefix;
            last.value = std::mem::take(&mut part.value);
            last.fields = std::mem::take(&mut part.fields);
        }
        fills
    }

    /// Elements to the end of this one, each read by `element`; how many.
    pub(crate) fn each(&mut self, mut element: impl FnMut(&mut Scribe<'_>) -> Read) -> Read<usize> {
        let mut elements = 0;
        while !self.is_empty() {
            element(self)?;
            elements += 1;
        }
        Ok(elements)
    }

    /// Gives the field written last another name: that of what it turned out to be.
    pub(crate) fn rename(&mut self, name: impl Into<Text>) {
        if let Some(last) = self.fields.last_mut() {
            last.name = name.into();
        }
    }

    /// Gives the field written last another value.
    pub(crate) fn tell_last(&mut self, value: Text) {
        if let Some(last) = self.fields.last_mut() {
            last.value = value;
        }
    }

    /// The next element, whatever it is: a tree of what it is made of, named by types.
    pub(crate) fn unknown(&mut self, name: impl Into<Text>) -> Read {
        // Nothing in use is nested half as deep.
        const DEEPEST: usize = 16;
        self.unknown_within(name.into(), DEEPEST)
    }

    fn unknown_within(&mut self, name: Text, deepest: usize) -> Read {
        let Some(found) = self.next_tag() else {
            return self.sized(name, |_| Ok(String::new()));
        };
        let is_multi_byte = found & 0x1f == 0x1f;
        if found & tag::CONSTRUCTED != 0 {
            return self.sized(name, |s| {
                let Some(deeper) = deepest.checked_sub(1) else {
                    return Ok(format!("nested too deeply: {}", tell_bytes(s.skip())));
                };
                let parts = s.each(|s| {
                    let name = s.next_tag().map_or_else(String::new, tag::field);
                    s.unknown_within(name.into(), deeper)
                })?;
                Ok(count(parts, "part"))
            });
        }
        match found {
            tag::BIT_STRING => self.bit_string(found, name, |s, _| Ok(tell_bytes(s.rest("bits")?))),
            _ if found >> 6 == 0 && !is_multi_byte => self.sized(name, |s| Ok(s.primitive(found))),
            _ => self.sized(name, |s| Ok(tell_either(s.skip()))),
        }
    }

    /// Whether what is left is one element of DER from end to end, with a tag that is in use.
    pub(crate) fn is_der(&self) -> bool {
        let mut ledger = super::Ledger::new(1);
        let mut scribe = Scribe::new(self.peek(), &mut ledger);
        let is_known = self
            .next_tag()
            .is_some_and(|tag| tag >> 6 != 0 || tag & 0x1f != 0);
        is_known
            && scribe
                .header("it")
                .is_ok_and(|header| !header.is_cut && header.end == self.left())
            && ledger.problems.is_empty()
    }

    /// An element of any tag, by its length.
    fn sized<T: Into<Text>>(&mut self, name: Text, parse: impl FnOnce(&mut Scribe<'_>) -> Read<T>) -> Read {
        self.spend()?;
        let start = self.at;
        let header = self.header(&name).inspect_err(|Stop| self.at = start)?;
        self.enclose(header.start, header.body, header.end, name, parse);
        if header.is_cut { Err(Stop) } else { Ok(()) }
    }

    /// An element's tag and length (X.690 sections 8.1.2 and 8.1.3).
    fn header(&mut self, name: &str) -> Read<Header> {
        const MULTI_BYTE: u8 = 0x1f;
        const INDEFINITE: u8 = 0x80;
        let start = self.at;
        let (_, tag) = self.take(1, name)?;
        if tag[0] & MULTI_BYTE == MULTI_BYTE {
            while self.take(1, name)?.1[0] & 0x80 != 0 {}
        }
        let (at, first) = self.take(1, name)?;
        let length = match first[0] {
            short @ ..INDEFINITE => usize::from(short),
            INDEFINITE => {
                let _ = self.object(
                    at,
                    self.at,
                    format!("{name} has no definite length, as DER wants"),
                );
                self.left()
            }
            long => {
                let (_, digits) = self.take(usize::from(long & 0x7f), name)?;
                let length = digits.iter().try_fold(0_usize, |length, &digit| {
                    Some(length.checked_mul(256)? | usize::from(digit))
                });
                if digits[0] == 0 || length.is_some_and(|length| length < 0x80) {
                    let text = format!("the length of {name} is not in its shortest form, as DER wants");
                    let _ = self.object(at, self.at, text);
                }
                length.unwrap_or(usize::MAX)
            }
        };
        let (body, left) = (self.at, self.left());
        if length > left {
            let text = format!("{name} says that it is {length} bytes long, and {left} are left");
            let _ = self.object(start, self.end, text);
        }
        Ok(Header {
            start,
            body,
            end: body + length.min(left),
            is_cut: length > left,
        })
    }
}

/// Bytes of which it is not known whether they are text.
fn tell_either(bytes: &[u8]) -> Text {
    let is_text = bytes.len() > 1 && bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    if is_text {
        tell_text(bytes).into()
    } else {
        tell_bytes(bytes)
    }
}

#[cfg(test)]
mod tests;
