//! What each field is: one row a field, keyed by its name and, where a name means several things, by what it is in.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use super::fields::Around;

mod certificates;
mod extensions;
mod messages;

/// A field, told: an entry of the glossary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Its name: `key_share`.
    pub name: &'static str,
    /// What it is in: the name of a field or of a message; empty where the name says enough.
    pub within: &'static str,
    /// What it is: one or two sentences.
    pub text: &'static str,
    /// Where it is specified.
    pub rfc: &'static str,
}

/// All fields that have a text, those of messages first.
pub fn glossary() -> impl Iterator<Item = &'static Term> {
    of_tls().chain(certificates::TERMS)
}

fn of_tls() -> impl Iterator<Item = &'static Term> {
    messages::TERMS.iter().chain(extensions::TERMS)
}

/// Terms by their name.
type ByName = HashMap<&'static str, Vec<&'static Term>, BuildHasherDefault<Quick>>;

/// A hash of eight bytes a step, after that of Firefox. Every field is looked up, and the keys are ours: nobody can
/// choose them to collide.
#[derive(Debug, Default)]
struct Quick(u64);

impl Quick {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        let last = rest
            .iter()
            .fold(rest.len() as u64, |n, &byte| n << 8 | u64::from(byte));
        self.add(last);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

fn by_name(terms: impl Iterator<Item = &'static Term>) -> ByName {
    let mut by_name = ByName::default();
    for term in terms {
        by_name.entry(term.name).or_default().push(term);
    }
    by_name
}

/// The term of a field of a certificate: one for its parent is the best, then one for that one's, then one for any
/// place. What certificates and messages both have, such as timestamps of logs, stands with the messages.
pub(super) fn find_within(name: &str, above: &[&str; 2]) -> Option<&'static Term> {
    static BY_NAME: LazyLock<ByName> = LazyLock::new(|| by_name(certificates::TERMS.iter().chain(of_tls())));
    let terms = BY_NAME.get(name)?;
    let within = |place: &str| terms.iter().find(|term| term.within == place);
    within(above[0])
        .or_else(|| within(above[1]))
        .or_else(|| within(""))
        .copied()
}

/// The term of a field. One for its parent is the best, then one for its message, then one for any place.
pub(super) fn find(name: &str, parent: Option<&str>, around: &Around<'_>) -> Option<&'static Term> {
    static BY_NAME: LazyLock<ByName> = LazyLock::new(|| by_name(of_tls()));
    let terms = BY_NAME.get(name)?;
    let within = |place: &str| terms.iter().find(|term| term.within == place);
    let message = match terms.len() {
        1 => None,
        _ => within(around.message.kind.name()),
    };
    let found = parent.and_then(within).or(message).or_else(|| within(""));
    found
        .or_else(|| {
            terms
                .iter()
                .find(|term| term.within == around.message.kind.name())
        })
        .copied()
}

const fn term(name: &'static str, within: &'static str, rfc: &'static str, text: &'static str) -> Term {
    Term {
        name,
        within,
        text,
        rfc,
    }
}
