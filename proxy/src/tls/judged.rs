//! What was judged of a chain in one handshake, with what was made of it, and how the record tells it.

use std::sync::Arc;

use bytes::Bytes;
use ca::{Judge, Judgement, PathSource, Presented};
use capture::{
    Alternative, Badge, Certificate, CertificateId, Check, CheckOutcome, Decision, PathPlace, Verdict,
};
use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use crate::recorder::Certificates;

/// What was judged during one handshake.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) judgement: Arc<Judgement>,
    /// The certificates as they were presented.
    pub(crate) presented: Vec<CertificateDer<'static>>,
    /// The staple; empty where there was none.
    pub(crate) ocsp: Vec<u8>,
    pub(crate) policy: Policy,
    pub(crate) possession: Possession,
    /// A proof by a key of any size is taken, as OpenSSL takes it.
    pub(crate) takes_small_keys: bool,
}

/// What is made of a bad chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// It ends the handshake.
    Refuse,
    /// It passes, by this rule.
    Allow(String),
    /// There is nothing to judge it by.
    NotJudged,
}

/// Whether the peer proved that it holds its certificate's key (RFC 8446 section 4.4.3, RFC 5246 section 7.4.3): who
/// can't may show a certificate that it merely copied. No rule lets that pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Possession {
    /// The handshake ended before.
    NotReached,
    /// The handshake is signed with the key.
    Proved,
    /// It is not.
    Failed,
    /// A session was resumed, in which it had been proved.
    Resumed,
    /// Others shook hands, and no signature of theirs can be checked.
    Unseen,
}

impl Possession {
    /// What checking the signature came to.
    pub(super) fn of<T>(verified: &Result<T, rustls::Error>) -> Self {
        match verified {
            Ok(_) => Self::Proved,
            Err(_) => Self::Failed,
        }
    }

    fn check(self, leaf: Option<CertificateId>, small_key: Option<u32>) -> Check {
        let (outcome, evidence): (_, String) = match self {
            Self::NotReached => (
                CheckOutcome::NotChecked,
                "the handshake ended before the proof of the key was looked at".into(),
            ),
            Self::Proved => (
                CheckOutcome::Pass,
                "the handshake is signed with the certificate's key".into(),
            ),
            Self::Failed => (CheckOutcome::Fail, not_proved(small_key)),
            Self::Resumed => (
                CheckOutcome::NotChecked,
                "a session was resumed: the key was proved in the handshake that began it".into(),
            ),
            Self::Unseen => (
                CheckOutcome::NotChecked,
                "what was captured holds no signature of the handshake that can be checked".into(),
            ),
        };
        Check {
            name: "possession".to_owned(),
            outcome,
            evidence,
            certificate: leaf,
        }
    }
}

/// Why the proof of the key failed. Of small keys none is looked at, so nothing is said of who answered.
fn not_proved(small_key: Option<u32>) -> String {
    match small_key {
        Some(bits) => {
            format!("of RSA keys below 2048 bits no proof is taken, and the certificate's has {bits}")
        }
        None => "the handshake is not signed with the certificate's key".to_owned(),
    }
}

/// A verdict and the certificates that it names.
#[derive(Clone, Debug)]
pub(crate) struct Explained {
    pub(crate) verdict: Arc<Verdict>,
    /// Those that were presented come first, in their order.
    pub(crate) certificates: Vec<Arc<Certificate>>,
}

/// A chain as rustls hands it over.
pub(crate) fn chain_of(
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
) -> Vec<CertificateDer<'static>> {
    std::iter::once(end_entity)
        .chain(intermediates)
        .map(|der| der.clone().into_owned())
        .collect()
}

impl Judged {
    /// Judges what a server presented for `name`, before it has proved that the key is its own.
    pub(crate) fn of(
        judge: &Judge,
        presented: Vec<CertificateDer<'static>>,
        ocsp: &[u8],
        name: &ServerName<'_>,
        now: UnixTime,
        policy: &Policy,
    ) -> Self {
        let chain = Presented {
            certificates: &presented,
            ocsp,
            // They are not asked for: rustls has no extension for them.
            scts: &[],
        };
        Self {
            judgement: judge.judge_chain(&chain, name, now),
            presented,
            ocsp: ocsp.to_vec(),
            policy: policy.clone(),
            possession: Possession::NotReached,
            takes_small_keys: false,
        }
    }

