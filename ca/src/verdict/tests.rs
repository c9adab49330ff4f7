mod lab;
mod path;
mod public;

use std::net::IpAddr;

use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair,
    NameConstraints,
};
use time::{Duration, OffsetDateTime};

use super::*;
use crate::testing::{Authority, authority, authority_params, common_name, server_params};
use crate::trust::write_bundle;

/// A judge that trusts one authority, which a file names.
struct Lab {
    company: Authority,
    judge: Judge,
    own_root: Authority,
}

fn lab() -> Lab {
    let company = authority("Company Root");
    let own_root = authority("Handlens");
    let judge = judge_trusting(&[company.certificate()], own_root.certificate());
    Lab {
        company,
        judge,
        own_root,
    }
}

fn judge_trusting(roots: &[&CertificateDer<'static>], own_root: &CertificateDer<'static>) -> Judge {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("roots.pem");
    write_bundle(&path, roots.iter().copied()).unwrap();
    Judge::new(Roots::load(false, &[path], std::slice::from_ref(own_root)).unwrap())
}

impl Lab {
    fn judge(&self, presented: &[CertificateDer<'static>]) -> Arc<Judgement> {
        self.judge
            .judge_chain(&Presented::new(presented), &host("example.com"), UnixTime::now())
    }

    fn text(&self, presented: &[CertificateDer<'static>]) -> String {
        self.judge(presented).text().to_owned()
    }

    fn server(&self, change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
        let mut params = server_params(&["example.com"]);
        change(&mut params);
        self.company.sign(params)
    }
}

fn host(name: &str) -> ServerName<'static> {
    ServerName::try_from(name.to_owned()).unwrap()
}

fn outcome(judgement: &Judgement, name: &str) -> CheckOutcome {
    judgement
        .checks
        .iter()
        .find(|check| check.name == name)
        .unwrap()
        .outcome
}

fn evidence<'a>(judgement: &'a Judgement, name: &str) -> &'a str {
    &judgement
        .checks
        .iter()
        .find(|check| check.name == name)
        .unwrap()
        .evidence
}

fn failed(judgement: &Judgement) -> Vec<&'static str> {
    judgement
        .checks
        .iter()
        .filter(|check| check.outcome == CheckOutcome::Fail)
        .map(|check| check.name)
        .collect()
}

#[test]
fn a_good_chain_is_trusted_and_says_why() {
    let lab = lab();
    let middle = lab.company.intermediate("Company Issuer");
    let chain = [
        middle.server(&["*.example.com", "example.com"]),
        middle.certificate().clone(),
    ];
    let judgement = lab
        .judge
        .judge_chain(&Presented::new(&chain), &host("www.example.com"), UnixTime::now());
    assert!(judgement.is_trusted(), "{}", judgement.text());
    assert_eq!(judgement.text(), "certificate is good");
    assert_eq!(
        judgement
            .checks
            .iter()
            .map(|check| check.name)
            .collect::<Vec<_>>(),
        [
            "path",
            "anchor",
            "signature",
            "signature",
            "dates",
            "dates",
            "dates",
            "lifetime",
            "name",
            "ca_flag",
            "path_length",
            "key_usage",
            "extended_key_usage",
            "name_constraints",
            "critical_extensions",
            "key_strength",
            "key_strength",
            "key_strength",
            "signature_algorithm",
            "signature_algorithm",
            "order",
            "sct",
            "ocsp",
            "crl",
        ]
    );
    let (looked_at, beside) = judgement.checks.split_at(21);
    assert!(looked_at.iter().all(|check| check.outcome == CheckOutcome::Pass));
    assert!(
        beside
            .iter()
            .all(|check| check.outcome == CheckOutcome::NotChecked)
    );
    assert_eq!(
        evidence(&judgement, "path"),
        "*.example.com < Company Issuer < Company Root"
    );
    let anchor = evidence(&judgement, "anchor");
    assert!(anchor.starts_with("Company Root, trusted by /"), "{anchor}");
    let dates = evidence(&judgement, "dates");
    assert!(
        dates.starts_with("valid until 2") && dates.ends_with(" left"),
        "{dates}"
    );
    assert_eq!(
        evidence(&judgement, "name"),
        "DNS:*.example.com matches www.example.com (wildcard for one label)"
    );
    assert_eq!(evidence(&judgement, "key_strength"), "EC P-256");
    assert_eq!(evidence(&judgement, "signature_algorithm"), "ECDSA with SHA-256");
    assert_eq!(
        evidence(&judgement, "order"),
        "each of the 2 is issued by the next"
    );
}

