//! How what was read is told: numbers by their names in a registry, bytes as hexadecimal, text without anything that
//! could act upon a terminal.

use super::Text;
use crate::message::{hex, push_hex, push_number};
use crate::registry::Entry;

/// How a number is told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(super) name: Option<Text>,
    pub(super) value: Text,
    pub(super) recommended: Option<bool>,
}

impl From<Text> for Told {
    fn from(value: Text) -> Self {
        Self {
            name: None,
            value,
            recommended: None,
        }
    }
}

impl From<String> for Told {
    fn from(value: String) -> Self {
        Text::Owned(value).into()
    }
}

impl From<&'static str> for Told {
    fn from(value: &'static str) -> Self {
        Text::Borrowed(value).into()
    }
}

/// A number of a registry: `x25519 (0x001d)`.
pub(crate) fn entry(entry: Entry) -> Told {
    Told {
        value: entry.value,
        name: Some(entry.name),
        recommended: entry.recommended,
    }
}

/// A number of a registry of single bytes: `handshake (22)`.
pub(crate) fn entry_u8(name: Text, number: u8) -> Told {
    let mut value = String::with_capacity(name.len() + " (000)".len());
    value.push_str(&name);
    value.push_str(" (");
    push_number(&mut value, number.into());
    value.push(')');
    Told {
        value: value.into(),
        name: Some(name),
        recommended: None,
    }
}

/// Bytes for a person: in full where they are few.
pub(crate) fn tell_bytes(bytes: &[u8]) -> Text {
    const FULL: usize = 72;
    const FIRST: usize = 16;
    match bytes.len() {
        0 => "empty".into(),
        1..=FULL => hex(bytes).into(),
        length => {
            let mut text = String::with_capacity(2 * FIRST + "... (0000000 bytes)".len());
            push_hex(&mut text, &bytes[..FIRST]);
            text.push_str("... (");
            push_number(&mut text, length);
            text.push_str(" bytes)");
            text.into()
        }
    }
}

/// `1 suite`, `17 suites`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let mut text = String::with_capacity(noun.len() + "0000000 ies".len());
    push_number(&mut text, number);
    text.push(' ');
    match number {
        1 => text.push_str(noun),
        _ if noun.ends_with("ry") || noun.ends_with("ty") => {
            text.push_str(&noun[..noun.len() - 1]);
            text.push_str("ies");
        }
        _ => {
            text.push_str(noun);
            text.push('s');
        }
    }
    text
}

/// Joins a few words; a peer's list may be long.
pub(super) fn join<'a>(words: impl Iterator<Item = &'a str> + Clone) -> String {
    const FEW: usize = 12;
    const BETWEEN: &str = ", ";
    let more = words.clone().count().saturating_sub(FEW);
    let few = words.take(FEW);
    let mut text = String::with_capacity(few.clone().map(|word| word.len() + BETWEEN.len()).sum());
    for word in few {
        if !text.is_empty() {
            text.push_str(BETWEEN);
        }
        text.push_str(word);
    }
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
