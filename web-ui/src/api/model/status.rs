//! Where Handlens listens, how it fares, and what it has seen.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Addresses, rates and counts of the running Handlens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Status {
    /// The version of Handlens.
    pub version: String,
    /// When it started (RFC 3339).
    pub started: String,
    /// The addresses that clients can set as their HTTP proxy.
    pub proxy: Vec<String>,
    /// Every door that clients come in by: `http://127.0.0.1:8080`, `socks5://...`, `transparent://...`,
    /// `reverse:https://origin:443@127.0.0.1:8443`.
    pub doors: Vec<String>,
    /// The address that the dashboard listens on.
    pub dashboard: String,
    /// The folder of root and store where commands have to be told of it, by `--data-dir`; null for the platform's,
    /// which they find by themselves.
    pub data_dir: Option<String>,
    /// The root certificate that clients are to trust.
    pub root: RootStatus,
    /// Whether what passes is being kept.
    pub recording: Recording,
    /// Size, bounds and losses of the store.
    pub store: StoreStatus,
    /// What passes now.
    pub rates: Rates,
    /// What is open now.
    pub open: Open,
    /// What has passed since the start.
    pub counts: Counts,
}

/// The root certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct RootStatus {
    /// Its subject.
    pub subject: String,
    /// Its SHA-256 fingerprint, in hexadecimal.
    pub sha256: String,
    /// When it ends.
    pub not_after: String,
    /// The file that holds it.
    pub path: String,
}

/// Whether what passes is being kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Recording {
    /// Whether it is.
    pub state: RecordingState,
    /// Why not, when it is stopped.
    pub reason: Option<String>,
    /// Since when it has been so (RFC 3339).
    pub since: String,
}

/// Whether what passes is being kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecordingState {
    /// It is.
    On,
    /// A person paused it: what begins now is not recorded.
    Paused,
    /// The disk refuses it; it resumes by itself.
    Stopped,
}

/// Size, bounds and losses of the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
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
    /// Events that could not be kept since the start.
    pub lost_events: u64,
    /// Body bytes that were let go because the writer was behind.
    pub dropped_bytes: u64,
    /// Bytes that wait for the writer now.
    pub waiting_bytes: u64,
}

/// What passes now, over the last few seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Rates {
    /// Exchanges begun a second.
    pub requests_per_second: f64,
    /// Bytes a second, both ways together.
    pub bytes_per_second: f64,
}

/// What is open now.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Open {
    /// Connections.
    pub connections: u64,
    /// Exchanges.
    pub exchanges: u64,
}

/// What has passed since the start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Counts {
    /// Connections accepted.
    pub connections: u64,
    /// Connections whose TLS was ended on both legs.
    pub inspected: u64,
    /// Connections that failed.
    pub failed_connections: u64,
    /// Clients that rejected our certificate.
    pub rejected_by_client: u64,
    /// Exchanges begun.
    pub exchanges: u64,
    /// Exchanges begun whose scheme was `https`.
    pub https_exchanges: u64,
    /// Exchanges that failed.
    pub failed_exchanges: u64,
}

/// What recording is to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct SetRecording {
    /// On or paused.
    pub state: SetRecordingState,
}

/// What recording can be set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum SetRecordingState {
    /// Record what begins from now on.
    On,
    /// Record nothing of what begins from now on.
    Paused,
}
