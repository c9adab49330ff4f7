//! The names that a root may vouch for (RFC 5280 section 4.2.1.10): what its certificate says of them, and what a
//! person asks for.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, GeneralSubtree};

use crate::leaf::{AlternativeName, Host};

/// Names that a root is to vouch for, and no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subtree {
    /// This domain, and all that lie below it.
    Domain(String),
    /// The addresses that begin as this one does, in so many bits.
    Network(IpAddr, u8),
}

/// The text is neither a domain nor a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a domain, such as example.test, nor a network, such as 10.0.0.0/8")]
pub struct ParseSubtreeError(String);

impl FromStr for Subtree {
    type Err = ParseSubtreeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseSubtreeError(text.chars().take(80).collect());
        if let Some((address, bits)) = text.split_once('/') {
            let address: IpAddr = address.parse().map_err(|_| error())?;
            let bits = bits.parse().ok().filter(|bits| *bits <= bits_of(address));
            let bits = bits.ok_or_else(error)?;
            // Bits of one host in it say nothing.
            let number = masked(address, bits);
            let first = match address {
                IpAddr::V4(_) => IpAddr::from(((number >> 96) as u32).to_be_bytes()),
                IpAddr::V6(_) => IpAddr::from(number.to_be_bytes()),
            };
            return Ok(Self::Network(first, bits));
        }
        match Host::parse(text) {
            Ok(Host::Address(address)) => Ok(Self::Network(address, bits_of(address))),
            Ok(Host::Name(name)) => Ok(Self::Domain(name)),
            Err(_) => Err(error()),
        }
    }
}

impl fmt::Display for Subtree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(domain) if domain.is_empty() => f.write_str("any domain"),
            Self::Domain(domain) => f.write_str(domain),
            Self::Network(address, bits) if *bits == bits_of(*address) => write!(f, "{address}"),
            Self::Network(address, bits) => write!(f, "{address}/{bits}"),
        }
    }
}

impl Subtree {
    fn of(subtree: &GeneralSubtree<'_>) -> Option<Self> {
        match &subtree.base {
            GeneralName::DNSName(domain) => Some(Self::Domain(domain.to_ascii_lowercase())),
            GeneralName::IPAddress(bytes) => network(bytes),
            _ => None,
        }
    }

    fn is_domain(&self) -> bool {
        matches!(self, Self::Domain(_))
    }

    /// True for a name in it. A wildcard is in it when all that it stands for is.
    fn contains(&self, name: &AlternativeName) -> bool {
        match (self, name) {
            (Self::Domain(domain), AlternativeName::Dns(name)) => {
                // One that begins with a dot is of what lies below alone.
                let is_below = |domain: &str| {
                    name.strip_suffix(domain)
                        .is_some_and(|rest| rest.ends_with('.') || domain.starts_with('.'))
                };
                domain.is_empty() || name == domain || is_below(domain)
            }
            (Self::Network(network, bits), AlternativeName::Address(address)) => {
                bytes_of(*network).len() == bytes_of(*address).len()
                    && masked(*network, *bits) == masked(*address, *bits)
            }
            _ => false,
        }
    }

    /// True for a name that stands for something in it.
    fn touches(&self, name: &AlternativeName) -> bool {
        if self.contains(name) {
            return true;
        }
        let (Self::Domain(domain), AlternativeName::Dns(name)) = (self, name) else {
            return false;
        };
        let parent = domain.split_once('.').map(|(_, parent)| parent);
        name.strip_prefix("*.").is_some_and(|rest| parent == Some(rest))
    }
}

/// A network as a certificate has it: an address, then as many bytes of its mask.
fn network(bytes: &[u8]) -> Option<Subtree> {
    let (address, mask) = bytes.split_at(bytes.len() / 2);
    let address = match (<[u8; 4]>::try_from(address), <[u8; 16]>::try_from(address)) {
        (Ok(v4), _) => IpAddr::from(v4),
        (_, Ok(v6)) => IpAddr::from(v6),
        _ => return None,
    };
    let bits = mask.iter().map(|byte| byte.leading_ones()).sum::<u32>();
    // A mask with holes is none that anybody uses.
    let is_whole = mask.iter().map(|byte| byte.count_ones()).sum::<u32>() == bits;
    let bits = u8::try_from(bits)
        .ok()
        .filter(|_| is_whole && mask.len() == address_len(address))?;
    Some(Subtree::Network(address, bits))
}

fn address_len(address: IpAddr) -> usize {
    bytes_of(address).len()
}

fn bytes_of(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// The address as a number of 128 bits, its first bit the highest, with only so many bits of it left.
fn masked(address: IpAddr, bits: u8) -> u128 {
    let number = match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    };
    match u32::from(bits) {
        0 => 0,
        bits => number & (u128::MAX << 128u32.saturating_sub(bits)),
    }
}

fn bits_of(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// What a root's certificate says of the names that it may vouch for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Constraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
    /// It says something of subjects as well.
    limits_subjects: bool,
}

