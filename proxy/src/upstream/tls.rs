//! TLS with the upstream proxy itself, judged by the roots that origins are judged by.

use std::sync::{Arc, Mutex, PoisonError};

use ca::Judge;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Upstream, UpstreamError};
use crate::fault::{tls_error, told_incompatible};
use crate::tls::{Judged, Policy, chain_of};
use crate::transport::Transport;

pub(super) async fn shake_hands(
    upstream: &Upstream<'_>,
    stream: Transport,
) -> Result<TlsStream<Transport>, UpstreamError> {
    let failed = |text: String| UpstreamError::Tls {
        proxy: upstream.proxy.to_string(),
        text,
    };
    let host = upstream.proxy.address.host.to_string();
    let name = ServerName::try_from(host.clone())
        .map_err(|_| failed(format!("{host:?} is not a name that a certificate can be for")))?;
    let verifier = Arc::new(UpstreamVerifier {
        judge: upstream.judge.clone(),
        policy: upstream.allowed_by.clone().map_or(Policy::Refuse, Policy::Allow),
        found: Mutex::default(),
    });
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    config.dangerous().set_certificate_verifier(verifier.clone());
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let limit = upstream.timeouts.tls;
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    match timeout(limit, connecting).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(failed(verifier.take_found().unwrap_or_else(|| {
            tls_error(&error).map_or_else(|| error.to_string(), told_incompatible)
        }))),
        Err(_) => Err(failed(format!("it was not done within {limit:?}"))),
    }
}

/// Judges the proxy's chain. A bad one passes where the person allowed the proxy's host.
#[derive(Debug)]
struct UpstreamVerifier {
    judge: Arc<Judge>,
    policy: Policy,
    /// What was wrong.
    found: Mutex<Option<String>>,
}

impl UpstreamVerifier {
    fn take_found(&self) -> Option<String> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ServerCertVerifier for UpstreamVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let presented = chain_of(end_entity, intermediates);
        let judged = Judged::of(
            &self.judge,
            presented,
            ocsp_response,
            server_name,
            now,
            &self.policy,
        );
        match judged.refusal() {
            None => Ok(ServerCertVerified::assertion()),
            Some(error) => {
                let text = judged.judgement.text().to_owned();
                *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
                Err(error.into())
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.signature_schemes()
    }
}
