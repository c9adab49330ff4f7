//! What stands in packed heads of some exchanges alone: heads to the byte, and interim responses.
//!
//! ```text
//! kind 1: the request's head as it was on the wire     (empty: as it is told)
//! kind 2: the response's head as it was on the wire    (empty: as it is told)
//! kind 3: an interim response: status version reason-length (0 for none, or 1 more) raw-length (0 for unknown,
//!         1 for as it is told, or 2 more), all LEB128; then reason, raw and fields
//! ```

use bytes::Bytes;

use super::pack::{Reader, put, version_number, version_of};
use crate::{Exchange, Fields, RawHead, ResponseHead};

const REQUEST_RAW: u64 = 1;
const RESPONSE_RAW: u64 = 2;
const INFORMATIONAL: u64 = 3;

/// The most extras that an exchange is read with: each has at least two bytes, but that is no bound on memory.
const MOST: u64 = 1 << 16;

/// Extras to be packed.
#[derive(Default)]
pub(super) struct Packing(Vec<(u64, Bytes)>);

/// The extras of an exchange.
pub(super) fn of(exchange: &Exchange) -> Packing {
    let raw = |kind, raw: &RawHead| match raw {
        RawHead::Unknown => None,
        RawHead::AsTold => Some((kind, Bytes::new())),
        RawHead::Bytes(bytes) => Some((kind, bytes.clone())),
    };
    let response = exchange.response.as_ref();
    let heads = [
        raw(REQUEST_RAW, &exchange.request.raw),
        response.and_then(|head| raw(RESPONSE_RAW, &head.raw)),
    ];
    let informational = exchange
        .informational
        .iter()
        .map(|head| (INFORMATIONAL, pack_interim(head)));
    Packing(heads.into_iter().flatten().chain(informational).collect())
}

impl Packing {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn put_lengths(&self, packed: &mut Vec<u8>) {
        put(packed, self.0.len() as u64);
        for (kind, text) in &self.0 {
            put(packed, *kind);
            put(packed, text.len() as u64);
        }
    }

    pub(super) fn put_texts(&self, packed: &mut Vec<u8>) {
        self.0.iter().for_each(|(_, text)| packed.extend_from_slice(text));
    }
}

/// Kind and length of each.
pub(super) fn read_lengths(reader: &mut Reader<'_>) -> Option<Vec<(u64, u64)>> {
    let count = reader.number()?;
    if count > MOST {
        return None;
    }
    (0..count)
        .map(|_| Some((reader.number()?, reader.number()?)))
        .collect()
}

/// Extras that were read.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) request_raw: RawHead,
    pub(super) response_raw: RawHead,
    pub(super) informational: Vec<ResponseHead>,
}

impl Extras {
    pub(super) fn add(&mut self, kind: u64, text: Bytes) -> Option<()> {
        let raw = |text: Bytes| match text.is_empty() {
            true => RawHead::AsTold,
            false => RawHead::Bytes(text),
        };
        match kind {
            REQUEST_RAW => self.request_raw = raw(text),
            RESPONSE_RAW => self.response_raw = raw(text),
            INFORMATIONAL => self.informational.push(unpack_interim(&text)?),
            _ => {}
        }
        Some(())
    }
}

fn pack_interim(head: &ResponseHead) -> Bytes {
    let mut packed = Vec::with_capacity(head.fields.as_packed().len() + 8);
    put(&mut packed, head.status.into());
    put(
        &mut packed,
        version_number(head.version) + 4 * u64::from(head.made_here),
    );
    let reason = head.reason.as_deref();
    put(&mut packed, reason.map_or(0, |reason| reason.len() as u64 + 1));
    let (raw_length, raw) = match &head.raw {
        RawHead::Unknown => (0, &b""[..]),
        RawHead::AsTold => (1, &b""[..]),
        RawHead::Bytes(bytes) => (bytes.len() as u64 + 2, &bytes[..]),
    };
    put(&mut packed, raw_length);
    packed.extend_from_slice(reason.unwrap_or_default().as_bytes());
    packed.extend_from_slice(raw);
    packed.extend_from_slice(head.fields.as_packed());
    packed.into()
}

fn unpack_interim(packed: &Bytes) -> Option<ResponseHead> {
    let mut reader = Reader::new(packed);
    let status = u16::try_from(reader.number()?).ok()?;
    let bits = reader.number()?;
    let (reason, raw) = (reader.number()?, reader.number()?);
    let reason = match reason.checked_sub(1) {
        Some(length) => Some(String::from_utf8_lossy(reader.take(length)?).into()),
        None => None,
    };
    let raw = match raw {
        0 => RawHead::Unknown,
        1 => RawHead::AsTold,
        more => RawHead::Bytes(packed.slice_ref(reader.take(more - 2)?)),
    };
    Some(ResponseHead {
        status,
        version: version_of(bits & 3)?,
        reason,
        fields: Fields::from_packed(packed.slice_ref(reader.rest())),
        made_here: bits & 4 != 0,
        raw,
    })
}
