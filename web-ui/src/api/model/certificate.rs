//! Certificates, as the API tells them: whole, in lists, and where they were seen.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use capture::{CertificateId, CertificateSummary, Timestamp};
use handshake::{Field, Hex, Problem};
use serde::Serialize;
use ts_rs::TS;
use utoipa::ToSchema;

use super::summary::read_summary;
use super::{CertificateRole, Decision, Verdict};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A certificate, decoded.
#[derive(Clone, Debug, Serialize, ToSchema, TS)]
pub struct Certificate {
    /// The SHA-256 of its DER, in hexadecimal: its name.
    pub sha256: String,
    /// The SHA-256 of its SubjectPublicKeyInfo, in base64, as pins are written (RFC 7469 section 2.4).
    pub spki_sha256: String,
    /// Whose it is.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// When it begins to hold (RFC 3339).
    pub not_before: String,
    /// When it ends (RFC 3339).
    pub not_after: String,
    /// Whole days that it has to go; below nought once it has ended.
    pub days_left: i64,
    /// Its serial number, in hexadecimal.
    pub serial: String,
    /// The key: `EC P-256`, `RSA 2048`, `Ed25519`.
    pub key: String,
    /// How it is signed: `ECDSA with SHA-256`.
    pub signature: String,
    /// The names and addresses that it is for.
    pub names: Vec<String>,
    /// Whether it may sign others.
    pub is_ca: bool,
    /// Whether subject and issuer are one.
    pub self_issued: bool,
    /// It in PEM.
    pub pem: String,
    /// Its DER, in hexadecimal.
    #[ts(type = "string")]
    #[schema(value_type = String)]
    pub bytes: Hex,
    /// What it says, as a tree with byte ranges.
    pub fields: Vec<Field>,
    /// What is not as it should be, with byte ranges.
    pub problems: Vec<Problem>,
}

/// A certificate of the path that was built.
#[derive(Clone, Debug, Serialize, ToSchema, TS)]
pub struct PathCertificate {
    /// The certificate.
    #[serde(flatten)]
    pub certificate: Certificate,
    /// Where it came from: `presented`, or the store of roots that holds it.
    pub source: String,
}

/// The certificates of a connection. One that is not kept is left out; verdicts name it all the same.
#[derive(Clone, Debug, Serialize, ToSchema, TS)]
pub struct ConnectionCertificates {
    /// As the origin presented them. Of TLS that was passed through, as they passed in the clear.
    pub presented: Vec<Certificate>,
    /// The path that was built, leaf first; empty when there is none.
    pub path: Vec<PathCertificate>,
    /// Our leaf; null where none was shown.
    pub minted: Option<Certificate>,
    /// What we presented to the client, our leaf first.
    pub minted_chain: Vec<Certificate>,
    /// What the client presented, where it was asked to.
    pub client: Vec<Certificate>,
    /// What we presented to the origin, where it asked.
    pub sent: Vec<Certificate>,
    /// The judgement of the origin's chain.
    pub verdict: Option<Verdict>,
    /// The judgement of the client's chain.
    pub client_verdict: Option<Verdict>,
}

/// A window of certificates.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, TS)]
pub struct CertificatePage {
    /// Certificates there are.
    pub total: u64,
    /// Certificates that match.
    pub matched: u64,
    /// Place of the first item among those that match.
    pub offset: u64,
    /// The window.
    pub items: Vec<CertificateRow>,
}

/// A certificate in a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, TS)]
pub struct CertificateRow {
    /// The SHA-256 of its DER, in hexadecimal: its name.
    pub sha256: String,
    /// Whose it is.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// When it begins to hold (RFC 3339).
    pub not_before: String,
    /// When it ends (RFC 3339).
    pub not_after: String,
    /// Whole days that it has to go; below nought once it has ended.
    pub days_left: i64,
    /// The key: `EC P-256`, `RSA 2048`, `Ed25519`.
    pub key: String,
    /// How it is signed: `ECDSA with SHA-256`.
    pub signature: String,
    /// Whether it may sign others.
    pub is_ca: bool,
    /// What it was to the connections that saw it.
    pub roles: Vec<CertificateRole>,
    /// What was decided of chains with it, each once.
    pub verdicts: Vec<Decision>,
    /// Whether its issuer revoked it, as a staple or a list said.
    pub revoked: bool,
    /// The hosts that it was seen with, the latest first, eight at the most.
    pub hosts: Vec<String>,
    /// How many there are.
    pub host_count: u64,
    /// Connections held that saw it.
    pub connections: u64,
    /// When the first connection opened that saw it, held or not (RFC 3339).
    pub first_seen: String,
    /// When the last one did.
    pub last_seen: String,
}

/// A certificate with all that is known of where it was seen.
#[derive(Clone, Debug, Serialize, ToSchema, TS)]
pub struct CertificateDetail {
    /// The certificate.
    #[serde(flatten)]
    pub certificate: Certificate,
    /// What it was to the connections that saw it.
    pub roles: Vec<CertificateRole>,
    /// The hosts that it was seen with, the latest first, a thousand at the most.
    pub sightings: Vec<Sighting>,
    /// What the hosts presented whose own it is or was, the latest hosts first, a hundred at the most.
    pub history: Vec<HostHistory>,
}

