//! The `Range` field (RFC 9110 section 14), for one range of bytes.

use http::{HeaderMap, header};

/// What a request asks of a representation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// From the first of these bytes to before the second.
    Range(u64, u64),
    /// None of what is there.
    NotThere,
}

/// What these headers ask of a representation of this length. What is not understood is not obeyed (section
/// 14.2): another unit, several ranges, or no range at all yield the whole.
pub(crate) fn part_of(headers: &HeaderMap, length: u64) -> Part {
    headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| read_range(value, length))
        .unwrap_or(Part::Whole)
}

fn read_range(value: &str, length: u64) -> Option<Part> {
    let (unit, set) = value.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = set.trim().split_once('-')?;
    if first.is_empty() {
        let suffix = read_number(last)?.min(length);
        return Some(if suffix == 0 {
            Part::NotThere
        } else {
            Part::Range(length - suffix, length)
        });
    }
    let first = read_number(first)?;
    let end = match last {
        "" => length,
        _ => read_number(last)?.saturating_add(1),
    };
    if !last.is_empty() && end <= first {
        return None;
    }
    Some(if first >= length {
        Part::NotThere
    } else {
        Part::Range(first, end.min(length))
    })
}

/// A row of digits. One that is too large for any body is as good as the largest.
fn read_number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranges_of_rfc_9110() {
        for (value, length, part) in [
            ("bytes=0-499", 10000, Part::Range(0, 500)),
            ("bytes=500-999", 10000, Part::Range(500, 1000)),
            ("bytes=-500", 10000, Part::Range(9500, 10000)),
            ("bytes=9500-", 10000, Part::Range(9500, 10000)),
            ("Bytes = 0-0", 10000, Part::Range(0, 1)),
            ("bytes=9999-20000", 10000, Part::Range(9999, 10000)),
            ("bytes=0-99999999999999999999999", 10, Part::Range(0, 10)),
            ("bytes=-20000", 10000, Part::Range(0, 10000)),
            ("bytes=10000-", 10000, Part::NotThere),
            ("bytes=99999999999999999999999-", 10000, Part::NotThere),
            ("bytes=-0", 10000, Part::NotThere),
            ("bytes=0-", 0, Part::NotThere),
            ("bytes=-5", 0, Part::NotThere),
            ("bytes=5-4", 10000, Part::Whole),
            ("bytes=-", 10000, Part::Whole),
            ("bytes=a-b", 10000, Part::Whole),
            ("bytes=+1-2", 10000, Part::Whole),
            ("bytes=0-0,-1", 10000, Part::Whole),
            ("lines=0-1", 10000, Part::Whole),
            ("", 10000, Part::Whole),
        ] {
            let headers = HeaderMap::from_iter([(header::RANGE, value.parse().unwrap())]);
            assert_eq!(part_of(&headers, length), part, "{value}");
        }
    }

    proptest::proptest! {
        /// A part is never empty and never beyond the end.
        #[test]
        fn a_part_lies_within(value in "bytes=[0-9]{0,22}-[0-9]{0,22}", length in 0..200_u64) {
            let headers = HeaderMap::from_iter([(header::RANGE, value.parse().unwrap())]);
            if let Part::Range(start, end) = part_of(&headers, length) {
                proptest::prop_assert!(start < end && end <= length);
            }
        }
    }
}
