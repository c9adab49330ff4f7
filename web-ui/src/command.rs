//! What the dashboard asks of the proxy. Control flows back as data: the proxy holds the other end.

use tokio::sync::oneshot;

use crate::api::model::{DescribedTypes, Rule, RuleKind};

/// A thing that a person asks of the proxy in the dashboard.
#[derive(Debug)]
pub enum Command {
    /// Record nothing of what begins from now on.
    PauseRecording,
    /// Record what begins from now on.
    ResumeRecording,
    /// Make a rule, or find the equal one that a person made before.
    AddRule {
        /// What it does.
        kind: RuleKind,
        /// The host or the pattern of hosts that it is for.
        host: String,
        /// Hears the rule as it holds.
        answer: oneshot::Sender<Result<Rule, RuleError>>,
    },
    /// Ask an origin for the types of its gRPC services. What it tells is found in the record.
    AskForTypes {
        /// The origin.
        host: String,
        /// Its port.
        port: u16,
        /// Over TLS.
        is_tls: bool,
        /// Hears what it told, or why it told nothing.
        answer: oneshot::Sender<Result<DescribedTypes, TypesError>>,
    },
    /// Take back a rule that a person made.
    RevokeRule {
        /// Its name.
        id: String,
        /// Hears that it holds no more.
        answer: oneshot::Sender<Result<(), RuleError>>,
    },
}

/// A rule could not be made or revoked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// What was asked for is no rule; the text says what would be one.
    #[error("{0}")]
    Wrong(String),
    /// No rule has that name.
    #[error("there is no such rule")]
    Unknown,
    /// It can't be taken back here: the text says where.
    #[error("{0}")]
    Fixed(String),
    /// It could not be kept, and so does not hold.
    #[error("{0}")]
    NotKept(String),
}

/// An origin's types were not told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypesError {
    /// It was asked, or was to be reached, and the text says what became of that.
    #[error("{0}")]
    NotTold(String),
    /// It is not asked as things stand: the text says what to change.
    #[error("{0}")]
    NotAsked(String),
    /// It can't be asked at this moment.
    #[error("{0}")]
    NotNow(String),
}
