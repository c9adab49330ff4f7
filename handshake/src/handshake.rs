//! A leg's handshake, dissected.

use serde::Serialize;

use crate::{Captured, Dissector, Facts, FailureStory, KeySchedule, Message, Parties, Problem, Record};

/// One leg, dissected.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct Handshake {
    /// Its messages, in the order in which their last bytes passed.
    pub messages: Vec<Message>,
    /// The records in which they lay.
    pub records: Vec<Record>,
    /// What is wrong with the streams; what is wrong with a message is told there. Ranges lie in the bytes of the
    /// sender that the text names.
    pub problems: Vec<Problem>,
    /// What was agreed on.
    pub facts: Facts,
    /// How keys came of it.
    pub key_schedule: KeySchedule,
    /// Why it failed, if it did.
    pub failure: Option<FailureStory>,
}

impl Handshake {
    /// Opens certificates, stapled answers and names of authorities into fields of their own.
    pub fn open_certificates(&mut self) {
        crate::x509::open_all(&mut self.messages);
    }
}

/// Dissects what was captured of a leg.
///
/// Certificates and stapled answers are told by their size and hash: [`dissect_in_full`] opens them.
#[must_use]
pub fn dissect(captured: &Captured<'_>, parties: Parties) -> Handshake {
    let mut dissector = Dissector::new(parties, captured.secrets.clone());
    for chunk in &captured.chunks {
        dissector.feed(chunk.side, chunk.at_us, chunk.bytes);
    }
    for late in &captured.late {
        dissector.feed_late(late);
    }
    dissector.finish()
}

/// Dissects what was captured of a leg, for somebody who looks at it: certificates and stapled answers are opened into
/// fields of their own.
///
/// What is left out of [`dissect`] is what costs most, and what nobody needs who only asks what was agreed on.
#[must_use]
pub fn dissect_in_full(captured: &Captured<'_>, parties: Parties) -> Handshake {
    let mut handshake = dissect(captured, parties);
    handshake.open_certificates();
    handshake
}
