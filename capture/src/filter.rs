//! The filter language: which rows a person wants to see.

/// A filter, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {}

/// The text is not a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FilterError {
    /// What is wrong and what would be right.
    pub text: String,
    /// The characters of the input that it is about.
    pub at: std::ops::Range<usize>,
}

impl std::str::FromStr for Filter {
    type Err = FilterError;

    fn from_str(_text: &str) -> Result<Self, Self::Err> {
        Ok(Self {})
    }
}
