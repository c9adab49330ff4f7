//! What a store of the seen can do. Above this trait nothing knows what lies below it.
//!
//! Every call blocks on disk; an async caller makes it on a blocking thread. Any number of readers may call at
//! once, and none of them slows the writer down by more than a lock on one map.

mod certificates;
mod sqlite;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::{
    Certificate, CertificateId, Connection, Decision, Exchange, ExchangeError, ExchangeState, Failure, Feed,
    Filter, FilterError, Frames, Handshakes, Id, Process, Protocol, Side, Timestamp, TlsParameters, Version,
};

pub use certificates::{
    CertificateColumn, CertificateQuery, CertificateRow, CertificateVerdict, HostLeaf, Role, Sighting,
};
pub(crate) use sqlite::{NumberReader, put_number};
pub use sqlite::{OpenStoreError, SqliteStore, StoreOptions, Writer};

/// Where what was seen is kept.
pub trait Store: Send + Sync + 'static {
    /// A window of the exchanges that match, in order.
    fn exchanges(&self, query: &Query) -> Result<Page<ExchangeRow>, ReadError>;

    /// The line of one exchange.
    fn row(&self, id: Id) -> Result<Option<ExchangeRow>, ReadError>;

    /// One exchange, whole but for its bodies, with its number.
    fn exchange(&self, id: Id) -> Result<Option<(u64, Exchange)>, ReadError>;

    /// Part of a body, as it stood on the wire. `None` when there is no such exchange. The range is cut to what
    /// is there, so a range beyond it yields no bytes; one call returns 4 MiB at the most.
    fn body(&self, id: Id, side: Side, range: Range<u64>) -> Result<Option<BodyPart>, ReadError>;

    /// How much of both bodies there is, at one moment. `None` when there is no such exchange.
    fn progress(&self, id: Id) -> Result<Option<Progress>, ReadError>;

    /// The times of the pieces that a part of a body came in, for a body whose pieces are timed: first the piece that
    /// the range begins in, the others in order. One call returns 262,144 at the most.
    fn pieces(&self, id: Id, side: Side, range: Range<u64>) -> Result<Vec<Piece>, ReadError>;

    /// A window of the connections that match, in order. Their certificates are not named, and of verdicts the
    /// decision and its words are told.
    fn connections(&self, query: &Query) -> Result<Page<(u64, Arc<Connection>)>, ReadError>;

    /// One connection, whole, with its number.
    fn connection(&self, id: Id) -> Result<Option<(u64, Arc<Connection>)>, ReadError>;

    /// The handshakes of a connection, as far as they are kept.
    fn handshakes(&self, connection: Id) -> Result<Handshakes, ReadError>;

    /// The HTTP/2 frames of a connection, as far as they are kept.
    fn frames(&self, connection: Id) -> Result<Frames, ReadError>;

    /// One certificate, if it is kept.
    fn certificate(&self, id: CertificateId) -> Result<Option<Certificate>, ReadError>;

    /// A window of the certificates that match, in order.
    fn certificates(&self, query: &CertificateQuery) -> Result<Page<CertificateRow>, ReadError>;

    /// The hosts that a certificate was seen with, the latest first. None when nothing that is to be seen has.
    fn sightings(&self, id: CertificateId) -> Result<Vec<Sighting>, ReadError>;

    /// The certificates that a host presented as its own, in the order of first sight.
    fn history(&self, host: &str) -> Result<Vec<HostLeaf>, ReadError>;

    /// The oldest exchange of a connection.
    fn first_exchange(&self, connection: Id) -> Result<Option<Id>, ReadError> {
        let query = Query {
            filter: Filter::of_connection(connection),
            from: From::Offset(0),
            limit: 1,
            ..Query::default()
        };
        Ok(self.exchanges(&query)?.items.first().map(|row| row.id))
    }

    /// Hides the exchanges that match now, and the connections that are left with none; they are gone for good
    /// ten seconds later unless [`Store::undo_clear`] comes first.
    fn clear(&self, filter: &Filter) -> Result<Cleared, ReadError>;

    /// Takes a clearing back. False when it is too late.
    fn undo_clear(&self, ticket: u64) -> Result<bool, ReadError>;

    /// Size, bounds and health.
    fn status(&self) -> StoreStatus;

    /// Tells what changes from now on.
    fn feed(&self) -> Feed;
}

/// Which rows, in which order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Which rows match.
    pub filter: Filter,
    /// Their order.
    pub sort: Sort,
    /// Where the window begins.
    pub from: From,
    /// How many rows it holds at the most.
    pub limit: usize,
}

/// The beginning of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum From {
    /// At this place among the rows that match, counted from nought.
    Offset(usize),
    /// Behind the row of this id. An id that no longer matches stands where it would stand by age.
    After(Id),
    /// The window that ends with the last row.
    #[default]
    End,
    /// The window with this row in its middle, for a link to one row.
    Around(Id),
}

/// The order of rows: by number when nothing else is said, oldest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sort {
    /// What is compared.
    pub column: Column,
    /// Largest first.
    pub descending: bool,
}

/// What rows can be sorted by. Rows that are equal in it stand by age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the row's field of that name")]
pub enum Column {
    #[default]
    Number,
    Method,
    Status,
    Host,
    Path,
    Type,
    Size,
    Duration,
    TlsVersion,
    TlsSuite,
    TlsGroup,
    TlsAlpn,
}

