//! A way from the origin's certificate, issuer by issuer, to where it ends.

use rustls::pki_types::{CertificateDer, TrustAnchor};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

use super::case::Case;
use super::links::Link;
use crate::chain::{Certificate, short_name};
use crate::trust::Source;

/// A way. It visits at least the origin's own certificate.
pub(super) struct Trail<'a> {
    /// The places of the presented certificates on it, the origin's own first.
    pub(super) places: Vec<usize>,
    pub(super) end: End<'a>,
}

/// Where a way ends.
pub(super) enum End<'a> {
    /// At a root that somebody trusts.
    Root(Box<Anchor<'a>>),
    /// At the origin's own certificate, which the person named: its place among the roots.
    Named(usize),
    /// At a certificate that is its own issuer and no root that is known.
    SelfIssued,
    /// At a certificate whose issuer is not to be found.
    Missing,
    /// Where it was not followed further.
    Cut,
}

/// A root.
pub(super) struct Anchor<'a> {
    pub(super) trust: &'a TrustAnchor<'static>,
    pub(super) der: &'a CertificateDer<'static>,
    /// The same read; none where only webpki can.
    pub(super) certificate: Option<Certificate<'a>>,
    pub(super) whose: Whose,
}

/// Whose root it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// One that is trusted here, at this place among the roots.
    Trusted(usize),
    /// Handlens's own.
    Own,
    /// Mozilla's, and not trusted here.
    Mozilla,
}

/// How well the certificates of a way are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignedHow {
    /// By algorithms and keys that webpki takes.
    Well,
    /// Rightly, and one of them by what webpki doesn't take.
    Weakly,
}

impl<'a> Anchor<'a> {
    pub(super) fn trusted(case: &Case<'a>, place: usize) -> Option<Self> {
        let trust = case.roots.anchors().get(place)?;
        Some(Self::new(trust, case.roots.der(place)?, Whose::Trusted(place)))
    }

    pub(super) fn new(
        trust: &'a TrustAnchor<'static>,
        der: &'a CertificateDer<'static>,
        whose: Whose,
    ) -> Self {
        Self {
            trust,
            der,
            certificate: Certificate::parse(der),
            whose,
        }
    }

    /// What a person calls it.
    pub(super) fn name(&self) -> String {
        if let Some(certificate) = &self.certificate {
            return certificate.name();
        }
        // An anchor's subject lacks its SEQUENCE header.
        let der = yasna::construct_der(|writer| {
            writer.write_sequence(|writer| writer.next().write_der(&self.trust.subject));
        });
        X509Name::from_der(&der).map_or_else(|_| "a nameless root".to_owned(), |(_, name)| short_name(&name))
    }

    /// Where it is from, as a path's certificate tells it: `system`, `--origin-ca FILE`,
    /// `--client-ca FILE`, `Mozilla`, `Handlens`.
    pub(super) fn store(&self, case: &Case<'_>) -> String {
        match self.whose {
            Whose::Trusted(place) => match case.roots.sources(place).first() {
                Some(source @ Source::File { path, .. }) => format!("{} {}", source.list(), path.display()),
                source => source.map_or("system", Source::list).to_owned(),
            },
            Whose::Own => "Handlens".to_owned(),
            Whose::Mozilla => "Mozilla".to_owned(),
        }
    }
}

impl<'a> Trail<'a> {
    /// The presented certificates on it with their places, the origin's own first.
    pub(super) fn steps<'s>(
        &'s self,
        case: &'s Case<'a>,
    ) -> impl DoubleEndedIterator<Item = (usize, &'s Certificate<'a>)> {
        let places = self.places.iter();
        places.filter_map(|place| Some((*place, case.certificate(*place)?)))
    }

    /// Those that issue others, without the root.
    pub(super) fn issuers<'s>(
        &'s self,
        case: &'s Case<'a>,
    ) -> impl DoubleEndedIterator<Item = (usize, &'s Certificate<'a>)> {
        self.steps(case).filter(|(place, _)| *place != 0)
    }

    /// The last of the presented certificates on it.
    pub(super) fn last<'s>(&'s self, case: &'s Case<'a>) -> Option<(usize, &'s Certificate<'a>)> {
        self.steps(case).next_back()
    }

    pub(super) fn anchor(&self) -> Option<&Anchor<'a>> {
        match &self.end {
            End::Root(anchor) => Some(anchor),
            _ => None,
        }
    }

    /// It ends at a root that is trusted here.
    pub(super) fn is_anchored(&self) -> bool {
        match &self.end {
            End::Root(anchor) => matches!(anchor.whose, Whose::Trusted(_)),
            End::Named(_) => true,
            End::SelfIssued | End::Missing | End::Cut => false,
        }
    }

    /// It ends at a root that is trusted here, and each certificate on it was signed by the next: how well, by the
    /// weakest of them. None where one was not, or can't be verified.
    pub(super) fn signed(&self, case: &Case<'a>) -> Option<SignedHow> {
        let anchor = self.anchor()?;
        let links = self.links(case);
        let is_whole = matches!(anchor.whose, Whose::Trusted(_)) && links.len() == self.places.len();
        is_whole.then_some(())?;
        links
            .iter()
            .try_fold(SignedHow::Well, |how, (_, _, link)| match link {
                Link::Good => Some(how),
                Link::GoodButWeak => Some(SignedHow::Weakly),
                Link::Bad | Link::OtherKind | Link::Unknown | Link::TooMuchWork => None,
            })
    }

    /// Each certificate that has an issuer on it, with the issuer's name and whether its signature is right.
    pub(super) fn links(&self, case: &Case<'a>) -> Vec<(usize, String, Link)> {
        let steps: Vec<_> = self.steps(case).collect();
        let mut verified = case.links.borrow_mut();
        let mut told = Vec::with_capacity(steps.len());
        for (index, (place, child)) in steps.iter().enumerate() {
            let (issuer, key) = match (steps.get(index + 1), &self.end) {
                (Some((_, issuer)), _) => (issuer.name(), issuer.key.info),
                (None, End::Root(anchor)) => (anchor.name(), anchor.trust.subject_public_key_info.as_ref()),
                (None, End::SelfIssued) => (child.name(), child.key.info),
                (None, End::Named(_) | End::Missing | End::Cut) => break,
            };
            told.push((*place, issuer, verified.verify(child, key, case.algorithms)));
        }
        told
    }

    /// The names on it, the origin's first.
    pub(super) fn names(&self, case: &Case<'a>) -> Vec<String> {
        let presented = self.steps(case).map(|(_, certificate)| certificate.name());
        // A server's own certificate can be the root itself.
        let root = self
            .anchor()
            .filter(|anchor| !self.ends_with(case, anchor))
            .map(Anchor::name);
        presented.chain(root).collect()
    }

    /// The root's own certificate is the last one that was presented on it.
    pub(super) fn ends_with(&self, case: &Case<'a>, anchor: &Anchor<'_>) -> bool {
        self.last(case)
            .is_some_and(|(_, last)| last.der == anchor.der.as_ref())
    }

    /// It goes the same way.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let end = |trail: &Self| match &trail.end {
            End::Root(anchor) => Some(anchor.der.as_ref().as_ptr()),
            _ => None,
        };
        self.places == other.places && end(self) == end(other)
    }
}
