//! Asking clients for a certificate, where the person wants to see it. None is required, and whatever is shown
//! is judged for the record alone: the connection goes on. But a client that can't prove that it holds its
//! certificate's key is refused, as TLS has it (RFC 8446 section 4.4.3).

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ca::{Judge, Roots, RootsError};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};

use super::judged::{Judged, Policy, Possession, chain_of};

/// What clients are asked, and judged by.
#[derive(Debug)]
pub(crate) struct Asking {
    judge: Judge,
    /// Without roots of clients there is nothing to judge by.
    has_roots: bool,
    /// The authorities that a client is told (RFC 8446 section 4.2.4).
    hints: Vec<DistinguishedName>,
}

impl Asking {
    /// Reads the roots that clients are judged by.
    pub(crate) fn load(files: &[PathBuf]) -> Result<Self, RootsError> {
        let roots = Roots::of_clients(files)?;
        let mut store = RootCertStore::empty();
        for path in files {
            // They have just been read as roots.
            store.add_parsable_certificates(ca::trust::read_certificates(path).unwrap_or_default());
        }
        Ok(Self {
            has_roots: !roots.is_empty(),
            judge: Judge::new(roots),
            hints: store.subjects(),
        })
    }

    /// Judges what a client showed.
    pub(super) fn judge(&self, chain: &[CertificateDer<'_>], possession: Possession) -> Judged {
        Judged {
            judgement: self.judge.judge_client_chain(chain, UnixTime::now()),
            presented: chain.iter().map(|der| der.clone().into_owned()).collect(),
            ocsp: Vec::new(),
            policy: match self.has_roots {
                true => Policy::Allow("clients are asked, and not refused".to_owned()),
                false => Policy::NotJudged,
            },
            possession,
            takes_small_keys: false,
        }
    }
}

/// Asks one client.
#[derive(Debug)]
pub(super) struct ClientVerifier {
    asking: Arc<Asking>,
    shown: Mutex<Option<Judged>>,
}

impl ClientVerifier {
    pub(super) fn new(asking: Arc<Asking>) -> Self {
        Self {
            asking,
            shown: Mutex::default(),
        }
    }

    /// What a full handshake showed, as far as it came.
    pub(super) fn take_judged(&self) -> Option<Judged> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn noting<T>(&self, verified: Result<T, rustls::Error>) -> Result<T, rustls::Error> {
        if let Some(judged) = &mut *self.shown.lock().unwrap_or_else(PoisonError::into_inner) {
            judged.possession = Possession::of(&verified);
        }
        verified
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.asking.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let chain = chain_of(end_entity, intermediates);
        let judged = self.asking.judge(&chain, Possession::NotReached);
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(judged);
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.noting(
            self.asking
                .judge
                .verify_tls12_signature(message, certificate, signature),
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.noting(
            self.asking
                .judge
                .verify_tls13_signature(message, certificate, signature),
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.asking.judge.signature_schemes()
    }
}
