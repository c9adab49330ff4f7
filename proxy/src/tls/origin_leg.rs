//! TLS toward the origin, as its client.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ca::Judge;
use capture::{LegName, Stage, StepName, Target, TlsParameters};
use http::StatusCode;
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::verify::{Judged, OriginVerifier};
use super::{Tap, late, parameters};
use crate::config::TlsVersion;
use crate::fault::{Fault, alert_of, tls_error, told_incompatible};
use crate::leg_stream::LegStream;
use crate::recorder::LegRecorder;

/// The configuration that every origin leg begins from.
#[derive(Debug)]
pub(crate) struct OriginLegs {
    template: ClientConfig,
}

/// What one origin leg is to be like.
#[derive(Debug)]
pub(crate) struct Wish {
    /// The name that the origin's certificate must be for.
    pub(crate) name: ServerName<'static>,
    /// Whether the hello names it: only when the client's did.
    pub(crate) send_name: bool,
    /// The client's application protocols, in its order.
    pub(crate) protocols: Vec<Vec<u8>>,
    /// Let a bad chain pass.
    pub(crate) allow_invalid: bool,
    pub(crate) limit: Duration,
}

/// An origin leg whose handshake is done.
#[derive(Debug)]
pub(crate) struct OriginLeg {
    /// Boxed: it is moved often, and large.
    pub(crate) stream: Box<TlsStream<Tap<LegStream>>>,
    pub(crate) tls: TlsParameters,
    pub(crate) judged: Option<Judged>,
    /// The origin's own certificate.
    pub(crate) certificate: Option<CertificateDer<'static>>,
    /// The application protocol that the origin chose.
    pub(crate) protocol: Option<Vec<u8>>,
}

/// TLS with the origin came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OriginTlsError {
    #[error("TLS with origin {target} failed: {}", judged.judgement.text())]
    BadChain { target: Target, judged: Box<Judged> },
    #[error("TLS with origin {target} failed: it did not prove that it holds its certificate's key")]
    Unproven {
        target: Target,
        source: rustls::Error,
        judged: Box<Judged>,
    },
    #[error("TLS with origin {target} failed: {}", refused(.source))]
    Tls {
        target: Target,
        source: rustls::Error,
        judged: Option<Box<Judged>>,
    },
    #[error("TLS with origin {target} failed: {}", broken(.source))]
    Io { target: Target, source: std::io::Error },
    #[error("TLS with origin {target} was not done within {limit:?}")]
    TimedOut { target: Target, limit: Duration },
}

fn refused(error: &rustls::Error) -> String {
    match (error, alert_of(error)) {
        (rustls::Error::AlertReceived(_), Some(alert)) => {
            let meaning = handshake::alert_meaning(alert.code);
            format!("it refused with the alert {} ({meaning})", alert.name)
        }
        _ => told_incompatible(error),
    }
}

fn broken(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => {
            "it closed the connection in the middle of the handshake".to_owned()
        }
        std::io::ErrorKind::ConnectionReset => {
            "it reset the connection in the middle of the handshake".to_owned()
        }
        _ => error.to_string(),
    }
}

/// What mends a chain, by the first of its checks that failed.
fn mending(judged: &Judged) -> &'static str {
    let failed = judged
        .judgement
        .checks
        .iter()
        .find(|check| check.outcome == ca::CheckOutcome::Fail);
    match failed.map(|check| check.name) {
        Some("path" | "anchor" | "signature") => {
            "trust its root with `--origin-ca FILE`, if it is one that you know; \
                         or mend the chain that the origin presents"
        }
        Some("dates") => "renew the origin's certificate, and look at the clocks of both machines",
        Some("name") => {
            "ask for a name that the certificate is for; or give the origin a certificate \
                         for the name that you ask for"
        }
        _ => "mend the origin's certificate",
    }
}

impl OriginTlsError {
    /// What came behind the handshake.
    pub(crate) fn refused(target: Target, source: rustls::Error) -> Self {
        Self::Tls {
            target,
            source,
            judged: None,
        }
    }

    /// What was judged before it failed.
    pub(crate) fn judged(&self) -> Option<&Judged> {
        match self {
            Self::BadChain { judged, .. } | Self::Unproven { judged, .. } => Some(judged),
            Self::Tls { judged, .. } => judged.as_deref(),
            _ => None,
        }
    }

