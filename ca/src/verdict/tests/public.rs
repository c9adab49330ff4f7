//! What the public's list of roots changes: what is told, and never the decision.

use super::*;
use crate::trust::PublicRoots;

/// A judge that trusts `trusted`, and compares with a list of `public`.
fn judge(trusted: &[&Authority], public: &[&Authority]) -> Judge {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("roots.pem");
    write_bundle(&path, trusted.iter().map(|authority| authority.certificate())).unwrap();
    let files: &[_] = if trusted.is_empty() { &[] } else { &[path] };
    let list = PublicRoots::of(public.iter().map(|authority| authority.certificate().clone()));
    Judge::new(
        Roots::load(
            false,
            files,
            std::slice::from_ref(authority("Handlens").certificate()),
        )
        .unwrap()
        .compared_with(list),
    )
}

fn told(judge: &Judge, presented: &[CertificateDer<'static>]) -> Arc<Judgement> {
    judge.judge_chain(&Presented::new(presented), &host("example.com"), UnixTime::now())
}

#[test]
fn whose_lists_have_the_root() {
    let company = authority("Company Root");
    let chain = [company.server(&["example.com"])];
    let both = told(&judge(&[&company], &[&company]), &chain);
    assert!(both.is_trusted(), "{}", both.text());
    assert_eq!(both.trusted_by, ["--origin-ca", "Mozilla"]);
    assert!(
        evidence(&both, "anchor").ends_with(" and Mozilla"),
        "{}",
        evidence(&both, "anchor")
    );

    let here = told(&judge(&[&company], &[]), &chain);
    assert_eq!(here.trusted_by, ["--origin-ca"]);

    let there = told(&judge(&[], &[&company]), &chain);
    assert_eq!(there.trusted_by, ["Mozilla"]);
    assert_eq!(there.error, Some(CertificateError::UnknownIssuer));
    assert_eq!(failed(&there), ["anchor"]);
    assert_eq!(
        there.text(),
        "certificate's root is not trusted: Company Root (Mozilla's list has it, this machine's has not)"
    );
    assert_eq!(there.path.len(), 2, "the root is shown all the same");
    assert_eq!(there.path[1].source, PathSource::Root("Mozilla".to_owned()));
}

#[test]
fn a_lifetime_is_limited_by_the_day_of_issue_for_public_roots_alone() {
    let company = authority("Company Root");
    let server = |begins: OffsetDateTime, days: i64| {
        let mut params = server_params(&["example.com"]);
        params.not_before = begins;
        // The last second is in it.
        params.not_after = begins + Duration::days(days) - Duration::seconds(1);
        company.sign(params)
    };
    let public = judge(&[&company], &[&company]);
    let judged = |judge: &Judge, begins: OffsetDateTime, days| {
        let time = u64::try_from((begins + Duration::days(1)).unix_timestamp()).unwrap();
        let judgement = judge.judge_chain(
            &Presented::new(&[server(begins, days)]),
            &host("example.com"),
            UnixTime::since_unix_epoch(std::time::Duration::from_secs(time)),
        );
        assert!(judgement.is_trusted(), "{}", judgement.text());
        judgement
    };
    let outcome_of = |judge: &Judge, begins, days| outcome(&judged(judge, begins, days), "lifetime");
    for (begins, limit) in [
        (time::macros::datetime!(2019-01-01 0:00 UTC), 825),
        (time::macros::datetime!(2020-09-01 0:00 UTC), 398),
        (time::macros::datetime!(2026-03-14 23:59:59 UTC), 398),
        (time::macros::datetime!(2026-03-15 0:00 UTC), 200),
        (time::macros::datetime!(2027-03-15 0:00 UTC), 100),
        (time::macros::datetime!(2029-03-15 0:00 UTC), 47),
    ] {
        assert_eq!(outcome_of(&public, begins, limit), CheckOutcome::Pass, "{begins}");
        assert_eq!(
            outcome_of(&public, begins, limit + 1),
            CheckOutcome::Warn,
            "{begins}"
        );
    }
    let private = judge(&[&company], &[]);
    let begins = time::macros::datetime!(2026-03-15 0:00 UTC);
    assert_eq!(outcome_of(&private, begins, 825), CheckOutcome::Pass);
    assert_eq!(outcome_of(&private, begins, 900), CheckOutcome::Warn);
    let before = time::macros::datetime!(2019-06-30 0:00 UTC);
    assert_eq!(outcome_of(&private, before, 900), CheckOutcome::Pass);
    let told = |days| evidence(&judged(&private, begins, days), "lifetime").to_owned();
    assert_eq!(
        told(825),
        "825 days; browsers' limits are for publicly trusted certificates alone"
    );
    assert_eq!(
        told(900),
        "900 days; Apple's systems take no certificate of a server for more than 825"
    );
    let time = u64::try_from(begins.unix_timestamp()).unwrap();
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(time));
    let of_client = private.judge_client_chain(&[server(begins, 900)], now);
    assert_eq!(
        (outcome(&of_client, "lifetime"), evidence(&of_client, "lifetime")),
        (
            CheckOutcome::Pass,
            "900 days; limits are for servers' certificates"
        )
    );
}

/// Certificates of a hundred authorities over twenty years: each is told without a fault, whatever it has in it.
#[test]
fn roots_that_are_in_use_are_told_of_without_a_fault() {
    let strangers = Judge::new(Roots::load(false, &[], &[]).unwrap());
    for der in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        let presented = [der.clone()];
        let judgement = told(&strangers, &presented);
        assert_eq!(judgement.fault, None);
        assert!(!judgement.is_trusted());
        assert_eq!(judgement.trusted_by, ["Mozilla"], "{}", judgement.text());
        assert_eq!(judgement.path.len(), 1);
        let summary = crate::summarize(der).unwrap();
        assert!(summary.is_ca && summary.self_issued && !summary.subject.is_empty());
        assert!(
            summary.key.starts_with("RSA ") || summary.key.starts_with("EC P-"),
            "{}",
            summary.key
        );
    }
}
