//! The names in a certificate (RFC 5280 section 4.2.1.6), and which DNS names are well-formed.

use x509_parser::oid_registry::OID_X509_EXT_SUBJECT_ALT_NAME;

use crate::chain::{Certificate, sequence};
use crate::der::elements;
use crate::encode::{address_of, readable};

/// The longest DNS name.
const MAX_NAME: usize = 253;
/// The longest of its labels.
const MAX_LABEL: usize = 63;

/// A GeneralName, as far as anybody compares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name<'a> {
    Dns(&'a [u8]),
    Ip(&'a [u8]),
    Directory,
    Uri(&'a [u8]),
    /// Another kind, by its number.
    Other(u8),
}

impl<'a> Name<'a> {
    /// `None` for what is no GeneralName.
    pub(super) fn of(tag: u8, value: &'a [u8]) -> Option<Self> {
        Some(match tag {
            0x82 => Self::Dns(value),
            0x87 => Self::Ip(value),
            0xa4 => Self::Directory,
            0x86 => Self::Uri(value),
            0xa0 | 0x81 | 0xa3 | 0xa5 | 0x88 => Self::Other(tag & 0x1f),
            _ => return None,
        })
    }

    /// `DNS:*.example.com`, `IP:192.0.2.7`
    pub(super) fn told(&self) -> String {
        match self {
            Self::Dns(name) => format!("DNS:{}", text(name)),
            Self::Ip(bytes) => match address_of(bytes) {
                Some(address) => format!("IP:{address}"),
                None => format!("an address of {} bytes", bytes.len()),
            },
            Self::Directory => "a directory name".to_owned(),
            Self::Uri(uri) => format!("URI:{}", text(uri)),
            Self::Other(1) => "an e-mail address".to_owned(),
            Self::Other(8) => "a registered ID".to_owned(),
            Self::Other(_) => "a name of another kind".to_owned(),
        }
    }
}

/// Bytes of a name as a person reads them: what isn't printable stands as `\x00`.
pub(super) fn text(bytes: &[u8]) -> String {
    readable(&bytes.escape_ascii().to_string())
}

/// The names of a certificate in their order. One that is none ends them, and is an error.
pub(super) fn names_of<'a>(
    certificate: &Certificate<'a>,
) -> impl Iterator<Item = Result<Name<'a>, ()>> + use<'a> {
    let extension = certificate.extension(&OID_X509_EXT_SUBJECT_ALT_NAME);
    let names = extension.and_then(sequence).unwrap_or_default();
    let mut is_over = false;
    elements(names).map_while(move |element| {
        let name = element
            .ok()
            .and_then(|element| Name::of(element.tag, element.value));
        let was_over = std::mem::replace(&mut is_over, name.is_none());
        (!was_over).then_some(name.ok_or(()))
    })
}

/// What a DNS name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A certificate has it.
    Presented,
    /// A client asks for it.
    Asked,
    /// A name constraint has it.
    Constraint,
}

/// What is wrong with a DNS name: the preferred syntax (RFC 1034 section 3.5), with underscores as they are in use.
/// A wildcard is the whole leftmost label, with two labels behind it at the least (RFC 9525 section 6.3).
pub(super) fn fault_of(name: &[u8], role: Role) -> Option<&'static str> {
    if role == Role::Constraint && name.is_empty() {
        return None;
    }
    if name.contains(&0) {
        return Some("it has a NUL byte");
    }
    if name.len() > MAX_NAME {
        return Some("it is longer than 253 bytes");
    }
    let (rest, is_wildcard) = match name.strip_prefix(b"*.") {
        Some(rest) if role == Role::Presented => (rest, true),
        _ => (name, false),
    };
    if rest.contains(&b'*') {
        return Some("its wildcard is not the whole leftmost label");
    }
    let rest = match (rest.strip_suffix(b"."), rest.strip_prefix(b".")) {
        (Some(rest), _) if role == Role::Asked => rest,
        (Some(_), _) => return Some("it ends with a dot"),
        (None, Some(rest)) if role == Role::Constraint => rest,
        _ => rest,
    };
    let mut labels = 0;
    let mut last: &[u8] = &[];
    for label in rest.split(|byte| *byte == b'.') {
        if let Some(fault) = fault_of_label(label) {
            return Some(fault);
        }
        labels += 1;
        last = label;
    }
    if last.iter().all(u8::is_ascii_digit) {
        return Some("its last label is a number, so it looks like an address");
    }
    (is_wildcard && labels < 2).then_some("its wildcard covers a whole top-level domain")
}

