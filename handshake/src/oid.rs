//! Object identifiers: their dotted form, and the names of those that certificates are made of.

mod names;

use std::collections::HashMap;
use std::sync::LazyLock;

/// The dotted form of an encoded object identifier (X.690 section 8.19); `None` where it is malformed.
pub(crate) fn dotted(bytes: &[u8]) -> Option<String> {
    use std::fmt::Write as _;
    if bytes.last().is_none_or(|last| last & 0x80 != 0) {
        return None;
    }
    let mut text = String::with_capacity(bytes.len() * 3);
    let mut arc = 0_u128;
    let mut begins = true;
    for &byte in bytes {
        // An arc begins with no zeros, and none in use has more than 128 bits (X.667 gives that many to a UUID).
        if begins && byte == 0x80 || arc > u128::MAX >> 7 {
            return None;
        }
        arc = arc << 7 | u128::from(byte & 0x7f);
        begins = byte & 0x80 == 0;
        if begins {
            let written = if text.is_empty() {
                let root = (arc / 40).min(2);
                write!(text, "{root}.{}", arc - root * 40)
            } else {
                write!(text, ".{arc}")
            };
            written.ok()?;
            arc = 0;
        }
    }
    Some(text)
}

/// An object identifier that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// `2.5.29.17`
    pub(crate) dotted: &'static str,
    /// In the words of the document that defines it: `subjectAltName`.
    pub(crate) name: &'static str,
    /// As a field goes by it: `subject_alt_name`.
    pub(crate) field: String,
    /// As it is told: `subjectAltName (2.5.29.17)`.
    pub(crate) value: String,
}

/// What is known of an encoded object identifier. Most of a certificate's are, and each is put in words once.
pub(crate) fn known(bytes: &[u8]) -> Option<&'static Known> {
    static KNOWN: LazyLock<HashMap<Vec<u8>, Known>> = LazyLock::new(|| {
        let known = |&(dotted, name): &(&'static str, &'static str)| {
            let known = Known {
                dotted,
                name,
                field: snake_case(name),
                value: format!("{name} ({dotted})"),
            };
            Some((encoded(dotted)?, known))
        };
        names::NAMES.iter().filter_map(known).collect()
    });
    KNOWN.get(bytes)
}

/// A dotted object identifier as it is encoded.
fn encoded(dotted: &str) -> Option<Vec<u8>> {
    let mut arcs = dotted.split('.').map(str::parse::<u64>);
    let root = arcs.next()?.ok()? * 40 + arcs.next()?.ok()?;
    let mut bytes = Vec::new();
    for arc in std::iter::once(Ok(root)).chain(arcs) {
        let arc = arc.ok()?;
        let digits = (u64::BITS - arc.leading_zeros()).div_ceil(7).max(1);
        for digit in (0..digits).rev() {
            let more = if digit > 0 { 0x80 } else { 0 };
            bytes.push((arc >> (7 * digit) & 0x7f) as u8 | more);
        }
    }
    Some(bytes)
}

/// A name of ASN.1 as a field goes by it: `subjectAltName` is `subject_alt_name`, `cRLDistributionPoints`
/// `crl_distribution_points`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let letters: Vec<char> = name.chars().collect();
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let behind = letters.get(at + 1);
        let begins_word = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                let after_lower = !before.is_ascii_uppercase() && before != '-' && before != ' ';
                let ends_capitals =
                    before.is_ascii_uppercase() && behind.is_some_and(char::is_ascii_lowercase);
                // The first letter of a name is small even where it belongs to an abbreviation.
                let is_abbreviation = at == 1 && behind.is_some_and(char::is_ascii_uppercase);
                after_lower && !is_abbreviation || ends_capitals
            });
        if begins_word {
            snake.push('_');
        }
        snake.push(match letter {
            '-' | ' ' => '_',
            letter => letter.to_ascii_lowercase(),
        });
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_identifiers_are_told_by_number_and_name() {
        let told = |bytes| known(bytes).map(|known| &*known.value);
        assert_eq!(told(&[0x55, 0x1d, 0x11]), Some("subjectAltName (2.5.29.17)"));
        assert_eq!(
            told(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11]),
            Some("sha256WithRSAEncryption (1.2.840.113549.1.1.11)")
        );
        assert_eq!(told(&[0x88, 0x37, 3]), None);
        assert_eq!(dotted(&[0x88, 0x37, 3]).as_deref(), Some("2.999.3"));
        assert_eq!(dotted(&[0x27]).as_deref(), Some("0.39"));
    }

    #[test]
    fn what_is_no_object_identifier_is_none() {
        assert_eq!(dotted(&[]), None);
        assert_eq!(dotted(&[0x55, 0x9d]), None, "cut short");
        assert_eq!(dotted(&[0x55, 0x80, 1]), None, "an arc that begins with zeros");
        assert_eq!(
            dotted(&[&[0xff; 20][..], &[1]].concat()),
            None,
            "an arc of 141 bits"
        );
    }

    #[test]
    fn names_become_those_of_fields() {
        for (name, snake) in [
            ("subjectAltName", "subject_alt_name"),
            ("cRLDistributionPoints", "crl_distribution_points"),
            ("tlsFeature", "tls_feature"),
            ("OCSPSigning", "ocsp_signing"),
            ("ocsp-nocheck", "ocsp_nocheck"),
            ("stateOrProvinceName", "state_or_province_name"),
            ("ipsecIKE", "ipsec_ike"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
    }

    #[test]
    fn every_number_has_one_name() {
        for (number, name) in names::NAMES {
            let bytes = encoded(number).unwrap();
            assert_eq!(dotted(&bytes).as_deref(), Some(*number));
            assert_eq!(known(&bytes).map(|known| known.name), Some(*name));
        }
    }
}
