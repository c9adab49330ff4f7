//! The store on this machine's disk: SQLite for what is listed and filtered, append-only segment files for
//! bodies.

mod error;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::{
    BodyPart, Cleared, Connection, EventReceiver, Exchange, ExchangeRow, Feed, Filter, Id, Page, Query,
    ReadError, Recording, Side, Store, StoreStatus,
};

pub use error::OpenStoreError;

/// What a store may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// Bytes that the whole store may take on disk. The oldest exchanges go first.
    pub max_bytes: u64,
    /// Bytes that are kept of one body. What lies beyond is counted, not kept.
    pub max_body_bytes: u64,
}

/// A handle on the store. Cheap to clone; any number of threads may read through it at once.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

struct Shared {
    options: StoreOptions,
    feed: tokio::sync::broadcast::Sender<Arc<crate::Change>>,
}

/// The one writer of a store.
pub struct Writer {
    _shared: Arc<Shared>,
}

impl SqliteStore {
    /// Opens the store in this folder, making folder and store where there are none.
    ///
    /// # Errors
    /// When the folder cannot be used, is in use by another process, or holds what this version cannot read.
    pub fn open(dir: &Path, options: StoreOptions) -> Result<(Self, Writer), OpenStoreError> {
        std::fs::create_dir_all(dir).map_err(|error| OpenStoreError::Folder {
            dir: dir.into(),
            error,
        })?;
        let shared = Arc::new(Shared {
            options,
            feed: tokio::sync::broadcast::channel(64).0,
        });
        Ok((
            Self {
                shared: shared.clone(),
            },
            Writer { _shared: shared },
        ))
    }
}

impl Writer {
    /// Writes what is sent until every sender is gone, then flushes and returns. Blocks: give it a thread of
    /// its own.
    pub fn run(self, mut receiver: EventReceiver) {
        while receiver.blocking_next().is_some() {}
    }
}

impl Store for SqliteStore {
    fn exchanges(&self, _query: &Query) -> Result<Page<ExchangeRow>, ReadError> {
        Ok(Page {
            total: 0,
            matched: 0,
            offset: 0,
            items: Vec::new(),
        })
    }

    fn exchange(&self, _id: Id) -> Result<Option<(u64, Exchange)>, ReadError> {
        Ok(None)
    }

    fn body(&self, _id: Id, _side: Side, _range: Range<u64>) -> Result<Option<BodyPart>, ReadError> {
        Ok(None)
    }

    fn connections(&self, _query: &Query) -> Result<Page<(u64, Arc<Connection>)>, ReadError> {
        Ok(Page {
            total: 0,
            matched: 0,
            offset: 0,
            items: Vec::new(),
        })
    }

    fn connection(&self, _id: Id) -> Result<Option<(u64, Arc<Connection>)>, ReadError> {
        Ok(None)
    }

    fn clear(&self, _filter: &Filter) -> Result<Cleared, ReadError> {
        Ok(Cleared {
            ticket: 0,
            exchanges: 0,
        })
    }

    fn undo_clear(&self, _ticket: u64) -> Result<bool, ReadError> {
        Ok(false)
    }

    fn status(&self) -> StoreStatus {
        StoreStatus {
            bytes: 0,
            max_bytes: self.shared.options.max_bytes,
            exchanges: 0,
            connections: 0,
            evicted: 0,
            recording: Recording::On,
            lost_events: 0,
        }
    }

    fn feed(&self) -> Feed {
        Feed::new(self.shared.feed.subscribe())
    }
}
