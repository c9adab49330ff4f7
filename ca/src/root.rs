//! The root: the local certificate authority that every leaf is minted from.
//!
//! Either Handlens's own, made at the first start and kept in a folder of its own, or one that the person
//! brings as PEM files. Both are read through the same checks, so a root that is in hand is one that can sign.
//! Trust stores are not its matter (see [`crate::trust`]).

mod constraints;
mod crl;
mod error;
mod files;
mod make;
mod names;
mod read;

use std::path::{Path, PathBuf};

use rcgen::PublicKeyData as _;
use rustls::pki_types::{AlgorithmIdentifier, CertificateDer, alg_id};
use time::OffsetDateTime;

pub(crate) use constraints::Constraints;
pub use constraints::{ParseSubtreeError, Subtree};
pub use crl::{MayNotSignCrls, SignCrlError};
pub use error::RootError;

use crate::RootCertificate;
use crate::certificate::Signer;
use crate::encode::{pem, sha256};
use read::Certificate;

/// The name of the certificate's file in the root's folder.
const CERTIFICATE_FILE: &str = "root.pem";
/// The name of the key's file in the root's folder.
const KEY_FILE: &str = "root.key";

/// The host at which Handlens answers its own clients. A root that is made for some names alone is for this one too.
pub const OWN_HOST: &str = "handlens.local";

/// The local certificate authority.
///
/// Invariant: certificate and key belong together, the certificate may sign others, and it was valid when it
/// was loaded. The key has no accessor and is left out of `Debug`.
pub struct Root {
    certificate: Certificate,
    key: rcgen::KeyPair,
    algorithm: AlgorithmIdentifier,
    issuers: Vec<CertificateDer<'static>>,
}

impl Root {
    /// The root in `dir` (`root.pem` and `root.key`), made there if there is none yet.
    ///
    /// Give it a folder of its own. The folder is made with mode 0700 and the key with 0600, each file whole or
    /// not at all. A key whose certificate is lost gets a new certificate with the same name, so that clients
    /// that trust the old one trust the new one, and for no more names than it was made for; a certificate whose key
    /// is lost is an error, for a silently changed root would be a riddle to whoever trusted it.
    ///
    /// # Errors
    /// When the folder or its files can't be used, others can read the key, or the root can't sign any more.
    pub fn load_or_make(dir: &Path) -> Result<Self, RootError> {
        let certificate = dir.join(CERTIFICATE_FILE);
        let key = dir.join(KEY_FILE);
        files::ensure_folder(dir)?;
        match (files::exists(&certificate)?, files::exists(&key)?) {
            (true, true) => {}
            (true, false) => return Err(RootError::KeyMissing { certificate, key }),
            (false, _) => make_in(&certificate, &key, &names::read(dir)?)?,
        }
        let root = Self::load(&certificate, &key)?;
        // It may have been made before its names were kept.
        names::keep(dir, root.constraints().permitted())?;
        Ok(root)
    }

    /// A new root in `dir`, which has none yet. Where `permitted` has any, it may vouch for these names alone, and for
    /// [`OWN_HOST`].
    ///
    /// # Errors
    /// When there is a root already, or the folder can't be used.
    pub fn make(dir: &Path, permitted: &[Subtree]) -> Result<Self, RootError> {
        let (certificate, key) = (dir.join(CERTIFICATE_FILE), dir.join(KEY_FILE));
        files::ensure_folder(dir)?;
        for path in [&certificate, &key] {
            if files::exists(path)? {
                return Err(RootError::Exists { path: path.clone() });
            }
        }
        let permitted = with_own_host(permitted);
        names::keep(dir, &permitted)?;
        make_in(&certificate, &key, &permitted)?;
        Self::load(&certificate, &key)
    }

    /// A new root in the place of the one in `dir`, for the same names unless `permitted` says others. The old one is
    /// moved aside, and comes back when the new one can't be made. Gives the new one and where the old one is.
    ///
    /// # Errors
    /// When there is no root in `dir` that can be read, or the folder can't be used.
    pub fn rotate(dir: &Path, permitted: Option<&[Subtree]>) -> Result<(Self, PathBuf), RootError> {
        let old = read::certificates(&dir.join(CERTIFICATE_FILE))?.remove(0);
        let old = Certificate::parse(old, &dir.join(CERTIFICATE_FILE))?;
        let permitted = permitted.unwrap_or(old.constraints.permitted());
        let aside = files::move_aside(dir, OffsetDateTime::now_utc().date())?;
        match Self::make(dir, permitted) {
            Ok(root) => Ok((root, aside)),
            Err(error) => {
                files::move_back(&aside, dir);
                Err(error)
            }
        }
    }

