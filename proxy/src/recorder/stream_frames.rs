//! The frames of single streams of HTTP/2, told with the connections that those streams lead to as well.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use capture::FrameHead;

use super::FrameRecorder;

/// Frames that are kept of streams that were not accepted yet.
const AHEAD: usize = 1024;

/// Frames that are kept of one that was and does not lead anywhere yet.
const KEPT: usize = 64;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const END_STREAM: u8 = 1;

/// A frame that waits until it is known where its stream leads.
struct Noted {
    head: FrameHead,
    detail: Vec<u8>,
}

/// Streams, and where their frames are told.
#[derive(Default)]
pub(super) struct StreamFrames {
    /// The last stream that was accepted: they are in the order of their numbers.
    accepted: u32,
    /// Frames of those behind it, how many, and how many had no room.
    ahead: BTreeMap<u32, Vec<Noted>>,
    waiting: usize,
    lost: u64,
    /// Streams whose frames are told elsewhere too, until they are over.
    streams: HashMap<u32, Stream>,
}

/// A stream whose frames are told elsewhere too.
#[derive(Default)]
struct Stream {
    /// Before it was known where, and how many more there were.
    kept: Vec<Noted>,
    omitted: u64,
    told: Option<Arc<FrameRecorder>>,
    /// Which sides have ended it.
    ended: [bool; 2],
}

impl Stream {
    /// Tells a frame, or keeps it. Says whether the stream is over with it.
    fn note(&mut self, frame: Noted) -> bool {
        let head = frame.head;
        match &self.told {
            Some(told) => told.push(&head, &frame.detail),
            None if self.kept.len() < KEPT => self.kept.push(frame),
            None => self.omitted += 1,
        }
        if matches!(head.kind, DATA | HEADERS) && head.flags & END_STREAM != 0 {
            self.ended[usize::from(head.from_us)] = true;
        }
        head.kind == RST_STREAM || self.ended == [true; 2]
    }
}

impl StreamFrames {
    /// A frame has passed. Those of streams that are told here alone cost a comparison and a look.
    pub(super) fn note(&mut self, head: &FrameHead, detail: &[u8]) {
        let noted = || Noted {
            head: *head,
            detail: detail.to_vec(),
        };
        if head.stream > self.accepted {
            match self.waiting < AHEAD {
                // A priority says nothing of whether there will be such a stream.
                _ if head.kind == PRIORITY => {}
                true => {
                    self.waiting += 1;
                    self.ahead.entry(head.stream).or_default().push(noted());
                }
                false => self.lost += 1,
            }
        } else if let Some(stream) = self.streams.get_mut(&head.stream)
            && stream.note(noted())
        {
            self.streams.remove(&head.stream);
        }
    }

    /// A stream was accepted, whose frames may be told elsewhere too.
    pub(super) fn accept(&mut self, id: u32, leads_on: bool) {
        self.accepted = self.accepted.max(id);
        let of_it = self.ahead.remove(&id).unwrap_or_default();
        // Those before it were refused.
        self.ahead = self.ahead.split_off(&id);
        self.waiting = self.ahead.values().map(Vec::len).sum();
        // Whose those were is not known: the next stream says that there were some.
        let mut stream = Stream {
            omitted: std::mem::take(&mut self.lost),
            ..Stream::default()
        };
        let is_over = of_it
            .into_iter()
            .fold(false, |is_over, frame| stream.note(frame) | is_over);
        if leads_on && !is_over {
            self.streams.insert(id, stream);
        }
    }

    /// It is known where a stream leads.
    pub(super) fn tell(&mut self, id: u32, told: Arc<FrameRecorder>) {
        if let Some(stream) = self.streams.get_mut(&id) {
            for frame in std::mem::take(&mut stream.kept) {
                told.push(&frame.head, &frame.detail);
            }
            told.omit(std::mem::take(&mut stream.omitted));
            stream.told = Some(told);
        }
    }

    /// Whether anything is noted and not told of one that leads somewhere.
    pub(super) fn is_behind(&self) -> bool {
        let mut told = self.streams.values().filter_map(|stream| stream.told.as_ref());
        told.any(|told| told.is_behind())
    }

    /// Tells what was noted.
    pub(super) fn flush(&self) {
        let told = self.streams.values().filter_map(|stream| stream.told.as_ref());
        told.for_each(|told| told.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u32, from_us: bool) -> FrameHead {
        FrameHead {
            at_us: 0,
            from_us,
            kind,
            flags,
            stream,
            length: 0,
        }
    }

    #[test]
    fn a_stream_is_followed_from_its_first_frame_to_its_last() {
        let mut frames = StreamFrames::default();
        for stream in [1, 3] {
            frames.note(&frame(HEADERS, 0, stream, false), &[]);
        }
        frames.note(&frame(DATA, 0, 1, false), &[]);
        frames.accept(1, true);
        frames.accept(3, false);
        frames.note(&frame(DATA, END_STREAM, 1, false), &[]);
        frames.note(&frame(DATA, 0, 3, false), &[]);
        assert_eq!(frames.streams[&1].kept.len(), 3);
        assert!(frames.ahead.is_empty() && frames.streams.len() == 1);
        frames.note(&frame(HEADERS, END_STREAM, 1, true), &[]);
        assert!(frames.streams.is_empty());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut frames = StreamFrames::default();
        for stream in (1..4000).step_by(2) {
            frames.note(&frame(HEADERS, 0, stream, false), &[]);
        }
        assert_eq!((frames.ahead.len(), frames.waiting), (AHEAD, AHEAD));
        for _ in 0..4000 {
            frames.note(&frame(PRIORITY, 0, 9999, false), &[]);
        }
        assert_eq!(frames.lost, 2000 - AHEAD as u64);
        frames.accept(3999, true);
        assert_eq!((frames.ahead.len(), frames.waiting, frames.lost), (0, 0, 0));
        for _ in 0..4000 {
            frames.note(&frame(DATA, 0, 3999, false), &[]);
        }
        assert_eq!(frames.streams[&3999].kept.len(), KEPT);
        frames.note(&frame(RST_STREAM, 0, 3999, false), &[]);
        assert!(frames.streams.is_empty());
        // One that was reset before it was accepted is not followed.
        frames.note(&frame(RST_STREAM, 0, 4001, false), &[]);
        frames.accept(4001, true);
        assert!(frames.streams.is_empty());
    }
}
