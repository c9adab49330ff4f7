//! A tree as the text that it is parsed from again.

use std::fmt::{self, Formatter};

use super::measure::{Measure, Unit};
use super::term::{Name, Node, Pattern, TlsField, What};
use crate::{Decision, Door, Outcome, Protocol, Version};

pub(super) fn print(node: &Node, f: &mut Formatter<'_>) -> fmt::Result {
    match node {
        Node::All(nodes) => separated(nodes, " ", f, |node, f| match node {
            Node::Any(_) => in_parentheses(node, f),
            _ => print(node, f),
        }),
        Node::Any(nodes) => separated(nodes, " or ", f, print),
        Node::Not(node) => {
            f.write_str("-")?;
            match **node {
                Node::All(_) | Node::Any(_) => in_parentheses(node, f),
                _ => print(node, f),
            }
        }
        Node::Term(term) => what(&term.what, f),
    }
}

/// The text in quotes, whatever it holds.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn in_parentheses(node: &Node, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str("(")?;
    print(node, f)?;
    f.write_str(")")
}

fn separated<T>(
    items: &[T],
    between: &str,
    f: &mut Formatter<'_>,
    mut each: impl FnMut(&T, &mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        each(item, f)?;
    }
    Ok(())
}

fn what(what: &What, f: &mut Formatter<'_>) -> fmt::Result {
    match what {
        What::Text(text) if is_plain(text) => f.write_str(text),
        What::Text(text) => f.write_str(&quote(text)),
        What::Host { pattern: host, port } => {
            f.write_str("host:")?;
            let (sign, name) = match host {
                Pattern::Is(name) => ("=", name),
                Pattern::Contains(name) | Pattern::Glob(name) => ("", name),
            };
            match port {
                // Without a port, a name with a colon is an address in brackets or stands in quotes.
                None if !name.contains([':', '[', ']']) => pattern(host, f),
                None if matches!(host, Pattern::Contains(_)) => f.write_str(&quote(name)),
                None => write!(f, "{sign}[{name}]"),
                Some(port) if name.contains(':') => write!(f, "{sign}[{name}]:{port}"),
                Some(port) => write!(f, "{sign}{name}:{port}"),
            }
        }
        What::Path(path) => prefixed("path:", path, f),
        What::Type(media_type) => prefixed("type:", media_type, f),
        What::Error(error) => prefixed("error:", error, f),
        What::Method(methods) => write!(f, "method:{}", methods.join(",")),
        What::Status(statuses) => {
            f.write_str("status:")?;
            separated(statuses, ",", f, |status, f| status.print(Unit::Status, f))
        }
        What::Scheme(scheme) => write!(f, "scheme:{scheme}"),
        What::State(states) => {
            f.write_str("state:")?;
            separated(states, ",", f, |state, f| f.write_str(state.as_str()))
        }
        What::Size(size) => measured("size:", *size, Unit::Size, f),
        What::Duration(duration) => measured("duration:", *duration, Unit::Duration, f),
        What::Connection(Name::Id(id)) => write!(f, "connection:{id}"),
        What::Connection(Name::Number(number)) => write!(f, "connection:{number}"),
        What::Version(versions) => {
            f.write_str("version:")?;
            separated(versions, ",", f, |version: &Version, f| {
                f.write_str(version.as_str().trim_start_matches("HTTP/"))
            })
        }
        What::Protocol(protocols) => {
            f.write_str("protocol:")?;
            separated(protocols, ",", f, |protocol: &Protocol, f| {
                f.write_str(protocol.as_str())
            })
        }
        What::Operation(operation) => prefixed("operation:", operation, f),
        What::GrpcStatus(statuses) => {
            f.write_str("grpc-status:")?;
            separated(statuses, ",", f, |status, f| status.print(Unit::GrpcStatus, f))
        }
        What::Outcome(outcomes) => {
            f.write_str("outcome:")?;
            separated(outcomes, ",", f, |outcome: &Outcome, f| {
                f.write_str(outcome.as_str())
            })
        }
        What::Door(doors) => {
            f.write_str("door:")?;
            separated(doors, ",", f, |door: &Door, f| f.write_str(door.as_str()))
        }
        What::Tls(field, text) => {
            let field = match field {
                TlsField::Version => "tls.version:",
                TlsField::Suite => "tls.suite:",
                TlsField::Group => "tls.group:",
                TlsField::Alpn => "tls.alpn:",
            };
            prefixed(field, text, f)
        }
        What::Ja4(text) => prefixed("ja4:", text, f),
        What::Process(text) => prefixed("process:", text, f),
        What::Resumed(resumed) => write!(f, "resumed:{}", if *resumed { "yes" } else { "no" }),
        What::Verdict(decisions) => {
            f.write_str("verdict:")?;
            separated(decisions, ",", f, |decision: &Decision, f| {
                f.write_str(decision.as_str())
            })
        }
        What::Check(check) => write!(f, "check:{check}"),
        What::Certificate(prefix) => write!(f, "cert:{}", &prefix.first.to_string()[..prefix.digits]),
    }
}

fn prefixed(field: &str, text: &Pattern, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(field)?;
    pattern(text, f)
}

/// A duration without a unit means milliseconds, so nought is told as it is.
fn measured(field: &str, measure: Measure, unit: Unit, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(field)?;
    measure.print(unit, f)
}

fn pattern(pattern: &Pattern, f: &mut Formatter<'_>) -> fmt::Result {
    match pattern {
        Pattern::Contains(text) if is_plain_value(text) => f.write_str(text),
        Pattern::Contains(text) => f.write_str(&quote(text)),
        Pattern::Is(text) => write!(f, "={text}"),
        Pattern::Glob(text) => f.write_str(text),
    }
}

/// Whether text without a field is itself again when it stands bare.
fn is_plain(text: &str) -> bool {
    let plain =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '/' | '_' | '-' | '?' | '&' | '%' | '*' | '~');
    !text.starts_with('-')
        && text.chars().all(plain)
        && !["or", "and", "not"]
            .iter()
            .any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether a value is itself again when it stands bare. Behind two slashes the field would read as a URL's scheme.
fn is_plain_value(text: &str) -> bool {
    !text.starts_with(['=', '"'])
        && !text.starts_with("//")
        && !text.contains(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '*'))
}
