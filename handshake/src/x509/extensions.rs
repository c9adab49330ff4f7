//! What is in the extensions of certificates: those of RFC 5280 in [`standard`], others in common use in [`others`].

mod names;
mod others;
mod standard;

use crate::scribe::{Oid, Read, Scribe, Text};

/// `extnValue` of this extension; tells its value.
pub(super) fn content(s: &mut Scribe<'_>, oid: &Oid) -> Read<Text> {
    let known = oid.name.unwrap_or_default();
    match standard::content(s, known).or_else(|| others::content(s, known)) {
        Some(read) => read?,
        None => s.unknown("value")?,
    }
    Ok(s.last_value())
}
