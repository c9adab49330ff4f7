//! The names of connections and exchanges: UUIDv7, so that they sort by age and the captures of many proxies
//! can be merged.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of a connection or an exchange. To users it is an opaque string; ids sort by age.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(Uuid);

/// The text is not an id.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is not an id")]
pub struct ParseIdError {
    text: String,
}

impl Id {
    /// A new id, later than every id that this process made before.
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// The sixteen bytes, in the order that sorts by age.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id of these sixteen bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl Default for Id {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Id {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self).map_err(|_| ParseIdError {
            text: text.chars().take(64).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_age_and_survive_their_text() {
        let ids: Vec<Id> = (0..1000).map(|_| Id::new()).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().map(Id::to_string).is_sorted());
        assert_eq!(ids[7].to_string().parse::<Id>().unwrap(), ids[7]);
    }

    #[test]
    fn what_is_no_id_is_named() {
        assert_eq!("x".parse::<Id>().unwrap_err().to_string(), "\"x\" is not an id");
    }
}