#[test]
fn an_expired_certificate() {
    let lab = lab();
    let leaf = lab.server(|params| {
        params.not_after = OffsetDateTime::now_utc() - Duration::days(3) - Duration::hours(1)
    });
    // It began yesterday as the lab has it, so it ended before it began; give it a beginning.
    assert_eq!(
        lab.text(&[leaf]),
        "certificate is broken: it ends before it begins"
    );
    let leaf = lab.server(|params| {
        params.not_before = OffsetDateTime::now_utc() - Duration::days(90);
        params.not_after = OffsetDateTime::now_utc() - Duration::days(3) - Duration::hours(1);
    });
    let judgement = lab.judge(&[leaf]);
    assert_eq!(judgement.text(), "certificate expired 3 days ago");
    assert_eq!(failed(&judgement), ["dates"]);
    assert_eq!(evidence(&judgement, "path"), "example.com < Company Root");
    assert!(
        matches!(judgement.error, Some(CertificateError::ExpiredContext { .. })),
        "{:?}",
        judgement.error
    );
}

#[test]
fn a_certificate_that_is_not_yet_valid() {
    let lab = lab();
    let leaf = lab.server(|params| {
        params.not_before = OffsetDateTime::now_utc() + Duration::hours(2) + Duration::minutes(1);
        params.not_after = OffsetDateTime::now_utc() + Duration::days(2);
    });
    let judgement = lab.judge(&[leaf]);
    assert_eq!(
        judgement.text(),
        "certificate is not yet valid: it begins in 2 hours"
    );
    assert!(
        matches!(judgement.error, Some(CertificateError::NotValidYetContext { .. })),
        "{:?}",
        judgement.error
    );
}

#[test]
fn an_expired_issuer() {
    let lab = lab();
    let mut params = authority_params("Company Issuer");
    params.not_after = OffsetDateTime::now_utc() - Duration::hours(1) - Duration::minutes(1);
    let middle = lab.company.intermediate_from(params);
    let judgement = lab.judge(&[middle.server(&["example.com"]), middle.certificate().clone()]);
    assert_eq!(
        judgement.text(),
        "issuing certificate Company Issuer expired 1 hour ago"
    );
    assert_eq!(failed(&judgement), ["dates"]);
}

#[test]
fn an_expired_certificate_beside_the_path_does_no_harm() {
    let lab = lab();
    let mut params = authority_params("Unused");
    params.not_after = OffsetDateTime::now_utc() - Duration::hours(1);
    let unused = lab.company.intermediate_from(params);
    let judgement = lab.judge(&[lab.company.server(&["example.com"]), unused.certificate().clone()]);
    assert!(judgement.is_trusted(), "{}", judgement.text());
    assert_eq!(outcome(&judgement, "dates"), CheckOutcome::Pass);
}

#[test]
fn another_hosts_certificate() {
    let lab = lab();
    let text = |names: &[&str]| lab.text(&[lab.company.server(names)]);
    assert_eq!(
        text(&["example.org"]),
        "certificate is for example.org, not example.com"
    );
    assert_eq!(
        text(&["a.org", "192.0.2.1"]),
        "certificate is for a.org and 192.0.2.1, not example.com"
    );
    assert_eq!(
        text(&["a.org", "b.org", "c.org", "d.org", "e.org"]),
        "certificate is for a.org, b.org, c.org and 2 more, not example.com"
    );
    assert_eq!(
        text(&["*.example.com"]),
        "certificate is for *.example.com, not example.com (a wildcard stands for exactly one label)"
    );
    let judgement = lab.judge(&[lab.company.server(&["example.org"])]);
    assert_eq!(failed(&judgement), ["name"]);
    assert!(matches!(
        judgement.error,
        Some(CertificateError::NotValidForNameContext { .. })
    ));
}

