//! The root's certificate in the forms that systems take: PEM, DER, PKCS#12, Android's file, Apple's profile.
//!
//! A key is in none of them.

mod android;
mod mobileconfig;
mod pkcs12;

use std::path::Path;

use rustls::pki_types::CertificateDer;
use x509_parser::parse_x509_certificate;

pub(crate) use pkcs12::{TrustedCertificate, write_trust_store};

use crate::encode::{hex, pem, readable, readable_name, sha1, sha256};
use crate::trust::{BundleError, read_certificates};

/// The password of [`RootCertificate::to_pkcs12`]. It keeps nothing secret: programs insist on one.
pub const PKCS12_PASSWORD: &str = "handlens";

/// A root without its key: what is handed out, and what trust stores are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootCertificate {
    der: CertificateDer<'static>,
    subject: String,
    common_name: String,
    subject_der: Vec<u8>,
}

/// Why a file gives no root.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RootCertificateError {
    /// It can't be read as PEM.
    #[error(transparent)]
    File(#[from] BundleError),
    /// Nothing in it is a certificate.
    #[error("no certificate that can be read is in {0}")]
    None(String),
}

impl RootCertificate {
    /// A certificate in DER, if it is one.
    #[must_use]
    pub fn parse(der: CertificateDer<'static>) -> Option<Self> {
        let (rest, parsed) = parse_x509_certificate(&der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let common_name = parsed.subject().iter_common_name().next();
        Some(Self {
            subject: readable_name(parsed.subject()),
            common_name: readable(common_name.and_then(|name| name.as_str().ok()).unwrap_or("")),
            subject_der: parsed.subject().as_raw().to_vec(),
            der,
        })
    }

    /// The first certificate in a PEM file. Its key may be anywhere, and is not looked at.
    ///
    /// # Errors
    /// When the file can't be read, or holds none.
    pub fn read(path: &Path) -> Result<Self, RootCertificateError> {
        let first = read_certificates(path)?.into_iter().next();
        first
            .and_then(Self::parse)
            .ok_or_else(|| RootCertificateError::None(path.display().to_string()))
    }

    /// DER.
    #[must_use]
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem("CERTIFICATE", &self.der)
    }

    /// The subject, as `O=..., CN=...`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The subject's common name; empty where it has none.
    #[must_use]
    pub fn common_name(&self) -> &str {
        &self.common_name
    }

    /// The SHA-256 of the DER, its fingerprint.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        sha256(&self.der)
    }

    /// The SHA-1 of the DER, which is Windows's name for a certificate and proves nothing.
    #[must_use]
    pub fn sha1(&self) -> [u8; 20] {
        sha1(&self.der)
    }

    /// `handlens-3fa94c01`, of the fingerprint: what an entry of ours is called in a trust store.
    #[must_use]
    pub fn entry_name(&self) -> String {
        format!("handlens-{}", hex(&self.sha256()[..4]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::authority;

    #[test]
    fn a_root_is_read_from_pem_and_says_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root.pem");
        let own = authority("Lab Root");
        let root = RootCertificate::parse(own.certificate().clone()).unwrap();
        std::fs::write(&path, root.to_pem()).unwrap();
        assert_eq!(RootCertificate::read(&path).unwrap(), root);
        assert_eq!(root.common_name(), "Lab Root");
        assert_eq!(root.subject(), "CN=Lab Root");
        assert_eq!(
            root.entry_name(),
            format!("handlens-{}", &hex(&root.sha256())[..8])
        );

        std::fs::write(&path, "no certificate").unwrap();
        let error = RootCertificate::read(&path).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("no certificate that can be read is in {}", path.display())
        );
        assert_eq!(RootCertificate::parse(vec![0x30, 0].into()), None);
    }
}
