//! What a row's `heads` column holds: all of an exchange that is neither listed, sorted nor a body, packed into
//! one value.
//!
//! ```text
//! version 1 or 2 (one byte)
//! LEB128 numbers: request_sent_us request_end_us response_head_us end_us      (each 0, or 1 more than it is)
//!                 request_bytes_dropped response_bytes_dropped
//!                 response: 0, or 1 + version + 4 * made_here
//!                 lengths: request fields, response fields, request trailers, response trailers, reason
//!                 (of the last three 0 for none, or 1 more than the length)
//!                 in version 2: how many extras, and of each its kind and length
//! the five texts in that order
//! the extras, see `extra.rs`
//! ```
//!
//! What has no extras is packed as version 1. An extra of a kind that is not known here is passed over.

use bytes::Bytes;

use super::extra::{self, Extras};
use crate::{Exchange, Fields, RawHead, ResponseHead, Timings, Version};

const VERSION: u8 = 1;
const VERSION_WITH_EXTRAS: u8 = 2;

/// The part of an exchange that is packed.
#[derive(Debug, PartialEq)]
pub(super) struct Heads {
    pub(super) timings: Timings,
    pub(super) request_bytes_dropped: u64,
    pub(super) response_bytes_dropped: u64,
    pub(super) request_fields: Fields,
    pub(super) response: Option<ResponseHead>,
    pub(super) request_trailers: Option<Fields>,
    pub(super) response_trailers: Option<Fields>,
    pub(super) request_raw: RawHead,
    pub(super) informational: Vec<ResponseHead>,
}

/// Packs the heads of this exchange into `packed`, with these counts of dropped bytes.
pub(super) fn pack(exchange: &Exchange, dropped: [u64; 2], packed: &mut Vec<u8>) {
    let Timings {
        request_sent_us,
        request_end_us,
        response_head_us,
        end_us,
    } = exchange.timings;
    let extras = extra::of(exchange);
    packed.clear();
    packed.push(if extras.is_empty() {
        VERSION
    } else {
        VERSION_WITH_EXTRAS
    });
    for time in [request_sent_us, request_end_us, response_head_us, end_us] {
        put(packed, time.map_or(0, |us| us.saturating_add(1)));
    }
    dropped.into_iter().for_each(|count| put(packed, count));
    let response = exchange.response.as_ref();
    put(
        packed,
        response.map_or(0, |head| {
            1 + version_number(head.version) + 4 * u64::from(head.made_here)
        }),
    );
    let texts = [
        Some(exchange.request.fields.as_packed().as_ref()),
        response.map(|head| head.fields.as_packed().as_ref()),
        exchange
            .request_trailers
            .as_ref()
            .map(|fields| fields.as_packed().as_ref()),
        exchange
            .response_trailers
            .as_ref()
            .map(|fields| fields.as_packed().as_ref()),
        response
            .and_then(|head| head.reason.as_deref())
            .map(str::as_bytes),
    ];
    for (at, text) in texts.iter().enumerate() {
        let length = text.map_or(0, <[u8]>::len) as u64;
        put(
            packed,
            if at < 2 {
                length
            } else {
                text.map_or(0, |_| length + 1)
            },
        );
    }
    if !extras.is_empty() {
        extras.put_lengths(packed);
    }
    texts
        .iter()
        .flatten()
        .for_each(|text| packed.extend_from_slice(text));
    extras.put_texts(packed);
}

/// Unpacks heads. `status` stands in the row beside them. `None` when they are not of a known form.
pub(super) fn unpack(packed: &Bytes, status: Option<u16>) -> Option<Heads> {
    let mut reader = Reader::new(packed);
    let has_extras = match reader.byte()? {
        VERSION => false,
        VERSION_WITH_EXTRAS => true,
        _ => return None,
    };
    let timings = Timings {
        request_sent_us: reader.number()?.checked_sub(1),
        request_end_us: reader.number()?.checked_sub(1),
        response_head_us: reader.number()?.checked_sub(1),
        end_us: reader.number()?.checked_sub(1),
    };
    let (request_bytes_dropped, response_bytes_dropped) = (reader.number()?, reader.number()?);
    let response = reader.number()?.checked_sub(1);
    let lengths = [
        Some(reader.number()?),
        Some(reader.number()?),
        reader.number()?.checked_sub(1),
        reader.number()?.checked_sub(1),
        reader.number()?.checked_sub(1),
    ];
    let extra_lengths = if has_extras {
        extra::read_lengths(&mut reader)?
    } else {
        Vec::new()
    };
    let mut at = packed.len() - reader.rest.len();
    let mut text = |length: Option<u64>| -> Option<Option<Bytes>> {
        let Some(length) = length else { return Some(None) };
        let end = at.checked_add(usize::try_from(length).ok()?)?;
        packed.get(at..end)?;
        let text = packed.slice(at..end);
        at = end;
        Some(Some(text))
    };
    let request_fields = Fields::from_packed(text(lengths[0])??);
    let response_fields = Fields::from_packed(text(lengths[1])??);
    let request_trailers = text(lengths[2])?.map(Fields::from_packed);
    let response_trailers = text(lengths[3])?.map(Fields::from_packed);
    let reason = text(lengths[4])?.map(|reason| String::from_utf8_lossy(&reason).into());
    let mut extras = Extras::default();
    for (kind, length) in extra_lengths {
        extras.add(kind, text(Some(length))??)?;
    }
    let response = match response {
        None => None,
        Some(bits) => Some(ResponseHead {
            status: status.unwrap_or_default(),
            version: version_of(bits & 3)?,
            reason,
            fields: response_fields,
            made_here: bits & 4 != 0,
            raw: extras.response_raw,
        }),
    };
    Some(Heads {
        timings,
        request_bytes_dropped,
        response_bytes_dropped,
        request_fields,
        response,
        request_trailers,
        response_trailers,
        request_raw: extras.request_raw,
        informational: extras.informational,
    })
}

