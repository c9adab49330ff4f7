//! HTTP/2 with the proxy itself, over TLS or with prior knowledge (RFC 9113 section 3.3): each CONNECT is a stream that
//! carries a tunnel (section 8.5), other requests name their origins as they do over HTTP/1.

mod answer;
mod hub;
mod streams;

use std::pin::pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use self::hub::Hub;
use self::streams::Streams;
use super::Visitor;
use crate::context::Context;
use crate::relay::http::{Reached, StreamTasks};
use crate::relay::http2::SEND_BUFFER;
use crate::transport::Transport;

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
    let is_there = tokio::select! {
        read = preface => matches!(read, Ok(Ok(()))),
        () = context.place_wanted() => false,
    };
    if is_there {
        serve_http2(context, visitor, ahead.freeze()).await;
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
    let Visitor {
        client,
        peer,
        local,
        is_secured,
        ..
    } = visitor;
    let reached = Reached { local, is_secured };
    let hub = Arc::new(Hub::new(context, peer, reached, tasks.clone()));
    let limits = &hub.context.limits;
    let answering = hub.clone();
    let mut connection = pin!(
        http2::Builder::new(Streams(tasks))
            .auto_date_header(false)
            .initial_stream_window_size(limits.http2_stream_window)
            .initial_connection_window_size(limits.http2_connection_window)
            .max_concurrent_streams(limits.http2_streams)
            .max_send_buf_size(SEND_BUFFER)
            .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
            .serve_connection(
                TokioIo::new(client),
                service_fn(move |request| answering.clone().answer(request)),
            )
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = hub.ending() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                // The engine itself would wait for ever for a client that is gone to take its leave.
                () = hub.left_alone() => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, "{error}");
    }
}
