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
    /// How many messages a bound left out.
    #[serde(skip)]
    pub left_out: usize,
}

impl Handshake {
    /// Adds what [`dissect_in_full`] has more than [`dissect`]: fields are told in words, certificates opened, signatures
    /// checked.
    pub fn tell_in_full(&mut self, parties: Parties) {
        self.tell_fields(parties);
        self.open_certificates();
        self.check_signatures(parties);
    }

    /// Gives each field its sentence and where it is specified ([`Field::text`](crate::Field::text),
    /// [`Field::rfc`](crate::Field::rfc)).
    pub fn tell_fields(&mut self, parties: Parties) {
        crate::story::tell_fields(&mut self.messages, parties);
    }

    /// Opens certificates, stapled answers and names of authorities into fields of their own, and tells certificates by
    /// their hash.
    pub fn open_certificates(&mut self) {
        crate::x509::open_all(&mut self.messages);
    }

    /// Checks signatures with the keys of the certificates that were shown ([`Message::verified`]), and tells in the
    /// story what came of it.
    pub fn check_signatures(&mut self, parties: Parties) {
        // With a message left out, a transcript would be another.
        if self.left_out == 0 {
            crate::proof::check(&mut self.messages, parties);
        }
    }
}

/// Dissects what was captured of a leg.
///
/// Fields have names and values, but no words, and certificates and stapled answers are told by their size:
/// [`dissect_in_full`] tells more.
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

/// Dissects what was captured of a leg, for somebody who looks at its bytes: fields are told in words, certificates and
/// stapled answers opened into fields of their own, and signatures checked.
///
/// What is left out of [`dissect`] is what costs most, and what nobody needs who only asks what was agreed on.
#[must_use]
pub fn dissect_in_full(captured: &Captured<'_>, parties: Parties) -> Handshake {
    let mut handshake = dissect(captured, parties);
    handshake.tell_in_full(parties);
    handshake
}