fn fault_of_label(label: &[u8]) -> Option<&'static str> {
    if label.is_empty() {
        return Some("it has an empty label");
    }
    if label.len() > MAX_LABEL {
        return Some("it has a label longer than 63 bytes");
    }
    if label.iter().any(|byte| !byte.is_ascii()) {
        return Some("it isn't in ASCII, as internationalized names are written (xn--)");
    }
    if label
        .iter()
        .any(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_'))
    {
        return Some("it has a character that host names don't have");
    }
    (label.starts_with(b"-") || label.ends_with(b"-"))
        .then_some("it has a label that begins or ends with a hyphen")
}

/// A certificate's DNS name is for the name that was asked for. Both are well-formed.
pub(super) fn matches(presented: &[u8], asked: &[u8]) -> bool {
    let asked = asked.strip_suffix(b".").unwrap_or(asked);
    match presented.strip_prefix(b"*.") {
        Some(rest) => {
            let dot = asked.iter().position(|byte| *byte == b'.');
            dot.is_some_and(|dot| dot > 0 && asked[dot + 1..].eq_ignore_ascii_case(rest))
        }
        None => presented.eq_ignore_ascii_case(asked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_malformed() {
        let fault = |name: &str| fault_of(name.as_bytes(), Role::Presented);
        for good in [
            "example.com",
            "*.example.com",
            "a_b.example",
            "xn--bcher-kva.example",
            "localhost",
            "1.a",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        for (bad, why) in [
            ("a\0.example.com", "it has a NUL byte"),
            ("w*.example.com", "its wildcard is not the whole leftmost label"),
            ("www.*.com", "its wildcard is not the whole leftmost label"),
            ("*", "its wildcard is not the whole leftmost label"),
            ("*.*.com", "its wildcard is not the whole leftmost label"),
            ("*.com", "its wildcard covers a whole top-level domain"),
            ("example.com.", "it ends with a dot"),
            ("", "it has an empty label"),
            (".example.com", "it has an empty label"),
            ("a..b", "it has an empty label"),
            ("-a.example", "it has a label that begins or ends with a hyphen"),
            ("a-.example", "it has a label that begins or ends with a hyphen"),
            (
                "192.0.2.7",
                "its last label is a number, so it looks like an address",
            ),
            (
                "bücher.example",
                "it isn't in ASCII, as internationalized names are written (xn--)",
            ),
            ("a b.example", "it has a character that host names don't have"),
        ] {
            assert_eq!(fault(bad), Some(why), "{bad}");
        }
        assert_eq!(fault(&"a.".repeat(127)), Some("it is longer than 253 bytes"));
        assert_eq!(
            fault(&format!("{}.example", "a".repeat(64))),
            Some("it has a label longer than 63 bytes")
        );
    }

    #[test]
    fn the_ends_of_names_differ_by_their_role() {
        assert_eq!(fault_of(b"example.com.", Role::Asked), None);
        assert_eq!(fault_of(b".example.com", Role::Constraint), None);
        assert_eq!(fault_of(b"", Role::Constraint), None);
        assert!(fault_of(b"*.example.com", Role::Constraint).is_some());
        assert!(fault_of(b".", Role::Constraint).is_some());
    }

    #[test]
    fn wildcards_cover_one_label() {
        assert!(matches(b"*.Example.com", b"www.example.COM"));
        assert!(matches(b"*.example.com", b"www.example.com."));
        assert!(!matches(b"*.example.com", b"example.com"));
        assert!(!matches(b"*.example.com", b"a.b.example.com"));
        assert!(!matches(b"*.example.com", b".example.com"));
    }
}
