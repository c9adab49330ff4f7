//! Captured exchanges, their messages and handshakes in formats of other programs.

mod body;
mod curl;
mod har;
mod messages;
mod pcapng;
mod rows;

pub use curl::curl;
pub use har::Har;
pub use messages::MessageLines;
pub use pcapng::Pcapng;

use crate::{Filter, Id};

/// What is exported.
#[derive(Clone, Debug)]
pub enum Selection {
    /// The exchanges, or connections, that match, oldest first, as many as there are when it begins.
    Matching(Filter),
    /// These, in this order. Those that are gone are left out.
    Ids(Vec<Id>),
}
