//! The connections to the origin that the streams of one client go over.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

use super::super::wire::Leg;
use crate::fault::{Fault, tls_error};
use crate::recorder::ConnectionRecorder;
use crate::relay::faults::not_sent;
use crate::transport::Transport;

/// Connections at the most: as many as browsers make to an origin of HTTP/1.
const MOST: usize = 6;

/// How long after a failure another one is tried for, where those that there are stay taken.
const AGAIN: Duration = Duration::from_secs(1);

/// Who makes more connections to the origin.
pub(crate) trait MoreOrigins: Send + Sync {
    /// Makes one.
    fn connect(&self) -> Pin<Box<dyn Future<Output = Result<OneMore, Fault>> + Send + '_>>;
}

/// Another connection to the origin.
pub(crate) struct OneMore {
    pub(crate) stream: Transport,
    /// It is told by itself. What passes over it is told with the client's connection.
    pub(crate) recorder: Arc<ConnectionRecorder>,
    pub(crate) place: OwnedSemaphorePermit,
}

/// A connection that a stream has for itself.
pub(super) struct Origin {
    pub(super) leg: Leg<Transport>,
    _made: Option<(Arc<ConnectionRecorder>, OwnedSemaphorePermit)>,
    /// Until it is one of another protocol.
    pub(super) shared: Option<Shared>,
}

/// One of the connections that streams take turns on.
pub(super) struct Shared(Arc<Count>);

#[derive(Default)]
struct Count {
    shared: AtomicUsize,
    /// Told when one is idle, or there is one less.
    freed: Notify,
}

impl Shared {
    fn new(count: &Arc<Count>) -> Self {
        count.shared.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.0.shared.fetch_sub(1, Ordering::Relaxed);
        self.0.freed.notify_waiters();
    }
}

/// A connection, and the turn to use it.
pub(super) struct Turn {
    pub(super) origin: Origin,
    /// Until it is done, or the connection is one of another protocol and no more of those that are shared.
    pub(super) turn: OwnedSemaphorePermit,
}

/// All of them.
pub(super) struct Origins {
    idle: Mutex<Idle>,
    /// One for each connection that there may be.
    turns: Arc<Semaphore>,
    count: Arc<Count>,
    more: Option<Arc<dyn MoreOrigins>>,
}

#[derive(Default)]
struct Idle {
    origins: Vec<Origin>,
    /// How TLS with one of them ended that nothing was asked of.
    refused: Option<rustls::Error>,
    /// Who watches them.
    watcher: Option<Waker>,
}

/// There is no connection.
pub(super) enum NoOrigin {
    Fault(Fault),
    /// TLS with the origin ended with a reason.
    Refused(rustls::Error),
}

impl Origins {
    /// Begins with the connection that there is.
    pub(super) fn new(first: Transport, more: Option<Arc<dyn MoreOrigins>>) -> Self {
        let count = Arc::default();
        let first = Origin {
            leg: Leg::new(first),
            _made: None,
            shared: Some(Shared::new(&count)),
        };
        Self {
            idle: Mutex::new(Idle {
                origins: vec![first],
                ..Idle::default()
            }),
            turns: Arc::new(Semaphore::new(if more.is_some() { MOST } else { 1 })),
            count,
            more,
        }
    }

