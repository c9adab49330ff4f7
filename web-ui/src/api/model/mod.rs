//! The JSON of the API, type by type: what `/api` says and hears. Each derives its OpenAPI schema and its
//! TypeScript type from the same lines.
//!
//! The capture's own types are not here: these are their shapes on the wire, which scripts rely on, and each
//! is made from its model by `From`.

mod certificate;
mod connection;
mod exchange;
mod frames;
mod handshake;
mod live;
mod message;
mod problem;
mod rule;
mod status;
mod summary;
#[cfg(test)]
mod typescript;
mod verdict;
mod words;

pub(crate) use certificate::to_pem;
pub use certificate::{
    Certificate, CertificateDetail, CertificatePage, CertificateRow, ConnectionCertificates, HistoryLeaf,
    HostHistory, PathCertificate, Sighting, SightingVerdict,
};
pub use connection::{
    Alert, Connection, ConnectionPage, ConnectionRow, Failure, Leg, OriginLeg, Process, Tls,
};
pub use exchange::{
    Cleared, ExchangeDetail, ExchangeError, ExchangePage, ExchangeRow, InterimResponse, RequestDetail,
    ResponseDetail, RowTls, Timings, Undo, Undone,
};
pub(crate) use exchange::{Held, media_type};
pub use frames::{ConnectionFrames, FrameDetail, FrameSender, FramesOfLeg, Http2Frame, Setting};
pub use handshake::{ConnectionHandshake, LegHandshake, Resumes, Step, StepName};
pub use live::{LiveDown, LiveUp, Rows, View, Watch, WatchFrom};
pub use message::{
    Close, DescribedTypes, ExchangeMessage, GrpcMessage, MessagePage, ProtobufField, TypesFrom,
};
pub use problem::Problem;
pub use rule::{NewRule, Rule, RuleKind, RuleOrigin, Rules};
pub use status::{
    Counts, Open, Rates, Recording, RecordingState, RootStatus, SetRecording, SetRecordingState, Status,
    StoreStatus,
};
pub use verdict::{Alternative, Badge, Check, PathPlace, Verdict};
pub use words::{
    CertificateRole, CheckOutcome, Decision, Door, ExchangeState, HttpVersion, LegName, Opcode, Outcome,
    Protocol, Scheme, Stage,
};
