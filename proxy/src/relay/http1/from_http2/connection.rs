//! The connection of a client that speaks HTTP/2, and what its streams share.

use std::pin::pin;
use std::sync::Arc;
use std::task::Context as TaskContext;

use bytes::Bytes;
use capture::{LegName, Target};
use h2::RecvStream;
use h2::server::SendResponse;
use http::{HeaderValue, Request};
use tokio::io::{AsyncRead, AsyncWrite};

use super::super::forward::ForwardProxy;
use super::super::head::Bounds;
use super::origins::{MoreOrigins, Origins};
use super::stream::relay_stream;
use crate::context::Context;
use crate::fault::Fault;
use crate::recorder::{ConnectionRecorder, FrameRecorder};
use crate::relay::http::{Broke, RelayError, Remembering, StreamTasks, client_broke};
use crate::relay::http2::{Flushing, Reset, SideBySide, server_builder};
use crate::relay::life::Life;
use crate::tls::OriginTlsError;
use crate::transport::Transport;

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
    /// The proxy that its connections lead to instead of the origin.
    pub(super) proxy: Option<ForwardProxy>,
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
        proxy: None,
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
    let streams = SideBySide {
        client,
        tasks: &tasks,
        most: relay.life.context.limits.http2_streams,
    };
    let of_idle = |cx: &mut TaskContext<'_>| {
        relay.origins.poll_idle(cx, |error| {
            if relay.life.is_idle() {
                relay.recorder.fail(&relay.tls_fault(error.clone()));
            }
        });
    };
    let driving = streams.drive(relay.life.ending(), of_idle, |request, respond| {
        relay_stream(relay.clone(), request, respond)
    });
    tokio::select! {
        biased;
        over = frames.beside(driving) => over.map_err(|error| client_broke(error, &tls)),
        limit = &mut quiet => Err(RelayError::Idle(limit)),
    }
}

/// Carries a request that names its origin, over a connection that is made for it alone, and says whether its stream is to be
/// reset. Where that leads to a proxy, it is given the request as it would be over HTTP/1. One that has stalled is let go of: other streams of its client may go on.
pub(crate) async fn relay_named(
    context: Arc<Context>,
    recorder: Arc<ConnectionRecorder>,
    target: Target,
    proxy: Option<ForwardProxy>,
    origin: Arc<dyn MoreOrigins>,
    request: Request<RecvStream>,
    respond: SendResponse<Bytes>,
) -> Option<Reset> {
    let relay = Arc::new(Relay {
        scheme: "http",
        target,
        host_rewrite: None,
        proxy,
        life: Life::new(context, Some(recorder.clone())),
        recorder,
        origins: Origins::none_yet(origin),
    });
    tokio::select! {
        biased;
        reset = relay_stream(relay.clone(), request, respond) => reset,
        () = relay.life.stalled() => None,
    }
}
