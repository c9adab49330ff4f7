//! Which certificates a person wants to see: the same language as for exchanges, in words of its own.

use std::sync::Arc;

use super::field::Vocabulary;
use super::measure::{Measure, Unit};
use super::term::{HashPrefix, Node, Pattern, Term};
use super::value::{hash_prefix, list, one_of, pattern, yes_or_no};
use super::{FilterError, matching, parse};
use crate::{CertificateRow, Decision, Role, Timestamp};

/// Which certificates a person wants to see: a filter, checked. The default one matches every certificate.
///
/// ```text
/// issuer:r3 host:example.com expires:<30d -key:rsa
/// ```
///
/// Terms stand side by side, with `or`, parentheses, `-` and quotes as in a [`crate::Filter`]. Text without a field
/// is looked for in subject, issuer, names, hosts and serial number.
///
/// | field | values | a certificate matches when |
/// |---|---|---|
/// | `subject:` | `example`, `=CN=example.com`, `*.test` | its subject contains it; `*` stands for any text, `=` for the whole |
/// | `issuer:` | `let's` | the same of its issuer |
/// | `name:` | `example.com`, `=*.example.com` | the text begins a label of a name that it is for |
/// | `host:` | `example.com` | the same of a host that it was seen with |
/// | `key:` | `rsa`, `=EC P-256` | the same as of the subject, of its key |
/// | `signature:` | `sha-1` | the same of how it is signed |
/// | `serial:` | `0a1b` | its serial number contains it |
/// | `sha256:` | `3a7bd3e2` | its SHA-256 begins so |
/// | `role:` | `leaf`, `intermediate`, `root`, `minted`, `client` | it was one of them |
/// | `verdict:` | `trusted`, `refused`, `overridden`, `not_judged` | one of them was decided of a chain with it |
/// | `revoked:` | `yes`, `no` | its issuer revoked it, as a staple or a list said |
/// | `ca:` | `yes`, `no` | it may sign others |
/// | `expired:` | `yes`, `no` | its time is over |
/// | `expires:` | `<30d`, `>=1y`, `12h-2d` | it has that long to go; a number alone is days |
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CertificateFilter {
    node: Option<Arc<Node<What>>>,
}

/// What a term asks for.
#[derive(Clone, Debug, PartialEq)]
enum What {
    Text(String),
    Subject(Pattern),
    Issuer(Pattern),
    Name(Pattern),
    Host(Pattern),
    Key(Pattern),
    Signature(Pattern),
    Serial(Pattern),
    Sha256(HashPrefix),
    Role(Vec<Role>),
    Verdict(Vec<Decision>),
    Revoked(bool),
    Ca(bool),
    Expired(bool),
    /// In seconds.
    Expires(Measure),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Field {
    Subject,
    Issuer,
    Name,
    Host,
    Key,
    Signature,
    Serial,
    Sha256,
    Role,
    Verdict,
    Revoked,
    Ca,
    Expired,
    Expires,
}

struct Certificates;

impl Vocabulary for Certificates {
    type Field = Field;
    type What = What;

    const NAMES: &'static [(&'static str, Field, &'static str)] = &[
        ("subject", Field::Subject, "subject:example"),
        ("issuer", Field::Issuer, "issuer:example"),
        ("name", Field::Name, "name:example.com"),
        ("host", Field::Host, "host:example.com"),
        ("key", Field::Key, "key:rsa"),
        ("signature", Field::Signature, "signature:sha-1"),
        ("serial", Field::Serial, "serial:0a1b"),
        ("sha256", Field::Sha256, "sha256:3a7bd3e2"),
        ("role", Field::Role, "role:leaf"),
        ("verdict", Field::Verdict, "verdict:refused"),
        ("revoked", Field::Revoked, "revoked:yes"),
        ("ca", Field::Ca, "ca:yes"),
        ("expired", Field::Expired, "expired:yes"),
        ("expires", Field::Expires, "expires:<30d"),
    ];

    fn is_measured(field: Field) -> bool {
        field == Field::Expires
    }

    fn text(text: String) -> What {
        What::Text(text)
    }

