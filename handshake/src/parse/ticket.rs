//! NewSessionTicket (RFC 8446 section 4.6.1, RFC 5077 section 3.3).

use super::Context;
use super::extension::{Within, extensions};
use crate::scribe::{Read, Scribe, count};

/// A span of seconds for a person: `7200 seconds (2 hours)`.
fn seconds(span: u32) -> String {
    let (length, unit) = match span {
        86_400.. => (86_400, "day"),
        3600.. => (3600, "hour"),
        60.. => (60, "minute"),
        _ => return count(span as usize, "second"),
    };
    let about = if span.is_multiple_of(length) { "" } else { "about " };
    let number = count((span / length) as usize, unit);
    format!("{} ({about}{number})", count(span as usize, "second"))
}

/// ```text
/// struct {
///     uint32 ticket_lifetime;             // TLS 1.2: ticket_lifetime_hint
///     uint32 ticket_age_add;              // TLS 1.3 from here ...
///     opaque ticket_nonce<0..255>;        // ... to here
///     opaque ticket<1..2^16-1>;
///     Extension extensions<0..2^16-2>;    // TLS 1.3
/// } NewSessionTicket;
/// ```
pub(super) fn new_session_ticket(s: &mut Scribe<'_>, context: Context) -> Read {
    if !context.is_tls13() {
        s.u32("ticket_lifetime_hint", seconds)?;
        return s.bytes(2, "ticket");
    }
    s.u32("ticket_lifetime", seconds)?;
    s.u32("ticket_age_add", |n| n.to_string())?;
    s.bytes(1, "ticket_nonce")?;
    s.bytes(2, "ticket")?;
    extensions(s, Within::NewSessionTicket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_told_in_a_unit_that_fits() {
        assert_eq!(seconds(0), "0 seconds");
        assert_eq!(seconds(7200), "7200 seconds (2 hours)");
        assert_eq!(seconds(604_800), "604800 seconds (7 days)");
        assert_eq!(seconds(100_000), "100000 seconds (about 1 day)");
        assert_eq!(seconds(90), "90 seconds (about 1 minute)");
    }
}