    pub(crate) fn to_fault(&self) -> Fault {
        let fault = |stage| Fault::new(LegName::Origin, stage, self.to_string());
        match self {
            Self::BadChain { target, judged } => fault(Stage::Verify)
                .with_alert(
                    judged
                        .judgement
                        .error
                        .clone()
                        .and_then(|error| alert_of(&error.into())),
                )
                .with_remedy(format!(
                    "{}; or let this host pass with `--allow-invalid {}`",
                    mending(judged),
                    target.host
                )),
            Self::Unproven { source, .. } => fault(Stage::Verify).with_alert(alert_of(source)).with_remedy(
                "check the server's certificate and key, which do not belong together; or somebody answers in \
                 its place",
            ),
            Self::Tls { source, .. } => {
                let fault = fault(Stage::Tls).with_alert(alert_of(source));
                match source {
                    rustls::Error::AlertReceived(_) | rustls::Error::PeerIncompatible(_) => fault
                        .with_remedy(
                            "the origin and Handlens (TLS 1.2 and 1.3) found no parameters in common: \
                         look at what the origin speaks, or carry its TLS untouched with `--pass HOST`",
                        ),
                    rustls::Error::InvalidMessage(_) => {
                        fault.with_remedy("check that the port speaks TLS: what came back is not")
                    }
                    _ => fault,
                }
            }
            Self::Io { .. } => fault(Stage::Tls).with_remedy("check that the port speaks TLS"),
            Self::TimedOut { .. } => fault(Stage::Tls).with_status(StatusCode::GATEWAY_TIMEOUT),
        }
    }
}

impl OriginLegs {
    pub(crate) fn new() -> Result<Self, rustls::Error> {
        Self::with(late::provider(), rustls::ALL_VERSIONS)
    }

    fn with(
        provider: Arc<CryptoProvider>,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Result<Self, rustls::Error> {
        // The verifier is put in for each connection; until then nothing is trusted.
        let mut template = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        // A resumed session shows no certificate. Here each connection is to show what the origin presents now.
        template.resumption = Resumption::disabled();
        Ok(Self { template })
    }

    /// Offers these versions, and these groups where there are any, in their order.
    pub(crate) fn offering(
        (min, max): (TlsVersion, TlsVersion),
        groups: Vec<&'static dyn SupportedKxGroup>,
    ) -> Result<Self, rustls::Error> {
        let mut provider = (*late::provider()).clone();
        if !groups.is_empty() {
            provider.kx_groups = groups;
        }
        let versions: &[&'static rustls::SupportedProtocolVersion] = match (min, max) {
            (TlsVersion::Tls13, _) => &[&rustls::version::TLS13],
            (_, TlsVersion::Tls12) => &[&rustls::version::TLS12],
            _ => rustls::ALL_VERSIONS,
        };
        Self::with(Arc::new(provider), versions)
    }

    /// Shakes hands with an origin on a connected socket, and tells how it went.
    pub(crate) async fn connect(
        &self,
        tcp: TcpStream,
        target: &Target,
        judge: &Arc<Judge>,
        wish: Wish,
        recorder: &Arc<LegRecorder>,
    ) -> Result<OriginLeg, OriginTlsError> {
        let began = Instant::now();
        let verifier = OriginVerifier::new(judge.clone(), wish.allow_invalid, recorder.clone());
        let verifier = Arc::new(verifier);
        let mut config = self.template.clone();
        config.dangerous().set_certificate_verifier(verifier.clone());
        config.alpn_protocols = wish.protocols;
        config.enable_sni = wish.send_name;
        config.key_log = recorder.clone();
        let tap = Tap::new(LegStream::new(tcp), recorder.clone());
        let connecting = TlsConnector::from(Arc::new(config)).connect(wish.name, tap);
        let mut connected = timeout(wish.limit, late::bound(recorder, connecting)).await;
        let took = began.elapsed();
        recorder.note_step(StepName::Tls, began, None);
        if let Ok(Ok(stream)) = &mut connected {
            stream.get_mut().0.handshake_is_over();
        }
        recorder.tell().await;
        let stream = match connected {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(failed(error, target, verifier.take_judged())),
            Err(_) => {
                return Err(OriginTlsError::TimedOut {
                    target: target.clone(),
                    limit: wish.limit,
                });
            }
        };
        let session = stream.get_ref().1;
        Ok(OriginLeg {
            tls: parameters::told(session, None, took),
            judged: verifier.take_judged(),
            certificate: session
                .peer_certificates()
                .and_then(|chain| chain.first())
                .cloned(),
            protocol: session.alpn_protocol().map(<[u8]>::to_vec),
            stream: Box::new(stream),
        })
    }
}

fn failed(error: std::io::Error, target: &Target, judged: Option<Judged>) -> OriginTlsError {
    let target = target.clone();
    let Some(source) = tls_error(&error).cloned() else {
        return OriginTlsError::Io {
            target,
            source: error,
        };
    };
    match judged {
        Some(judged) if judged.unproven => OriginTlsError::Unproven {
            target,
            source,
            judged: Box::new(judged),
        },
        Some(judged) if !judged.judgement.is_trusted() && !judged.overridden => OriginTlsError::BadChain {
            target,
            judged: Box::new(judged),
        },
        judged => OriginTlsError::Tls {
            target,
            source,
            judged: judged.map(Box::new),
        },
    }
}
