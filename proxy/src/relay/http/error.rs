//! Why a relay of HTTP ended before its time.

use std::time::Duration;

/// Why a relay ended other than by both sides being done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RelayError {
    #[error("the connection to the client broke: {0}")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the connection to the origin broke before the first request: {0}")]
    Origin(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("nothing passed for {0:?}")]
    Idle(Duration),
}
