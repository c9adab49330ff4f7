//! DER, read one element after another without copying (X.690 sections 8 and 10).
//!
//! For the structures that no crate here reads (OCSP responses), and where the bytes themselves matter: what a
//! signature is over, or a certificate with one of its extensions taken out. Lengths are checked, nothing is
//! allocated by them, and nothing here recurses.

use time::{Date, Month, OffsetDateTime, Time};

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;

/// `[number]`, constructed: an explicit tag, or an implicit one of a SEQUENCE.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// `[number]`, primitive: an implicit tag of what has no parts.
pub(crate) const fn context_primitive(number: u8) -> u8 {
    0x80 | number
}

/// The bytes aren't the DER that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// One element: tag, length, value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
    /// Tag and length too.
    pub(crate) whole: &'a [u8],
}

/// Reads elements that stand one behind the other.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Malformed> {
        let all = self.rest;
        let (&tag, rest) = all.split_first().ok_or(Malformed)?;
        // Tags above 30 go on for more bytes. None of what is read here has one.
        if tag & 0x1f == 0x1f {
            return Err(Malformed);
        }
        let (&first, mut rest) = rest.split_first().ok_or(Malformed)?;
        let length = match first {
            0..=0x7f => usize::from(first),
            0x81..=0x84 => {
                let (bytes, behind) = rest
                    .split_at_checked(usize::from(first & 0x7f))
                    .ok_or(Malformed)?;
                rest = behind;
                let length = bytes.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
                // The shortest form is the only one.
                if length < 0x80 || bytes[0] == 0 {
                    return Err(Malformed);
                }
                usize::try_from(length).map_err(|_| Malformed)?
            }
            _ => return Err(Malformed),
        };
        let (value, behind) = rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = behind;
        Ok(Element {
            tag,
            value,
            whole: &all[..all.len() - behind.len()],
        })
    }

    /// The next element, which has this tag.
    pub(crate) fn element(&mut self, tag: u8) -> Result<Element<'a>, Malformed> {
        self.any().and_then(|element| match element.tag == tag {
            true => Ok(element),
            false => Err(Malformed),
        })
    }

    /// The next element's value.
    pub(crate) fn value(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        self.element(tag).map(|element| element.value)
    }

    /// What stands in the next element.
    pub(crate) fn inside(&mut self, tag: u8) -> Result<Self, Malformed> {
        self.value(tag).map(Self::new)
    }

    /// The next element's value if it has this tag. Another is left where it is.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Malformed> {
        match self.rest.first() {
            Some(first) if *first == tag => self.value(tag).map(Some),
            _ => Ok(None),
        }
    }

    /// Nothing may follow.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    /// A BIT STRING of whole bytes, as keys and signatures are.
    pub(crate) fn bits(&mut self) -> Result<&'a [u8], Malformed> {
        match self.value(BIT_STRING)?.split_first() {
            Some((0, bytes)) => Ok(bytes),
            _ => Err(Malformed),
        }
    }

    /// A GeneralizedTime in seconds and UTC, as RFC 5280 section 4.1.2.5.2 has it.
    pub(crate) fn generalized_time(&mut self) -> Result<OffsetDateTime, Malformed> {
        moment(self.value(GENERALIZED_TIME)?)
    }

    /// UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5).
    pub(crate) fn time(&mut self) -> Result<OffsetDateTime, Malformed> {
        let element = self.any()?;
        match element.tag {
            GENERALIZED_TIME => moment(element.value),
            UTC_TIME => {
                // Two digits from 50 on mean the last century.
                let century: &[u8] = match element.value.first() {
                    Some(b'5'..=b'9') => b"19",
                    _ => b"20",
                };
                moment(&[century, element.value].concat())
            }
            _ => Err(Malformed),
        }
    }
}

/// One element after another; after what is none, nothing.
pub(crate) fn elements(bytes: &[u8]) -> impl Iterator<Item = Result<Element<'_>, Malformed>> {
    let mut reader = Reader::new(bytes);
    std::iter::from_fn(move || {
        let element = (!reader.is_empty()).then(|| reader.any())?;
        if element.is_err() {
            reader = Reader::new(&[]);
        }
        Some(element)
    })
}

