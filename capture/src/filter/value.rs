//! The values of fields. Errors say what would be right.

use super::field::Field;
use super::measure::{Measure, Unit};
use super::term::{HashPrefix, Name, Pattern, TlsField, What};
use crate::message::grpc_status_named;
use crate::{Decision, Door, ExchangeState, Outcome, Protocol, Version};

/// Reads the value of this field.
pub(super) fn parse(field: Field, value: &str, quoted: bool) -> Result<What, String> {
    Ok(match field {
        Field::Host => host(&value.to_ascii_lowercase(), quoted)?,
        Field::Path => What::Path(pattern(value, quoted)?),
        Field::Type => What::Type(pattern(&value.to_ascii_lowercase(), quoted)?),
        Field::Error => What::Error(pattern(value, quoted)?),
        Field::Method => What::Method(list(value, |method| {
            let token = method
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
            token
                .then(|| method.to_ascii_uppercase())
                .ok_or_else(|| format!("{method:?} is not a method"))
        })?),
        Field::Status => What::Status(list(value, |status| Measure::parse(status, Unit::Status))?),
        Field::Scheme => What::Scheme(one_of(value, &SCHEMES)?),
        Field::State => What::State(list(value, |state| one_of(state, &STATES))?),
        Field::Size => What::Size(Measure::parse(value, Unit::Size)?),
        Field::Duration => What::Duration(Measure::parse(value, Unit::Duration)?),
        Field::Connection => What::Connection(connection(value)?),
        Field::Version => What::Version(list(value, version)?),
        Field::Protocol => What::Protocol(list(value, protocol)?),
        Field::Operation => What::Operation(pattern(value, quoted)?),
        Field::GrpcStatus => What::GrpcStatus(list(value, grpc_status)?),
        Field::Outcome => What::Outcome(list(value, |outcome| one_of(outcome, &OUTCOMES))?),
        Field::Door => What::Door(list(value, |door| one_of(door, &DOORS))?),
        Field::TlsVersion => What::Tls(TlsField::Version, pattern(value, quoted)?),
        Field::TlsSuite => What::Tls(TlsField::Suite, pattern(value, quoted)?),
        Field::TlsGroup => What::Tls(TlsField::Group, pattern(value, quoted)?),
        Field::TlsAlpn => What::Tls(TlsField::Alpn, pattern(value, quoted)?),
        Field::Ja4 => What::Ja4(pattern(value, quoted)?),
        Field::Process => What::Process(pattern(value, quoted)?),
        Field::Resumed => What::Resumed(yes_or_no(value)?),
        Field::Verdict => What::Verdict(list(value, |decision| one_of(decision, &DECISIONS))?),
        Field::Check => What::Check(check(value)?),
        Field::Certificate => What::Certificate(hash_prefix(value)?),
    })
}

const STATES: [(&str, ExchangeState); 3] = [
    ("open", ExchangeState::Open),
    ("done", ExchangeState::Done),
    ("failed", ExchangeState::Failed),
];

const SCHEMES: [(&str, &str); 4] = [
    ("http", "http"),
    ("https", "https"),
    ("tcp", "tcp"),
    ("tls", "tls"),
];

const OUTCOMES: [(&str, Outcome); 5] = [
    ("inspected", Outcome::Inspected),
    ("passed", Outcome::Passed),
    ("opaque", Outcome::Opaque),
    ("plain", Outcome::Plain),
    ("failed", Outcome::Failed),
];

const DOORS: [(&str, Door); 7] = [
    ("connect", Door::Connect),
    ("http", Door::Http),
    ("socks4", Door::Socks4),
    ("socks5", Door::Socks5),
    ("transparent", Door::Transparent),
    ("reverse", Door::Reverse),
    ("own", Door::Own),
];

const DECISIONS: [(&str, Decision); 4] = [
    ("trusted", Decision::Trusted),
    ("refused", Decision::Refused),
    ("overridden", Decision::Overridden),
    ("not_judged", Decision::NotJudged),
];

fn protocol(value: &str) -> Result<Protocol, String> {
    let known = Protocol::ALL.map(|protocol| (protocol.as_str(), protocol));
    one_of(value, &known)
}

/// A code by its number or its name, or how it compares with one.
fn grpc_status(value: &str) -> Result<Measure, String> {
    match grpc_status_named(value) {
        Some(code) => Ok(Measure::Is(code)),
        None => Measure::parse(value, Unit::GrpcStatus),
    }
}

