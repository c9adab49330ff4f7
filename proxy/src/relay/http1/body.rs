//! A body on its way through: bytes are taken as they come, told to the recorder, and handed on.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use capture::{Fields, Side};

use super::chunked::Chunked;
use super::error::BadMessage;
use super::framing::Length;
use super::head::Bounds;
use super::wire::Input;
use crate::recorder::{BodyOutcome, ExchangeRecorder};
use crate::relay::faults::not_taken;
use crate::relay::life::Stall;

/// Chunks smaller than this on the whole are told together.
const SMALL_CHUNK: usize = 4 * 1024;

/// What is left of a body.
#[derive(Debug)]
pub(super) enum Body {
    Bytes(u64),
    Chunked(Box<Chunked>),
    UntilClose,
}

/// The next bytes of a body.
pub(super) struct Piece {
    /// As they go on.
    pub(super) bytes: Bytes,
    /// Where they hold the body itself; all of them do where there are no chunks.
    content: Option<Vec<Range<usize>>>,
}

impl Body {
    pub(super) fn new(length: Length, bounds: Bounds) -> Self {
        match length {
            Length::Bytes(count) => Self::Bytes(count),
            Length::Chunked => Self::Chunked(Box::new(Chunked::new(bounds))),
            Length::UntilClose => Self::UntilClose,
        }
    }

    /// Whether its last byte was taken. One that lasts as long as its connection never says so.
    pub(super) fn is_over(&self) -> bool {
        match self {
            Self::Bytes(left) => *left == 0,
            Self::Chunked(chunked) => chunked.is_over(),
            Self::UntilClose => false,
        }
    }

    /// Takes what was read of it; `None` where more must be read first, or it is over.
    pub(super) fn take(&mut self, input: &mut Input) -> Result<Option<Piece>, BadMessage> {
        let there = input.buffer.len();
        let (count, content) = match self {
            Self::Bytes(left) => {
                let count = usize::try_from(*left).unwrap_or(usize::MAX).min(there);
                *left -= count as u64;
                (count, None)
            }
            Self::UntilClose => (there, None),
            Self::Chunked(chunked) => {
                let mut content = Vec::new();
                (chunked.feed(&input.buffer, &mut content)?, Some(content))
            }
        };
        Ok((count > 0).then(|| Piece {
            bytes: input.take(count),
            content,
        }))
    }

    /// Whether there are trailer fields that were not taken.
    pub(super) fn has_trailers(&self) -> bool {
        matches!(self, Self::Chunked(chunked) if chunked.has_trailers())
    }

    pub(super) fn take_trailers(&mut self) -> Option<Fields> {
        match self {
            Self::Chunked(chunked) => chunked.take_trailers(),
            _ => None,
        }
    }
}

impl Piece {
    /// Tells the recorder, and waits for room there.
    pub(super) async fn tell(&self, exchange: &ExchangeRecorder, side: Side) {
        match self.content.as_deref() {
            None => tell(exchange, side, &self.bytes).await,
            Some([one]) => tell(exchange, side, &self.bytes.slice(one.clone())).await,
            Some(_) => {
                for content in self.contents() {
                    tell(exchange, side, &content).await;
                }
            }
        }
    }

    /// What of the body itself it holds: many small chunks together, large ones each for itself.
    pub(super) fn contents(&self) -> Vec<Bytes> {
        let Some(ranges) = &self.content else {
            return vec![self.bytes.clone()];
        };
        let total: usize = ranges.iter().map(Range::len).sum();
        if ranges.len() < 2 || total / ranges.len() >= SMALL_CHUNK {
            return ranges
                .iter()
                .map(|range| self.bytes.slice(range.clone()))
                .collect();
        }
        let mut together = BytesMut::with_capacity(total);
        ranges
            .iter()
            .for_each(|range| together.extend_from_slice(&self.bytes[range.clone()]));
        vec![together.freeze()]
    }
}

/// Tells bytes of a body, and waits for room where there is none.
pub(super) async fn tell(exchange: &ExchangeRecorder, side: Side, bytes: &Bytes) {
    if let Err(no_room) = exchange.body(side, bytes) {
        // Boxed: seldom, and large.
        Box::pin(no_room.send()).await;
    }
}

/// Tells how a body ended, whatever stops its carrying.
pub(super) struct Told<'a> {
    exchange: &'a ExchangeRecorder,
    side: Side,
    stall: &'a Stall,
    is_told: bool,
}

impl<'a> Told<'a> {
    pub(super) fn new(exchange: &'a ExchangeRecorder, side: Side, stall: &'a Stall) -> Self {
        Self {
            exchange,
            side,
            stall,
            is_told: false,
        }
    }

    pub(super) fn end(&mut self, outcome: BodyOutcome) {
        if !std::mem::replace(&mut self.is_told, true) {
            self.exchange.body_over(self.side, outcome);
        }
    }
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        let is_cut_off = self.stall.is_cutting() && self.side == Side::Response;
        self.end(if is_cut_off {
            BodyOutcome::Broken(not_taken(self.stall.limit))
        } else {
            BodyOutcome::Abandoned
        });
    }
}
