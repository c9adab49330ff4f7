//! When the disk takes no more: recording stops, traffic goes on, and the writer tries again.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::ErrorCode;

use super::Writer;
use super::batch::Batch;
use super::ledger::Open;
use super::put::Pen;
use super::recover::end_open_exchanges;
use crate::store::sqlite::folder::private_file;
use crate::{Change, Connection, Event, Id, Recording, Timestamp};

/// How long after one try the next comes.
const AGAIN: Duration = Duration::from_secs(1);

/// Bytes that the disk must take before recording goes on, so that it does not stop again at once.
const PROBE: usize = 512 * 1024;

/// What is said of an exchange whose recording ended with the disk.
const ENDED: &str = "the recording ends here: the disk took no more while this exchange was under way";

/// A batch could not be written.
#[derive(Debug, thiserror::Error)]
pub(in crate::store::sqlite) enum WriteError {
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error(transparent)]
    File(#[from] io::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl WriteError {
    /// What a person reads of it.
    fn reason(&self, dir: &Path) -> String {
        let dir = dir.display();
        match self {
            Self::Database(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => {
                format!("the disk that holds {dir} is full")
            }
            Self::File(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
                ) =>
            {
                format!("the disk that holds {dir} is full")
            }
            error => format!("{dir} can't be written: {error}"),
        }
    }
}

/// What is remembered while recording is stopped. It is bounded by what is open.
pub(super) struct Stopped {
    pub(super) again: Instant,
    /// Connections that have rows from before.
    known: HashSet<Id>,
    /// The last word on connections that are open, or have rows from before.
    missed: HashMap<Id, Arc<Connection>>,
}

impl Writer {
    /// Stops recording.
    pub(super) fn stop(&mut self, error: &WriteError) {
        let reason = error.reason(self.shared.folder.path());
        tracing::error!(%reason, "recording stopped; traffic goes on");
        self.stopped = Some(Stopped {
            again: Instant::now() + AGAIN,
            known: self.ledger.connections.keys().copied().collect(),
            missed: HashMap::new(),
        });
        self.ledger.give_up();
        self.shared.seen().recording = Recording::Stopped {
            reason,
            since: Timestamp::now(),
        };
        self.shared.tell(Change::default);
    }

    /// Lets a batch go, counted. What begins in it is not recorded later, for want of its beginning.
    pub(super) fn let_go(&mut self, batch: &Batch) {
        // They may be named when recording goes on.
        for told in &batch.certificates {
            self.ledger.sightings.remember(told);
        }
        for pending in &batch.exchanges {
            if pending.is_over() {
                self.ledger.exchanges.remove(&pending.id);
            } else {
                self.ledger.exchanges.insert(pending.id, Open::Ignored);
            }
        }
        if let Some(stopped) = &mut self.stopped {
            for told in &batch.connections {
                if told.closed.is_none() || stopped.known.contains(&told.id) {
                    stopped.missed.insert(told.id, told.clone());
                } else {
                    stopped.missed.remove(&told.id);
                }
            }
        }
        self.shared.seen().lost_events += batch.events as u64;
    }

    /// Tries whether the disk takes something again, and goes on recording if it does.
    pub(super) fn try_again(&mut self) {
        let Some(stopped) = &mut self.stopped else { return };
        stopped.again = Instant::now() + AGAIN;
        let mut batch = Batch::default();
        for told in stopped.missed.values() {
            batch.add(Event::Connection(told.clone()));
        }
        let probe = self.shared.folder.bodies().join("probe");
        let limits = self.shared.limits;
        let now = Timestamp::now();
        let tried = write_probe(&probe).map_err(WriteError::from).and_then(|()| {
            self.transact(|db, ledger, segments| {
                let ended = end_open_exchanges(db, ENDED, now)?;
                let mut changed = Pen::new(db, ledger, segments, limits)?.put(&mut batch)?;
                for (number, id) in ended {
                    changed.exchanges.push(number);
                    changed.exchange_ids.push(id);
                }
                Ok(changed)
            })
        });
        match tried {
            Ok(changed) => {
                tracing::info!("recording goes on");
                self.stopped = None;
                self.shared.seen().recording = Recording::On;
                self.publish(changed);
            }
            Err(error) => {
                // Connections that the try gave numbers have none.
                self.ledger.give_up();
                tracing::debug!(%error, "recording is still stopped");
            }
        }
    }
}

fn write_probe(path: &Path) -> io::Result<()> {
    let written = private_file().open(path).and_then(|mut file| {
        io::Write::write_all(&mut file, &vec![0; PROBE])?;
        file.sync_data()
    });
    let removed = fs::remove_file(path);
    written.and(removed)
}
