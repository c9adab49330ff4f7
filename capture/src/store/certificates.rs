//! What a store tells of the certificates that were seen: lists of them, and who has seen each.

use crate::{CertificateFilter, CertificateId, CertificateSummary, Decision, Timestamp};

/// What a certificate was to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// An origin's own.
    Leaf,
    /// Presented by an origin beside its own, or part of the path.
    Intermediate,
    /// The end of a path, or presented as such.
    Root,
    /// Presented by us to a client.
    Minted,
    /// Presented by a client, or by us to an origin that asked.
    Client,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Leaf,
        Self::Intermediate,
        Self::Root,
        Self::Minted,
        Self::Client,
    ];

    /// Its word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Leaf => "leaf",
            Self::Intermediate => "intermediate",
            Self::Root => "root",
            Self::Minted => "minted",
            Self::Client => "client",
        }
    }
}

/// Which certificates, in which order.
#[derive(Clone, Debug, PartialEq)]
pub struct CertificateQuery {
    /// Which match.
    pub filter: CertificateFilter,
    /// Those alone that were this; `None` for all.
    pub role: Option<Role>,
    /// Their order.
    pub sort: CertificateColumn,
    /// The other way round.
    pub descending: bool,
    /// Place of the first among those that match.
    pub offset: usize,
    /// How many at the most.
    pub limit: usize,
    /// The moment that days are counted from.
    pub now: Timestamp,
}

/// What certificates can be sorted by. Those that are equal in it stand by expiry; hosts are compared one by one, in the
/// order in which a row names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the row's field of that name")]
pub enum CertificateColumn {
    #[default]
    Expiry,
    Issuer,
    Subject,
    Key,
    Hosts,
    FirstSeen,
    LastSeen,
}

/// A certificate as a line of a list. Connections that went to keep the store within its bound are in none of its
/// counts, but may have been the first that saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRow {
    /// Its name.
    pub id: CertificateId,
    /// What is told of it.
    pub summary: CertificateSummary,
    /// What it was, in the order of [`Role::ALL`].
    pub roles: Vec<Role>,
    /// What was decided of chains with it, in the order of [`Decision::ALL`].
    pub decisions: Vec<Decision>,
    /// Whether its issuer revoked it, as a staple or a list said.
    pub is_revoked: bool,
    /// The hosts that it was seen with, the latest first, [`CertificateRow::HOSTS`] at the most.
    pub hosts: Vec<String>,
    /// How many there are.
    pub host_count: u64,
    /// Connections that saw it.
    pub connections: u64,
    /// When the first of them opened.
    pub first_seen: Timestamp,
    /// When the last of them opened.
    pub last_seen: Timestamp,
}

impl CertificateRow {
    /// Hosts that a row names.
    pub const HOSTS: usize = 8;
}

/// A certificate seen with one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The host that the client asked for.
    pub host: String,
    /// What the certificate was there, in the order of [`Role::ALL`].
    pub roles: Vec<Role>,
    /// When the first connection opened that saw it.
    pub first_seen: Timestamp,
    /// When the last one did.
    pub last_seen: Timestamp,
    /// How many are held.
    pub connections: u64,
    /// What was decided of the chains that it was in, the latest first, sixteen at the most.
    pub verdicts: Vec<CertificateVerdict>,
}

/// What was decided of chains with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateVerdict {
    /// The decision.
    pub decision: Decision,
    /// It in a sentence.
    pub text: String,
    /// How many connections are held with it.
    pub connections: u64,
    /// When the last of them opened.
    pub last_seen: Timestamp,
}

/// One of the certificates that a host presented as its own, in the order of first sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostLeaf {
    /// Its name.
    pub id: CertificateId,
    /// What is told of it; `None` where it is not kept.
    pub summary: Option<CertificateSummary>,
    /// When the first connection opened that saw it.
    pub first_seen: Timestamp,
    /// When the last one did.
    pub last_seen: Timestamp,
}
