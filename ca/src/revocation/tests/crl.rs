use rcgen::{
    BasicConstraints, CertificateRevocationListParams, CrlDistributionPoint, CrlIssuingDistributionPoint,
    CrlScope, IsCa, KeyIdMethod, KeyUsagePurpose, RevocationReason, RevokedCertParams,
};

use super::*;
use crate::testing::authority_params;
use crate::verdict::moment;

/// A list with these serial numbers, made three days ago.
fn list(revoked: &[&[u8]]) -> CertificateRevocationListParams {
    let entry = |serial: &&[u8]| RevokedCertParams {
        serial_number: SerialNumber::from_slice(serial),
        revocation_time: days(-5),
        reason_code: Some(RevocationReason::Superseded),
        invalidity_date: None,
    };
    CertificateRevocationListParams {
        this_update: days(-3),
        next_update: days(4),
        crl_number: SerialNumber::from_slice(&[1]),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(entry).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    }
}

fn sign(by: &Authority, list: &CertificateRevocationListParams) -> Vec<u8> {
    list.signed_by(&by.issuer()).unwrap().der().to_vec()
}

impl Lab {
    /// A judge with these lists, each in a file of its own.
    fn with_lists(&self, lists: &[Vec<u8>]) -> Arc<Judgement> {
        let load = |(number, list): (usize, &Vec<u8>)| {
            Crl::load(&self.file(&format!("{number}.crl"), list)).unwrap()
        };
        let lists = lists.iter().enumerate().flat_map(load).collect();
        self.judgement(&self.judge().with_crls(lists), &[], &[])
    }

    fn source(&self, issuer: &str, number: usize) -> String {
        let file = self.dir.path().join(format!("{number}.crl"));
        format!("the CRL of {issuer} of {} ({})", moment(days(-3)), file.display())
    }
}

fn outcomes(judgement: &Judgement) -> Vec<(CheckOutcome, Option<usize>, &str)> {
    checks(judgement, "crl")
        .into_iter()
        .map(|check| (check.outcome, check.certificate, check.evidence.as_str()))
        .collect()
}

#[test]
fn without_lists_nothing_is_checked() {
    let judgement = lab().with_lists(&[]);
    let evidence = "no CRL was given (--crl), and none is fetched";
    assert_eq!(told(&judgement, "crl"), (CheckOutcome::NotChecked, evidence));
}

#[test]
fn a_certificate_that_is_on_no_list_passes_and_what_was_not_looked_at_is_told() {
    let lab = lab();
    let judgement = lab.with_lists(&[sign(&lab.issuer, &list(&[&[7]]))]);
    let until = moment(days(4));
    assert_eq!(
        outcomes(&judgement),
        [
            (
                CheckOutcome::Pass,
                Some(0),
                format!(
                    "certificate is not on {}, which counts until {until}",
                    lab.source("Company Issuer", 0)
                )
                .as_str()
            ),
            (
                CheckOutcome::NotChecked,
                Some(1),
                "issuing certificate Company Issuer: no CRL of its issuer Company Root was given (--crl)"
            ),
        ]
    );
    assert!(judgement.is_trusted());
}

#[test]
fn a_judgement_is_not_remembered_beyond_its_list() {
    let lab = lab();
    let list = CertificateRevocationListParams {
        next_update: now() + Duration::hours(1),
        ..list(&[])
    };
    let lists = Crl::load(&lab.file("short.crl", sign(&lab.issuer, &list))).unwrap();
    let judge = lab.judge().with_crls(lists);
    let at = |time| checks(&lab.judgement_at(&judge, &[], &[], time), "crl")[0].outcome;
    assert_eq!(at(now()), CheckOutcome::Pass);
    assert_eq!(at(now() + Duration::hours(2)), CheckOutcome::Warn);
}

#[test]
fn a_certificate_on_the_list_is_refused() {
    let lab = lab();
    let judgement = lab.with_lists(&[
        sign(&lab.root, &list(&[])),
        sign(&lab.issuer, &list(&[&[7], SERIAL])),
    ]);
    let evidence = format!(
        "certificate was revoked on {} (it was superseded), says {}",
        moment(days(-5)),
        lab.source("Company Issuer", 1)
    );
    assert_revoked(&judgement, "crl", &evidence);
}

#[test]
fn an_issuer_on_the_list_is_refused() {
    let lab = lab();
    let (_, issuer) = parse_x509_certificate(lab.issuer.certificate()).unwrap();
    let judgement = lab.with_lists(&[
        sign(&lab.root, &list(&[issuer.raw_serial()])),
        sign(&lab.issuer, &list(&[])),
    ]);
    let evidence = format!(
        "issuing certificate Company Issuer was revoked on {} (it was superseded), says {}",
        moment(days(-5)),
        lab.source("Company Root", 0)
    );
    assert_revoked(&judgement, "crl", &evidence);
    assert_eq!(
        checks(&judgement, "crl")[0].outcome,
        CheckOutcome::Pass,
        "the origin's own is not on its list"
    );
}

