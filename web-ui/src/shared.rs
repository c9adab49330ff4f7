//! What every handler shares: the dashboard's parts, and the bounds on what browsers may ask at once.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use capture::message::Schemas;
use capture::{Store, Timestamp};
use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::model::{Problem, Rates, Rule, Status};
use crate::body::Measurements;
use crate::looked_at::LookedAt;
use crate::{About, Command, Dashboard, Token};

/// Reads of the store that may run at once. They share the machine with the traffic.
const READS: usize = 4;
/// Bodies that may be decoded or laid out at once, each in short steps.
const HEAVY: usize = 2;
/// Live sockets that may be open at once.
const SOCKETS: usize = 64;

/// What an axum handler is given.
pub(crate) type App = axum::extract::State<Arc<Shared>>;

/// The parts of a running dashboard.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) live: Arc<capture::Live>,
    pub(crate) recorder: capture::EventSender,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) rules: Arc<dyn Fn() -> Vec<Rule> + Send + Sync>,
    pub(crate) token: Token,
    pub(crate) about: About,
    /// Where the listener really is: port 0 of the settings is a real port here.
    pub(crate) address: SocketAddr,
    pub(crate) started: Timestamp,
    pub(crate) paused_since: Mutex<PausedSince>,
    pub(crate) rates: Mutex<Rates>,
    /// The newest status, made only while somebody listens.
    pub(crate) status: watch::Sender<Option<Arc<Status>>>,
    pub(crate) measurements: Measurements,
    /// The messages of the exchanges that were looked at of late.
    pub(crate) messages: LookedAt,
    /// The types that protobuf messages are told by.
    pub(crate) schemas: Schemas,
    /// The API's description, once the routes are laid.
    pub(crate) openapi: OnceLock<Bytes>,
    pub(crate) stop: CancellationToken,
    /// Owns the live sockets, whose connections hyper has let go.
    pub(crate) tasks: TaskTracker,
    reads: Arc<Semaphore>,
    heavy: Arc<Semaphore>,
    sockets: Arc<Semaphore>,
}

/// Whether recording is paused, and since when it has been so.
pub(crate) struct PausedSince {
    pub(crate) paused: bool,
    pub(crate) since: Timestamp,
}

impl Shared {
    pub(crate) fn new(dashboard: Dashboard, address: SocketAddr, stop: CancellationToken) -> Self {
        let started = Timestamp::now();
        Self {
            store: dashboard.store,
            live: dashboard.live,
            paused_since: Mutex::new(PausedSince {
                paused: dashboard.recorder.is_paused(),
                since: started,
            }),
            recorder: dashboard.recorder,
            commands: dashboard.commands,
            rules: dashboard.rules,
            token: dashboard.token,
            about: dashboard.about,
            address,
            started,
            rates: Mutex::default(),
            status: watch::Sender::new(None),
            measurements: Measurements::default(),
            messages: LookedAt::default(),
            schemas: Schemas::new(dashboard.schema),
            openapi: OnceLock::new(),
            stop,
            tasks: TaskTracker::new(),
            reads: Arc::new(Semaphore::new(READS)),
            heavy: Arc::new(Semaphore::new(HEAVY)),
            sockets: Arc::new(Semaphore::new(SOCKETS)),
        }
    }

    /// Asks the store on a blocking thread, when one of the few places is free.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Store) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let store = self.store.clone();
        block_on_permit(&self.reads, move || ask(&*store)).await
    }

    /// Does a step of heavy work on a blocking thread, when one of the very few places is free.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        step: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        block_on_permit(&self.heavy, step).await
    }

    /// A place for one more live socket, if there is one.
    pub(crate) fn admit_socket(&self) -> Option<OwnedSemaphorePermit> {
        self.sockets.clone().try_acquire_owned().ok()
    }

    /// Notes whether recording is paused, and tells since when.
    pub(crate) fn paused(&self) -> (bool, Timestamp) {
        let mut seen = self.paused_since.lock().unwrap_or_else(PoisonError::into_inner);
        let paused = self.recorder.is_paused();
        if paused != seen.paused {
            *seen = PausedSince {
                paused,
                since: Timestamp::now(),
            };
        }
        (seen.paused, seen.since)
    }
}

/// The permit goes with the work: a caller that leaves does not make room before the work is over.
async fn block_on_permit<T: Send + 'static>(
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let failed = |what: &str| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, what);
    let permit = places
        .clone()
        .acquire_owned()
        .await
        .map_err(|_| failed("the dashboard is stopping"))?;
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    })
    .await
    .map_err(|error| {
        tracing::error!("a read of the store broke off: {error}");
        failed("the read broke off: see the log of handlens")
    })
}
