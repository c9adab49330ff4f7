//! The record layer (RFC 8446 section 5.1): the bytes of one sender, cut into records.

use std::borrow::Cow;

use crate::Problem;
use crate::registry::{record_type, version_name};

/// `content_type`, `legacy_record_version`, `length`.
pub(crate) const HEADER: usize = 5;
/// A sealed fragment's greatest length: 2^14 + 2048 before TLS 1.3 (RFC 5246 section 6.2.3), 2^14 + 256 since.
///
/// A peer that sends a header and then nothing more makes us hold this much, and no more.
const MAX_FRAGMENT: usize = (1 << 14) + 2048;

/// A record as it was on the wire.
#[derive(Debug)]
pub(crate) struct RawRecord<'a> {
    pub(crate) content_type: u8,
    pub(crate) version: u16,
    /// Where its header begins in the bytes of its sender.
    pub(crate) start: u64,
    pub(crate) header: [u8; HEADER],
    pub(crate) fragment: Cow<'a, [u8]>,
}

impl RawRecord<'_> {
    pub(crate) fn end(&self) -> u64 {
        self.start + (HEADER + self.fragment.len()) as u64
    }
}

/// Takes the bytes of one sender in pieces of any size and yields its records.
#[derive(Debug, Default)]
pub(crate) struct RecordLayer {
    /// Bytes of a record that is not whole yet: at most one record's.
    pending: Vec<u8>,
    /// Where [`Self::pending`] begins in the bytes of the sender.
    start: u64,
    /// Once the framing is lost, nothing after it can be told apart.
    lost: bool,
}

impl RecordLayer {
    /// Takes what it can of `bytes` and yields the next record, once it is whole. Call it until it yields `None`; then
    /// `bytes` is used up. A problem ends the reading of this sender.
    pub(crate) fn next<'a>(&mut self, bytes: &mut &'a [u8]) -> Option<Result<RawRecord<'a>, Problem>> {
        if self.lost {
            self.start += bytes.len() as u64;
            *bytes = &[];
            return None;
        }
        let header = match bytes.first_chunk() {
            Some(header) if self.pending.is_empty() => *header,
            _ => {
                self.fill(bytes, HEADER);
                *self.pending.first_chunk()?
            }
        };
        let [content_type, major, minor, high, low] = header;
        let version = u16::from_be_bytes([major, minor]);
        let length = usize::from(u16::from_be_bytes([high, low]));
        let ssl2 = (self.start == 0).then(|| ssl2_hello(header)).flatten();
        let text = || plain_text(&header);
        if let Some(text) = ssl2
            .or_else(text)
            .or_else(|| unlike_a_record(content_type, major, length))
        {
            self.lost = true;
            let problem = Problem {
                start: self.start,
                end: self.start + HEADER as u64,
                text,
            };
            self.start += self.pending.len() as u64;
            self.pending.clear();
            return Some(Err(problem));
        }
        let whole = bytes.split_at_checked(HEADER + length);
        let fragment = match whole.filter(|_| self.pending.is_empty()) {
            // Most records come whole.
            Some((record, rest)) => {
                *bytes = rest;
                Cow::Borrowed(&record[HEADER..])
            }
            None => {
                self.fill(bytes, HEADER + length);
                if self.pending.len() < HEADER + length {
                    return None;
                }
                let mut fragment = std::mem::take(&mut self.pending);
                fragment.drain(..HEADER);
                Cow::Owned(fragment)
            }
        };
        let record = RawRecord {
            content_type,
            version,
            start: self.start,
            header,
            fragment,
        };
        self.start = record.end();
        Some(Ok(record))
    }

    /// Takes bytes until `count` are pending.
    fn fill(&mut self, bytes: &mut &[u8], count: usize) {
        let missing = count.saturating_sub(self.pending.len());
        let (taken, left) = bytes.split_at(missing.min(bytes.len()));
        self.pending.extend_from_slice(taken);
        *bytes = left;
    }

    /// What is left of a record that never became whole.
    pub(crate) fn rest(&self) -> Option<Problem> {
        let length = match self.pending.first_chunk::<HEADER>() {
            Some(&[.., high, low]) => {
                format!(
                    "a record of {} bytes",
                    HEADER + usize::from(u16::from_be_bytes([high, low]))
                )
            }
            None => "a record's header of 5 bytes".to_owned(),
        };
        (!self.pending.is_empty()).then(|| Problem {
            start: self.start,
            end: self.start + self.pending.len() as u64,
            text: format!("the bytes end after {} of {length}", self.pending.len()),
        })
    }

    /// Where the next record begins.
    pub(crate) fn position(&self) -> u64 {
        self.start
    }
}

