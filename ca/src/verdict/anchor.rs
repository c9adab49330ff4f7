//! The checks `path` and `anchor`: that certificates lead from the origin's own to a root, and whose root that is.

use webpki::EndEntityCert;
use x509_parser::extensions::{GeneralName, ParsedExtension};

use super::case::{Case, Purpose, who};
use super::search::MAX_ISSUERS;
use super::trail::{Anchor, End, Trail, Whose};
use super::{Check, CheckOutcome, PathEnd};
use crate::chain::Certificate;
use crate::encode::readable;

/// The check `path`.
pub(super) fn path(case: &Case<'_>, trail: &Trail<'_>) -> Vec<Check> {
    let fail = |evidence: String, place| vec![Check::new("path", CheckOutcome::Fail, evidence).of(place)];
    let broken: Vec<Check> = trail
        .steps(case)
        .filter_map(|(place, certificate)| {
            let fault = unreadable(certificate)?;
            Some(
                Check::new(
                    "path",
                    CheckOutcome::Fail,
                    format!("{} {fault}", who(place, certificate)),
                )
                .of(place),
            )
        })
        .collect();
    if !broken.is_empty() {
        return broken;
    }
    match (&trail.end, trail.last(case)) {
        (End::Missing, Some((place, last))) => fail(missing(case, last), Some(place)),
        (End::Cut, _) if trail.places.len() > MAX_ISSUERS => fail(
            format!(
                "certificate's path is too long: more than {MAX_ISSUERS} issuing certificates are not followed"
            ),
            None,
        ),
        (End::Cut, _) => fail(
            "certificate's path takes too much work to follow".to_owned(),
            None,
        ),
        (End::Named(_), _) => {
            vec![
                Check::new(
                    "path",
                    CheckOutcome::Pass,
                    "this very certificate was named as trusted",
                )
                .of(0),
            ]
        }
        _ => vec![Check::new(
            "path",
            CheckOutcome::Pass,
            trail.names(case).join(" < "),
        )],
    }
}

/// Nothing of this name was presented, and no root is called so.
fn missing(case: &Case<'_>, last: &Certificate<'_>) -> String {
    let mut evidence = format!("certificate's issuer is unknown: {}", last.issuer_name());
    let issuer = last.x509.issuer().to_string();
    let mut others = case.distinct().map(|(_, other)| other);
    // Names are compared byte by byte, as webpki does.
    if others.any(|other| other.subject != last.issuer && other.x509.subject().to_string() == issuer) {
        evidence.push_str(" (one of that name was presented, and its name is encoded otherwise)");
    }
    let address = issuer_address(last);
    match (case.purpose, address) {
        (Purpose::Server(_), Some(address)) => evidence.push_str(&format!(
            " (the origin should present it; browsers may fetch it from {address}, Handlens does not)"
        )),
        (Purpose::Client, Some(address)) => evidence.push_str(&format!(
            " (the client should present it; it is to be had from {address})"
        )),
        (_, None) => {}
    }
    evidence
}

/// Where a certificate says that its issuer's can be had (RFC 5280 section 4.2.2.1).
fn issuer_address(certificate: &Certificate<'_>) -> Option<String> {
    const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
    let mut extensions = certificate.x509.extensions().iter();
    extensions.find_map(|extension| {
        let ParsedExtension::AuthorityInfoAccess(access) = extension.parsed_extension() else {
            return None;
        };
        let mut descriptions = access.accessdescs.iter();
        descriptions.find_map(|description| match &description.access_location {
            GeneralName::URI(address) if description.access_method.to_id_string() == CA_ISSUERS => {
                Some(readable(address))
            }
            _ => None,
        })
    })
}

/// What is wrong with a certificate that webpki doesn't read, but for critical extensions, which have a check of
/// their own.
fn unreadable(certificate: &Certificate<'_>) -> Option<String> {
    use webpki::Error as E;
    let der = certificate.der.into();
    let error = EndEntityCert::try_from(&der).err()?;
    match error {
        E::UnsupportedCriticalExtension => None,
        E::UnsupportedCertVersion => Some("is of an X.509 version before 3".to_owned()),
        E::SignatureAlgorithmMismatch => Some("is broken: it tells two signature algorithms".to_owned()),
        E::ExtensionValueInvalid => Some("is broken: it has one extension twice".to_owned()),
        _ => Some("is broken: it isn't DER as X.509 has it".to_owned()),
    }
}

/// Where the path ends.
pub(super) fn end(case: &Case<'_>, trail: &Trail<'_>) -> PathEnd {
    let mut steps = trail.steps(case);
    if steps.any(|(_, step)| case.roots.is_own_key(step.key.info)) {
        return PathEnd::Own;
    }
    match &trail.end {
        End::Root(anchor) => match anchor.whose {
            Whose::Trusted(_) => PathEnd::Trusted,
            Whose::Own => PathEnd::Own,
            Whose::Mozilla => PathEnd::Public { name: anchor.name() },
        },
        End::Named(_) => PathEnd::Trusted,
        End::SelfIssued => PathEnd::Untrusted,
        End::Missing => trail
            .last(case)
            .map_or(PathEnd::Open, |(_, last)| PathEnd::Missing {
                name: last.issuer_name(),
                address: issuer_address(last),
            }),
        End::Cut => PathEnd::Open,
    }
}

