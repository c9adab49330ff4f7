//! The judgement of a chain that an origin presented, check by check.
//!
//! The decision that counts is webpki's: that a path leads from the origin's certificate to a trusted root, and
//! that the certificate is for the name that was asked for. The checks beside it say to a person what was
//! looked at and what it rests on. Whether a refused chain is let pass for a host is the proxy's matter.

mod algorithm;
mod dates;
mod finding;
mod judgement;
mod key;
mod name;
mod path;
mod wording;

use std::fmt;
use std::sync::Arc;

use moka::sync::Cache;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use webpki::EndEntityCert;

use crate::Roots;
use crate::chain::Chain;
use crate::encode::Sha256;
use crate::revocation::{self, Crl, CtLogs};
use path::Path;

pub(crate) use algorithm::{key_name, signature_name};
pub(crate) use finding::Finding;
pub use judgement::{
    Alternative, Badge, BadgeKind, Check, CheckOutcome, Judgement, PathCertificate, PathSource, Presented,
};
pub(crate) use wording::{moment, span};

/// How many good judgements are remembered. One takes about a kilobyte.
const MAX_REMEMBERED: u64 = 4096;
/// How long a good judgement is remembered: its evidence tells days that are left.
const REMEMBERED_FOR: std::time::Duration = std::time::Duration::from_secs(600);

/// Judges what origins present.
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

    /// Judges the certificates that an origin presented (its own first), as of `now`.
    pub fn judge_chain(
        &self,
        presented: &Presented<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Arc<Judgement> {
        let key = question(presented, name);
        if let Some(remembered) = self
            .good
            .get(&key)
            .filter(|remembered| remembered.holds.contains(now))
        {
            return remembered.judgement;
        }
        let judgement = Arc::new(self.judge_anew(presented, name, now));
        if judgement.is_trusted() {
            let holds = dates::common_window(&Chain::parse(presented.certificates));
            self.good.insert(
                key,
                Remembered {
                    judgement: Arc::clone(&judgement),
                    holds,
                },
            );
        }
        judgement
    }

    fn judge_anew(&self, presented: &Presented<'_>, name: &ServerName<'_>, now: UnixTime) -> Judgement {
        let Some((leaf, intermediates)) = presented.certificates.split_first() else {
            return Judgement::broken("the origin presented no certificate");
        };
        let Ok(leaf) = EndEntityCert::try_from(leaf) else {
            return Judgement::broken("certificate is broken: it can't be read");
        };
        let chain = Chain::parse(presented.certificates);
        let path = Path::find(&leaf, intermediates, &self.roots, self.algorithms.all, now);
        // In the order in which they matter to a person, who hears them in this order.
        let findings = [
            path::check(&path, &chain, &self.roots),
            dates::check(&path, &chain, now),
            name::check(&leaf, &chain, name),
            key::check(&path, &chain),
        ];
        let (path, anchor) = path.links(presented.certificates);
        let beyond = revocation::check(&revocation::Question {
            path: &path,
            anchor,
            valid_at: now,
            usage: webpki::KeyUsage::server_auth(),
            ocsp: presented.ocsp,
            scts: presented.scts,
            logs: self.logs.as_ref(),
            lists: &self.lists,
            now,
        });
        Judgement::of(findings.into_iter().chain(beyond))
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
fn question(presented: &Presented<'_>, name: &ServerName<'_>) -> [u8; 32] {
    let mut digest = Sha256::new();
    let certificates = presented.certificates.iter().map(|der| &der[..]);
    for part in [presented.ocsp, presented.scts].into_iter().chain(certificates) {
        digest.update(&(part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.update(name.to_str().to_ascii_lowercase().as_bytes());
    digest.finish()
}

impl Judgement {
    fn of(findings: impl IntoIterator<Item = Finding>) -> Self {
        let mut judgement = Self {
            error: None,
            checks: Vec::new(),
            path: Vec::new(),
            alternatives: Vec::new(),
            trusted_by: Vec::new(),
            badges: Vec::new(),
            fault: None,
            text: "certificate is good".to_owned(),
        };
        for Finding { check, error } in findings {
            // Two checks can come upon one fault.
            if let Some(error) = error.filter(|_| !judgement.tells(&check.evidence)) {
                match (&judgement.error, check.evidence.strip_prefix("certificate ")) {
                    (None, _) => judgement.text.clone_from(&check.evidence),
                    (Some(_), Some(rest)) => judgement.text.push_str(&format!("; it {rest}")),
                    (Some(_), None) => judgement.text.push_str(&format!("; {}", check.evidence)),
                }
                judgement.error.get_or_insert(error);
            }
            judgement.checks.push(check);
        }
        judgement
    }

    fn tells(&self, evidence: &str) -> bool {
        self.checks
            .iter()
            .any(|check| check.outcome == CheckOutcome::Fail && check.evidence == evidence)
    }

    /// Nothing was there that could be looked into.
    fn broken(text: &str) -> Self {
        let failed = Check::new("path", CheckOutcome::Fail, text);
        let others = ["dates", "name", "key"].map(|name| {
            Check::new(
                name,
                CheckOutcome::NotChecked,
                "there is no certificate to look at",
            )
        });
        Self {
            error: Some(CertificateError::BadEncoding),
            checks: std::iter::once(failed).chain(others).collect(),
            path: Vec::new(),
            alternatives: Vec::new(),
            trusted_by: Vec::new(),
            badges: Vec::new(),
            fault: None,
            text: text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
