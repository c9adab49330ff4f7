//! Revocation on paths that are too weak for webpki: what a person lets pass for its weakness isn't let pass revoked.

use std::process::Command;

use super::responder::Says;
use super::*;

/// A lab whose certificate its issuer signed with SHA-1.
fn weak_lab() -> Lab {
    let mut lab = lab();
    lab.file("issuer.der", lab.issuer.certificate());
    lab.file("issuer.key", lab.issuer.key().serialize_pem());
    for line in [
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout weak.key -subj /CN=example.com \
         -addext subjectAltName=DNS:example.com -addext extendedKeyUsage=serverAuth -out weak.csr",
        "x509 -req -in weak.csr -CA issuer.der -CAkey issuer.key -set_serial 0x51020304 -sha1 -days 2 \
         -copy_extensions copyall -outform DER -out weak.der",
    ] {
        openssl(&lab, line);
    }
    lab.leaf = std::fs::read(lab.dir.path().join("weak.der")).unwrap().into();
    lab
}

fn openssl(lab: &Lab, line: &str) {
    let mut command = Command::new("openssl");
    command.args(line.split_whitespace()).current_dir(lab.dir.path());
    let done = command
        .output()
        .expect("openssl is needed for this test: install it");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn failed(judgement: &Judgement) -> Vec<&str> {
    let mut checks: Vec<_> = judgement
        .checks
        .iter()
        .filter(|check| check.outcome == CheckOutcome::Fail)
        .map(|check| check.name)
        .collect();
    checks.dedup();
    checks
}

/// A list of the issuer's, which openssl signs: with this digest, naming the certificate or not.
fn list(lab: &Lab, digest: &str, is_named: bool) -> Vec<Crl> {
    let entry = "R\t401121120000Z\t251121120000Z,superseded\t51020304\tunknown\t/CN=example.com\n";
    lab.file("index.txt", if is_named { entry } else { "" });
    lab.file("index.txt.attr", "");
    lab.file("number", "01\n");
    lab.file(
        "ca.cnf",
        "[ca]\ndefault_ca=it\n[it]\ndatabase=index.txt\ncrlnumber=number\n",
    );
    openssl(lab, "x509 -in issuer.der -out issuer.pem");
    openssl(
        lab,
        &format!(
            "ca -gencrl -config ca.cnf -cert issuer.pem -keyfile issuer.key -md {digest} -crldays 9 -out list.pem"
        ),
    );
    Crl::load(&lab.dir.path().join("list.pem")).unwrap()
}

#[test]
fn weakness_alone_stays_weakness_and_says_what_was_not_looked_at() {
    let lab = weak_lab();
    let judgement = lab.judgement(&lab.judge(), &[], &[]);
    assert_eq!(failed(&judgement), ["signature_algorithm"]);
    assert!(judgement.is_merely_weak(), "{judgement:#?}");

    let judge = lab.judge().with_crls(list(&lab, "sha256", false));
    let judgement = lab.judgement(&judge, &[], &[]);
    assert!(judgement.is_merely_weak(), "{judgement:#?}");
    let lists = checks(&judgement, "crl");
    assert_eq!(lists[0].outcome, CheckOutcome::NotChecked);
    let evidence = &lists[0].evidence;
    assert!(
        evidence.starts_with("certificate is not on the CRL of Company Issuer of "),
        "{evidence}"
    );
    assert!(
        evidence.ends_with("whose signature isn't verified on a path that is too weak to be followed"),
        "{evidence}"
    );
    assert_eq!(
        lists[1].evidence,
        "issuing certificate Company Issuer: no CRL of its issuer Company Root was given (--crl)"
    );
}

#[test]
fn what_is_on_a_list_is_not_merely_weak() {
    let lab = weak_lab();
    for digest in ["sha256", "sha1"] {
        let judge = lab.judge().with_crls(list(&lab, digest, true));
        let judgement = lab.judgement(&judge, &[], &[]);
        assert_eq!(failed(&judgement), ["signature_algorithm", "crl"], "{digest}");
        assert!(!judgement.is_merely_weak(), "{judgement:#?}");
        let told = checks(&judgement, "crl")[0].evidence.clone();
        assert!(
            told.starts_with(
                "certificate was revoked on 2025-11-21 12:00 UTC (it was superseded), says the CRL of"
            ),
            "{told}"
        );
    }
}

#[test]
fn what_a_staple_revokes_is_not_merely_weak() {
    let lab = weak_lab();
    let judgement = lab.with_staple(&Says::revoked(&lab, Some(1)).der());
    assert_eq!(failed(&judgement), ["signature_algorithm", "ocsp"]);
    assert!(!judgement.is_merely_weak(), "{judgement:#?}");

    let judgement = lab.with_staple(&Says::good(&lab).der());
    assert_eq!(checks(&judgement, "ocsp")[0].outcome, CheckOutcome::Pass);
    assert!(judgement.is_merely_weak(), "{judgement:#?}");
}

#[test]
fn a_staple_that_is_signed_too_weakly_revokes_and_does_not_vouch() {
    let lab = weak_lab();
    let mut says = Says::revoked(&lab, None);
    says.is_sha1 = true;
    let judgement = lab.with_staple(&says.der());
    assert_eq!(failed(&judgement), ["signature_algorithm", "ocsp"]);

    let mut says = Says::good(&lab);
    says.is_sha1 = true;
    let judgement = lab.with_staple(&says.der());
    assert_eq!(
        told(&judgement, "ocsp"),
        (
            CheckOutcome::Warn,
            "the stapled OCSP response is signed too weakly to vouch for anything"
        )
    );
    assert!(judgement.is_merely_weak(), "{judgement:#?}");
}
