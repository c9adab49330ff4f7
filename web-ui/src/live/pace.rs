//! When the next frame may go: ten a second at the most, and rows no faster than they are read.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Frames in any second, at the most.
const FRAMES: usize = 10;
const SECOND: Duration = Duration::from_secs(1);
/// Between two frames of rows.
const ROWS_EVERY: Duration = Duration::from_millis(100);
/// A browser's rows may keep one thread busy for this part of the time at the most: one in so many.
const IDLE_SHARE: u32 = 4;

/// Between two frames of status.
const STATUS_EVERY: Duration = Duration::from_millis(500);

/// The times of what was sent, and so of what may be sent next.
pub(super) struct Pace {
    sent: VecDeque<Instant>,
    rows_from: Instant,
    status_from: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            sent: VecDeque::with_capacity(FRAMES),
            rows_from: now,
            status_from: now,
        }
    }

    /// When any frame may go.
    pub(super) fn any(&self) -> Option<Instant> {
        if self.sent.len() < FRAMES {
            None
        } else {
            self.sent.front().map(|first| *first + SECOND)
        }
    }

    /// When a frame of rows may be made.
    pub(super) fn rows(&self) -> Instant {
        self.any().map_or(self.rows_from, |any| any.max(self.rows_from))
    }

    /// When a frame of status may go.
    pub(super) fn status(&self) -> Instant {
        self.any()
            .map_or(self.status_from, |any| any.max(self.status_from))
    }

    /// A frame went.
    pub(super) fn note_sent(&mut self, now: Instant) {
        if self.sent.len() == FRAMES {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
    }

    /// A frame of status went.
    pub(super) fn note_status(&mut self, now: Instant) {
        self.status_from = now + STATUS_EVERY;
    }

    /// The rows were read, which took so long.
    pub(super) fn note_rows(&mut self, now: Instant, took: Duration) {
        self.rows_from = now + ROWS_EVERY.max(took * IDLE_SHARE);
    }

    /// A person waits for other rows: they are read at once.
    pub(super) fn hurry_rows(&mut self, now: Instant) {
        self.rows_from = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_sees_more_than_ten_frames() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        let mut sent = Vec::new();
        for _ in 0..40 {
            now = now.max(pace.any().unwrap_or(now));
            pace.note_sent(now);
            sent.push(now);
        }
        for window in sent.windows(11) {
            assert!(window[10] - window[0] >= SECOND);
        }
    }

    #[test]
    fn slow_rows_are_read_less_often() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        pace.note_rows(now, Duration::from_millis(1));
        assert_eq!(pace.rows(), now + Duration::from_millis(100));
        pace.note_rows(now, Duration::from_millis(200));
        assert_eq!(pace.rows(), now + Duration::from_millis(800));
        pace.hurry_rows(now);
        assert_eq!(pace.rows(), now);
    }
}
