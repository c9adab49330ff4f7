use proptest::prelude::*;

use super::responder::{Says, delegate, extension, sequence};
use super::*;
use crate::der::{ENUMERATED, context_primitive, element};
use crate::verdict::moment;

#[test]
fn a_good_staple_passes() {
    let lab = lab();
    for by_key in [false, true] {
        let says = Says {
            by_key,
            ..Says::good(&lab)
        };
        let judgement = lab.with_staple(&says.der());
        let evidence = format!(
            "good as of {}, counts until {}, signed by the issuer Company Issuer",
            moment(days(-1)),
            moment(days(1))
        );
        assert_eq!(told(&judgement, "ocsp"), (CheckOutcome::Pass, evidence.as_str()));
        assert_eq!(checks(&judgement, "ocsp")[0].certificate, Some(0));
        assert!(judgement.is_trusted());
    }
}

#[test]
fn a_judgement_is_not_remembered_beyond_its_staple() {
    let lab = lab();
    let says = Says {
        until: Some(now() + Duration::hours(1)),
        ..Says::good(&lab)
    };
    let (judge, staple) = (lab.judge(), says.der());
    let at = |time| told(&lab.judgement_at(&judge, &staple, &[], time), "ocsp").0;
    assert_eq!(at(now()), CheckOutcome::Pass);
    assert_eq!(at(now() + Duration::hours(2)), CheckOutcome::Warn);
}

#[test]
fn without_a_staple_nothing_is_checked() {
    let lab = lab();
    let judgement = lab.with_staple(&[]);
    let evidence = "no OCSP response was stapled, and none is fetched";
    assert_eq!(told(&judgement, "ocsp"), (CheckOutcome::NotChecked, evidence));
    assert!(checks(&judgement, "must_staple").is_empty());
    assert!(judgement.is_trusted());
}

#[test]
fn a_revoked_certificate_is_refused() {
    let lab = lab();
    let evidence = |why: &str| {
        format!(
            "certificate was revoked on {}{why}, says the stapled OCSP response of {}, signed by the issuer Company Issuer",
            moment(days(-3)),
            moment(days(-1))
        )
    };
    let judgement = lab.with_staple(&Says::revoked(&lab, None).der());
    assert_revoked(&judgement, "ocsp", &evidence(""));
    let judgement = lab.with_staple(&Says::revoked(&lab, Some(1)).der());
    assert_revoked(&judgement, "ocsp", &evidence(" (the key was compromised)"));
}

/// What was revoked isn't good again because the news of it is old.
#[test]
fn a_revocation_counts_when_the_staple_is_out_of_date() {
    let lab = lab();
    let says = Says {
        from: days(-9),
        until: Some(days(-2)),
        ..Says::revoked(&lab, Some(4))
    };
    let judgement = lab.with_staple(&says.der());
    assert_eq!(judgement.error, Some(CertificateError::Revoked));
}

#[test]
fn a_revocation_that_the_issuer_did_not_sign_counts_for_nothing() {
    let lab = lab();
    let stranger = KeyPair::generate().unwrap();
    let says = Says {
        signer: &stranger,
        ..Says::revoked(&lab, None)
    };
    assert_warns(
        &lab.with_staple(&says.der()),
        "ocsp",
        "the stapled OCSP response has a signature that is not its signer's",
    );
}

#[test]
fn a_responder_that_does_not_know_the_certificate_is_told() {
    let lab = lab();
    let says = Says {
        status: element(context_primitive(2), &[]),
        ..Says::good(&lab)
    };
    assert_warns(
        &lab.with_staple(&says.der()),
        "ocsp",
        "the stapled OCSP response says that the issuer Company Issuer, who signed it, doesn't know this certificate",
    );
}

