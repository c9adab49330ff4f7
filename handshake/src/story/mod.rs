//! The handshake in plain words: each message, and each field.
//!
//! One source for the dashboard, the terminal and the documentation. What such a message is stands in [`what`], what
//! this one says in [`here`]; what a field is in [`table`], and what its value says where that teaches something in
//! [`values`].

mod certificates;
mod fields;
mod here;
mod table;
mod values;
mod what;

use crate::leg::Leg;
use crate::{Message, Parties, Story};

pub(crate) use certificates::tell_fields as tell_certificate_fields;
pub use table::{Term, glossary};

/// Fills in the story of every message.
pub(crate) fn tell(messages: &mut [Message], parties: Parties) {
    let leg = Leg::new(messages, parties);
    let stories: Vec<_> = leg.all().map(|(index, _)| story(leg, index)).collect();
    for (message, story) in messages.iter_mut().zip(stories) {
        message.story = story;
    }
}

/// Fills in the text and RFC section of every field.
pub(crate) fn tell_fields(messages: &mut [Message], parties: Parties) {
    let leg = Leg::new(messages, parties);
    let tls13 = leg.is_tls13();
    let session = leg.hello().and_then(|(_, hello)| {
        let session = hello.field("legacy_session_id")?;
        Some(hello.content(session).to_vec())
    });
    for message in messages {
        fields::tell(message, tls13, session.as_deref().unwrap_or_default());
    }
}

fn story(leg: Leg<'_>, index: usize) -> Story {
    let (what, rfc) = what::tell(leg, index);
    Story {
        what: what.into(),
        here: here::tell(leg, index),
        rfc: rfc.into(),
    }
}

#[cfg(test)]
mod tests;
