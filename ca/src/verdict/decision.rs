//! What decides: webpki's search for a good path, and its error where there is none.

use std::cell::Cell;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, OtherError};
use webpki::{EndEntityCert, VerifiedPath};

use super::case::{Case, Purpose};
use super::search::Search;
use super::trail::{Anchor, End, Trail};
use super::usage;

/// The most issuing certificates that webpki is given. It tries them in every order, and reads each anew at every
/// step: 8 that name each other as issuers keep it busy for a tenth of a second, 16 for many.
const MAX_INTERMEDIATES: usize = 8;

/// webpki's word.
pub(super) enum Decision<'a> {
    /// This way is good.
    Good(Trail<'a>),
    /// The person named this very certificate as trusted, which is one of an authority. Its dates count all the
    /// same, and so do the checks that webpki didn't come to.
    Named(Trail<'a>, Option<webpki::Error>),
    /// No way is good.
    Bad(webpki::Error),
}

/// What a path must be beside what webpki asks of it.
type Acceptable<'a> = dyn Fn(&VerifiedPath<'_>) -> Result<(), webpki::Error> + 'a;

/// Asks webpki for a path that goes through none of the certificates at `excluded`.
pub(super) fn decide<'a>(case: &Case<'a>, search: &Search<'a>, excluded: &[usize]) -> Decision<'a> {
    let Some(own) = case.presented.first() else {
        return Decision::Bad(webpki::Error::BadDer);
    };
    let leaf = match EndEntityCert::try_from(own) {
        Ok(leaf) => leaf,
        Err(error) => return Decision::Bad(error),
    };
    // Who has our own root's key may not play origins with it, whatever certificate it is in.
    if case
        .certificate(0)
        .is_some_and(|own| case.roots.is_own_key(own.key.info))
    {
        return Decision::Bad(webpki::Error::UnknownIssuer);
    }
    let intermediates = intermediates(case, search, excluded);
    // A way on which an issuer may not sign certificates is left for another, if there is one.
    let was_left = Cell::new(false);
    let may_all_sign = |path: &VerifiedPath<'_>| {
        let mut issuers = path.intermediate_certificates().filter_map(|issuer| {
            let place = case.place_of(&issuer.der())?;
            case.certificate(place)
        });
        if issuers.all(usage::may_sign_certificates) {
            return Ok(());
        }
        was_left.set(true);
        Err(webpki::Error::EndEntityUsedAsCa)
    };
    let usage = case.purpose.usage();
    let verify = |acceptable: Option<&Acceptable<'_>>| {
        let anchors = case.roots.anchors();
        let found = leaf.verify_for_usage(
            case.algorithms,
            anchors,
            &intermediates,
            case.now,
            usage,
            None,
            acceptable,
        );
        found.map(|path| trail_of(case, &path))
    };
    let found = match verify(Some(&may_all_sign)) {
        Err(_) if was_left.get() => verify(None),
        found => found,
    };
    match found {
        Ok(Some(trail)) => Decision::Good(trail),
        // All that it gives are certificates that it was given.
        Ok(None) => Decision::Bad(webpki::Error::UnknownIssuer),
        Err(error) => match (&error, named(case)) {
            (webpki::Error::CaUsedAsEndEntity, Some(trail)) => Decision::Named(trail, None),
            // webpki looks at the dates first.
            (webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. }, Some(trail)) => {
                Decision::Named(trail, Some(error))
            }
            _ => Decision::Bad(error),
        },
    }
}

/// Whether webpki would take a chain whose first certificate the checks can't read. It reads less of it.
pub(super) fn takes_unread(case: &Case<'_>) -> bool {
    const FEW: usize = 4;
    let Some((own, others)) = case.presented.split_first() else {
        return false;
    };
    let Ok(leaf) = EndEntityCert::try_from(own) else {
        return false;
    };
    let few = &others[..others.len().min(FEW)];
    let usage = case.purpose.usage();
    let anchors = case.roots.anchors();
    leaf.verify_for_usage(case.algorithms, anchors, few, case.now, usage, None, None)
        .is_ok()
}

/// A program that is told to trust a server's own certificate has it in its list of roots, and `openssl req -x509`
/// makes such certificates authorities. webpki holds that against a server.
fn named<'a>(case: &Case<'a>) -> Option<Trail<'a>> {
    let own = case.certificate(0)?;
    let place = case.roots.named(own.der)?;
    let is_server = matches!(case.purpose, Purpose::Server(_));
    (is_server && own.x509.is_ca()).then(|| Trail {
        places: vec![0],
        end: End::Named(place),
    })
}

/// What is given to webpki: the certificates on the ways to roots that are trusted. On no other can it find a path,
/// and it would try them all in every order. What our own root issued is trusted on none, also where another authority
/// certified it.
fn intermediates<'a>(case: &Case<'a>, search: &Search<'a>, excluded: &[usize]) -> Vec<CertificateDer<'a>> {
    let mut places: Vec<usize> = Vec::new();
    for trail in search.trails.iter().filter(|trail| trail.is_anchored()) {
        for place in trail.places.iter().skip(1) {
            let is_own = case
                .certificate(*place)
                .is_none_or(|issuer| case.roots.is_own_key(issuer.key.info));
            let is_open = !places.contains(place) && !excluded.contains(place);
            if places.len() < MAX_INTERMEDIATES && is_open && !is_own {
                places.push(*place);
            }
        }
    }
    places.sort_unstable();
    let ders = places.iter().filter_map(|place| case.presented.get(*place));
    ders.map(|der| CertificateDer::from(der.as_ref())).collect()
}

fn trail_of<'a>(case: &Case<'a>, path: &VerifiedPath<'_>) -> Option<Trail<'a>> {
    let mut places = vec![0];
    for issuer in path.intermediate_certificates() {
        places.push(case.place_of(&issuer.der())?);
    }
    let place = case.roots.place_of(path.anchor())?;
    let trail = Trail {
        places,
        end: End::Root(Box::new(Anchor::trusted(case, place)?)),
    };
    let steps: Vec<_> = trail.steps(case).collect();
    let mut links = case.links.borrow_mut();
    for (index, (_, child)) in steps.iter().enumerate() {
        let signer = match steps.get(index + 1) {
            Some((_, issuer)) => issuer.key.info,
            None => path.anchor().subject_public_key_info.as_ref(),
        };
        links.note_good(child, signer);
    }
    drop(links);
    drop(steps);
    Some(trail)
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
