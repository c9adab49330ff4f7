//! The one writer: takes events in batches and puts them down, and keeps the store within its bounds.
//!
//! One batch is one transaction. It gathers for a twentieth of a second, or less when much comes, and sleeps
//! meanwhile rather than be woken by each event: a sender never pays for waking it twice in a batch.
//!
//! When the disk takes no more, recording stops: what is sent is counted and let go, so that traffic goes on;
//! about every second the writer tries again. Exchanges that were under way are then told as failed, and what
//! is still said of them goes nowhere: a record is whole, or says that it is not.

mod batch;
mod bounds;
mod duties;
mod ledger;
mod put;
mod recover;
mod remove;
mod segment_file;
mod segments;
mod sightings;
mod spoken;
mod stop;
mod told;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Transaction, TransactionBehavior};

use self::batch::Batch;
use self::duties::Purge;
use self::ledger::Ledger;
use self::put::{Changed, Pen};
use self::recover::Kept;
use self::segments::Segments;
use self::stop::Stopped;
use self::told::Told;
use super::shared::Shared;
use crate::channel::Waited;
use crate::{Change, EventReceiver};

pub(super) use self::recover::{recover, see};
pub(super) use self::stop::WriteError;

/// How long a batch gathers.
const GATHER: Duration = Duration::from_millis(50);

/// How long the writer sleeps while it gathers.
const NAP: Duration = Duration::from_millis(10);

/// Events of a batch, about.
const EVENTS: usize = 4096;

/// The one writer of a store. What it has not been given to write before it is dropped is not kept.
pub struct Writer {
    shared: Arc<Shared>,
    db: rusqlite::Connection,
    segments: Segments,
    ledger: Ledger,
    purge: Option<Purge>,
    /// `None` while recording is on.
    stopped: Option<Stopped>,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, db: rusqlite::Connection, kept: Kept) -> Result<Self, WriteError> {
        let Kept { ledger, segments } = kept;
        let mut writer = Self {
            shared,
            db,
            segments,
            ledger,
            purge: None,
            stopped: None,
        };
        // The bound may be another than last time.
        writer.keep_bounds()?;
        Ok(writer)
    }

    /// Writes what is sent until every sender is gone, then flushes and returns. Blocks: give it a thread of
    /// its own.
    pub fn run(mut self, mut receiver: EventReceiver) {
        self.shared.set_writer(thread::current());
        let mut batch = Batch::default();
        let mut told = Told::default();
        loop {
            match receiver.wait(self.until_next_duty()) {
                Waited::Event(event) => {
                    batch.add(event);
                    self.gather(&mut receiver, &mut batch);
                    self.take(&mut batch);
                    told.let_go(receiver.waiting(), &mut batch);
                    batch.clear();
                }
                Waited::Nothing => {}
                Waited::Closed => break,
            }
            self.do_duties();
        }
        self.finish();
    }

    fn gather(&self, receiver: &mut EventReceiver, batch: &mut Batch) {
        let end = Instant::now() + GATHER;
        let mut room = self.shared.limits.batch;
        loop {
            let bytes = receiver.take(EVENTS.saturating_sub(batch.events), room, |event| {
                batch.add(event)
            });
            room = room.saturating_sub(bytes);
            if room == 0 || batch.events >= EVENTS || Instant::now() >= end {
                return;
            }
            // Where much comes, senders must not find the channel full while this sleeps.
            thread::sleep(if bytes > receiver.bound() / 4 {
                NAP / 10
            } else {
                NAP
            });
        }
    }

    /// Puts a batch down, or lets it go where recording is stopped.
    fn take(&mut self, batch: &mut Batch) {
        if self.stopped.is_some() {
            self.let_go(batch);
        } else if let Err(error) = self.write(batch) {
            self.stop(&error);
            self.let_go(batch);
        } else if let Err(error) = self.keep_bounds() {
            self.stop(&error);
        }
    }

    fn write(&mut self, batch: &mut Batch) -> Result<(), WriteError> {
        let limits = self.shared.limits;
        let changed =
            self.transact(|db, ledger, segments| Pen::new(db, ledger, segments, limits)?.put(batch))?;
        self.publish(changed);
        Ok(())
    }

    /// Does work that holds as a whole or not at all.
    fn transact<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &mut Ledger, &mut Segments) -> Result<T, WriteError>,
    ) -> Result<T, WriteError> {
        let Self {
            db, ledger, segments, ..
        } = self;
        let done = (|| {
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction, ledger, segments)?;
            ledger.sightings.settle(&transaction)?;
            let gone = segments.put(&transaction)?;
            ledger.put(&transaction)?;
            transaction.commit()?;
            Ok((value, gone))
        })();
        match done {
            Ok((value, gone)) => {
                segments.committed(gone);
                ledger.committed = ledger.next;
                Ok(value)
            }
            Err(error) => {
                segments.roll_back();
                Err(error)
            }
        }
    }

    /// Shows readers what was put down, and tells the feed.
    fn publish(&self, changed: Changed) {
        let mut seen = self.shared.seen();
        seen.exchanges.note(&changed.new_exchanges, changed.exchanges);
        seen.connections
            .note(&changed.new_connections, changed.connections);
        seen.lost_events += changed.lost;
        drop(seen);
        self.shared.tell(|| Change {
            exchanges: changed.exchange_ids,
            connections: changed.connection_ids,
            rows_went: false,
        });
    }
}
