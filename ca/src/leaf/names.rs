//! The names of a leaf: the host that was asked for, and what the origin's own certificate names.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::x509::AttributeTypeAndValue;

use super::{HostFault, MintError};
use crate::certificate;
use crate::encode::address_of;
use crate::root::Constraints;

/// The longest name of a host (RFC 1035 section 2.3.4, without the root's dot).
const MAX_NAME_BYTES: usize = 253;
const MAX_LABEL_BYTES: usize = 63;
/// The longest common name, and organisation (RFC 5280 appendix A, ub-common-name, ub-organization-name).
const MAX_COMMON_NAME_CHARS: usize = 64;
/// An origin chooses how many names it has, and we pay for them on every handshake. The largest certificates
/// in use have some 100; what is beyond is left out, and the asked host is in any case there.
const MAX_MIRRORED_NAMES: usize = 128;
const MAX_MIRRORED_BYTES: usize = 8 * 1024;
/// How much of a refused host an error repeats.
const MAX_TOLD_CHARS: usize = 80;

/// A host as a certificate names it.
///
/// Invariant: a name is ASCII in lower case, has no dot at its end, and every label is 1 to 63 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Name(String),
    Address(IpAddr),
}

impl Host {
    /// Parses a host as it stands in a CONNECT target, in SNI or in a URL.
    pub(crate) fn parse(text: &str) -> Result<Self, MintError> {
        if let Some(address) = parse_address(text) {
            return Ok(Self::Address(address));
        }
        match check_name(text) {
            Ok(name) => Ok(Self::Name(name.to_ascii_lowercase())),
            Err(fault) => Err(MintError::Host {
                host: text.chars().take(MAX_TOLD_CHARS).collect(),
                fault,
            }),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// An address, IPv6 with or without brackets. A zone (RFC 6874) says which of this machine's links to take and
/// has no place in a certificate.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    if let Ok(address) = bare.parse() {
        return Some(address);
    }
    let (address, zone) = bare.split_once('%')?;
    if zone.is_empty() {
        None
    } else {
        address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
    }
}

/// A name without its last dot. Underscores pass: hosts with them exist, and clients take them.
fn check_name(text: &str) -> Result<&str, HostFault> {
    let name = text.strip_suffix('.').unwrap_or(text);
    if name.is_empty() {
        return Err(HostFault::Empty);
    }
    if !name.is_ascii() {
        return Err(HostFault::NotAscii);
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(HostFault::TooLong);
    }
    for label in name.split('.') {
        check_label(label)?;
    }
    Ok(name)
}

fn check_label(label: &str) -> Result<(), HostFault> {
    if label.is_empty() {
        Err(HostFault::LabelEmpty)
    } else if label.len() > MAX_LABEL_BYTES {
        Err(HostFault::LabelTooLong)
    } else if label
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    {
        Ok(())
    } else {
        Err(HostFault::Character)
    }
}

/// A subject alternative name (RFC 5280 section 4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AlternativeName {
    /// rfc822Name
    Mail(String),
    /// dNSName, which may begin with `*.`
    Dns(String),
    /// iPAddress
    Address(IpAddr),
}

impl fmt::Display for AlternativeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mail(text) | Self::Dns(text) => f.write_str(text),
            Self::Address(address) => address.fmt(f),
        }
    }
}

impl From<&Host> for AlternativeName {
    fn from(host: &Host) -> Self {
        match host {
            Host::Name(name) => Self::Dns(name.clone()),
            Host::Address(address) => Self::Address(*address),
        }
    }
}

/// The names of the leaf: the asked host first, then those of the origin's leaf that a client can match.
///
/// Names in it that no client would match are left out, and those that the root may not vouch for: with one of them
/// the whole leaf would be refused.
pub(super) fn names_for(
    host: &Host,
    origin: Option<&X509Certificate<'_>>,
    constraints: &Constraints,
) -> Vec<AlternativeName> {
    let mut names = vec![AlternativeName::from(host)];
    let mut bytes_left = MAX_MIRRORED_BYTES;
    for name in origin
        .into_iter()
        .flat_map(mirrored_names)
        .take(MAX_MIRRORED_NAMES)
        .filter(|name| constraints.permit(name))
    {
        let Some(left) = bytes_left.checked_sub(encoded_len(&name)) else {
            break;
        };
        bytes_left = left;
        if name != names[0] {
            names.push(name);
        }
    }
    names
}

