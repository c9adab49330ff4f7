//! Drives the two HTTP engines of a connection, ours toward the client and ours toward the origin, in one task:
//! what one of them wakes, the other finds ready in the same turn.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::exchange::relay_exchange;
use super::origin::{Origin, OriginConnection};
use crate::context::{Context, SETTLING};
use crate::relay::opaque::relay_opaque;

/// The version that both legs speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HttpVersion {
    Http1,
    Http2,
}

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
    /// Said when nothing has passed for too long: exchanges that wait for the origin's answer wait no more.
    pub(super) stalled: Notify,
    /// Said when the connection should end after the exchanges that are under way.
    pub(super) ending: Notify,
    /// The two halves of an upgrade that was agreed on (RFC 9110 section 7.8).
    pub(super) upgrade: Mutex<Option<(OnUpgrade, OnUpgrade)>>,
}

impl Relay {
    pub(crate) fn new(
        context: Arc<Context>,
        scheme: &'static str,
        target: Option<capture::Target>,
        origin: Origin,
    ) -> Self {
        Self {
            context,
            scheme,
            target,
            origin,
            begun: AtomicUsize::new(0),
            stalled: Notify::new(),
            ending: Notify::new(),
            upgrade: Mutex::default(),
        }
    }

    fn recorder(&self) -> Option<Arc<crate::recorder::ConnectionRecorder>> {
        match &self.origin {
            Origin::One(_, recorder) | Origin::Broken(_, recorder) => Some(recorder.clone()),
            Origin::Named(origins) => origins.recorder(),
        }
    }

    fn is_idle(&self) -> bool {
        self.recorder()
            .is_none_or(|recorder| recorder.open_exchange_count() == 0)
    }

    /// Grows with everything that passes.
    fn progress(&self) -> u64 {
        self.recorder().map_or(0, |recorder| recorder.carried_bytes())
            + self.begun.load(Ordering::Relaxed) as u64
    }
}

/// Tasks that belong to one client connection: streams of HTTP/2, origin connections of plain HTTP. They are
/// counted by the server, and stop when the connection does.
#[derive(Clone)]
pub(crate) struct StreamTasks {
    tracker: TaskTracker,
    over: CancellationToken,
}

impl StreamTasks {
    /// The tasks of a connection, and the guard that stops them.
    pub(crate) fn new(tracker: &TaskTracker) -> (Self, DropGuard) {
        let over = CancellationToken::new();
        (
            Self {
                tracker: tracker.clone(),
                over: over.clone(),
            },
            over.drop_guard(),
        )
    }

    /// Runs until done, or `cancel`, or the connection is over.
    pub(super) fn spawn_until(
        &self,
        cancel: CancellationToken,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let over = self.over.clone();
        self.tracker.spawn(async move {
            tokio::select! {
                () = task => {}
                () = cancel.cancelled() => {}
                () = over.cancelled() => {}
            }
        });
    }
}

impl<F> Executor<F> for StreamTasks
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, task: F) {
        let over = self.over.clone();
        self.tracker.spawn(async move {
            tokio::select! {
                _ = task => {}
                () = over.cancelled() => {}
            }
        });
    }
}

/// Why a relay ended other than by both sides being done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RelayError {
    #[error("the connection to the client broke: {0}")]
    Client(hyper::Error),
    #[error("nothing passed for {0:?}")]
    Idle(Duration),
}

/// Carries exchanges until the client is done, the origin is gone, or the proxy stops.
pub(crate) async fn relay_http<C>(
    client: C,
    version: HttpVersion,
    relay: Arc<Relay>,
    origin: Option<OriginConnection>,
    tasks: StreamTasks,
) -> Result<(), RelayError>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let limits = &relay.context.limits;
    let service = service_fn({
        let relay = relay.clone();
        move |request| relay_exchange(relay.clone(), request)
    });
    match version {
        HttpVersion::Http1 => {
            let server = http1::Builder::new()
                .preserve_header_case(true)
                .auto_date_header(false)
                .max_headers(limits.head_fields)
                .max_buf_size(limits.head_bytes)
                .serve_connection(TokioIo::new(client), service)
                .with_upgrades();
            let origin = drive(pin!(server), origin, &relay).await?;
            relay_upgrade(&relay, origin).await;
            Ok(())
        }
        HttpVersion::Http2 => {
            let server = http2::Builder::new(tasks)
                .auto_date_header(false)
                .initial_stream_window_size(limits.http2_stream_window)
                .initial_connection_window_size(limits.http2_connection_window)
                .max_concurrent_streams(limits.http2_streams)
                .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
                .serve_connection(TokioIo::new(client), service);
            drive(pin!(server), origin, &relay).await.map(drop)
        }
    }
}