#[test]
fn a_common_name_is_no_name() {
    let lab = lab();
    let leaf = lab.server(|params| {
        params.subject_alt_names.clear();
        params.distinguished_name = common_name("example.com");
    });
    assert_eq!(
        lab.text(&[leaf]),
        "certificate is for no host, not example.com: it has no subjectAltName, only the name example.com"
    );
}

#[test]
fn an_address_is_matched_as_an_address() {
    let lab = lab();
    let leaf = lab.company.server(&["192.0.2.7", "2001:db8::7"]);
    let judge = |address: &str| {
        let name = ServerName::from(address.parse::<IpAddr>().unwrap());
        lab.judge.judge_chain(
            &Presented::new(std::slice::from_ref(&leaf)),
            &name,
            UnixTime::now(),
        )
    };
    assert!(judge("192.0.2.7").is_trusted());
    assert!(judge("2001:db8::7").is_trusted());
    assert_eq!(
        judge("192.0.2.8").text(),
        "certificate is for 192.0.2.7 and 2001:db8::7, not 192.0.2.8"
    );
}

#[test]
fn nothing_presented_and_nonsense_presented() {
    let lab = lab();
    assert_eq!(lab.text(&[]), "the origin presented no certificate");
    let judgement = lab.judge(&[CertificateDer::from(vec![0x30, 0x00])]);
    assert_eq!(judgement.text(), "certificate is broken: it can't be read");
    assert_eq!(judgement.error, Some(CertificateError::BadEncoding));
    assert_eq!(outcome(&judgement, "name"), CheckOutcome::NotChecked);
}

#[test]
fn a_good_judgement_is_remembered_for_the_same_question_alone() {
    let lab = lab();
    let leaf = lab.company.server(&["example.com", "example.net"]);
    let judge = |presented: &[CertificateDer<'static>], name: &str, time| {
        lab.judge
            .judge_chain(&Presented::new(presented), &host(name), time)
    };
    let now = UnixTime::now();
    let first = judge(std::slice::from_ref(&leaf), "example.com", now);
    assert!(first.is_trusted());
    assert!(Arc::ptr_eq(
        &first,
        &judge(std::slice::from_ref(&leaf), "EXAMPLE.com", now)
    ));
    assert!(!Arc::ptr_eq(
        &first,
        &judge(std::slice::from_ref(&leaf), "example.net", now)
    ));
    assert!(!judge(std::slice::from_ref(&leaf), "example.org", now).is_trusted());
    let mut forged = leaf.to_vec();
    *forged.last_mut().unwrap() ^= 1;
    assert!(!judge(&[CertificateDer::from(forged)], "example.com", now).is_trusted());
    let later = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now.as_secs() + 3 * 86_400));
    assert_eq!(
        judge(&[leaf], "example.com", later).text(),
        "certificate expired 2 days ago"
    );
}

#[test]
fn control_characters_in_names_are_not_told() {
    let lab = lab();
    let other = authority("Evil\u{1b}[2J\r\nRoot");
    let text = lab.text(&[other.server(&["example.com"])]);
    assert_eq!(text, "certificate's issuer is unknown: Evil[2JRoot");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever an origin presents: a judgement, and a good one only for what is good.
    #[test]
    fn bytes_from_a_network_never_panic(
        noise in proptest::collection::vec(any::<u8>(), 0..300),
        at in any::<prop::sample::Index>(),
        bit in 0_u8..8,
        cut in any::<prop::sample::Index>(),
    ) {
        use std::sync::LazyLock;
        static LAB: LazyLock<(Lab, CertificateDer<'static>)> = LazyLock::new(|| {
            let lab = lab();
            let leaf = lab.company.server(&["example.com"]);
            (lab, leaf)
        });
        let (lab, leaf) = &*LAB;
        let mut flipped = leaf.to_vec();
        let place = at.index(flipped.len());
        flipped[place] ^= 1 << bit;
        let shortened = leaf[..cut.index(leaf.len())].to_vec();
        for presented in [noise.clone(), flipped, shortened] {
            let judgement = lab.judge(&[CertificateDer::from(presented), CertificateDer::from(noise.clone())]);
            prop_assert!(!judgement.is_trusted());
            prop_assert!(!judgement.text().is_empty());
        }
    }
}
