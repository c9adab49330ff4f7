//! The judgement of a chain of certificates, as of its time. What is judged here is told, not judged.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::CertificateId;

/// The judgement of a chain.
///
/// Stores keep equal ones once, so nothing of one connection belongs in it. They keep it as JSON: a field that comes
/// later is an `Option` or has a default.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Verdict {
    /// What was decided.
    pub decision: Decision,
    /// What was decided and why, as a sentence without a full stop.
    #[serde(default)]
    pub text: String,
    /// What the path builder says is wrong, in its own words; `None` when it found a path.
    #[serde(default)]
    pub error: Option<String>,
    /// What let a bad chain pass: `--allow-invalid *.test`, `rule: bank.test`.
    #[serde(default)]
    pub allowed_by: Option<String>,
    /// The certificates as they were presented.
    #[serde(default)]
    pub presented: Vec<CertificateId>,
    /// The path that was built, leaf first; empty when there is none.
    #[serde(default)]
    pub path: Vec<PathPlace>,
    /// The reasoned parts of it.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// Other paths, each with the reason that it is not the one.
    #[serde(default)]
    pub alternatives: Vec<Alternative>,
    /// The stores of roots that trust the chain: `system`, `Mozilla`.
    #[serde(default)]
    pub trusted_by: Vec<String>,
    /// What there is to remark of certificates that were presented.
    #[serde(default)]
    pub badges: Vec<Badge>,
    /// Our checks and the path builder disagree: in what.
    #[serde(default)]
    pub fault: Option<String>,
    /// The OCSP response that was stapled.
    #[serde(default, with = "base64_bytes")]
    pub ocsp: Option<Bytes>,
}

impl Verdict {
    /// A verdict of this decision that tells nothing else.
    #[must_use]
    pub fn new(decision: Decision) -> Self {
        Self {
            decision,
            text: String::new(),
            error: None,
            allowed_by: None,
            presented: Vec::new(),
            path: Vec::new(),
            checks: Vec::new(),
            alternatives: Vec::new(),
            trusted_by: Vec::new(),
            badges: Vec::new(),
            fault: None,
            ocsp: None,
        }
    }

    /// What a list tells of it: the decision and its words, without what it rests on.
    #[must_use]
    pub fn brief(&self) -> Self {
        Self {
            text: self.text.clone(),
            error: self.error.clone(),
            allowed_by: self.allowed_by.clone(),
            ..Self::new(self.decision)
        }
    }

    /// About what it holds in memory.
    pub(crate) fn weight(&self) -> usize {
        let checks: usize = self.checks.iter().map(|check| 128 + check.evidence.len()).sum();
        512 + checks + self.ocsp.as_ref().map_or(0, Bytes::len)
    }
}

/// What was decided of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Good.
    Trusted,
    /// Bad, and the exchange was refused.
    Refused,
    /// Bad, and let pass because the person allowed this host.
    Overridden,
    /// There was no chain to judge.
    NotJudged,
}

impl Decision {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Trusted, Self::Refused, Self::Overridden, Self::NotJudged];

    /// Its word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Refused => "refused",
            Self::Overridden => "overridden",
            Self::NotJudged => "not_judged",
        }
    }
}

/// One certificate of the path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PathPlace {
    /// The certificate.
    pub id: CertificateId,
    /// Where it came from: `presented`, or the store of roots that holds it.
    pub source: String,
}

impl PathPlace {
    /// The source of a certificate that was presented.
    pub const PRESENTED: &str = "presented";
}

/// One check of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at: `dates`, `name`, `path`.
    pub name: String,
    /// How it came out.
    pub outcome: CheckOutcome,
    /// What it rests on, for a person to read.
    pub evidence: String,
    /// The certificate that it is about; `None` when it is about the chain.
    #[serde(default)]
    pub certificate: Option<CertificateId>,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// Good.
    Pass,
    /// Bad.
    Fail,
    /// Good enough, but to be looked at.
    Warn,
    /// Not looked at.
    NotChecked,
}

/// A path that might have been taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Alternative {
    /// Its certificates as far as they are known, leaf first.
    #[serde(default)]
    pub certificates: Vec<CertificateId>,
    /// Their names, leaf first.
    #[serde(default)]
    pub names: Vec<String>,
    /// Why it was not taken.
    pub reason: String,
}

/// A remark on a certificate that was presented.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Badge {
    /// The certificate.
    pub id: CertificateId,
    /// What is remarked: `needless`, `duplicate`, `wrong_order`, `expired`, `cross_sign`, `self_signed`, `root_sent`.
    pub kind: String,
}

/// Bytes as base64 in JSON.
mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &Option<Bytes>, serializer: S) -> Result<S::Ok, S::Error> {
        bytes
            .as_ref()
            .map(|bytes| STANDARD.encode(bytes))
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Bytes>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| STANDARD.decode(text).map(Bytes::from).map_err(de::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_comes_back_from_its_json() {
        let id = CertificateId::of(b"leaf");
        let verdict = Verdict {
            text: "the chain is good".into(),
            presented: vec![id],
            path: vec![PathPlace {
                id,
                source: PathPlace::PRESENTED.into(),
            }],
            checks: vec![Check {
                name: "dates".into(),
                outcome: CheckOutcome::NotChecked,
                evidence: "no clock".into(),
                certificate: Some(id),
            }],
            alternatives: vec![Alternative {
                certificates: vec![id],
                names: vec!["example.com".into()],
                reason: "expired".into(),
            }],
            trusted_by: vec!["system".into()],
            badges: vec![Badge {
                id,
                kind: "duplicate".into(),
            }],
            ocsp: Some(Bytes::from_static(&[0, 255, 3])),
            ..Verdict::new(Decision::Trusted)
        };
        let json = serde_json::to_string(&verdict).unwrap();
        assert!(json.contains(r#""ocsp":"AP8D""#), "{json}");
        assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict);
    }

    #[test]
    fn what_is_not_base64_is_an_error() {
        let json = r#"{"decision": "trusted", "ocsp": "*"}"#;
        assert!(serde_json::from_str::<Verdict>(json).is_err());
    }
}
