//! What the writer and the readers of one store share: where things lie, and what there is to see.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Thread;
use std::time::Instant;

use tokio::sync::broadcast;

use super::certificate;
use super::folder::{Folder, Lock};
use super::limits::Limits;
use super::numbers::Numbers;
use super::readers::Readers;
use super::view::Views;
use crate::{Change, Recording};

/// Batches of change that a slow reader of the feed may be behind.
const FEED: usize = 64;

/// Numbers of changed rows that are remembered for the views. One that is behind by more is made anew.
const JOURNAL: usize = 32 * 1024;

pub(super) struct Shared {
    pub(super) folder: Folder,
    pub(super) limits: Limits,
    pub(super) readers: Readers,
    pub(super) views: Views,
    /// The list of certificates as it was last told.
    pub(super) certificates: certificate::Last,
    pub(super) feed: broadcast::Sender<Arc<Change>>,
    seen: Mutex<Seen>,
    /// The thread that [`super::Writer::run`] was called on, to be woken for a clearing.
    writer: Mutex<Option<Thread>>,
    /// `None` for a store that is only read.
    lock: Option<Lock>,
}

/// What there is to see, as of the last batch.
pub(super) struct Seen {
    pub(super) exchanges: Listed,
    pub(super) connections: Listed,
    /// What was cleared and is not deleted yet. Its rows are in no [`Listed`].
    pub(super) clearings: Vec<Clearing>,
    /// Orders of clearing and undoing that the writer has not put down yet.
    pub(super) orders: Vec<Order>,
    pub(super) last_ticket: u64,
    pub(super) bytes: u64,
    pub(super) evicted: u64,
    pub(super) lost_events: u64,
    pub(super) recording: Recording,
    /// When the feed is to be told that lists may be newer than they were.
    pub(super) news_due: Option<Instant>,
}

/// The rows of one table that are to be seen, and which of them changed lately.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) shown: Arc<Numbers>,
    /// Rises when rows are hidden or come back.
    pub(super) generation: u64,
    /// Rises with each batch that changes rows.
    pub(super) version: u64,
    /// The changed rows of the latest versions, oldest first.
    journal: VecDeque<(u64, Vec<u64>)>,
    journal_rows: usize,
}

/// Rows that were cleared.
#[derive(Clone, Debug)]
pub(super) struct Clearing {
    pub(super) ticket: u64,
    pub(super) exchanges: Arc<Numbers>,
    pub(super) connections: Arc<Numbers>,
    /// When they are deleted.
    pub(super) due: Instant,
}

/// What the writer is to put down of clearings, so that a restart knows it.
#[derive(Debug)]
pub(super) enum Order {
    Cleared(Clearing),
    Undone(u64),
}

impl Shared {
    pub(super) fn new(folder: Folder, limits: Limits, lock: Option<Lock>, seen: Seen) -> Self {
        Self {
            readers: Readers::new(folder.clone()),
            folder,
            limits,
            views: Views::default(),
            certificates: certificate::Last::default(),
            feed: broadcast::channel(FEED).0,
            seen: Mutex::new(seen),
            writer: Mutex::new(None),
            lock,
        }
    }

    /// What there is to see. Held briefly, and never across a read from disk.
    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.seen)
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.lock.is_none()
    }

    pub(super) fn set_writer(&self, writer: Thread) {
        *lock(&self.writer) = Some(writer);
    }

    pub(super) fn wake_writer(&self) {
        if let Some(writer) = &*lock(&self.writer) {
            writer.unpark();
        }
    }

    /// Tells the feed's readers, if there are any.
    pub(super) fn tell(&self, change: impl FnOnce() -> Change) {
        if self.feed.receiver_count() > 0 {
            // The last reader may go at this moment: then nobody hears, and nobody needs to.
            let _ = self.feed.send(Arc::new(change()));
        }
    }
}

impl Seen {
    pub(super) fn new(exchanges: Numbers, connections: Numbers) -> Self {
        Self {
            exchanges: Listed {
                shown: exchanges.into(),
                ..Listed::default()
            },
            connections: Listed {
                shown: connections.into(),
                ..Listed::default()
            },
            clearings: Vec::new(),
            orders: Vec::new(),
            last_ticket: 0,
            bytes: 0,
            evicted: 0,
            lost_events: 0,
            recording: Recording::On,
            news_due: None,
        }
    }

    /// Has the feed told at this moment that lists may be newer than they were.
    pub(super) fn ask_for_news(&mut self, moment: Instant) {
        self.news_due = Some(self.news_due.map_or(moment, |due| due.min(moment)));
    }
}

impl Listed {
    /// Takes in one batch: rows that are new, in ascending order, and rows that changed.
    pub(super) fn note(&mut self, new: &[u64], changed: impl IntoIterator<Item = u64>) {
        let shown = Arc::make_mut(&mut self.shown);
        new.iter().for_each(|&number| shown.push(number));
        let rows: Vec<u64> = new.iter().copied().chain(changed).collect();
        if rows.is_empty() {
            return;
        }
        self.version += 1;
        self.journal_rows += rows.len();
        self.journal.push_back((self.version, rows));
        while self.journal_rows > JOURNAL
            && let Some((_, rows)) = self.journal.pop_front()
        {
            self.journal_rows -= rows.len();
        }
    }

    /// Takes the rows up to this one out of sight: they are gone.
    pub(super) fn forget_through(&mut self, number: u64) {
        self.shown = Arc::new(self.shown.without(&Numbers::run(0, number + 1)));
    }

    /// Takes rows out of sight.
    pub(super) fn hide(&mut self, rows: &Numbers) {
        self.shown = Arc::new(self.shown.without(rows));
        self.generation += 1;
    }

    /// Brings rows back into sight.
    pub(super) fn show(&mut self, rows: &Numbers) {
        self.shown = Arc::new(self.shown.with(rows));
        self.generation += 1;
    }

    /// Rows that changed after this version; `None` when that is not remembered.
    pub(super) fn changed_since(&self, version: u64) -> Option<Vec<u64>> {
        if version < self.version
            && self
                .journal
                .front()
                .is_none_or(|&(oldest, _)| oldest > version + 1)
        {
            return None;
        }
        let begin = self.journal.partition_point(|&(at, _)| at <= version);
        Some(
            self.journal
                .range(begin..)
                .flat_map(|(_, rows)| rows.iter().copied())
                .collect(),
        )
    }
}

/// Locks a mutex whose data is whole at every moment, whatever became of another thread that held it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_tells_what_changed_and_says_when_it_has_forgotten() {
        let mut listed = Listed::default();
        assert_eq!(listed.changed_since(0), Some(vec![]));
        listed.note(&[1, 2], []);
        listed.note(&[3], [1]);
        assert_eq!(listed.changed_since(0), Some(vec![1, 2, 3, 1]));
        assert_eq!(listed.changed_since(1), Some(vec![3, 1]));
        assert_eq!(listed.changed_since(2), Some(vec![]));
        let many: Vec<u64> = (4..4 + JOURNAL as u64).collect();
        listed.note(&many, []);
        assert_eq!(listed.changed_since(1), None);
        assert_eq!(listed.changed_since(2).map(|rows| rows.len()), Some(JOURNAL));
        assert_eq!(listed.changed_since(3), Some(vec![]));
        listed.note(&[], vec![7; JOURNAL + 1]);
        assert_eq!(
            listed.changed_since(3),
            None,
            "even a single batch may be too much to remember"
        );
        assert_eq!(listed.changed_since(4), Some(vec![]));
    }
}
