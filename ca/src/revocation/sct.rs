//! The `sct` check: what logs of Certificate Transparency promised about the origin's certificate (RFC 6962), in the
//! certificate, in the handshake, and in the staple.
//!
//! Nothing is refused for it: browsers ask this of public authorities alone, each with a list of logs of its own.

mod list;
mod logs;

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::pki_types::UnixTime;
use time::{Duration, OffsetDateTime};
use x509_parser::certificate::X509Certificate;

use super::signed::{Issuer, SignatureFault, verify};
use crate::der::Malformed;
use crate::encode::utc;
use crate::verdict::{Finding, moment};
use list::{Entry, Sct};
pub use logs::{CtLogs, CtLogsError};
use logs::{Log, State};

const NAME: &str = "sct";
/// Timestamps that are looked at. Certificates in use have two to five.
const MAX_TOLD: usize = 16;
/// Certificates that last longer than this need three timestamps in them, others two (Chrome's CT policy).
const SHORT_LIVED: Duration = Duration::days(180);

/// Where timestamps came from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Embedded,
    Handshake,
    Staple,
}

impl Way {
    fn words(self) -> &'static str {
        match self {
            Self::Embedded => "in the certificate",
            Self::Handshake => "in the handshake",
            Self::Staple => "in the stapled OCSP response",
        }
    }
}

/// A timestamp that counts.
struct Counted {
    log_id: [u8; 32],
    operator: String,
    way: Way,
    /// Its log is one that takes certificates, or at least still serves them.
    is_current: bool,
}

/// The checks: one for each timestamp, then one for all of them. `handshake` and `staple` are lists; empty for none.
pub(super) fn check(
    leaf: &X509Certificate<'_>,
    leaf_der: &[u8],
    issuer: Option<&Issuer>,
    (handshake, staple): (&[u8], &[u8]),
    logs: Option<&CtLogs>,
    now: UnixTime,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut counted = Vec::new();
    let mut left = MAX_TOLD;
    let lists = [
        (Way::Embedded, list::embedded(leaf)),
        (Way::Handshake, (!handshake.is_empty()).then_some(Ok(handshake))),
        (Way::Staple, (!staple.is_empty()).then_some(Ok(staple))),
    ];
    for (way, list) in lists {
        let Some(list) = list else { continue };
        let timestamps = match list.and_then(list::split) {
            Ok(timestamps) => timestamps,
            Err(Malformed) => {
                let evidence = format!("the list of SCTs {} is broken: it can't be read", way.words());
                findings.push(Finding::warn(NAME, evidence));
                continue;
            }
        };
        let entry = match way {
            Way::Embedded => issuer
                .map(|issuer| Entry::precertificate(leaf, issuer))
                .transpose(),
            Way::Handshake | Way::Staple => Ok(Some(Entry::certificate(leaf_der))),
        };
        let looked_at = timestamps.len().min(left);
        left -= looked_at;
        for bytes in &timestamps[..looked_at] {
            let asked = Asked {
                way,
                entry: &entry,
                logs,
                ends: utc(leaf.validity().not_after),
                now,
            };
            let (finding, counts) = asked.look_at(bytes);
            findings.push(finding);
            counted.extend(counts);
        }
        if looked_at < timestamps.len() {
            let more = timestamps.len() - looked_at;
            let evidence = format!("{more} more {}: so many are not looked at", way.words());
            findings.push(Finding::not_checked(NAME, evidence));
        }
    }
    if findings.is_empty() {
        let evidence =
            "no SCT came in the certificate or in a staple, and in the handshake none can be asked for here; of public \
             authorities browsers want them"
                .to_owned();
        return vec![Finding::not_checked(NAME, evidence)];
    }
    if logs.is_some() {
        findings.push(policy(&counted, leaf));
    }
    findings
}

/// What one timestamp is looked at with.
struct Asked<'a> {
    way: Way,
    /// None where it isn't known who issued the certificate.
    entry: &'a Result<Option<Entry>, Malformed>,
    logs: Option<&'a CtLogs>,
    /// The certificate's end.
    ends: OffsetDateTime,
    now: UnixTime,
}

