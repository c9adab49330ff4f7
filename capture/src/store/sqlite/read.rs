//! What readers ask.

use rusqlite::{OptionalExtension, params};

use super::SqliteStore;
use super::condition::Condition;
use super::numbers::Numbers;
use super::readers::{Reader, count_steps};
use super::row;
use super::table::Table;
use super::view::{Place, Window};
use crate::{Filter, From, Id, Page, Query, ReadError, Sort};

/// Rows of a window at the most.
const WINDOW: usize = 10_000;

/// The rows of a window, in order.
pub(super) fn page<Row>(
    store: &SqliteStore,
    table: Table,
    query: &Query,
    sql: &str,
    read: fn(&rusqlite::Row<'_>) -> rusqlite::Result<Row>,
) -> Result<Page<Row>, ReadError> {
    let shared = &store.shared;
    let db = shared.readers.take()?;
    let from = match query.from {
        From::Offset(offset) => Place::Offset(offset),
        From::End => Place::End,
        From::After(id) => Place::After(number_by_age(&db, table, id)?),
        From::Around(id) => Place::Around(number_by_age(&db, table, id)?),
    };
    let limit = query.limit.min(WINDOW);
    let Window {
        matched,
        offset,
        numbers,
    } = shared
        .views
        .with_order(shared, &db, (table, &query.filter, query.sort), |order| {
            order.window(from, limit)
        })?;
    let mut statement = db.prepare_cached(sql)?;
    let mut items = Vec::with_capacity(numbers.len());
    for number in numbers {
        // A row that went this very moment is left out; the feed tells that it went.
        items.extend(statement.query_row([number.cast_signed()], read).optional()?);
    }
    count_steps(&mut statement);
    let total = table.listed(&shared.seen()).shown.len();
    Ok(Page {
        total,
        matched: matched as u64,
        offset: offset as u64,
        items,
    })
}

/// The row of this id, if it is to be seen.
pub(super) fn one<Row>(
    store: &SqliteStore,
    table: Table,
    id: Id,
    sql: &str,
    read: fn(&rusqlite::Row<'_>) -> rusqlite::Result<Row>,
) -> Result<Option<Row>, ReadError> {
    let db = store.shared.readers.take()?;
    let Some(number) = shown_number(store, &db, table, id)? else {
        return Ok(None);
    };
    Ok(db
        .prepare_cached(sql)?
        .query_row([number.cast_signed()], read)
        .optional()?)
}

/// The oldest exchange of a connection, be it in sight or not.
pub(super) fn first_exchange(store: &SqliteStore, connection: Id) -> Result<Option<Id>, ReadError> {
    let db = store.shared.readers.take()?;
    let sql = "SELECT id FROM exchange WHERE connection = ?1 ORDER BY number LIMIT 1";
    let mut statement = db.prepare_cached(sql)?;
    Ok(statement
        .query_row(params![connection.as_bytes()], |row| row::id(row, 0))
        .optional()?)
}

/// The number of the row of this id, if it is to be seen.
pub(super) fn shown_number(
    store: &SqliteStore,
    db: &Reader<'_>,
    table: Table,
    id: Id,
) -> Result<Option<u64>, ReadError> {
    let number = number(db, table, id)?;
    Ok(number.filter(|&number| table.listed(&store.shared.seen()).shown.contains(number)))
}

/// The numbers of the rows that match, as of now.
pub(super) fn matching(store: &SqliteStore, table: Table, filter: &Filter) -> Result<Numbers, ReadError> {
    let shared = &store.shared;
    Condition::new(filter, table)?;
    let db = shared.readers.take()?;
    shared
        .views
        .with_order(shared, &db, (table, filter, Sort::default()), |order| {
            order.to_numbers()
        })
}

fn number(db: &Reader<'_>, table: Table, id: Id) -> Result<Option<u64>, ReadError> {
    let sql = match table {
        Table::Exchanges => "SELECT number FROM exchange WHERE id = ?1",
        Table::Connections => "SELECT number FROM connection WHERE id = ?1",
    };
    let mut statement = db.prepare_cached(sql)?;
    let number = statement
        .query_row(params![id.as_bytes()], |row| row.get::<_, i64>(0))
        .optional()?;
    Ok(number.map(i64::cast_unsigned))
}

/// The number of this id's row or, where it is gone, of the latest row that is older than the id.
fn number_by_age(db: &Reader<'_>, table: Table, id: Id) -> Result<u64, ReadError> {
    let sql = match table {
        Table::Exchanges => "SELECT number FROM exchange WHERE id <= ?1 ORDER BY id DESC LIMIT 1",
        Table::Connections => "SELECT number FROM connection WHERE id <= ?1 ORDER BY id DESC LIMIT 1",
    };
    let mut statement = db.prepare_cached(sql)?;
    let number = statement
        .query_row(params![id.as_bytes()], |row| row.get::<_, i64>(0))
        .optional()?;
    count_steps(&mut statement);
    Ok(number.unwrap_or(0).cast_unsigned())
}
