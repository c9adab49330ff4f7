//! Gives each field of a certificate its sentence and its RFC.

use std::borrow::Cow;

use super::table;
use crate::Field;

/// Fills in text and RFC of every field, where there is none.
pub(crate) fn tell_fields(fields: &mut [Field]) {
    tell(fields, &["", ""]);
}

/// `above` are the names of the nearest two that the fields are in, the nearest first.
fn tell(fields: &mut [Field], above: &[&str; 2]) {
    for field in fields {
        let found = table::find_within(&field.name, above);
        let (text, rfc) = found.map_or_else(|| unknown(above), |term| (term.text, term.rfc));
        field.text.get_or_insert(Cow::Borrowed(text));
        field.rfc.get_or_insert(Cow::Borrowed(rfc));
        tell(&mut field.fields, &[&field.name, above[0]]);
    }
}

/// What is told of a part that no table knows.
fn unknown(above: &[&str; 2]) -> (&'static str, &'static str) {
    match above[0] {
        "extensions" => ("An extension that is not described here.", "RFC 5280 section 4.2"),
        "ext_key_usage" => (
            "A purpose that is not described here.",
            "RFC 5280 section 4.2.1.12",
        ),
        "issuer" | "subject" | "directory_name" | "responder_name" | "relative_distinguished_name" => (
            "An attribute of a name that is not described here.",
            "RFC 5280 section 4.1.2.4",
        ),
        _ => ("A part that is not described here.", "RFC 5280 section 4"),
    }
}
