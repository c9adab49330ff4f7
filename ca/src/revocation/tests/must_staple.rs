use rcgen::CustomExtension;

use super::responder::Says;
use super::*;
use crate::der::{context_primitive, element};

/// A lab whose certificate names these features.
fn lab_asking(features: &[u8]) -> Lab {
    let list: Vec<u8> = features
        .iter()
        .flat_map(|feature| element(INTEGER, &[*feature]))
        .collect();
    lab_with(|params| {
        let oid = [1, 3, 6, 1, 5, 5, 7, 1, 24];
        let extension = CustomExtension::from_oid_content(&oid, element(SEQUENCE, &list));
        params.custom_extensions.push(extension);
    })
}

#[track_caller]
fn assert_refused(judgement: &Judgement, evidence: &str) {
    assert_eq!(told(judgement, "must_staple"), (CheckOutcome::Fail, evidence));
    assert_eq!(judgement.error, Some(CertificateError::InvalidOcspResponse));
    assert_eq!(judgement.text(), evidence);
}

#[test]
fn a_certificate_that_asks_for_a_staple_is_refused_without_one() {
    let lab = lab_asking(&[17, 5]);
    assert_refused(
        &lab.with_staple(&[]),
        "certificate asks for a stapled OCSP response, and none came",
    );
    let judgement = lab.with_staple(&Says::good(&lab).der());
    assert_eq!(
        told(&judgement, "must_staple"),
        (
            CheckOutcome::Pass,
            "certificate asks for a stapled OCSP response, which came"
        )
    );
    assert!(judgement.is_trusted(), "{}", judgement.text());
}

#[test]
fn a_staple_that_does_not_count_does_not_do() {
    let lab = lab_asking(&[5]);
    let evidence = "certificate asks for a stapled OCSP response, and the one that came doesn't count";
    let stale = Says {
        from: days(-9),
        until: Some(days(-2)),
        ..Says::good(&lab)
    };
    assert_refused(&lab.with_staple(&stale.der()), evidence);
    let unknown = Says {
        status: element(context_primitive(2), &[]),
        ..Says::good(&lab)
    };
    assert_refused(&lab.with_staple(&unknown.der()), evidence);
    assert_refused(&lab.with_staple(b"junk"), evidence);
}

#[test]
fn a_revoked_one_is_refused_as_revoked() {
    let lab = lab_asking(&[5]);
    let judgement = lab.with_staple(&Says::revoked(&lab, None).der());
    assert_eq!(judgement.error, Some(CertificateError::Revoked));
}

#[test]
fn other_features_ask_for_nothing() {
    let lab = lab_asking(&[17]);
    let judgement = lab.with_staple(&[]);
    assert!(checks(&judgement, "must_staple").is_empty());
    assert!(judgement.is_trusted());
}
