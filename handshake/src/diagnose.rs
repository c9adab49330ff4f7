//! Why a handshake failed, and what to do about it.

use serde::Serialize;

use crate::{Message, Parties, Party};

/// The story of a handshake that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct FailureStory {
    /// The last message before the failure: an index into [`crate::Handshake::messages`].
    pub last_message: Option<usize>,
    /// The alert that ended it, likewise.
    pub alert: Option<usize>,
    /// Who ended it.
    pub sender: Option<Party>,
    /// What happened.
    pub text: String,
    /// What usually causes it.
    pub cause: String,
    /// What to try.
    pub advice: String,
}

/// Tells why the handshake of these messages failed; `None` when it did not.
pub(crate) fn explain(_messages: &[Message], _parties: Parties) -> Option<FailureStory> {
    None
}
