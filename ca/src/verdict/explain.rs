//! Explains webpki's decision: which way it is about, what every check says of it, what became of the other ways; and
//! whether the checks bear the decision out.

use std::sync::Arc;

use rustls::{CertificateError, OtherError};
use tracing::error;

use super::case::Case;
use super::decision::{Decision, certificate_error};
use super::links::Link;
use super::revoked::Revoked;
use super::search::Search;
use super::trail::{End, Trail, Whose};
use super::wording::refusal;
use super::{
    Alternative, Check, CheckOutcome, Finding, Judgement, PathCertificate, PathSource, anchor, authority,
    constraints, dates, extensions, lifetime, name, order, signature, strength, usage, weakness,
};

/// How many of the ways that weren't taken are told.
const MAX_ALTERNATIVES: usize = 8;

/// The checks by which more is refused than webpki refuses: what browsers don't take.
const STRICTER: &[&str] = &["key_strength", "signature_algorithm", "key_usage"];

/// A judgement, and the time in which it holds.
pub(super) struct Explained {
    pub(super) judgement: Judgement,
    pub(super) holds: dates::Window,
}

/// Refused for what browsers don't take.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

/// `revoked` are issuing certificates for which paths weren't taken. `beside` are the checks that are made beside the
/// path: of revocation and transparency.
pub(super) fn explain<'a>(
    case: &Case<'a>,
    decision: Decision<'a>,
    mut search: Search<'a>,
    revoked: &[Revoked],
    beside: impl FnOnce(&Trail<'a>) -> Vec<Finding>,
) -> Explained {
    let (trail, error) = match decision {
        Decision::Good(trail) => (trail, None),
        Decision::Named(trail, error) => (trail, error),
        Decision::Bad(error) => (best_of(case, &mut search.trails), Some(error)),
    };
    search.trails.retain(|other| !other.is_same(&trail));

    let mut checks = checks_of(case, &trail);
    let is_named = matches!(trail.end, End::Named(_));
    let path_fault = match is_named {
        true => None,
        false => settle_path(&mut checks, error.as_ref(), &search),
    };
    let (of_name, name_error, names_agree) = name::check(case);
    let name_fault = (!names_agree).then(|| {
        let decided = if name_error.is_some() { "refuses" } else { "takes" };
        format!(
            "webpki {decided} the name, and the check came out otherwise: {}",
            of_name.evidence
        )
    });
    let place = checks
        .iter()
        .position(|check| check.name == "ca_flag")
        .unwrap_or(checks.len());
    checks.splice(place..place, [lifetime::check(case, &trail), of_name]);
    let badges = order::badges(case, &trail, &search);
    checks.push(order::check(case, &trail, &badges));
    let mut error_beside = None;
    let mut holds = dates::common_window(case, &trail);
    for Finding { check, error, until } in beside(&trail) {
        holds = until.map_or(holds, |last| holds.until(last));
        error_beside = error_beside.or(error);
        checks.push(check);
    }

    let is_merely_weak = weakness::is_all(case, &trail, error.as_ref(), &checks);
    let fault = path_fault.or(name_fault);
    if let Some(fault) = &fault {
        error!("the checks of a certificate disagree with webpki, whose decision stands: {fault}");
    }
    let error = error.or(name_error).as_ref().map(certificate_error);
    let error = error.or_else(|| refused(&checks, is_named)).or(error_beside);
    let text = text(&checks, error.as_ref());
    Explained {
        holds,
        judgement: Judgement {
            error,
            text,
            checks,
            path: path_of(case, &trail),
            end: anchor::end(case, &trail),
            alternatives: alternatives(case, &search, revoked),
            trusted_by: anchor::trusted_by(case, &trail),
            badges,
            is_merely_weak: is_merely_weak && fault.is_none(),
            fault,
        },
    }
}

