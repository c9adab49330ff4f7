//! The check `lifetime`: that a server's certificate holds no longer than clients take: a publicly trusted one than the
//! CA/Browser Forum allows, any other than Apple's systems do.
//!
//! Nothing is refused for it here.

use time::macros::date;
use time::{Date, Duration, OffsetDateTime};

use super::anchor::is_public;
use super::case::{Case, Purpose};
use super::dates::Window;
use super::trail::Trail;
use super::wording::span;
use super::{Check, CheckOutcome};

const DAY: i64 = 86_400;

/// From when on, and how many days: Baseline Requirements for TLS server certificates, section 6.3.2.
const LIMITS: &[(Date, i64)] = &[
    (date!(2029 - 03 - 15), 47),
    (date!(2027 - 03 - 15), 100),
    (date!(2026 - 03 - 15), 200),
    (date!(2020 - 09 - 01), 398),
    (date!(2018 - 03 - 01), 825),
];

/// Of certificates by whatever root, from when on, and how many days: "Requirements for trusted certificates in iOS 13 and
/// macOS 10.15".
const APPLE_LIMIT: (Date, i64) = (date!(2019 - 07 - 01), 825);

/// The check.
pub(super) fn check(case: &Case<'_>, trail: &Trail<'_>) -> Check {
    let check = |outcome, evidence: String| Check::new("lifetime", outcome, evidence).of(0);
    let Some(leaf) = case.certificate(0) else {
        return check(
            CheckOutcome::NotChecked,
            "there is no certificate to look at".to_owned(),
        );
    };
    let window = Window::of(leaf);
    // Both the first and the last second are in it (RFC 5280 section 4.1.2.5).
    let seconds = window.last.saturating_sub(window.first).saturating_add(1);
    let length = length(seconds);
    if matches!(case.purpose, Purpose::Client) {
        return check(
            CheckOutcome::Pass,
            format!("{length}; limits are for servers' certificates"),
        );
    }
    let issued = OffsetDateTime::from_unix_timestamp(window.first).map(OffsetDateTime::date);
    if !trail.anchor().is_some_and(|anchor| is_public(case, anchor)) {
        let (since, limit) = APPLE_LIMIT;
        let is_limited = issued.is_ok_and(|issued| issued >= since);
        return match is_limited && seconds > limit * DAY {
            true => check(
                CheckOutcome::Warn,
                format!(
                    "{}; Apple's systems take no certificate of a server for more than {limit}",
                    length_beyond(seconds, limit)
                ),
            ),
            false => check(
                CheckOutcome::Pass,
                format!("{length}; browsers' limits are for publicly trusted certificates alone"),
            ),
        };
    }
    let limit = issued
        .ok()
        .and_then(|issued| LIMITS.iter().find(|(since, _)| issued >= *since));
    match limit {
        Some((since, limit)) if seconds > limit * DAY => check(
            CheckOutcome::Warn,
            format!(
                "certificate holds for {}, and one issued since {since} may hold for {limit}; browsers refuse it",
                length_beyond(seconds, *limit)
            ),
        ),
        Some((since, limit)) => check(
            CheckOutcome::Pass,
            format!("{length}, of {limit} that one issued since {since} may hold"),
        ),
        None => check(
            CheckOutcome::Pass,
            format!("{length}, issued before there were limits that are told here"),
        ),
    }
}

/// `90 days`: the nearest number of them. A certificate of 90 days holds for a second more where whoever made it added
/// the days up, and for an hour more where its beginning was set back for clocks that are behind.
fn length(seconds: i64) -> String {
    if seconds < DAY {
        return span(Duration::seconds(seconds));
    }
    match seconds.saturating_add(DAY / 2) / DAY {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// The same for more days than `limit`: a little more is told as that.
fn length_beyond(seconds: i64, limit: i64) -> String {
    let beyond = seconds.saturating_sub(limit * DAY);
    match beyond < DAY / 2 {
        true => format!("{limit} days and {}", span(Duration::seconds(beyond))),
        false => length(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_in_the_nearest_days() {
        for (seconds, told) in [
            (0, "0 seconds"),
            (3_601, "1 hour"),
            (DAY, "1 day"),
            (DAY + 1, "1 day"),
            (90 * DAY, "90 days"),
            (90 * DAY + 1, "90 days"),
            (90 * DAY + 3_601, "90 days"),
            (90 * DAY + DAY / 2, "91 days"),
            (91 * DAY - 1, "91 days"),
            (i64::MAX, "106751991167300 days"),
        ] {
            assert_eq!(length(seconds), told, "{seconds}");
        }
    }

    #[test]
    fn a_little_more_than_the_limit_is_not_told_as_the_limit() {
        assert_eq!(length_beyond(200 * DAY + 1, 200), "200 days and 1 second");
        assert_eq!(length_beyond(200 * DAY + 3_601, 200), "200 days and 1 hour");
        assert_eq!(length_beyond(201 * DAY, 200), "201 days");
    }
}