/// An engine toward the client.
trait ServerConnection: Future<Output = Result<(), hyper::Error>> {
    /// Ends after the exchanges that are under way.
    fn end_gracefully(self: Pin<&mut Self>);
}

impl<I, S, B> ServerConnection for http1::UpgradeableConnection<I, S>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = B>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: http_body::Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn end_gracefully(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<I, S, B, E> ServerConnection for http2::Connection<I, S, E>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = B>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: http_body::Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    E: hyper::rt::bounds::Http2ServerConnExec<S::Future, B>,
{
    fn end_gracefully(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// Polls both engines until the client's is done. Gives back the origin's when it is not done yet.
async fn drive<S: ServerConnection>(
    mut server: Pin<&mut S>,
    mut origin: Option<OriginConnection>,
    relay: &Relay,
) -> Result<Option<OriginConnection>, RelayError> {
    let mut quiet = pin!(quiet(relay));
    let mut ending = pin!(ending(relay));
    let mut asked_to_end = false;
    poll_fn(|cx| {
        // An engine that is done is never polled again: after an upgrade it would panic.
        let mut origin_over = false;
        if let Some(connection) = &mut origin
            && connection.as_mut().poll(cx).is_ready()
        {
            origin = None;
            origin_over = true;
        }
        if let Poll::Ready(result) = server.as_mut().poll(cx) {
            return Poll::Ready(result.map_err(RelayError::Client));
        }
        // What the client's engine has just handed over leaves in this turn.
        if let Some(connection) = &mut origin
            && connection.as_mut().poll(cx).is_ready()
        {
            origin = None;
            origin_over = true;
        }
        let upgrading = relay
            .upgrade
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some();
        if (origin_over && !upgrading) || (!asked_to_end && ending.as_mut().poll(cx).is_ready()) {
            asked_to_end = true;
            server.as_mut().end_gracefully();
            // Graceful shutdown is acted on in a poll.
            if let Poll::Ready(result) = server.as_mut().poll(cx) {
                return Poll::Ready(result.map_err(RelayError::Client));
            }
        }
        quiet.as_mut().poll(cx).map(|limit| Err(RelayError::Idle(limit)))
    })
    .await?;
    Ok(origin)
}

/// Waits until the connection should take no more exchanges.
async fn ending(relay: &Relay) {
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
/// that wait for the origin were told.
async fn quiet(relay: &Relay) -> Duration {
    let timeouts = &relay.context.timeouts;
    let mut seen = relay.progress();
    let mut quiet_for = Duration::ZERO;
    let mut was_told = false;
    loop {
        let tick = timeouts.idle.min(timeouts.stall);
        tokio::time::sleep(tick).await;
        let now = relay.progress();
        quiet_for = if now == seen {
            quiet_for + tick
        } else {
            Duration::ZERO
        };
        seen = now;
        let limit = if relay.is_idle() {
            timeouts.idle
        } else {
            timeouts.stall
        };
        if quiet_for >= limit {
            if relay.is_idle() || was_told {
                return limit;
            }
            relay.stalled.notify_waiters();
            was_told = true;
            quiet_for = Duration::ZERO;
        }
    }
}

/// Carries the bytes of an upgraded connection, if the exchanges ended in an upgrade.
async fn relay_upgrade(relay: &Relay, origin: Option<OriginConnection>) {
    let Some((client, toward_origin)) = relay
        .upgrade
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
    else {
        return;
    };
    let Some(recorder) = relay.recorder() else { return };
    let engine = async {
        if let Some(origin) = origin {
            let _ = origin.await;
        }
    };
    let (client, toward_origin, ()) = tokio::join!(client, toward_origin, engine);
    if let (Ok(client), Ok(toward_origin)) = (client, toward_origin) {
        let idle = relay.context.timeouts.stall;
        // How an upgraded connection ends is between its two sides.
        let _ = relay_opaque(TokioIo::new(client), TokioIo::new(toward_origin), &recorder, idle).await;
    }
}
