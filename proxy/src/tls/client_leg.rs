//! TLS toward the client, as its server, with a leaf minted for the host.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ca::Leaf;
use capture::{LegName, Stage, StepName, TlsParameters, TlsRole};
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert, ServerSessionMemoryCache};
use rustls::sign::CertifiedKey;
use rustls::{HandshakeKind, ProtocolVersion, ServerConfig};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::asking::{Asking, ClientVerifier};
use super::issuers::Issuers;
use super::judged::{Judged, Possession};
use super::{Tap, ending, late, parameters};
use crate::fault::{Fault, alert_of, tls_error, told_incompatible};
use crate::recorder::LegRecorder;
use crate::rewind::Rewind;

/// Sessions that clients may resume. Each holds about half a kilobyte.
pub(super) const SESSIONS: usize = 4096;

/// The configuration that every client leg begins from.
#[derive(Debug)]
pub(crate) struct ClientLegs {
    template: ServerConfig,
    issuers: Issuers,
    /// What clients are asked of themselves, where they are.
    asking: Option<Arc<Asking>>,
}

/// The client's socket, from its ClientHello on.
pub(crate) type ClientSocket = Rewind<Tap>;

/// A client leg whose handshake is done.
#[derive(Debug)]
pub(crate) struct ClientLeg {
    /// Boxed: it is moved often, and large.
    pub(crate) stream: Box<TlsStream<ClientSocket>>,
    pub(crate) tls: TlsParameters,
    /// What was judged of the client's certificate, where it was asked for one and showed it.
    pub(crate) judged: Option<Judged>,
}

/// TLS with the client came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientTlsError {
    #[error("the client rejected our certificate: {}", told_alert(.0))]
    Rejected(rustls::Error),
    #[error("the client did not prove that it holds its certificate's key")]
    Unproven {
        source: rustls::Error,
        judged: Box<Judged>,
    },
    #[error("TLS with the client failed: {}", told_incompatible(.0))]
    Tls(rustls::Error),
    #[error("the client closed the connection in the middle of the handshake")]
    Closed,
    #[error("the client's connection broke in the middle of the handshake: {0}")]
    Io(std::io::Error),
    #[error("TLS with the client was not done within {0:?}")]
    TimedOut(Duration),
}

fn told_alert(error: &rustls::Error) -> String {
    alert_of(error).map_or_else(
        || error.to_string(),
        |alert| format!("{} ({})", alert.name, handshake::alert_meaning(alert.code)),
    )
}

impl ClientTlsError {
    /// What an error on the client's stream says of TLS: the alert by which a client may reject our
    /// certificate comes in the handshake or right after it.
    pub(crate) fn from_stream(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let tls = tls_error(error)?;
        Some(match tls {
            rustls::Error::AlertReceived(alert) if rejects_certificate(u8::from(*alert)) => {
                Self::Rejected(tls.clone())
            }
            _ => Self::Tls(tls.clone()),
        })
    }

    /// What was judged of the client's certificate before it failed.
    pub(crate) fn judged(&self) -> Option<&Judged> {
        match self {
            Self::Unproven { judged, .. } => Some(judged),
            _ => None,
        }
    }

    pub(crate) fn to_fault(&self) -> Fault {
        let fault = Fault::new(LegName::Client, Stage::Tls, self.to_string());
        match self {
            Self::Rejected(error) => fault.with_alert(alert_of(error)).with_remedy(
                "make the client trust the Handlens root; or, if the program pins its certificates, \
                 carry its TLS untouched with `--pass HOST`",
            ),
            Self::Unproven { source, .. } => fault.with_alert(alert_of(source)).with_remedy(
                "check the client's certificate and key, which do not belong together; or somebody shows a copy",
            ),
            Self::Tls(error) => fault.with_alert(alert_of(error)),
            Self::Closed => fault.with_remedy(
                "many clients close without a word when they don't trust a certificate: \
                 make the client trust the Handlens root",
            ),
            Self::Io(_) | Self::TimedOut(_) => fault,
        }
    }
}

/// Alerts by which a client says that it does not accept a certificate (RFC 8446 section 6.2).
fn rejects_certificate(code: u8) -> bool {
    matches!(code, 42..=46 | 48 | 49 | 113)
}

