//! The roots that origins are judged against: the system's, and files that the person names.

use std::fmt;
use std::path::{Path, PathBuf};

use rustls::pki_types::{CertificateDer, TrustAnchor};
use tracing::{debug, warn};

use super::bundle::{BundleError, read_certificates};
use super::system::system_roots;

/// The roots that origins are judged against.
///
/// Invariant: Handlens's own root isn't among them, also not under a second certificate of the same key. Else
/// whoever got hold of a leaf could stand in for any origin.
#[derive(Debug)]
pub struct Roots {
    anchors: Vec<TrustAnchor<'static>>,
    /// Where each of the anchors came from, in the same order.
    sources: Vec<Source>,
    /// The certificates of the person's own files, whole.
    named: Vec<CertificateDer<'static>>,
    /// `None` where this machine has none yet.
    own_root: Option<TrustAnchor<'static>>,
}

/// Where a root came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The operating system's trust store.
    System,
    /// A file that the person named.
    File(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("the system"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl Roots {
    /// The system's roots when `system`, and those of the PEM files in `extra`; never `own_root`.
    ///
    /// Roots of the system that can't be used are skipped, and a system without any is worth a warning: the
    /// person may name files, or allow hosts. A named file must be good.
    ///
    /// # Errors
    /// When a file of `extra` can't be read or holds no usable certificate.
    pub fn load(
        system: bool,
        extra: &[PathBuf],
        own_root: Option<&CertificateDer<'_>>,
    ) -> Result<Self, RootsError> {
        let own_root = own_root.map(anchor).transpose().map_err(RootsError::OwnRoot)?;
        let mut roots = Self {
            anchors: Vec::new(),
            sources: Vec::new(),
            named: Vec::new(),
            own_root,
        };
        if system {
            roots.add_system();
        }
        for path in extra {
            roots.add_file(path)?;
        }
        Ok(roots)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.anchors.len()
    }

    /// True when nothing is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    pub(crate) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }

    /// Where an anchor of [`Roots::anchors`] came from.
    pub(crate) fn source_of(&self, anchor: &TrustAnchor<'_>) -> Option<&Source> {
        let place = self.anchors.iter().position(|own| own == anchor)?;
        self.sources.get(place)
    }

    /// True when the person named this very certificate.
    pub(crate) fn names_exactly(&self, der: &CertificateDer<'_>) -> bool {
        self.named.iter().any(|named| named == der)
    }

    /// The subject of Handlens's own root, as DER without the outer SEQUENCE; `None` where there is none.
    pub(crate) fn own_subject(&self) -> Option<&[u8]> {
        self.own_root.as_ref().map(|root| root.subject.as_ref())
    }

    fn add_system(&mut self) {
        let found = system_roots();
        for problem in &found.problems {
            warn!("a part of the system's trust store can't be read: {problem}");
        }
        for der in &found.certificates {
            match anchor(der) {
                Ok(anchor) => self.add(anchor, Source::System),
                Err(error) => debug!(%error, "a root of the system can't be used"),
            }
        }
        if self.is_empty() {
            warn!("the system trusts no root; install its CA certificates, or name a file with --origin-ca");
        }
    }

    fn add_file(&mut self, path: &Path) -> Result<(), RootsError> {
        let certificates = read_certificates(path)?;
        if certificates.is_empty() {
            return Err(RootsError::NoCertificate {
                path: path.to_owned(),
            });
        }
        for der in certificates {
            let anchor = anchor(&der).map_err(|source| RootsError::Unusable {
                path: path.to_owned(),
                source,
            })?;
            if self.is_own(&anchor) {
                warn!(
                    "{} holds Handlens's own root, which is never trusted for origins",
                    path.display()
                );
                continue;
            }
            self.add(anchor, Source::File(path.to_owned()));
            self.named.push(der);
        }
        Ok(())
    }

    fn add(&mut self, anchor: TrustAnchor<'static>, source: Source) {
        if !self.is_own(&anchor) && !self.anchors.contains(&anchor) {
            self.anchors.push(anchor);
            self.sources.push(source);
        }
    }

    /// The same key is the same root, whatever certificate it is in.
    fn is_own(&self, anchor: &TrustAnchor<'_>) -> bool {
        self.own_root
            .as_ref()
            .is_some_and(|own| anchor.subject_public_key_info == own.subject_public_key_info)
    }
}

fn anchor(der: &CertificateDer<'_>) -> Result<TrustAnchor<'static>, webpki::Error> {
    Ok(webpki::anchor_from_trusted_cert(der)?.to_owned())
}

/// Why roots weren't loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RootsError {
    /// A file can't be read.
    #[error(transparent)]
    File(#[from] BundleError),
    /// A file holds no certificate.
    #[error("{} holds no certificate in PEM; roots for origins are read from -----BEGIN CERTIFICATE-----", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A certificate can't be used as a root.
    #[error("a certificate in {} can't be used as a root", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: webpki::Error,
    },
    /// Handlens's own root can't be told apart from others.
    #[error("Handlens's own root can't be read")]
    OwnRoot(#[source] webpki::Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::authority;
    use crate::trust::write_bundle;

    #[test]
    fn the_own_root_is_never_among_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("extra.pem");
        let (own, other) = (authority("Handlens"), authority("Other"));
        let again = own.same_key_again("Handlens in another coat");
        write_bundle(&path, [own.certificate(), other.certificate(), &again]).unwrap();
        let roots = Roots::load(false, std::slice::from_ref(&path), Some(own.certificate())).unwrap();
        assert_eq!(roots.len(), 1);
        let other = anchor(other.certificate()).unwrap();
        assert_eq!(roots.source_of(&other), Some(&Source::File(path)));
    }

    #[test]
    fn a_file_without_certificates_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("empty.pem");
        std::fs::write(&path, "nothing here").unwrap();
        let error = Roots::load(
            false,
            std::slice::from_ref(&path),
            Some(authority("Handlens").certificate()),
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "{} holds no certificate in PEM; roots for origins are read from -----BEGIN CERTIFICATE-----",
                path.display()
            )
        );
    }

    #[test]
    fn a_file_that_is_missing_is_told() {
        let path = PathBuf::from("/nonexistent/roots.pem");
        let error = Roots::load(false, &[path], Some(authority("Handlens").certificate())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the certificates in /nonexistent/roots.pem can't be read"
        );
    }
}
