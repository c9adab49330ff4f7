//! The values of DER's primitive types.

use std::borrow::Cow;

use super::super::tell::{tell_bytes, tell_text};
use super::super::{Read, Scribe, Text};
use super::tag;
use crate::oid::{self, Known};

/// An object identifier that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Oid {
    /// `2.5.29.17`; empty where it could not be read.
    pub(crate) dotted: Text,
    /// `subjectAltName`, where it is known.
    pub(crate) name: Option<&'static str>,
    known: Option<&'static Known>,
}

impl Oid {
    /// `subject_alt_name`, as a field goes by it.
    pub(crate) fn field_name(&self) -> Option<Text> {
        self.known.map(|known| known.field.as_str().into())
    }

    /// Its name and its number.
    fn value(&self) -> Text {
        self.known
            .map_or_else(|| self.dotted.clone(), |known| known.value.as_str().into())
    }

    /// What was encoded so; `None` where it is malformed.
    fn read(bytes: &[u8]) -> Option<Self> {
        Some(match oid::known(bytes) {
            Some(known) => Self {
                dotted: known.dotted.into(),
                name: Some(known.name),
                known: Some(known),
            },
            None => Self {
                dotted: oid::dotted(bytes)?.into(),
                ..Self::default()
            },
        })
    }

    /// Its name, or its number.
    pub(crate) fn told(&self) -> &str {
        self.name.unwrap_or(&self.dotted)
    }
}

