//! Why a certificate wasn't issued.

use std::io;
use std::path::PathBuf;

use time::Date;

use crate::leaf::MintError;

/// Why a certificate wasn't issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// A host can't stand in a certificate.
    #[error(transparent)]
    Host(#[from] MintError),
    /// A name can't stand in a certificate.
    #[error(
        "no certificate can be made for {0:?}: it is neither a host, *.DOMAIN, an address nor, for a client, NAME@DOMAIN"
    )]
    Name(String),
    /// There is no name.
    #[error("a certificate needs a name to be for")]
    NoName,
    /// There are too many.
    #[error("a certificate for more than {max} names is not issued")]
    TooManyNames {
        /// The most there can be.
        max: usize,
    },
    /// The root is one for other names.
    #[error("no certificate can be issued for {name}: the root may only vouch for {permitted}")]
    NotPermitted {
        /// The name.
        name: String,
        /// What the root may vouch for.
        permitted: String,
    },
    /// It would be good too long, or not at all.
    #[error("a certificate of a {whose} is issued for 1 to {max} days, not {days}")]
    Days {
        /// What was asked for.
        days: u32,
        /// The most there can be.
        max: u32,
        /// `server` or `client`.
        whose: &'static str,
    },
    /// It would outlive the root.
    #[error("a certificate can't be good for {days} days: the root itself ends on {root}")]
    BeyondRoot {
        /// What was asked for.
        days: u32,
        /// The root's end.
        root: Date,
    },
    /// The signing request's file can't be read.
    #[error("the signing request {} can't be read", path.display())]
    ReadRequest {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{} holds no signing request, in PEM (-----BEGIN CERTIFICATE REQUEST-----) or in DER", path.display())]
    NoRequest {
        /// The file.
        path: PathBuf,
    },
    /// No signing request is as large.
    #[error("{} is larger than 256 KiB, and no signing request; give the file of the request alone", path.display())]
    RequestTooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The signing request isn't signed with the key that it is for.
    #[error("the signing request is not signed with its own key, so whoever made it may not have that key")]
    Unproven,
    /// Its key is none that browsers take.
    #[error(
        "the signing request's key or signature can't be used; a key is ECDSA (P-256, P-384, P-521), Ed25519, or RSA \
         with at least 2048 bits, and nothing is signed with SHA-1"
    )]
    WeakRequest,
    /// It asks to become an authority.
    #[error("the signing request asks for a certificate of an authority, which is not issued")]
    Authority,
    /// It names no host.
    #[error("the signing request names nothing to be for: it has no subjectAltName{}", common_name(.0.as_deref()))]
    NamelessRequest(Option<String>),
    /// A key or a request couldn't be made.
    #[error("a key can't be made")]
    Key(#[source] rcgen::Error),
    /// The root couldn't sign.
    #[error("the certificate can't be signed")]
    Sign(#[source] rcgen::Error),
}

fn common_name(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| {
        format!(", and its common name {name:?} is no host")
    })
}
