//! The `dates` check: that the certificates that take part are valid now.

use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, UnixTime};
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::parse_x509_certificate;

use super::Finding;
use super::path::{Path, certificate_error};
use super::wording::{moment, span};
use crate::chain::{Chain, short_name};
use crate::encode::utc;

/// A stretch of time, both ends in it, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    first: i64,
    last: i64,
}

impl Window {
    pub(super) fn of(certificate: &X509Certificate<'_>) -> Self {
        let validity = certificate.validity();
        Self {
            first: validity.not_before.timestamp(),
            last: validity.not_after.timestamp(),
        }
    }

    pub(super) fn of_der(der: &CertificateDer<'_>) -> Option<Self> {
        parse_x509_certificate(der)
            .ok()
            .map(|(_, certificate)| Self::of(&certificate))
    }

    pub(super) fn contains(self, time: UnixTime) -> bool {
        let time = seconds(time);
        self.first <= time && time <= self.last
    }

    pub(super) fn first(self) -> UnixTime {
        unix_time(self.first)
    }

    pub(super) fn last(self) -> UnixTime {
        unix_time(self.last)
    }

    fn intersect(self, other: Self) -> Self {
        Self {
            first: self.first.max(other.first),
            last: self.last.min(other.last),
        }
    }
}

/// The time in which all that was presented is valid. What isn't on the path narrows it too: that only makes a
/// judgement be made anew sooner.
pub(super) fn common_window(chain: &Chain<'_>) -> Window {
    chain
        .parsed()
        .map(|(_, _, certificate)| Window::of(certificate))
        .fold(
            Window {
                first: i64::MIN,
                last: i64::MAX,
            },
            Window::intersect,
        )
}

/// The check.
pub(super) fn check(path: &Path, chain: &Chain<'_>, now: UnixTime) -> Finding {
    let fault = chain
        .parsed()
        .filter(|(place, presented, _)| path.concerns(*place, presented.der))
        .find_map(|(place, _, certificate)| fault_of(place, certificate, now));
    match (fault, path) {
        (Some((evidence, error)), Path::OutOfDate { .. } | Path::Named) => {
            Finding::fail("dates", evidence, error)
        }
        // Without a path, only the origin's own certificate is sure to take part.
        (Some((evidence, error)), _) if leaf_is_out_of_date(chain, now) => {
            Finding::fail("dates", evidence, error)
        }
        (Some((evidence, _)), _) => Finding::warn("dates", evidence),
        // webpki saw what we can't parse.
        (None, Path::OutOfDate { error }) => Finding::fail(
            "dates",
            "a certificate of the path is out of its dates".to_owned(),
            certificate_error(error),
        ),
        (None, _) => Finding::pass("dates", what_is_left(path, chain, now)),
    }
}

fn leaf_is_out_of_date(chain: &Chain<'_>, now: UnixTime) -> bool {
    chain.leaf().is_some_and(|leaf| !Window::of(leaf).contains(now))
}

fn fault_of(
    place: usize,
    certificate: &X509Certificate<'_>,
    now: UnixTime,
) -> Option<(String, CertificateError)> {
    let window = Window::of(certificate);
    if window.contains(now) {
        return None;
    }
    let who = if place == 0 {
        "certificate".to_owned()
    } else {
        format!("issuing certificate {}", short_name(certificate.subject()))
    };
    let at = OffsetDateTime::from_unix_timestamp(seconds(now)).ok()?;
    if seconds(now) > window.last {
        let ago = span(at - utc(certificate.validity().not_after));
        let error = CertificateError::ExpiredContext {
            time: now,
            not_after: window.last(),
        };
        Some((format!("{who} expired {ago} ago"), error))
    } else {
        let ahead = span(utc(certificate.validity().not_before) - at);
        let error = CertificateError::NotValidYetContext {
            time: now,
            not_before: window.first(),
        };
        Some((format!("{who} is not yet valid: it begins in {ahead}"), error))
    }
}

/// `valid until 2026-11-05 14:03 UTC, 40 days left`, of the certificate that ends first.
fn what_is_left(path: &Path, chain: &Chain<'_>, now: UnixTime) -> String {
    let first_to_end = chain
        .parsed()
        .filter(|(place, presented, _)| path.concerns(*place, presented.der))
        .min_by_key(|(_, _, certificate)| Window::of(certificate).last);
    let (Some((place, _, certificate)), Ok(now)) =
        (first_to_end, OffsetDateTime::from_unix_timestamp(seconds(now)))
    else {
        return "valid".to_owned();
    };
    let end = utc(certificate.validity().not_after);
    let whose = if place == 0 {
        String::new()
    } else {
        format!(" (the issuing certificate {})", short_name(certificate.subject()))
    };
    format!("valid until {}, {} left{whose}", moment(end), span(end - now))
}

fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn unix_time(seconds: i64) -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(
        u64::try_from(seconds).unwrap_or(0),
    ))
}
