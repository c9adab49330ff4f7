//! What the exchanges of one client connection share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use http::HeaderValue;

use super::origin::Origin;
use super::remember::Broke;
use crate::context::Context;
use crate::fault::{Fault, tls_error};
use crate::recorder::ConnectionRecorder;
use crate::relay::life::Life;
use crate::tls::OriginTlsError;

/// What the exchanges of one client connection share.
pub(crate) struct Relay {
    pub(crate) context: Arc<Context>,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// What the client asked the tunnel for; `None` where each request names its own.
    pub(crate) target: Option<capture::Target>,
    pub(crate) origin: Origin,
    /// What `Host` is to say to the origin, where that is not what the client says.
    pub(super) host_rewrite: Option<HeaderValue>,
    pub(super) life: Life,
    /// How TLS with the origin broke, where its engine does not say.
    origin_tls: Broke,
    /// How TLS with the origin broke.
    broke: OnceLock<Fault>,
    /// Bytes that a client of HTTP/1 has sent.
    heard: AtomicU64,
}

impl Relay {
    pub(crate) fn new(
        context: Arc<Context>,
        scheme: &'static str,
        target: Option<capture::Target>,
        origin: Origin,
    ) -> Self {
        let recorder = match &origin {
            Origin::One(_, recorder) | Origin::Broken(_, recorder) | Origin::Here(recorder) => {
                Some(recorder.clone())
            }
        };
        Self {
            life: Life::new(context.clone(), recorder),
            context,
            scheme,
            target,
            origin,
            host_rewrite: None,
            origin_tls: Broke::default(),
            broke: OnceLock::new(),
            heard: AtomicU64::new(0),
        }
    }

    /// The same, told of errors of TLS that the origin's engine keeps to itself.
    pub(super) fn remembering(self, origin_tls: Broke) -> Self {
        Self { origin_tls, ..self }
    }

    /// The same, that tells the origin this host instead of the client's.
    pub(super) fn rewriting_host(self, host_rewrite: Option<HeaderValue>) -> Self {
        Self { host_rewrite, ..self }
    }

    /// How TLS with the origin broke, when that is what ended its engine or failed a request.
    pub(super) fn tls_fault(&self, error: &hyper::Error) -> Option<Fault> {
        // In a request that broke off at the client there may be an error of the client's TLS.
        if error.is_user() {
            return None;
        }
        let broke = tls_error(error).or_else(|| self.origin_tls.get())?;
        let client_auth = self
            .recorder()
            .map(|recorder| recorder.client_auth())
            .unwrap_or_default();
        Some(OriginTlsError::refused(self.target.clone()?, broke.clone(), client_auth).to_fault())
    }

    /// More bytes of a client of HTTP/1 have come.
    pub(super) fn hear(&self, count: usize) {
        self.heard.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// The connection to the origin that was used last.
    pub(super) fn recorder(&self) -> Option<Arc<ConnectionRecorder>> {
        self.life.recorder()
    }

    /// The connection to the origin broke. An end of TLS with a reason is a failure: in
    /// TLS 1.3 an origin that refuses a client says so behind the handshake (RFC 8446 section 4.4.3).
    pub(super) fn note_origin_broke(&self, error: &hyper::Error) {
        let Some(fault) = self.tls_fault(error) else {
            return;
        };
        // An exchange that is under way tells it itself.
        if self.life.is_idle()
            && let Some(recorder) = self.recorder()
        {
            recorder.fail(&fault);
        }
        let _ = self.broke.set(fault);
    }

    pub(super) fn origin_broke(&self) -> Option<&Fault> {
        self.broke.get()
    }

    /// Whether a client that has asked nothing yet is to be told why it can't.
    pub(super) fn owes_the_reason(&self) -> bool {
        self.broke.get().is_some() && !self.life.has_begun()
    }
}
