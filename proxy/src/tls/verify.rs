//! Hangs our judgement of a chain into rustls: the judge decides, the host's rule may override it, and the
//! proof that the origin holds its certificate's key is asked for in every case.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use ca::Judge;
use capture::StepName;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};

use super::judged::{Judged, Policy, Possession, chain_of};
use crate::recorder::LegRecorder;

/// Judges one connection's chain and remembers how.
#[derive(Debug)]
pub(super) struct OriginVerifier {
    judge: Arc<Judge>,
    policy: Policy,
    judged: Mutex<Option<Judged>>,
    recorder: Arc<LegRecorder>,
}

impl OriginVerifier {
    /// A bad chain passes where something allows it.
    pub(super) fn new(judge: Arc<Judge>, allowed_by: Option<String>, recorder: Arc<LegRecorder>) -> Self {
        Self {
            judge,
            policy: allowed_by.map_or(Policy::Refuse, Policy::Allow),
            judged: Mutex::default(),
            recorder,
        }
    }

    fn noting<T>(&self, verified: Result<T, rustls::Error>) -> Result<T, rustls::Error> {
        if let Some(judged) = &mut *self.judged.lock().unwrap_or_else(PoisonError::into_inner) {
            judged.possession = Possession::of(&verified);
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
        let presented = chain_of(end_entity, intermediates);
        let judged = Judged::of(
            &self.judge,
            presented,
            ocsp_response,
            server_name,
            now,
            &self.policy,
        );
        self.recorder
            .note_step(StepName::Judge, began, Some(judged.judgement.text().to_owned()));
        let refusal = judged.refusal();
        *self.judged.lock().unwrap_or_else(PoisonError::into_inner) = Some(judged);
        refusal.map_or_else(|| Ok(ServerCertVerified::assertion()), |error| Err(error.into()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.noting(self.judge.verify_tls12_signature(message, certificate, signature))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.noting(self.judge.verify_tls13_signature(message, certificate, signature))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.signature_schemes()
    }
}
