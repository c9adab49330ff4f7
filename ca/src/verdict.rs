//! The judgement of a chain that an origin presented, check by check.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use serde::Serialize;

use crate::Roots;

/// Judges what origins present.
#[derive(Debug)]
pub struct Judge {}

impl Judge {
    /// A judge that trusts `roots`.
    #[must_use]
    pub fn new(_roots: Roots) -> Self {
        unimplemented!()
    }

    /// Judges the certificates that an origin presented (its own first), as of `now`.
    pub fn judge_chain(
        &self,
        _presented: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Arc<Judgement> {
        unimplemented!()
    }

    /// The signature schemes to offer an origin.
    #[must_use]
    pub fn signature_schemes(&self) -> Vec<SignatureScheme> {
        unimplemented!()
    }

    /// Checks a TLS 1.2 handshake signature. Do so for allowed hosts too: it proves that the origin holds the key.
    pub fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        unimplemented!()
    }

    /// Checks a TLS 1.3 handshake signature. Do so for allowed hosts too: it proves that the origin holds the key.
    pub fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        unimplemented!()
    }
}

/// What was found of one chain.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Judgement {
    /// Why the chain is refused; none for a good one.
    pub error: Option<CertificateError>,
    /// The reasoned parts.
    pub checks: Vec<Check>,
}

impl Judgement {
    /// True when the chain is good.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.error.is_none()
    }

    /// One sentence for a person: `certificate expired 3 days ago`.
    #[must_use]
    pub fn text(&self) -> &str {
        unimplemented!()
    }
}

/// One reasoned part of a judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at: `path`, `dates`, `name`, `key`.
    pub name: &'static str,
    /// How it came out.
    pub outcome: CheckOutcome,
    /// What it rests on, for a person to read.
    pub evidence: String,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