pub(super) fn yes_or_no(value: &str) -> Result<bool, String> {
    one_of(value, &[("yes", true), ("no", false)])
}

/// The name of a check. Which there are is not known here.
fn check(value: &str) -> Result<String, String> {
    let is_name = value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_name
        .then(|| value.to_ascii_lowercase())
        .ok_or_else(|| format!("{value:?} is not the name of a check; write it as dates or key_usage"))
}

/// The beginning of a SHA-256 in hexadecimal, with colons or without.
pub(super) fn hash_prefix(value: &str) -> Result<HashPrefix, String> {
    let digits: String = value.chars().filter(|&c| c != ':').collect();
    let wrong = || format!("{value:?} is not the beginning of a SHA-256; write it as 3a7bd3e2");
    if !(1..=64).contains(&digits.len()) {
        return Err(wrong());
    }
    let first = format!("{digits:0<64}").parse().map_err(|_| wrong())?;
    let digits = digits.len();
    Ok(HashPrefix { first, digits })
}

/// `=whole`, `with*stars`, or a part. In quotes all is taken as it stands.
pub(super) fn pattern(value: &str, quoted: bool) -> Result<Pattern, String> {
    if quoted {
        return Ok(Pattern::Contains(value.to_owned()));
    }
    match value.strip_prefix('=') {
        Some("") => Err("there is nothing behind the \"=\"".to_owned()),
        Some(whole) => Ok(Pattern::Is(whole.to_owned())),
        None if value.contains('*') => Ok(Pattern::Glob(value.to_owned())),
        None => Ok(Pattern::Contains(value.to_owned())),
    }
}

/// A pattern with a port behind it or without; an IPv6 address in brackets or without.
fn host(value: &str, quoted: bool) -> Result<What, String> {
    if quoted {
        return Ok(What::Host {
            pattern: Pattern::Contains(value.to_owned()),
            port: None,
        });
    }
    let (sign, rest) = if value.starts_with('=') {
        value.split_at(1)
    } else {
        ("", value)
    };
    let (name, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, "")) => (address, None),
        Some((address, port)) => (address, port.strip_prefix(':').or(Some(""))),
        None => match rest.split_once(':') {
            Some((name, port)) if !port.contains(':') => (name, Some(port)),
            _ => (rest, None),
        },
    };
    let port = port
        .map(|port| {
            port.parse::<u16>()
                .map_err(|_| format!("{port:?} is not a port; write it as host:example.com:8443"))
        })
        .transpose()?;
    if name.is_empty() {
        return Err("the host is missing; host:* is any".to_owned());
    }
    if name.contains(['[', ']']) {
        return Err("brackets stand around an IPv6 address alone: host:[::1]:8443".to_owned());
    }
    Ok(What::Host {
        pattern: pattern(&format!("{sign}{name}"), false)?,
        port,
    })
}

fn connection(value: &str) -> Result<Name, String> {
    match (value.parse(), value.parse()) {
        (Ok(number), _) if number <= i64::MAX as u64 => Ok(Name::Number(number)),
        (_, Ok(id)) => Ok(Name::Id(id)),
        _ => Err(format!(
            "{value:?} is neither the number nor the id of a connection"
        )),
    }
}

fn version(value: &str) -> Result<Version, String> {
    let value = value.to_ascii_lowercase();
    let short = value
        .strip_prefix("http/")
        .or(value.strip_prefix('h'))
        .unwrap_or(&value);
    one_of(
        short,
        &[
            ("1.0", Version::Http10),
            ("1.1", Version::Http11),
            ("2", Version::Http2),
            ("2.0", Version::Http2),
        ],
    )
}

/// Values of a list at the most: each makes the condition that is asked of every row longer.
const LONGEST_LIST: usize = 50;

pub(super) fn list<T>(value: &str, each: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    if value.split(',').count() > LONGEST_LIST {
        return Err(format!("a list has {LONGEST_LIST} values at most"));
    }
    value
        .split(',')
        .map(|part| match part {
            "" => Err("there is nothing before or behind a comma".to_owned()),
            part => each(part),
        })
        .collect()
}

pub(super) fn one_of<T: Copy>(value: &str, known: &[(&str, T)]) -> Result<T, String> {
    known
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(value))
        .map(|&(_, meant)| meant)
        .ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            format!("{value:?} is none of {}", names.join(", "))
        })
}
