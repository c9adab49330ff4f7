//! What was decided of the chains that a certificate was in.

use capture::CertificateVerdict;

use super::*;

/// A chain whose intermediate a list revokes.
fn revoked(host: &str) -> Chain {
    let mut chain = Chain::of(host);
    chain.verdict = Arc::new(Verdict {
        text: "issuing certificate Between was revoked".into(),
        checks: vec![Check {
            certificate: Some(chain.intermediate.id),
            ..check("crl", CheckOutcome::Fail)
        }],
        ..(*chain.verdict).clone()
    });
    chain.decided(Decision::Refused)
}

impl Chain {
    fn decided(mut self, decision: Decision) -> Self {
        self.verdict = Arc::new(Verdict {
            decision,
            ..(*self.verdict).clone()
        });
        self
    }
}

#[test]
fn certificates_tell_what_was_decided_of_them_and_are_found_by_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    Chain::of("good.example").seen(&lab, "good.example");
    Chain::of("let.example")
        .decided(Decision::Overridden)
        .seen(&lab, "let.example");
    revoked("bad.example").seen(&lab, "bad.example");
    lab.settle();
    let found = |filter: &str| {
        let found = certificates(&lab.store, filter).items;
        let mut found: Vec<_> = found.into_iter().map(|row| row.summary.subject).collect();
        found.sort();
        found.join(" ")
    };
    assert_eq!(found("verdict:refused role:leaf"), "bad.example");
    assert_eq!(found("verdict:overridden role:leaf"), "let.example");
    assert_eq!(
        found("revoked:yes"),
        "Between",
        "it alone, and not what it issued"
    );
    assert_eq!(found("verdict:refused"), "Between Top bad.example");
    let minted = &certificates(&lab.store, "role:minted").items[0];
    assert_eq!((&minted.decisions[..], minted.is_revoked), (&[][..], false));
    let between = &certificates(&lab.store, "revoked:yes").items[0];
    let all = [Decision::Trusted, Decision::Refused, Decision::Overridden];
    assert_eq!(between.decisions, all);

    let sightings = lab.store.sightings(between.id).unwrap();
    let of = |host: &str| {
        let sighting = sightings.iter().find(|sighting| sighting.host == host).unwrap();
        let told = sighting.verdicts.iter();
        told.map(
            |CertificateVerdict {
                 decision,
                 text,
                 connections,
                 ..
             }| (*decision, text.as_str(), *connections),
        )
        .collect::<Vec<_>>()
    };
    let revoked = "issuing certificate Between was revoked";
    assert_eq!(of("bad.example"), [(Decision::Refused, revoked, 1)]);
    assert_eq!(of("good.example"), [(Decision::Trusted, "the chain is good", 1)]);
    lab.close();
}

#[test]
fn a_host_that_was_judged_in_two_ways_tells_both_the_latest_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let good = Chain::of("example.com");
    for chain in [&good, &good, &good.clone().decided(Decision::Overridden)] {
        chain.seen(&lab, "example.com");
    }
    lab.settle();
    let sightings = lab.store.sightings(good.leaf.id).unwrap();
    let told: Vec<_> = sightings[0]
        .verdicts
        .iter()
        .map(|told| (told.decision, told.connections))
        .collect();
    assert_eq!(told, [(Decision::Overridden, 1), (Decision::Trusted, 2)]);
    lab.close();
}

/// The list is put together anew where something changed, and only there the same is told.
#[test]
fn what_comes_and_what_is_cleared_is_in_the_next_list() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    Chain::of("a.example").seen(&lab, "a.example");
    lab.settle();
    assert_eq!(certificates(&lab.store, "role:leaf").matched, 1);
    assert_eq!(certificates(&lab.store, "role:leaf host:b.example").matched, 0);
    Chain::of("b.example").seen(&lab, "b.example");
    lab.settle();
    assert_eq!(certificates(&lab.store, "role:leaf").matched, 2);
    // The same certificates once more: their counts change.
    Chain::of("b.example").seen(&lab, "b.example");
    lab.settle();
    let counted = certificates(&lab.store, "role:leaf host:b.example").items[0].connections;
    assert_eq!(counted, 2);
    lab.close();
}

/// Numbers of verdicts are given anew once their verdicts went. What was read of the former is not told of the latter.
#[test]
fn a_verdict_that_takes_the_place_of_another_is_told_as_itself() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let kept = Chain::of("a.example");
    kept.seen(&lab, "a.example");
    let goes = Chain::of("b.example").decided(Decision::Overridden);
    let connection = goes.seen(&lab, "b.example");
    lab.settle();
    let decisions = |lab: &Lab, filter: &str| certificates(&lab.store, filter).items[0].decisions.clone();
    assert_eq!(
        decisions(&lab, "role:leaf subject:b.example"),
        [Decision::Overridden]
    );

    // The last verdict that was written goes, and the next one gets its number.
    lab.connect(&Connection {
        verdict: Some(kept.verdict.clone()),
        ..connection
    });
    lab.settle();
    revoked("c.example").seen(&lab, "c.example");
    lab.settle();
    assert_eq!(
        decisions(&lab, "role:leaf subject:c.example"),
        [Decision::Refused]
    );
    assert_eq!(
        decisions(&lab, "role:leaf subject:a.example"),
        [Decision::Trusted]
    );
    assert_eq!(certificates(&lab.store, "revoked:yes").matched, 1);
    lab.close();
}
