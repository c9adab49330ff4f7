//! The connection of a client that speaks HTTP/2. Each of its streams is a task, which goes with it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, ready};

use bytes::Bytes;
use capture::{LegName, Target};
use h2::{Error, server};
use http::HeaderValue;
use hyper::rt::Executor;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::PollSemaphore;

use super::super::head::Bounds;
use super::origins::{MoreOrigins, Origins};
use super::stream::relay_stream;
use crate::context::Context;
use crate::fault::Fault;
use crate::recorder::{ConnectionRecorder, FrameRecorder};
use crate::relay::http::{Broke, RelayError, Remembering, StreamTasks, client_broke};
use crate::relay::http2::{Flushing, Reset, server_builder};
use crate::relay::life::Life;
use crate::tls::OriginTlsError;
use crate::transport::Transport;

/// Streams that wait to be reset.
const RESETS: usize = 16;

/// A client whose streams go to an origin of HTTP/1.
pub(crate) struct Streams<C> {
    pub(crate) client: C,
    pub(crate) origin: Transport,
    /// Where the origin has no room for more than one connection, there is nobody who makes them.
    pub(crate) more: Option<Arc<dyn MoreOrigins>>,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    pub(crate) target: Target,
    pub(crate) recorder: Arc<ConnectionRecorder>,
    pub(crate) context: Arc<Context>,
    /// What `Host` is to say to the origin, where that is not what the client says.
    pub(crate) host_rewrite: Option<HeaderValue>,
}

/// What the streams of one client connection share.
pub(super) struct Relay {
    pub(super) scheme: &'static str,
    pub(super) target: Target,
    pub(super) host_rewrite: Option<HeaderValue>,
    pub(super) recorder: Arc<ConnectionRecorder>,
    pub(super) life: Life,
    pub(super) origins: Origins,
}

impl Relay {
    pub(super) fn bounds(&self) -> Bounds {
        let limits = &self.life.context.limits;
        Bounds {
            bytes: limits.head_bytes,
            fields: limits.head_fields,
        }
    }

    pub(super) fn tls_fault(&self, error: rustls::Error) -> Fault {
        OriginTlsError::refused(self.target.clone(), error, self.recorder.client_auth()).to_fault()
    }
}

/// Carries streams until the client is done, or the proxy stops.
pub(crate) async fn relay_streams<C>(streams: Streams<C>) -> Result<(), RelayError>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let Streams {
        client,
        origin,
        more,
        scheme,
        target,
        recorder,
        context,
        host_rewrite,
    } = streams;
    let (tasks, _over) = StreamTasks::new(&context.tasks);
    let mut frames = Flushing::of([FrameRecorder::new(&recorder, LegName::Client)]);
    let tls = Broke::default();
    let client = frames.noting(Remembering::new(client, tls.clone()), 0);
    let relay = Arc::new(Relay {
        scheme,
        target,
        host_rewrite,
        life: Life::new(context, Some(recorder.clone())),
        recorder,
        origins: Origins::new(origin, more),
    });
    let mut quiet = pin!(relay.life.quiet());
    let mut builder = server_builder(&relay.life.context.limits);
    // An origin of HTTP/1 may know WebSockets, which shows when it is asked for one.
    builder.enable_connect_protocol();
    let client = tokio::select! {
        biased;
        client = Box::pin(builder.handshake::<_, Bytes>(client)) => client.map_err(|error| client_broke(error, &tls))?,
        limit = &mut quiet => return Err(RelayError::Idle(limit)),
        () = relay.life.ending() => return Ok(()),
    };
    tokio::select! {
        biased;
        over = frames.beside(drive(client, &relay, &tasks)) => {
            over.map_err(|error| client_broke(error, &tls))
        }
        limit = &mut quiet => Err(RelayError::Idle(limit)),
    }
}

async fn drive<C>(
    mut client: server::Connection<C, Bytes>,
    relay: &Arc<Relay>,
    tasks: &StreamTasks,
) -> Result<(), Error>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    // More are not accepted: some may be waiting for room at the recorder.
    let most = relay.life.context.limits.http2_streams as usize;
    let mut places = PollSemaphore::new(Arc::new(Semaphore::new(most)));
    let mut place = None;
    let (reset, mut resets) = mpsc::channel::<Reset>(RESETS);
    let mut ending = pin!(relay.life.ending());
    let mut is_ending = false;
    poll_fn(|cx| {
        if !is_ending && ending.as_mut().poll(cx).is_ready() {
            is_ending = true;
            client.graceful_shutdown();
        }
        relay.origins.poll_idle(cx, |error| {
            if relay.life.is_idle() {
                relay.recorder.fail(&relay.tls_fault(error.clone()));
            }
        });
        while let Poll::Ready(Some(stream)) = resets.poll_recv(cx) {
            // A reset takes back what has not left yet.
            if let Poll::Ready(over) = client.poll_closed(cx) {
                return Poll::Ready(over);
            }
            stream.send();
        }
        // Last: whatever drives the connection reads too, and a stream that is opened then wakes nobody a second time.
        loop {
            if place.is_none() {
                match places.poll_acquire(cx) {
                    Poll::Ready(free) => place = free,
                    Poll::Pending => return client.poll_closed(cx),
                }
            }
            match ready!(client.poll_accept(cx)) {
                Some(Ok((request, respond))) => {
                    let (relay, reset, place) = (relay.clone(), reset.clone(), place.take());
                    tasks.execute(async move {
                        if let Some(stream) = relay_stream(relay, request, respond).await {
                            let _ = reset.send(stream).await;
                        }
                        drop(place);
                    });
                }
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => return Poll::Ready(Ok(())),
            }
        }
    })
    .await
}