/// All that can be said of one way, but for the name and the lifetime, which are the origin's certificate's alone.
fn checks_of(case: &Case<'_>, trail: &Trail<'_>) -> Vec<Check> {
    let mut checks = anchor::path(case, trail);
    checks.push(anchor::anchor(case, trail));
    checks.extend(signature::check(case, trail));
    checks.extend(dates::check(case, trail));
    checks.push(authority::ca_flag(case, trail));
    checks.push(authority::path_length(case, trail));
    checks.push(usage::key_usage(case, trail));
    checks.push(usage::extended_key_usage(case, trail));
    checks.push(constraints::check(case, trail));
    checks.push(extensions::check(case, trail));
    checks.extend(strength::keys(case, trail));
    checks.extend(strength::signatures(case, trail));
    checks
}

fn failures(checks: &[Check]) -> impl Iterator<Item = &Check> {
    checks.iter().filter(|check| check.outcome == CheckOutcome::Fail)
}

/// The way to explain where none is good: the one of which the least is wrong.
fn best_of<'a>(case: &Case<'a>, trails: &mut Vec<Trail<'a>>) -> Trail<'a> {
    let badness = |trail: &Trail<'a>| {
        let links = trail.links(case);
        let broken = links
            .iter()
            .filter(|(_, _, link)| matches!(link, Link::Bad | Link::OtherKind));
        let end = match &trail.end {
            End::Named(_) => 0,
            End::Root(anchor) => match anchor.whose {
                Whose::Trusted(_) => 0,
                Whose::Own => 1,
                Whose::Mozilla => 2,
            },
            End::SelfIssued => 3,
            End::Missing => 4,
            End::Cut => 5,
        };
        (broken.count(), end, failures(&checks_of(case, trail)).count())
    };
    let best = (0..trails.len()).min_by_key(|index| trails.get(*index).map(badness));
    match best {
        Some(best) => trails.remove(best),
        // The search always finds one, or was stopped before it found any.
        None => Trail {
            places: vec![0],
            end: End::Cut,
        },
    }
}

/// Sees to it that a refusal by webpki has a failing check. Tells a fault where the checks say the contrary of what
/// webpki says.
fn settle_path(
    checks: &mut Vec<Check>,
    error: Option<&webpki::Error>,
    search: &Search<'_>,
) -> Option<String> {
    use webpki::Error as E;
    let Some(error) = error else {
        let mut failing = failures(checks).filter(|check| !STRICTER.contains(&check.name));
        return failing.next().map(|check| {
            format!(
                "webpki takes the path, and the check {} fails: {}",
                check.name, check.evidence
            )
        });
    };
    let only_weak = failures(checks).all(|check| weakness::CHECKS.contains(&check.name));
    let is_weak = only_weak && failures(checks).next().is_some();
    if !only_weak || (is_weak && weakness::explains(error)) {
        return None;
    }
    // Where webpki's word is the only one, it is told.
    let (name, evidence) = match error {
        E::CertDistrusted => (
            "anchor",
            "certificate's key is one that nobody trusts any more".to_owned(),
        ),
        E::MaximumSignatureChecksExceeded
        | E::MaximumPathBuildCallsExceeded
        | E::MaximumPathDepthExceeded
        | E::MaximumNameConstraintComparisonsExceeded => (
            "path",
            "certificate's path takes too much work to follow".to_owned(),
        ),
        E::BadDerTime => (
            "dates",
            "certificate is broken: its dates aren't written as X.509 has them".to_owned(),
        ),
        E::BadDer | E::TrailingData(_) | E::ExtensionValueInvalid | E::MalformedExtensions => (
            "path",
            "certificate is broken: it isn't DER as X.509 has it".to_owned(),
        ),
        E::NameConstraintViolation if is_open(checks, "name_constraints") => (
            "name_constraints",
            "certificate has a name that one of its issuers may not vouch for (name constraints)".to_owned(),
        ),
        _ if search.is_cut => (
            "path",
            "certificate's path takes too much work to follow".to_owned(),
        ),
        // It is about another way, and this one is weak.
        _ if is_weak => return None,
        _ => {
            let why = refusal(error);
            let evidence = format!("certificate is refused: {why}");
            checks.retain(|check| check.name != "path");
            checks.insert(0, Check::new("path", CheckOutcome::Fail, evidence));
            return Some(format!("webpki refuses the path ({why}), and no check fails"));
        }
    };
    let place = checks.iter().position(|check| check.name == name).unwrap_or(0);
    checks.retain(|check| check.name != name);
    checks.insert(place, Check::new(name, CheckOutcome::Fail, evidence));
    None
}

