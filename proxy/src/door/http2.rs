//! HTTP/2 with the proxy itself, over TLS or with prior knowledge (RFC 9113 section 3.3): each CONNECT is a stream that
//! carries a tunnel (section 8.5), other requests name their origins as they do over HTTP/1.
//!
//! The client's connection is one of its own in the record, with its frames and without an origin. What its streams lead to
//! are others.

mod hub;
mod request;
mod tunnel;

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use capture::{Door, LegName, Outcome};
use h2::RecvStream;
use h2::ext::Protocol;
use h2::server::SendResponse;
use http::{Method, Request};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::hub::{Hub, UnderWay};
use super::Visitor;
use crate::config::Limits;
use crate::context::Context;
use crate::recorder::{ConnectionRecorder, FrameRecorder};
use crate::relay::http::{Broke, RelayError, Remembering, StreamTasks, client_broke};
use crate::relay::http2::{Flushing, Reset, SideBySide, server_builder};
use crate::tls::ClientTlsError;
use crate::transport::Transport;

pub(crate) use self::tunnel::Asked;

/// What a client that speaks HTTP/2 says first (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Whether bytes begin HTTP/2; `None` while they are too few to tell.
pub(super) fn begins(bytes: &[u8]) -> Option<bool> {
    let compared = bytes.len().min(PREFACE.len());
    let may_be = bytes[..compared] == PREFACE[..compared];
    (!may_be || compared == PREFACE.len()).then_some(may_be)
}

/// Serves a client that speaks HTTP/2 with the proxy and has begun to.
pub(crate) async fn serve_http2(context: Arc<Context>, mut visitor: Visitor, ahead: Bytes) {
    visitor.client = visitor.client.with_ahead(ahead);
    serve(context, visitor).await;
}

/// Serves a client that has agreed on HTTP/2 with the proxy and has said nothing in it. One that goes on saying
/// nothing doesn't stay.
pub(super) async fn serve_agreed(context: Arc<Context>, mut visitor: Visitor) {
    let mut ahead = BytesMut::new();
    let preface = timeout(
        context.timeouts.head,
        read_preface(&mut visitor.client, &mut ahead),
    );
    let read = tokio::select! {
        read = preface => read,
        () = context.place_wanted() => return,
    };
    match (read, &visitor.secured) {
        (Ok(Ok(())), _) => serve_http2(context, visitor, ahead.freeze()).await,
        (Ok(Err(error)), Some(recorder)) => tell_rejected(recorder, &error),
        _ => {}
    }
}

/// Tells how TLS with a client broke, where it did: many that reject our certificate say so behind the handshake.
fn tell_rejected(recorder: &ConnectionRecorder, error: &(dyn std::error::Error + 'static)) {
    if let Some(error) = ClientTlsError::from_stream(error) {
        recorder.fail(&error.to_fault());
    }
}

/// Reads until it is clear whether a client begins HTTP/2. What it says instead, the engine answers.
async fn read_preface(client: &mut Transport, ahead: &mut BytesMut) -> std::io::Result<()> {
    while begins(ahead).is_none() {
        if client.read_buf(ahead).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

async fn serve(context: Arc<Context>, visitor: Visitor) {
    let (tasks, _over) = StreamTasks::new(&context.tasks);
    let reached = visitor.reached();
    let Visitor {
        client,
        peer,
        secured,
        ..
    } = visitor;
    let recorder = secured.unwrap_or_else(|| {
        let ourselves = Some(reached.ourselves());
        let recorder = ConnectionRecorder::open(&context.recorder, Door::Http, peer, ourselves);
        recorder.forget_handshakes();
        recorder.set_outcome(Outcome::Plain);
        recorder
    });
    let told = FrameRecorder::of_streams(&recorder, LegName::Client);
    let mut frames = Flushing::of([told.clone()]);
    let tls = Broke::default();
    let client = frames.noting(Remembering::new(client, tls.clone()), 0);
    let hub = Arc::new(Hub::new(context, peer, reached, told));
    let limits = &hub.context.limits;
    let mut builder = server_builder(limits);
    // Streams lead to origins of their own: a few of them that nobody reads from may not take the whole connection's window
    // from the others (RFC 9113 section 5.2.2).
    builder.initial_window_size(stream_window(limits));
    // A WebSocket without TLS, for an origin that may know them.
    builder.enable_connect_protocol();
    let is_to_leave = CancellationToken::new();
    let serving = async {
        let streams = SideBySide {
            client: Box::pin(builder.handshake(client)).await?,
            tasks: &tasks,
            most: limits.http2_streams,
        };
        let answering = |request, respond: SendResponse<Bytes>| {
            let is_tunnel = is_tunnel(&request);
            hub.frames.accept(respond.stream_id().as_u32(), !is_tunnel);
            answer(hub.begin(), is_tunnel, request, respond)
        };
        streams.drive(is_to_leave.cancelled(), |_| {}, answering).await
    };
    let leaving = async {
        hub.ending().await;
        is_to_leave.cancel();
        // The engine itself would wait for ever for a client that is gone to take its leave.
        hub.left_alone().await;
    };
    let ended = tokio::select! {
        ended = frames.beside(serving) => ended,
        () = leaving => Ok(()),
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, "{error}");
        if let RelayError::Client(error) = client_broke(error, &tls) {
            tell_rejected(&recorder, &*error);
        }
    }
}

/// What a stream may send ahead: a small part of what they may together, but no less than HTTP/2 begins with.
fn stream_window(limits: &Limits) -> u32 {
    let share = limits.http2_connection_window / 64;
    limits.http2_stream_window.min(share.max(65_535))
}

/// Answers a stream, and says whether it is to be reset behind what it was given.
async fn answer(
    under_way: UnderWay,
    is_tunnel: bool,
    request: Request<RecvStream>,
    respond: SendResponse<Bytes>,
) -> Option<Reset> {
    if is_tunnel {
        tunnel::open(under_way.hub(), request, respond).await
    } else {
        // Boxed: a tunnel holds no room for what it is not.
        Box::pin(request::carry(under_way.hub(), request, respond)).await
    }
}

/// Whether it is a CONNECT, and not an extended one (RFC 8441 section 4), which is a request like others.
fn is_tunnel<B>(request: &Request<B>) -> bool {
    request.method() == Method::CONNECT && request.extensions().get::<Protocol>().is_none()
}
