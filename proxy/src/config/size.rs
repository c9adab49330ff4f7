//! Sizes as people write them: `500MB`, `10GiB`, `4096`.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "Written")]
pub struct Size(pub u64);

/// The text is not a size.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a size, such as 500MB, 10GiB or a number of bytes")]
pub struct ParseSizeError(String);

const UNITS: [(&str, u64); 9] = [
    ("", 1),
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
];

impl FromStr for Size {
    type Err = ParseSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseSizeError(text.to_owned());
        let trimmed = text.trim().to_ascii_lowercase();
        let digits = trimmed
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(digits);
        let number: u64 = number.parse().map_err(|_| error())?;
        let unit = unit.trim();
        let unit = match unit {
            "k" | "m" | "g" => format!("{unit}ib"),
            "tib" | "t" => return number.checked_mul(1 << 40).map(Self).ok_or_else(error),
            unit => unit.to_owned(),
        };
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(error)?;
        number.checked_mul(*factor).map(Self).ok_or_else(error)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, factor) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
            if self.0 >= factor && self.0.is_multiple_of(factor) {
                return write!(f, "{}{name}", self.0 / factor);
            }
        }
        write!(f, "{} bytes", self.0)
    }
}

/// A size in a file may be a number or a text.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a number of bytes, or a size such as \"10GiB\""
)]
enum Written {
    Number(u64),
    Text(String),
}

impl TryFrom<Written> for Size {
    type Error = ParseSizeError;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match written {
            Written::Number(bytes) => Ok(Self(bytes)),
            Written::Text(text) => text.parse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_told() {
        let read = |text: &str| text.parse::<Size>().map(|size| size.0).map_err(|e| e.to_string());
        assert_eq!(read("10GiB"), Ok(10 << 30));
        assert_eq!(read("500 MB"), Ok(500_000_000));
        assert_eq!(read("64k"), Ok(64 << 10));
        assert_eq!(read("4096"), Ok(4096));
        assert_eq!(
            read("ten"),
            Err("\"ten\" is not a size, such as 500MB, 10GiB or a number of bytes".into())
        );
        assert!(read("99999999999GiB").is_err());
        assert_eq!(Size(10 << 30).to_string(), "10GiB");
    }
}
