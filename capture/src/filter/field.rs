//! The names of fields.

use super::FilterError;

/// A field that a term can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Host,
    Path,
    Method,
    Status,
    Scheme,
    Type,
    State,
    Size,
    Duration,
    Error,
    Connection,
    Version,
    Outcome,
    TlsVersion,
    TlsSuite,
    TlsGroup,
    TlsAlpn,
    Ja4,
    Resumed,
}

const NAMES: [(&str, Field, &str); 19] = [
    ("host", Field::Host, "host:example.com"),
    ("path", Field::Path, "path:/api"),
    ("method", Field::Method, "method:get"),
    ("status", Field::Status, "status:4xx"),
    ("scheme", Field::Scheme, "scheme:https"),
    ("type", Field::Type, "type:json"),
    ("state", Field::State, "state:open"),
    ("size", Field::Size, "size:>1mb"),
    ("duration", Field::Duration, "duration:>1s"),
    ("error", Field::Error, "error:reset"),
    ("connection", Field::Connection, "connection:12"),
    ("version", Field::Version, "version:2"),
    ("outcome", Field::Outcome, "outcome:failed"),
    ("tls.version", Field::TlsVersion, "tls.version:1.2"),
    ("tls.suite", Field::TlsSuite, "tls.suite:aes_128_gcm"),
    ("tls.group", Field::TlsGroup, "tls.group:x25519"),
    ("tls.alpn", Field::TlsAlpn, "tls.alpn:h2"),
    ("ja4", Field::Ja4, "ja4:t13d*"),
    ("resumed", Field::Resumed, "resumed:yes"),
];

impl Field {
    /// The field of this name, in any case.
    pub(super) fn of(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(name))
            .map(|&(_, field, _)| field)
    }

    /// Whether a name with a dot is a field's but for a slip. Any other is the beginning of a host.
    pub(super) fn is_mistyped(name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        NAMES
            .iter()
            .any(|(known, ..)| known.contains('.') && strsim::damerau_levenshtein(known, &name) <= 2)
    }

    /// An example of a term with it.
    pub(super) fn example(self) -> &'static str {
        NAMES
            .iter()
            .find(|&&(_, field, _)| field == self)
            .map_or("", |&(.., example)| example)
    }

    /// Whether `field>value` is short for `field:>value`.
    pub(super) fn is_measured(self) -> bool {
        matches!(self, Self::Status | Self::Size | Self::Duration)
    }
}

/// There is no such field: names one that is near, or says how to look for the text and which fields there are.
pub(super) fn unknown(name: &str, whole: &str, at: std::ops::Range<usize>) -> FilterError {
    let lower = name.to_ascii_lowercase();
    let near = NAMES
        .iter()
        .map(|(known, ..)| (strsim::damerau_levenshtein(known, &lower), *known))
        .min()
        .filter(|(distance, known)| *distance <= known.len() / 3 || known.starts_with(&lower));
    let remedy = match near {
        Some((_, known)) => format!("did you mean {known}:?"),
        None => format!(
            "to look for the text, put it in quotes: {}; the fields are {}",
            super::print::quote(whole),
            NAMES.map(|(known, ..)| known).join(", ")
        ),
    };
    FilterError::new(at, format!("there is no field {name:?}; {remedy}"))
}
