//! The roots that origins are judged against: the system's, and files that the person names.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, TrustAnchor};
use tracing::{debug, warn};

use super::bundle::{BundleError, read_certificates};
use super::mozilla::PublicRoots;
use super::system::{SystemRoots, system_roots};

/// The roots that origins are judged against.
///
/// Invariant: none of Handlens's own roots is among them, also not under a second certificate of the same key. Else
/// whoever got hold of a leaf could stand in for any origin.
#[derive(Debug)]
pub struct Roots {
    anchors: Vec<TrustAnchor<'static>>,
    /// What is known of each of the anchors, in the same order.
    known: Vec<Known>,
    /// Places in `anchors`, by subject.
    by_subject: HashMap<Vec<u8>, Vec<usize>>,
    /// The certificates of the person's own files, and the places of their anchors.
    named: Vec<(CertificateDer<'static>, usize)>,
    /// None where this machine has none yet; more than one where others were in use before.
    own: Vec<OwnRoot>,
    /// Whose roots these are beside, to compare with.
    public: Arc<PublicRoots>,
}

/// The settings that name files of roots.
const ORIGIN_CA: &str = "--origin-ca";
const CLIENT_CA: &str = "--client-ca";

/// A root's certificate, and where it came from.
#[derive(Debug)]
struct Known {
    der: CertificateDer<'static>,
    sources: Vec<Source>,
}

/// A root of Handlens's own.
#[derive(Debug)]
pub(crate) struct OwnRoot {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) anchor: TrustAnchor<'static>,
}

/// Where a root came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The operating system's trust store.
    System,
    /// A file that the person named.
    File {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
    },
}

impl Source {
    /// The list that it is in, in the words of a judgement's `trusted_by`.
    pub(crate) fn list(&self) -> &'static str {
        match self {
            Self::System => "system",
            Self::File { setting, .. } => setting,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("the system"),
            Self::File { path, .. } => path.display().fmt(f),
        }
    }
}

