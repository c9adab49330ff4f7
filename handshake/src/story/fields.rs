//! Gives each field its sentence and its RFC.

use std::borrow::Cow;

use super::{table, values};
use crate::{Field, Message, MessageKind};

/// What is known around a field.
pub(super) struct Around<'a> {
    pub(super) message: &'a Message,
    /// Whether the server chose TLS 1.3.
    pub(super) tls13: bool,
    /// The session id of the ClientHello.
    pub(super) session: &'a [u8],
    /// Whether the message has `supported_versions`.
    pub(super) has_versions: bool,
}

/// A field's ancestors, the nearest first.
#[derive(Clone, Copy)]
pub(super) struct Above<'a> {
    pub(super) name: &'a str,
    pub(super) above: Option<&'a Above<'a>>,
}

/// Fills in text and RFC of every field of a message.
pub(super) fn tell(message: &mut Message, tls13: bool, session: &[u8]) {
    let has_versions = message.extension("supported_versions").is_some();
    let mut fields = std::mem::take(&mut message.fields);
    let around = Around {
        message,
        tls13,
        session,
        has_versions,
    };
    for field in &mut fields {
        tell_field(field, None, &around);
    }
    message.fields = fields;
}

fn tell_field(field: &mut Field, above: Option<&Above<'_>>, around: &Around<'_>) {
    let parent = above.map(|a| a.name);
    // Numbers of registries have no words of their own, and are most of a hello's fields.
    let is_number = parent.is_some_and(|parent| {
        matches!(
            parent,
            "cipher_suites" | "named_group_list" | "supported_signature_algorithms"
        )
    });
    let term = match is_number {
        true => None,
        false => table::find(&field.name, parent, around),
    };
    let value = match (is_number, parent) {
        (true, Some(parent)) => values::number(field, parent, above, around),
        _ => values::tell(field, above, around),
    };
    if field.text.is_none() {
        field.text = match (value, term) {
            (Some(value), Some(term)) if value.adds => Some(format!("{} {}", term.text, value.text).into()),
            (Some(value), _) => Some(value.text),
            (None, Some(term)) => Some(Cow::Borrowed(term.text)),
            (None, None) => unknown(above).map(|(text, _)| Cow::Borrowed(text)),
        };
    }
    if field.rfc.is_none() {
        field.rfc = term
            .map(|term| Cow::Borrowed(in_version(term.rfc, around)))
            .or_else(|| values::rfc(field, above, around).map(Cow::Borrowed))
            .or_else(|| unknown(above).map(|(_, rfc)| Cow::Borrowed(rfc)));
    }
    let Field { name, fields, .. } = field;
    let here = Above { name, above };
    for part in fields {
        tell_field(part, Some(&here), around);
    }
}

/// What is told of a part that no table knows.
fn unknown(above: Option<&Above<'_>>) -> Option<(&'static str, &'static str)> {
    match above?.name {
        "extensions" => Some(("An extension that is not described here.", "RFC 8446 section 4.2")),
        "quic_transport_parameters" => Some(("A parameter of QUIC.", "RFC 9000 section 18.2")),
        _ => None,
    }
}

/// Where TLS 1.2 specifies what the table tells by TLS 1.3. A ClientHello is for both.
fn in_version(rfc: &'static str, around: &Around<'_>) -> &'static str {
    if around.tls13 || around.message.kind == MessageKind::ClientHello {
        return rfc;
    }
    match rfc {
        "RFC 8446 section 4" => "RFC 5246 section 7.4",
        "RFC 8446 section 4.1.3" => "RFC 5246 section 7.4.1.3",
        "RFC 8446 section 4.2" => "RFC 5246 section 7.4.1.4",
        "RFC 8446 section 4.2.3" => "RFC 5246 section 7.4.1.4.1",
        "RFC 8446 section 4.2.4" => "RFC 5246 section 7.4.4",
        "RFC 8446 section 4.4.2" => "RFC 5246 section 7.4.2",
        "RFC 8446 section 4.4.3" => "RFC 5246 section 7.4.8",
        "RFC 8446 section 4.4.4" => "RFC 5246 section 7.4.9",
        "RFC 8446 section 4.6.1" => "RFC 5077 section 3.3",
        "RFC 8446 section 6" => "RFC 5246 section 7.2",
        rfc => rfc,
    }
}