    fn value(field: Field, value: &str, quoted: bool) -> Result<What, String> {
        Ok(match field {
            Field::Subject => What::Subject(pattern(value, quoted)?),
            Field::Issuer => What::Issuer(pattern(value, quoted)?),
            Field::Name => What::Name(pattern(value, quoted)?),
            Field::Host => What::Host(pattern(value, quoted)?),
            Field::Key => What::Key(pattern(value, quoted)?),
            Field::Signature => What::Signature(pattern(value, quoted)?),
            Field::Serial => What::Serial(pattern(&value.replace(':', ""), quoted)?),
            Field::Sha256 => What::Sha256(hash_prefix(value)?),
            Field::Role => What::Role(list(value, |role| {
                one_of(role, &Role::ALL.map(|role| (role.as_str(), role)))
            })?),
            Field::Verdict => What::Verdict(list(value, |decision| {
                one_of(
                    decision,
                    &Decision::ALL.map(|decision| (decision.as_str(), decision)),
                )
            })?),
            Field::Revoked => What::Revoked(yes_or_no(value)?),
            Field::Ca => What::Ca(yes_or_no(value)?),
            Field::Expired => What::Expired(yes_or_no(value)?),
            Field::Expires => What::Expires(Measure::parse(value, Unit::Time)?),
        })
    }
}

impl std::str::FromStr for CertificateFilter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self {
            node: parse::parse::<Certificates>(text)?.map(Arc::new),
        })
    }
}

impl CertificateFilter {
    /// Whether a certificate matches that was seen with these hosts, as of now.
    pub(crate) fn matches(&self, row: &CertificateRow, hosts: &[String], now: Timestamp) -> bool {
        let asked = Asked {
            row,
            hosts,
            left: row.summary.not_after - now.as_micros().div_euclid(1_000_000),
        };
        self.node.as_deref().is_none_or(|node| asked.is(node))
    }
}

/// The certificate that is asked about.
struct Asked<'a> {
    row: &'a CertificateRow,
    hosts: &'a [String],
    /// Seconds that it has to go.
    left: i64,
}

impl Asked<'_> {
    fn is(&self, node: &Node<What>) -> bool {
        match node {
            Node::All(nodes) => nodes.iter().all(|node| self.is(node)),
            Node::Any(nodes) => nodes.iter().any(|node| self.is(node)),
            Node::Not(node) => !self.is(node),
            Node::Term(Term { what, .. }) => self.is_told_by(what),
        }
    }

    fn is_told_by(&self, what: &What) -> bool {
        let summary = &self.row.summary;
        match what {
            What::Text(text) => {
                let texts = [&summary.subject, &summary.issuer, &summary.serial];
                let mut texts = texts.into_iter().chain(&summary.names).chain(self.hosts);
                texts.any(|whole| matching::contains(whole.as_bytes(), text.as_bytes()))
            }
            What::Subject(pattern) => pattern.tells(&summary.subject),
            What::Issuer(pattern) => pattern.tells(&summary.issuer),
            What::Key(pattern) => pattern.tells(&summary.key),
            What::Signature(pattern) => pattern.tells(&summary.signature),
            What::Serial(pattern) => pattern.tells(&summary.serial),
            What::Name(pattern) => summary.names.iter().any(|name| pattern.tells_host(name)),
            What::Host(pattern) => self.hosts.iter().any(|host| pattern.tells_host(host)),
            What::Sha256(prefix) => (prefix.first..=prefix.last()).contains(&self.row.id),
            What::Role(roles) => roles.iter().any(|role| self.row.roles.contains(role)),
            What::Verdict(asked) => asked.iter().any(|decision| self.row.decisions.contains(decision)),
            What::Revoked(is_revoked) => self.row.is_revoked == *is_revoked,
            What::Ca(is_ca) => summary.is_ca == *is_ca,
            What::Expired(expired) => (self.left < 0) == *expired,
            What::Expires(measure) => {
                let left = u64::try_from(self.left).ok();
                let range = measure.range();
                left.zip(range).is_some_and(|(left, range)| range.contains(&left))
            }
        }
    }
}

impl Pattern {
    fn tells(&self, text: &str) -> bool {
        self.tells_by(text, matching::contains)
    }

    /// The same of a host, of which a part begins a label.
    fn tells_host(&self, host: &str) -> bool {
        self.tells_by(host, matching::begins_label)
    }