    /// Bad, and not let pass.
    pub(crate) fn is_refused(&self) -> bool {
        !self.judgement.is_trusted() && self.policy == Policy::Refuse
    }

    /// The error by which rustls refuses the chain, and chooses the alert that the origin gets.
    pub(crate) fn refusal(&self) -> Option<CertificateError> {
        self.is_refused().then(|| refusal_of(&self.judgement)).flatten()
    }

    /// The bits of the leaf's RSA key, where they are too few for a proof to be taken.
    pub(super) fn small_key(&self) -> Option<u32> {
        if self.takes_small_keys {
            return None;
        }
        let leaf = ca::summarize(self.presented.first()?)?;
        let bits = leaf.key.strip_prefix("RSA ")?.parse().ok()?;
        (bits < 2048).then_some(bits)
    }

    /// Bad, and let pass.
    pub(crate) fn is_overridden(&self) -> bool {
        !self.judgement.is_trusted() && self.policy != Policy::Refuse
    }

    /// Good, with nothing to remark: the same judgement is told in the same words each time.
    fn is_plain(&self) -> bool {
        self.judgement.is_trusted()
            && self.possession == Possession::Proved
            && self.policy != Policy::NotJudged
    }

    /// The verdict as a connection tells it.
    pub(crate) fn explain(&self, known: &Certificates) -> Arc<Explained> {
        if self.is_plain()
            && let Some(explained) = known.explained(&self.judgement)
        {
            return explained;
        }
        let explained = Arc::new(self.explain_anew(known));
        if self.is_plain() {
            known.remember(&self.judgement, &explained);
        }
        explained
    }

    fn explain_anew(&self, known: &Certificates) -> Explained {
        let judgement = &*self.judgement;
        let mut named = Named {
            known,
            certificates: Vec::new(),
        };
        let presented: Vec<_> = self.presented.iter().map(|der| named.id(der)).collect();
        let place = |place: usize| presented.get(place).copied();
        let path = judgement.path.iter().map(|certificate| PathPlace {
            id: named.id(&certificate.der),
            source: match &certificate.source {
                PathSource::Presented(_) => PathPlace::PRESENTED.to_owned(),
                PathSource::Root(store) => store.clone(),
            },
        });
        let path = path.collect();
        let alternatives = judgement.alternatives.iter().map(|alternative| Alternative {
            certificates: alternative.certificates.iter().map(|der| named.id(der)).collect(),
            names: alternative.names.clone(),
            reason: alternative.reason.clone(),
        });
        let alternatives = alternatives.collect();
        let checks = judgement.checks.iter().map(|check| Check {
            name: check.name.to_owned(),
            outcome: outcome(check.outcome),
            evidence: check.evidence.clone(),
            certificate: check.certificate.and_then(place),
        });
        let mut checks: Vec<_> = checks.chain([self.check_possession(place(0))]).collect();
        if self.policy == Policy::NotJudged {
            leave_unjudged(&mut checks);
        }
        let badges = judgement.badges.iter().filter_map(|badge| {
            Some(Badge {
                id: place(badge.certificate)?,
                kind: badge.kind.as_str().to_owned(),
            })
        });
        let decision = self.decision();
        let verdict = Verdict {
            decision,
            text: self.text(decision),
            error: judgement
                .error
                .as_ref()
                .filter(|_| decision != Decision::NotJudged)
                .map(webpki_words),
            allowed_by: match &self.policy {
                Policy::Allow(rule) if decision == Decision::Overridden => Some(rule.clone()),
                _ => None,
            },
            path,
            checks,
            alternatives,
            trusted_by: judgement
                .trusted_by
                .iter()
                .map(|&store| store.to_owned())
                .collect(),
            badges: badges.collect(),
            fault: judgement.fault.clone(),
            ocsp: (!self.ocsp.is_empty()).then(|| Bytes::copy_from_slice(&self.ocsp)),
            presented,
        };
        Explained {
            verdict: Arc::new(verdict),
            certificates: named.certificates,
        }
    }

