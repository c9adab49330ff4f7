//! The names of fields, and the words of a filter language as a whole.

use super::term::What;
use super::{FilterError, value};

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
    Protocol,
    Operation,
    GrpcStatus,
    Outcome,
    Door,
    TlsVersion,
    TlsSuite,
    TlsGroup,
    TlsAlpn,
    Ja4,
    Resumed,
    Verdict,
    Check,
    Certificate,
    Process,
}

const NAMES: [(&str, Field, &str); 27] = [
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
    ("protocol", Field::Protocol, "protocol:websocket"),
    ("operation", Field::Operation, "operation:GetUser"),
    ("grpc-status", Field::GrpcStatus, "grpc-status:>0"),
    ("outcome", Field::Outcome, "outcome:failed"),
    ("door", Field::Door, "door:socks5"),
    ("tls.version", Field::TlsVersion, "tls.version:1.2"),
    ("tls.suite", Field::TlsSuite, "tls.suite:aes_128_gcm"),
    ("tls.group", Field::TlsGroup, "tls.group:x25519"),
    ("tls.alpn", Field::TlsAlpn, "tls.alpn:h2"),
    ("ja4", Field::Ja4, "ja4:t13d*"),
    ("resumed", Field::Resumed, "resumed:yes"),
    ("verdict", Field::Verdict, "verdict:refused"),
    ("check", Field::Check, "check:dates"),
    ("cert", Field::Certificate, "cert:3a7bd3e2"),
    ("process", Field::Process, "process:firefox"),
];

/// The words of a filter language: which fields there are, and what a term with one asks for.
pub(super) trait Vocabulary: 'static {
    /// A field that a term can name.
    type Field: Copy + PartialEq;
    /// What a term asks for.
    type What;

    /// The names of fields, each with an example of a term.
    const NAMES: &'static [(&'static str, Self::Field, &'static str)];

    /// Whether `field>value` is short for `field:>value`.
    fn is_measured(field: Self::Field) -> bool;

    /// Text without a field.
    fn text(text: String) -> Self::What;

    /// Reads the value of this field. The error says what would be right.
    fn value(field: Self::Field, value: &str, quoted: bool) -> Result<Self::What, String>;
}

/// The words of filters of exchanges and connections.
pub(super) struct Traffic;

impl Vocabulary for Traffic {
    type Field = Field;
    type What = What;

    const NAMES: &'static [(&'static str, Field, &'static str)] = &NAMES;

    fn is_measured(field: Field) -> bool {
        matches!(
            field,
            Field::Status | Field::GrpcStatus | Field::Size | Field::Duration
        )
    }

    fn text(text: String) -> What {
        What::Text(text)
    }

    fn value(field: Field, value: &str, quoted: bool) -> Result<What, String> {
        value::parse(field, value, quoted)
    }
}

/// The field of this name, in any case.
pub(super) fn of<V: Vocabulary>(name: &str) -> Option<V::Field> {
    V::NAMES
        .iter()
        .find(|(known, ..)| known.eq_ignore_ascii_case(name))
        .map(|&(_, field, _)| field)
}

/// Whether a name with a dot is a field's but for a slip. Any other is the beginning of a host.
pub(super) fn is_mistyped<V: Vocabulary>(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    V::NAMES
        .iter()
        .any(|(known, ..)| known.contains('.') && strsim::damerau_levenshtein(known, &name) <= 2)
}

/// An example of a term with this field.
pub(super) fn example<V: Vocabulary>(field: V::Field) -> &'static str {
    V::NAMES
        .iter()
        .find(|&&(_, known, _)| known == field)
        .map_or("", |&(.., example)| example)
}

/// There is no such field: names one that is near, or says how to look for the text and which fields there are.
pub(super) fn unknown<V: Vocabulary>(name: &str, whole: &str, at: std::ops::Range<usize>) -> FilterError {
    let lower = name.to_ascii_lowercase();
    let near = V::NAMES
        .iter()
        .map(|(known, ..)| (strsim::damerau_levenshtein(known, &lower), *known))
        .min()
        .filter(|(distance, known)| *distance <= known.len() / 3 || known.starts_with(&lower));
    let remedy = match near {
        Some((_, known)) => format!("did you mean {known}:?"),
        None => {
            let known: Vec<&str> = V::NAMES.iter().map(|(known, ..)| *known).collect();
            format!(
                "to look for the text, put it in quotes: {}; the fields are {}",
                super::print::quote(whole),
                known.join(", ")
            )
        }
    };
    FilterError::new(at, format!("there is no field {name:?}; {remedy}"))
}
