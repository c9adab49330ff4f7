//! The judgement of a chain that an origin or a client presented, check by check.
//!
//! The decision that counts is webpki's: that a path leads from the origin's certificate to a trusted root, and that the
//! certificate is for the name that was asked for. Beyond that, what browsers refuse is refused: weak keys and
//! signatures, issuers whose key may not sign certificates. The checks say to a person what was looked at and what it
//! rests on. Whether a refused chain is let pass for a host is the proxy's matter.
//!
//! ```text
//!   case      what was presented, read once
//!   search    every way from the origin's certificate on, by names, within bounds
//!   decision  webpki's word
//!   explain   the way that the word is about, each check of it, the other ways, and whether the checks agree
//! ```

mod algorithm;
mod anchor;
mod authority;
mod case;
mod constraints;
mod dates;
mod decision;
mod explain;
mod extensions;
mod finding;
mod judgement;
mod lifetime;
mod links;
mod name;
mod names;
mod order;
mod revoked;
mod search;
mod signature;
mod strength;
mod trail;
mod usage;
mod weakness;
mod wording;

use std::fmt;
use std::sync::Arc;

use moka::sync::Cache;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use tracing::error;

use self::case::{Case, Purpose};
use self::decision::takes_unread;
use self::explain::{Explained, explain};
use self::revoked::{Revoked, decide_past};
use self::search::Search;
use self::trail::{SignedHow, Trail};
use crate::Roots;
use crate::encode::Sha256;
use crate::revocation::{self, Crl, CtLogs};

pub(crate) use algorithm::{key_name, signature_name};
pub(crate) use finding::Finding;
pub use judgement::{
    Alternative, Badge, BadgeKind, Check, CheckOutcome, Judgement, PathCertificate, PathEnd, PathSource,
    Presented,
};
pub(crate) use links::is_weakly_signed;
pub(crate) use wording::{moment, span};

/// The checks that are made of every chain, in their order.
const CHECKS: &[&str] = &[
    "path",
    "anchor",
    "signature",
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
    "signature_algorithm",
    "order",
];

/// How many bytes of good judgements are remembered. One takes some six kilobytes, its certificates with it.
const MAX_REMEMBERED: u64 = 16 * 1024 * 1024;
/// How long a good judgement is remembered: its evidence tells days that are left.
const REMEMBERED_FOR: std::time::Duration = std::time::Duration::from_secs(600);

/// Judges what origins and clients present.
pub struct Judge {
    roots: Roots,
    /// The logs whose timestamps can be verified; none where no list was given.
    logs: Option<CtLogs>,
    lists: Vec<Crl>,
    algorithms: WebPkiSupportedAlgorithms,
    /// Good judgements by all that went into them but the time, with the time in which they hold. Verifying the
    /// same signatures again gives the same answer, and costs more than the rest of a handshake's checks.
    good: Cache<[u8; 32], Remembered>,
}

#[derive(Clone)]
struct Remembered {
    judgement: Arc<Judgement>,
    holds: dates::Window,
}

impl Judge {
    /// A judge that trusts `roots`.
    #[must_use]
    pub fn new(roots: Roots) -> Self {
        let good = Cache::builder()
            .max_capacity(MAX_REMEMBERED)
            .weigher(|_: &[u8; 32], remembered: &Remembered| remembered.judgement.size())
            .time_to_live(REMEMBERED_FOR)
            .build();
        Self {
            roots,
            logs: None,
            lists: Vec::new(),
            algorithms: aws_lc_rs::default_provider().signature_verification_algorithms,
            good,
        }
    }

    /// The same, who verifies timestamps by these logs of Certificate Transparency.
    #[must_use]
    pub fn with_ct_logs(mut self, logs: CtLogs) -> Self {
        self.logs = Some(logs);
        self
    }

    /// The same, who refuses what stands on these lists of revoked certificates.
    #[must_use]
    pub fn with_crls(mut self, lists: Vec<Crl>) -> Self {
        self.lists = lists;
        self
    }

