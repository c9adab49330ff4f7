//! PEM files of certificates and keys, parsed into what a root needs of them.

use std::path::Path;

use rcgen::KeyPair;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::parse_x509_certificate;

use super::{Constraints, RootError, files};
use crate::encode::{key_identifier, readable_name, utc};

/// What a root needs of its certificate.
pub(super) struct Certificate {
    pub(super) der: CertificateDer<'static>,
    pub(super) subject: String,
    pub(super) subject_der: Vec<u8>,
    pub(super) public_key: Vec<u8>,
    pub(super) key_identifier: Vec<u8>,
    pub(super) not_before: OffsetDateTime,
    pub(super) not_after: OffsetDateTime,
    pub(super) is_self_issued: bool,
    /// The names that it may vouch for.
    pub(super) constraints: Constraints,
    pub(super) may_sign_crls: bool,
    is_authority: bool,
    may_sign: bool,
}

impl Certificate {
    /// Parses a certificate that came from `path`.
    pub(super) fn parse(der: CertificateDer<'static>, path: &Path) -> Result<Self, RootError> {
        let broken = || RootError::CertificateBroken {
            path: path.to_owned(),
        };
        let (rest, parsed) = parse_x509_certificate(&der).map_err(|_| broken())?;
        if !rest.is_empty() {
            return Err(broken());
        }
        let public_key = parsed.public_key().subject_public_key.data.to_vec();
        // Without basicConstraints a certificate of version 3 isn't an authority's (RFC 5280 section 4.2.1.9);
        // without keyUsage it may be used for anything (section 4.2.1.3).
        let is_authority = parsed
            .basic_constraints()
            .ok()
            .flatten()
            .is_some_and(|c| c.value.ca);
        let usage = parsed.key_usage().ok().flatten().map(|usage| usage.value);
        let may_sign = usage.is_none_or(|usage| usage.key_cert_sign());
        let may_sign_crls = usage.is_none_or(|usage| usage.crl_sign());
        Ok(Self {
            subject: readable_name(parsed.subject()),
            subject_der: parsed.subject().as_raw().to_vec(),
            key_identifier: subject_key_identifier(&parsed)
                .unwrap_or_else(|| key_identifier(&public_key).to_vec()),
            public_key,
            not_before: utc(parsed.validity().not_before),
            not_after: utc(parsed.validity().not_after),
            is_self_issued: parsed.subject().as_raw() == parsed.issuer().as_raw(),
            constraints: Constraints::of(&parsed),
            may_sign_crls,
            is_authority,
            may_sign,
            der,
        })
    }

    /// Checks that this certificate can be a root as of `now`.
    pub(super) fn check_may_sign(&self, path: &Path, now: OffsetDateTime) -> Result<(), RootError> {
        let path = path.to_owned();
        if !self.is_authority {
            Err(RootError::NotAuthority {
                path,
                subject: self.subject.clone(),
            })
        } else if !self.may_sign {
            Err(RootError::MayNotSign {
                path,
                subject: self.subject.clone(),
            })
        } else if now > self.not_after {
            Err(RootError::Expired {
                path,
                on: self.not_after.date(),
            })
        } else if now < self.not_before {
            Err(RootError::NotYetValid {
                path,
                on: self.not_before.date(),
            })
        } else {
            Ok(())
        }
    }
}

/// The certificates in a PEM file, at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, RootError> {
    let bytes = files::read_public(path)?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|_| RootError::CertificateBroken {
            path: path.to_owned(),
        })?;
    if found.is_empty() {
        return Err(RootError::NoCertificate {
            path: path.to_owned(),
            is_der: looks_like_der(&bytes),
        });
    }
    Ok(found)
}

/// The private key in a PEM file that its owner alone can read: the first block that is one, whatever else
/// (`EC PARAMETERS`, certificates) stands before it.
pub(super) fn key(path: &Path) -> Result<KeyPair, RootError> {
    let bytes = files::read_secret(path)?;
    if is_encrypted(&bytes) {
        return Err(RootError::KeyEncrypted {
            path: path.to_owned(),
        });
    }
    let der = PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| RootError::NoKey {
        path: path.to_owned(),
        is_der: looks_like_der(&bytes),
    })?;
    // RSA below 2048 bits is among what AWS-LC doesn't take.
    KeyPair::try_from(&der).map_err(|_| RootError::KeyUnsupported {
        path: path.to_owned(),
    })
}

/// True when issuer and subject are the same name.
pub(super) fn is_self_issued(der: &CertificateDer<'_>) -> bool {
    parse_x509_certificate(der).is_ok_and(|(_, parsed)| parsed.subject().as_raw() == parsed.issuer().as_raw())
}

fn subject_key_identifier(certificate: &X509Certificate<'_>) -> Option<Vec<u8>> {
    certificate
        .iter_extensions()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
            _ => None,
        })
}

/// PKCS#8 says so in its label, the older form in a header (RFC 1421 section 4.6.1.1).
fn is_encrypted(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED")
}

/// DER of a certificate or a key begins with a long SEQUENCE.
fn looks_like_der(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, 0x81..=0x83, ..])
}
