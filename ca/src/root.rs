//! The root: the local certificate authority that every leaf is minted from.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;

/// The local certificate authority.
#[derive(Debug)]
pub struct Root {
    certificate: CertificateDer<'static>,
    subject: String,
    not_after: OffsetDateTime,
}

impl Root {
    /// The root in `dir` (`root.pem` and `root.key`), made there if there is none yet.
    pub fn load_or_make(_dir: &Path) -> Result<Self, RootError> {
        unimplemented!()
    }

    /// A root of the person's own: PEM files with its certificate and its key.
    pub fn load(_certificate: &Path, _key: &Path) -> Result<Self, RootError> {
        unimplemented!()
    }

    /// The certificate.
    #[must_use]
    pub fn certificate_der(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The certificate in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        unimplemented!()
    }

    /// The SHA-256 of the certificate, its fingerprint.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        unimplemented!()
    }

    /// The subject, as `CN=..., O=...`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The moment after which nothing trusts it.
    #[must_use]
    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }
}

/// Why there is no root.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RootError {}
