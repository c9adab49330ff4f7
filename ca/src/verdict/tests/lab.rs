//! The lab: bad and good origins made on the spot, each judged by Handlens and by `openssl verify`.
//!
//! A case says which checks must fail, and no others may. Where openssl judges otherwise, the case says why.

mod algorithms;
mod authorities;
mod building;
mod constraints;
mod dates;
mod encoding;
mod keys;
mod maker;
mod names;
mod order;
mod properties;
mod trust;
mod usage;

use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use self::keys::run_openssl;
use self::maker::{Entity, NOW, root};
use super::judge_trusting;
use crate::verdict::{BadgeKind, CheckOutcome, Judgement, Presented};

/// A chain, and what must come of it.
struct Case {
    what: &'static str,
    presented: Vec<CertificateDer<'static>>,
    roots: Vec<CertificateDer<'static>>,
    /// Handlens's own root, where it matters.
    own_root: Option<CertificateDer<'static>>,
    asked: &'static str,
    is_client: bool,
    fails: &'static [&'static str],
    /// Weakness is all that fails.
    is_merely_weak: bool,
    warns: &'static [&'static str],
    says: Vec<&'static str>,
    badges: &'static [(usize, BadgeKind)],
    alternatives: Option<usize>,
    /// Why openssl judges otherwise.
    openssl_differs: Option<&'static str>,
}

/// What an origin presents, its own first.
fn case(what: &'static str, presented: &[&CertificateDer<'static>]) -> Case {
    Case {
        what,
        presented: presented.iter().map(|der| (*der).clone()).collect(),
        roots: Vec::new(),
        own_root: None,
        asked: "example.com",
        is_client: false,
        fails: &[],
        is_merely_weak: false,
        warns: &[],
        says: Vec::new(),
        badges: &[],
        alternatives: None,
        openssl_differs: None,
    }
}

impl Case {
    fn trusting(mut self, roots: &[&Entity]) -> Self {
        self.roots.extend(roots.iter().map(|root| root.der.clone()));
        self
    }

    /// This is the root that Handlens mints under.
    fn with_own_root(mut self, root: &Entity) -> Self {
        self.own_root = Some(root.der.clone());
        self
    }

    fn asked(mut self, name: &'static str) -> Self {
        self.asked = name;
        self
    }

    fn of_client(mut self) -> Self {
        self.is_client = true;
        self
    }

