//! TLS toward origins that modern TLS can't reach, by OpenSSL: TLS 1.0 and 1.1, RSA and DHE key exchange, CBC, RC4, keys
//! of 1024 bits. For the hosts that the person named, and no others.
//!
//! The same tap notes the bytes, the same judge judges the chain. What is weak in a chain stays told as a failure;
//! that it passes is told as overridden by this setting. What is wrong in another way, or can't be verified because it
//! is so weak, is refused like everywhere.

mod alerts;

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use ca::{CheckOutcome, Judge, Judgement, Presented};
use capture::{StepName, Target, TlsParameters, TlsRole};
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::provider::Provider;
use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslRef, SslVerifyMode, SslVersion, StatusType,
};
use openssl::x509::{X509, X509StoreContext};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, KeyLog as _};
use tokio::time::timeout;
use tokio_openssl::SslStream;

use super::identity::{ClientAuth, Identity};
use super::judged::{Judged, Policy, Possession, refusal_of};
use super::origin_error::OriginTlsError;
use super::origin_leg::{OriginLeg, Wish};
use super::origin_stream::OriginStream;
use super::{Tap, ending, parameters};
use crate::fault::alert_sent;
use crate::leg_stream::LegStream;
use crate::recorder::LegRecorder;
use crate::transport::Transport;

/// All that OpenSSL has but what proves nothing of the origin, or seals nothing. Level 0 takes small keys and SHA-1.
const CIPHERS: &str = "ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0";

/// SSL_OP_LEGACY_SERVER_CONNECT, which the crate has no name for: OpenSSL 3 refuses servers without RFC 5746 else.
const LEGACY_SERVER_CONNECT: u64 = 1 << 2;

/// Shakes hands with an origin over what leads to it, and tells how it went.
pub(super) async fn connect(
    transport: Transport,
    target: &Target,
    judge: &Arc<Judge>,
    wish: Wish,
    recorder: &Arc<LegRecorder>,
) -> Result<OriginLeg, OriginTlsError> {
    let began = Instant::now();
    let failed = |text: String, judged, client_auth| OriginTlsError::Legacy {
        target: target.clone(),
        text,
        judged,
        client_auth,
    };
    let unbegun = |error: ErrorStack| failed(error.to_string(), None, ClientAuth::NotAsked);
    let gate = Gate::new(judge, &wish);
    let ssl = session(&wish, &gate, recorder).map_err(unbegun)?;
    let tap = Tap::new(LegStream::new(transport), recorder.clone());
    let stream = SslStream::new(ssl, tap).map_err(unbegun)?;
    let mut stream = Box::pin(stream);
    let connected = timeout(wish.limit, stream.as_mut().connect()).await;
    let took = began.elapsed();
    recorder.note_step(StepName::Tls, began, None);
    let told = match &connected {
        Ok(Ok(())) => {
            stream.as_mut().get_pin_mut().get_mut().handshake_is_over();
            parameters::of_passed(&recorder.so_far())
        }
        Ok(Err(error)) => {
            let error = error.io_error();
            recorder.note_ending(error.and_then(|error| ending::of_error(error, TlsRole::Server)));
            None
        }
        Err(_) => {
            recorder.note_ending(Some(ending::silence(TlsRole::Server, wish.limit)));
            None
        }
    };
    let possession = match &connected {
        Ok(Ok(())) => Possession::Proved,
        Ok(Err(error)) if is_unproven(error) => Possession::Failed,
        _ => Possession::NotReached,
    };
    let judged = judge_session(stream.ssl(), target, judge, &wish, possession, recorder);
    // Once it is told, its bytes are gone from here.
    let client_auth = client_auth(&wish, recorder);
    recorder.tell().await;
    match &judged {
        Some(judged) if possession == Possession::Failed => {
            return Err(OriginTlsError::Unproven {
                target: target.clone(),
                // rustls has the same alert for it.
                source: CertificateError::BadSignature.into(),
                judged: Box::new(judged.clone()),
            });
        }
        Some(judged) if judged.is_refused() => {
            return Err(OriginTlsError::BadChain {
                target: target.clone(),
                judged: Box::new(judged.clone()),
                alert: gate.refused_with.get().copied().map(alert_sent),
            });
        }
        _ => {}
    }
    match connected {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            return Err(match error.into_io_error() {
                Ok(source) => OriginTlsError::Io {
                    target: target.clone(),
                    source: closed(source),
                },
                Err(error) => failed(reason(&error), judged.map(Box::new), client_auth),
            });
        }
        Err(_) => {
            return Err(OriginTlsError::TimedOut {
                target: target.clone(),
                limit: wish.limit,
            });
        }
    }
    let Some(judged) = judged else {
        return Err(failed(
            "it presented no certificate".to_owned(),
            None,
            client_auth,
        ));
    };
    let protocol = stream.ssl().selected_alpn_protocol().map(<[u8]>::to_vec);
    Ok(OriginLeg {
        tls: TlsParameters {
            alpn: protocol
                .as_deref()
                .map(|name| String::from_utf8_lossy(name).into_owned()),
            handshake_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            ja3: None,
            ja4: None,
            legacy: true,
            ..told.unwrap_or_else(|| named(stream.ssl()))
        },
        certificate: judged.presented.first().cloned(),
        judged: Some(judged),
        client_auth,
        protocol,
        stream: OriginStream::Legacy(stream),
    })
}