    fn check_possession(&self, leaf: Option<CertificateId>) -> Check {
        let is_failed = self.possession == Possession::Failed;
        let small_key = is_failed.then(|| self.small_key()).flatten();
        self.possession.check(leaf, small_key)
    }

    fn decision(&self) -> Decision {
        match (&self.policy, self.judgement.is_trusted()) {
            _ if self.possession == Possession::Failed => Decision::Refused,
            (Policy::NotJudged, _) => Decision::NotJudged,
            (_, true) => Decision::Trusted,
            (Policy::Refuse, false) => Decision::Refused,
            (Policy::Allow(_), false) => Decision::Overridden,
        }
    }

    fn text(&self, decision: Decision) -> String {
        match decision {
            _ if self.possession == Possession::Failed => not_proved(self.small_key()),
            Decision::NotJudged => NO_ROOTS.to_owned(),
            _ => self.judgement.text().to_owned(),
        }
    }
}

const NO_ROOTS: &str = "no roots were given to judge clients by (--client-ca FILE)";

/// Of a chain without roots to judge it by, nothing can be said of where it leads.
fn leave_unjudged(checks: &mut [Check]) {
    for check in checks {
        if matches!(&*check.name, "path" | "anchor") && check.outcome != CheckOutcome::Pass {
            check.outcome = CheckOutcome::NotChecked;
            NO_ROOTS.clone_into(&mut check.evidence);
        }
    }
}

/// rustls wraps what it has no word of its own for.
pub(super) fn webpki_words(error: &CertificateError) -> String {
    match error {
        CertificateError::Other(error) => error.to_string(),
        error => error.to_string(),
    }
}

fn outcome(outcome: ca::CheckOutcome) -> CheckOutcome {
    match outcome {
        ca::CheckOutcome::Pass => CheckOutcome::Pass,
        ca::CheckOutcome::Fail => CheckOutcome::Fail,
        ca::CheckOutcome::Warn => CheckOutcome::Warn,
        ca::CheckOutcome::NotChecked => CheckOutcome::NotChecked,
    }
}

/// Certificates that a verdict names, each once.
struct Named<'a> {
    known: &'a Certificates,
    certificates: Vec<Arc<Certificate>>,
}

impl Named<'_> {
    fn id(&mut self, der: &CertificateDer<'_>) -> CertificateId {
        let certificate = self.known.of(der);
        let id = certificate.id;
        if self.certificates.iter().all(|named| named.id != id) {
            self.certificates.push(certificate);
        }
        id
    }
}

/// The error by which rustls refuses what was judged so; none where it is good.
pub(super) fn refusal_of(judgement: &Judgement) -> Option<CertificateError> {
    let mut checks = judgement.checks.iter();
    let is_unanchored = checks.any(|check| check.name == "anchor" && check.outcome == ca::CheckOutcome::Fail);
    Some(fitting(judgement.error.clone()?, is_unanchored))
}

/// Of a chain that leads to no root that is trusted, webpki may tell another fault, which it met first: a certificate of an
/// authority in a server's place, or a key that doesn't go with the signature. What fits then is `unknown_ca`.
fn fitting(error: CertificateError, is_unanchored: bool) -> CertificateError {
    match error {
        CertificateError::Other(_) if is_unanchored => CertificateError::UnknownIssuer,
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, OtherError};

    use super::*;

    /// `openssl req -x509` makes such certificates: self-signed, and an authority's.
    #[test]
    fn an_origin_whose_chain_leads_nowhere_hears_that_its_authority_is_unknown() {
        let alert = |error: CertificateError, unanchored| AlertDescription::from(fitting(error, unanchored));
        let other =
            || CertificateError::Other(OtherError(Arc::new(std::io::Error::other("CaUsedAsEndEntity"))));
        assert_eq!(alert(other(), true), AlertDescription::UnknownCA);
        assert_eq!(alert(other(), false), AlertDescription::CertificateUnknown);
        assert_eq!(
            alert(CertificateError::Expired, true),
            AlertDescription::CertificateExpired
        );
    }
}
