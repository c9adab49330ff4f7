//! What the streams of one client share, and when that client is to go.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use capture::{LegName, Stage};
use http::StatusCode;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::{sleep, timeout};

use crate::context::{Context, SETTLING};
use crate::door::Reached;
use crate::door::auth::Unwelcome;
use crate::fault::Fault;
use crate::recorder::FrameRecorder;

/// How long a client that was told to leave, and has nothing under way, may take for that.
const FAREWELL: Duration = Duration::from_secs(3);

/// What the streams of one client share.
pub(super) struct Hub {
    pub(super) context: Arc<Context>,
    pub(super) peer: SocketAddr,
    pub(super) reached: Reached,
    /// Those of its connection.
    pub(super) frames: Arc<FrameRecorder>,
    /// Streams that have begun.
    begun: AtomicUsize,
    /// Streams that are under way.
    open: AtomicUsize,
    /// Told when none is any more.
    emptied: Notify,
}

/// A stream that is under way, for as long as this is held.
pub(super) struct UnderWay(Arc<Hub>);

impl UnderWay {
    pub(super) fn hub(&self) -> &Hub {
        &self.0
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.0.open.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.emptied.notify_one();
        }
    }
}

impl Hub {
    pub(super) fn new(
        context: Arc<Context>,
        peer: SocketAddr,
        reached: Reached,
        frames: Arc<FrameRecorder>,
    ) -> Self {
        Self {
            context,
            peer,
            reached,
            frames,
            begun: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            emptied: Notify::new(),
        }
    }

    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::Relaxed);
        UnderWay(self.clone())
    }

    fn is_empty(&self) -> bool {
        self.open.load(Ordering::Relaxed) == 0
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// Judges the value of a `Proxy-Authorization` field. No client waits longer for its password to be looked at than
    /// another one may take to say it.
    pub(super) async fn admit(&self, said: Option<&[u8]>) -> Result<(), Fault> {
        let admitting = self.context.guests.admit_basic(said);
        let admitted = timeout(self.context.timeouts.head, admitting).await;
        admitted
            .unwrap_or(Err(Unwelcome::Crowded))
            .map_err(Unwelcome::to_fault)
    }

    /// How long this client may take to take a page of ours. Whoever it is, it keeps a place meanwhile.
    pub(super) fn page_patience(&self) -> Duration {
        let timeouts = &self.context.timeouts;
        timeouts.head.min(timeouts.stall)
    }

    /// Waits until no more streams should begin: Handlens stops, or this client has had none for long, or its place
    /// is wanted and it has none. Those under way go on, each by its own rules.
    pub(super) async fn ending(&self) {
        let came = Instant::now();
        let pressed = async {
            loop {
                self.context.pressure.notified().await;
                // One that has just come has its first stream on the way.
                let is_settled = self.begun() > 0 || came.elapsed() >= SETTLING;
                if is_settled && self.is_empty() {
                    return;
                }
            }
        };
        let quiet = async {
            loop {
                let before = self.begun();
                sleep(self.context.timeouts.idle).await;
                if self.is_empty() && self.begun() == before {
                    return;
                }
            }
        };
        tokio::select! {
            () = self.context.stop.cancelled() => {}
            () = pressed => {}
            () = quiet => {}
        }
    }

    /// Waits until a client that was told to leave has had long enough for it.
    pub(super) async fn left_alone(&self) {
        loop {
            while !self.is_empty() {
                self.emptied.notified().await;
            }
            let before = self.begun();
            sleep(FAREWELL).await;
            if self.is_empty() && self.begun() == before {
                return;
            }
        }
    }
}

/// Takes a place, as a client on a connection of its own would: a stream brings an origin connection like it.
pub(super) fn take_place(context: &Context) -> Result<OwnedSemaphorePermit, Fault> {
    context.take_place().ok_or_else(|| {
        Fault::new(
            LegName::Client,
            Stage::Target,
            "there is no room for another stream",
        )
        .with_status(StatusCode::SERVICE_UNAVAILABLE)
        .with_remedy("try again a moment later; `limits.connections` says how many there may be")
    })
}
