//! The check `order`, and badges: how the certificates were presented (RFC 8446 section 4.4.2), and what is to be noted
//! of each.

use super::case::{Case, MAX_CERTIFICATES};
use super::dates::Window;
use super::links::Link;
use super::search::{Search, stands_for_root};
use super::trail::{End, Trail};
use super::wording::list;
use super::{Badge, BadgeKind, Check, CheckOutcome};
use crate::chain::Certificate;

/// What is to be noted of each certificate.
pub(super) fn badges<'a>(case: &Case<'a>, trail: &Trail<'a>, search: &Search<'a>) -> Vec<Badge> {
    let mut badges = Vec::new();
    let read = case.presented.len().min(MAX_CERTIFICATES);
    for place in 0..read {
        let mut note = |kind| {
            badges.push(Badge {
                certificate: place,
                kind,
            })
        };
        if case.first_place(place).is_some() {
            note(BadgeKind::Duplicate);
            continue;
        }
        let Some(certificate) = case.certificate(place) else {
            note(BadgeKind::Unreadable);
            continue;
        };
        let window = Window::of(certificate);
        if window.last < case.seconds() {
            note(BadgeKind::Expired);
        } else if window.first > case.seconds() {
            note(BadgeKind::NotYetValid);
        }
        let is_root = is_root(case, trail, place, certificate);
        let is_on_the_way = trail.places.contains(&place) || matches!(trail.end, End::Cut);
        if is_wrongly_placed(trail, place, certificate) {
            note(BadgeKind::WrongOrder);
        } else if !is_on_the_way && !is_root && !is_of_use(case, place, search) {
            note(BadgeKind::Needless);
        }
        if is_cross_sign(case, place, certificate) {
            note(BadgeKind::CrossSign);
        }
        let is_own = case.roots.is_own_key(certificate.key.info);
        if certificate.is_self_issued() {
            note(BadgeKind::SelfSigned);
            if !is_own && place > 0 && is_look_alike(case, certificate) {
                note(BadgeKind::LookAlike);
            }
        }
        if is_own {
            note(BadgeKind::OwnRoot);
        }
        if place > 0 && is_root {
            note(BadgeKind::RootSent);
        }
    }
    badges
}

/// Another way to a root goes through it, and it is what it says.
fn is_of_use<'a>(case: &Case<'a>, place: usize, search: &Search<'a>) -> bool {
    let mut trails = search.trails.iter().filter(|trail| trail.places.contains(&place));
    trails.any(|trail| {
        let links = trail.links(case);
        matches!(trail.end, End::Root(_))
            && !links
                .iter()
                .any(|(_, _, link)| matches!(link, Link::Bad | Link::OtherKind))
    })
}

/// It is the certificate at which the way ends, which clients have anyway.
fn is_root(case: &Case<'_>, trail: &Trail<'_>, place: usize, certificate: &Certificate<'_>) -> bool {
    certificate.is_self_issued()
        && (stands_for_root(case, certificate)
            || (matches!(trail.end, End::SelfIssued) && trail.places.last() == Some(&place)))
}

/// It comes before the certificate that it issued.
fn is_wrongly_placed(trail: &Trail<'_>, place: usize, certificate: &Certificate<'_>) -> bool {
    let mut pairs = trail.places.windows(2);
    // The root isn't one of the places, but where the way ends at what was presented.
    let is_the_root = place > 0
        && certificate.is_self_issued()
        && trail
            .anchor()
            .is_some_and(|anchor| anchor.trust.subject_public_key_info.as_ref() == certificate.key.info);
    pairs.any(|pair| matches!(pair, [child, issuer] if *issuer == place && issuer < child))
        || (is_the_root && trail.places.last().is_some_and(|last| place < *last))
}

/// Its name and key are also those of another certificate, by another issuer.
fn is_cross_sign(case: &Case<'_>, place: usize, certificate: &Certificate<'_>) -> bool {
    if place == 0 || certificate.is_self_issued() {
        return false;
    }
    let mut others = case.distinct().filter(|(other, _)| *other != place);
    others.any(|(_, other)| {
        other.is_same_entity(certificate.subject, certificate.key.info) && other.issuer != certificate.issuer
    }) || {
        let roots = case.roots;
        let mut anchors = roots.of_subject(certificate.subject).iter();
        anchors.any(|root| {
            let anchor = roots.anchors().get(*root);
            anchor.is_some_and(|anchor| anchor.subject_public_key_info.as_ref() == certificate.key.info)
        }) || roots.public().has(certificate.subject, certificate.key.info)
    }
}

/// A root that is trusted has this name, and another key.
fn is_look_alike(case: &Case<'_>, certificate: &Certificate<'_>) -> bool {
    let roots = case.roots;
    let is_known = !roots.of_subject(certificate.subject).is_empty()
        || roots.public().of_subject(certificate.subject).next().is_some();
    is_known && !stands_for_root(case, certificate)
}

/// The check.
pub(super) fn check(case: &Case<'_>, trail: &Trail<'_>, badges: &[Badge]) -> Check {
    let with = |kind: BadgeKind| {
        let badges = badges.iter().filter(move |badge| badge.kind == kind);
        badges.map(|badge| badge.certificate)
    };
    let names = |kind| {
        let named = with(kind).map(|place| match case.certificate(place) {
            // A person counts from one.
            Some(certificate) => format!(
                "{} ({} of {})",
                certificate.name(),
                place + 1,
                case.presented.len()
            ),
            None => format!("certificate {}", place + 1),
        });
        list(&named.collect::<Vec<_>>())
    };
    let mut faults = Vec::new();
    let mut tell = |kind, text: &str| {
        if with(kind).next().is_some() {
            faults.push(format!("{text} {}", names(kind)));
        }
    };
    tell(BadgeKind::WrongOrder, "before the certificate that it issued:");
    tell(BadgeKind::Duplicate, "presented twice:");
    tell(BadgeKind::Needless, "needless:");
    tell(BadgeKind::Unreadable, "not to be read:");
    if case.presented.len() > MAX_CERTIFICATES {
        faults.push(format!(
            "{} certificates were presented, of which the first {MAX_CERTIFICATES} were looked at",
            case.presented.len()
        ));
    }
    if let (End::Missing, Some((_, last))) = (&trail.end, trail.last(case)) {
        faults.push(format!("missing: {}", last.issuer_name()));
    }
    let is_root_sent = with(BadgeKind::RootSent).next().is_some();
    let root_sent = || format!("the root {} need not be sent", names(BadgeKind::RootSent));
    if !faults.is_empty() {
        if is_root_sent {
            faults.push(root_sent());
        }
        return Check::new("order", CheckOutcome::Warn, faults.join("; "));
    }
    // What is neither on the way nor needless is of use to another way.
    let is_on_the_way =
        |place| trail.places.contains(&place) || with(BadgeKind::RootSent).any(|root| root == place);
    let evidence = match case.presented.len() {
        1 => "one certificate alone".to_owned(),
        _ if matches!(trail.end, End::Cut) => {
            "each of the path is issued by the next, as far as it was followed".to_owned()
        }
        count if !(0..count).all(is_on_the_way) => {
            "each of the path is issued by the next; what else was presented is of other paths".to_owned()
        }
        _ if is_root_sent => "each is issued by the next".to_owned(),
        count => format!("each of the {count} is issued by the next"),
    };
    let evidence = match is_root_sent {
        true => format!("{evidence}; {}", root_sent()),
        false => evidence,
    };
    Check::new("order", CheckOutcome::Pass, evidence)
}
