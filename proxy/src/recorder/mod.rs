//! What a session says of itself as it goes: to the live maps at once, to the store over a bounded channel.
//!
//! A connection or exchange is told whole at each step (see [`capture::Event`]). When the writer is behind,
//! the beginning of an exchange and its body bytes wait for room, and with them the traffic; the last word on
//! something that is ending never waits.

mod certificates;
mod connection;
mod exchange;
mod frames;
mod keys;
mod leg;
mod stream_frames;

use std::sync::Arc;
use std::time::Duration;

use capture::{EventSender, Live};

pub(crate) use certificates::Certificates;
pub(crate) use connection::ConnectionRecorder;
pub(crate) use exchange::{BodyOutcome, ExchangeRecorder};
pub(crate) use frames::FrameRecorder;
pub(crate) use keys::{KeyLogFile, Keys};
pub(crate) use leg::LegRecorder;

use crate::process::Processes;

/// Where sessions say what they see. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Recorder {
    pub(crate) events: EventSender,
    pub(crate) live: Arc<Live>,
    /// The certificates that were seen lately.
    pub(crate) certificates: Arc<Certificates>,
    /// What becomes of TLS secrets.
    pub(crate) keys: Arc<Keys>,
    /// Finds the process that a client is.
    pub(crate) processes: Processes,
    /// Bytes a side that are kept of what is carried opaque.
    pub(crate) opaque_bytes: u64,
    /// Clients are not told of other ways to an origin.
    pub(crate) strips_alt_svc: bool,
}

/// A time as it is told.
pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
