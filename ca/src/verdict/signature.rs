//! The check `signature`: that each certificate of the path was signed with its issuer's key.

use x509_parser::extensions::ParsedExtension;

use super::algorithm::signature_name;
use super::case::{Case, who};
use super::links::Link;
use super::strength;
use super::trail::{End, Trail};
use super::{Check, CheckOutcome};
use crate::chain::Certificate;
use crate::encode::hex;

/// The check, once for each certificate that has an issuer on the path.
pub(super) fn check(case: &Case<'_>, trail: &Trail<'_>) -> Vec<Check> {
    let check = |outcome, evidence: String| Check::new("signature", outcome, evidence);
    let mut checks = Vec::new();
    for (place, issuer, link) in trail.links(case) {
        let Some(child) = case.certificate(place) else {
            continue;
        };
        let (outcome, evidence) = told(case, trail, (place, child), &issuer, link);
        checks.push(check(outcome, evidence).of(place));
    }
    match &trail.end {
        End::Named(_) => {
            let evidence = "not looked at: this very certificate was named as trusted".to_owned();
            checks.push(check(CheckOutcome::NotChecked, evidence).of(0));
        }
        End::Missing | End::Cut => {
            let place = trail.last(case).map(|(place, _)| place);
            let evidence = "the issuer's key is not known".to_owned();
            checks.push(check(CheckOutcome::NotChecked, evidence).of(place));
        }
        End::Root(_) | End::SelfIssued => {}
    }
    checks
}

fn told(
    case: &Case<'_>,
    trail: &Trail<'_>,
    (place, child): (usize, &Certificate<'_>),
    issuer: &str,
    link: Link,
) -> (CheckOutcome, String) {
    let algorithm = signature_name(&child.x509.signature_algorithm);
    let is_last = trail.places.last() == Some(&place);
    let is_own_issuer = is_last && matches!(trail.end, End::SelfIssued);
    let who = who(place, child);
    match link {
        Link::Good | Link::GoodButWeak if is_own_issuer => (
            CheckOutcome::Pass,
            format!("signed with its own key ({algorithm})"),
        ),
        Link::Good | Link::GoodButWeak => (CheckOutcome::Pass, format!("signed by {issuer} ({algorithm})")),
        Link::Bad if is_own_issuer => (
            CheckOutcome::Fail,
            format!("{who} names itself as its issuer, and is not signed with its own key"),
        ),
        Link::Bad | Link::OtherKind => {
            let mut evidence = format!("{who}'s signature is not that of its issuer {issuer}");
            if let Some(other) = other_key(trail, child).filter(|_| is_last) {
                evidence.push_str(&other);
            } else if link == Link::OtherKind {
                evidence.push_str(&format!(" (it is {algorithm}, and the key is of another kind)"));
            }
            (CheckOutcome::Fail, evidence)
        }
        Link::Unknown if strength::weak_hash(&child.x509.signature_algorithm).is_some() => (
            CheckOutcome::NotChecked,
            format!("{algorithm} is not verified here"),
        ),
        Link::Unknown => (
            CheckOutcome::Fail,
            format!(
                "{who} is signed with an algorithm, or by a key of a kind, that is not supported ({algorithm})"
            ),
        ),
        Link::TooMuchWork => {
            let signatures = case.presented.len();
            (
                CheckOutcome::NotChecked,
                format!("there is too much to verify in the {signatures} certificates that were presented"),
            )
        }
    }
}

/// The issuer's key as the certificate names it, where the root has another: a root's name is free to take.
fn other_key(trail: &Trail<'_>, child: &Certificate<'_>) -> Option<String> {
    let anchor = trail.anchor()?;
    let root = anchor.certificate.as_ref()?;
    let extensions = |certificate: &Certificate<'_>, pick: fn(&ParsedExtension<'_>) -> Option<Vec<u8>>| {
        let mut extensions = certificate.x509.extensions().iter();
        extensions.find_map(|extension| pick(extension.parsed_extension()))
    };
    let named = extensions(child, |extension| match extension {
        ParsedExtension::AuthorityKeyIdentifier(key) => key.key_identifier.as_ref().map(|key| key.0.to_vec()),
        _ => None,
    })?;
    let own = extensions(root, |extension| match extension {
        ParsedExtension::SubjectKeyIdentifier(key) => Some(key.0.to_vec()),
        _ => None,
    })?;
    let short = |key: &[u8]| hex(&key[..key.len().min(8)]);
    (named != own).then(|| {
        format!(
            " (it was signed by another of that name: it names the key {}, and the root has {})",
            short(&named),
            short(&own)
        )
    })
}
