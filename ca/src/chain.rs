//! What an origin presented, parsed for people: names, dates and keys of each certificate, in the order of the wire.
//!
//! Nothing here decides; what doesn't parse is simply told less of.

use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::parse_x509_certificate;
use x509_parser::x509::X509Name;

use crate::encode::readable;

/// The certificates that an origin presented, its own first.
pub(crate) struct Chain<'a> {
    certificates: Vec<Presented<'a>>,
}

/// One certificate of a chain.
pub(crate) struct Presented<'a> {
    pub(crate) der: &'a CertificateDer<'a>,
    /// None where it isn't X.509 as RFC 5280 has it.
    pub(crate) parsed: Option<X509Certificate<'a>>,
}

impl<'a> Chain<'a> {
    pub(crate) fn parse(presented: &'a [CertificateDer<'a>]) -> Self {
        let parse = |der: &'a CertificateDer<'a>| Presented {
            der,
            parsed: parse_x509_certificate(der).ok().map(|(_, parsed)| parsed),
        };
        Self {
            certificates: presented.iter().map(parse).collect(),
        }
    }

    /// The origin's own certificate.
    pub(crate) fn leaf(&self) -> Option<&X509Certificate<'a>> {
        self.certificates.first()?.parsed.as_ref()
    }

    /// Every certificate that could be parsed, with its place: 0 is the origin's own.
    pub(crate) fn parsed(&self) -> impl Iterator<Item = (usize, &Presented<'a>, &X509Certificate<'a>)> {
        self.certificates
            .iter()
            .enumerate()
            .filter_map(|(place, presented)| Some((place, presented, presented.parsed.as_ref()?)))
    }
}

/// Issuer and subject are the same name.
pub(crate) fn is_self_issued(certificate: &X509Certificate<'_>) -> bool {
    certificate.issuer().as_raw() == certificate.subject().as_raw()
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
