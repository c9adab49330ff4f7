//! The pool of read connections: any number of threads may ask, a few read at once, and what they hold in
//! memory is bounded.

use std::ops::Deref;
use std::sync::{Condvar, Mutex};

use super::folder::Folder;
use super::schema;
use super::shared::lock;
use crate::ReadError;

/// Read connections at the most.
const READERS: usize = 4;

pub(super) struct Readers {
    folder: Folder,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<rusqlite::Connection>,
    open: usize,
}

/// A read connection, given back when it is dropped. A thread takes one at a time.
pub(super) struct Reader<'a> {
    /// `None` only while it is being given back.
    db: Option<rusqlite::Connection>,
    home: &'a Readers,
}

impl Readers {
    pub(super) fn new(folder: Folder) -> Self {
        Self {
            folder,
            pool: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// A connection, waiting for one where all are in use.
    pub(super) fn take(&self) -> Result<Reader<'_>, ReadError> {
        let mut pool = lock(&self.pool);
        loop {
            if let Some(db) = pool.idle.pop() {
                return Ok(Reader {
                    db: Some(db),
                    home: self,
                });
            }
            if pool.open < READERS {
                break;
            }
            pool = self
                .returned
                .wait(pool)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        pool.open += 1;
        drop(pool);
        schema::open_reader(&self.folder)
            .map(|db| Reader {
                db: Some(db),
                home: self,
            })
            .map_err(|error| {
                lock(&self.pool).open -= 1;
                self.returned.notify_one();
                error.into()
            })
    }
}

impl Deref for Reader<'_> {
    type Target = rusqlite::Connection;

    fn deref(&self) -> &rusqlite::Connection {
        match &self.db {
            Some(db) => db,
            None => unreachable!("a reader that is being given back is not used"),
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut pool = lock(&self.home.pool);
        match self.db.take() {
            // A transaction that an error left open must not hold back the log.
            Some(db) if db.is_autocommit() => pool.idle.push(db),
            _ => pool.open -= 1,
        }
        drop(pool);
        self.home.returned.notify_one();
    }
}

/// Counts what a statement has done since it was last asked, for tests that say what a call may cost.
pub(super) fn count_steps(_statement: &mut rusqlite::Statement<'_>) {
    #[cfg(test)]
    STEPS.with(|steps| {
        let done = _statement.reset_status(rusqlite::StatementStatus::VmStep);
        steps.set(steps.get() + done.unsigned_abs() as usize);
    });
}

#[cfg(test)]
thread_local! {
    /// Steps of SQLite's machine that reads of this thread took.
    pub(super) static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error.to_string())
    }
}
