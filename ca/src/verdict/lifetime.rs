//! The check `lifetime`: that a publicly trusted certificate holds no longer than the CA/Browser Forum allows.
//!
//! Browsers refuse longer ones. Roots of one's own set their own limits.

use time::macros::date;
use time::{Date, OffsetDateTime};

use super::anchor::is_public;
use super::case::Case;
use super::dates::Window;
use super::trail::Trail;
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
    let days = seconds.saturating_add(DAY - 1) / DAY;
    let plural = if days == 1 { "" } else { "s" };
    if !trail.anchor().is_some_and(|anchor| is_public(case, anchor)) {
        return check(
            CheckOutcome::Pass,
            format!("{days} day{plural}; limits are set to publicly trusted certificates alone"),
        );
    }
    let issued = OffsetDateTime::from_unix_timestamp(window.first).map(OffsetDateTime::date);
    let limit = issued
        .ok()
        .and_then(|issued| LIMITS.iter().find(|(since, _)| issued >= *since));
    match limit {
        Some((since, limit)) if seconds > limit * DAY => check(
            CheckOutcome::Warn,
            format!(
                "certificate holds for {days} days, and one issued since {since} may hold for {limit}; browsers refuse it"
            ),
        ),
        Some((since, limit)) => check(
            CheckOutcome::Pass,
            format!("{days} day{plural}, of {limit} that one issued since {since} may hold"),
        ),
        None => check(
            CheckOutcome::Pass,
            format!("{days} day{plural}, issued before there were limits that are told here"),
        ),
    }
}