#[test]
fn a_staple_out_of_its_time_is_told() {
    let lab = lab();
    let stale = Says {
        from: days(-9),
        until: Some(days(-2)),
        ..Says::good(&lab)
    };
    let evidence = format!(
        "the stapled OCSP response is out of date: it counted until {}, 2 days ago",
        moment(days(-2))
    );
    assert_warns(&lab.with_staple(&stale.der()), "ocsp", &evidence);

    let endless = Says {
        from: days(-2),
        until: None,
        ..Says::good(&lab)
    };
    let evidence = format!(
        "the stapled OCSP response is out of date: it counted until {}, 1 day ago",
        moment(days(-1))
    );
    assert_warns(&lab.with_staple(&endless.der()), "ocsp", &evidence);

    let early = Says {
        from: now() + Duration::minutes(90),
        ..Says::good(&lab)
    };
    assert_warns(
        &lab.with_staple(&early.der()),
        "ocsp",
        "the stapled OCSP response is not yet valid: it begins in 1 hour",
    );
}

#[test]
fn a_staple_for_another_certificate_is_told() {
    let lab = lab();
    let evidence = "the stapled OCSP response is about another certificate";
    let other_serial = Says {
        serial: &[0x51, 2, 3, 5],
        ..Says::good(&lab)
    };
    assert_warns(&lab.with_staple(&other_serial.der()), "ocsp", evidence);
    let other_issuer = Says {
        issuer: &lab.root,
        ..Says::good(&lab)
    };
    assert_warns(&lab.with_staple(&other_issuer.der()), "ocsp", evidence);
}

#[test]
fn an_issuer_may_delegate() {
    let lab = lab();
    let (responder, key) = delegate(&lab.issuer, |_| ());
    for by_key in [false, true] {
        let says = Says {
            signer: &key,
            responder: Some(responder.clone()),
            by_key,
            ..Says::good(&lab)
        };
        let judgement = lab.with_staple(&says.der());
        let (outcome, evidence) = told(&judgement, "ocsp");
        assert_eq!(outcome, CheckOutcome::Pass, "{evidence}");
        assert!(
            evidence.ends_with("signed by Company Responder, delegated by the issuer Company Issuer"),
            "{evidence}"
        );
    }
    let revoked = Says {
        signer: &key,
        responder: Some(responder),
        ..Says::revoked(&lab, None)
    };
    let judgement = lab.with_staple(&revoked.der());
    assert_eq!(judgement.error, Some(CertificateError::Revoked));
}

#[test]
fn a_judgement_is_not_remembered_beyond_the_end_of_a_delegate() {
    let lab = lab();
    let (responder, key) = delegate(&lab.issuer, |params| {
        params.not_after = now() + Duration::hours(1);
    });
    let says = Says {
        signer: &key,
        responder: Some(responder),
        ..Says::good(&lab)
    };
    let judge = lab.judge();
    let at = |time| told(&lab.judgement_at(&judge, &says.der(), &[], time), "ocsp").0;
    assert_eq!(at(now()), CheckOutcome::Pass);
    assert_eq!(at(now() + Duration::hours(2)), CheckOutcome::Warn);
}

#[test]
fn who_was_not_delegated_counts_for_nothing() {
    let lab = lab();
    let stranger = authority("Stranger");
    for (why, change, by) in [
        (
            "its extended key usage doesn't allow this",
            no_purpose as fn(&mut CertificateParams),
            &lab.issuer,
        ),
        ("a certificate has expired", expired, &lab.issuer),
        ("it wasn't issued by that one", unchanged, &stranger),
        ("it wasn't issued by that one", unchanged, &lab.root),
    ] {
        let (responder, key) = delegate(by, change);
        let says = Says {
            signer: &key,
            responder: Some(responder),
            ..Says::revoked(&lab, None)
        };
        let judgement = lab.with_staple(&says.der());
        let (outcome, evidence) = told(&judgement, "ocsp");
        assert_eq!(outcome, CheckOutcome::Warn, "{why}");
        assert_eq!(
            evidence,
            format!(
                "the stapled OCSP response is signed by Company Responder, whom the issuer Company Issuer \
                 didn't delegate this to: {why}"
            )
        );
        assert!(judgement.is_trusted(), "{why}");
    }
    let (responder, _) = delegate(&lab.issuer, |_| ());
    let says = Says {
        responder: Some(responder),
        ..Says::good(&lab)
    };
    assert_warns(
        &lab.with_staple(&says.der()),
        "ocsp",
        "the stapled OCSP response has a signature that is not its signer's",
    );
}

