//! What reading has cost, and when it is to pause: a few bytes can be made to take long.

use std::time::{Duration, Instant};

/// Bytes read and decoded in one step, about.
const MOST: u64 = 32 << 20;

/// How long a step takes, about.
const TIME: Duration = Duration::from_millis(100);

/// The effort of a cursor. Without a step nothing pauses it.
#[derive(Default)]
pub(super) struct Effort {
    /// Bytes read and decoded, in all.
    pub(super) spent: u64,
    pause: Option<(u64, Option<Instant>)>,
}

impl Effort {
    /// Begins a step: from now on reading pauses after so many bytes, and after so long.
    pub(super) fn begin_step(&mut self) {
        self.pause = Some((self.spent + MOST, Some(Instant::now() + TIME)));
    }

    /// From now on reading pauses after so many bytes, however long they take.
    pub(super) fn stop_after(&mut self, bytes: u64) {
        self.pause = Some((self.spent.saturating_add(bytes), None));
    }

    /// Whether the step is over.
    pub(super) fn is_over(&self) -> bool {
        self.pause.is_some_and(|(spent, until)| {
            self.spent >= spent || until.is_some_and(|until| Instant::now() >= until)
        })
    }
}
