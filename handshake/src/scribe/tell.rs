//! How what was read is told: numbers by their names in a registry, bytes as hexadecimal, text without anything that
//! could act upon a terminal.

use std::borrow::Cow;

use crate::message::{hex, push_hex};
use crate::registry::Entry;

/// How a number is told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(super) name: Option<Cow<'static, str>>,
    pub(super) value: String,
    pub(super) recommended: Option<bool>,
}

impl From<String> for Told {
    fn from(value: String) -> Self {
        Self {
            name: None,
            value,
            recommended: None,
        }
    }
}

impl From<&str> for Told {
    fn from(value: &str) -> Self {
        value.to_owned().into()
    }
}

/// A number of a registry: `x25519 (0x001d)`.
pub(crate) fn entry(entry: Entry, number: u16) -> Told {
    let value = if entry.name.starts_with("0x") {
        entry.name.clone().into_owned()
    } else {
        with_digits(&entry.name, number)
    };
    Told {
        value,
        name: Some(entry.name),
        recommended: entry.recommended,
    }
}

/// A name with its 16-bit number behind it, put together by hand: it is what most fields of a hello are.
pub(crate) fn with_digits(name: &str, number: u16) -> String {
    let mut value = String::with_capacity(name.len() + " (0x0000)".len());
    value.push_str(name);
    value.push_str(" (0x");
    push_hex(&mut value, &number.to_be_bytes());
    value.push(')');
    value
}

/// A number of a registry of single bytes: `handshake (22)`.
pub(crate) fn entry_u8(name: Cow<'static, str>, number: u8) -> Told {
    Told {
        value: format!("{name} ({number})"),
        name: Some(name),
        recommended: None,
    }
}

/// Bytes for a person: in full where they are few.
pub(crate) fn tell_bytes(bytes: &[u8]) -> String {
    const FULL: usize = 72;
    match bytes.len() {
        0 => "empty".to_owned(),
        1..=FULL => hex(bytes),
        length => format!("{}... ({length} bytes)", hex(&bytes[..16])),
    }
}

/// `1 suite`, `17 suites`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ if noun.ends_with("ry") || noun.ends_with("ty") => {
            format!("{number} {}ies", &noun[..noun.len() - 1])
        }
        _ => format!("{number} {noun}s"),
    }
}

/// Joins a few words; a peer's list may be long.
pub(super) fn join<'a>(words: impl Iterator<Item = &'a str> + Clone) -> String {
    const FEW: usize = 12;
    let more = words.clone().count().saturating_sub(FEW);
    let mut text = words.take(FEW).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// Text off the network for a person: nothing in it can act upon a terminal.
pub(crate) fn tell_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .flat_map(|c| {
            let (plain, escaped) = if c.is_control() {
                (None, Some(c.escape_default()))
            } else {
                (Some(c), None)
            };
            plain.into_iter().chain(escaped.into_iter().flatten())
        })
        .collect()
}