/// The value of the one element that these bytes are.
pub(crate) fn sole(bytes: &[u8], tag: u8) -> Result<&[u8], Malformed> {
    let mut reader = Reader::new(bytes);
    let value = reader.value(tag)?;
    reader.end().map(|()| value)
}

/// `YYYYMMDDhhmmssZ`
fn moment(text: &[u8]) -> Result<OffsetDateTime, Malformed> {
    let Some((b'Z', digits)) = text.split_last() else {
        return Err(Malformed);
    };
    if digits.len() != 14 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Malformed);
    }
    let pair = |at: usize| (digits[at] - b'0') * 10 + digits[at + 1] - b'0';
    let year = i32::from(pair(0)) * 100 + i32::from(pair(2));
    let month = Month::try_from(pair(4)).map_err(|_| Malformed)?;
    let date = Date::from_calendar_date(year, month, pair(6)).map_err(|_| Malformed)?;
    let time = Time::from_hms(pair(8), pair(10), pair(12)).map_err(|_| Malformed)?;
    Ok(date.with_time(time).assume_utc())
}

/// An element made of a value.
pub(crate) fn element(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(value.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let length = value.len().to_be_bytes();
            let from = length.iter().position(|byte| *byte != 0).unwrap_or(0);
            // At most eight bytes of length.
            out.push(0x80 | (length.len() - from) as u8);
            out.extend_from_slice(&length[from..]);
        }
    }
    out.extend_from_slice(value);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    #[test]
    fn only_the_shortest_lengths_are_read() {
        let read = |bytes: &[u8]| Reader::new(bytes).any().map(|element| element.value.len());
        assert_eq!(read(&[4, 2, 1, 2]), Ok(2));
        assert_eq!(read(&[4, 0x81, 0x80]), Err(Malformed), "cut short");
        assert_eq!(read(&[4, 0x81, 1, 0]), Err(Malformed), "a byte is enough");
        assert_eq!(
            read(&[&[4, 0x82, 0, 0x80][..], &[0; 128]].concat()),
            Err(Malformed)
        );
        assert_eq!(read(&[0x30, 0x80, 0, 0]), Err(Malformed), "indefinite");
        assert_eq!(read(&[4, 0x85, 0, 0, 0, 0, 1, 0]), Err(Malformed));
        assert_eq!(read(&[0x1f, 1, 0]), Err(Malformed), "a long tag");
        assert_eq!(read(&[]), Err(Malformed));
    }

    #[test]
    fn times_are_read_or_refused() {
        let read = |tag, text: &str| Reader::new(&element(tag, text.as_bytes())).time();
        assert_eq!(
            read(UTC_TIME, "491231235959Z"),
            Ok(datetime!(2049-12-31 23:59:59 UTC))
        );
        assert_eq!(
            read(UTC_TIME, "500101000000Z"),
            Ok(datetime!(1950-01-01 0:00 UTC))
        );
        assert_eq!(
            read(GENERALIZED_TIME, "20260229000000Z"),
            Err(Malformed),
            "there is no such day"
        );
        for wrong in [
            "",
            "Z",
            "20261301000000Z",
            "2026010100000Z",
            "20260101000000",
            "2026010100000\u{e9}Z",
        ] {
            assert_eq!(read(GENERALIZED_TIME, wrong), Err(Malformed), "{wrong}");
        }
        assert_eq!(read(INTEGER, "20260101000000Z"), Err(Malformed));
    }

    proptest! {
        #[test]
        fn what_is_made_is_read_back(value in proptest::collection::vec(any::<u8>(), 0..400)) {
            let made = element(OCTET_STRING, &value);
            prop_assert_eq!(sole(&made, OCTET_STRING), Ok(value.as_slice()));
            for cut in 0..made.len() {
                prop_assert_eq!(sole(&made[..cut], OCTET_STRING), Err(Malformed));
            }
        }

        #[test]
        fn any_bytes_are_read_to_their_end_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            let mut read = 0;
            while let Ok(element) = reader.any() {
                read += element.whole.len();
            }
            prop_assert!(read <= bytes.len());
        }
    }
}
