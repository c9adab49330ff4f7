//! Signed certificate timestamps (RFC 6962 section 3.3).

use crate::registry;
use crate::scribe::{Read, Scribe, Text, entry, tell_bytes};

/// ```text
/// opaque SerializedSCT<1..2^16-1>;
/// struct { SerializedSCT sct_list<1..2^16-1>; } SignedCertificateTimestampList;
/// ```
pub(crate) fn timestamp_list(s: &mut Scribe<'_>) -> Read<Text> {
    s.list(2, "sct_list", "timestamp", |s| s.vector(2, "sct", timestamp))?;
    Ok(s.last_value())
}

/// ```text
/// struct {
///     Version sct_version;                    // v1(0)
///     LogID id;
///     uint64 timestamp;                       // milliseconds since 1970
///     CtExtensions extensions<0..2^16-1>;
///     SignatureAndHashAlgorithm algorithm;
///     opaque signature<0..2^16-1>;
/// } SignedCertificateTimestamp;
/// ```
fn timestamp(s: &mut Scribe<'_>) -> Read<Text> {
    let version = s.u8("sct_version", |n| match n {
        0 => "v1 (0)".to_owned(),
        _ => n.to_string(),
    })?;
    if version != 0 {
        return Ok(tell_bytes(s.rest("body")?));
    }
    s.opaque("log_id", 32)?;
    let mut when = String::new();
    s.u64("timestamp", |n| {
        when = utc(n / 1000);
        when.clone()
    })?;
    s.bytes(2, "extensions")?;
    s.u16("algorithm", |n| entry(registry::signature_scheme(n)))?;
    s.bytes(2, "signature")?;
    Ok(when.into())
}

/// Seconds since 1970 as a date and time in UTC: `2026-11-21 12:37:14 UTC`.
pub(super) fn utc(seconds: u64) -> String {
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    // Days to a date of the Gregorian calendar, its years beginning in March and counted in eras of 400
    // (Howard Hinnant, "chrono-compatible low-level date algorithms").
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC",
        time / 3600,
        time / 60 % 60,
        time % 60
    )
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn seconds_become_dates() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(utc(1_795_264_634), "2026-11-21 12:37:14 UTC");
        assert!(utc(u64::MAX / 1000).ends_with("UTC"));
    }
}