impl Scribe<'_> {
    /// `BOOLEAN`. DER wants 00 or ff.
    pub(crate) fn boolean(&mut self, name: &'static str) -> Read<bool> {
        let mut yes = false;
        self.element(tag::BOOLEAN, name, |s| {
            let (start, bytes) = (s.position(), s.skip());
            if !matches!(bytes, [0 | 0xff]) {
                let _ = s.object(start, start + bytes.len(), format!("{name} is neither 00 nor ff"));
            }
            yes = bytes.first().is_some_and(|byte| *byte != 0);
            Ok(if yes { "TRUE" } else { "FALSE" })
        })?;
        Ok(yes)
    }

    /// `INTEGER` of any size, under this tag.
    pub(crate) fn integer(&mut self, tag: u8, name: impl Into<Text>) -> Read {
        self.element(tag, name, |s| Ok(s.primitive(tag::INTEGER)))
    }

    /// An integer, such as `ENUMERATED`, that is told by what it stands for; its value where it has 8 bytes at most.
    pub(crate) fn number_of(
        &mut self,
        tag: u8,
        name: &'static str,
        tell: impl FnOnce(i64) -> String,
    ) -> Read<Option<i64>> {
        let mut number = None;
        self.element(tag, name, |s| {
            let (bytes, told) = (s.peek(), s.primitive(tag::INTEGER));
            number = small(bytes);
            Ok(number.map_or(told, |number| tell(number).into()))
        })?;
        Ok(number)
    }

    /// `OBJECT IDENTIFIER`.
    pub(crate) fn oid(&mut self, name: &'static str) -> Read<Oid> {
        self.oid_tagged(tag::OBJECT_IDENTIFIER, name)
    }

    /// `OBJECT IDENTIFIER`, under a tag of its own.
    pub(crate) fn oid_tagged(&mut self, tag: u8, name: &'static str) -> Read<Oid> {
        let mut found = Oid::default();
        self.element(tag, name, |s| {
            found = s.oid_content();
            Ok(found.value())
        })?;
        Ok(found)
    }

    fn oid_content(&mut self) -> Oid {
        let (start, bytes) = (self.position(), self.skip());
        Oid::read(bytes).unwrap_or_else(|| {
            let text = "an object identifier that is malformed";
            let _ = self.object(start, start + bytes.len(), text);
            Oid::default()
        })
    }

    /// `BIT STRING`: its first byte says how many bits of its last are not used. `parse` reads the others.
    pub(crate) fn bit_string<T: Into<Text>>(
        &mut self,
        tag: u8,
        name: impl Into<Text>,
        parse: impl FnOnce(&mut Scribe<'_>, u8) -> Read<T>,
    ) -> Read {
        self.element(tag, name, |s| {
            let start = s.position();
            let unused = s.u8("unused_bits", |n| n.to_string())?;
            if unused > 7 || unused > 0 && s.is_empty() {
                let _ = s.object(
                    start,
                    start + 1,
                    "a bit string leaves more bits unused than it has",
                );
            }
            parse(s, unused.min(7))
        })
    }

    /// A `BIT STRING` of flags, the first of which is the highest bit of the first byte.
    pub(crate) fn flags(&mut self, tag: u8, name: &'static str, names: &[&'static str]) -> Read {
        self.bit_string(tag, name, |s, _| {
            let bytes = s.rest("bits")?;
            let is_set = |bit: usize| {
                bytes
                    .get(bit / 8)
                    .is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0)
            };
            let set: Vec<_> = (0..bytes.len().min(8) * 8)
                .filter(|bit| is_set(*bit))
                .map(|bit| {
                    names
                        .get(bit)
                        .map_or_else(|| format!("bit {bit}").into(), |name| Cow::Borrowed(*name))
                })
                .collect();
            let told = match &set[..] {
                [] => Text::Borrowed("none"),
                set => set.join(", ").into(),
            };
            if !bytes.is_empty() {
                s.tell_last(told.clone());
            }
            Ok(told)
        })
    }

    /// `OCTET STRING`, under this tag.
    pub(crate) fn octets(&mut self, tag: u8, name: impl Into<Text>) -> Read {
        self.element(tag, name, |s| Ok(tell_bytes(s.skip())))
    }

    /// `NULL`.
    pub(crate) fn null(&mut self, name: &'static str) -> Read {
        self.element(tag::NULL, name, |s| Ok(s.primitive(tag::NULL)))
    }

    /// Text of any of ASN.1's types.
    pub(crate) fn string(&mut self, name: impl Into<Text>) -> Read {
        match self.next_tag() {
            Some(found) if is_text(found) => self.element(found, name, |s| Ok(s.primitive(found))),
            Some(_) => self.unknown(name),
            None => self.element(tag::UTF8_STRING, name, |_| Ok("")),
        }
    }

    /// `IA5String`, under this tag.
    pub(crate) fn ascii(&mut self, tag: u8, name: impl Into<Text>) -> Read {
        self.element(tag, name, |s| Ok(s.primitive(tag::IA5_STRING)))
    }

    /// `Time ::= CHOICE { utcTime, generalTime }`; seconds since 1970.
    pub(crate) fn time(&mut self, name: &'static str) -> Read<Option<i64>> {
        let mut seconds = None;
        let found = match self.next_tag() {
            Some(found @ (tag::UTC_TIME | tag::GENERALIZED_TIME)) => found,
            _ => tag::UTC_TIME,
        };
        self.element(found, name, |s| {
            let bytes = s.peek();
            seconds = read_time(found, bytes).map(|time| time.seconds());
            Ok(s.primitive(found))
        })?;
        Ok(seconds)
    }

    /// What is left, as the value of a universal type.
    pub(crate) fn primitive(&mut self, found: u8) -> Text {
        let (start, bytes) = (self.position(), self.skip());
        let mut wrong = |text: &str| {
            let _ = self.object(start, start + bytes.len(), text);
        };
        match found {
            tag::BOOLEAN => match bytes {
                [0] => "FALSE".into(),
                [0xff] => "TRUE".into(),
                _ => tell_bytes(bytes),
            },
            tag::INTEGER | tag::ENUMERATED => {
                match bytes {
                    [] => wrong("a number of no bytes"),
                    [0, next, ..] if *next < 0x80 => {
                        wrong("a number that is not in its shortest form, as DER wants")
                    }
                    [0xff, next, ..] if *next >= 0x80 => {
                        wrong("a number that is not in its shortest form, as DER wants");
                    }
                    _ => {}
                }
                small(bytes).map_or_else(|| tell_bytes(bytes), |number| number.to_string().into())
            }
            tag::NULL => {
                if !bytes.is_empty() {
                    wrong("a NULL that is not empty");
                }
                "NULL".into()
            }
            tag::OBJECT_IDENTIFIER => match Oid::read(bytes) {
                Some(oid) => oid.value(),
                None => {
                    wrong("an object identifier that is malformed");
                    tell_bytes(bytes)
                }
            },
            tag::UTC_TIME | tag::GENERALIZED_TIME => match read_time(found, bytes) {
                Some(time) => time.to_string().into(),
                None => {
                    wrong("a time that is not written as RFC 5280 wants");
                    tell_text(bytes).into()
                }
            },
            tag::BMP_STRING => {
                let units = bytes
                    .chunks(2)
                    .map(|b| u16::from_be_bytes([b[0], b.get(1).copied().unwrap_or(0)]));
                let text: String = char::decode_utf16(units)
                    .map(|c| c.unwrap_or('\u{fffd}'))
                    .collect();
                tell_text(text.as_bytes()).into()
            }
            tag::UNIVERSAL_STRING => {
                let units = bytes
                    .chunks(4)
                    .map(|b| b.iter().fold(0, |n, &byte| n << 8 | u32::from(byte)));
                let text: String = units.map(|c| char::from_u32(c).unwrap_or('\u{fffd}')).collect();
                tell_text(text.as_bytes()).into()
            }
            // Used as if it were Latin-1.
            tag::TELETEX_STRING => {
                let text: String = bytes.iter().copied().map(char::from).collect();
                tell_text(text.as_bytes()).into()
            }
            tag::UTF8_STRING => {
                if std::str::from_utf8(bytes).is_err() {
                    wrong("text that is not UTF-8");
                }
                tell_text(bytes).into()
            }
            tag if is_text(tag) => {
                if !bytes.is_ascii() {
                    wrong("text that is not ASCII");
                }
                tell_text(bytes).into()
            }
            _ => tell_bytes(bytes),
        }
    }
}

