//! TLS toward the origin, as its client.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ca::Judge;
use capture::{LegName, Stage, StepName, Target, TlsParameters, TlsRole};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::identity::{Answering, ClientAuth, Identity};
use super::judged::Judged;
use super::origin_error::OriginTlsError;
use super::origin_stream::OriginStream;
use super::shortfall::Shortfalls;
use super::verify::OriginVerifier;
use super::{Tap, ending, late, parameters};
use crate::config::TlsVersion;
use crate::fault::Fault;
use crate::leg_stream::LegStream;
use crate::recorder::LegRecorder;
#[cfg(feature = "legacy")]
use crate::rules::HostPattern;
use crate::transport::Transport;

/// The configuration that every origin leg begins from.
#[derive(Debug)]
pub(crate) struct OriginLegs {
    template: ClientConfig,
    shortfalls: Shortfalls,
    /// Hosts that are reached by OpenSSL.
    #[cfg(feature = "legacy")]
    legacy: Vec<HostPattern>,
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
    /// What lets a bad chain pass.
    pub(crate) allowed_by: Option<String>,
    /// What an origin that asks for a client certificate is shown.
    pub(crate) identity: Option<Arc<Identity>>,
    /// Whether an origin with which modern TLS fails may be asked again what it speaks.
    pub(crate) ask_again: bool,
    pub(crate) limit: Duration,
}

/// The name that an origin's certificate must be for: the one that the client asked for, or the target's where that
/// is none.
pub(crate) fn name_to_judge(host: &str, target: &Target) -> Result<ServerName<'static>, Fault> {
    ServerName::try_from(host.to_owned())
        .or_else(|_| ServerName::try_from(target.host.to_string()))
        .map_err(|_| {
            let text = format!("{host:?} is not a name that a certificate can be for");
            Fault::new(LegName::Client, Stage::Detect, text)
        })
}

/// An origin leg whose handshake is done.
#[derive(Debug)]
pub(crate) struct OriginLeg {
    pub(crate) stream: OriginStream,
    pub(crate) tls: TlsParameters,
    pub(crate) judged: Option<Judged>,
    /// Whether the origin asked for a certificate, and what it was shown.
    pub(crate) client_auth: ClientAuth,
    /// The origin's own certificate.
    pub(crate) certificate: Option<CertificateDer<'static>>,
    /// The application protocol that the origin chose.
    pub(crate) protocol: Option<Vec<u8>>,
}

impl OriginLegs {
    pub(crate) fn new() -> Result<Self, rustls::Error> {
        Self::with(late::provider(), rustls::ALL_VERSIONS)
    }

    /// Reaches these hosts by OpenSSL.
    #[cfg(feature = "legacy")]
    pub(crate) fn with_legacy(self, legacy: Vec<HostPattern>) -> Self {
        Self { legacy, ..self }
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
        Ok(Self {
            template,
            shortfalls: Shortfalls::default(),
            #[cfg(feature = "legacy")]
            legacy: Vec::new(),
        })
    }

    /// Offers these versions, and these groups where there are any, in their order.
    pub(crate) fn offering(
        (min, max): (TlsVersion, TlsVersion),
        groups: Vec<&'static dyn SupportedKxGroup>,
    ) -> Result<Self, rustls::Error> {
        let mut provider = (*late::provider()).clone();
        // The first random bytes of a process wait tens of milliseconds for entropy, which are no part of a handshake.
        let _ = provider.secure_random.fill(&mut [0]);
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

    /// Shakes hands with an origin over what leads to it, and tells how it went.
    pub(crate) async fn connect(
        &self,
        transport: Transport,
        target: &Target,
        judge: &Arc<Judge>,
        wish: Wish,
        recorder: &Arc<LegRecorder>,
    ) -> Result<OriginLeg, OriginTlsError> {
        #[cfg(feature = "legacy")]
        if self.legacy.iter().any(|host| host.matches(&wish.name.to_str())) {
            return super::legacy::connect(transport, target, judge, wish, recorder).await;
        }
        let began = Instant::now();
        let verifier = OriginVerifier::new(judge.clone(), wish.allowed_by, recorder.clone());
        let verifier = Arc::new(verifier);
        let answering = Arc::new(Answering::new(
            wish.identity.map(|identity| identity.certified.clone()),
        ));
        let mut config = self.template.clone();
        config.dangerous().set_certificate_verifier(verifier.clone());
        config.client_auth_cert_resolver = answering.clone();
        config.alpn_protocols = wish.protocols;
        config.enable_sni = wish.send_name;
        config.key_log = recorder.clone();
        let tcp = transport.tcp().filter(|_| wish.ask_again);
        let address = tcp.and_then(|tcp| tcp.peer_addr().ok());
        let name = wish.send_name.then(|| wish.name.clone());
        let tap = Tap::new(LegStream::new(transport), recorder.clone());
        let connecting = TlsConnector::from(Arc::new(config)).connect(wish.name, tap);
        let mut connected = timeout(wish.limit, late::bound(recorder, connecting)).await;
        let took = began.elapsed();
        recorder.note_step(StepName::Tls, began, None);
        match &mut connected {
            Ok(Ok(stream)) => stream.get_mut().0.handshake_is_over(),
            Ok(Err(error)) => recorder.note_ending(ending::of_error(error, TlsRole::Server)),
            Err(_) => recorder.note_ending(Some(ending::silence(TlsRole::Server, wish.limit))),
        }
        recorder.tell().await;
        let client_auth = answering.told();
        let stream = match connected {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                let mut error = OriginTlsError::of(error, target, verifier.take_judged(), client_auth);
                if let (Some(shortfall), Some(address)) = (error.shortfall(), address) {
                    *shortfall = self.shortfalls.look(target, address, name.as_ref()).await;
                }
                return Err(error);
            }
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
            client_auth,
            certificate: session
                .peer_certificates()
                .and_then(|chain| chain.first())
                .cloned(),
            protocol: session.alpn_protocol().map(<[u8]>::to_vec),
            stream: OriginStream::Modern(Box::new(stream)),
        })
    }
}