    /// Begins without one.
    pub(super) fn none_yet(more: Arc<dyn MoreOrigins>) -> Self {
        Self {
            idle: Mutex::default(),
            turns: Arc::new(Semaphore::new(MOST)),
            count: Arc::default(),
            more: Some(more),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is who makes more.
    pub(super) fn has_more(&self) -> bool {
        self.more.is_some()
    }

    /// Waits for a turn, and makes a connection for it.
    pub(super) async fn take_new(&self) -> Result<Turn, NoOrigin> {
        match (self.turns.clone().acquire_owned().await, &self.more) {
            (Ok(turn), Some(more)) => {
                let made = more.connect().await.map_err(NoOrigin::Fault)?;
                Ok(self.begin(made, turn))
            }
            _ => Err(NoOrigin::Fault(not_sent())),
        }
    }

    fn begin(&self, made: OneMore, turn: OwnedSemaphorePermit) -> Turn {
        let origin = Origin {
            leg: Leg::new(made.stream),
            _made: Some((made.recorder, made.place)),
            shared: Some(Shared::new(&self.count)),
        };
        Turn { origin, turn }
    }

    /// Waits for a turn, and takes the connection that was used last of those that are idle; or makes one. Where the
    /// origin, or this machine, has no room for another, those that there are must do.
    pub(super) async fn take(&self) -> Result<Turn, NoOrigin> {
        let Ok(turn) = self.turns.clone().acquire_owned().await else {
            return Err(NoOrigin::Fault(not_sent()));
        };
        loop {
            // What is freed from now on is heard of.
            let freed = self.count.freed.notified();
            if let Some(origin) = self.take_idle().await? {
                return Ok(Turn { origin, turn });
            }
            let Some(more) = &self.more else {
                return Err(NoOrigin::Fault(not_sent()));
            };
            match more.connect().await {
                Ok(made) => return Ok(self.begin(made, turn)),
                Err(fault) if self.count.shared.load(Ordering::Relaxed) == 0 => {
                    return Err(NoOrigin::Fault(fault));
                }
                Err(_) => tokio::select! {
                    () = freed => {}
                    () = sleep(AGAIN) => {}
                },
            }
        }
    }

    async fn take_idle(&self) -> Result<Option<Origin>, NoOrigin> {
        loop {
            let popped = self.lock().origins.pop();
            let Some(mut origin) = popped else {
                // Whoever comes next hears of it, and it is over with that.
                return match self.lock().refused.take() {
                    Some(refused) => Err(NoOrigin::Refused(refused)),
                    None => Ok(None),
                };
            };
            match poll_fn(|cx| Poll::Ready(poll_end(&mut origin, cx))).await {
                Poll::Pending => {
                    self.lock().refused = None;
                    return Ok(Some(origin));
                }
                Poll::Ready(Some(refused)) => self.lock().refused = Some(refused),
                Poll::Ready(None) => {}
            }
        }
    }

    /// Gives a connection back that is ready for another request.
    pub(super) fn give_back(&self, Turn { mut origin, turn }: Turn) {
        origin.leg.input.rest();
        origin.leg.is_used = true;
        let mut idle = self.lock();
        idle.origins.push(origin);
        if let Some(watcher) = idle.watcher.take() {
            watcher.wake();
        }
        drop(idle);
        self.count.freed.notify_waiters();
        drop(turn);
    }

    /// Lets go of idle connections that the origin has ended. `refused` is told how, where that is a failure.
    pub(super) fn poll_idle(&self, cx: &mut Context<'_>, mut refused: impl FnMut(&rustls::Error)) {
        let mut idle = self.lock();
        idle.watcher = Some(cx.waker().clone());
        let Idle {
            origins,
            refused: kept,
            ..
        } = &mut *idle;
        origins.retain_mut(|origin| match poll_end(origin, cx) {
            Poll::Pending => true,
            Poll::Ready(error) => {
                if let Some(error) = error {
                    refused(&error);
                    *kept = Some(error);
                }
                false
            }
        });
    }
}

/// Whether the origin has ended a connection, or spoken on it, though nobody asked; and what TLS ended with.
fn poll_end(origin: &mut Origin, cx: &mut Context<'_>) -> Poll<Option<rustls::Error>> {
    let Leg { stream, input, .. } = &mut origin.leg;
    input
        .poll_fill(stream, cx)
        .map(|ended| ended.err().and_then(|error| tls_error(&error).cloned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An origin that takes no second connection, and how often it was tried.
    #[derive(Default)]
    struct NoMore(AtomicUsize);

    impl MoreOrigins for NoMore {
        fn connect(&self) -> Pin<Box<dyn Future<Output = Result<OneMore, Fault>> + Send + '_>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Err(not_sent()) })
        }
    }

    fn origins() -> (Origins, Arc<NoMore>, tokio::io::DuplexStream) {
        let (first, peer) = tokio::io::duplex(64);
        let more = Arc::new(NoMore::default());
        let origins = Origins::new(Transport::inner(first), Some(more.clone()));
        (origins, more, peer)
    }

    #[tokio::test(start_paused = true)]
    async fn streams_share_the_only_connection_that_there_can_be() {
        let (origins, more, _peer) = origins();
        let Ok(mut turn) = origins.take().await else {
            panic!("the one that there is")
        };
        let mut others: Vec<_> = (0..2 * MOST).map(|_| Box::pin(origins.take())).collect();
        let waiting = futures_util::future::select_all(&mut others);
        assert!(tokio::time::timeout(10 * AGAIN, waiting).await.is_err());
        // There may be room again.
        assert!(more.0.load(Ordering::Relaxed) > 5 * MOST);
        while !others.is_empty() {
            origins.give_back(turn);
            let next = futures_util::future::select_all(&mut others);
            let (took, n, _) = tokio::time::timeout(AGAIN / 2, next).await.unwrap();
            let Ok(next) = took else {
                panic!("the one that was given back")
            };
            turn = next;
            drop(others.swap_remove(n));
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_a_connection_that_another_protocol_has_taken() {
        let (origins, _, _peer) = origins();
        let Ok(Turn { mut origin, turn }) = origins.take().await else {
            panic!("the one that there is")
        };
        origin.shared = None;
        drop(turn);
        for _ in 0..=MOST {
            let took = tokio::time::timeout(AGAIN, origins.take()).await;
            assert!(matches!(took, Ok(Err(NoOrigin::Fault(_)))));
        }
    }
}