/// A ClientHello that older programs send for servers that know nothing newer (RFC 5246 appendix E.2): a length of two
/// bytes with the highest bit set, `1` for the hello, and the version.
fn ssl2_hello([first, _, kind, major, minor]: [u8; HEADER]) -> Option<String> {
    let version = u16::from_be_bytes([major, minor]);
    (first & 0x80 != 0 && kind == 1 && (version == 0x0002 || major == 3)).then(|| {
        format!(
            "a ClientHello in the form of SSL 2.0, which no server of today reads; it offers {} at most",
            version_name(version)
        )
    })
}

/// Text where a record should begin: the peer speaks another protocol, such as HTTP.
fn plain_text(header: &[u8; HEADER]) -> Option<String> {
    let text = std::str::from_utf8(header).ok()?;
    text.chars()
        .all(|c| c.is_ascii_graphic() || c == ' ')
        .then(|| format!("no record of TLS begins here, but text: \"{text}\""))
}

fn unlike_a_record(content_type: u8, major: u8, length: usize) -> Option<String> {
    if !(record_type::CHANGE_CIPHER_SPEC..=record_type::HEARTBEAT).contains(&content_type) {
        Some(format!(
            "no record of TLS begins here: {content_type} is not a content type"
        ))
    } else if major != 3 {
        Some(format!(
            "no record of TLS begins here: its version would be {major}.x"
        ))
    } else if length > MAX_FRAGMENT {
        Some(format!(
            "a record says that it is {length} bytes long, where at most {MAX_FRAGMENT} are allowed"
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(layer: &mut RecordLayer, mut bytes: &'a [u8]) -> Vec<Result<RawRecord<'a>, Problem>> {
        std::iter::from_fn(|| layer.next(&mut bytes)).collect()
    }

    #[test]
    fn records_are_read_whatever_the_pieces() {
        let stream = [22, 3, 1, 0, 2, 7, 8, 23, 3, 3, 0, 0, 21, 3, 3, 0, 1, 9];
        for piece in 1..=stream.len() {
            let mut layer = RecordLayer::default();
            let mut records = Vec::new();
            for part in stream.chunks(piece) {
                records.extend(read(&mut layer, part));
            }
            let records: Vec<_> = records
                .into_iter()
                .map(|r| r.map(|r| (r.content_type, r.start, r.end(), r.fragment.into_owned())))
                .collect();
            assert_eq!(
                records,
                [
                    Ok((22, 0, 7, vec![7, 8])),
                    Ok((23, 7, 12, vec![])),
                    Ok((21, 12, 18, vec![9]))
                ]
            );
            assert_eq!(layer.rest(), None);
        }
    }

    #[test]
    fn what_is_no_record_ends_the_reading_and_is_told_once() {
        let mut layer = RecordLayer::default();
        let found = read(&mut layer, b"\x15\x03\x03\x00\x01\x00GET / HTTP/1.1\r\n");
        assert!(found[0].is_ok());
        let problem = found[1].as_ref().unwrap_err();
        assert_eq!((problem.start, problem.end), (6, 11));
        assert_eq!(problem.text, "no record of TLS begins here, but text: \"GET /\"");
        assert_eq!(found.len(), 2);
        assert!(read(&mut layer, &[22, 3, 1, 0, 0]).is_empty());
    }

    #[test]
    fn what_is_neither_a_record_nor_text_is_told_by_what_is_wrong_with_it() {
        let text = |bytes: &[u8]| {
            read(&mut RecordLayer::default(), bytes)[0]
                .as_ref()
                .unwrap_err()
                .text
                .clone()
        };
        let begins = "no record of TLS begins here: ";
        assert_eq!(text(&[0; 5]), format!("{begins}0 is not a content type"));
        assert_eq!(
            text(&[22, 9, 1, 0, 0]),
            format!("{begins}its version would be 9.x")
        );
    }

    #[test]
    fn a_record_cut_short_is_told_by_what_is_there() {
        let mut layer = RecordLayer::default();
        assert!(read(&mut layer, &[22, 3, 1, 0, 10, 1, 2]).is_empty());
        let rest = layer.rest().unwrap();
        assert_eq!((rest.start, rest.end), (0, 7));
        assert_eq!(rest.text, "the bytes end after 7 of a record of 15 bytes");
    }

    #[test]
    fn an_endless_record_is_refused_before_its_bytes_are_held() {
        let mut layer = RecordLayer::default();
        let found = read(&mut layer, &[22, 3, 1, 255, 255]);
        assert_eq!(
            found[0].as_ref().unwrap_err().text,
            "a record says that it is 65535 bytes long, where at most 18432 are allowed"
        );
        assert!(layer.pending.is_empty());
    }
}
