//! Clearing: rows go out of sight at once and are deleted ten seconds later, so that it can be taken back.
//!
//! The rows that a clearing hides are put down in the database with the writer's next batch. A restart within
//! the ten seconds therefore completes the clearing: what a person cleared does not come back by itself.

use std::time::{Duration, Instant};

use super::SqliteStore;
use super::numbers::Numbers;
use super::read;
use super::shared::{Clearing, Order, Seen};
use super::table::Table;
use crate::{Change, Cleared, Filter, ReadError, Timestamp};

/// How long a clearing can be taken back.
const GRACE: Duration = Duration::from_secs(10);

pub(super) fn clear(store: &SqliteStore, filter: &Filter) -> Result<Cleared, ReadError> {
    let shared = &store.shared;
    if shared.is_read_only() {
        return Err(ReadError::ReadOnly);
    }
    let exchanges = read::matching(store, Table::Exchanges, filter)?;
    let connections = connections_left_empty(store, &exchanges, filter)?;
    let mut seen = shared.seen();
    // Another clearing may have been quicker, and what both match is the other's.
    let exchanges = common(&exchanges, &seen.exchanges.shown);
    let connections = common(&connections, &seen.connections.shown);
    let ticket = seen.next_ticket();
    let cleared = Cleared {
        ticket,
        exchanges: exchanges.len(),
    };
    seen.exchanges.hide(&exchanges);
    seen.connections.hide(&connections);
    let due = Instant::now() + GRACE;
    let clearing = Clearing {
        ticket,
        exchanges: exchanges.into(),
        connections: connections.into(),
        due,
    };
    seen.clearings.push(clearing.clone());
    seen.orders.push(Order::Cleared(clearing));
    drop(seen);
    shared.wake_writer();
    shared.tell(|| Change {
        rows_went: true,
        ..Change::default()
    });
    Ok(cleared)
}

pub(super) fn undo(store: &SqliteStore, ticket: u64) -> bool {
    let shared = &store.shared;
    let mut seen = shared.seen();
    let now = Instant::now();
    let Some(at) = seen
        .clearings
        .iter()
        .position(|clearing| clearing.ticket == ticket && clearing.due > now)
    else {
        return false;
    };
    let Clearing {
        exchanges,
        connections,
        ..
    } = seen.clearings.remove(at);
    seen.exchanges.show(&exchanges);
    seen.connections.show(&connections);
    seen.orders.push(Order::Undone(ticket));
    drop(seen);
    shared.wake_writer();
    shared.tell(|| Change {
        rows_went: true,
        ..Change::default()
    });
    true
}

impl Seen {
    /// A ticket that was not given before: the moment in microseconds, or one more than the last.
    fn next_ticket(&mut self) -> u64 {
        let now = u64::try_from(Timestamp::now().as_micros()).unwrap_or(0);
        self.last_ticket = now.max(self.last_ticket + 1);
        self.last_ticket
    }
}

fn common(a: &Numbers, b: &Numbers) -> Numbers {
    a.without(&a.without(b))
}

/// The connections that a clearing of these exchanges takes along: closed ones whose exchanges, as far as they
/// are to be seen, all go. Those that never had one go only when everything goes.
fn connections_left_empty(
    store: &SqliteStore,
    exchanges: &Numbers,
    filter: &Filter,
) -> Result<Numbers, ReadError> {
    let shown = store.shared.seen().exchanges.shown.clone();
    let db = store.shared.readers.take()?;
    // Both sides of the join come in the order of one index.
    let sql = "SELECT c.number, e.number FROM connection c LEFT JOIN exchange e ON e.connection = c.id \
               WHERE c.closed IS NOT NULL ORDER BY c.number";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut empty = Vec::new();
    let mut current: Option<(u64, bool, bool)> = None;
    let mut finish = |connection: Option<(u64, bool, bool)>| {
        if let Some((number, lost, left)) = connection
            && !left
            && (lost || filter.is_empty())
        {
            empty.push(number);
        }
    };
    while let Some(row) = rows.next()? {
        let number = row.get::<_, i64>(0)?.cast_unsigned();
        if current.is_none_or(|(current, ..)| current != number) {
            finish(current.replace((number, false, false)));
        }
        if let (Some((_, lost, left)), Some(exchange)) = (&mut current, row.get::<_, Option<i64>>(1)?) {
            let exchange = exchange.cast_unsigned();
            if exchanges.contains(exchange) {
                *lost = true;
            } else if shown.contains(exchange) || shown.last().is_some_and(|last| exchange > last) {
                *left = true;
            }
        }
    }
    finish(current);
    Ok(empty.into_iter().collect())
}
