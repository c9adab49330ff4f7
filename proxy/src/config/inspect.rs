//! What `handlens inspect` is asked.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use rustls::crypto::{SupportedKxGroup, aws_lc_rs};

/// What to look at, and how to shake hands.
#[derive(Clone, Debug, Args)]
pub struct InspectArgs {
    /// The server, with its port or without (443, or the protocol's own with --starttls).
    #[arg(value_name = "HOST[:PORT]", required_unless_present = "pcap")]
    pub target: Option<InspectTarget>,
    /// Tell every TLS handshake in this pcap or pcapng file, and judge its chain; --keylog is then read.
    #[arg(long, value_name = "FILE", conflicts_with = "target")]
    pub pcap: Option<PathBuf>,
    /// Write JSON, in the shapes of the API.
    #[arg(long)]
    pub json: bool,
    /// Show each message's fields and bytes.
    #[arg(long)]
    pub bytes: bool,
    /// Offer no older version.
    #[arg(long, value_name = "VERSION", conflicts_with = "pcap")]
    pub min: Option<TlsVersion>,
    /// Offer no newer version.
    #[arg(long, value_name = "VERSION", conflicts_with = "pcap")]
    pub max: Option<TlsVersion>,
    /// Application protocols to offer (default h2,http/1.1; none with --starttls; "" for none).
    #[arg(long, value_name = "LIST", conflicts_with = "pcap")]
    pub alpn: Option<String>,
    /// Key exchange groups to offer, in this order: X25519MLKEM768, x25519, secp256r1, secp384r1, ...
    #[arg(long, value_name = "GROUP", value_delimiter = ',', conflicts_with = "pcap")]
    pub group: Vec<Group>,
    /// The name to ask for, and that the certificate must be for (default the host).
    #[arg(long, value_name = "NAME", conflicts_with = "pcap")]
    pub sni: Option<String>,
    /// Go through this proxy: http://, https:// or `socks5://[USER:PASSWORD@]HOST:PORT` (default what --upstream says).
    #[arg(long, value_name = "URL", conflicts_with = "pcap")]
    pub proxy: Option<String>,
    /// Ask for TLS inside this protocol.
    #[arg(long, value_name = "PROTOCOL", conflicts_with = "pcap")]
    pub starttls: Option<StartTls>,
}

/// A host and, where it was said, a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectTarget {
    /// A name in lower case, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: Option<u16>,
}

impl FromStr for InspectTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // What a browser's address line gives is understood too.
        let text = text.strip_prefix("https://").unwrap_or(text);
        if let Some((scheme, _)) = text.split_once("://") {
            return Err(format!(
                "{scheme}: has no TLS to inspect; write the host, as example.com:443"
            ));
        }
        let text = text.split(['/', '?', '#']).next().unwrap_or_default();
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, port)) => (host, Some(port.strip_prefix(':').unwrap_or(port))),
            None => match text.split_once(':') {
                Some((host, port)) if !port.contains(':') => (host, Some(port)),
                _ => (text, None),
            },
        };
        let port = match port.map(str::parse::<u16>) {
            None => None,
            Some(Ok(port)) if port > 0 => Some(port),
            Some(_) => {
                return Err(format!(
                    "what stands behind the colon of {text:?} is not a port from 1 to 65535; write it as example.com:443"
                ));
            }
        };
        if host.is_empty() {
            return Err("the host is missing".to_owned());
        }
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port,
        })
    }
}

/// A version that can be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum TlsVersion {
    /// TLS 1.2.
    #[value(name = "1.2")]
    Tls12,
    /// TLS 1.3.
    #[value(name = "1.3")]
    Tls13,
}

/// A key exchange group that can be offered.
#[derive(Clone, Copy, Debug)]
pub struct Group(pub(crate) &'static dyn SupportedKxGroup);

impl FromStr for Group {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = aws_lc_rs::ALL_KX_GROUPS;
        let name_of = |group: &&'static dyn SupportedKxGroup| format!("{:?}", group.name());
        known
            .iter()
            .find(|group| name_of(group).eq_ignore_ascii_case(name))
            .map(|group| Self(*group))
            .ok_or_else(|| {
                let names: Vec<String> = known.iter().map(name_of).collect();
                format!("{name:?} is none of {}", names.join(", "))
            })
    }
}

/// A protocol in which TLS begins when it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StartTls {
    /// RFC 3207.
    Smtp,
    /// RFC 9051 section 6.2.1.
    Imap,
    /// RFC 2595 section 4.
    Pop3,
    /// RFC 4511 section 4.14.
    Ldap,
    /// PostgreSQL's SSLRequest.
    Postgres,
    /// MySQL's SSL request.
    Mysql,
}

impl StartTls {
    /// The protocol's own port.
    pub(crate) fn port(self) -> u16 {
        match self {
            Self::Smtp => 25,
            Self::Imap => 143,
            Self::Pop3 => 110,
            Self::Ldap => 389,
            Self::Postgres => 5432,
            Self::Mysql => 3306,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_people_write_them() {
        let read = |text: &str| text.parse::<InspectTarget>().map(|t| (t.host, t.port));
        assert_eq!(read("Example.com"), Ok(("example.com".into(), None)));
        assert_eq!(read("example.com:8443"), Ok(("example.com".into(), Some(8443))));
        assert_eq!(read("https://example.com/a?b"), Ok(("example.com".into(), None)));
        assert_eq!(read("[::1]:443"), Ok(("::1".into(), Some(443))));
        assert_eq!(read("::1"), Ok(("::1".into(), None)));
        assert_eq!(
            read("example.com:https").unwrap_err(),
            "what stands behind the colon of \"example.com:https\" is not a port from 1 to 65535; write it as example.com:443"
        );
        assert!(
            read("http://example.com")
                .unwrap_err()
                .starts_with("http: has no TLS")
        );
        assert_eq!(read(":443").unwrap_err(), "the host is missing");
    }

    #[test]
    fn groups_go_by_their_names() {
        assert!("x25519mlkem768".parse::<Group>().is_ok());
        assert!("SECP256R1".parse::<Group>().is_ok());
        let error = "p256".parse::<Group>().unwrap_err();
        assert!(error.starts_with("\"p256\" is none of "), "{error}");
    }
}
