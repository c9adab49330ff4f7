//! The frames of HTTP/2 connections as they passed: of each its head (RFC 9113 section 4.1), when it passed, who sent
//! it, and of the small ones that steer the connection what they say.
//!
//! They are kept packed, one behind the other, in LEB128 numbers and bytes:
//!
//! ```text
//! time     microseconds since the frame before; of the first of a batch since the connection opened
//! sender   * 256 + type
//! flags    one byte
//! stream
//! length   of the payload
//! detail   how many, and the first bytes of the payload
//! ```

use bytes::Bytes;

use crate::store::{NumberReader, put_number};

/// A frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// When it passed, in microseconds since the connection opened.
    pub at_us: u64,
    /// Whether Handlens sent it; else the leg's peer did.
    pub from_us: bool,
    /// Its type.
    pub kind: u8,
    /// Its flags.
    pub flags: u8,
    /// The stream; 0 is the connection.
    pub stream: u32,
    /// Bytes of its payload.
    pub length: u32,
    /// The first bytes of its payload, for the types that are told in full.
    pub detail: Bytes,
}

/// Frames of one leg, packed: a batch as it is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameBatch {
    /// The frames.
    pub packed: Bytes,
    /// Frames of this leg that passed beside them since the last batch and were not kept.
    pub omitted: u64,
}

/// Packs frames.
#[derive(Debug, Default)]
pub struct FramePacker {
    packed: Vec<u8>,
    last_us: u64,
}

impl FramePacker {
    /// Packs one behind those before it. Of `detail` a byte's worth is kept.
    pub fn push(&mut self, frame: &FrameHead, detail: &[u8]) {
        let packed = &mut self.packed;
        put_number(packed, frame.at_us.saturating_sub(self.last_us));
        self.last_us = frame.at_us.max(self.last_us);
        put_number(packed, u64::from(frame.from_us) << 8 | u64::from(frame.kind));
        packed.push(frame.flags);
        put_number(packed, u64::from(frame.stream));
        put_number(packed, u64::from(frame.length));
        let detail = &detail[..detail.len().min(255)];
        packed.push(detail.len() as u8);
        packed.extend_from_slice(detail);
    }

    /// Bytes that are packed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packed.len()
    }

    /// Whether nothing is packed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// What was packed. The next frame begins another batch.
    pub fn take(&mut self) -> Bytes {
        self.last_us = 0;
        std::mem::take(&mut self.packed).into()
    }
}

/// A frame without what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHead {
    /// When it passed, in microseconds since the connection opened.
    pub at_us: u64,
    /// Whether Handlens sent it; else the leg's peer did.
    pub from_us: bool,
    /// Its type.
    pub kind: u8,
    /// Its flags.
    pub flags: u8,
    /// The stream; 0 is the connection.
    pub stream: u32,
    /// Bytes of its payload.
    pub length: u32,
}

/// The frames of both legs of a connection, as far as they are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frames {
    /// The client leg's; none where it does not speak HTTP/2.
    pub client: Option<LegFrames>,
    /// The origin leg's, likewise.
    pub origin: Option<LegFrames>,
}

/// The frames of one leg.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LegFrames {
    /// Batches, the oldest first.
    pub batches: Vec<Bytes>,
    /// Frames that passed and were not kept.
    pub omitted: u64,
}

impl LegFrames {
    /// The frames, the oldest first. What cannot be read ends its batch.
    pub fn iter(&self) -> impl Iterator<Item = Frame> + use<'_> {
        self.batches.iter().flat_map(|batch| {
            let mut reader = NumberReader::new(batch);
            let mut last_us = 0;
            std::iter::from_fn(move || unpack(batch, &mut reader, &mut last_us))
        })
    }
}

fn unpack(batch: &Bytes, reader: &mut NumberReader<'_>, last_us: &mut u64) -> Option<Frame> {
    *last_us = last_us.checked_add(reader.number()?)?;
    let sender = reader.number()?;
    let flags = reader.byte()?;
    let stream = u32::try_from(reader.number()?).ok()?;
    let length = u32::try_from(reader.number()?).ok()?;
    let count = reader.byte()?;
    let detail = reader.take(u64::from(count))?;
    Some(Frame {
        at_us: *last_us,
        from_us: sender >> 8 == 1,
        kind: sender as u8,
        flags,
        stream,
        length,
        detail: batch.slice_ref(detail),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn frames_come_back_as_they_were(
            frames in prop::collection::vec(
                (0u64..1 << 40, any::<bool>(), any::<u8>(), any::<u8>(), 0u32..1 << 31, 0u32..1 << 24,
                 prop::collection::vec(any::<u8>(), 0..80)),
                0..20,
            ),
        ) {
            let mut packer = FramePacker::default();
            let mut at = 0;
            let told: Vec<Frame> = frames.into_iter().map(|(wait, from_us, kind, flags, stream, length, detail)| {
                at += wait;
                let head = FrameHead { at_us: at, from_us, kind, flags, stream, length };
                packer.push(&head, &detail);
                Frame { at_us: at, from_us, kind, flags, stream, length, detail: detail.into() }
            }).collect();
            let leg = LegFrames { batches: vec![packer.take()], omitted: 0 };
            prop_assert_eq!(leg.iter().collect::<Vec<_>>(), told);
        }

        #[test]
        fn no_bytes_are_too_much(batch in prop::collection::vec(any::<u8>(), 0..200)) {
            let leg = LegFrames { batches: vec![batch.into()], omitted: 0 };
            let _ = leg.iter().count();
        }
    }

    #[test]
    fn times_begin_anew_with_each_batch() {
        let mut packer = FramePacker::default();
        let head = FrameHead {
            at_us: 1000,
            from_us: false,
            kind: 4,
            flags: 1,
            stream: 0,
            length: 0,
        };
        packer.push(&head, b"");
        let first = packer.take();
        assert!(packer.is_empty());
        packer.push(&FrameHead { at_us: 2000, ..head }, b"");
        let leg = LegFrames {
            batches: vec![first, packer.take()],
            omitted: 0,
        };
        let times: Vec<_> = leg.iter().map(|frame| frame.at_us).collect();
        assert_eq!(times, [1000, 2000]);
    }
}