/// A session that offers all there is.
fn session(wish: &Wish, gate: &Gate, recorder: &Arc<LegRecorder>) -> Result<Ssl, ErrorStack> {
    load_old_ciphers();
    let mut context = SslContext::builder(SslMethod::tls_client())?;
    context.set_security_level(0);
    context.set_cipher_list(CIPHERS)?;
    context.set_min_proto_version(Some(SslVersion::TLS1))?;
    // Old servers don't know RFC 5746. Who never negotiates anew needs nothing of it.
    context.set_options(SslOptions::from_bits_retain(LEGACY_SERVER_CONNECT) | SslOptions::NO_RENEGOTIATION);
    let keys = recorder.clone();
    context.set_keylog_callback(move |_, line| log_key(&keys, line));
    gate.refuse_by_staple(&mut context)?;
    let mut ssl = Ssl::new(&context.build())?;
    if let (true, ServerName::DnsName(name)) = (wish.send_name, &wish.name) {
        ssl.set_hostname(name.as_ref())?;
    }
    ssl.set_status_type(StatusType::OCSP)?;
    let names = wish.protocols.iter().filter_map(|name| {
        let length = u8::try_from(name.len()).ok()?;
        Some([&[length], &name[..]].concat())
    });
    let protocols = names.collect::<Vec<_>>().concat();
    if !protocols.is_empty() {
        ssl.set_alpn_protos(&protocols)?;
    }
    if let Some(identity) = &wish.identity {
        show(&mut ssl, identity)?;
    }
    gate.refuse_early(&mut ssl)?;
    Ok(ssl)
}

/// RC4 and what else OpenSSL keeps apart.
fn load_old_ciphers() {
    static OLD: OnceLock<Option<Provider>> = OnceLock::new();
    // Kept for as long as the process lives.
    OLD.get_or_init(|| {
        let loaded = Provider::try_load(None, "legacy", true);
        loaded
            .inspect_err(|error| tracing::warn!("OpenSSL's old ciphers can't be had: {error}"))
            .ok()
    });
}

/// What an origin is shown that asks for a certificate.
fn show(ssl: &mut Ssl, identity: &Identity) -> Result<(), ErrorStack> {
    let mut chain = identity.certified.cert.iter();
    if let Some(own) = chain.next() {
        let own = X509::from_der(own)?;
        ssl.set_certificate(&own)?;
    }
    for issuer in chain {
        ssl.add_chain_cert(X509::from_der(issuer)?)?;
    }
    let key = PKey::private_key_from_der(identity.key.secret_der())?;
    ssl.set_private_key(&key)
}

/// What became of the question for a client certificate, as far as the handshake came.
fn client_auth(wish: &Wish, recorder: &LegRecorder) -> ClientAuth {
    match (
        &wish.identity,
        parameters::asked_for_certificate(&recorder.so_far()),
    ) {
        (_, false) => ClientAuth::NotAsked,
        (None, true) => ClientAuth::NoneConfigured,
        (Some(identity), true) => ClientAuth::Sent(identity.certified.clone()),
    }
}

/// What ends a handshake for its chain while it goes on, so that the origin hears of it by an alert.
#[derive(Clone)]
struct Gate {
    judge: Arc<Judge>,
    name: ServerName<'static>,
    is_allowed: bool,
    /// The alert by which it was ended.
    refused_with: Arc<OnceLock<AlertDescription>>,
}

impl Gate {
    fn new(judge: &Arc<Judge>, wish: &Wish) -> Self {
        Self {
            judge: judge.clone(),
            name: wish.name.clone(),
            is_allowed: wish.allowed_by.is_some(),
            refused_with: Arc::default(),
        }
    }

    /// The judgement of what may not pass.
    fn refuses(&self, presented: &Presented<'_>) -> Option<Arc<Judgement>> {
        if self.is_allowed {
            return None;
        }
        let judgement = self.judge.judge_chain(presented, &self.name, UnixTime::now());
        let passes = judgement.is_trusted() || judgement.is_merely_weak();
        (!passes).then_some(judgement)
    }

    /// Ends the handshake at a chain that is refused whatever else comes. The staple comes later.
    fn refuse_early(&self, ssl: &mut Ssl) -> Result<(), ErrorStack> {
        let gate = self.clone();
        let session = X509StoreContext::ssl_idx()?;
        let judged = OnceLock::new();
        ssl.set_verify_callback(SslVerifyMode::PEER, move |_, context| {
            // It is called for each fault that OpenSSL finds, and for each certificate.
            let refused = *judged.get_or_init(|| {
                let chain = context.ex_data(session).and_then(chain_of).unwrap_or_default();
                let judgement = gate.refuses(&Presented::new(&chain))?;
                let error = refusal_of(&judgement).filter(|_| !is_for_the_staple(&judgement))?;
                Some(alerts::nearest(AlertDescription::from(error)))
            });
            if let Some(refused) = refused {
                context.set_error(refused.fault);
                let _ = gate.refused_with.set(refused.alert);
            }
            refused.is_none()
        });
        Ok(())
    }