fn is_text(found: u8) -> bool {
    matches!(found, tag::UTF8_STRING | 0x12..=tag::IA5_STRING | 0x1a..=tag::BMP_STRING)
}

/// An integer of 8 bytes at most.
fn small(bytes: &[u8]) -> Option<i64> {
    let first = *bytes.first()?;
    let sign = if first & 0x80 == 0 { 0 } else { -1 };
    (bytes.len() <= 8).then(|| bytes.iter().fold(sign, |n: i64, &byte| n << 8 | i64::from(byte)))
}

/// A date and a time in UTC.
#[derive(Clone, Copy, Debug)]
struct Time {
    year: u32,
    /// Month, day, hour, minute, second.
    rest: [u32; 5],
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` (RFC 5280 section 4.1.2.5).
fn read_time(found: u8, text: &[u8]) -> Option<Time> {
    let digits = text.strip_suffix(b"Z")?;
    let year_digits = if found == tag::UTC_TIME { 2 } else { 4 };
    if digits.len() != year_digits + 10 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |digits: &[u8]| digits.iter().fold(0, |n, digit| n * 10 + u32::from(digit - b'0'));
    let year = match number(&digits[..year_digits]) {
        year if found != tag::UTC_TIME => year,
        year @ 50.. => 1900 + year,
        year => 2000 + year,
    };
    let mut rest = [0; 5];
    for (part, digits) in rest.iter_mut().zip(digits[year_digits..].chunks(2)) {
        *part = number(digits);
    }
    let [month, day, hour, minute, second] = rest;
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    (is_date && hour < 24 && minute < 60 && second < 60).then_some(Time { year, rest })
}

impl Time {
    /// Since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms").
    fn seconds(self) -> i64 {
        let [month, day, hour, minute, second] = self.rest.map(i64::from);
        let year = i64::from(self.year) - i64::from(month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        ((days * 24 + hour) * 60 + minute) * 60 + second
    }
}

/// `2026-11-21 12:37:14 UTC`.
impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [month, day, hour, minute, second] = self.rest;
        write!(
            f,
            "{:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC",
            self.year
        )
    }
}
