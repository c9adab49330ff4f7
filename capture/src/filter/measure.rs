//! Numbers with units and how they are compared: `>1mb`, `200-299`, `4xx`.

use std::fmt;
use std::ops::RangeInclusive;

/// Which numbers are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Is(u64),
    Below(u64),
    AtMost(u64),
    Above(u64),
    AtLeast(u64),
    Between(u64, u64),
}

/// Seconds of a day.
const DAY: u64 = 86_400;

/// What a number counts, and so which units it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// HTTP status codes.
    Status,
    /// Status codes of gRPC.
    GrpcStatus,
    /// Bytes.
    Size,
    /// Microseconds; milliseconds where no unit is said.
    Duration,
    /// Seconds; days where no unit is said.
    Time,
}

impl Measure {
    /// The numbers that are meant, both ends included. `None` when there are none.
    pub(crate) fn range(self) -> Option<RangeInclusive<u64>> {
        Some(match self {
            Self::Is(n) => n..=n,
            Self::Below(n) => 0..=n.checked_sub(1)?,
            Self::AtMost(n) => 0..=n,
            Self::Above(n) => n.checked_add(1)?..=u64::MAX,
            Self::AtLeast(n) => n..=u64::MAX,
            Self::Between(low, high) => low..=high,
        })
    }

    /// Reads one. The error says what would be right.
    pub(super) fn parse(text: &str, unit: Unit) -> Result<Self, String> {
        if unit == Unit::Status
            && let Some(hundred) = text.strip_suffix("xx").or(text.strip_suffix("XX"))
            && let Ok(hundred @ 1..=9) = hundred.parse::<u64>()
        {
            return Ok(Self::Between(hundred * 100, hundred * 100 + 99));
        }
        for (sign, make) in [
            (">=", Self::AtLeast as fn(u64) -> Self),
            ("<=", Self::AtMost),
            (">", Self::Above),
            ("<", Self::Below),
            ("=", Self::Is),
        ] {
            if let Some(number) = text.strip_prefix(sign) {
                return unit.number(number).map(make);
            }
        }
        match text.split_once('-') {
            None => unit.number(text).map(Self::Is),
            Some((low, high)) => match (unit.number(low)?, unit.number(high)?) {
                (low, high) if low <= high => Ok(Self::Between(low, high)),
                _ => Err(format!(
                    "{text:?} ends before it begins; write the smaller one first"
                )),
            },
        }
    }

    pub(super) fn print(self, unit: Unit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Between(low, high)
                if unit == Unit::Status && low % 100 == 0 && high == low + 99 && low >= 100 =>
            {
                return write!(f, "{}xx", low / 100);
            }
            Self::Between(low, _) => {
                unit.print(low, f)?;
                f.write_str("-")?;
            }
            Self::Is(_) => {}
            Self::Below(_) => f.write_str("<")?,
            Self::AtMost(_) => f.write_str("<=")?,
            Self::Above(_) => f.write_str(">")?,
            Self::AtLeast(_) => f.write_str(">=")?,
        }
        let (Self::Is(n)
        | Self::Below(n)
        | Self::AtMost(n)
        | Self::Above(n)
        | Self::AtLeast(n)
        | Self::Between(_, n)) = self;
        unit.print(n, f)
    }
}

impl Unit {
    /// The units' names, largest first, and how much each is.
    fn names(self) -> &'static [(&'static str, u64)] {
        match self {
            Self::Status | Self::GrpcStatus => &[],
            Self::Size => &[
                ("gib", 1 << 30),
                ("gb", 1_000_000_000),
                ("mib", 1 << 20),
                ("mb", 1_000_000),
                ("kib", 1 << 10),
                ("kb", 1000),
                ("b", 1),
            ],
            Self::Time => &[("y", 365 * DAY), ("w", 7 * DAY), ("d", DAY), ("h", 3600)],
            Self::Duration => &[("m", 60_000_000), ("s", 1_000_000), ("ms", 1000), ("us", 1)],
        }
    }

    fn number(self, text: &str) -> Result<u64, String> {
        let wrong = || {
            format!(
                "{text:?} is not {}",
                match self {
                    Self::Status => "a status; write it as 200, 4xx, >=400 or 200-299",
                    Self::GrpcStatus => "a status of gRPC; write it as 14, unavailable or >0",
                    Self::Size => "a size; write it as 500, 10kb, 1.5mb or 2gb",
                    Self::Duration => "a duration; write it as 250ms, 1.5s or 2m",
                    Self::Time => "a time; write it as 12h, 30d, 8w or 1y",
                }
            )
        };
        let digits_end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (digits, unit) = text.split_at(digits_end);
        let scale = match (self, unit.to_ascii_lowercase().as_str()) {
            (Self::Status | Self::GrpcStatus | Self::Size, "") => 1,
            (Self::Duration, "") => 1000,
            (Self::Time, "") => DAY,
            (_, unit) => {
                self.names()
                    .iter()
                    .find(|(name, _)| *name == unit)
                    .ok_or_else(wrong)?
                    .1
            }
        };
        let number = decimal(digits, scale).ok_or_else(wrong)?;
        if self == Self::Status && !(100..=999).contains(&number) {
            return Err(wrong());
        }
        Ok(number)
    }

    /// In the largest unit that tells it exactly.
    fn print(self, number: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self
            .names()
            .iter()
            .find(|(_, scale)| number > 0 && number.is_multiple_of(*scale))
        {
            Some((name, scale)) => write!(f, "{}{name}", number / scale),
            None => write!(f, "{number}"),
        }
    }
}

/// A decimal with at most one point, scaled, what lies below one let go. `None` when it is none, or too large.
fn decimal(digits: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') || fraction.len() > 9 {
        return None;
    }
    let part = fraction.parse::<u128>().ok()? * u128::from(scale) / 10u128.pow(fraction.len() as u32);
    let scaled = u128::from(whole.parse::<u64>().ok()?) * u128::from(scale) + part;
    // The store's numbers are signed.
    u64::try_from(scaled)
        .ok()
        .filter(|&number| number <= i64::MAX as u64)
}