#[test]
fn an_old_list_clears_nobody_and_condemns_all_the_same() {
    let lab = lab();
    let old = |revoked: &[&[u8]]| CertificateRevocationListParams {
        next_update: days(-2),
        ..list(revoked)
    };
    let judgement = lab.with_lists(&[sign(&lab.issuer, &old(&[]))]);
    let evidence = format!(
        "certificate is not on {}, which is out of date: the next was due 2 days ago",
        lab.source("Company Issuer", 0)
    );
    assert_eq!(
        outcomes(&judgement)[0],
        (CheckOutcome::Warn, Some(0), evidence.as_str())
    );
    assert!(judgement.is_trusted());
    let judgement = lab.with_lists(&[sign(&lab.issuer, &old(&[SERIAL]))]);
    assert_eq!(judgement.error, Some(CertificateError::Revoked));

    // A newer one beside it clears.
    let judgement = lab.with_lists(&[sign(&lab.issuer, &old(&[])), sign(&lab.issuer, &list(&[]))]);
    assert_eq!(outcomes(&judgement)[0].0, CheckOutcome::Pass);
}

#[test]
fn a_list_yet_to_come_is_told() {
    let lab = lab();
    let early = CertificateRevocationListParams {
        this_update: now() + Duration::minutes(90),
        ..list(&[])
    };
    let judgement = lab.with_lists(&[sign(&lab.issuer, &early)]);
    let (outcome, _, evidence) = outcomes(&judgement)[0];
    assert_eq!(outcome, CheckOutcome::Warn);
    assert!(
        evidence.ends_with("is not yet valid: it begins in 1 hour"),
        "{evidence}"
    );
}

#[test]
fn a_list_of_an_authority_that_only_has_the_name_is_told() {
    let lab = lab();
    let look_alike = authority("Company Issuer");
    let judgement = lab.with_lists(&[sign(&look_alike, &list(&[SERIAL]))]);
    let evidence = format!(
        "{} is signed with another key than the issuer's: it is of an authority of the same name",
        lab.source("Company Issuer", 0)
    );
    assert_eq!(
        outcomes(&judgement)[0],
        (CheckOutcome::Warn, Some(0), evidence.as_str())
    );
    assert!(judgement.is_trusted());
}

#[test]
fn an_issuer_that_may_not_sign_lists_is_told() {
    let root = authority("Company Root");
    let mut params = authority_params("Company Issuer");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let mut issuer = root.intermediate_from(params.clone());
    // The same key in a certificate that lacks the one usage.
    params.key_usages.pop();
    issuer.certify_again(&root, &params);
    let lab = Lab {
        dir: tempfile::tempdir().unwrap(),
        leaf: issuer.sign(super::params()),
        root,
        issuer,
    };
    let judgement = lab.with_lists(&[sign(&lab.issuer, &list(&[SERIAL]))]);
    let evidence = format!(
        "{} is by an issuer that may not sign CRLs (key usage)",
        lab.source("Company Issuer", 0)
    );
    assert_eq!(
        outcomes(&judgement)[0],
        (CheckOutcome::Warn, Some(0), evidence.as_str())
    );
    assert!(judgement.is_trusted());
}

/// A list that is for authorities alone says nothing of a server.
#[test]
fn a_list_for_others_is_told() {
    let lab = lab_with(|params| {
        params.crl_distribution_points = vec![CrlDistributionPoint {
            uris: vec!["http://crl.example/all.crl".to_owned()],
        }];
    });
    let narrow = |scope| CertificateRevocationListParams {
        issuing_distribution_point: Some(CrlIssuingDistributionPoint {
            distribution_point: CrlDistributionPoint {
                uris: vec!["http://crl.example/all.crl".to_owned()],
            },
            scope: Some(scope),
        }),
        ..list(&[SERIAL])
    };
    let (others, users) = (
        sign(&lab.issuer, &narrow(CrlScope::CaCertsOnly)),
        sign(&lab.issuer, &narrow(CrlScope::UserCertsOnly)),
    );
    let judgement = lab.with_lists(&[others]);
    let evidence = format!(
        "{} names this certificate, but is for others (issuing distribution point)",
        lab.source("Company Issuer", 0)
    );
    assert_eq!(
        outcomes(&judgement)[0],
        (CheckOutcome::Warn, Some(0), evidence.as_str())
    );
    assert!(judgement.is_trusted());
    let judgement = lab.with_lists(&[users]);
    assert_eq!(judgement.error, Some(CertificateError::Revoked));
}

