#![no_main]
//! What an origin presents: a staple, timestamps, certificates. The DER, OCSP and SCT readers lie below.

use std::sync::OnceLock;

use ca::{CheckOutcome, Judge, Presented};
use ca_fuzz::{judge, moment, parts};
use libfuzzer_sys::fuzz_target;
use rustls_pki_types::{CertificateDer, ServerName};

static JUDGE: OnceLock<Judge> = OnceLock::new();

fuzz_target!(|input: &[u8]| {
    let parts = parts(input);
    let [ocsp, scts, certificates @ ..] = parts.as_slice() else {
        return;
    };
    let certificates: Vec<CertificateDer<'_>> = certificates.iter().map(|part| (*part).into()).collect();
    let presented = Presented {
        certificates: &certificates,
        ocsp,
        scts,
    };
    let name = ServerName::try_from("example.com").expect("it is a name");
    let judgement = JUDGE.get_or_init(judge).judge_chain(&presented, &name, moment());
    assert!(judgement.fault.is_none(), "{:?}", judgement.fault);
    let is_failed = judgement.checks.iter().any(|check| check.outcome == CheckOutcome::Fail);
    assert_eq!(is_failed, !judgement.is_trusted(), "{judgement:?}");
    for check in &judgement.checks {
        assert!(!check.evidence.is_empty(), "{check:?}");
    }
    for certificate in &certificates {
        let _ = ca::summarize(certificate);
    }
});
