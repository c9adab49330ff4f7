//! Why a handshake failed, and what to do about it.

use serde::Serialize;

use crate::leg::{Leg, listing_versions, the, the_first};
use crate::{Handshake, Message, MessageKind, Parties, Party, alert_meaning, alert_name};

mod causes;

/// The story of a handshake that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct FailureStory {
    /// The last message before the failure: an index into [`crate::Handshake::messages`].
    pub last_message: Option<usize>,
    /// The alert that ended it, likewise.
    pub alert: Option<usize>,
    /// Who ended it.
    pub sender: Option<Party>,
    /// What happened.
    pub text: String,
    /// What usually causes it.
    pub cause: String,
    /// What to try.
    pub advice: String,
}

/// How the connection under a handshake ended, which its bytes don't tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// This party closed it.
    Closed(Party),
    /// This party reset it.
    Reset(Party),
    /// Nothing came from this party for too long.
    Silent(Party),
    /// It is over, and nobody saw how.
    Unseen,
}

impl Handshake {
    /// Tells anew why the handshake failed, with how its connection ended. A handshake that was whole stays so.
    pub fn tell_ending(&mut self, parties: Parties, ending: Ending) {
        self.failure = explain(&self.messages, parties, Some(ending));
    }
}

/// Tells why the handshake of these messages failed; `None` when it did not, or may still go on: without an alert,
/// that it is over must be told.
pub(crate) fn explain(
    messages: &[Message],
    parties: Parties,
    ending: Option<Ending>,
) -> Option<FailureStory> {
    let leg = Leg::new(messages, parties);
    if let Some((index, alert)) = leg.all().find(|(_, m)| ends(leg, m)) {
        return Some(by_alert(leg, index, alert));
    }
    let closed = leg.all().find(|(_, m)| is_close(m));
    if leg.end().is_some() || (closed.is_none() && ending.is_none()) {
        return None;
    }
    Some(without_word(
        leg,
        closed.map(|(index, m)| (index, m.from)),
        ending,
    ))
}

/// Whether an alert ends the handshake: one that is fatal, and in TLS 1.3 any but two (RFC 8446 section 6).
fn ends(leg: Leg<'_>, message: &Message) -> bool {
    const FATAL: u64 = 2;
    const CLOSE_NOTIFY: u64 = 0;
    const USER_CANCELED: u64 = 90;
    let number = |path| message.number_at(path);
    message.kind == MessageKind::Alert
        && (number("level") == Some(FATAL)
            || leg.is_tls13() && !matches!(number("description"), None | Some(CLOSE_NOTIFY | USER_CANCELED)))
}

fn is_close(message: &Message) -> bool {
    const CLOSE_NOTIFY: u64 = 0;
    message.kind == MessageKind::Alert && message.number_at("description") == Some(CLOSE_NOTIFY)
}

/// The last message of the handshake before this one.
fn last_before(leg: Leg<'_>, end: usize) -> Option<usize> {
    let is_word = |m: &Message| !matches!(m.kind, MessageKind::Alert | MessageKind::ChangeCipherSpec);
    leg.messages[..end].iter().rposition(is_word)
}

/// A message as the place where it happened, told of this party: `after the Finished of Handlens`, `after its hello`.
fn place(leg: Leg<'_>, last: Option<usize>, by: Option<Party>) -> String {
    let Some(message) = last.map(|index| &leg.messages[index]) else {
        return "before any message".to_owned();
    };
    let title = title(message.kind);
    match by == Some(message.from) {
        true => format!("after its {title}"),
        false => format!("after the {title} of {}", the(message.from)),
    }
}

/// The name of a message in a sentence: `ClientHello`.
fn title(kind: MessageKind) -> String {
    if kind == MessageKind::Sealed {
        return "sealed messages".to_owned();
    }
    let words = kind.to_string();
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    };
    words.split('_').map(capital).collect()
}

fn by_alert(leg: Leg<'_>, index: usize, alert: &Message) -> FailureStory {
    let last = last_before(leg, index);
    let code = alert.number_at("description").unwrap_or_default() as u8;
    let name = alert_name(code);
    let (cause, advice) = causes::of_alert(leg, alert.from, &name);
    let what = match leg.end() {
        Some(end) if end < index => "connection",
        _ => "handshake",
    };
    FailureStory {
        last_message: last,
        alert: Some(index),
        sender: Some(alert.from),
        text: format!(
            "{} ended the {what} {} with the alert {name}: {}.",
            the_first(alert.from),
            place(leg, last, Some(alert.from)),
            alert_meaning(code)
        ),
        cause,
        advice,
    }
}

/// A handshake that stops without an alert that says why.
fn without_word(leg: Leg<'_>, closed: Option<(usize, Party)>, ending: Option<Ending>) -> FailureStory {
    let last = last_before(leg, closed.map_or(leg.messages.len(), |(index, _)| index));
    let place = |party| place(leg, last, party);
    let (sender, text) = match (closed, ending) {
        (Some((_, party)), _) => (
            Some(party),
            format!(
                "{} closed the connection {}, in the middle of the handshake.",
                the_first(party),
                place(Some(party))
            ),
        ),
        (None, Some(Ending::Closed(party))) => (
            Some(party),
            format!(
                "{} closed the connection {}, without a word.",
                the_first(party),
                place(Some(party))
            ),
        ),
        (None, Some(Ending::Reset(party))) => (
            Some(party),
            format!(
                "{} reset the connection {}, without a word.",
                the_first(party),
                place(Some(party))
            ),
        ),
        (None, Some(Ending::Silent(party))) => (
            Some(party),
            format!("Nothing came from {} {}.", the(party), place(None)),
        ),
        (None, Some(Ending::Unseen) | None) => (
            None,
            format!("The handshake stops {}, without a word.", place(None)),
        ),
    };
    let (cause, advice) = causes::of_silence(leg, last, sender);
    FailureStory {
        last_message: last,
        alert: closed.map(|(index, _)| index),
        sender,
        text,
        cause,
        advice,
    }
}

/// What the ClientHello of a leg offers in versions.
fn offered_versions(leg: Leg<'_>) -> String {
    let versions = leg.opening().map_or_else(Vec::new, |(_, hello)| hello.versions());
    match versions.is_empty() {
        true => "no version".to_owned(),
        false => listing_versions(&versions),
    }
}

#[cfg(test)]
mod tests;
