//! The `path` check: that certificates lead from the origin's own to a root that is trusted.

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use rustls::{CertificateError, OtherError};
use webpki::{EndEntityCert, KeyUsage};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

use super::dates::Window;
use super::{Finding, key};
use crate::Roots;
use crate::chain::{Chain, is_self_issued, short_name};
use crate::revocation::Link;

/// What webpki says of the path.
pub(super) enum Path {
    /// It leads to a root.
    Good {
        /// The certificates that the origin presented and that are on it, without its own.
        intermediates: Vec<CertificateDer<'static>>,
        anchor: TrustAnchor<'static>,
    },
    /// The person named this very certificate as trusted, which is one of an authority.
    Named,
    /// It would lead to a root at a time when its certificates are valid, and this isn't one.
    OutOfDate { error: webpki::Error },
    /// It leads nowhere.
    Bad { error: webpki::Error },
}

impl Path {
    pub(super) fn find(
        leaf: &EndEntityCert<'_>,
        intermediates: &[CertificateDer<'_>],
        roots: &Roots,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
        now: UnixTime,
    ) -> Self {
        let verify = |time| {
            let usage = KeyUsage::server_auth();
            leaf.verify_for_usage(
                algorithms,
                roots.anchors(),
                intermediates,
                time,
                usage,
                None,
                None,
            )
        };
        // A program that is told to trust a server's own certificate has it in its list of roots, and
        // `openssl req -x509` makes such certificates authorities. webpki holds that against a server.
        let is_named = |error: &webpki::Error| {
            *error == webpki::Error::CaUsedAsEndEntity && roots.names_exactly(&leaf.der())
        };
        match verify(now) {
            Ok(path) => Self::Good {
                intermediates: path
                    .intermediate_certificates()
                    .map(|cert| cert.der().into_owned())
                    .collect(),
                anchor: path.anchor().to_owned(),
            },
            // webpki looks at the dates first. Whether there would be a path but for them is told by a time at
            // which the origin's certificate is valid.
            Err(error) if is_about_dates(&error) => {
                let times =
                    Window::of_der(&leaf.der()).map_or([now; 2], |window| [window.last(), window.first()]);
                for time in times {
                    match verify(time) {
                        Ok(_) => break,
                        Err(other) if is_named(&other) => return Self::Named,
                        Err(other) if !is_about_dates(&other) => return Self::Bad { error: other },
                        Err(_) => {}
                    }
                }
                Self::OutOfDate { error }
            }
            Err(error) if is_named(&error) => Self::Named,
            Err(error) => Self::Bad { error },
        }
    }

    /// The certificates of the path as they were presented, the origin's own first, and its anchor.
    pub(super) fn links<'a>(
        &'a self,
        presented: &'a [CertificateDer<'a>],
    ) -> (Vec<Link<'a>>, Option<&'a TrustAnchor<'a>>) {
        let (intermediates, anchor) = match self {
            Self::Good {
                intermediates,
                anchor,
            } => (intermediates.as_slice(), Some(anchor)),
            Self::Named | Self::OutOfDate { .. } | Self::Bad { .. } => (&[][..], None),
        };
        let links = presented.iter().take(1).chain(intermediates).map(|der| Link {
            der,
            place: presented.iter().position(|own| own == der),
        });
        (links.collect(), anchor)
    }

    /// True when a certificate takes part in the judgement: it is on the path, or no path was found.
    pub(super) fn concerns(&self, place: usize, der: &CertificateDer<'_>) -> bool {
        match self {
            Self::Good { intermediates, .. } => place == 0 || intermediates.iter().any(|own| own == der),
            Self::Named => place == 0,
            Self::OutOfDate { .. } | Self::Bad { .. } => true,
        }
    }
}

fn is_about_dates(error: &webpki::Error) -> bool {
    matches!(
        error,
        webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. }
    )
}

/// The check.
pub(super) fn check(path: &Path, chain: &Chain<'_>, roots: &Roots) -> Finding {
    let passed = |evidence| Finding::pass("path", evidence);
    match path {
        Path::Good {
            intermediates,
            anchor,
        } => passed(describe(chain, intermediates, anchor, roots)),
        Path::Named => passed("this very certificate was named as trusted".to_owned()),
        Path::OutOfDate { .. } => passed("leads to a trusted root, were it not for the dates".to_owned()),
        Path::Bad { error } => Finding::fail("path", refusal(error, chain, roots), certificate_error(error)),
    }
}

