//! All certificates of Handlens: the root, the leaves that are minted from it, the chains that origins
//! present and our judgement of them, and the trust stores that programs read.
//!
//! It opens no sockets and keeps no clock of its own where the time matters to a judgement. It knows nothing
//! of connections, the store or the dashboard.
//!
//! ```no_run
//! use std::{path::Path, sync::Arc};
//! let root = Arc::new(ca::Root::load_or_make(Path::new("/home/me/.local/share/handlens/root"))?);
//! let minter = ca::Minter::new(Arc::clone(&root))?;
//! let leaf = minter.leaf(ca::LeafRequest::new("example.com"))?;
//! println!("{} certificates to present", leaf.certified_key.cert.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod trust;

mod cache;
mod certificate;
mod chain;
mod der;
mod encode;
mod export;
mod issue;
mod leaf;
mod pkcs12;
mod revocation;
mod root;
mod summary;
mod verdict;

#[cfg(test)]
mod testing;

pub use export::{PKCS12_PASSWORD, RootCertificate, RootCertificateError};
pub use issue::{IssueError, IssueRequest, Issued, IssuedKey, SigningRequest, issue_self_signed};
pub use leaf::{HostFault, Leaf, LeafKey, LeafRequest, MintError, Minter};
pub use pkcs12::{Pkcs12Error, Pkcs12Identity, read_pkcs12};
pub use revocation::{Crl, CrlError, CtLogs, CtLogsError};
pub use root::{MayNotSignCrls, OWN_HOST, ParseSubtreeError, Root, RootError, SignCrlError, Subtree};
pub use summary::{CertificateSummary, summarize};
pub use trust::{Roots, RootsError};
pub use verdict::{
    Alternative, Badge, BadgeKind, Check, CheckOutcome, Judge, Judgement, PathCertificate, PathEnd,
    PathSource, Presented,
};
