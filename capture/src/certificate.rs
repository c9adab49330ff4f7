//! A certificate as it passed, named by its SHA-256, with what a list tells of it. Whoever looks closer decodes it.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// The SHA-256 of a certificate's DER: its name wherever it is seen. In text it is 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateId([u8; 32]);

/// The text does not name a certificate.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} names no certificate: a name is the 64 hexadecimal digits of its SHA-256")]
pub struct ParseCertificateIdError {
    text: String,
}

impl CertificateId {
    /// The name of this certificate.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// The hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The name that is this hash.
    #[must_use]
    pub fn from_bytes(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl fmt::Display for CertificateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CertificateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for CertificateId {
    type Err = ParseCertificateIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseCertificateIdError {
            text: text.chars().take(80).collect(),
        };
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut hash = [0; 32];
        for (at, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(hash))
    }
}

impl Serialize for CertificateId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CertificateId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A certificate that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its name.
    pub id: CertificateId,
    /// Its DER.
    pub der: Bytes,
    /// What a list tells of it.
    pub summary: CertificateSummary,
}

impl Certificate {
    /// The certificate of this DER.
    #[must_use]
    pub fn new(der: Bytes, summary: CertificateSummary) -> Self {
        Self {
            id: CertificateId::of(&der),
            der,
            summary,
        }
    }
}

/// What a list tells of a certificate. One that can't be read has the default: its bytes are kept all the same.
///
/// Stores keep it as JSON: a field that comes later has a default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CertificateSummary {
    /// The subject: `CN=example.com`.
    pub subject: String,
    /// The issuer.
    pub issuer: String,
    /// When it begins to hold, in seconds since 1970.
    pub not_before: i64,
    /// When it ends, in seconds since 1970.
    pub not_after: i64,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// The key: `EC P-256`, `RSA 2048`, `Ed25519`.
    pub key: String,
    /// How it is signed: `ECDSA with SHA-256`.
    pub signature: String,
    /// The names and addresses that it is for (RFC 5280 section 4.2.1.6).
    pub names: Vec<String>,
    /// Whether it may sign others (RFC 5280 section 4.2.1.9).
    pub is_ca: bool,
    /// Whether subject and issuer are one.
    pub self_issued: bool,
    /// The SHA-256 of its SubjectPublicKeyInfo.
    pub spki_sha256: [u8; 32],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_sha_256_and_survives_its_text() {
        let id = CertificateId::of(b"abc");
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(id.to_string(), text);
        assert_eq!(text.parse::<CertificateId>().unwrap(), id);
        assert_eq!(text.to_uppercase().parse::<CertificateId>().unwrap(), id);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<CertificateId>(&json).unwrap(), id);
    }

    #[test]
    fn what_is_no_name_is_told() {
        for text in ["", "ba78", &"g".repeat(64), &"é".repeat(32), &"0".repeat(66)] {
            assert!(text.parse::<CertificateId>().is_err(), "{text}");
        }
        assert_eq!(
            "ab".parse::<CertificateId>().unwrap_err().to_string(),
            "\"ab\" names no certificate: a name is the 64 hexadecimal digits of its SHA-256"
        );
    }
}