/// `example.com < R11 < ISRG Root X1, trusted by the system`
fn describe(
    chain: &Chain<'_>,
    intermediates: &[CertificateDer<'_>],
    anchor: &TrustAnchor<'_>,
    roots: &Roots,
) -> String {
    let mut names: Vec<String> = chain
        .parsed()
        .filter(|(place, presented, _)| *place == 0 || intermediates.contains(presented.der))
        .map(|(_, _, certificate)| short_name(certificate.subject()))
        .collect();
    names.push(anchor_name(anchor));
    let source = roots
        .source_of(anchor)
        .map_or_else(String::new, |source| format!(", trusted by {source}"));
    format!("{}{source}", names.join(" < "))
}

fn anchor_name(anchor: &TrustAnchor<'_>) -> String {
    // An anchor's subject lacks its SEQUENCE header.
    let der = yasna::construct_der(|writer| {
        writer.write_sequence(|writer| writer.next().write_der(&anchor.subject));
    });
    X509Name::from_der(&der).map_or_else(|_| "a nameless root".to_owned(), |(_, name)| short_name(&name))
}

/// Why there is no path, as a person says it.
fn refusal(error: &webpki::Error, chain: &Chain<'_>, roots: &Roots) -> String {
    use webpki::Error as E;
    match error {
        E::UnknownIssuer | E::InvalidSignatureForPublicKey | E::CaUsedAsEndEntity => {
            unknown_issuer(error, chain, roots)
        }
        E::InvalidCertValidity => "certificate is broken: it ends before it begins".to_owned(),
        E::RequiredEkuNotFoundContext(_) | E::EmptyEkuExtension => {
            "certificate is not for servers (its extended key usage lacks serverAuth)".to_owned()
        }
        E::NameConstraintViolation => {
            "certificate has a name that one of its issuers may not vouch for (name constraints)".to_owned()
        }
        E::PathLenConstraintViolated => {
            "certificate comes through more issuers than one of them allows (path length)".to_owned()
        }
        E::EndEntityUsedAsCa => "certificate was issued by a certificate that is no authority's".to_owned(),
        // A root of the same name, with a key of another kind: Debian's snakeoil certificate for localhost is one.
        E::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
            if chain.leaf().is_some_and(is_self_issued) =>
        {
            unknown_issuer(error, chain, roots)
        }
        E::UnsupportedSignatureAlgorithmContext(_)
        | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => key::weak_signature(chain)
            .unwrap_or_else(|| "certificate is signed with an algorithm that is not supported".to_owned()),
        E::UnsupportedCertVersion => "certificate is of an X.509 version before 3".to_owned(),
        E::UnsupportedCriticalExtension => {
            "certificate has a critical extension that is not understood here".to_owned()
        }
        E::CertDistrusted => "certificate's key is one that nobody trusts any more".to_owned(),
        E::CertRevoked => "certificate is revoked".to_owned(),
        E::MaximumSignatureChecksExceeded
        | E::MaximumPathBuildCallsExceeded
        | E::MaximumPathDepthExceeded
        | E::MaximumNameConstraintComparisonsExceeded => {
            "certificate's path takes too much work to follow".to_owned()
        }
        E::BadDer
        | E::BadDerTime
        | E::TrailingData(_)
        | E::ExtensionValueInvalid
        | E::MalformedExtensions => "certificate is broken: it isn't DER as X.509 has it".to_owned(),
        other => format!("certificate is refused: {other}"),
    }
}

/// Self-signed, from our own root, from a root that isn't trusted, and from nobody known, told apart.
fn unknown_issuer(error: &webpki::Error, chain: &Chain<'_>, roots: &Roots) -> String {
    let Some(leaf) = chain.leaf() else {
        return "certificate's issuer is unknown".to_owned();
    };
    if is_self_issued(leaf) {
        return "certificate is self-signed".to_owned();
    }
    if *error == webpki::Error::CaUsedAsEndEntity {
        return "certificate is an authority's own and not a server's".to_owned();
    }
    if roots.own_subject().is_some_and(|own| {
        chain
            .parsed()
            .any(|(_, _, certificate)| has_issuer(certificate, own))
    }) {
        return "certificate was issued by Handlens's own root, which is never trusted for origins"
            .to_owned();
    }
    if *error == webpki::Error::InvalidSignatureForPublicKey {
        return format!(
            "certificate's signature is not that of its issuer {}",
            short_name(leaf.issuer())
        );
    }
    let untrusted = chain
        .parsed()
        .skip(1)
        .find(|(_, _, certificate)| is_self_issued(certificate));
    match untrusted {
        Some((_, _, root)) => format!(
            "certificate's root is not trusted: {}",
            short_name(root.subject())
        ),
        None => {
            let last = last_of_presented(chain, leaf);
            format!("certificate's issuer is unknown: {}", short_name(last.issuer()))
        }
    }
}

/// Where the path that was presented ends: from the leaf, issuer by issuer.
fn last_of_presented<'c, 'a>(chain: &'c Chain<'a>, leaf: &'c X509Certificate<'a>) -> &'c X509Certificate<'a> {
    let mut last = leaf;
    // A path visits each certificate once at the most.
    for _ in chain.parsed() {
        let issuer = chain
            .parsed()
            .map(|(_, _, certificate)| certificate)
            .find(|certificate| {
                certificate.subject().as_raw() == last.issuer().as_raw() && !is_self_issued(certificate)
            });
        match issuer {
            Some(issuer) => last = issuer,
            None => break,
        }
    }
    last
}

/// `subject` lacks its SEQUENCE header, as webpki keeps names.
fn has_issuer(certificate: &X509Certificate<'_>, subject: &[u8]) -> bool {
    let issuer = certificate.issuer().as_raw();
    issuer.ends_with(subject) && issuer.len() - subject.len() <= 4
}

/// The error as rustls has it, so that the alert that it sends is the right one.
pub(super) fn certificate_error(error: &webpki::Error) -> CertificateError {
    use webpki::Error as E;
    match error {
        E::BadDer | E::BadDerTime | E::TrailingData(_) => CertificateError::BadEncoding,
        E::CertExpired { time, not_after } => CertificateError::ExpiredContext {
            time: *time,
            not_after: *not_after,
        },
        E::CertNotValidYet { time, not_before } => CertificateError::NotValidYetContext {
            time: *time,
            not_before: *not_before,
        },
        E::InvalidCertValidity => CertificateError::Expired,
        E::UnknownIssuer => CertificateError::UnknownIssuer,
        E::CertRevoked => CertificateError::Revoked,
        E::InvalidSignatureForPublicKey => CertificateError::BadSignature,
        E::RequiredEkuNotFoundContext(_) => CertificateError::InvalidPurpose,
        E::CertNotValidForName(context) => CertificateError::NotValidForNameContext {
            expected: context.expected.clone(),
            presented: context.presented.clone(),
        },
        other => CertificateError::Other(OtherError(Arc::new(other.clone()))),
    }
}