    /// Judges what an origin presented, as of `now`.
    pub fn judge_chain(
        &self,
        presented: &Presented<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Arc<Judgement> {
        self.judge(presented, Purpose::Server(name), now)
    }

    /// Judges the certificates that a client presented, its own first, as of `now`: they must be for clients, and
    /// lead to one of the roots. There is no name to match.
    pub fn judge_client_chain(&self, certificates: &[CertificateDer<'_>], now: UnixTime) -> Arc<Judgement> {
        self.judge(&Presented::new(certificates), Purpose::Client, now)
    }

    fn judge(&self, presented: &Presented<'_>, purpose: Purpose<'_>, now: UnixTime) -> Arc<Judgement> {
        let key = question(presented, purpose);
        if let Some(remembered) = self
            .good
            .get(&key)
            .filter(|remembered| remembered.holds.contains(now))
        {
            return remembered.judgement;
        }
        let Explained { judgement, holds } = self.judge_anew(presented, purpose, now);
        let judgement = Arc::new(judgement);
        if judgement.is_trusted() {
            let remembered = Remembered {
                judgement: Arc::clone(&judgement),
                holds,
            };
            self.good.insert(key, remembered);
        }
        judgement
    }

    fn judge_anew(&self, presented: &Presented<'_>, purpose: Purpose<'_>, now: UnixTime) -> Explained {
        let case = Case::new(
            presented.certificates,
            &self.roots,
            self.algorithms.all,
            purpose,
            now,
        );
        if case.certificate(0).is_none() {
            return Explained {
                judgement: unreadable(&case),
                holds: dates::Window::NEVER,
            };
        }
        let search = Search::run(&case);
        let (decision, revoked) = decide_past(&case, &search, |trail| self.revoked_issuers(&case, trail));
        explain(&case, decision, search, &revoked, |trail| {
            self.beside(&case, trail, presented)
        })
    }

    /// The issuing certificates of a good path that stand on a list.
    fn revoked_issuers(&self, case: &Case<'_>, trail: &Trail<'_>) -> Vec<Revoked> {
        if self.lists.is_empty() {
            return Vec::new();
        }
        let findings = self.beside(case, trail, &Presented::new(&[]));
        let revoked = findings.into_iter().filter_map(|Finding { check, error, .. }| {
            Some(Revoked {
                place: check.certificate.filter(|place| *place > 0)?,
                evidence: (error == Some(CertificateError::Revoked)).then_some(check.evidence)?,
            })
        });
        revoked.collect()
    }

    /// The checks beside the path: of transparency and revocation, which fail of themselves and not by webpki.
    fn beside(&self, case: &Case<'_>, trail: &Trail<'_>, presented: &Presented<'_>) -> Vec<Finding> {
        // Who issued it is sure on a path alone that is good but for its dates.
        let signed = trail.signed(case);
        let is_path = signed.is_some();
        let places = trail.places.iter().take(if is_path { usize::MAX } else { 1 });
        let links = places.filter_map(|place| {
            let der = case.presented.get(*place)?;
            Some(revocation::Link {
                der,
                place: Some(*place),
            })
        });
        revocation::check(&revocation::Question {
            path: &links.collect::<Vec<_>>(),
            anchor: trail.anchor().filter(|_| is_path).map(|anchor| anchor.trust),
            is_weak: signed == Some(SignedHow::Weakly),
            valid_at: dates::common_window(case, trail).nearest(case.now),
            usage: case.purpose.usage(),
            ocsp: presented.ocsp,
            scts: presented.scts,
            logs: self.logs.as_ref(),
            lists: &self.lists,
            now: case.now,
        })
    }

    /// The signature schemes to offer an origin.
    #[must_use]
    pub fn signature_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }

    /// Checks a TLS 1.2 handshake signature. Do so for allowed hosts too: it proves that the origin holds the
    /// key of the certificate that it presented.
    ///
    /// # Errors
    /// When the signature is wrong, or of a kind that wasn't offered.
    pub fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    /// Checks a TLS 1.3 handshake signature. Do so for allowed hosts too: it proves that the origin holds the
    /// key of the certificate that it presented.
    ///
    /// # Errors
    /// When the signature is wrong, or of a kind that wasn't offered.
    pub fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge")
            .field("roots", &self.roots.len())
            .finish_non_exhaustive()
    }
}

/// All that goes into a judgement but the time, in a digest. Lengths keep the parts apart.
fn question(presented: &Presented<'_>, purpose: Purpose<'_>) -> [u8; 32] {
    let mut digest = Sha256::new();
    let certificates = presented.certificates.iter().map(AsRef::as_ref);
    for part in certificates.chain([presented.ocsp, presented.scts]) {
        digest.update(&(part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    match purpose {
        Purpose::Server(name) => digest.update(name.to_str().to_ascii_lowercase().as_bytes()),
        // No host has this name.
        Purpose::Client => digest.update(b"\0client"),
    }
    digest.finish()
}

/// There is nothing that could be looked into.
fn unreadable(case: &Case<'_>) -> Judgement {
    let text = match (case.presented.is_empty(), case.purpose) {
        (true, Purpose::Server(_)) => "the origin presented no certificate",
        (true, Purpose::Client) => "the client presented no certificate",
        (false, _) => "certificate is broken: it can't be read",
    };
    let fault = takes_unread(case).then(|| {
        let fault = "webpki takes the certificate, and the checks can't read it".to_owned();
        error!("{fault}; it is refused");
        fault
    });
    let checks = CHECKS.iter().map(|name| match *name {
        "path" => Check::new("path", CheckOutcome::Fail, text),
        name => Check::new(
            name,
            CheckOutcome::NotChecked,
            "there is no certificate to look at",
        ),
    });
    Judgement {
        error: Some(CertificateError::BadEncoding),
        checks: checks.collect(),
        path: Vec::new(),
        end: PathEnd::Open,
        alternatives: Vec::new(),
        trusted_by: Vec::new(),
        badges: Vec::new(),
        fault,
        text: text.to_owned(),
        is_merely_weak: false,
    }
}

#[cfg(test)]
mod tests;
