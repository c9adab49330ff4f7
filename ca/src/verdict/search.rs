//! Every way that leads on from the origin's certificate, by names alone, within bounds.
//!
//! webpki looks for one way that is good. This looks for all that one could try, so that a person can hear what
//! became of each. Signatures are left for later: only the ways that are told are worth verifying.

use super::case::Case;
use super::trail::{Anchor, End, Trail, Whose};
use crate::chain::Certificate;

/// The most issuing certificates on one way. webpki follows 6.
pub(super) const MAX_ISSUERS: usize = 6;
/// The most ways that are kept.
pub(super) const MAX_TRAILS: usize = 16;
/// The most certificates that are stepped onto. Certificates that name each other as issuers have factorials of ways.
pub(super) const MAX_STEPS: usize = 400;

/// What was found.
pub(super) struct Search<'a> {
    pub(super) trails: Vec<Trail<'a>>,
    /// A bound was met: there are more.
    pub(super) is_cut: bool,
    /// How many certificates were stepped onto.
    pub(super) steps: usize,
}

impl<'a> Search<'a> {
    /// `case` has an origin's certificate that could be read.
    pub(super) fn run(case: &Case<'a>) -> Self {
        let mut search = Self {
            trails: Vec::new(),
            is_cut: false,
            steps: 0,
        };
        search.walk(case, &mut vec![0]);
        search
    }

    fn walk(&mut self, case: &Case<'a>, places: &mut Vec<usize>) {
        if self.steps >= MAX_STEPS {
            self.is_cut = true;
            return;
        }
        self.steps += 1;
        let Some(head) = places.last().and_then(|place| case.certificate(*place)) else {
            return;
        };
        let anchors = anchors_of(case, head);
        let is_end = head.is_self_issued()
            && !anchors
                .iter()
                .any(|anchor| head.key.info == anchor.trust.subject_public_key_info.as_ref());
        let mut goes_on = is_end || !anchors.is_empty();
        for anchor in anchors {
            self.end(places, End::Root(Box::new(anchor)));
        }
        if is_end {
            self.end(places, End::SelfIssued);
        }
        let on_the_way: Vec<&Certificate<'a>> = places
            .iter()
            .filter_map(|place| case.certificate(*place))
            .collect();
        for (place, issuer) in case.distinct().skip_while(|(place, _)| *place == 0) {
            // No way goes twice through one key (RFC 4158 section 5.2).
            let is_loop = on_the_way
                .iter()
                .any(|visited| visited.is_same_entity(issuer.subject, issuer.key.info));
            if issuer.subject != head.issuer || is_loop || stands_for_root(case, issuer) {
                continue;
            }
            goes_on = true;
            if places.len() > MAX_ISSUERS {
                self.end(places, End::Cut);
                break;
            }
            places.push(place);
            self.walk(case, places);
            places.pop();
        }
        if !goes_on {
            self.end(places, End::Missing);
        }
    }

    fn end(&mut self, places: &[usize], end: End<'a>) {
        let trail = Trail {
            places: places.to_vec(),
            end,
        };
        if self.trails.len() < MAX_TRAILS {
            self.trails.push(trail);
            return;
        }
        self.is_cut = true;
        // A way to a root that is trusted is worth more than one that isn't.
        let worse = self.trails.iter_mut().rfind(|other| !other.is_anchored());
        if let (Some(worse), true) = (worse, trail.is_anchored()) {
            *worse = trail;
        }
    }
}

/// The roots of this certificate's issuer's name: those that are trusted first.
fn anchors_of<'a>(case: &Case<'a>, head: &Certificate<'a>) -> Vec<Anchor<'a>> {
    let roots = case.roots;
    let trusted = roots.of_subject(head.issuer).iter();
    let mut anchors: Vec<Anchor<'a>> = trusted
        .filter_map(|place| Anchor::trusted(case, *place))
        .collect();
    let mut own = roots.own().iter();
    if let Some(own) = own.find(|own| own.anchor.subject.as_ref() == head.issuer) {
        anchors.push(Anchor::new(&own.anchor, &own.der, Whose::Own));
    }
    for public in roots.public().of_subject(head.issuer) {
        let key = &public.anchor.subject_public_key_info;
        if !anchors
            .iter()
            .any(|anchor| anchor.trust.subject_public_key_info == *key)
        {
            anchors.push(Anchor::new(&public.anchor, &public.der, Whose::Mozilla));
        }
    }
    anchors
}

/// It is the certificate of a root that is known, or another of the same: ways end at the root itself.
pub(super) fn stands_for_root(case: &Case<'_>, certificate: &Certificate<'_>) -> bool {
    certificate.is_self_issued() && {
        let roots = case.roots;
        let mut trusted = roots
            .of_subject(certificate.subject)
            .iter()
            .filter_map(|place| roots.anchors().get(*place));
        trusted.any(|anchor| anchor.subject_public_key_info.as_ref() == certificate.key.info)
            || roots.own().iter().any(|own| {
                let key = &own.anchor.subject_public_key_info;
                certificate.is_same_entity(&own.anchor.subject, key)
            })
            || roots.public().has(certificate.subject, certificate.key.info)
    }
}
