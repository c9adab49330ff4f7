//! What is judged: the certificates that were presented, read once, and what they are judged against.

use std::cell::RefCell;

use rustls::pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, UnixTime};

use webpki::KeyUsage;

use super::links::Links;
use crate::Roots;
use crate::chain::Certificate;

/// How many of the certificates that are presented are read. A handshake has room for some 200.
pub(super) const MAX_CERTIFICATES: usize = 32;

/// What a chain is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose<'a> {
    /// A server of this name.
    Server(&'a ServerName<'a>),
    /// A client, whose name is nobody's matter here.
    Client,
}

impl Purpose<'_> {
    /// The same for webpki.
    pub(super) fn usage(self) -> KeyUsage {
        match self {
            Self::Server(_) => KeyUsage::server_auth(),
            Self::Client => KeyUsage::client_auth(),
        }
    }
}

/// One chain to judge.
pub(super) struct Case<'a> {
    pub(super) presented: &'a [CertificateDer<'a>],
    /// The same in the same order, read; without those that aren't X.509 and those beyond [`MAX_CERTIFICATES`].
    certificates: Vec<Option<Certificate<'a>>>,
    pub(super) roots: &'a Roots,
    pub(super) purpose: Purpose<'a>,
    pub(super) now: UnixTime,
    pub(super) algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
    /// The signatures that were verified.
    pub(super) links: RefCell<Links>,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        presented: &'a [CertificateDer<'a>],
        roots: &'a Roots,
        algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
        purpose: Purpose<'a>,
        now: UnixTime,
    ) -> Self {
        let read = presented.iter().take(MAX_CERTIFICATES);
        Self {
            presented,
            certificates: read.map(|der| Certificate::parse(der)).collect(),
            roots,
            purpose,
            now,
            algorithms,
            links: RefCell::default(),
        }
    }

    /// The certificate at this place, if it could be read.
    pub(super) fn certificate(&self, place: usize) -> Option<&Certificate<'a>> {
        self.certificates.get(place)?.as_ref()
    }

    /// Every certificate that could be read, with its place, the same one once.
    pub(super) fn distinct(&self) -> impl Iterator<Item = (usize, &Certificate<'a>)> {
        self.read()
            .filter(|(place, _)| self.first_place(*place).is_none())
    }

    /// Every certificate that could be read, with its place.
    pub(super) fn read(&self) -> impl Iterator<Item = (usize, &Certificate<'a>)> {
        let places = self.certificates.iter().enumerate();
        places.filter_map(|(place, certificate)| Some((place, certificate.as_ref()?)))
    }

    /// Where the certificate at this place was presented before, if it was.
    pub(super) fn first_place(&self, place: usize) -> Option<usize> {
        let der = self.presented.get(place)?;
        self.presented.get(..place)?.iter().position(|other| other == der)
    }

    /// The place at which this very certificate was presented first.
    pub(super) fn place_of(&self, der: &[u8]) -> Option<usize> {
        self.presented.iter().position(|other| other.as_ref() == der)
    }

    pub(super) fn seconds(&self) -> i64 {
        i64::try_from(self.now.as_secs()).unwrap_or(i64::MAX)
    }
}

/// How a sentence names the certificate at a place of a path: `certificate`, or `issuing certificate R11`.
pub(super) fn who(place: usize, certificate: &Certificate<'_>) -> String {
    if place == 0 {
        "certificate".to_owned()
    } else {
        format!("issuing certificate {}", certificate.name())
    }
}
