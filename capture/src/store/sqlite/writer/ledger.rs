//! What the writer remembers between batches: of exchanges and connections that are open, where their rows are.
//! It is bounded by what is open, and holds none of their bytes.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::params;

use super::sightings::Sightings;
use super::spoken::{Answered, Asked, Spoken};
use crate::{Connection, Exchange, Id, Timestamp};

#[derive(Default)]
pub(super) struct Ledger {
    pub(super) exchanges: HashMap<Id, Open>,
    pub(super) connections: HashMap<Id, OpenConnection>,
    pub(super) sightings: Sightings,
    pub(super) next: Next,
    /// As it was after the last batch that was written whole.
    pub(super) committed: Next,
}

/// The numbers that the next rows get.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Next {
    pub(super) exchange: u64,
    pub(super) connection: u64,
}

/// An exchange that is not over.
pub(super) enum Open {
    /// It has a row.
    Kept(Box<Kept>),
    /// It has none, or one that is over: its beginning was lost, or it was evicted. What is still said of it is lost
    /// too.
    Ignored,
    /// It had one, which a person cleared. What is still said of it goes with it.
    Cleared,
}

/// A connection that is not over.
#[derive(Clone)]
pub(super) struct OpenConnection {
    pub(super) number: u64,
    /// The sighting that it counts in.
    pub(super) sighting: Option<i64>,
    /// The last word on it.
    pub(super) told: Arc<Connection>,
}

pub(super) struct Kept {
    pub(super) number: u64,
    /// The last word on it.
    pub(super) told: Arc<Exchange>,
    /// What its row says that it speaks.
    pub(super) spoken: Spoken,
    pub(super) asked: Asked,
    pub(super) answered: Answered,
    /// The bodies of request and response.
    pub(super) bodies: [Body; 2],
}

/// How much of a body there is.
#[derive(Clone, Copy, Default)]
pub(super) struct Body {
    /// Bytes that came.
    pub(super) came: u64,
    /// Bytes kept, in extents.
    pub(super) kept: u64,
    /// Bytes that came and were not kept. Once there are some, nothing behind them is kept.
    pub(super) dropped: u64,
    pub(super) tail: Option<Tail>,
    /// Bytes that the times of its pieces take.
    pub(super) timed: u64,
    /// The time of the last piece, in microseconds since the exchange began.
    pub(super) last_at: u64,
}

/// The last extent of a body.
#[derive(Clone, Copy)]
pub(super) struct Tail {
    pub(super) position: u64,
    pub(super) segment: u64,
    /// Where it ends in the segment.
    pub(super) end: u64,
}

impl Kept {
    pub(super) fn new(number: u64, told: Arc<Exchange>) -> Self {
        Self {
            number,
            spoken: Spoken::of(&told),
            told,
            asked: Asked::default(),
            answered: Answered::default(),
            bodies: [Body::default(); 2],
        }
    }

    /// Bytes of each body: as many as were told of or came, whichever is more.
    pub(super) fn bytes(&self) -> [u64; 2] {
        let [request, response] = self.bodies.map(|body| body.came);
        [
            request.max(self.told.request_bytes),
            response.max(self.told.response_bytes),
        ]
    }

    /// Bytes of each body that are not kept, wherever they were let go.
    pub(super) fn dropped(&self) -> [u64; 2] {
        let [request, response] = self.bodies.map(|body| body.dropped);
        [
            request + self.told.request_bytes_dropped,
            response + self.told.response_bytes_dropped,
        ]
    }
}

impl Ledger {
    /// What the database knows of it.
    pub(super) fn load(db: &rusqlite::Connection) -> rusqlite::Result<Self> {
        let next = Next {
            exchange: fact(db, "next_exchange")?,
            connection: fact(db, "next_connection")?,
        };
        Ok(Self {
            next,
            committed: next,
            ..Self::default()
        })
    }

    /// Puts down what a restart must know.
    pub(super) fn put(&self, db: &rusqlite::Connection) -> rusqlite::Result<()> {
        let mut statement = db.prepare_cached("UPDATE fact SET value = ?2 WHERE name = ?1")?;
        for (name, value) in [
            ("next_exchange", self.next.exchange.cast_signed()),
            ("next_connection", self.next.connection.cast_signed()),
            ("written", Timestamp::now().as_micros()),
        ] {
            statement.execute(params![name, value])?;
        }
        Ok(())
    }

    /// Forgets the rows of exchanges that go. `left` is what is left of them.
    pub(super) fn forget(&mut self, left: impl Fn() -> Open, goes: impl Fn(u64) -> bool) {
        for open in self.exchanges.values_mut() {
            if matches!(open, Open::Kept(kept) if goes(kept.number)) {
                *open = left();
            }
        }
    }

    /// Goes back to what was written whole: nothing that is open has a row that can go on.
    pub(super) fn give_up(&mut self) {
        self.forget(|| Open::Ignored, |_| true);
        self.connections.clear();
        self.sightings.give_up();
        self.next = self.committed;
    }
}

/// A number that the database keeps.
pub(super) fn fact(db: &rusqlite::Connection, name: &str) -> rusqlite::Result<u64> {
    let sql = "SELECT value FROM fact WHERE name = ?1";
    db.query_row(sql, [name], |row| row.get::<_, i64>(0))
        .map(i64::cast_unsigned)
}
