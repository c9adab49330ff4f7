//! What a list tells of a certificate: whose it is, who issued it, how long it holds, which key it carries.
//!
//! It is read for the eye. Nothing is decided by it, and a certificate that isn't X.509 has none.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use crate::encode::{address_of, hex, readable, readable_name, sha256};
use crate::verdict::{key_name, signature_name};

/// The most names that a summary tells: one certificate may carry thousands.
const MAX_NAMES: usize = 256;
/// The longest serial number that is told, in bytes. RFC 5280 section 4.1.2.2 allows 20.
const MAX_SERIAL: usize = 64;

/// What a list tells of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateSummary {
    /// The subject, as RFC 4514 writes names.
    pub subject: String,
    /// The issuer, as RFC 4514 writes names.
    pub issuer: String,
    /// When it begins to be valid, in seconds since 1970.
    pub not_before: i64,
    /// When it ceases to be valid, in seconds since 1970.
    pub not_after: i64,
    /// The serial number in hex.
    pub serial: String,
    /// The key: `EC P-256`, `RSA 2048`, `Ed25519`.
    pub key: String,
    /// How it is signed: `ECDSA with SHA-256`.
    pub signature: String,
    /// The DNS names and addresses that it is for.
    pub names: Vec<String>,
    /// It is an authority's.
    pub is_ca: bool,
    /// Issuer and subject are the same name.
    pub self_issued: bool,
    /// The SHA-256 of the SubjectPublicKeyInfo, which is what pins name (RFC 7469).
    pub spki_sha256: [u8; 32],
}

/// Summarizes a certificate; `None` where the bytes are none.
#[must_use]
pub fn summarize(der: &[u8]) -> Option<CertificateSummary> {
    let (_, certificate) = parse_x509_certificate(der).ok()?;
    let validity = certificate.validity();
    let serial = certificate.raw_serial();
    Some(CertificateSummary {
        subject: readable_name(certificate.subject()),
        issuer: readable_name(certificate.issuer()),
        not_before: validity.not_before.timestamp(),
        not_after: validity.not_after.timestamp(),
        serial: hex(&serial[..serial.len().min(MAX_SERIAL)]),
        key: key_name(certificate.public_key()),
        signature: signature_name(&certificate.signature_algorithm),
        names: names_of(&certificate),
        is_ca: certificate.is_ca(),
        self_issued: certificate.issuer().as_raw() == certificate.subject().as_raw(),
        spki_sha256: sha256(certificate.public_key().raw),
    })
}

fn names_of(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let names = extension.value.general_names.iter();
    names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(readable(name)),
            GeneralName::IPAddress(bytes) => address_of(bytes).map(|address| address.to_string()),
            _ => None,
        })
        .take(MAX_NAMES)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{authority, server_params};

    #[test]
    fn a_server_and_its_authority() {
        let company = authority("Company Root");
        let summary = summarize(&company.server(&["example.com", "192.0.2.7"])).unwrap();
        assert_eq!(summary.subject, "CN=example.com");
        assert_eq!(summary.issuer, "CN=Company Root");
        assert_eq!(summary.key, "EC P-256");
        assert_eq!(summary.signature, "ECDSA with SHA-256");
        assert_eq!(summary.names, ["example.com", "192.0.2.7"]);
        assert!(!summary.is_ca && !summary.self_issued);
        assert_eq!(summary.not_after - summary.not_before, 2 * 86_400);
        assert_eq!(summary.serial.len() % 2, 0);

        let summary = summarize(company.certificate()).unwrap();
        assert!(summary.is_ca && summary.self_issued);
        assert!(summary.names.is_empty());
    }

    #[test]
    fn other_keys() {
        let company = authority("Company Root");
        let key_of = |algorithm| {
            let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
            let der = company.sign_with_key(&server_params(&["example.com"]), &key);
            summarize(&der).unwrap().key
        };
        assert_eq!(key_of(&rcgen::PKCS_RSA_SHA256), "RSA 2048");
        assert_eq!(key_of(&rcgen::PKCS_ECDSA_P384_SHA384), "EC P-384");
        assert_eq!(key_of(&rcgen::PKCS_ECDSA_P521_SHA512), "EC P-521");
        assert_eq!(key_of(&rcgen::PKCS_ED25519), "Ed25519");
    }

    #[test]
    fn what_is_no_certificate_has_none() {
        assert_eq!(summarize(b""), None);
        assert_eq!(summarize(b"\x30\x03\x02\x01\x05"), None);
    }
}
