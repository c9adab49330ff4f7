//! What is done at the start, before anything is shown: what the process before left open is told as ended, and
//! rows that point at bytes that aren't there are cut.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::{Connection, Transaction, params};

use super::WriteError;
use super::ledger::{Ledger, fact};
use super::segments::{Segments, delete_strays};
use crate::store::sqlite::folder::Folder;
use crate::store::sqlite::limits::Limits;
use crate::store::sqlite::numbers::Numbers;
use crate::store::sqlite::row;
use crate::store::sqlite::shared::{Clearing, Seen};
use crate::{ExchangeError, Failure, Id, LegName, Outcome, Stage, Timestamp};

/// What is said of an exchange that was under way when the process before ended.
const ENDED: &str = "the recording ends here: Handlens was stopped while this exchange was under way";

/// What is said of an exchange whose bytes were lost with the machine's power.
const CUT: &str = "the recording is not whole: the end of a body was lost before it had reached the disk";

/// What a writer goes on from.
pub(in crate::store::sqlite) struct Kept {
    pub(super) ledger: Ledger,
    pub(super) segments: Segments,
}

/// Makes a store ready. Returns what its writer goes on from, and what there is to see.
pub(in crate::store::sqlite) fn recover(
    db: &mut Connection,
    folder: &Folder,
    limits: Limits,
) -> Result<(Kept, Seen), WriteError> {
    let transaction = db.transaction()?;
    let written = Timestamp::from_micros(fact(&transaction, "written")?.cast_signed());
    end_open_exchanges(&transaction, ENDED, written)?;
    end_open_connections(&transaction, written)?;
    let last = check_segments(&transaction, folder)?;
    transaction.commit()?;
    let segments = Segments::load(db, folder.clone(), limits.segment, last)?;
    Ok((
        Kept {
            ledger: Ledger::load(db)?,
            segments,
        },
        see(db)?,
    ))
}

/// What there is to see of a store.
pub(in crate::store::sqlite) fn see(db: &Connection) -> rusqlite::Result<Seen> {
    let mut seen = Seen::new(numbers(db, "exchange")?, numbers(db, "connection")?);
    let mut statement = db.prepare("SELECT ticket, exchanges, connections FROM clearing")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let ticket = row.get::<_, i64>(0)?.cast_unsigned();
        let packed = |column| {
            row.get::<_, Vec<u8>>(column)
                .map(|packed| Numbers::unpack(&packed).unwrap_or_default())
        };
        let (exchanges, connections) = (packed(1)?, packed(2)?);
        seen.exchanges.hide(&exchanges);
        seen.connections.hide(&connections);
        seen.last_ticket = seen.last_ticket.max(ticket);
        let (exchanges, connections) = (Arc::new(exchanges), Arc::new(connections));
        seen.clearings.push(Clearing {
            ticket,
            exchanges,
            connections,
            due: Instant::now(),
        });
    }
    Ok(seen)
}

/// The numbers of a table's rows. Where there are no holes, which is the rule, they need not be walked over.
fn numbers(db: &Connection, table: &str) -> rusqlite::Result<Numbers> {
    let sql = format!("SELECT min(number), max(number) FROM {table}");
    let ends = db.query_row(&sql, [], |row| {
        Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?))
    })?;
    let (Some(first), Some(last)) = ends else {
        return Ok(Numbers::default());
    };
    // The index by id is half as wide as the table.
    let count: i64 = db.query_row(&format!("SELECT count(id) FROM {table}"), [], |row| row.get(0))?;
    if last - first + 1 == count {
        return Ok(Numbers::run(first.cast_unsigned(), count.cast_unsigned()));
    }
    let mut statement = db.prepare(&format!("SELECT number FROM {table} NOT INDEXED ORDER BY number"))?;
    let mut rows = statement.query([])?;
    let mut numbers = Numbers::default();
    while let Some(row) = rows.next()? {
        numbers.push(row.get::<_, i64>(0)?.cast_unsigned());
    }
    Ok(numbers)
}

