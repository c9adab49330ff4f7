//! Distinguished names (X.501), as far as it takes to tell one: `CN=Handlens, O=Example`. No more of X.509 is read
//! in this crate.

use crate::scribe::{tell_bytes, tell_text};

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// BMPString, the one kind of text that is not ASCII or UTF-8.
const BMP_STRING: u8 = 0x1e;

/// A DER `Name` in words; its bytes where it is none.
pub(super) fn tell_name(der: &[u8]) -> String {
    match read_name(der) {
        Some(parts) if parts.is_empty() => "an empty name".to_owned(),
        Some(parts) => parts.join(", "),
        None => tell_bytes(der),
    }
}

/// `Name ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }`
fn read_name(der: &[u8]) -> Option<Vec<String>> {
    let (mut relative_names, []) = expect(der, SEQUENCE)? else {
        return None;
    };
    let mut parts = Vec::new();
    while !relative_names.is_empty() {
        let (mut attributes, behind) = expect(relative_names, SET)?;
        relative_names = behind;
        while !attributes.is_empty() {
            let (attribute, behind) = expect(attributes, SEQUENCE)?;
            attributes = behind;
            let (kind, value) = expect(attribute, OBJECT_IDENTIFIER)?;
            let (tag, value, _) = element(value)?;
            parts.push(format!("{}={}", attribute_name(kind), text(tag, value)));
        }
    }
    Some(parts)
}

fn text(tag: u8, value: &[u8]) -> String {
    if tag == BMP_STRING {
        let units = value.chunks_exact(2).map(|b| u16::from_be_bytes([b[0], b[1]]));
        let text: String = char::decode_utf16(units)
            .map(|c| c.unwrap_or('\u{fffd}'))
            .collect();
        tell_text(text.as_bytes())
    } else {
        tell_text(value)
    }
}

fn attribute_name(oid: &[u8]) -> &'static str {
    match oid {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 4] => "SN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 9] => "street",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x55, 4, 97] => "organizationIdentifier",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1] => "emailAddress",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        _ => "attribute",
    }
}

/// The content of an element of this tag, and what is behind it.
fn expect(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, behind) = element(der)?;
    (found == tag).then_some((content, behind))
}

/// An element of DER: its tag, its content, and what is behind it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 | 0x82 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 3))?;
            (digits.iter().fold(0, |n, &d| n << 8 | usize::from(d)), rest)
        }
        _ => return None,
    };
    let (content, behind) = rest.split_at_checked(length)?;
    Some((tag, content, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_in_words_and_anything_else_in_bytes() {
        let name =
            b"\x30\x1b\x31\x0b0\x09\x06\x03U\x04\x06\x13\x02NL\x31\x0c0\x0a\x06\x03U\x04\x03\x0c\x03a\x1bb";
        assert_eq!(tell_name(name), r"C=NL, CN=a\u{1b}b");
        assert_eq!(tell_name(&[0x30, 0]), "an empty name");
        assert_eq!(tell_name(&[0x30, 5, 1]), "300501");
        let bmp = b"\x30\x0f\x31\x0d0\x0b\x06\x03U\x04\x0a\x1e\x04\x00a\x20\xac";
        assert_eq!(tell_name(bmp), "O=a\u{20ac}");
    }
}
