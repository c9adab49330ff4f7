//! The tasks of the streams of a client that speaks HTTP/2 with the proxy. A stream that has stalled is cut: the engine
//! itself waits without end for a client that opens no window.

use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::Executor;

use crate::relay::http::{Relay, StreamTasks};

tokio::task_local! {
    /// What the stream carries whose task this is, once that is known.
    static CARRIED: OnceLock<Carried>;
}

/// What a stream carries.
#[derive(Clone)]
pub(super) enum Carried {
    Exchange(Arc<Relay>),
    /// A page of our own, and how long the client may take for it.
    Page(Duration),
}

impl Carried {
    /// Says what the stream carries whose task this is.
    pub(super) fn note(self) {
        // Whatever stands there already has begun before.
        let _ = CARRIED.try_with(|carried| carried.set(self));
    }

    /// Waits until it has stalled, and those that it waits for were told.
    async fn stalled(self) {
        match self {
            Self::Exchange(relay) => relay.stalled().await,
            Self::Page(limit) => tokio::time::sleep(limit).await,
        }
    }
}

/// Runs the streams of one client connection.
#[derive(Clone)]
pub(super) struct Streams(pub(super) StreamTasks);

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, stream: F) {
        let stream = CARRIED.scope(OnceLock::new(), until_stalled(stream));
        self.0.execute(stream);
    }
}

type Stalled = Pin<Box<dyn Future<Output = ()> + Send>>;

async fn until_stalled<F: Future>(stream: F) {
    let mut stream = pin!(stream);
    let mut stalled: Option<Stalled> = None;
    let mut run = |cx: &mut Context<'_>| {
        if stream.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if stalled.is_none() {
            let carried = CARRIED.try_with(|carried| carried.get().cloned());
            stalled = carried
                .ok()
                .flatten()
                .map(|carried| -> Stalled { Box::pin(carried.stalled()) });
        }
        match &mut stalled {
            Some(stalled) => stalled.as_mut().poll(cx),
            None => Poll::Pending,
        }
    };
    std::future::poll_fn(move |cx| run(cx)).await;
}