fn unchanged(_: &mut CertificateParams) {}

fn no_purpose(params: &mut CertificateParams) {
    params.extended_key_usages.clear();
}

fn expired(params: &mut CertificateParams) {
    params.not_before = days(-20);
    params.not_after = days(-10);
}

#[test]
fn a_responder_whose_certificate_is_missing_is_told() {
    let lab = lab();
    let (responder, key) = delegate(&lab.issuer, |_| ());
    let with = Says {
        signer: &key,
        responder: Some(responder.clone()),
        ..Says::good(&lab)
    };
    // Another certificate in the place of the responder's, in a response that is otherwise the same.
    let mut der = with.der();
    let at = der
        .windows(responder.len())
        .position(|window| window == &responder[..])
        .unwrap();
    der[at..at + responder.len()].copy_from_slice(&element(0x30, &vec![5; responder.len() - 4]));
    assert_warns(
        &lab.with_staple(&der),
        "ocsp",
        "the stapled OCSP response is signed by somebody else than the issuer, whose certificate isn't with it",
    );
}

#[test]
fn critical_extensions_are_not_passed_over() {
    let lab = lab();
    let unknown = |is_critical| Says {
        extensions: extension(&[0x2a, 3, 4], is_critical, &[5, 0]),
        ..Says::good(&lab)
    };
    let judgement = lab.with_staple(&unknown(false).der());
    assert_eq!(told(&judgement, "ocsp").0, CheckOutcome::Pass);
    assert_warns(
        &lab.with_staple(&unknown(true).der()),
        "ocsp",
        "the stapled OCSP response has a critical extension that is not understood here",
    );
}

#[test]
fn a_refusal_to_answer_is_told() {
    let lab = lab();
    assert_warns(
        &lab.with_staple(&sequence(&[&element(ENUMERATED, &[3])])),
        "ocsp",
        "the stapled OCSP response is a refusal to answer: try later",
    );
}

#[test]
fn no_prefix_of_a_staple_is_taken_for_one() {
    let lab = lab();
    let (responder, key) = delegate(&lab.issuer, |_| ());
    let whole = Says {
        signer: &key,
        responder: Some(responder),
        ..Says::revoked(&lab, Some(1))
    }
    .der();
    let judge = lab.judge();
    for length in 1..whole.len() {
        let judgement = lab.judgement(&judge, &whole[..length], &[]);
        assert_warns(
            &judgement,
            "ocsp",
            "the stapled OCSP response is broken: it can't be read",
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A byte of it changed, a staple says nothing in the issuer's name: neither good nor revoked.
    #[test]
    fn a_changed_staple_is_not_believed(at in 0usize..10_000, bit in 0u8..8) {
        use std::sync::LazyLock;
        static LAB: LazyLock<(Lab, Judge)> = LazyLock::new(|| { let lab = lab(); let judge = lab.judge(); (lab, judge) });
        let (lab, judge) = &*LAB;
        let mut der = Says::revoked(lab, Some(1)).der();
        let at = at % der.len();
        der[at] ^= 1 << bit;
        let judgement = lab.judgement(judge, &der, &[]);
        prop_assert_eq!(told(&judgement, "ocsp").0, CheckOutcome::Warn, "{:?}", told(&judgement, "ocsp"));
        prop_assert!(judgement.is_trusted());
    }

    #[test]
    fn any_bytes_are_a_staple_or_a_warning(bytes in proptest::collection::vec(any::<u8>(), 1..300)) {
        use std::sync::LazyLock;
        static LAB: LazyLock<(Lab, Judge)> = LazyLock::new(|| { let lab = lab(); let judge = lab.judge(); (lab, judge) });
        let (lab, judge) = &*LAB;
        prop_assert_eq!(told(&lab.judgement(judge, &bytes, &[]), "ocsp").0, CheckOutcome::Warn);
    }
}
