//! Through the judge, with responders, logs and lists that are made on the spot.

mod crl;
mod cross;
mod must_staple;
mod ocsp;
mod responder;
mod sct;
mod weak;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, SerialNumber};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use time::{Duration, OffsetDateTime};

use super::*;
use crate::testing::{Authority, authority, server_params};
use crate::trust::write_bundle;
use crate::verdict::{CheckOutcome, Judge, Judgement, Presented};
use crate::{Check, Roots};

/// A root, an authority below it that issues, and a certificate of that.
struct Lab {
    dir: tempfile::TempDir,
    root: Authority,
    issuer: Authority,
    leaf: CertificateDer<'static>,
}

const SERIAL: &[u8] = &[0x51, 2, 3, 4];

fn lab() -> Lab {
    lab_with(|_| ())
}

/// A lab whose certificate is made otherwise.
fn lab_with(change: impl FnOnce(&mut CertificateParams)) -> Lab {
    let root = authority("Company Root");
    let issuer = root.intermediate("Company Issuer");
    let mut params = params();
    change(&mut params);
    Lab {
        dir: tempfile::tempdir().unwrap(),
        leaf: issuer.sign(params),
        root,
        issuer,
    }
}

fn params() -> CertificateParams {
    let mut params = server_params(&["example.com"]);
    params.serial_number = Some(SerialNumber::from_slice(SERIAL));
    params
}

fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap()
}

fn days(count: i64) -> OffsetDateTime {
    now() + Duration::days(count)
}

impl Lab {
    fn judge(&self) -> Judge {
        let path = self.dir.path().join("roots.pem");
        write_bundle(&path, [self.root.certificate()]).unwrap();
        Judge::new(
            Roots::load(
                false,
                &[path],
                std::slice::from_ref(authority("Handlens").certificate()),
            )
            .unwrap(),
        )
    }

    fn judgement(&self, judge: &Judge, ocsp: &[u8], scts: &[u8]) -> Arc<Judgement> {
        self.judgement_at(judge, ocsp, scts, now())
    }

    fn judgement_at(&self, judge: &Judge, ocsp: &[u8], scts: &[u8], time: OffsetDateTime) -> Arc<Judgement> {
        let chain = [self.leaf.clone(), self.issuer.certificate().clone()];
        let presented = Presented {
            certificates: &chain,
            ocsp,
            scts,
        };
        let name = ServerName::try_from("example.com").unwrap();
        let seconds = u64::try_from(time.unix_timestamp()).unwrap();
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        judge.judge_chain(&presented, &name, time)
    }

    fn with_staple(&self, staple: &[u8]) -> Arc<Judgement> {
        self.judgement(&self.judge(), staple, &[])
    }

    fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, contents).unwrap();
        path
    }
}

fn checks<'a>(judgement: &'a Judgement, name: &str) -> Vec<&'a Check> {
    judgement
        .checks
        .iter()
        .filter(|check| check.name == name)
        .collect()
}

/// The one check of this name: how it came out, and what it rests on.
fn told<'a>(judgement: &'a Judgement, name: &str) -> (CheckOutcome, &'a str) {
    let checks = checks(judgement, name);
    assert_eq!(checks.len(), 1, "{checks:?}");
    (checks[0].outcome, &checks[0].evidence)
}

/// A warning for which nothing is refused.
#[track_caller]
fn assert_warns(judgement: &Judgement, name: &str, evidence: &str) {
    assert_eq!(told(judgement, name), (CheckOutcome::Warn, evidence));
    assert!(judgement.is_trusted(), "{}", judgement.text());
}

#[track_caller]
fn assert_revoked(judgement: &Judgement, name: &str, evidence: &str) {
    let failed: Vec<_> = judgement
        .checks
        .iter()
        .filter(|check| check.outcome == CheckOutcome::Fail)
        .map(|check| (check.name, check.evidence.as_str()))
        .collect();
    assert_eq!(failed, [(name, evidence)]);
    assert_eq!(judgement.error, Some(CertificateError::Revoked));
    assert_eq!(judgement.text(), evidence);
}