/// The texts of packed heads, for a search in them.
pub(super) fn texts(packed: &[u8]) -> &[u8] {
    let mut reader = Reader::new(packed);
    let has_extras = reader.byte() == Some(VERSION_WITH_EXTRAS);
    for _ in 0..12 {
        let _ = reader.number();
    }
    if has_extras {
        let _ = extra::read_lengths(&mut reader);
    }
    reader.rest
}

/// The number that stands for a version, here and in the row.
pub(super) fn version_number(version: Version) -> u64 {
    match version {
        Version::Http10 => 0,
        Version::Http11 => 1,
        Version::Http2 => 2,
    }
}

/// The version that a number stands for.
pub(super) fn version_of(number: u64) -> Option<Version> {
    [Version::Http10, Version::Http11, Version::Http2]
        .get(usize::try_from(number).ok()?)
        .copied()
}

/// In the order of their numbers.
const SCHEMES: [&str; 4] = ["http", "https", "tcp", "tls"];

/// The number that stands for a scheme in the row.
pub(super) fn scheme_number(scheme: &str) -> i64 {
    SCHEMES.iter().position(|&known| known == scheme).unwrap_or(0) as i64
}

/// The scheme that a number stands for.
pub(super) fn scheme_of(number: i64) -> &'static str {
    let known = usize::try_from(number).ok().and_then(|at| SCHEMES.get(at));
    known.copied().unwrap_or(SCHEMES[0])
}

/// Puts a number as LEB128.
pub(crate) fn put(packed: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        packed.push(number as u8 | 0x80);
        number >>= 7;
    }
    packed.push(number as u8);
}

/// Reads bytes and LEB128 numbers.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Bytes that are left.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// The next bytes, as they lie.
    pub(crate) fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            number |= bits << shift;
            if (bits << shift) >> shift != bits {
                return None;
            }
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::any_exchange;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn heads_come_back_as_they_were(exchange in any_exchange()) {
            let mut packed = Vec::new();
            pack(&exchange, [3, 1 << 40], &mut packed);
            let status = exchange.response.as_ref().map(|head| head.status);
            let heads = unpack(&packed.into(), status).unwrap();
            prop_assert_eq!(heads, Heads {
                timings: exchange.timings,
                request_bytes_dropped: 3,
                response_bytes_dropped: 1 << 40,
                request_fields: exchange.request.fields,
                response: exchange.response,
                request_trailers: exchange.request_trailers,
                response_trailers: exchange.response_trailers,
                request_raw: exchange.request.raw,
                informational: exchange.informational,
            });
        }

        #[test]
        fn what_was_not_packed_here_is_refused_without_a_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = unpack(&bytes.clone().into(), None);
            let _ = texts(&bytes);
            if let Some(first) = bytes.first_mut() {
                *first = VERSION + (*first & 1);
            }
            let _ = unpack(&bytes.clone().into(), None);
            let _ = texts(&bytes);
        }
    }

    #[test]
    fn heads_of_the_first_format_are_read() {
        let packed =
            b"\x01\x0b\x00\xe9\x07\xd1\x0f\x03\x00\x06\x06\x08\x00\x05\x03a: b\r\nc-d: e\r\nf:\r\nOK";
        let heads = unpack(&Bytes::from_static(packed), Some(204)).unwrap();
        let expected = Timings {
            request_sent_us: Some(10),
            request_end_us: None,
            response_head_us: Some(1000),
            end_us: Some(2000),
        };
        assert_eq!(
            (
                heads.timings,
                heads.request_bytes_dropped,
                heads.response_bytes_dropped
            ),
            (expected, 3, 0)
        );
        assert_eq!(heads.request_fields.as_packed(), "a: b\r\n");
        let response = heads.response.unwrap();
        assert_eq!(
            (response.status, response.version, response.made_here),
            (204, Version::Http11, true)
        );
        assert_eq!(
            (response.fields.as_packed().as_ref(), response.reason.as_deref()),
            (&b"c-d: e\r\n"[..], Some("OK"))
        );
        assert_eq!(heads.request_trailers, None);
        assert_eq!(heads.response_trailers.unwrap().as_packed(), "f:\r\n");
    }

    #[test]
    fn a_search_sees_the_fields_and_not_the_numbers_before_them() {
        let exchange = crate::test_support::exchange("https://example.com/a");
        let mut packed = Vec::new();
        pack(&exchange, [0, 0], &mut packed);
        assert!(texts(&packed).starts_with(b"host: example.com\r\n"));
    }
}
