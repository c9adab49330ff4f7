//! What is known of a chain beyond its certificates: timestamps of logs, the stapled OCSP response, and lists of
//! revoked certificates that the person gave. Nothing is fetched.
//!
//! Of all that can be wrong here, two things refuse a chain: its issuer's word, signed, that a certificate of it was
//! revoked; and a certificate that itself asks for a staple (RFC 7633) and came without one that counts. All else is
//! a warning, as it is in browsers.

mod crl;
mod ocsp;
mod reason;
mod sct;
pub(crate) mod signed;
mod words;

use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::KeyUsage;
use x509_parser::certificate::X509Certificate;
use x509_parser::parse_x509_certificate;

use crate::der::{self, INTEGER, Reader, SEQUENCE};
use crate::verdict::Finding;
pub use crl::{Crl, CrlError};
use ocsp::Standing;
pub use sct::{CtLogs, CtLogsError};
use signed::Issuer;
pub(crate) use words::words;

/// id-pe-tlsfeature, 1.3.6.1.5.5.7.1.24 (RFC 7633)
const TLS_FEATURE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 0x18];
/// The number of status_request (RFC 6066 section 8).
const STATUS_REQUEST: &[u8] = &[5];

/// What there is to look into.
pub(crate) struct Question<'a> {
    /// The certificates of the path, the origin's own first, without the anchor. Where no path was found, the
    /// origin's own alone.
    pub(crate) path: &'a [Link<'a>],
    /// Where the path ends; none where there is no path.
    pub(crate) anchor: Option<&'a TrustAnchor<'a>>,
    /// The path has a signature that webpki doesn't take, so it can't be asked about it.
    pub(crate) is_weak: bool,
    /// A time at which the certificates of the path are valid: now, where it is good.
    pub(crate) valid_at: UnixTime,
    /// What the certificate is to be for.
    pub(crate) usage: KeyUsage,
    /// The staple; empty for none.
    pub(crate) ocsp: &'a [u8],
    /// The body of the TLS extension of timestamps; empty for none.
    pub(crate) scts: &'a [u8],
    pub(crate) logs: Option<&'a CtLogs>,
    pub(crate) lists: &'a [Crl],
    pub(crate) now: UnixTime,
}

/// A certificate of a path.
#[derive(Clone, Copy)]
pub(crate) struct Link<'a> {
    pub(crate) der: &'a CertificateDer<'a>,
    /// Its place in what was presented.
    pub(crate) place: Option<usize>,
}

/// Looks into all of it. The findings are `sct`, `ocsp`, `must_staple` (of a certificate that asks for it) and `crl`.
pub(crate) fn check(question: &Question<'_>) -> Vec<Finding> {
    let leaf_der = match question.path.first() {
        Some(link) => link.der,
        None => return Vec::new(),
    };
    let Ok((_, leaf)) = parse_x509_certificate(leaf_der) else {
        return Vec::new();
    };
    let issuer = question.issuer();
    let place = question.path.first().and_then(|link| link.place);
    let staple = ocsp::check(question.ocsp, &leaf, issuer.as_ref(), question.now);
    let beside = (question.scts, staple.scts);
    let mut findings = sct::check(
        &leaf,
        leaf_der,
        issuer.as_ref(),
        beside,
        question.logs,
        question.now,
    );
    findings.push(staple.finding);
    findings.extend(must_staple(&leaf, staple.standing));
    let mut findings: Vec<_> = findings.into_iter().map(|finding| finding.of(place)).collect();
    let found = question.anchor.map(|anchor| crl::Found {
        path: question.path,
        anchor,
        is_weak: question.is_weak,
        valid_at: question.valid_at,
        usage: question.usage,
    });
    findings.extend(crl::check(found.as_ref(), question.lists, question.now));
    findings
}

impl Question<'_> {
    /// Who issued the origin's certificate.
    fn issuer(&self) -> Option<Issuer> {
        match self.path.get(1) {
            Some(link) => {
                let (_, certificate) = parse_x509_certificate(link.der).ok()?;
                Some(Issuer::of(&certificate))
            }
            None => self.anchor.map(Issuer::of_anchor),
        }
    }
}

/// Nothing to say of a certificate that doesn't ask for a staple.
fn must_staple(leaf: &X509Certificate<'_>, standing: Standing) -> Option<Finding> {
    const NAME: &str = "must_staple";
    let extension = leaf
        .extensions()
        .iter()
        .find(|extension| extension.oid.as_bytes() == TLS_FEATURE)?;
    let mut features = Reader::new(der::sole(extension.value, SEQUENCE).ok()?);
    let asks = std::iter::from_fn(|| features.value(INTEGER).ok()).any(|feature| feature == STATUS_REQUEST);
    let refused =
        |evidence: &str| Finding::fail(NAME, evidence.to_owned(), CertificateError::InvalidOcspResponse);
    asks.then(|| match standing {
        Standing::Good => Finding::pass(
            NAME,
            "certificate asks for a stapled OCSP response, which came".to_owned(),
        ),
        Standing::Bad => {
            refused("certificate asks for a stapled OCSP response, and the one that came doesn't count")
        }
        Standing::Absent => refused("certificate asks for a stapled OCSP response, and none came"),
        Standing::Unknown => Finding::not_checked(
            NAME,
            "certificate asks for a stapled OCSP response; the one that came couldn't be looked into"
                .to_owned(),
        ),
    })
}

#[cfg(test)]
mod tests;
