//! Why a leaf wasn't minted.

use time::Date;

/// Why a leaf wasn't minted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MintError {
    /// The host can't stand in a certificate.
    #[error("no certificate can be made for the host {host:?}: {fault}")]
    Host {
        /// The host as it was asked for, cut where it gets long.
        host: String,
        /// What is wrong with it.
        fault: HostFault,
    },

    /// The root is one for other names.
    #[error(
        "no certificate can be made for the host {host}: the root may only vouch for {permitted}, and every client would \
         refuse it"
    )]
    NotPermitted {
        /// The host.
        host: String,
        /// What the root may vouch for.
        permitted: String,
    },

    /// The root's time is over.
    #[error(
        "the root {subject} expired on {on}; renew it, or remove it to have a new one made, and start again"
    )]
    RootExpired {
        /// The root's subject.
        subject: String,
        /// The day.
        on: Date,
    },

    /// The leaves' key couldn't be made.
    #[error("a key for leaves can't be made")]
    MakeKey(#[source] rcgen::Error),

    /// The leaves' key couldn't be used for TLS.
    #[error("the key for leaves can't be used")]
    LoadKey(#[source] rustls::Error),

    /// The root couldn't sign.
    #[error("the root can't sign a certificate")]
    Sign(#[source] rcgen::Error),
}

/// What is wrong with a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostFault {
    /// Nothing there.
    #[error("it is empty")]
    Empty,
    /// Longer than the DNS allows (RFC 1035 section 2.3.4).
    #[error("a name has at most 253 characters")]
    TooLong,
    /// A part longer than the DNS allows (RFC 1035 section 2.3.4).
    #[error("a part of a name has at most 63 characters")]
    LabelTooLong,
    /// Two dots side by side, or one at the beginning.
    #[error("a part of it is empty")]
    LabelEmpty,
    /// An internationalised name that isn't in its ASCII form (RFC 5890).
    #[error("a certificate needs the ASCII form of a name (xn--...)")]
    NotAscii,
    /// A character that no host has.
    #[error("it has a character that names of hosts don't have")]
    Character,
}
