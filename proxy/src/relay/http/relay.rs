//! What the exchanges of one client connection share, and when it is quiet or should end.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use hyper::upgrade::OnUpgrade;
use tokio::sync::Notify;

use super::origin::Origin;
use super::remember::Broke;
use crate::context::{Context, SETTLING};
use crate::fault::{Fault, tls_error};
use crate::recorder::ConnectionRecorder;
use crate::tls::OriginTlsError;

/// What the exchanges of one client connection share.
pub(crate) struct Relay {
    pub(crate) context: Arc<Context>,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// What the client asked the tunnel for; `None` where each request names its own.
    pub(crate) target: Option<capture::Target>,
    pub(crate) origin: Origin,
    /// Exchanges that have begun.
    pub(super) begun: AtomicUsize,
    /// Said when nothing has passed for too long.
    pub(super) stall: Arc<Stall>,
    /// Said when the connection should end after the exchanges that are under way.
    pub(super) ending: Notify,
    /// An upgrade that was agreed on (RFC 9110 section 7.8).
    upgrade: Mutex<Option<Upgrade>>,
    /// How TLS with the origin broke, where its engine does not say.
    origin_tls: Broke,
    /// How TLS with the origin broke.
    broke: OnceLock<Fault>,
}

/// Says to exchanges under way that nothing has passed for too long: those that wait for a peer wait no more.
pub(super) struct Stall {
    /// How long that is.
    pub(super) limit: Duration,
    pub(super) told: Arc<Notify>,
    /// How often it was told.
    times: AtomicUsize,
    /// Nothing has passed after that either: the connection is being cut.
    is_cutting: AtomicBool,
}

impl Stall {
    fn new(limit: Duration) -> Arc<Self> {
        Arc::new(Self {
            limit,
            told: Arc::default(),
            times: AtomicUsize::new(0),
            is_cutting: AtomicBool::new(false),
        })
    }

    fn tell(&self) {
        self.times.fetch_add(1, Ordering::Relaxed);
        self.told.notify_waiters();
    }

    pub(super) fn times(&self) -> usize {
        self.times.load(Ordering::Relaxed)
    }

    pub(super) fn is_cutting(&self) -> bool {
        self.is_cutting.load(Ordering::Relaxed)
    }
}

/// What both sides agreed to speak otherwise from now on.
pub(super) struct Upgrade {
    /// The client's stream, once its engine has let go of it.
    pub(super) client: OnUpgrade,
    /// The origin's, likewise.
    pub(super) origin: OnUpgrade,
}

impl Relay {
    pub(crate) fn new(
        context: Arc<Context>,
        scheme: &'static str,
        target: Option<capture::Target>,
        origin: Origin,
    ) -> Self {
        let stall = Stall::new(context.timeouts.stall);
        Self {
            context,
            scheme,
            target,
            origin,
            begun: AtomicUsize::new(0),
            stall,
            ending: Notify::new(),
            upgrade: Mutex::default(),
            origin_tls: Broke::default(),
            broke: OnceLock::new(),
        }
    }

    /// The same, told of errors of TLS that the origin's engine keeps to itself.
    pub(super) fn remembering(self, origin_tls: Broke) -> Self {
        Self { origin_tls, ..self }
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

    /// The connection to the origin that was used last.
    pub(super) fn recorder(&self) -> Option<Arc<ConnectionRecorder>> {
        match &self.origin {
            Origin::One(_, recorder) | Origin::Broken(_, recorder) | Origin::Here(recorder) => {
                Some(recorder.clone())
            }
            Origin::Named(origins) => origins.recorder(),
        }
    }

    /// The connection to the origin broke. An end of TLS with a reason is a failure: in
    /// TLS 1.3 an origin that refuses a client says so behind the handshake (RFC 8446 section 4.4.3).
    pub(super) fn note_origin_broke(&self, error: &hyper::Error) {
        let Some(fault) = self.tls_fault(error) else {
            return;
        };
        // An exchange that is under way tells it itself.
        if self.is_idle()
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
        self.broke.get().is_some() && self.begun.load(Ordering::Relaxed) == 0
    }

    /// Whether no exchange is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.recorder()
            .is_none_or(|recorder| recorder.open_exchange_count() == 0)
    }

    /// Grows with everything that passes.
    pub(super) fn progress(&self) -> u64 {
        self.recorder().map_or(0, |recorder| recorder.carried_bytes())
            + self.begun.load(Ordering::Relaxed) as u64
    }

    /// Both sides agreed to go on otherwise.
    pub(super) fn upgrade_to(&self, upgrade: Upgrade) {
        *self.upgrade.lock().unwrap_or_else(PoisonError::into_inner) = Some(upgrade);
    }

    pub(super) fn is_upgrading(&self) -> bool {
        self.upgrade
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    pub(super) fn take_upgrade(&self) -> Option<Upgrade> {
        self.upgrade.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Waits until the connection should take no more exchanges.
pub(super) async fn ending(relay: &Relay) {
    let came = Instant::now();
    let pressed = async {
        loop {
            relay.context.pressure.notified().await;
            // One that has just come has its first request on the way.
            let is_settled = relay.begun.load(Ordering::Relaxed) > 0 || came.elapsed() >= SETTLING;
            if is_settled && relay.is_idle() {
                return;
            }
        }
    };
    tokio::select! {
        () = relay.context.stop.cancelled() => {}
        () = relay.ending.notified() => {}
        () = pressed => {}
    }
}

/// Waits until no exchange has begun for `idle`, or nothing has passed under one for `stall`, not even after those
/// that wait for a peer were told.
pub(super) async fn quiet(relay: &Relay) -> Duration {
    let timeouts = &relay.context.timeouts;
    let mut seen = relay.progress();
    let mut quiet_for = Duration::ZERO;
    let mut was_told = false;
    loop {
        let tick = timeouts.idle.min(timeouts.stall);
        tokio::time::sleep(tick).await;
        let now = relay.progress();
        if now == seen {
            quiet_for += tick;
        } else {
            (quiet_for, was_told) = (Duration::ZERO, false);
        }
        seen = now;
        let limit = if relay.is_idle() {
            timeouts.idle
        } else {
            timeouts.stall
        };
        if quiet_for >= limit {
            if relay.is_idle() || was_told {
                relay.stall.is_cutting.store(true, Ordering::Relaxed);
                return limit;
            }
            relay.stall.tell();
            was_told = true;
            quiet_for = Duration::ZERO;
        }
    }
}
