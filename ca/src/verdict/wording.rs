//! Spans of time and lists, as a person says them.

use time::{Duration, OffsetDateTime};

use crate::revocation::words;

/// `3 days`, `1 hour`, `2 years`: the largest unit of which there is at least one, without fractions.
pub(crate) fn span(length: Duration) -> String {
    let seconds = length.whole_seconds().unsigned_abs();
    let units = [
        (365 * 86_400, "year"),
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let (count, unit) = units
        .iter()
        .map(|(size, unit)| (seconds / size, *unit))
        .find(|(count, _)| *count > 0)
        .unwrap_or((0, "second"));
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// Why webpki refuses a path; goes on behind a colon.
pub(super) fn refusal(error: &webpki::Error) -> &'static str {
    match error {
        webpki::Error::UnknownIssuer => "no path leads to a root that is trusted",
        webpki::Error::CertRevoked => "it was revoked",
        webpki::Error::CertNotValidForName(_) => "it is for another name",
        error => words(error),
    }
}

/// What is said where a root is at fault and the chain passes all the same.
pub(super) const ROOTS_PASS: &str = "that is not held against roots here, whose name and key alone count (RFC 5280 section 6.1); OpenSSL holds it against \
     every root, and Chrome against those that were added to a system";

/// `2026-11-05 14:03 UTC`
pub(crate) fn moment(time: OffsetDateTime) -> String {
    format!("{} {:02}:{:02} UTC", time.date(), time.hour(), time.minute())
}

/// `a`, `a and b`, `a, b and c`, `a, b, c and 12 more`.
pub(super) fn list(items: &[String]) -> String {
    const MAX_TOLD: usize = 3;
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if items.len() <= MAX_TOLD => format!("{} and {last}", first.join(", ")),
        _ => format!(
            "{} and {} more",
            items[..MAX_TOLD].join(", "),
            items.len() - MAX_TOLD
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        assert_eq!(span(Duration::ZERO), "0 seconds");
        assert_eq!(span(Duration::seconds(-1)), "1 second");
        assert_eq!(span(Duration::minutes(61)), "1 hour");
        assert_eq!(span(Duration::days(3)), "3 days");
        assert_eq!(span(Duration::days(364)), "364 days");
        assert_eq!(span(Duration::days(800)), "2 years");
    }

    #[test]
    fn lists() {
        let items = |count: usize| (1..=count).map(|number| number.to_string()).collect::<Vec<_>>();
        assert_eq!(list(&items(1)), "1");
        assert_eq!(list(&items(2)), "1 and 2");
        assert_eq!(list(&items(3)), "1, 2 and 3");
        assert_eq!(list(&items(15)), "1, 2, 3 and 12 more");
    }
}
