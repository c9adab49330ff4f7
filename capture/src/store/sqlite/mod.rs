//! The store on this machine's disk: SQLite for what is listed and filtered, append-only segment files for
//! bodies.
//!
//! ```text
//! capture.db    exchanges, connections, handshakes, certificates, small bodies, and where in which segment the
//!               others lie
//! bodies/       segment files
//! capture.lock  held by the process that writes
//! ```
//!
//! A process that is killed loses what came in the last twentieth of a second or so. When the machine loses its
//! power, the last seconds may go as well; what then points at bytes that never reached the disk is cut at the
//! next start, and says so.

mod body;
mod certificate;
mod clear;
mod condition;
mod error;
mod extra;
mod folder;
mod frames;
mod functions;
mod handshake;
mod judged;
mod limits;
mod numbers;
mod pack;
mod pieces;
mod read;
mod readers;
mod row;
mod schema;
mod shared;
mod sighting;
mod table;
mod view;
mod writer;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use self::folder::Folder;
use self::limits::Limits;
use self::shared::Shared;
use self::table::Table;
use crate::{
    BodyPart, Certificate, CertificateId, CertificateQuery, CertificateRow, Cleared, Connection, Exchange,
    ExchangeRow, Feed, Filter, Frames, Handshakes, HostLeaf, Id, Page, Piece, Progress, Query, ReadError,
    Side, Sighting, Store, StoreStatus,
};

pub use self::error::OpenStoreError;
pub(crate) use self::pack::{Reader as NumberReader, put as put_number};
pub use self::writer::Writer;

/// What a store may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// Bytes that the whole folder may take on disk: the oldest exchanges go first. Less than 16 MiB is taken as
    /// that.
    pub max_bytes: u64,
    /// Bytes that are kept of one body, a quarter of `max_bytes` at the most. What lies beyond is counted, not
    /// kept.
    pub max_body_bytes: u64,
}

/// A handle on the store. Cheap to clone; any number of threads may read through it at once. The folder's lock
/// is held until the last handle is gone, and the writer with it.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

impl SqliteStore {
    /// Opens the store in this folder, making folder and store where there are none.
    ///
    /// What a killed process left open is told as ended; a clearing that it had not carried out is carried out.
    ///
    /// # Errors
    /// When the folder cannot be used, is in use by another process, or holds what this version cannot read.
    pub fn open(dir: &Path, options: StoreOptions) -> Result<(Self, Writer), OpenStoreError> {
        let folder = Folder::new(dir);
        let lock = folder.make_and_lock()?;
        let limits = Limits::new(options);
        let mut db = schema::open_writer(&folder, limits.log)?;
        let (kept, seen) =
            writer::recover(&mut db, &folder, limits).map_err(|error| OpenStoreError::write(dir, error))?;
        let shared = Arc::new(Shared::new(folder, limits, Some(lock), seen));
        let writer =
            Writer::new(shared.clone(), db, kept).map_err(|error| OpenStoreError::write(dir, error))?;
        Ok((Self { shared }, writer))
    }

    /// Opens the store in this folder for reading alone, beside a process that writes to it or without one. It
    /// shows what is there at this moment, and nothing that comes later.
    ///
    /// # Errors
    /// When there is no store in the folder, or one that this version cannot read.
    pub fn open_read_only(dir: &Path) -> Result<Self, OpenStoreError> {
        let folder = Folder::new(dir);
        if !folder.database().exists() {
            return Err(OpenStoreError::Missing { dir: dir.into() });
        }
        let wrap = |error| OpenStoreError::engine(dir, error);
        let db = schema::open_reader(&folder).map_err(wrap)?;
        if schema::check_format(&db, dir)? == 0 {
            return Err(OpenStoreError::Missing { dir: dir.into() });
        }
        let mut seen = writer::see(&db).map_err(wrap)?;
        seen.bytes = folder.bytes();
        let limits = Limits::new(StoreOptions {
            max_bytes: u64::MAX / 2,
            max_body_bytes: u64::MAX,
        });
        Ok(Self {
            shared: Arc::new(Shared::new(folder, limits, None, seen)),
        })
    }
}

impl Store for SqliteStore {
    fn exchanges(&self, query: &Query) -> Result<Page<ExchangeRow>, ReadError> {
        read::page(
            self,
            Table::Exchanges,
            query,
            row::EXCHANGE_ROW,
            row::exchange_row,
        )
    }

    fn row(&self, id: Id) -> Result<Option<ExchangeRow>, ReadError> {
        read::one(self, Table::Exchanges, id, row::EXCHANGE_ROW, row::exchange_row)
    }

    fn exchange(&self, id: Id) -> Result<Option<(u64, Exchange)>, ReadError> {
        read::one(self, Table::Exchanges, id, row::EXCHANGE, row::exchange)
    }

    fn body(&self, id: Id, side: Side, range: Range<u64>) -> Result<Option<BodyPart>, ReadError> {
        body::body(self, id, side, range)
    }

    fn progress(&self, id: Id) -> Result<Option<Progress>, ReadError> {
        body::progress(self, id)
    }

    fn pieces(&self, id: Id, side: Side, range: Range<u64>) -> Result<Vec<Piece>, ReadError> {
        pieces::read(self, id, side, &range)
    }

    fn connections(&self, query: &Query) -> Result<Page<(u64, Arc<Connection>)>, ReadError> {
        read::page(
            self,
            Table::Connections,
            query,
            row::CONNECTION_ROW,
            row::connection_row,
        )
    }

    fn connection(&self, id: Id) -> Result<Option<(u64, Arc<Connection>)>, ReadError> {
        read::one(self, Table::Connections, id, row::CONNECTION, row::connection)
    }

    fn handshakes(&self, connection: Id) -> Result<Handshakes, ReadError> {
        handshake::read(self, connection)
    }

    fn frames(&self, connection: Id) -> Result<Frames, ReadError> {
        frames::read(self, connection)
    }

    fn certificate(&self, id: CertificateId) -> Result<Option<Certificate>, ReadError> {
        certificate::one(self, id)
    }

    fn certificates(&self, query: &CertificateQuery) -> Result<Page<CertificateRow>, ReadError> {
        certificate::page(self, query)
    }

    fn sightings(&self, id: CertificateId) -> Result<Vec<Sighting>, ReadError> {
        sighting::sightings(self, id)
    }

    fn history(&self, host: &str) -> Result<Vec<HostLeaf>, ReadError> {
        sighting::history(self, host)
    }

    fn first_exchange(&self, connection: Id) -> Result<Option<Id>, ReadError> {
        read::first_exchange(self, connection)
    }

    fn clear(&self, filter: &Filter) -> Result<Cleared, ReadError> {
        clear::clear(self, filter)
    }

    fn undo_clear(&self, ticket: u64) -> Result<bool, ReadError> {
        Ok(clear::undo(self, ticket))
    }

    fn status(&self) -> StoreStatus {
        let seen = self.shared.seen();
        StoreStatus {
            bytes: seen.bytes,
            max_bytes: self.shared.limits.max_bytes,
            exchanges: seen.exchanges.shown.len(),
            connections: seen.connections.shown.len(),
            evicted: seen.evicted,
            recording: seen.recording.clone(),
            lost_events: seen.lost_events,
        }
    }

    fn feed(&self) -> Feed {
        Feed::new(self.shared.feed.subscribe())
    }
}
