//! Mozilla's list of roots, to compare with: whether a root is one that the public's browsers trust.
//!
//! It makes no chain accepted. The list is of the day on which the package `webpki-root-certs` was made, and says
//! nothing of the limits that Mozilla sets to some of its roots.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use rustls::pki_types::{CertificateDer, TrustAnchor};

/// A list of roots that are publicly trusted.
pub(crate) struct PublicRoots {
    roots: Vec<PublicRoot>,
    /// Places in `roots`, by subject.
    by_subject: HashMap<Vec<u8>, Vec<usize>>,
}

pub(crate) struct PublicRoot {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) anchor: TrustAnchor<'static>,
}

impl PublicRoots {
    /// Mozilla's. It is read once.
    pub(crate) fn mozilla() -> Arc<Self> {
        static MOZILLA: LazyLock<Arc<PublicRoots>> = LazyLock::new(|| {
            let certificates = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned();
            Arc::new(PublicRoots::of(certificates))
        });
        Arc::clone(&MOZILLA)
    }

    /// A list of these; what can't be used as a root isn't in it.
    pub(crate) fn of(certificates: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        let mut list = Self {
            roots: Vec::new(),
            by_subject: HashMap::new(),
        };
        for der in certificates {
            let Ok(anchor) = webpki::anchor_from_trusted_cert(&der).map(|anchor| anchor.to_owned()) else {
                continue;
            };
            let places = list.by_subject.entry(anchor.subject.to_vec()).or_default();
            places.push(list.roots.len());
            list.roots.push(PublicRoot { der, anchor });
        }
        list
    }

    /// Those of this name, which lacks its SEQUENCE header as webpki has it.
    pub(crate) fn of_subject(&self, subject: &[u8]) -> impl Iterator<Item = &PublicRoot> {
        let places = self
            .by_subject
            .get(subject)
            .map(Vec::as_slice)
            .unwrap_or_default();
        places.iter().filter_map(|place| self.roots.get(*place))
    }

    /// True when it has a root of this name and key, in whatever certificate.
    pub(crate) fn has(&self, subject: &[u8], key: &[u8]) -> bool {
        self.of_subject(subject)
            .any(|root| root.anchor.subject_public_key_info.as_ref() == key)
    }
}

impl fmt::Debug for PublicRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicRoots")
            .field("roots", &self.roots.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_mozillas_roots_can_be_used() {
        let list = PublicRoots::mozilla();
        assert_eq!(list.roots.len(), webpki_root_certs::TLS_SERVER_ROOT_CERTS.len());
        assert!(list.roots.len() > 100, "{list:?}");
        for root in &list.roots {
            let key = &root.anchor.subject_public_key_info;
            assert!(list.has(&root.anchor.subject, key));
        }
        assert!(!list.has(b"nobody", b"none"));
    }
}
