//! When a client connection that speaks HTTP is quiet, has stalled, or should end. Every relay of HTTP goes by it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::context::{Context, SETTLING};
use crate::recorder::ConnectionRecorder;

/// What is known of how a client connection goes.
pub(crate) struct Life {
    pub(crate) context: Arc<Context>,
    /// Exchanges that have begun.
    begun: AtomicUsize,
    /// Said when nothing has passed for too long.
    pub(crate) stall: Arc<Stall>,
    /// Said when the connection should end after the exchanges that are under way.
    asked: Notify,
    /// The connection that was used last.
    recorder: Mutex<Option<Arc<ConnectionRecorder>>>,
}

impl Life {
    pub(crate) fn new(context: Arc<Context>, recorder: Option<Arc<ConnectionRecorder>>) -> Self {
        Self {
            stall: Stall::new(context.timeouts.stall, context.timeouts.idle),
            context,
            begun: AtomicUsize::new(0),
            asked: Notify::new(),
            recorder: Mutex::new(recorder),
        }
    }

    /// An exchange begins; says whether it is the first one.
    pub(crate) fn begin(&self) -> bool {
        self.begun.fetch_add(1, Ordering::Relaxed) == 0
    }

    /// Exchanges that have begun.
    pub(crate) fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// Whether any exchange has begun.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun() > 0
    }

    /// This connection is the one in use from now on.
    pub(crate) fn turn_to(&self, recorder: &Arc<ConnectionRecorder>) {
        *self.recorder.lock().unwrap_or_else(PoisonError::into_inner) = Some(recorder.clone());
    }

    /// The connection that was used last.
    pub(crate) fn recorder(&self) -> Option<Arc<ConnectionRecorder>> {
        self.recorder
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether no exchange is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.recorder()
            .is_none_or(|recorder| recorder.open_exchange_count() == 0)
    }

    /// Grows with everything that passes.
    pub(crate) fn progress(&self) -> u64 {
        self.recorder().map_or(0, |recorder| recorder.carried_bytes())
            + self.begun.load(Ordering::Relaxed) as u64
    }

    /// Asks the connection to end after the exchanges that are under way.
    pub(crate) fn end(&self) {
        self.asked.notify_one();
    }

    /// Waits until the connection should take no more exchanges.
    pub(crate) async fn ending(&self) {
        let came = Instant::now();
        let pressed = async {
            loop {
                self.context.pressure.notified().await;
                // One that has just come has its first request on the way.
                let is_settled = self.has_begun() || came.elapsed() >= SETTLING;
                if is_settled && self.is_idle() {
                    return;
                }
            }
        };
        tokio::select! {
            () = self.context.stop.cancelled() => {}
            () = self.asked.notified() => {}
            () = pressed => {}
        }
    }

    /// Waits until no exchange has begun for `idle`, or nothing has passed under one for `stall`, not even after those
    /// that wait for a peer were told.
    pub(crate) async fn quiet(&self) -> Duration {
        self.watch(true).await
    }

    /// Waits until nothing has passed under an exchange for `stall`, not even after those that wait for a peer were told.
    pub(crate) async fn stalled(&self) {
        self.watch(false).await;
    }

    async fn watch(&self, ends_when_idle: bool) -> Duration {
        let (timeouts, stall) = (&self.context.timeouts, &self.stall);
        let mut seen = self.progress();
        let mut quiet_for = Duration::ZERO;
        let mut was_told = false;
        loop {
            tokio::time::sleep(stall.tick).await;
            stall.tick();
            let (now, is_idle) = (self.progress(), self.is_idle());
            if now == seen && (ends_when_idle || !is_idle) {
                quiet_for += stall.tick;
            } else {
                (quiet_for, was_told) = (Duration::ZERO, false);
            }
            seen = now;
            let limit = if is_idle { timeouts.idle } else { timeouts.stall };
            if quiet_for >= limit {
                if is_idle || was_told {
                    stall.is_cutting.store(true, Ordering::Relaxed);
                    return limit;
                }
                stall.tell();
                was_told = true;
                quiet_for = Duration::ZERO;
            }
        }
    }
}

/// Says to exchanges under way that nothing has passed for too long: those that wait for a peer wait no more. Where many
/// run side by side, each finds out for itself, from tick to tick.
pub(crate) struct Stall {
    /// How long that is.
    pub(crate) limit: Duration,
    tick: Duration,
    pub(crate) ticked: Arc<Notify>,
    ticks: AtomicUsize,
    /// How often it was told.
    times: AtomicUsize,
    /// Nothing has passed after that either: the connection is being cut.
    is_cutting: AtomicBool,
}

impl Stall {
    pub(crate) fn new(limit: Duration, idle: Duration) -> Arc<Self> {
        Arc::new(Self {
            limit,
            tick: idle.min(limit),
            ticked: Arc::default(),
            ticks: AtomicUsize::new(0),
            times: AtomicUsize::new(0),
            is_cutting: AtomicBool::new(false),
        })
    }

    fn tell(&self) {
        self.times.fetch_add(1, Ordering::Relaxed);
    }

    /// A part of the limit is over.
    pub(crate) fn tick(&self) {
        self.ticks.fetch_add(1, Ordering::Relaxed);
        self.ticked.notify_waiters();
    }

    pub(crate) fn ticks(&self) -> usize {
        self.ticks.load(Ordering::Relaxed)
    }

    /// How many ticks make up the limit.
    pub(crate) fn ticks_of_limit(&self) -> usize {
        let ticks = self.limit.as_nanos().div_ceil(self.tick.as_nanos().max(1));
        usize::try_from(ticks).unwrap_or(usize::MAX)
    }

    pub(crate) fn times(&self) -> usize {
        self.times.load(Ordering::Relaxed)
    }

    pub(crate) fn is_cutting(&self) -> bool {
        self.is_cutting.load(Ordering::Relaxed)
    }
}
