//! A certificate, parsed for the checks: names, dates, key and extensions, and the bytes that they came from.
//!
//! Nothing here decides; what doesn't parse is simply told less of.

use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::oid::Oid;
use x509_parser::parse_x509_certificate;
use x509_parser::x509::X509Name;

use crate::der::{Reader, SEQUENCE, sole};
use crate::encode::readable;

/// One certificate as RFC 5280 has it.
pub(crate) struct Certificate<'a> {
    pub(crate) der: &'a [u8],
    pub(crate) x509: X509Certificate<'a>,
    /// The subject without its SEQUENCE header, as webpki keeps names.
    pub(crate) subject: &'a [u8],
    /// The issuer, the same way.
    pub(crate) issuer: &'a [u8],
    pub(crate) key: Key<'a>,
    pub(crate) signed: Signed<'a>,
}

/// A SubjectPublicKeyInfo, in its parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key<'a> {
    /// All of it without its SEQUENCE header, as webpki keeps keys.
    pub(crate) info: &'a [u8],
    /// The AlgorithmIdentifier without its header.
    pub(crate) algorithm: &'a [u8],
    pub(crate) bits: &'a [u8],
}

/// What was signed, and the signature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    /// The tbsCertificate with its header.
    pub(crate) message: &'a [u8],
    /// The AlgorithmIdentifier without its header.
    pub(crate) algorithm: &'a [u8],
    pub(crate) signature: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// `None` where the bytes aren't X.509, or more than one certificate.
    pub(crate) fn parse(der: &'a [u8]) -> Option<Self> {
        let (rest, x509) = parse_x509_certificate(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let mut outer = Reader::new(sequence(der)?);
        let signed = Signed {
            message: outer.element(SEQUENCE).ok()?.whole,
            algorithm: outer.value(SEQUENCE).ok()?,
            signature: outer.bits().ok()?,
        };
        Some(Self {
            der,
            subject: sequence(x509.tbs_certificate.subject.as_raw())?,
            issuer: sequence(x509.tbs_certificate.issuer.as_raw())?,
            key: Key::parse(sequence(x509.tbs_certificate.subject_pki.raw)?)?,
            signed,
            x509,
        })
    }

    pub(crate) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Both are certificates of the same authority's key.
    pub(crate) fn is_same_entity(&self, subject: &[u8], key: &[u8]) -> bool {
        self.subject == subject && self.key.info == key
    }

    /// What a person calls its subject.
    pub(crate) fn name(&self) -> String {
        short_name(self.x509.subject())
    }

    /// What a person calls its issuer.
    pub(crate) fn issuer_name(&self) -> String {
        short_name(self.x509.issuer())
    }

    /// The value of an extension, the first of its kind.
    pub(crate) fn extension(&self, oid: &Oid<'_>) -> Option<&'a [u8]> {
        let extensions = self.x509.tbs_certificate.extensions().iter();
        extensions
            .filter(|extension| extension.oid == *oid)
            .map(|extension| extension.value)
            .next()
    }
}

impl<'a> Key<'a> {
    /// `info` is without its SEQUENCE header.
    pub(crate) fn parse(info: &'a [u8]) -> Option<Self> {
        let mut parts = Reader::new(info);
        Some(Self {
            info,
            algorithm: parts.value(SEQUENCE).ok()?,
            bits: parts.bits().ok()?,
        })
    }
}

/// The value of the one SEQUENCE that the bytes are.
pub(crate) fn sequence(bytes: &[u8]) -> Option<&[u8]> {
    sole(bytes, SEQUENCE).ok()
}

/// A name as a person would call it: its common name, else its organisation, else all of it.
pub(crate) fn short_name(name: &X509Name<'_>) -> String {
    let first = name
        .iter_common_name()
        .next()
        .or_else(|| name.iter_organization().next());
    let text = first.and_then(|attribute| attribute.as_str().ok()).map(readable);
    match text.filter(|text| !text.trim().is_empty()) {
        Some(text) => text,
        None => match readable(&name.to_string()) {
            text if text.is_empty() => "a nameless one".to_owned(),
            text => text,
        },
    }
}
