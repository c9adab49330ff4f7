//! The HTTP/2 frames of one leg, noted as they pass and told many at once.
//!
//! Of a frame nine bytes are looked at, and the payload of those that steer the connection; the rest of a payload is
//! counted and skipped. What is noted of one leg is bounded.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use capture::{Event, FrameBatch, FrameHead, FramePacker, LegName};

use super::ConnectionRecorder;
use super::leg::Telling;
use super::stream_frames::StreamFrames;

/// Frames of one leg that are kept.
const KEPT: u32 = 32 * 1024;

/// Bytes of packed frames that are told at once.
const BATCH: usize = 4096;

/// Bytes of a payload that are kept: a dozen settings, a GOAWAY with some debug data.
const DETAIL: usize = 72;

/// What a client begins with (RFC 9113 section 3.4).
const PREFACE: usize = 24;

/// Notes the frames of one leg.
pub(crate) struct FrameRecorder {
    telling: Arc<Telling>,
    leg: LegName,
    state: Mutex<State>,
}

struct State {
    /// What the peer sends, and what we send.
    readers: [FrameReader; 2],
    packer: FramePacker,
    kept: u32,
    /// Since the last batch.
    omitted: u64,
    /// Where streams lead to connections of their own.
    streams: Option<StreamFrames>,
    /// What the times are counted from of frames that were read elsewhere.
    since: Option<Instant>,
}

impl FrameRecorder {
    pub(crate) fn new(connection: &ConnectionRecorder, leg: LegName) -> Arc<Self> {
        Self::with(connection, leg, None)
    }

    /// The same for a connection whose streams lead to others.
    pub(crate) fn of_streams(connection: &ConnectionRecorder, leg: LegName) -> Arc<Self> {
        Self::with(connection, leg, Some(StreamFrames::default()))
    }

    fn with(connection: &ConnectionRecorder, leg: LegName, streams: Option<StreamFrames>) -> Arc<Self> {
        // The client's side of a leg begins with the preface.
        let (theirs, ours) = match leg {
            LegName::Client => (PREFACE, 0),
            LegName::Origin => (0, PREFACE),
        };
        Arc::new(Self {
            telling: connection.telling().clone(),
            leg,
            state: Mutex::new(State {
                readers: [FrameReader::behind(theirs), FrameReader::behind(ours)],
                packer: FramePacker::default(),
                kept: 0,
                omitted: 0,
                streams,
                since: None,
            }),
        })
    }

    /// A stream was accepted. Where it leads on, it is soon said where to.
    pub(crate) fn accept(&self, stream: u32, leads_on: bool) {
        if let Some(streams) = &mut self.lock().streams {
            streams.accept(stream, leads_on);
        }
    }

    /// The frames of this stream are told with the connection that it leads to as well.
    pub(crate) fn tell_with(&self, stream: u32, connection: &ConnectionRecorder) {
        if let Some(streams) = &mut self.lock().streams {
            let told = Self::new(connection, self.leg);
            told.lock().since = Some(self.telling.began);
            streams.tell(stream, told);
        }
    }

    /// Notes a frame that was read elsewhere.
    pub(super) fn push(&self, head: &FrameHead, detail: &[u8]) {
        let mut state = self.lock();
        if state.kept == KEPT {
            state.omitted += 1;
            return;
        }
        state.kept += 1;
        let at = state.since.unwrap_or(self.telling.began) + Duration::from_micros(head.at_us);
        let head = FrameHead {
            at_us: micros(at.saturating_duration_since(self.telling.began)),
            ..*head
        };
        state.packer.push(&head, detail);
        if state.packer.len() >= BATCH {
            self.tell(&mut state);
        }
    }

    /// So many were not noted.
    pub(super) fn omit(&self, count: u64) {
        self.lock().omitted += count;
    }

