//! The check `dates`: that every certificate of the path is valid now.

use rustls::pki_types::UnixTime;
use time::OffsetDateTime;

use super::case::{Case, who};
use super::trail::Trail;
use super::wording::{ROOTS_PASS, moment, span};
use super::{Check, CheckOutcome};
use crate::chain::Certificate;
use crate::encode::utc;

/// A stretch of time, both ends in it, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Window {
    /// No time at all.
    pub(super) const NEVER: Self = Self { first: 1, last: 0 };

    const ALWAYS: Self = Self {
        first: i64::MIN,
        last: i64::MAX,
    };

    pub(super) fn of(certificate: &Certificate<'_>) -> Self {
        let validity = certificate.x509.validity();
        Self {
            first: validity.not_before.timestamp(),
            last: validity.not_after.timestamp(),
        }
    }

    pub(super) fn contains(self, time: UnixTime) -> bool {
        let time = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        self.first <= time && time <= self.last
    }

    /// The time in it that is nearest to this one; this one where there is none.
    pub(super) fn nearest(self, time: UnixTime) -> UnixTime {
        let now = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        if self.first > self.last {
            return time;
        }
        let nearest = u64::try_from(now.clamp(self.first, self.last)).unwrap_or(0);
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(nearest))
    }

    /// As much of it as isn't past this second.
    pub(super) fn until(self, last: OffsetDateTime) -> Self {
        Self {
            last: self.last.min(last.unix_timestamp()),
            ..self
        }
    }

    fn intersect(self, other: Self) -> Self {
        Self {
            first: self.first.max(other.first),
            last: self.last.min(other.last),
        }
    }
}

/// The time in which all that was presented of a path is valid.
pub(super) fn common_window(case: &Case<'_>, trail: &Trail<'_>) -> Window {
    let windows = trail.steps(case).map(|(_, certificate)| Window::of(certificate));
    windows.fold(Window::ALWAYS, Window::intersect)
}

/// The check, once for each certificate of the path.
pub(super) fn check(case: &Case<'_>, trail: &Trail<'_>) -> Vec<Check> {
    let check = |outcome, evidence: String| Check::new("dates", outcome, evidence);
    let mut checks: Vec<Check> = trail
        .steps(case)
        .map(|(place, certificate)| {
            let (outcome, evidence) = match fault(case, &who(place, certificate), certificate) {
                Some(evidence) => (CheckOutcome::Fail, evidence),
                None => (CheckOutcome::Pass, what_is_left(case, certificate)),
            };
            check(outcome, evidence).of(place)
        })
        .collect();
    let anchor = trail.anchor().filter(|anchor| !trail.ends_with(case, anchor));
    if let Some((anchor, root)) = anchor.and_then(|anchor| Some((anchor, anchor.certificate.as_ref()?))) {
        let (outcome, evidence) = match fault(case, &format!("root {}", root.name()), root) {
            Some(evidence) => (CheckOutcome::Warn, format!("{evidence}; {ROOTS_PASS}")),
            None => (
                CheckOutcome::Pass,
                format!("{}: {}", root.name(), what_is_left(case, root)),
            ),
        };
        checks.push(check(outcome, evidence).of(case.place_of(anchor.der)));
    }
    checks
}

/// What is wrong with the dates, if anything is.
pub(super) fn fault(case: &Case<'_>, who: &str, certificate: &Certificate<'_>) -> Option<String> {
    let window = Window::of(certificate);
    if window.first > window.last {
        return Some(format!("{who} is broken: it ends before it begins"));
    }
    if window.contains(case.now) {
        return None;
    }
    let validity = certificate.x509.validity();
    let Ok(now) = OffsetDateTime::from_unix_timestamp(case.seconds()) else {
        return Some(format!("{who} is not valid at a time that no calendar has"));
    };
    Some(if case.seconds() > window.last {
        format!("{who} expired {} ago", span(now - utc(validity.not_after)))
    } else {
        let ahead = span(utc(validity.not_before) - now);
        format!("{who} is not yet valid: it begins in {ahead}")
    })
}

/// `valid until 2026-11-05 14:03 UTC, 40 days left`
fn what_is_left(case: &Case<'_>, certificate: &Certificate<'_>) -> String {
    let end = utc(certificate.x509.validity().not_after);
    match OffsetDateTime::from_unix_timestamp(case.seconds()) {
        Ok(now) => format!("valid until {}, {} left", moment(end), span(end - now)),
        Err(_) => format!("valid until {}", moment(end)),
    }
}
