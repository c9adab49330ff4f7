//! Captured exchanges in formats of other programs.

mod body;
mod curl;
mod har;

pub use curl::curl;
pub use har::Har;

use crate::{Filter, Id};

/// What is exported.
#[derive(Clone, Debug)]
pub enum Selection {
    /// The exchanges that match, oldest first, as many as there are when it begins.
    Matching(Filter),
    /// These exchanges, in this order. Those that are gone are left out.
    Ids(Vec<Id>),
}
