//! The store's bound: the oldest go first, whole, and what they took on disk is given back.

use std::fs;
use std::time::Duration;

use super::ledger::Open;
use super::{WriteError, Writer, remove};
use crate::Change;
use crate::store::sqlite::numbers::Numbers;
use crate::store::sqlite::schema::{self, PAGE};

/// Rows that go in one transaction at the most.
const ROWS: usize = 512;

/// What a row takes beside its bodies, about. Only how many go at once follows from it.
const ROW: u64 = 2048;

/// What the parts of a store take on disk.
#[derive(Clone, Copy, Debug, Default)]
struct Sizes {
    /// Pages of the database that hold something.
    used: u64,
    /// Pages of it that are free to be used again.
    free: u64,
    log: u64,
    segments: u64,
}

impl Sizes {
    /// What goes only when rows go.
    fn kept(self) -> u64 {
        self.used + self.segments
    }
}

impl Writer {
    /// Keeps the store within its bound, and says how large it is.
    pub(super) fn keep_bounds(&mut self) -> Result<(), WriteError> {
        let limits = self.shared.limits;
        let mut sizes = self.measure()?;
        if sizes.kept() > limits.high {
            while sizes.kept() > limits.low && self.evict(sizes.kept() - limits.low)? {
                sizes = self.measure()?;
            }
            self.shared.tell(|| Change {
                rows_went: true,
                ..Change::default()
            });
        }
        if sizes.free > limits.free {
            self.shorten(sizes.free - limits.free / 2)?;
            sizes = self.measure()?;
        }
        if sizes.log > 2 * limits.log {
            // A reader was in the way of writing it back whole. If one still is, the next batch tries again:
            // traffic does not wait for who looks at it.
            self.db.busy_timeout(Duration::ZERO)?;
            let written_back = self
                .db
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            self.db.busy_timeout(schema::PATIENCE)?;
            written_back?;
            sizes = self.measure()?;
        }
        self.shared.seen().bytes = sizes.kept() + sizes.log;
        Ok(())
    }

    fn measure(&self) -> Result<Sizes, WriteError> {
        let mut statement = self.db.prepare_cached(
            "SELECT page_count, freelist_count FROM pragma_page_count(), pragma_freelist_count()",
        )?;
        let (pages, free) = statement.query_row([], |row| {
            Ok((
                row.get::<_, i64>(0)?.cast_unsigned(),
                row.get::<_, i64>(1)?.cast_unsigned(),
            ))
        })?;
        Ok(Sizes {
            used: pages.saturating_sub(free) * PAGE,
            free: free * PAGE,
            log: fs::metadata(self.shared.folder.log()).map_or(0, |log| log.len()),
            segments: self.segments.bytes(),
        })
    }

    /// Deletes the oldest rows, about as many as take these bytes. False when there are none.
    fn evict(&mut self, excess: u64) -> Result<bool, WriteError> {
        let oldest = self.oldest_exchanges(excess)?;
        // Connections that came to nothing and are older than every exchange go before any exchange does.
        let before = oldest.first.unwrap_or(i64::MAX);
        let connections = self.empty_connections(before, excess)?;
        if !connections.is_empty() {
            self.evict_connections(&connections)?;
            return Ok(true);
        }
        let Some(last) = oldest.last else { return Ok(false) };
        let evicted = self.transact(|db, _, segments| {
            let before: i64 = db.query_row(
                "SELECT count(*) FROM exchange WHERE number <= ?1",
                [last.cast_signed()],
                |row| row.get(0),
            )?;
            remove::exchanges(db, segments, &(0..=last))?;
            Ok(before.cast_unsigned())
        })?;
        self.ledger.forget(|| Open::Ignored, |number| number <= last);
        let mut seen = self.shared.seen();
        seen.evicted += evicted;
        seen.exchanges.forget_through(last);
        for clearing in &mut seen.clearings {
            clearing.exchanges = clearing.exchanges.without(&Numbers::run(0, last + 1)).into();
        }
        drop(seen);
        let connections = self.empty_connections(oldest.until, excess)?;
        self.evict_connections(&connections)?;
        Ok(true)
    }

    fn evict_connections(&mut self, numbers: &Numbers) -> Result<(), WriteError> {
        if numbers.is_empty() {
            return Ok(());
        }
        self.transact(|db, ledger, _| {
            for number in numbers.runs().flatten() {
                remove::connection(db, &mut ledger.sightings, number)?;
            }
            Ok(())
        })?;
        let mut seen = self.shared.seen();
        seen.connections.hide(numbers);
        for clearing in &mut seen.clearings {
            clearing.connections = clearing.connections.without(numbers).into();
        }
        Ok(())
    }

    fn oldest_exchanges(&self, excess: u64) -> Result<Oldest, WriteError> {
        let sql =
            "SELECT number, started, request_bytes + response_bytes FROM exchange ORDER BY number LIMIT ?1";
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query([ROWS as i64])?;
        let mut oldest = Oldest::default();
        let mut bytes = 0;
        while bytes < excess
            && let Some(row) = rows.next()?
        {
            oldest.last = Some(row.get::<_, i64>(0)?.cast_unsigned());
            oldest.until = row.get(1)?;
            oldest.first = oldest.first.or(Some(oldest.until));
            bytes += ROW + row.get::<_, i64>(2)?.cast_unsigned();
        }
        Ok(oldest)
    }

    /// Closed connections that have no exchange, from before this moment, about as many as take these bytes. It
    /// steps over the few older ones that are open, or have exchanges that came much later.
    fn empty_connections(&self, before: i64, excess: u64) -> Result<Numbers, WriteError> {
        let sql = "SELECT c.number, c.opened, c.closed IS NOT NULL AND NOT EXISTS \
                   (SELECT 1 FROM exchange e WHERE e.connection = c.id), \
                   (SELECT sum(length(h.whole)) FROM handshake h WHERE h.number BETWEEN c.number * 2 AND c.number * 2 + 1), \
                   (SELECT sum(length(t.der)) FROM sighting s JOIN role r ON r.sighting = s.number \
                   JOIN certificate t ON t.id = r.certificate WHERE s.number = c.sighting AND s.connections = 1 \
                   AND NOT EXISTS (SELECT 1 FROM role o WHERE o.certificate = t.id AND o.sighting != s.number)) \
                   FROM connection c ORDER BY c.number";
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut empty = Numbers::default();
        let mut bytes = 0;
        while empty.len() < ROWS as u64
            && bytes < excess
            && let Some(row) = rows.next()?
        {
            if row.get::<_, i64>(1)? > before {
                break;
            }
            if row.get(2)? {
                empty.push(row.get::<_, i64>(0)?.cast_unsigned());
                let [handshakes, certificates] = [row.get::<_, Option<i64>>(3)?, row.get(4)?];
                bytes += ROW + (handshakes.unwrap_or(0) + certificates.unwrap_or(0)).cast_unsigned();
            }
        }
        Ok(empty)
    }

    /// Makes the database's file shorter by these bytes of free pages.
    fn shorten(&mut self, bytes: u64) -> Result<(), WriteError> {
        let mut statement = self
            .db
            .prepare(&format!("PRAGMA incremental_vacuum({})", bytes / PAGE))?;
        // Each step gives one page back.
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    }
}

/// The oldest exchanges that are to go.
#[derive(Default)]
struct Oldest {
    /// When the first of them began.
    first: Option<i64>,
    /// When the last of them began.
    until: i64,
    /// Its number.
    last: Option<u64>,
}