impl Constraints {
    pub(crate) fn of(certificate: &X509Certificate<'_>) -> Self {
        let Some(extension) = certificate.name_constraints().ok().flatten() else {
            return Self::default();
        };
        let all = |list: &Option<Vec<GeneralSubtree<'_>>>| -> Vec<Subtree> {
            list.iter().flatten().filter_map(Subtree::of).collect()
        };
        let is_directory =
            |subtree: &GeneralSubtree<'_>| matches!(subtree.base, GeneralName::DirectoryName(_));
        let constraints = extension.value;
        Self {
            permitted: all(&constraints.permitted_subtrees),
            excluded: all(&constraints.excluded_subtrees),
            limits_subjects: [&constraints.permitted_subtrees, &constraints.excluded_subtrees]
                .into_iter()
                .flatten()
                .flatten()
                .any(is_directory),
        }
    }

    /// True when a leaf with this name can be under the root. Where nothing is permitted of a kind of name, all of it
    /// is that isn't excluded.
    pub(crate) fn permit(&self, name: &AlternativeName) -> bool {
        let is_domain = matches!(name, AlternativeName::Dns(_));
        if matches!(name, AlternativeName::Mail(_)) {
            return true;
        }
        let mut permitted = self
            .permitted
            .iter()
            .filter(|subtree| subtree.is_domain() == is_domain)
            .peekable();
        let is_permitted = permitted.peek().is_none() || permitted.any(|subtree| subtree.contains(name));
        is_permitted && !self.excluded.iter().any(|subtree| subtree.touches(name))
    }

    /// True when a subject of anybody's choice could lie outside.
    pub(crate) fn limit_subjects(&self) -> bool {
        self.limits_subjects
    }

    /// True where nothing is said of names.
    pub(crate) fn is_empty(&self) -> bool {
        self.permitted.is_empty() && self.excluded.is_empty()
    }

    pub(crate) fn permitted(&self) -> &[Subtree] {
        &self.permitted
    }
}

impl fmt::Display for Constraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |list: &[Subtree]| list.iter().map(Subtree::to_string).collect::<Vec<_>>().join(", ");
        match (self.permitted.as_slice(), self.excluded.as_slice()) {
            ([], excluded) => write!(f, "all but {}", list(excluded)),
            (permitted, _) => f.write_str(&list(permitted)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> AlternativeName {
        text.parse().map_or_else(
            |_| AlternativeName::Dns(text.to_owned()),
            AlternativeName::Address,
        )
    }

    fn is_in(subtree: &str, text: &str) -> bool {
        subtree.parse::<Subtree>().unwrap().contains(&name(text))
    }

    #[test]
    fn domains_and_networks_are_read() {
        let read = |text: &str| text.parse::<Subtree>().map(|subtree| subtree.to_string());
        assert_eq!(read("Example.TEST."), Ok("example.test".into()));
        assert_eq!(read("10.1.2.3/8"), Ok("10.0.0.0/8".into()));
        assert_eq!(read("2001:db8::1/127"), Ok("2001:db8::/127".into()));
        assert_eq!(read("2001:db8::/32"), Ok("2001:db8::/32".into()));
        assert_eq!(read("127.0.0.1"), Ok("127.0.0.1".into()));
        for wrong in ["", "*.example.test", "10.0.0.0/33", "10.0.0.0/", "a b", "::/129"] {
            assert_eq!(
                read(wrong).unwrap_err().to_string(),
                format!(
                    "{wrong:?} is neither a domain, such as example.test, nor a network, such as 10.0.0.0/8"
                )
            );
        }
    }

    #[test]
    fn what_lies_in_a_domain() {
        assert!(is_in("example.test", "example.test"));
        assert!(is_in("example.test", "a.b.example.test"));
        assert!(is_in("example.test", "*.example.test"));
        assert!(!is_in("example.test", "badexample.test"));
        assert!(!is_in("example.test", "*.test"));
        assert!(!is_in("example.test", "10.0.0.1"));
        let below = Subtree::Domain(".example.test".into());
        assert!(below.contains(&name("a.example.test")) && !below.contains(&name("example.test")));
    }

    #[test]
    fn what_lies_in_a_network() {
        assert!(is_in("10.0.0.0/8", "10.255.1.2"));
        assert!(!is_in("10.0.0.0/8", "11.0.0.0"));
        assert!(is_in("0.0.0.0/0", "1.2.3.4"));
        assert!(!is_in("0.0.0.0/0", "::1"));
        assert!(is_in("2001:db8::/33", "2001:db8:7fff::1"));
        assert!(!is_in("2001:db8::/33", "2001:db8:8000::1"));
        assert!(is_in("127.0.0.1", "127.0.0.1") && !is_in("127.0.0.1", "127.0.0.2"));
    }

    #[test]
    fn what_is_excluded_is_not_permitted_in_a_wildcard_either() {
        let constraints = Constraints {
            excluded: vec![Subtree::Domain("secret.example.test".into())],
            ..Constraints::default()
        };
        assert!(constraints.permit(&name("other.example.test")));
        assert!(!constraints.permit(&name("a.secret.example.test")));
        assert!(!constraints.permit(&name("*.example.test")));
        assert!(constraints.permit(&name("*.test")));
        assert!(constraints.permit(&name("10.0.0.1")));
        assert_eq!(constraints.to_string(), "all but secret.example.test");
    }
}