/// The subject, in DER: organisation and common name as the origin's where they fit, else the host where that fits. It
/// names nothing that a modern client matches, but people and logs read it. It is empty where the root may not vouch
/// for subjects of others' choice.
pub(super) fn subject_for(
    host: &Host,
    origin: Option<&X509Certificate<'_>>,
    constraints: &Constraints,
) -> Vec<u8> {
    if constraints.limit_subjects() {
        return certificate::name(None, None);
    }
    let subject = origin.map(|origin| origin.subject());
    let common_name = subject
        .and_then(|subject| fitting(subject.iter_common_name()))
        .or_else(|| Some(host.to_string()).filter(|name| name.len() <= MAX_COMMON_NAME_CHARS));
    let organization = subject.and_then(|subject| fitting(subject.iter_organization()));
    certificate::name(organization.as_deref(), common_name.as_deref())
}

/// The first value, if a certificate can carry it on.
fn fitting<'a>(mut values: impl Iterator<Item = &'a AttributeTypeAndValue<'a>>) -> Option<String> {
    let value = values.next()?.as_str().ok()?;
    let fits = !value.is_empty()
        && value.chars().count() <= MAX_COMMON_NAME_CHARS
        && !value.contains(char::is_control);
    fits.then(|| value.to_owned())
}

fn mirrored_names<'a>(origin: &'a X509Certificate<'_>) -> impl Iterator<Item = AlternativeName> + use<'a> {
    let extension = origin.subject_alternative_name().ok().flatten();
    let names = extension
        .map(|extension| extension.value.general_names.as_slice())
        .unwrap_or_default();
    names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => {
            let rest = name.strip_prefix("*.").unwrap_or(name);
            let good = name.len() <= MAX_NAME_BYTES && !rest.ends_with('.') && check_name(rest).is_ok();
            good.then(|| AlternativeName::Dns(name.to_ascii_lowercase()))
        }
        GeneralName::IPAddress(bytes) => address_of(bytes).map(AlternativeName::Address),
        _ => None,
    })
}

/// Bytes that a name takes in the certificate: tag, length and value.
fn encoded_len(name: &AlternativeName) -> usize {
    2 + match name {
        AlternativeName::Mail(address) => address.len(),
        AlternativeName::Dns(name) => name.len() + 1,
        AlternativeName::Address(IpAddr::V4(_)) => 4,
        AlternativeName::Address(IpAddr::V6(_)) => 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> String {
        match Host::parse(text) {
            Ok(Host::Name(name)) => format!("name {name}"),
            Ok(Host::Address(address)) => format!("address {address}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn hosts_as_they_come() {
        assert_eq!(parsed("Example.COM"), "name example.com");
        assert_eq!(parsed("example.com."), "name example.com");
        assert_eq!(parsed("localhost"), "name localhost");
        assert_eq!(parsed("my_service.internal"), "name my_service.internal");
        assert_eq!(parsed("xn--bcher-kva.example"), "name xn--bcher-kva.example");
        assert_eq!(parsed("127.0.0.1"), "address 127.0.0.1");
        assert_eq!(parsed("::1"), "address ::1");
        assert_eq!(parsed("[2001:db8::1]"), "address 2001:db8::1");
        assert_eq!(parsed("fe80::1%eth0"), "address fe80::1");
        assert_eq!(parsed("127.1"), "name 127.1");
    }

    #[test]
    fn hosts_that_no_certificate_can_name() {
        let refused = |host: &str, why: &str| {
            assert_eq!(
                parsed(host),
                format!("no certificate can be made for the host {host:?}: {why}")
            );
        };
        refused("", "it is empty");
        refused(".", "it is empty");
        refused("a..b", "a part of it is empty");
        refused(".example.com", "a part of it is empty");
        refused(
            "bücher.example",
            "a certificate needs the ASCII form of a name (xn--...)",
        );
        refused(
            "*.example.com",
            "it has a character that names of hosts don't have",
        );
        refused(
            "exa mple.com",
            "it has a character that names of hosts don't have",
        );
        refused(
            "example.com\0.evil",
            "it has a character that names of hosts don't have",
        );
        refused("[::1", "it has a character that names of hosts don't have");
        refused("fe80::1%", "it has a character that names of hosts don't have");
        refused(
            &format!("{}.com", "a".repeat(64)),
            "a part of a name has at most 63 characters",
        );
    }

    #[test]
    fn the_longest_name_passes_and_one_more_character_does_not() {
        let longest = [
            ["a"; 63].concat(),
            ["b"; 63].concat(),
            ["c"; 63].concat(),
            ["d"; 61].concat(),
        ]
        .join(".");
        assert_eq!(longest.len(), 253);
        assert!(Host::parse(&longest).is_ok());
        assert!(Host::parse(&format!("{longest}.")).is_ok());
        let error = Host::parse(&format!("{longest}d")).unwrap_err();
        assert!(
            error.to_string().ends_with("a name has at most 253 characters"),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_a_host_or_a_clear_error(text in "\\PC{0,300}|[a-z0-9.*_:%\\[\\]-]{0,300}") {
            if let Err(error) = Host::parse(&text) {
                prop_assert!(error.to_string().starts_with("no certificate can be made for the host"));
            }
        }
    }
}
