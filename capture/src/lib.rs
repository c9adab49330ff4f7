//! What was seen: the model, the store, the feed, the filter language and export formats.
//!
//! The proxy says what it sees as a stream of [`Event`]s over a channel that is bounded by bytes. One writer
//! takes them into the store; readers ask the [`Store`] and are told of change by the [`Feed`]. Nothing here
//! opens a network socket, and nothing above the [`Store`] trait knows that SQLite lies below it.

mod certificate;
mod channel;
pub mod coding;
mod connection;
mod event;
mod exchange;
pub mod export;
mod feed;
mod filter;
mod frames;
mod handshake;
mod head;
mod id;
mod live;
pub mod message;
mod protocol;
mod store;
#[cfg(test)]
mod test_support;
mod timestamp;
mod verdict;
mod waiting;

pub use certificate::{Certificate, CertificateId, CertificateSummary, ParseCertificateIdError};
pub use channel::{EventReceiver, EventSender, NoRoom, Sent, WhenBehind, channel};
pub use connection::{
    Alert, Connection, Door, Failure, Leg, LegName, Outcome, Process, Stage, Target, TlsParameters,
};
pub use event::Event;
pub use exchange::{
    Exchange, ExchangeError, ExchangeState, RawHead, RequestHead, ResponseHead, Side, Timings, Version,
    default_port,
};
pub use feed::{Change, Feed, News};
pub use filter::{CertificateFilter, Filter, FilterError};
pub use frames::{Frame, FrameBatch, FrameHead, FramePacker, Frames, LegFrames};
pub use handshake::{
    Chunk, Ending, HandshakeUnderWay, Handshakes, LateRecord, LegHandshake, Secret, Step, StepName, TlsRole,
};
pub use head::Fields;
pub use id::{Id, ParseIdError};
pub use live::{Counters, Live, LiveExchange};
pub use protocol::{Protocol, invites_to_h3};
pub use store::{
    BodyPart, CertificateColumn, CertificateQuery, CertificateRow, CertificateVerdict, Cleared, Column,
    ExchangeRow, From, HostLeaf, OpenStoreError, Page, Piece, Progress, Query, ReadError, Recording, Role,
    RowTls, Sighting, Sort, SqliteStore, Store, StoreOptions, StoreStatus, Writer,
};
pub use timestamp::Timestamp;
pub use verdict::{Alternative, Badge, Check, CheckOutcome, Decision, PathPlace, Verdict};
pub use waiting::Waiting;
