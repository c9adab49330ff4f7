//! What is wrong with a filter, where, and what would be right.

use std::ops::Range;

/// The text is not a filter, or has no meaning for the rows it is asked of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FilterError {
    /// What is wrong and what would be right.
    pub text: String,
    /// The characters of the input that it is about.
    pub at: Range<usize>,
}

impl FilterError {
    pub(crate) fn new(at: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            at,
        }
    }
}
