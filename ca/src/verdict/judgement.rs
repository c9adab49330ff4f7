//! What comes of judging a chain: the decision, the checks that it rests on, and the paths that were looked at.

use rustls::CertificateError;
use rustls::pki_types::CertificateDer;
use serde::Serialize;

/// What an origin presented in its handshake.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// Its certificates in the order of the wire, its own first.
    pub certificates: &'a [CertificateDer<'a>],
    /// The stapled OCSP response in DER (RFC 6066 section 8); empty where there is none.
    pub ocsp: &'a [u8],
    /// The body of the signed_certificate_timestamp extension (RFC 6962 section 3.3); empty where there is none.
    pub scts: &'a [u8],
}

impl<'a> Presented<'a> {
    /// These certificates, with neither staple nor SCTs beside them.
    #[must_use]
    pub fn new(certificates: &'a [CertificateDer<'a>]) -> Self {
        Self {
            certificates,
            ocsp: &[],
            scts: &[],
        }
    }
}

/// What was found of one chain.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Judgement {
    /// Why the chain is refused; none for a good one.
    pub error: Option<CertificateError>,
    /// The reasoned parts, in a steady order.
    pub checks: Vec<Check>,
    /// The path that was judged, the origin's certificate first. The anchor is last, where there is one and its
    /// certificate is known. Without any path to a root: as far as the certificates lead. Empty when what was
    /// presented can't be read.
    pub path: Vec<PathCertificate>,
    /// Where that path ends.
    pub end: PathEnd,
    /// The paths beside it that were tried, and why each came to nothing or wasn't taken.
    pub alternatives: Vec<Alternative>,
    /// Whose lists have the root at the end of the path: `system`, `--origin-ca`, `--client-ca`, `Mozilla`. Being in
    /// Mozilla's alone makes no chain accepted.
    pub trusted_by: Vec<&'static str>,
    /// What is to be noted of single certificates that were presented.
    pub badges: Vec<Badge>,
    /// The checks disagree with webpki, whose decision stands: a fault of Handlens, to be told as one.
    pub fault: Option<String>,
    pub(super) text: String,
    pub(super) is_merely_weak: bool,
}

impl Judgement {
    /// True when the chain is good.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.error.is_none()
    }

    /// True when the chain is refused for weakness alone: every signature of a path to a trusted root was verified and
    /// is right, every check was brought to its end, and all that fails are keys that are too short or of a kind that
    /// browsers don't take, and signatures with hashes that are no longer safe.
    ///
    /// A weak signature that can't be verified here, with MD5 say, is not merely weak: anybody may have made it.
    #[must_use]
    pub fn is_merely_weak(&self) -> bool {
        self.is_merely_weak
    }

    /// One sentence for a person: `certificate expired 3 days ago`, or with more than one fault
    /// `certificate is self-signed; it is for example.org, not example.com`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> u32 {
        let checks = self
            .checks
            .iter()
            .map(|check| size_of::<Check>() + check.evidence.len());
        let path = self
            .path
            .iter()
            .map(|certificate| size_of::<PathCertificate>() + certificate.der.len());
        let alternatives = self.alternatives.iter().map(|alternative| {
            let names = alternative.names.iter().map(String::len);
            let certificates = alternative.certificates.iter().map(|der| der.len());
            size_of::<Alternative>() + alternative.reason.len() + names.chain(certificates).sum::<usize>()
        });
        let badges = self.badges.len() * size_of::<Badge>();
        let parts: usize = checks.chain(path).chain(alternatives).sum();
        u32::try_from(size_of::<Self>() + badges + parts).unwrap_or(u32::MAX)
    }
}

/// One certificate of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathCertificate {
    /// The certificate.
    pub der: CertificateDer<'static>,
    /// Where it was found.
    pub source: PathSource,
}

/// Where a certificate of a path was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathSource {
    /// The origin presented it, at this place: 0 is its own.
    Presented(usize),
    /// It is a root of this store: `system`, `Mozilla`, or `--origin-ca` or `--client-ca` with the file's
    /// path.
    Root(String),
}

/// Where a path ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathEnd {
    /// At a root that is trusted, or at a certificate that was itself named as one.
    Trusted,
    /// At a root that is not trusted, self-signed certificates of servers among them.
    Untrusted,
    /// At a root that is not trusted here, and that Mozilla's list has.
    Public {
        /// The root.
        name: String,
    },
    /// At Handlens's own root, which vouches for nobody.
    Own,
    /// Before a certificate that wasn't presented.
    Missing {
        /// Its subject.
        name: String,
        /// Where it can be had, as the certificate that it issued says (RFC 5280 section 4.2.2.1).
        address: Option<String>,
    },
    /// It wasn't followed to its end, or can't be read.
    Open,
}

/// A path that wasn't taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// The subjects, the origin's first.
    pub names: Vec<String>,
    /// The certificates of the same, the anchor's too where it is known.
    pub certificates: Vec<CertificateDer<'static>>,
    /// Why not, for a person to read.
    pub reason: String,
}

/// Something to be noted of one certificate that was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Badge {
    /// The certificate's place in what was presented.
    pub certificate: usize,
    /// What is to be noted.
    pub kind: BadgeKind,
}

/// What there is to be noted of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BadgeKind {
    /// No path that counts goes through it.
    Needless,
    /// The same certificate was presented before.
    Duplicate,
    /// It doesn't come behind the certificate that it issued.
    WrongOrder,
    /// Its time is over.
    Expired,
    /// Its time hasn't come.
    NotYetValid,
    /// Its key is also that of another certificate of the same name, by another issuer.
    CrossSign,
    /// It is signed with its own key.
    SelfSigned,
    /// It is a root, which clients have or don't trust.
    RootSent,
    /// It has the name of a trusted root and another key.
    LookAlike,
    /// It is Handlens's own root.
    OwnRoot,
    /// It isn't X.509.
    Unreadable,
}

impl BadgeKind {
    /// The word for it, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Needless => "needless",
            Self::Duplicate => "duplicate",
            Self::WrongOrder => "wrong_order",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::CrossSign => "cross_sign",
            Self::SelfSigned => "self_signed",
            Self::RootSent => "root_sent",
            Self::LookAlike => "look_alike",
            Self::OwnRoot => "own_root",
            Self::Unreadable => "unreadable",
        }
    }
}

/// One reasoned part of a judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at, in words that stay: `path`, `dates`, `name`, `key_strength` ...
    pub name: &'static str,
    /// How it came out.
    pub outcome: CheckOutcome,
    /// What it rests on, for a person to read.
    pub evidence: String,
    /// The place of the certificate that it is about, in what was presented; none when it is about the whole, or
    /// about a root that wasn't presented.
    pub certificate: Option<usize>,
}

impl Check {
    /// A check about the whole chain.
    #[must_use]
    pub fn new(name: &'static str, outcome: CheckOutcome, evidence: impl Into<String>) -> Self {
        Self {
            name,
            outcome,
            evidence: evidence.into(),
            certificate: None,
        }
    }

    /// The same about one certificate of what was presented.
    #[must_use]
    pub fn of(mut self, certificate: impl Into<Option<usize>>) -> Self {
        self.certificate = certificate.into();
        self
    }
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// Good.
    Pass,
    /// Bad.
    Fail,
    /// Good enough, but to be looked at.
    Warn,
    /// Not looked at.
    NotChecked,
}