    /// A root of the person's own: PEM files with its certificate and its key.
    ///
    /// The key may be in PKCS#8, SEC1 or PKCS#1, RSA or ECDSA. The certificate's file may go on with the
    /// certificates that lead from this one to the root that clients trust; leaves are then presented with them.
    ///
    /// # Errors
    /// When a file can't be read or used, the two don't belong together, or the certificate may not sign.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, RootError> {
        let pair = read::key(key)?;
        let mut chain = read::certificates(certificate)?;
        let own = Certificate::parse(chain.remove(0), certificate)?;
        if own.public_key != pair.der_bytes() {
            return Err(RootError::Mismatch {
                certificate: certificate.to_owned(),
                key: key.to_owned(),
            });
        }
        own.check_may_sign(certificate, OffsetDateTime::now_utc())?;
        // An Ed25519 root is refused because browsers refuse it.
        let algorithm =
            signature_algorithm(&pair).ok_or_else(|| RootError::KeyUnsupported { path: key.to_owned() })?;
        let issuers = issuers_to_present(&own, chain);
        Ok(Self {
            certificate: own,
            key: pair,
            algorithm,
            issuers,
        })
    }

    /// The certificate.
    #[must_use]
    pub fn certificate_der(&self) -> &CertificateDer<'static> {
        &self.certificate.der
    }

    /// What there is of it to hand out.
    ///
    /// # Panics
    /// Never: the certificate was parsed when the root was loaded.
    #[must_use]
    pub fn to_certificate(&self) -> RootCertificate {
        RootCertificate::parse(self.certificate.der.clone()).expect("it was parsed when the root was loaded")
    }

    /// The certificate in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate.der)
    }

    /// The SHA-256 of the certificate, its fingerprint.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        sha256(&self.certificate.der)
    }

    /// The subject, as `O=..., CN=...`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.certificate.subject
    }

    /// The moment from which it is good.
    #[must_use]
    pub fn not_before(&self) -> OffsetDateTime {
        self.certificate.not_before
    }

    /// The moment after which nothing trusts it.
    #[must_use]
    pub fn not_after(&self) -> OffsetDateTime {
        self.certificate.not_after
    }

    /// The names that it may vouch for, where they are not all.
    #[must_use]
    pub fn vouches_for(&self) -> Option<String> {
        let constraints = self.constraints();
        (!constraints.is_empty()).then(|| constraints.to_string())
    }

    /// The names that it may vouch for.
    pub(crate) fn constraints(&self) -> &Constraints {
        &self.certificate.constraints
    }

    /// Signs certificates and CRLs in its name.
    pub(crate) fn signer(&self) -> Signer<'_> {
        Signer {
            subject: &self.certificate.subject_der,
            key_identifier: &self.certificate.key_identifier,
            algorithm: self.algorithm,
            key: &self.key,
        }
    }

    /// The certificates to present after a leaf.
    ///
    /// A self-signed root isn't among them: who trusts it has it, and who doesn't gains nothing (RFC 8446
    /// section 4.4.2 lets it be left out). One that another authority issued is, with what leads on from it.
    pub(crate) fn issuers(&self) -> &[CertificateDer<'static>] {
        &self.issuers
    }

    /// True when a signature takes a millisecond rather than 20 us.
    pub(crate) fn signs_slowly(&self) -> bool {
        is_rsa(&self.key)
    }
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Root")
            .field("subject", &self.certificate.subject)
            .finish_non_exhaustive()
    }
}

/// Writes what is missing: the key, unless it is there, and a certificate of it.
fn make_in(certificate: &Path, key: &Path, permitted: &[Subtree]) -> Result<(), RootError> {
    if !files::exists(key)? {
        files::write_once(key, make::new_key()?.as_bytes(), files::Reader::OwnerAlone)?;
    }
    let pair = read::key(key)?;
    let contents = make::certificate(&pair, permitted)?;
    files::write_once(certificate, contents.as_bytes(), files::Reader::Anyone)
}

/// The names of a constrained root, with ours.
fn with_own_host(permitted: &[Subtree]) -> Vec<Subtree> {
    let own = Subtree::Domain(OWN_HOST.to_owned());
    let is_named = permitted.is_empty() || permitted.contains(&own);
    let added = (!is_named).then_some(own);
    permitted.iter().cloned().chain(added).collect()
}

fn is_rsa(key: &rcgen::KeyPair) -> bool {
    key.algorithm() == &rcgen::PKCS_RSA_SHA256
}

/// What a key signs with; none for one that browsers don't take.
pub(crate) fn signature_algorithm(key: &rcgen::KeyPair) -> Option<AlgorithmIdentifier> {
    let algorithm = key.algorithm();
    if is_rsa(key) {
        Some(alg_id::RSA_PKCS1_SHA256)
    } else if algorithm == &rcgen::PKCS_ECDSA_P256_SHA256 {
        Some(alg_id::ECDSA_SHA256)
    } else if algorithm == &rcgen::PKCS_ECDSA_P384_SHA384 {
        Some(alg_id::ECDSA_SHA384)
    } else if algorithm == &rcgen::PKCS_ECDSA_P521_SHA512 {
        Some(alg_id::ECDSA_SHA512)
    } else {
        None
    }
}

/// The path above a root that isn't self-signed, itself first.
fn issuers_to_present(
    own: &Certificate,
    above: Vec<CertificateDer<'static>>,
) -> Vec<CertificateDer<'static>> {
    if own.is_self_issued {
        return Vec::new();
    }
    let above = above.into_iter().filter(|der| !read::is_self_issued(der));
    std::iter::once(own.der.clone()).chain(above).collect()
}

#[cfg(test)]
mod tests;
