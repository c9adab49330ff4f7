//! Parsers, one a message: the presentation language of the RFCs, in the words of [`crate::scribe`].

use crate::scribe::{Ledger, Read, Scribe};
use crate::{Field, MessageKind, Problem};

/// The fields of a message, its header included.
pub(crate) fn message(kind: MessageKind, bytes: &[u8], budget: &mut usize) -> (Vec<Field>, Option<Problem>) {
    let mut ledger = Ledger {
        problem: None,
        budget: *budget,
    };
    let mut scribe = Scribe::new(bytes, &mut ledger);
    // What stopped the reading is in the ledger.
    let _ = match kind {
        MessageKind::ChangeCipherSpec => change_cipher_spec(&mut scribe),
        MessageKind::Alert => alert(&mut scribe),
        kind => handshake(&mut scribe, kind),
    };
    let fields = scribe.done();
    *budget = ledger.budget;
    (fields, ledger.problem)
}

/// `Handshake` (RFC 8446 section 4).
fn handshake(s: &mut Scribe<'_>, kind: MessageKind) -> Read {
    s.u8("msg_type", |number| format!("{kind} ({number})"))?;
    s.u24("length", |length| crate::scribe::count(length as usize, "byte"))?;
    s.rest("body").map(drop)
}

/// RFC 5246 section 7.1.
fn change_cipher_spec(s: &mut Scribe<'_>) -> Read {
    s.u8("type", |number| format!("change_cipher_spec ({number})"))?;
    s.rest("left_over").map(drop)
}

/// `Alert` (RFC 8446 section 6).
fn alert(s: &mut Scribe<'_>) -> Read {
    s.u8("level", |number| match number {
        1 => "warning (1)".to_owned(),
        2 => "fatal (2)".to_owned(),
        _ => number.to_string(),
    })?;
    s.u8("description", |number| {
        format!("{} ({number})", crate::alert_name(number))
    })?;
    s.rest("left_over").map(drop)
}
