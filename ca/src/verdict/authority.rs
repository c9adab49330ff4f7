//! The checks `ca_flag` and `path_length`: that issuers are authorities, and not more of them than each allows
//! (RFC 5280 section 4.2.1.9).

use x509_parser::oid_registry::OID_X509_EXT_BASIC_CONSTRAINTS;

use super::case::{Case, Purpose, who};
use super::search::MAX_ISSUERS;
use super::trail::{End, Trail};
use super::wording::{ROOTS_PASS, list};
use super::{Check, CheckOutcome};
use crate::chain::Certificate;

/// Whether it is an authority's, and how many issuers it allows below it; `None` where that can't be read.
fn constraints(certificate: &Certificate<'_>) -> Option<(bool, Option<u32>)> {
    match certificate.x509.basic_constraints() {
        Ok(Some(constraints)) => Some((constraints.value.ca, constraints.value.path_len_constraint)),
        Ok(None) if certificate.extension(&OID_X509_EXT_BASIC_CONSTRAINTS).is_none() => Some((false, None)),
        Ok(None) | Err(_) => None,
    }
}

fn is_authority(certificate: &Certificate<'_>) -> bool {
    constraints(certificate).is_some_and(|(is_authority, _)| is_authority)
}

fn limit(certificate: &Certificate<'_>) -> Option<u32> {
    constraints(certificate)?.1
}

/// The check `ca_flag`.
pub(super) fn ca_flag(case: &Case<'_>, trail: &Trail<'_>) -> Check {
    let check = |outcome, evidence: String| Check::new("ca_flag", outcome, evidence);
    let broken = trail
        .steps(case)
        .find(|(_, certificate)| constraints(certificate).is_none());
    if let Some((place, certificate)) = broken {
        let evidence = format!("{}'s basic constraints can't be read", who(place, certificate));
        return check(CheckOutcome::Fail, evidence).of(place);
    }
    let no_authority = trail.issuers(case).find(|(_, issuer)| !is_authority(issuer));
    if let Some((place, issuer)) = no_authority {
        let name = issuer.name();
        let evidence = format!("certificate was issued by a certificate that is no authority's: {name}");
        return check(CheckOutcome::Fail, evidence).of(place);
    }
    if case.certificate(0).is_some_and(is_authority) {
        return authority_as_server(case, trail);
    }
    let names: Vec<String> = trail.issuers(case).map(|(_, issuer)| issuer.name()).collect();
    let evidence = match names.len() {
        0 => "it is no authority's, and no other stands between it and its issuer".to_owned(),
        1 => format!("{} is an authority's", list(&names)),
        _ => format!("{} are authorities'", list(&names)),
    };
    check(CheckOutcome::Pass, evidence)
}

fn authority_as_server(case: &Case<'_>, trail: &Trail<'_>) -> Check {
    let check = |outcome, evidence: &str| Check::new("ca_flag", outcome, evidence).of(0);
    match (&trail.end, case.purpose) {
        (End::Named(_), _) => check(
            CheckOutcome::Warn,
            "it is an authority's own, as `openssl req -x509` makes them; it was named, so that is let pass",
        ),
        // That it is self-signed is reason enough, and the flag mostly goes with it.
        (End::SelfIssued, _) if trail.places.len() == 1 => check(
            CheckOutcome::Warn,
            "it is an authority's own, as `openssl req -x509` makes them",
        ),
        (_, Purpose::Server(_)) => check(
            CheckOutcome::Fail,
            "certificate is an authority's own and not a server's",
        ),
        (_, Purpose::Client) => check(
            CheckOutcome::Fail,
            "certificate is an authority's own and not a client's",
        ),
    }
}

/// The check `path_length`. As webpki counts, issuers of their own name count too.
pub(super) fn path_length(case: &Case<'_>, trail: &Trail<'_>) -> Check {
    let check = |outcome, evidence: String| Check::new("path_length", outcome, evidence);
    let issuers: Vec<_> = trail.issuers(case).collect();
    if issuers.len() > MAX_ISSUERS {
        let evidence = format!(
            "certificate's path is too long: {} issuing certificates",
            issuers.len()
        );
        return check(CheckOutcome::Fail, evidence);
    }
    let mut limits = Vec::new();
    for (below, (place, issuer)) in issuers.iter().enumerate() {
        let Some(limit) = limit(issuer) else {
            continue;
        };
        if below > limit as usize {
            let evidence = format!(
                "certificate comes through more issuers than one of them allows (path length): {} allows {limit} \
                 below it, and there are {below}",
                issuer.name()
            );
            return check(CheckOutcome::Fail, evidence).of(*place);
        }
        limits.push(format!(
            "{} allows {limit} below it, and there are {below}",
            issuer.name()
        ));
    }
    let root = trail.anchor().and_then(|anchor| anchor.certificate.as_ref());
    let root = root.and_then(|root| Some((root, limit(root)?)));
    if let Some((root, limit)) = root.filter(|(_, limit)| issuers.len() > *limit as usize) {
        let evidence = format!(
            "root {} allows {limit} issuers below it, and there are {}; {ROOTS_PASS}",
            root.name(),
            issuers.len()
        );
        return check(CheckOutcome::Warn, evidence);
    }
    let evidence = if limits.is_empty() {
        "no issuer sets a limit".to_owned()
    } else {
        limits.join("; ")
    };
    check(CheckOutcome::Pass, evidence)
}