impl Roots {
    /// The system's roots when `system`, and those of the PEM files in `extra`; never one of
    /// `own_roots`, those that Handlens mints under or minted under before.
    ///
    /// Roots of the system that can't be used are skipped, and a system without any is worth a warning: the
    /// person may name files, or allow hosts. A named file must be good.
    ///
    /// # Errors
    /// When a file of `extra` can't be read or holds no usable certificate.
    pub fn load(
        system: bool,
        extra: &[PathBuf],
        own_roots: &[CertificateDer<'_>],
    ) -> Result<Self, RootsError> {
        Self::of(own_roots, system, ORIGIN_CA, extra)
    }

    /// Those of the PEM files in `files`, to judge clients by.
    ///
    /// # Errors
    /// When a file can't be read or holds no usable certificate.
    pub fn of_clients(files: &[PathBuf]) -> Result<Self, RootsError> {
        Self::of(&[], false, CLIENT_CA, files)
    }

    fn of(
        own_roots: &[CertificateDer<'_>],
        system: bool,
        setting: &'static str,
        files: &[PathBuf],
    ) -> Result<Self, RootsError> {
        let read_own = |der: &CertificateDer<'_>| {
            let der = der.clone().into_owned();
            anchor(&der).map(|anchor| OwnRoot { der, anchor })
        };
        let mut roots = Self {
            anchors: Vec::new(),
            known: Vec::new(),
            by_subject: HashMap::new(),
            named: Vec::new(),
            own: own_roots
                .iter()
                .map(read_own)
                .collect::<Result<_, _>>()
                .map_err(RootsError::OwnRoot)?,
            public: PublicRoots::mozilla(),
        };
        if system {
            roots.add_system(system_roots());
        }
        for path in files {
            roots.add_file(setting, path)?;
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

    /// The places in [`Roots::anchors`] of those with this name, which lacks its SEQUENCE header.
    pub(crate) fn of_subject(&self, subject: &[u8]) -> &[usize] {
        self.by_subject
            .get(subject)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The place of an anchor in [`Roots::anchors`].
    pub(crate) fn place_of(&self, anchor: &TrustAnchor<'_>) -> Option<usize> {
        let mut places = self.of_subject(&anchor.subject).iter().copied();
        places.find(|place| self.anchors.get(*place) == Some(anchor))
    }

    /// The certificate of an anchor, by its place.
    pub(crate) fn der(&self, place: usize) -> Option<&CertificateDer<'static>> {
        self.known.get(place).map(|known| &known.der)
    }

    /// Where an anchor came from, by its place.
    pub(crate) fn sources(&self, place: usize) -> &[Source] {
        self.known
            .get(place)
            .map(|known| known.sources.as_slice())
            .unwrap_or_default()
    }

    /// The place of this very certificate, when the person named it in a file.
    pub(crate) fn named(&self, der: &[u8]) -> Option<usize> {
        let mut named = self.named.iter();
        named
            .find(|(named, _)| named.as_ref() == der)
            .map(|(_, place)| *place)
    }

    /// Handlens's own roots.
    pub(crate) fn own(&self) -> &[OwnRoot] {
        &self.own
    }

    /// This key, a SubjectPublicKeyInfo without its header, is that of one of Handlens's own roots. The same key is the
    /// same root, whatever certificate it is in.
    pub(crate) fn is_own_key(&self, key: &[u8]) -> bool {
        let mut own = self.own.iter();
        own.any(|own| own.anchor.subject_public_key_info.as_ref() == key)
    }

    /// The list to compare with.
    pub(crate) fn public(&self) -> &PublicRoots {
        &self.public
    }

    /// The same, compared with this list and not with Mozilla's.
    #[cfg(test)]
    pub(crate) fn compared_with(self, public: PublicRoots) -> Self {
        Self {
            public: Arc::new(public),
            ..self
        }
    }

    fn add_system(&mut self, found: SystemRoots) {
        for problem in &found.problems {
            warn!("a part of the system's trust store can't be read: {problem}");
        }
        for der in found.certificates {
            match anchor(&der) {
                Ok(anchor) => self.add(anchor, der, Source::System),
                Err(error) => debug!(%error, "a root of the system can't be used"),
            }
        }
        if self.is_empty() {
            warn!("the system trusts no root; install its CA certificates, or name a file with --origin-ca");
        }
    }

    fn add_file(&mut self, setting: &'static str, path: &Path) -> Result<(), RootsError> {
        let certificates = read_certificates(path)?;
        if certificates.is_empty() {
            return Err(RootsError::NoCertificate {
                path: path.to_owned(),
                whose: match setting {
                    CLIENT_CA => "clients",
                    _ => "origins",
                },
            });
        }
        for der in certificates {
            let anchor = anchor(&der).map_err(|source| RootsError::Unusable {
                path: path.to_owned(),
                source,
            })?;
            if self.is_own_key(&anchor.subject_public_key_info) {
                warn!(
                    "{} holds Handlens's own root, which is never trusted for origins",
                    path.display()
                );
                continue;
            }
            let path = path.to_owned();
            self.add(anchor, der, Source::File { setting, path });
        }
        Ok(())
    }

    fn add(&mut self, anchor: TrustAnchor<'static>, der: CertificateDer<'static>, source: Source) {
        if self.is_own_key(&anchor.subject_public_key_info) {
            return;
        }
        // Two certificates of one name, key and constraints are one anchor.
        let place = self.place_of(&anchor).unwrap_or_else(|| {
            let place = self.anchors.len();
            self.by_subject
                .entry(anchor.subject.to_vec())
                .or_default()
                .push(place);
            self.anchors.push(anchor);
            self.known.push(Known {
                der: der.clone(),
                sources: Vec::new(),
            });
            place
        });
        if matches!(source, Source::File { .. }) {
            self.named.push((der, place));
        }
        if let Some(known) = self
            .known
            .get_mut(place)
            .filter(|known| !known.sources.contains(&source))
        {
            known.sources.push(source);
        }
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
    #[error("{} holds no certificate in PEM; roots for {whose} are read from -----BEGIN CERTIFICATE-----", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
        /// Whom the roots are to judge.
        whose: &'static str,
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
        let roots = Roots::load(
            false,
            std::slice::from_ref(&path),
            std::slice::from_ref(own.certificate()),
        )
        .unwrap();
        assert_eq!(roots.len(), 1);
        let place = roots.place_of(&anchor(other.certificate()).unwrap()).unwrap();
        let setting = ORIGIN_CA;
        assert_eq!(roots.sources(place), [Source::File { setting, path }]);
        assert_eq!(roots.der(place), Some(other.certificate()));
    }

    #[test]
    fn the_own_root_is_not_trusted_by_being_installed_in_the_system() {
        let (own, other) = (authority("Handlens"), authority("Other"));
        let former = authority("Handlens of last year");
        let ours = [own.certificate().clone(), former.certificate().clone()];
        let mut roots = Roots::load(false, &[], &ours).unwrap();
        roots.add_system(SystemRoots {
            certificates: vec![
                own.certificate().clone(),
                former.certificate().clone(),
                own.same_key_again("Handlens in another coat"),
                other.certificate().clone(),
            ],
            problems: Vec::new(),
        });
        assert_eq!(roots.len(), 1);
        assert_eq!(roots.sources(0), [Source::System]);
    }

    #[test]
    fn one_root_of_two_lists_is_one_anchor() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("extra.pem");
        let company = authority("Company");
        write_bundle(&path, [company.certificate()]).unwrap();
        let mut roots = Roots::load(false, std::slice::from_ref(&path), &[]).unwrap();
        roots.add_system(SystemRoots {
            certificates: vec![company.certificate().clone()],
            problems: Vec::new(),
        });
        assert_eq!(roots.len(), 1);
        let setting = ORIGIN_CA;
        assert_eq!(roots.sources(0), [Source::File { setting, path }, Source::System]);
        assert_eq!(roots.named(company.certificate()), Some(0));
    }

    #[test]
    fn a_file_without_certificates_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("empty.pem");
        std::fs::write(&path, "nothing here").unwrap();
        let error = Roots::load(
            false,
            std::slice::from_ref(&path),
            std::slice::from_ref(authority("Handlens").certificate()),
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
        let error = Roots::load(
            false,
            &[path],
            std::slice::from_ref(authority("Handlens").certificate()),
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the certificates in /nonexistent/roots.pem can't be read"
        );
    }
}