    /// Notes bytes that passed, in one piece or in several.
    pub(crate) fn note<'a>(&self, from_us: bool, pieces: impl IntoIterator<Item = &'a [u8]>) {
        let mut at_us = None;
        let mut state = self.lock();
        let State {
            readers,
            packer,
            kept,
            omitted,
            streams,
            ..
        } = &mut *state;
        for piece in pieces {
            readers[usize::from(from_us)].feed(piece, |frame, detail| {
                if *kept == KEPT && streams.is_none() {
                    *omitted += 1;
                    return;
                }
                let now = || micros(self.telling.began.elapsed());
                let head = FrameHead {
                    at_us: *at_us.get_or_insert_with(now),
                    from_us,
                    kind: frame.kind,
                    flags: frame.flags,
                    stream: frame.stream,
                    length: frame.length,
                };
                if let Some(streams) = streams {
                    streams.note(&head, detail);
                }
                if *kept == KEPT {
                    *omitted += 1;
                    return;
                }
                *kept += 1;
                packer.push(&head, detail);
            });
        }
        if packer.len() >= BATCH {
            self.tell(&mut state);
        }
    }

    /// Whether anything was noted and is not told.
    pub(crate) fn is_behind(&self) -> bool {
        let state = self.lock();
        let of_streams = state.streams.as_ref();
        !state.packer.is_empty() || state.omitted > 0 || of_streams.is_some_and(StreamFrames::is_behind)
    }

    /// Tells what was noted.
    pub(crate) fn flush(&self) {
        let mut state = self.lock();
        self.tell(&mut state);
        if let Some(streams) = &state.streams {
            streams.flush();
        }
    }

    fn tell(&self, state: &mut State) {
        let batch = FrameBatch {
            packed: state.packer.take(),
            omitted: std::mem::take(&mut state.omitted),
        };
        if batch == FrameBatch::default() || !self.telling.told.load(Ordering::Relaxed) {
            return;
        }
        // What a connection may send past the channel's bound is bounded itself.
        self.telling.recorder.events.send_last(Event::Frames {
            connection: self.telling.connection,
            leg: self.leg,
            batch,
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FrameRecorder {
    fn drop(&mut self) {
        self.flush();
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A frame's head (RFC 9113 section 4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Head {
    length: u32,
    kind: u8,
    flags: u8,
    stream: u32,
}

impl Head {
    fn read(bytes: &[u8; 9]) -> Self {
        Self {
            length: u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]),
            kind: bytes[3],
            flags: bytes[4],
            stream: u32::from_be_bytes([bytes[5], bytes[6], bytes[7], bytes[8]]) & 0x7fff_ffff,
        }
    }

    /// How much of its payload is looked at.
    fn detail(&self) -> usize {
        match self.kind {
            // PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, PRIORITY_UPDATE.
            2..=4 | 6..=8 | 0x10 => DETAIL.min(self.length as usize),
            _ => 0,
        }
    }
}

/// Reads one direction of a connection, in pieces of any size.
struct FrameReader {
    /// Bytes to pass over.
    skip: usize,
    head: [u8; 9],
    read: usize,
    /// The frame whose payload is being read, and what of it has been.
    open: Option<(Head, Vec<u8>)>,
}

impl FrameReader {
    fn behind(skip: usize) -> Self {
        Self {
            skip,
            head: [0; 9],
            read: 0,
            open: None,
        }
    }

    fn feed(&mut self, mut bytes: &[u8], mut tell: impl FnMut(Head, &[u8])) {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let count = self.skip.min(bytes.len());
                self.skip -= count;
                bytes = &bytes[count..];
                continue;
            }
            if let Some((head, mut detail)) = self.open.take() {
                let wanted = head.detail() - detail.len();
                let count = wanted.min(bytes.len());
                detail.extend_from_slice(&bytes[..count]);
                bytes = &bytes[count..];
                if count < wanted {
                    self.open = Some((head, detail));
                } else {
                    self.skip = head.length as usize - detail.len();
                    tell(head, &detail);
                }
                continue;
            }
            let count = (9 - self.read).min(bytes.len());
            self.head[self.read..self.read + count].copy_from_slice(&bytes[..count]);
            self.read += count;
            bytes = &bytes[count..];
            if self.read < 9 {
                return;
            }
            self.read = 0;
            let head = Head::read(&self.head);
            let wanted = head.detail();
            if wanted <= bytes.len() {
                // All of it is here.
                tell(head, &bytes[..wanted]);
                bytes = &bytes[wanted..];
                self.skip = head.length as usize - wanted;
            } else {
                self.open = Some((head, Vec::with_capacity(wanted)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(kind: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u32).to_be_bytes();
        [&length[1..], &[kind, 5], &stream.to_be_bytes(), payload].concat()
    }

    fn read(reader: &mut FrameReader, pieces: &[&[u8]]) -> Vec<(Head, Vec<u8>)> {
        let mut seen = Vec::new();
        for piece in pieces {
            reader.feed(piece, |head, detail| seen.push((head, detail.to_vec())));
        }
        seen
    }

    #[test]
    fn small_frames_are_told_in_full_and_of_data_the_head_alone() {
        let bytes = [
            frame(4, 0, &[0, 3, 0, 0, 0, 9]),
            frame(0, 0x8000_0001, &[7; 3000]),
            frame(7, 0, &[1; 200]),
            frame(8, 1, &[0, 0, 1, 0]),
        ]
        .concat();
        let head = |length, kind, stream| Head {
            length,
            kind,
            flags: 5,
            stream,
        };
        assert_eq!(
            read(&mut FrameReader::behind(0), &[&bytes]),
            [
                (head(6, 4, 0), vec![0, 3, 0, 0, 0, 9]),
                (head(3000, 0, 1), vec![]),
                (head(200, 7, 0), vec![1; DETAIL]),
                (head(4, 8, 1), vec![0, 0, 1, 0]),
            ]
        );
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_say_the_same(
            bytes in prop::collection::vec(
                (0u8..12, 0u32..9, prop::collection::vec(any::<u8>(), 0..150)), 0..12
            ),
            size in 1usize..40,
        ) {
            let bytes: Vec<u8> = bytes.iter().flat_map(|(kind, stream, payload)| frame(*kind, *stream, payload)).collect();
            let whole = read(&mut FrameReader::behind(0), &[&bytes]);
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            prop_assert_eq!(read(&mut FrameReader::behind(0), &pieces), whole);
        }

        #[test]
        fn whatever_comes_is_read_within_bounds(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut reader = FrameReader::behind(PREFACE);
            reader.feed(&bytes, |head, detail| assert!(detail.len() <= DETAIL.min(head.length as usize)));
            assert!(reader.open.is_none_or(|(_, detail)| detail.len() < DETAIL));
        }
    }
}
