//! The connections to the origin that the streams of one client go over.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::super::wire::Leg;
use crate::fault::{Fault, tls_error};
use crate::recorder::ConnectionRecorder;
use crate::relay::faults::not_sent;
use crate::transport::Transport;

/// Connections at the most: as many as browsers make to an origin of HTTP/1.
const MOST: usize = 6;

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

/// Counts the connections that streams take turns on.
pub(super) struct Shared(Arc<AtomicUsize>);

impl Shared {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
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
    shared: Arc<AtomicUsize>,
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
        let shared = Arc::default();
        let first = Origin {
            leg: Leg::new(first),
            _made: None,
            shared: Some(Shared::new(&shared)),
        };
        Self {
            idle: Mutex::new(Idle {
                origins: vec![first],
                ..Idle::default()
            }),
            turns: Arc::new(Semaphore::new(if more.is_some() { MOST } else { 1 })),
            shared,
            more,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn, and takes the connection that was used last of those that are idle; or makes one.
    pub(super) async fn take(&self) -> Result<Turn, NoOrigin> {
        loop {
            let Ok(turn) = self.turns.clone().acquire_owned().await else {
                return Err(NoOrigin::Fault(not_sent()));
            };
            if let Some(origin) = self.take_idle().await? {
                return Ok(Turn { origin, turn });
            }
            let Some(more) = &self.more else {
                return Err(NoOrigin::Fault(not_sent()));
            };
            let fault = match more.connect().await {
                Ok(made) => {
                    let origin = Origin {
                        leg: Leg::new(made.stream),
                        _made: Some((made.recorder, made.place)),
                        shared: Some(Shared::new(&self.shared)),
                    };
                    return Ok(Turn { origin, turn });
                }
                Err(fault) => fault,
            };
            if let Some(origin) = self.take_idle().await? {
                return Ok(Turn { origin, turn });
            }
            if self.shared.load(Ordering::Relaxed) == 0 {
                return Err(NoOrigin::Fault(fault));
            }
            // The origin, or this machine, has no room for more: those that there are must do. Whoever has one of them
            // holds a turn, so that one is left.
            turn.forget();
        }
    }

    async fn take_idle(&self) -> Result<Option<Origin>, NoOrigin> {
        loop {
            let (origin, refused) = {
                let mut idle = self.lock();
                (idle.origins.pop(), idle.refused.take())
            };
            if let Some(refused) = refused {
                return Err(NoOrigin::Refused(refused));
            }
            let Some(mut origin) = origin else {
                return Ok(None);
            };
            match poll_fn(|cx| Poll::Ready(poll_end(&mut origin, cx))).await {
                Poll::Pending => return Ok(Some(origin)),
                Poll::Ready(Some(refused)) => return Err(NoOrigin::Refused(refused)),
                Poll::Ready(None) => {}
            }
        }
    }

    /// Gives a connection back that is ready for another request.
    pub(super) fn give_back(&self, Turn { mut origin, turn }: Turn) {
        origin.leg.input.rest();
        let mut idle = self.lock();
        idle.origins.push(origin);
        if let Some(watcher) = idle.watcher.take() {
            watcher.wake();
        }
        drop(idle);
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
    let Leg { stream, input } = &mut origin.leg;
    input
        .poll_fill(stream, cx)
        .map(|ended| ended.err().and_then(|error| tls_error(&error).cloned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An origin that takes no second connection.
    struct NoMore;

    impl MoreOrigins for NoMore {
        fn connect(&self) -> Pin<Box<dyn Future<Output = Result<OneMore, Fault>> + Send + '_>> {
            Box::pin(async { Err(not_sent()) })
        }
    }

    fn origins() -> (Origins, tokio::io::DuplexStream) {
        let (first, peer) = tokio::io::duplex(64);
        (
            Origins::new(Transport::inner(first), Some(Arc::new(NoMore))),
            peer,
        )
    }

    #[tokio::test]
    async fn streams_wait_for_the_only_connection_that_there_can_be() {
        let (origins, _peer) = origins();
        let Ok(first) = origins.take().await else {
            panic!("the one that there is")
        };
        let second = origins.take();
        tokio::pin!(second);
        let waits = poll_fn(|cx| Poll::Ready(second.as_mut().poll(cx).is_pending()));
        assert!(waits.await);
        origins.give_back(first);
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn nobody_waits_for_a_connection_that_another_protocol_has_taken() {
        let (origins, _peer) = origins();
        let Ok(Turn { mut origin, turn }) = origins.take().await else {
            panic!("the one that there is")
        };
        origin.shared = None;
        drop(turn);
        for _ in 0..=MOST {
            let took = tokio::time::timeout(std::time::Duration::from_secs(5), origins.take()).await;
            assert!(matches!(took, Ok(Err(NoOrigin::Fault(_)))));
        }
    }
}