impl ClientLegs {
    /// Asks clients for a certificate where there is something to ask.
    pub(crate) fn new(asking: Option<Arc<Asking>>) -> Result<Self, rustls::Error> {
        let mut template = builder()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(NoLeaf));
        // One store serves all hosts: rustls resumes no session for another server name.
        template.session_storage = ServerSessionMemoryCache::new(SESSIONS);
        Ok(Self {
            template,
            issuers: Issuers::default(),
            asking,
        })
    }

    /// The configuration for one connection, before what is its own. A verifier can't be put into one that is made,
    /// so where clients are asked it is made anew, with the same sessions.
    fn config(&self) -> Result<(ServerConfig, Option<Arc<ClientVerifier>>), rustls::Error> {
        let Some(asking) = &self.asking else {
            return Ok((self.template.clone(), None));
        };
        let verifier = Arc::new(ClientVerifier::new(asking.clone()));
        let mut config = builder()?
            .with_client_cert_verifier(verifier.clone())
            .with_cert_resolver(Arc::new(NoLeaf));
        config.session_storage = self.template.session_storage.clone();
        Ok((config, Some(verifier)))
    }

    /// Shakes hands with a client whose hello has been read ahead, and tells how it went.
    pub(crate) async fn accept(
        &self,
        client: ClientSocket,
        hello: &handshake::ClientHello,
        leaf: &Leaf,
        protocols: Vec<Vec<u8>>,
        limit: Duration,
        recorder: &Arc<LegRecorder>,
    ) -> Result<ClientLeg, ClientTlsError> {
        let began = Instant::now();
        let (mut config, verifier) = self.config().map_err(ClientTlsError::Tls)?;
        config.cert_resolver = Arc::new(OneLeaf(leaf.certified_key.clone()));
        config.alpn_protocols = protocols;
        config.key_log = recorder.clone();
        let accepting = TlsAcceptor::from(Arc::new(config)).accept(client);
        let accepted = timeout(limit, late::bound(recorder, accepting)).await;
        recorder.note_step(StepName::Tls, began, None);
        let shown = verifier.as_ref().and_then(|verifier| verifier.take_judged());
        let accepted = match accepted {
            Ok(Ok(mut stream)) => {
                stream.get_mut().0.inner_mut().handshake_is_over();
                let session = stream.get_ref().1;
                let is_resumed = session.handshake_kind() == Some(HandshakeKind::Resumed);
                if is_resumed && let Some(issuer) = self.issuers.find(hello) {
                    recorder.note_resumed(issuer);
                }
                let is_tls13 = session.protocol_version() == Some(ProtocolVersion::TLSv1_3);
                // Under TLS 1.2 a session keeps the id that its first connection gave it.
                let (issuers, connection) = (&self.issuers, recorder.connection());
                recorder.with_server(|late, sent| match is_tls13 {
                    true => issuers.remember_tickets(connection, late),
                    false if !is_resumed => issuers.remember_session(connection, sent),
                    false => {}
                });
                let judged = shown.or_else(|| self.judge_resumed(session.peer_certificates()?));
                let tls = parameters::told(session, Some(hello), began.elapsed());
                let stream = Box::new(stream);
                Ok(ClientLeg { stream, tls, judged })
            }
            Ok(Err(error)) => {
                recorder.note_ending(ending::of_error(&error, TlsRole::Client));
                Err(match (ClientTlsError::from_stream(&error), shown) {
                    (Some(ClientTlsError::Tls(source)), Some(judged))
                        if judged.possession == Possession::Failed =>
                    {
                        let judged = Box::new(judged);
                        ClientTlsError::Unproven { source, judged }
                    }
                    (Some(tls), _) => tls,
                    (None, _) if error.kind() == std::io::ErrorKind::UnexpectedEof => ClientTlsError::Closed,
                    (None, _) => ClientTlsError::Io(error),
                })
            }
            Err(_) => {
                recorder.note_ending(Some(ending::silence(TlsRole::Client, limit)));
                Err(ClientTlsError::TimedOut(limit))
            }
        };
        recorder.tell().await;
        accepted
    }

    /// Ends a handshake that has come no further than the client's hello, by the alert of `fault`.
    pub(crate) async fn refuse(&self, mut client: ClientSocket, fault: &Fault, recorder: &Arc<LegRecorder>) {
        const FATAL: u8 = 2;
        if let Some(alert) = &fault.alert {
            // In the clear, as a record of its own (RFC 8446 section 5.1).
            let record = [21, 3, 3, 0, 2, FATAL, alert.code];
            // The client may have left.
            let _ = client.write_all(&record).await;
            let _ = client.shutdown().await;
        }
        recorder.tell().await;
    }

    /// Judges what the client of a resumed session had shown when that began.
    fn judge_resumed(&self, chain: &[CertificateDer<'_>]) -> Option<Judged> {
        Some(self.asking.as_ref()?.judge(chain, Possession::Resumed))
    }
}

fn builder() -> Result<rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>, rustls::Error> {
    ServerConfig::builder_with_provider(late::provider()).with_safe_default_protocol_versions()
}

/// The template's: each connection puts its own in.
#[derive(Debug)]
struct NoLeaf;

impl ResolvesServerCert for NoLeaf {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        None
    }
}

#[derive(Debug)]
struct OneLeaf(Arc<CertifiedKey>);

impl ResolvesServerCert for OneLeaf {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}
