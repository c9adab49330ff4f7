//! The judgement of a chain, as the API tells it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::{CheckOutcome, Decision};

/// The judgement of a chain. Certificates are named by their SHA-256 in hexadecimal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Verdict {
    /// What was decided.
    pub decision: Decision,
    /// What was decided and why, as a sentence without a full stop; empty in captures of before it was told.
    pub text: String,
    /// What the path builder says is wrong, in its own words; null when it found a path.
    pub error: Option<String>,
    /// What let a bad chain pass: `--allow-invalid *.test`, `rule: bank.test`.
    pub allowed_by: Option<String>,
    /// The certificates as they were presented.
    pub presented: Vec<String>,
    /// The path that was built, leaf first; empty when there is none.
    pub path: Vec<PathPlace>,
    /// The reasoned parts of it.
    pub checks: Vec<Check>,
    /// Other paths, each with the reason that it is not the one.
    pub alternatives: Vec<Alternative>,
    /// The stores of roots that trust the chain: `system`, `Mozilla`.
    pub trusted_by: Vec<String>,
    /// What there is to remark of certificates that were presented.
    pub badges: Vec<Badge>,
    /// Our checks and the path builder disagree: in what.
    pub fault: Option<String>,
    /// The OCSP response that was stapled, in base64.
    pub ocsp: Option<String>,
}

/// One certificate of the path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct PathPlace {
    /// The certificate.
    pub sha256: String,
    /// Where it came from: `presented`, or the store of roots that holds it.
    pub source: String,
}

/// One check of a chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Check {
    /// What was looked at: `dates`, `name`, `path`.
    pub name: String,
    /// How it came out.
    pub outcome: CheckOutcome,
    /// What it rests on, for a person to read.
    pub evidence: String,
    /// The certificate that it is about; null when it is about the chain.
    pub certificate: Option<String>,
}

/// A path that might have been taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Alternative {
    /// Its certificates as far as they are known, leaf first.
    pub certificates: Vec<String>,
    /// Their names, leaf first.
    pub names: Vec<String>,
    /// Why it was not taken.
    pub reason: String,
}

/// A remark on a certificate that was presented.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Badge {
    /// The certificate.
    pub sha256: String,
    /// What is remarked: `needless`, `duplicate`, `wrong_order`, `expired`, `cross_sign`, `self_signed`, `root_sent`.
    pub kind: String,
}

impl From<&capture::Verdict> for Verdict {
    fn from(model: &capture::Verdict) -> Self {
        let named = |ids: &[capture::CertificateId]| ids.iter().map(ToString::to_string).collect();
        Self {
            decision: model.decision.into(),
            text: model.text.clone(),
            error: model.error.clone(),
            allowed_by: model.allowed_by.clone(),
            presented: named(&model.presented),
            path: model.path.iter().map(Into::into).collect(),
            checks: model.checks.iter().map(Into::into).collect(),
            alternatives: model
                .alternatives
                .iter()
                .map(|alternative| Alternative {
                    certificates: named(&alternative.certificates),
                    names: alternative.names.clone(),
                    reason: alternative.reason.clone(),
                })
                .collect(),
            trusted_by: model.trusted_by.clone(),
            badges: model
                .badges
                .iter()
                .map(|badge| Badge {
                    sha256: badge.id.to_string(),
                    kind: badge.kind.clone(),
                })
                .collect(),
            fault: model.fault.clone(),
            ocsp: model.ocsp.as_ref().map(|ocsp| STANDARD.encode(ocsp)),
        }
    }
}

impl From<&capture::PathPlace> for PathPlace {
    fn from(model: &capture::PathPlace) -> Self {
        Self {
            sha256: model.id.to_string(),
            source: model.source.clone(),
        }
    }
}

impl From<&capture::Check> for Check {
    fn from(model: &capture::Check) -> Self {
        Self {
            name: model.name.clone(),
            outcome: model.outcome.into(),
            evidence: model.evidence.clone(),
            certificate: model.certificate.map(|id| id.to_string()),
        }
    }
}
