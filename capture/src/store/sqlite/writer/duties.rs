//! What the writer does beside writing: clearings put down, taken back and carried out, the feed reminded, and
//! the end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::params;

use super::ledger::Open;
use super::recover::end_open_exchanges;
use super::{WriteError, Writer, remove};
use crate::store::sqlite::numbers::Numbers;
use crate::store::sqlite::shared::{Clearing, Order};
use crate::{Change, Timestamp};

/// Exchanges that are deleted in one transaction: events wait no longer than it takes.
const CHUNK: u64 = 512;

/// The longest that the writer waits for an event when it has nothing else to do.
const LONG: Duration = Duration::from_secs(3600);

/// What is said of an exchange that was under way at an orderly end.
const ENDED: &str = "the recording ends here: Handlens was stopped while this exchange was under way";

/// A clearing that is being carried out.
pub(super) struct Purge {
    clearing: Clearing,
    /// Exchanges that are deleted already.
    done: u64,
}

impl Writer {
    /// How long nothing needs to be done if no event comes.
    pub(super) fn until_next_duty(&self) -> Duration {
        let seen = self.shared.seen();
        let due = match &self.stopped {
            Some(stopped) => Some(stopped.again),
            None if self.purge.is_some() || !seen.orders.is_empty() => return Duration::ZERO,
            None => seen.clearings.iter().map(|clearing| clearing.due).min(),
        };
        let due = [due, seen.news_due].into_iter().flatten().min();
        due.map_or(LONG, |due| due.saturating_duration_since(Instant::now()))
    }

    pub(super) fn do_duties(&mut self) {
        let now = Instant::now();
        if self.shared.seen().news_due.take_if(|due| *due <= now).is_some() {
            self.shared.tell(|| Change {
                rows_went: true,
                ..Change::default()
            });
        }
        match &self.stopped {
            Some(stopped) if stopped.again <= now => self.try_again(),
            Some(_) => {}
            None => {
                if let Err(error) = self.put_orders().and_then(|()| self.purge(now)) {
                    self.stop(&error);
                }
            }
        }
    }

    /// Puts down what was cleared and what was taken back, so that a restart knows it.
    fn put_orders(&mut self) -> Result<(), WriteError> {
        let orders = std::mem::take(&mut self.shared.seen().orders);
        if orders.is_empty() {
            return Ok(());
        }
        let put = self.transact(|db, _, _| {
            for order in &orders {
                match order {
                    Order::Cleared(Clearing {
                        ticket,
                        exchanges,
                        connections,
                        ..
                    }) => {
                        db.prepare_cached("INSERT OR REPLACE INTO clearing VALUES (?1, ?2, ?3)")?
                            .execute(params![
                                ticket.cast_signed(),
                                exchanges.pack(),
                                connections.pack()
                            ])?;
                    }
                    Order::Undone(ticket) => forget(db, *ticket)?,
                }
            }
            Ok(())
        });
        if put.is_err() {
            self.shared.seen().orders.splice(0..0, orders);
        }
        put
    }

    /// Deletes the next rows of a clearing that is due.
    fn purge(&mut self, now: Instant) -> Result<(), WriteError> {
        let purge = self.purge.take().or_else(|| {
            let due = self
                .shared
                .seen()
                .clearings
                .iter()
                .find(|clearing| clearing.due <= now)
                .cloned();
            due.map(|clearing| Purge { clearing, done: 0 })
        });
        let Some(mut purge) = purge else { return Ok(()) };
        let Clearing {
            ticket,
            exchanges,
            connections,
            ..
        } = &purge.clearing;
        let chunk: Numbers = (purge.done..)
            .take(CHUNK as usize)
            .map_while(|place| exchanges.nth(place))
            .collect();
        if chunk.is_empty() {
            self.purge_connections(&connections.clone(), *ticket)?;
            self.keep_bounds()?;
            self.shared.tell(|| Change {
                rows_went: true,
                ..Change::default()
            });
            return Ok(());
        }
        self.transact(|db, _, segments| {
            for run in chunk.runs() {
                remove::exchanges(db, segments, &run)?;
            }
            Ok(())
        })?;
        self.ledger
            .forget(|| Open::Cleared, |number| chunk.contains(number));
        purge.done += chunk.len();
        self.purge = Some(purge);
        Ok(())
    }

    /// Deletes the connections of a clearing, and the clearing with them. One that has got an exchange meanwhile
    /// stays, and comes back into sight.
    fn purge_connections(&mut self, connections: &Arc<Numbers>, ticket: u64) -> Result<(), WriteError> {
        let stay = self.transact(|db, ledger, _| {
            let mut stay = Numbers::default();
            for number in connections.runs().flatten() {
                if !remove::connection(db, &mut ledger.sightings, number)? && is_there(db, number)? {
                    stay.push(number);
                }
            }
            forget(db, ticket)?;
            Ok(stay)
        })?;
        let mut seen = self.shared.seen();
        seen.clearings.retain(|clearing| clearing.ticket != ticket);
        if !stay.is_empty() {
            seen.connections.show(&stay);
        }
        Ok(())
    }

    /// Ends in order: nothing stays open, and the log is written back.
    pub(super) fn finish(&mut self) {
        if self.stopped.is_some() {
            self.try_again();
        }
        let ended = self.put_orders().and_then(|()| {
            self.transact(|db, _, _| end_open_exchanges(db, ENDED, Timestamp::now()))?;
            Ok(self
                .db
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
        });
        if let Err(error) = ended {
            tracing::warn!(%error, "the capture could not be closed in order; the next start puts it right");
        }
    }
}

fn forget(db: &rusqlite::Connection, ticket: u64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM clearing WHERE ticket = ?1")?
        .execute([ticket.cast_signed()])?;
    Ok(())
}

fn is_there(db: &rusqlite::Connection, number: u64) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM connection WHERE number = ?1")?
        .exists([number.cast_signed()])
}