    fn tells_by(&self, text: &str, by_part: fn(&[u8], &[u8]) -> bool) -> bool {
        match self {
            Self::Contains(part) => by_part(text.as_bytes(), part.as_bytes()),
            Self::Is(whole) => text.eq_ignore_ascii_case(whole),
            Self::Glob(pattern) => matching::globs(text.as_bytes(), pattern.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CertificateId, CertificateSummary};

    const NOW: i64 = 1_795_251_345;

    fn row(days_left: i64) -> CertificateRow {
        CertificateRow {
            id: CertificateId::of(b"abc"),
            summary: CertificateSummary {
                subject: "CN=www.example.com".into(),
                issuer: "C=US, O=Let's Encrypt, CN=R3".into(),
                not_after: NOW + days_left * 86_400,
                serial: "0a1b2c".into(),
                key: "EC P-256".into(),
                signature: "ECDSA with SHA-256".into(),
                names: vec!["www.example.com".into(), "*.example.net".into()],
                ..CertificateSummary::default()
            },
            roles: vec![Role::Leaf],
            decisions: vec![Decision::Trusted, Decision::Refused],
            is_revoked: true,
            hosts: Vec::new(),
            host_count: 1,
            connections: 1,
            first_seen: Timestamp::from_micros(0),
            last_seen: Timestamp::from_micros(0),
        }
    }

    fn matches(filter: &str, days_left: i64) -> bool {
        let filter: CertificateFilter = filter.parse().unwrap();
        let now = Timestamp::from_micros(NOW * 1_000_000);
        filter.matches(&row(days_left), &["shop.example.com".into()], now)
    }

    #[test]
    fn each_word_asks_for_what_it_says() {
        for (filter, expected) in [
            ("", true),
            ("subject:example", true),
            ("subject:=cn=www.example.com", true),
            ("subject:=www.example.com", false),
            ("issuer:\"let's encrypt\" -issuer:digicert", true),
            ("issuer:*R3", true),
            ("name:example.net", true),
            ("name:ample.net", false),
            ("name:shop", false),
            ("host:shop", true),
            ("host:www", false),
            ("key:rsa or key:p-256", true),
            ("signature:sha-1", false),
            ("serial:0A:1B", true),
            ("sha256:ba7816bf", true),
            ("sha256:ba7", true),
            ("sha256:bb", false),
            ("role:root,leaf", true),
            ("role:minted", false),
            ("verdict:refused", true),
            ("verdict:overridden,not_judged", false),
            ("revoked:yes", true),
            ("revoked:no", false),
            ("ca:no", true),
            ("shop", true),
            ("0a1b", true),
            ("nowhere", false),
        ] {
            assert_eq!(matches(filter, 10), expected, "{filter}");
        }
    }

    #[test]
    fn expiry_is_counted_from_now() {
        for (filter, days_left, expected) in [
            ("expired:yes", -1, true),
            ("expired:no", -1, false),
            ("expired:no", 0, true),
            ("expires:<30d", 29, true),
            ("expires<30", 30, false),
            ("expires:<30d", -1, false),
            ("expires:>=1y", 365, true),
            ("expires:1w-2w", 8, true),
            ("expires:<48h", 1, true),
        ] {
            assert_eq!(
                matches(filter, days_left),
                expected,
                "{filter}, {days_left} days left"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (filter, text, at) in [
            (
                "isuer:x",
                "there is no field \"isuer\"; did you mean issuer:?",
                0..5,
            ),
            (
                "expires:soon",
                "\"soon\" is not a time; write it as 12h, 30d, 8w or 1y",
                8..12,
            ),
            (
                "sha256:xyz",
                "\"xyz\" is not the beginning of a SHA-256; write it as 3a7bd3e2",
                7..10,
            ),
            (
                "key:rsa role:server",
                "\"server\" is none of leaf, intermediate, root, minted, client",
                13..19,
            ),
            (
                "issuer:",
                "the field has no value; write it as in issuer:example",
                0..7,
            ),
        ] {
            let error = filter.parse::<CertificateFilter>().unwrap_err();
            assert_eq!((error.text.as_str(), error.at), (text, at), "{filter}");
        }
    }
}