/// Tells the exchanges that are open as failed at this moment. Returns them.
pub(super) fn end_open_exchanges(
    db: &Transaction<'_>,
    text: &str,
    at: Timestamp,
) -> Result<Vec<(u64, Id)>, WriteError> {
    let error = ExchangeError {
        leg: LegName::Client,
        stage: Stage::Relay,
        text: text.to_owned(),
    };
    let sql = "UPDATE exchange SET state = 2, duration = max(?2 - started, 0), error = ?1 WHERE state = 0 \
               RETURNING number, id";
    let mut statement = db.prepare(sql)?;
    let rows = statement.query_map(params![serde_json::to_string(&error)?, at.as_micros()], |row| {
        Ok((row.get::<_, i64>(0)?.cast_unsigned(), row::id(row, 1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Closes the connections that are open, at this moment. One of which nothing had become yet has failed.
fn end_open_connections(db: &Transaction<'_>, at: Timestamp) -> Result<(), WriteError> {
    let open: Vec<(i64, Timestamp, bool)> = db
        .prepare("SELECT number, opened, outcome IS NULL FROM connection WHERE closed IS NULL")?
        .query_map([], |row| {
            Ok((row.get(0)?, Timestamp::from_micros(row.get(1)?), row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    let failure = serde_json::to_string(&Failure {
        leg: LegName::Client,
        stage: Stage::Relay,
        text: "the recording ends here: Handlens was stopped while this connection was open".to_owned(),
        remedy: None,
        alert: None,
    })?;
    for (number, opened, came_to_nothing) in open {
        let closed = at.max(opened);
        let told = serde_json::to_string(&closed)?;
        db.prepare_cached(
            "UPDATE connection SET closed = ?2, whole = json_set(whole, '$.closed', json(?3)) WHERE number = ?1",
        )?
        .execute(params![number, closed.as_micros(), told])?;
        if came_to_nothing {
            let outcome = Outcome::Failed;
            db.prepare_cached(
                "UPDATE connection SET outcome = ?2, failure = ?4, \
                 whole = json_set(whole, '$.outcome', ?3, '$.failure', json(?4)) WHERE number = ?1",
            )?
            .execute(params![
                number,
                row::connection_outcome(outcome),
                outcome.as_str(),
                failure
            ])?;
        }
    }
    Ok(())
}

/// Deletes stray files, and cuts what points at bytes that aren't there. Returns the highest number of any file.
fn check_segments(db: &Transaction<'_>, folder: &Folder) -> Result<u64, WriteError> {
    let known: Vec<(u64, u64)> = db
        .prepare("SELECT number, length FROM segment")?
        .query_map([], |row| {
            Ok((
                row.get::<_, i64>(0)?.cast_unsigned(),
                row.get::<_, i64>(1)?.cast_unsigned(),
            ))
        })?
        .collect::<Result<_, _>>()?;
    let mut numbers: BTreeSet<u64> = known.iter().map(|&(number, _)| number).collect();
    let last = delete_strays(folder, &numbers)?;
    let mut was_cut = false;
    for (number, length) in known {
        let there = fs::metadata(folder.segment(number)).map_or(0, |file| file.len());
        if there < length {
            cut_extents(db, number, there)?;
            was_cut = true;
        }
    }
    if was_cut {
        count_live_bytes(db)?;
        // Nothing may be left that points into one of them.
        let mut left = db.prepare("SELECT number FROM segment")?;
        numbers = left
            .query_map([], |row| Ok(row.get::<_, i64>(0)?.cast_unsigned()))?
            .collect::<Result<_, _>>()?;
        delete_strays(folder, &numbers)?;
    }
    Ok(last)
}

/// Cuts the bodies that go on behind the end of a segment file, and says so of their exchanges.
fn cut_extents(db: &Transaction<'_>, segment: u64, there: u64) -> Result<(), WriteError> {
    let error = ExchangeError {
        leg: LegName::Client,
        stage: Stage::Relay,
        text: CUT.to_owned(),
    };
    let error = serde_json::to_string(&error)?;
    let (segment, there) = (segment.cast_signed(), there.cast_signed());
    let sql = "SELECT exchange, side, min(position), offset, length FROM extent \
               WHERE segment = ?1 AND offset + length > ?2 GROUP BY exchange, side";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([segment, there])?;
    while let Some(row) = rows.next()? {
        let (exchange, side, position): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (offset, length): (i64, i64) = (row.get(3)?, row.get(4)?);
        let left = (there - offset).clamp(0, length);
        db.prepare_cached("DELETE FROM extent WHERE exchange = ?1 AND side = ?2 AND position >= ?3")?
            .execute([exchange, side, position])?;
        if left > 0 {
            db.prepare_cached("INSERT INTO extent VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
                .execute([exchange, side, position, segment, offset, left])?;
        }
        db.prepare_cached("UPDATE exchange SET state = 2, error = ?2 WHERE number = ?1")?
            .execute(params![exchange, error])?;
    }
    Ok(())
}

/// Counts anew what points into each segment.
fn count_live_bytes(db: &Transaction<'_>) -> rusqlite::Result<()> {
    let live: BTreeMap<i64, i64> = db
        .prepare("SELECT segment, sum(length) FROM extent GROUP BY segment")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    db.execute(
        "DELETE FROM segment WHERE number NOT IN (SELECT DISTINCT segment FROM extent)",
        [],
    )?;
    for (number, live) in live {
        db.execute("UPDATE segment SET live = ?2, length = (SELECT max(offset + length) FROM extent WHERE segment = ?1) WHERE number = ?1", [number, live])?;
    }
    Ok(())
}