/// The check `anchor`.
pub(super) fn anchor(case: &Case<'_>, trail: &Trail<'_>) -> Check {
    let check = |outcome, evidence: String| Check::new("anchor", outcome, evidence);
    // Whoever certified our own root's key, it is no way to trust an origin.
    let mut steps = trail.steps(case);
    if let Some((place, _)) = steps.find(|(_, step)| case.roots.is_own_key(step.key.info)) {
        let who = match place {
            0 => "certificate has the key of",
            _ => "certificate was issued by",
        };
        let evidence = format!("{who} Handlens's own root, which is never trusted for origins");
        return check(CheckOutcome::Fail, evidence).of(place);
    }
    match &trail.end {
        End::Root(anchor) => root(case, anchor),
        End::Named(place) => {
            let sources = case.roots.sources(*place).iter().map(ToString::to_string);
            let sources: Vec<String> = sources.collect();
            check(CheckOutcome::Pass, format!("named in {}", sources.join(" and "))).of(0)
        }
        End::SelfIssued => match trail.last(case) {
            Some((place, last)) => check(CheckOutcome::Fail, untrusted(case, place, last)).of(place),
            None => check(
                CheckOutcome::NotChecked,
                "there is no certificate to look at".to_owned(),
            ),
        },
        End::Missing | End::Cut => check(
            CheckOutcome::NotChecked,
            "the certificates lead to no root".to_owned(),
        ),
    }
}

fn root(case: &Case<'_>, anchor: &Anchor<'_>) -> Check {
    let name = anchor.name();
    let place = case.place_of(anchor.der);
    let check = |outcome, evidence: String| Check::new("anchor", outcome, evidence).of(place);
    match anchor.whose {
        Whose::Trusted(root) => {
            let sources = case.roots.sources(root).iter().map(ToString::to_string);
            let mut sources: Vec<String> = sources.collect();
            if is_public(case, anchor) {
                sources.push("Mozilla".to_owned());
            }
            check(
                CheckOutcome::Pass,
                format!("{name}, trusted by {}", sources.join(" and ")),
            )
        }
        Whose::Own => {
            let evidence =
                "certificate was issued by Handlens's own root, which is never trusted for origins";
            check(CheckOutcome::Fail, evidence.to_owned())
        }
        Whose::Mozilla => check(
            CheckOutcome::Fail,
            format!(
                "certificate's root is not trusted: {name} (Mozilla's list has it, this machine's has not)"
            ),
        ),
    }
}

/// What ends at a certificate that is its own issuer: self-signed, one that looks like a root that is trusted, or a root
/// of somebody's own.
fn untrusted(case: &Case<'_>, place: usize, last: &Certificate<'_>) -> String {
    let roots = case.roots;
    let name = last.name();
    if let Some(root) = roots.of_subject(last.subject).first() {
        let sources = roots.sources(*root).iter().map(ToString::to_string);
        let sources: Vec<String> = sources.collect();
        if place > 0 {
            return format!(
                "certificate's root only looks like {name}, which is trusted by {}: its key is another",
                sources.join(" and ")
            );
        }
    }
    match place {
        0 => "certificate is self-signed".to_owned(),
        _ if roots.public().of_subject(last.subject).next().is_some() => {
            format!("certificate's root only looks like Mozilla's {name}: its key is another")
        }
        _ => format!("certificate's root is not trusted: {name}"),
    }
}

/// The public's browsers trust this root.
pub(super) fn is_public(case: &Case<'_>, anchor: &Anchor<'_>) -> bool {
    let trust = anchor.trust;
    case.roots
        .public()
        .has(&trust.subject, &trust.subject_public_key_info)
}

/// Whose lists have the root at the end.
pub(super) fn trusted_by(case: &Case<'_>, trail: &Trail<'_>) -> Vec<&'static str> {
    let (place, is_public) = match &trail.end {
        End::Root(anchor) => match anchor.whose {
            Whose::Trusted(place) => (Some(place), is_public(case, anchor)),
            Whose::Mozilla => (None, true),
            Whose::Own => (None, false),
        },
        End::Named(place) => (Some(*place), false),
        End::SelfIssued | End::Missing | End::Cut => (None, false),
    };
    let mut lists: Vec<&'static str> = Vec::new();
    for source in place.map(|place| case.roots.sources(place)).unwrap_or_default() {
        if !lists.contains(&source.list()) {
            lists.push(source.list());
        }
    }
    lists.extend(is_public.then_some("Mozilla"));
    lists
}
