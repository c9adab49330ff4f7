//! The messages of both sides in one order, read as far as they have come.

use bytes::Buf;

use super::burst::Bursts;
use super::conversation::{Conversation, Reading};
use super::effort::Effort;
use super::found::{End, Found, Resume};
use super::grpc::Calls;
use super::lines::Lines;
use super::source::{Chunk, Source, Way};
use super::sse::Events;
use super::told::Message;
use super::websocket::Frames;
use crate::{Progress, ReadError, Side, Store};

/// Bytes that a reader is given at once: compressed they may become a thousand times as many.
const FED: usize = 16 * 1024;

/// Reads the messages of an exchange in the order in which their last bytes passed.
pub(super) struct Cursor {
    /// Messages told.
    pub(super) number: u64,
    halves: [Half; 2],
    keep: usize,
    /// What it has cost.
    pub(super) effort: Effort,
}

/// Where a cursor can begin again.
#[derive(Clone)]
pub(super) struct Mark {
    pub(super) number: u64,
    halves: [HalfMark; 2],
}

#[derive(Clone, Default)]
struct HalfMark {
    resume: Resume,
    waiting: Option<Box<(Option<u64>, Found)>>,
    told_gap: bool,
}

/// One side.
struct Half {
    side: Side,
    source: Option<(Source, Reader)>,
    is_plain: bool,
    chunk: Option<Chunk>,
    /// The next message, read and not told: the other side's may come first.
    waiting: Option<Box<(Option<u64>, Found)>>,
    /// That there is more, which was not kept, is told.
    told_gap: bool,
    ended: bool,
}

/// What takes a stream apart.
pub(super) enum Reader {
    Websocket(Box<Frames>),
    Sse(Events),
    Lines(Lines),
    Grpc(Calls),
    Bursts(Bursts),
}

impl Reader {
    fn next(&mut self, bytes: &mut &[u8], ends_piece: bool) -> Option<Found> {
        match self {
            Self::Websocket(frames) => frames.next(bytes),
            Self::Sse(events) => events.next(bytes),
            Self::Lines(lines) => lines.next(bytes),
            Self::Grpc(calls) => calls.next(bytes),
            Self::Bursts(bursts) => bursts.next(bytes, ends_piece),
        }
    }

    fn end(&mut self, end: End) -> Option<Found> {
        match self {
            Self::Websocket(frames) => frames.end(end),
            Self::Sse(events) => events.end(end),
            Self::Lines(lines) => lines.end(end),
            Self::Grpc(calls) => calls.end(end),
            Self::Bursts(bursts) => bursts.end(end),
        }
    }

    /// Bytes that it has decompressed.
    fn decoded(&self) -> u64 {
        match self {
            Self::Websocket(frames) => frames.decoded(),
            Self::Grpc(calls) => calls.decoded(),
            Self::Sse(_) | Self::Lines(_) | Self::Bursts(_) => 0,
        }
    }

    fn resume(&self) -> Option<Resume> {
        match self {
            Self::Websocket(frames) => frames.resume(),
            Self::Sse(events) => Some(events.resume()),
            Self::Lines(lines) => Some(lines.resume()),
            Self::Grpc(calls) => Some(calls.resume()),
            Self::Bursts(bursts) => Some(bursts.resume()),
        }
    }
}

impl Cursor {
    /// Begins at the first message, or at a mark. `keep` is how much of a payload is kept.
    pub(super) fn new(conversation: &Conversation, keep: usize, mark: Option<&Mark>) -> Self {
        Self {
            number: mark.map_or(0, |mark| mark.number),
            halves: [Side::Request, Side::Response].map(|side| {
                let mark = mark.map(|mark| mark.halves[side as usize].clone());
                let HalfMark {
                    resume,
                    waiting,
                    told_gap,
                } = mark.unwrap_or_default();
                let reading = conversation.reading(side);
                Half {
                    side,
                    is_plain: reading.is_none_or(|reading| matches!(reading.way, Way::Plain)),
                    source: reading.map(|Reading { way, .. }| {
                        let source = Source::new(conversation.id, side, way, resume.position);
                        (source, conversation.reader(side, keep, &resume))
                    }),
                    chunk: None,
                    waiting,
                    told_gap,
                    ended: false,
                }
            }),
            keep,
            effort: Effort::default(),
        }
    }