    /// These checks fail, and no others. Without this the chain must be good.
    fn fails(mut self, checks: &'static [&'static str]) -> Self {
        self.fails = checks;
        self
    }

    fn merely_weak(mut self) -> Self {
        self.is_merely_weak = true;
        self
    }

    /// These checks warn, and no others.
    fn warns(mut self, checks: &'static [&'static str]) -> Self {
        self.warns = checks;
        self
    }

    /// The evidence of some check, or the reason of an alternative, has this in it.
    fn says(mut self, text: &'static str) -> Self {
        self.says.push(text);
        self
    }

    fn badges(mut self, badges: &'static [(usize, BadgeKind)]) -> Self {
        self.badges = badges;
        self
    }

    fn alternatives(mut self, count: usize) -> Self {
        self.alternatives = Some(count);
        self
    }

    fn openssl_differs(mut self, why: &'static str) -> Self {
        self.openssl_differs = Some(why);
        self
    }

    /// What came out otherwise than it must.
    fn run(&self) -> Vec<String> {
        let judgement = self.judge();
        let mut faults = Vec::new();
        let mut expect = |is_so: bool, what: String| {
            if !is_so {
                faults.push(format!("{}: {what}\n{}", self.what, told(&judgement)));
            }
        };
        let of = |outcome| {
            let mut names: Vec<&str> = Vec::new();
            for check in judgement.checks.iter().filter(|check| check.outcome == outcome) {
                if names.last() != Some(&check.name) {
                    names.push(check.name);
                }
            }
            names
        };
        expect(
            judgement.fault.is_none(),
            format!("a fault: {:?}", judgement.fault),
        );
        expect(
            judgement.is_trusted() == self.fails.is_empty(),
            format!("trusted is {}", judgement.is_trusted()),
        );
        expect(
            of(CheckOutcome::Fail) == self.fails,
            format!("fails must be {:?}", self.fails),
        );
        expect(
            judgement.is_merely_weak() == self.is_merely_weak,
            format!("merely weak is {}", judgement.is_merely_weak()),
        );
        let warns = of(CheckOutcome::Warn);
        expect(warns == self.warns, format!("warns must be {:?}", self.warns));
        for text in &self.says {
            let evidence = judgement.checks.iter().map(|check| &check.evidence);
            let reasons = judgement
                .alternatives
                .iter()
                .map(|alternative| &alternative.reason);
            expect(
                evidence.chain(reasons).any(|evidence| evidence.contains(text)),
                format!("it must say {text:?}"),
            );
        }
        let badges: Vec<_> = judgement
            .badges
            .iter()
            .map(|badge| (badge.certificate, badge.kind))
            .collect();
        for badge in self.badges {
            expect(
                badges.contains(badge),
                format!("it must have the badge {badge:?}"),
            );
        }
        if let Some(count) = self.alternatives {
            let told = judgement.alternatives.len();
            expect(
                told == count,
                format!("it must have {count} alternatives, and has {told}"),
            );
        }
        // A judgement tells all that it is made of.
        for check in super::super::CHECKS {
            expect(
                judgement.checks.iter().any(|other| other.name == *check),
                format!("the check {check} is not told"),
            );
        }
        faults
    }

    fn judge(&self) -> std::sync::Arc<Judgement> {
        let stranger = root("Stranger");
        let roots: Vec<&CertificateDer<'static>> = self.roots.iter().chain([&stranger.der]).collect();
        let own_root = self.own_root.clone().unwrap_or_else(|| root("Handlens").der);
        let judge = judge_trusting(&roots, &own_root);
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(NOW.unsigned_abs()));
        if self.is_client {
            return judge.judge_client_chain(&self.presented, now);
        }
        let asked = ServerName::try_from(self.asked).unwrap();
        judge.judge_chain(&Presented::new(&self.presented), &asked, now)
    }

    /// Whether openssl takes the chain.
    fn ask_openssl(&self) -> (bool, String) {
        let dir = tempfile::tempdir().unwrap();
        let stranger = root("Stranger");
        let write = |name: &str, certificates: &[CertificateDer<'static>]| {
            let path = dir.path().join(name);
            let pem: String = certificates
                .iter()
                .map(|der| crate::encode::pem("CERTIFICATE", der))
                .collect();
            std::fs::write(&path, pem).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let roots = write("roots.pem", &[self.roots.as_slice(), &[stranger.der]].concat());
        let (own, others) = self.presented.split_at(self.presented.len().min(1));
        let own = write("own.pem", own);
        let others = write("others.pem", others);
        let now = NOW.to_string();
        let purpose = if self.is_client { "sslclient" } else { "sslserver" };
        let name = match self.asked.parse::<std::net::IpAddr>() {
            Ok(_) => "-verify_ip",
            Err(_) => "-verify_hostname",
        };
        let mut arguments = vec![
            "verify",
            "-no-CApath",
            "-no-CAstore",
            "-partial_chain",
            "-auth_level",
            "2",
            "-attime",
            &now,
            "-purpose",
            purpose,
            "-CAfile",
            &roots,
        ];
        if self.presented.len() > 1 {
            arguments.extend(["-untrusted", &others]);
        }
        if !self.is_client {
            arguments.extend([name, self.asked]);
        }
        arguments.push(&own);
        let output = run_openssl(&arguments, &[]);
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }
}

fn told(judgement: &Judgement) -> String {
    let mut out = format!("  text: {}\n  error: {:?}\n", judgement.text(), judgement.error);
    for check in &judgement.checks {
        out.push_str(&format!(
            "  {:?} {} {:?}: {}\n",
            check.outcome, check.name, check.certificate, check.evidence
        ));
    }
    for alternative in &judgement.alternatives {
        out.push_str(&format!(
            "  beside: {:?}: {}\n",
            alternative.names, alternative.reason
        ));
    }
    out.push_str(&format!("  badges: {:?}\n", judgement.badges));
    out
}

/// Every case there is.
fn all() -> Vec<Case> {
    [
        algorithms::cases(),
        authorities::cases(),
        building::cases(),
        constraints::cases(),
        dates::cases(),
        encoding::cases(),
        names::cases(),
        order::cases(),
        trust::cases(),
        usage::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_case_comes_out_as_it_must() {
    let cases = all();
    assert!(cases.len() >= 80, "there are {} cases", cases.len());
    let faults: Vec<String> = cases.iter().flat_map(Case::run).collect();
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn openssl_agrees_but_where_a_case_says_why_not() {
    let mut faults = Vec::new();
    for case in all() {
        let (takes, words) = case.ask_openssl();
        let agrees = takes == case.fails.is_empty();
        if agrees == case.openssl_differs.is_some() {
            let why = case.openssl_differs.unwrap_or("nothing");
            faults.push(format!(
                "{}: openssl takes it: {takes}; held against: {why}\n  {words}",
                case.what
            ));
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}