impl Asked<'_> {
    fn look_at(&self, bytes: &[u8]) -> (Finding, Option<Counted>) {
        let way = self.way.words();
        let Ok(sct) = Sct::parse(bytes) else {
            let evidence = format!("an SCT {way} can't be read, or is of a version after the first");
            return (Finding::warn(NAME, evidence), None);
        };
        let Some(at) = time_of(&sct) else {
            let evidence = format!("an SCT {way} has a time beyond what can be counted");
            return (Finding::warn(NAME, evidence), None);
        };
        let told = format!("{way}, of {}", moment(at));
        let unknown = |why: String| {
            let id = BASE64.encode(sct.log_id);
            (
                Finding::not_checked(NAME, format!("{told}, by the log {id}: {why}")),
                None,
            )
        };
        let Some(logs) = self.logs else {
            return unknown("not verified, for no list of logs was given (--ct-logs)".to_owned());
        };
        let Some(log) = logs.find(sct.log_id) else {
            return unknown(format!("not verified, for it isn't in {}", logs.name()));
        };
        let told = format!("{told}, by {} ({})", log.description, log.operator);
        let entry = match self.entry {
            Ok(Some(entry)) => entry,
            Ok(None) => {
                let evidence = format!("{told}: not verified, for who issued the certificate isn't known");
                return (Finding::not_checked(NAME, evidence), None);
            }
            Err(Malformed) => {
                let evidence =
                    format!("{told}: not verified, for what was logged can't be told from the certificate");
                return (Finding::not_checked(NAME, evidence), None);
            }
        };
        match self.fault(&sct, at, log, entry) {
            Some(fault) => (Finding::warn(NAME, format!("{told}: {fault}")), None),
            None => {
                let counted = Counted {
                    log_id: *sct.log_id,
                    operator: log.operator.clone(),
                    way: self.way,
                    is_current: log.state == State::Counts,
                };
                let since = match log.state {
                    State::Retired(at) => format!(", retired on {} after it promised this", at.date()),
                    _ => String::new(),
                };
                (
                    Finding::pass(NAME, format!("{told}{since}: signature verified")),
                    Some(counted),
                )
            }
        }
    }

    /// Why a timestamp of a known log doesn't count.
    fn fault(&self, sct: &Sct<'_>, at: OffsetDateTime, log: &Log, entry: &Entry) -> Option<String> {
        let verified = match sct.algorithm {
            Some(algorithm) => verify(&log.key, &algorithm, &sct.signed(entry), sct.signature),
            None => Err(SignatureFault::Unsupported),
        };
        match verified {
            Err(SignatureFault::Wrong) => return Some("its signature is not the log's".to_owned()),
            Err(SignatureFault::Unsupported | SignatureFault::Weak) => {
                return Some("its signature is of a kind that logs don't make".to_owned());
            }
            Ok(()) => {}
        }
        if at.unix_timestamp() > i64::try_from(self.now.as_secs()).unwrap_or(i64::MAX) {
            return Some("it is of a time yet to come".to_owned());
        }
        match log.interval {
            Some((from, until)) if self.ends < from || self.ends >= until => {
                return Some(format!(
                    "the log takes certificates that end from {} to before {}, which this one doesn't",
                    from.date(),
                    until.date()
                ));
            }
            _ => {}
        }
        match log.state {
            State::Counts => None,
            State::Retired(since) if at < since => None,
            State::Retired(since) => Some(format!("the log was retired before, on {}", since.date())),
            State::Pending => Some("the log isn't one that counts yet".to_owned()),
            State::Rejected => Some("the log was rejected".to_owned()),
        }
    }
}

fn time_of(sct: &Sct<'_>) -> Option<OffsetDateTime> {
    let seconds = i64::try_from(sct.timestamp / 1000).ok()?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

/// Whether they would be enough for browsers, which ask for two or three logs of at least two operators.
fn policy(counted: &[Counted], leaf: &X509Certificate<'_>) -> Finding {
    let validity = leaf.validity();
    let lasts = utc(validity.not_after) - utc(validity.not_before);
    let is_embedded = counted.iter().any(|counted| counted.way == Way::Embedded);
    let needed = if is_embedded && lasts > SHORT_LIVED { 3 } else { 2 };
    let logs: HashSet<_> = counted.iter().map(|counted| counted.log_id).collect();
    let operators: HashSet<_> = counted.iter().map(|counted| counted.operator.as_str()).collect();
    let is_current = counted.iter().any(|counted| counted.is_current);
    let told = format!(
        "{} that count{}, of {}",
        amount(logs.len(), "log"),
        if logs.len() == 1 { "s" } else { "" },
        amount(operators.len(), "operator")
    );
    let asked = format!("browsers ask public authorities for {needed} logs of 2 operators");
    if logs.len() >= needed && operators.len() >= 2 && is_current {
        Finding::pass(NAME, format!("{told}; {asked}"))
    } else if logs.len() >= needed && operators.len() >= 2 {
        Finding::warn(
            NAME,
            format!("{told}, all of them retired; {asked}, one of them in use"),
        )
    } else {
        Finding::warn(NAME, format!("{told}; {asked}"))
    }
}

fn amount(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