/// A window of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<Row> {
    /// Rows there are.
    pub total: u64,
    /// Rows that match.
    pub matched: u64,
    /// Place of the first item among the rows that match.
    pub offset: u64,
    /// The rows of the window.
    pub items: Vec<Row>,
}

impl<Row> Page<Row> {
    /// The same window of something else of each row.
    pub fn map<Other>(self, of: impl FnMut(Row) -> Other) -> Page<Other> {
        Page {
            total: self.total,
            matched: self.matched,
            offset: self.offset,
            items: self.items.into_iter().map(of).collect(),
        }
    }
}

/// An exchange as a line of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ExchangeRow {
    /// Its place in the order of arrival, from 1. Never given twice in one store.
    pub number: u64,
    /// Its name.
    pub id: Id,
    /// The connection that it passed through.
    pub connection: Id,
    /// When it began.
    pub started: Timestamp,
    /// From its begin to its end; `None` while it is open.
    pub duration_us: Option<u64>,
    /// The method.
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Path and query.
    pub path: String,
    /// The status code, once it came.
    pub status: Option<u16>,
    /// The version that the client spoke.
    pub version: Version,
    /// Body bytes of the request.
    pub request_bytes: u64,
    /// Body bytes of the response.
    pub response_bytes: u64,
    /// The response's `Content-Type`, without parameters, in lower case.
    pub content_type: Option<String>,
    /// How far it has come.
    pub state: ExchangeState,
    /// Why it failed, for one that did.
    pub error: Option<ExchangeError>,
    /// What TLS agreed on, on the client leg.
    pub client_tls: Option<RowTls>,
    /// What TLS agreed on, on the origin leg.
    pub origin_tls: Option<RowTls>,
    /// The client's JA4 fingerprint.
    pub ja4: Option<String>,
    /// The decision on the origin's chain.
    pub decision: Option<Decision>,
    /// The connection's failure, where it failed.
    pub failure: Option<Failure>,
    /// What its bodies are.
    pub protocol: Protocol,
    /// The method of gRPC, `package.Service/Method`, or the name of the GraphQL operation.
    pub operation: Option<String>,
    /// The status of gRPC, once it came.
    pub grpc_status: Option<u32>,
    /// The process of this machine that the client is, where that was found.
    pub process: Option<Process>,
    /// The stream of its connection, in HTTP/2, as the client numbers it.
    pub stream_id: Option<u32>,
    /// The stream of the origin leg, in HTTP/2, as Handlens numbers it.
    pub origin_stream_id: Option<u32>,
    /// Whether the response that the client got invites it to HTTP/3.
    pub invites_to_h3: bool,
}

/// What TLS agreed on, in a row's brevity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowTls {
    /// `TLS 1.3`.
    pub version: String,
    /// The cipher suite in IANA's name.
    pub cipher_suite: Option<String>,
    /// The key exchange group in IANA's name.
    pub group: Option<String>,
    /// The application protocol.
    pub alpn: Option<String>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// Whether OpenSSL spoke it, for what modern TLS can't reach.
    pub legacy: bool,
}

impl std::convert::From<&TlsParameters> for RowTls {
    fn from(tls: &TlsParameters) -> Self {
        Self {
            version: tls.version.clone(),
            cipher_suite: Some(tls.cipher_suite.clone()),
            group: tls.group.clone(),
            alpn: tls.alpn.clone(),
            resumed: tls.resumed,
            legacy: tls.legacy,
        }
    }
}

/// Part of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyPart {
    /// The bytes of the range that are there.
    pub bytes: Bytes,
    /// Bytes of the body that are kept so far.
    pub kept: u64,
    /// Bytes of the body that were seen but not kept.
    pub dropped: u64,
    /// Whether more may come.
    pub open: bool,
}

/// How much of the bodies of an exchange there is, the request's first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are kept so far.
    pub kept: [u64; 2],
    /// Bytes that were seen but not kept.
    pub dropped: [u64; 2],
    /// Whether more may come.
    pub open: bool,
}

/// Bytes of a body that passed at one time, up to the next piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Place of the first byte in the body.
    pub position: u64,
    /// When it passed, in microseconds since the exchange began.
    pub at_us: u64,
}

/// What a clearing hid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cleared {
    /// Names it for [`Store::undo_clear`].
    pub ticket: u64,
    /// Exchanges hidden.
    pub exchanges: u64,
}

/// Size, bounds and health of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreStatus {
    /// Bytes on disk in use.
    pub bytes: u64,
    /// The bound on it.
    pub max_bytes: u64,
    /// Exchanges held.
    pub exchanges: u64,
    /// Connections held.
    pub connections: u64,
    /// Exchanges that went since the start to stay within the bound.
    pub evicted: u64,
    /// Whether what is sent is being kept.
    pub recording: Recording,
    /// Events that could not be kept since the start.
    pub lost_events: u64,
}

/// Whether what is sent is being kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recording {
    /// It is.
    On,
    /// It is not, until the disk takes it again.
    Stopped {
        /// What the disk said.
        reason: String,
        /// Since when.
        since: Timestamp,
    },
}

/// A store could not be read, or a clearing could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The filter is not one.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The engine below failed.
    #[error("the store could not be read: {0}")]
    Engine(String),
    /// It was asked to change, and may not.
    #[error("the store could not be changed: it is open for reading alone")]
    ReadOnly,
}
