//! Hangs our judgement of a chain into rustls: the judge decides, the host's rule may override it, and the
//! proof that the origin holds its certificate's key is asked for in every case.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use ca::{Judge, Judgement, Presented};
use capture::{Check, CheckOutcome, Decision, StepName, Verdict};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};

use crate::recorder::LegRecorder;

/// What was judged during one handshake.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) judgement: Arc<Judgement>,
    /// Bad, and let pass because the person allowed this host.
    pub(crate) overridden: bool,
    /// The signature over the handshake is not by the certificate's key (RFC 8446 section 4.4.3, RFC 5246 section
    /// 7.4.3): whoever answered may show a certificate that it merely copied. No rule lets that pass.
    pub(crate) unproven: bool,
}

impl Judged {
    /// The verdict as a connection tells it.
    pub(crate) fn to_verdict(&self) -> Verdict {
        let decision = match (self.judgement.is_trusted(), self.overridden) {
            _ if self.unproven => Decision::Refused,
            (true, _) => Decision::Trusted,
            (false, true) => Decision::Overridden,
            (false, false) => Decision::Refused,
        };
        let possession = self.unproven.then(|| Check {
            name: "possession".to_owned(),
            outcome: CheckOutcome::Fail,
            evidence: "the handshake is not signed with the certificate's key".to_owned(),
            certificate: None,
        });
        let checks = self.judgement.checks.iter().map(|check| Check {
            name: check.name.to_owned(),
            outcome: match check.outcome {
                ca::CheckOutcome::Pass => CheckOutcome::Pass,
                ca::CheckOutcome::Fail => CheckOutcome::Fail,
                ca::CheckOutcome::Warn => CheckOutcome::Warn,
                ca::CheckOutcome::NotChecked => CheckOutcome::NotChecked,
            },
            evidence: check.evidence.clone(),
            certificate: None,
        });
        Verdict {
            checks: checks.chain(possession).collect(),
            ..Verdict::new(decision)
        }
    }
}

/// Judges one connection's chain and remembers how.
#[derive(Debug)]
pub(super) struct OriginVerifier {
    judge: Arc<Judge>,
    allow_invalid: bool,
    judged: Mutex<Option<Judged>>,
    recorder: Arc<LegRecorder>,
}

impl OriginVerifier {
    pub(super) fn new(judge: Arc<Judge>, allow_invalid: bool, recorder: Arc<LegRecorder>) -> Self {
        Self {
            judge,
            allow_invalid,
            judged: Mutex::default(),
            recorder,
        }
    }

    fn noting_failure<T>(&self, verified: Result<T, rustls::Error>) -> Result<T, rustls::Error> {
        if verified.is_err()
            && let Some(judged) = &mut *self.judged.lock().unwrap_or_else(PoisonError::into_inner)
        {
            judged.unproven = true;
        }
        verified
    }

    /// What was judged, once the handshake has come that far.
    pub(super) fn take_judged(&self) -> Option<Judged> {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ServerCertVerifier for OriginVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let began = Instant::now();
        let presented: Vec<CertificateDer<'_>> = std::iter::once(end_entity)
            .chain(intermediates)
            .cloned()
            .collect();
        let presented = Presented {
            ocsp: ocsp_response,
            ..Presented::new(&presented)
        };
        let judgement = self.judge.judge_chain(&presented, server_name, now);
        let error = judgement.error.clone();
        let overridden = error.is_some() && self.allow_invalid;
        self.recorder
            .note_step(StepName::Judge, began, Some(judgement.text().to_owned()));
        *self.judged.lock().unwrap_or_else(PoisonError::into_inner) = Some(Judged {
            judgement,
            overridden,
            unproven: false,
        });
        match error {
            Some(error) if !overridden => Err(error.into()),
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.noting_failure(self.judge.verify_tls12_signature(message, certificate, signature))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.noting_failure(self.judge.verify_tls13_signature(message, certificate, signature))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.signature_schemes()
    }
}