    /// The same at a chain that is refused for its staple, or for want of one.
    fn refuse_by_staple(&self, context: &mut SslContextBuilder) -> Result<(), ErrorStack> {
        let gate = self.clone();
        context.set_status_callback(move |ssl| {
            let chain = chain_of(ssl).unwrap_or_default();
            let passes = gate.refuses(&presented(ssl, &chain)).is_none();
            if !passes {
                // What OpenSSL sends.
                let _ = gate
                    .refused_with
                    .set(AlertDescription::BadCertificateStatusResponse);
            }
            Ok(passes)
        })
    }
}

/// Nothing is wrong with it but what a staple says, or that none came; and that it is weak.
fn is_for_the_staple(judgement: &Judgement) -> bool {
    let failed = judgement
        .checks
        .iter()
        .filter(|check| check.outcome == CheckOutcome::Fail);
    let mut names = failed.map(|check| check.name);
    names.all(|name| {
        matches!(
            name,
            "ocsp" | "must_staple" | "key_strength" | "signature_algorithm"
        )
    })
}

/// The certificates that were presented.
fn chain_of(ssl: &SslRef) -> Option<Vec<CertificateDer<'static>>> {
    let certificates = ssl.peer_cert_chain()?.iter();
    certificates
        .map(|certificate| certificate.to_der().map(CertificateDer::from))
        .collect::<Result<_, _>>()
        .ok()
}

/// What was presented, with the staple, which stays in the session.
fn presented<'a>(ssl: &'a SslRef, chain: &'a [CertificateDer<'a>]) -> Presented<'a> {
    Presented {
        certificates: chain,
        ocsp: ssl.ocsp_status().unwrap_or_default(),
        scts: &[],
    }
}

/// A line of a key log: label, client random, secret, the two in hexadecimal.
fn log_key(recorder: &LegRecorder, line: &str) {
    let mut words = line.split(' ');
    if let (Some(label), Some(random), Some(secret)) = (words.next(), words.next(), words.next())
        && let (Some(random), Some(secret)) = (bytes(random), bytes(secret))
        && recorder.will_log(label)
    {
        recorder.log(label, &random, &secret);
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// Judges what the origin presented, as far as it came.
fn judge_session(
    ssl: &SslRef,
    target: &Target,
    judge: &Judge,
    wish: &Wish,
    possession: Possession,
    recorder: &LegRecorder,
) -> Option<Judged> {
    let began = Instant::now();
    let chain = chain_of(ssl)?;
    let presented = presented(ssl, &chain);
    let judgement = judge.judge_chain(&presented, &wish.name, UnixTime::now());
    recorder.note_step(StepName::Judge, began, Some(judgement.text().to_owned()));
    let policy = match &wish.allowed_by {
        Some(rule) => Policy::Allow(rule.clone()),
        None if judgement.is_merely_weak() => Policy::Allow(format!("legacy-origin {}", target.host)),
        None => Policy::Refuse,
    };
    Some(Judged {
        judgement,
        ocsp: presented.ocsp.to_vec(),
        policy,
        possession,
        takes_small_keys: true,
        presented: chain,
    })
}

/// A signature over the handshake is not by the certificate's key. OpenSSL takes no session without one that is, but in
/// RSA key exchange: there the origin opened what was sealed to that key, as its Finished shows.
fn is_unproven(error: &openssl::ssl::Error) -> bool {
    let errors = error.ssl_error().map(ErrorStack::errors).unwrap_or_default();
    errors
        .iter()
        .any(|error| error.library() == Some("SSL routines") && error.reason() == Some("bad signature"))
}

/// What was agreed on, where the bytes don't tell.
fn named(ssl: &SslRef) -> TlsParameters {
    let suite = ssl.current_cipher().and_then(|cipher| cipher.standard_name());
    TlsParameters {
        version: ssl.version_str().replacen("TLSv", "TLS ", 1),
        cipher_suite: suite.unwrap_or_default().to_owned(),
        group: None,
        alpn: None,
        resumed: false,
        handshake_us: 0,
        ja3: None,
        ja4: None,
        legacy: true,
    }
}

/// OpenSSL's reasons, without where in its code they came up.
fn reason(error: &openssl::ssl::Error) -> String {
    let reasons = error.ssl_error().map_or_else(Vec::new, |stack| {
        let named = stack.errors().iter().filter_map(|error| error.reason());
        named.map(str::to_owned).collect()
    });
    match reasons.is_empty() {
        true => error.to_string(),
        false => reasons.join("; "),
    }
}

/// An end in the middle is told as rustls tells it.
fn closed(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::Other => io::ErrorKind::UnexpectedEof.into(),
        _ => error,
    }
}