/// The check wasn't brought to its end.
fn is_open(checks: &[Check], name: &str) -> bool {
    let mut checks = checks.iter();
    checks.any(|check| check.name == name && check.outcome == CheckOutcome::NotChecked)
}

/// What is refused by the checks' word. Of a certificate that was named webpki looks at the dates alone.
fn refused(checks: &[Check], is_named: bool) -> Option<CertificateError> {
    let check = failures(checks).find(|check| is_named || STRICTER.contains(&check.name))?;
    let refused = Refused(check.evidence.clone());
    Some(CertificateError::Other(OtherError(Arc::new(refused))))
}

/// One sentence of all that fails.
fn text(checks: &[Check], error: Option<&CertificateError>) -> String {
    if error.is_none() {
        return "certificate is good".to_owned();
    }
    let mut text = String::new();
    let mut told: Vec<&str> = Vec::new();
    for check in failures(checks) {
        // Two checks can come upon one fault.
        if told.contains(&check.evidence.as_str()) {
            continue;
        }
        match check.evidence.strip_prefix("certificate ") {
            _ if told.is_empty() => text.push_str(&check.evidence),
            Some(rest) => text.push_str(&format!("; it {rest}")),
            None => text.push_str(&format!("; {}", check.evidence)),
        }
        told.push(&check.evidence);
    }
    text
}

fn path_of(case: &Case<'_>, trail: &Trail<'_>) -> Vec<PathCertificate> {
    let presented = trail.places.iter().filter_map(|place| {
        Some(PathCertificate {
            der: case.presented.get(*place)?.clone().into_owned(),
            source: PathSource::Presented(*place),
        })
    });
    let anchor = trail.anchor().filter(|anchor| !trail.ends_with(case, anchor));
    let root = anchor.map(|anchor| PathCertificate {
        der: anchor.der.clone(),
        source: PathSource::Root(anchor.store(case)),
    });
    presented.chain(root).collect()
}

fn alternatives(case: &Case<'_>, search: &Search<'_>, revoked: &[Revoked]) -> Vec<Alternative> {
    let trails = search.trails.iter().take(MAX_ALTERNATIVES);
    trails
        .map(|trail| Alternative {
            names: trail.names(case),
            certificates: path_of(case, trail)
                .into_iter()
                .map(|certificate| certificate.der)
                .collect(),
            reason: reason(case, trail, revoked),
        })
        .collect()
}

/// Why a way wasn't taken.
fn reason(case: &Case<'_>, trail: &Trail<'_>, revoked: &[Revoked]) -> String {
    const MAX_TOLD: usize = 3;
    let checks = checks_of(case, trail);
    let met = revoked
        .iter()
        .filter(|revoked| trail.places.contains(&revoked.place));
    let mut told: Vec<&str> = met.map(|revoked| revoked.evidence.as_str()).collect();
    for check in failures(&checks) {
        if !told.contains(&check.evidence.as_str()) {
            told.push(&check.evidence);
        }
    }
    match told.len() {
        0 if trail.is_anchored() => "it leads to a trusted root too; one path is enough".to_owned(),
        0 => "nothing is wrong with it but that it leads to no root".to_owned(),
        _ => {
            told.truncate(MAX_TOLD);
            told.join("; ")
        }
    }
}
