//! What the dashboard asks of the proxy. Control flows back as data: the proxy holds the other end.

/// A thing that a person asks of the proxy in the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Record nothing of what begins from now on.
    PauseRecording,
    /// Record what begins from now on.
    ResumeRecording,
}