/// A certificate seen with one host.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, TS)]
pub struct Sighting {
    /// The host that the client asked for.
    pub host: String,
    /// When the first connection opened that saw it, held or not (RFC 3339).
    pub first_seen: String,
    /// When the last one did.
    pub last_seen: String,
    /// Connections held that saw it.
    pub connections: u64,
    /// What was decided of the chains that it was in, the latest first, sixteen at the most. What is minted isn't judged.
    pub verdicts: Vec<SightingVerdict>,
}

/// What was decided of chains with a certificate.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, TS)]
pub struct SightingVerdict {
    /// The decision.
    pub decision: Decision,
    /// It in a sentence.
    pub text: String,
    /// Connections held with it.
    pub connections: u64,
    /// When the last of them opened (RFC 3339).
    pub last_seen: String,
}

/// The certificates that a host presented as its own.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, TS)]
pub struct HostHistory {
    /// The host.
    pub host: String,
    /// Its certificates, in the order of first sight.
    pub leaves: Vec<HistoryLeaf>,
}

/// One of the certificates that a host presented as its own.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, TS)]
pub struct HistoryLeaf {
    /// Its name.
    pub sha256: String,
    /// Whose it is.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// When it ends (RFC 3339).
    pub not_after: String,
    /// When the first connection opened that saw it (RFC 3339).
    pub first_seen: String,
    /// When the last one did.
    pub last_seen: String,
}

impl Certificate {
    /// The certificate of this DER, as of now. What is not told of it is read out of it.
    pub(crate) fn of(der: &[u8], summary: Option<&CertificateSummary>, now: Timestamp) -> Self {
        let decoded = handshake::certificate(der);
        let read;
        let summary = match summary {
            Some(summary) => summary,
            None => {
                read = read_summary(der, &decoded.fields);
                &read
            }
        };
        Self {
            sha256: CertificateId::of(der).to_string(),
            spki_sha256: STANDARD.encode(summary.spki_sha256),
            subject: summary.subject.clone(),
            issuer: summary.issuer.clone(),
            not_before: moment(summary.not_before),
            not_after: moment(summary.not_after),
            days_left: days_left(summary, now),
            serial: summary.serial.clone(),
            key: summary.key.clone(),
            signature: summary.signature.clone(),
            names: summary.names.clone(),
            is_ca: summary.is_ca,
            self_issued: summary.self_issued,
            pem: to_pem(der),
            bytes: decoded.bytes,
            fields: decoded.fields,
            problems: decoded.problems,
        }
    }
}

impl CertificateRow {
    /// The row as of now.
    pub(crate) fn of(model: &capture::CertificateRow, now: Timestamp) -> Self {
        let summary = &model.summary;
        Self {
            sha256: model.id.to_string(),
            subject: summary.subject.clone(),
            issuer: summary.issuer.clone(),
            not_before: moment(summary.not_before),
            not_after: moment(summary.not_after),
            days_left: days_left(summary, now),
            key: summary.key.clone(),
            signature: summary.signature.clone(),
            is_ca: summary.is_ca,
            roles: model.roles.iter().map(|&role| role.into()).collect(),
            verdicts: model.decisions.iter().map(|&decision| decision.into()).collect(),
            revoked: model.is_revoked,
            hosts: model.hosts.clone(),
            host_count: model.host_count,
            connections: model.connections,
            first_seen: model.first_seen.to_string(),
            last_seen: model.last_seen.to_string(),
        }
    }
}

impl From<&capture::Sighting> for Sighting {
    fn from(model: &capture::Sighting) -> Self {
        Self {
            host: model.host.clone(),
            first_seen: model.first_seen.to_string(),
            last_seen: model.last_seen.to_string(),
            connections: model.connections,
            verdicts: model.verdicts.iter().map(Into::into).collect(),
        }
    }
}

impl From<&capture::CertificateVerdict> for SightingVerdict {
    fn from(model: &capture::CertificateVerdict) -> Self {
        Self {
            decision: model.decision.into(),
            text: model.text.clone(),
            connections: model.connections,
            last_seen: model.last_seen.to_string(),
        }
    }
}

impl From<capture::HostLeaf> for HistoryLeaf {
    fn from(model: capture::HostLeaf) -> Self {
        let summary = model.summary.unwrap_or_default();
        Self {
            sha256: model.id.to_string(),
            not_after: moment(summary.not_after),
            subject: summary.subject,
            issuer: summary.issuer,
            first_seen: model.first_seen.to_string(),
            last_seen: model.last_seen.to_string(),
        }
    }
}

/// A moment in seconds since 1970, in RFC 3339.
fn moment(seconds: i64) -> String {
    Timestamp::from_micros(seconds.saturating_mul(1_000_000)).to_string()
}

fn days_left(summary: &CertificateSummary, now: Timestamp) -> i64 {
    let now = now.as_micros().div_euclid(1_000_000);
    summary.not_after.saturating_sub(now).div_euclid(DAY)
}

/// A certificate in PEM (RFC 7468 section 5).
pub(crate) fn to_pem(der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut pem = String::with_capacity(encoded.len() + encoded.len() / 64 + 64);
    pem.push_str("-----BEGIN CERTIFICATE-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = behind;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}