/// A certificate that ended before its issuer began: there is no time at which both are valid.
#[test]
fn an_expired_certificate_is_looked_up_all_the_same() {
    let root = authority("Company Root");
    let mut params = authority_params("Company Issuer");
    params.not_before = days(-10);
    let issuer = root.intermediate_from(params);
    let mut params = super::params();
    params.not_before = days(-100);
    params.not_after = days(-20);
    let lab = Lab {
        dir: tempfile::tempdir().unwrap(),
        leaf: issuer.sign(params),
        root,
        issuer,
    };
    let judgement = lab.with_lists(&[sign(&lab.issuer, &list(&[]))]);
    let until = moment(days(4));
    let source = lab.source("Company Issuer", 0);
    let evidence = format!("certificate is not on {source}, which counts until {until}");
    assert_eq!(
        outcomes(&judgement)[0],
        (CheckOutcome::Pass, Some(0), evidence.as_str())
    );
    let judgement = lab.with_lists(&[sign(&lab.issuer, &list(&[SERIAL])), sign(&lab.root, &list(&[]))]);
    let told = outcomes(&judgement);
    assert_eq!(told[0].0, CheckOutcome::Fail, "{told:?}");
    assert!(told[0].2.starts_with("certificate was revoked on "), "{told:?}");
    let evidence = format!(
        "issuing certificate Company Issuer: {} can't be followed: a certificate has expired",
        lab.source("Company Root", 1)
    );
    assert_eq!(told[1], (CheckOutcome::NotChecked, Some(1), evidence.as_str()));

    let look_alike = authority("Company Issuer");
    let judgement = lab.with_lists(&[sign(&look_alike, &list(&[SERIAL]))]);
    assert_eq!(outcomes(&judgement)[0].0, CheckOutcome::Warn);
}

#[test]
fn a_certificate_that_ends_before_it_begins_is_not_looked_up() {
    let lab = lab_with(|params| {
        params.not_before = days(-1);
        params.not_after = days(-2);
    });
    let judgement = lab.with_lists(&[sign(&lab.issuer, &list(&[SERIAL]))]);
    let evidence = format!(
        "certificate: {} can't be followed: a certificate ends before it begins",
        lab.source("Company Issuer", 0)
    );
    assert_eq!(
        outcomes(&judgement)[0],
        (CheckOutcome::NotChecked, Some(0), evidence.as_str())
    );
}

#[test]
fn without_a_trusted_root_no_list_counts() {
    let trusted = lab();
    let stranger = Lab {
        root: authority("Stranger"),
        ..lab()
    };
    let judgement = stranger.with_lists(&[sign(&trusted.issuer, &list(&[SERIAL]))]);
    let evidence = "no path to a trusted root was found, so nobody's CRL counts";
    assert_eq!(told(&judgement, "crl"), (CheckOutcome::NotChecked, evidence));
}

#[test]
fn files_in_pem_and_der() {
    let lab = lab();
    let one = sign(&lab.issuer, &list(&[SERIAL]));
    let two = sign(&lab.root, &list(&[]));
    let pem = crate::encode::pem("X509 CRL", &one) + &crate::encode::pem("X509 CRL", &two);
    let read = |contents: &[u8]| {
        Crl::load(&lab.file("some.crl", contents))
            .map(|lists| lists.len())
            .map_err(|error| {
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
                let text = format!("{error}{}", cause.unwrap_or_default());
                text.replace(&lab.dir.path().display().to_string(), "DIR")
            })
    };
    assert_eq!(read(&one), Ok(1));
    assert_eq!(read(pem.as_bytes()), Ok(2));
    let none = "DIR/some.crl holds no CRL, in PEM (-----BEGIN X509 CRL-----) or in DER";
    assert_eq!(read(b"hello"), Err(none.to_owned()));
    assert_eq!(read(b""), Err(none.to_owned()));
    assert_eq!(read(&pem.as_bytes()[..200]), Err(none.to_owned()));
    assert_eq!(
        read(&lab.leaf).unwrap_err(),
        "a CRL in DIR/some.crl can't be used: it isn't DER as X.509 has it"
    );
    for length in 1..one.len() {
        let error = read(&one[..length]).unwrap_err();
        assert!(
            error.starts_with("a CRL in DIR/some.crl can't be used: "),
            "{error}"
        );
    }
    let missing = Crl::load(Path::new("/nonexistent/some.crl")).unwrap_err();
    assert_eq!(missing.to_string(), "the CRL /nonexistent/some.crl can't be read");
}