    /// The next message of those that lie within `progress`. `None` where there is none yet, or the step is over.
    pub(super) fn next(
        &mut self,
        store: &dyn Store,
        conversation: &Conversation,
        progress: &Progress,
    ) -> Result<Option<(Message, Found)>, ReadError> {
        for half in &mut self.halves {
            half.read(store, progress, &mut self.effort)?;
            // What this side has next may come before what the other has.
            if half.waiting.is_none() && self.effort.is_over() {
                return Ok(None);
            }
        }
        let at = |half: &Half| half.waiting.as_ref().map(|waiting| waiting.0);
        let first = match [at(&self.halves[0]), at(&self.halves[1])] {
            [None, None] => return Ok(None),
            [Some(_), None] => 0,
            [None, Some(_)] => 1,
            [Some(request), Some(response)] => usize::from(response < request),
        };
        let half = &mut self.halves[first];
        let Some((at_us, found)) = half.waiting.take().map(|waiting| *waiting) else {
            return Ok(None);
        };
        self.number += 1;
        let message = conversation.tell(self.number, half.side, at_us, &found);
        Ok(Some((message, found)))
    }

    /// Where reading can begin again, if it can begin at all where it stands.
    pub(super) fn mark(&self) -> Option<Mark> {
        let mark = |half: &Half| {
            let resume = match &half.source {
                None => Resume::default(),
                Some(_) if !half.is_plain => return None,
                Some((_, reader)) => reader.resume()?,
            };
            let waiting = half.waiting.clone();
            Some(HalfMark {
                resume,
                waiting,
                told_gap: half.told_gap,
            })
        };
        Some(Mark {
            number: self.number,
            halves: [mark(&self.halves[0])?, mark(&self.halves[1])?],
        })
    }

    /// How much of a payload is kept.
    pub(super) fn keep(&self) -> usize {
        self.keep
    }

    /// Why a side can't be read on.
    pub(super) fn problem(&self) -> Option<&str> {
        self.halves
            .iter()
            .find_map(|half| half.source.as_ref()?.0.problem())
    }
}

impl Mark {
    /// Bytes that it takes, about.
    pub(super) fn weight(&self) -> usize {
        let half = |half: &HalfMark| {
            let window = half.resume.window.as_ref().map_or(0, |window| window.len());
            let waiting = half
                .waiting
                .as_ref()
                .map_or(0, |waiting| 256 + waiting.1.payload.len());
            128 + window + waiting
        };
        self.halves.iter().map(half).sum()
    }

    /// Whether it holds this message, read already and not told.
    pub(super) fn holds(&self, message: &Message) -> bool {
        let waiting = &self.halves[message.from as usize].waiting;
        waiting
            .as_ref()
            .is_some_and(|waiting| waiting.1.start == message.start)
    }

    /// The place on the wire that it stands at, both sides taken together.
    pub(super) fn position(&self) -> u64 {
        self.halves.iter().map(|half| half.resume.position).sum()
    }
}

impl Half {
    /// Reads on until a message is waiting, there is no more, or the step is over.
    fn read(&mut self, store: &dyn Store, progress: &Progress, effort: &mut Effort) -> Result<(), ReadError> {
        let Some((source, reader)) = &mut self.source else {
            return Ok(());
        };
        let until = progress.kept[self.side as usize];
        let dropped = progress.dropped[self.side as usize];
        // Behind what was not kept nothing ends.
        let is_end = !progress.open && dropped == 0;
        while self.waiting.is_none() && !self.ended && !effort.is_over() {
            if self.chunk.is_none() {
                self.chunk = source.next(store, until, is_end)?;
            }
            let Some(chunk) = &mut self.chunk else {
                if !progress.open {
                    let found = if dropped == 0 {
                        reader.end(End::OfStream)
                    } else {
                        // Told once where the rest is missing: by what breaks off there, or by itself.
                        let is_told = std::mem::replace(&mut self.told_gap, true);
                        let gap = (!is_told).then(|| gap(until, dropped));
                        reader.end(End::OfRecording).or(gap)
                    };
                    self.ended = found.is_none();
                    self.waiting = found.map(|found| Box::new((None, found)));
                }
                return Ok(());
            };
            let fed = chunk.bytes.len().min(FED);
            let mut bytes = &chunk.bytes[..fed];
            let decoded = reader.decoded();
            let found = reader.next(&mut bytes, chunk.ends_piece && fed == chunk.bytes.len());
            let (taken, at_us) = (fed - bytes.len(), chunk.at_us);
            effort.spent += taken as u64 + reader.decoded() - decoded;
            chunk.bytes.advance(taken);
            if chunk.bytes.is_empty() {
                self.chunk = None;
            }
            self.waiting = found.map(|found| Box::new((at_us, found)));
        }
        Ok(())
    }
}

/// In the place of bytes that came and were not kept.
fn gap(at: u64, bytes: u64) -> Found {
    Found {
        start: at,
        end: at,
        problem: Some(format!("{bytes} bytes that came from here on were not kept")),
        ..Found::default()
    }
}
