//! Where the requests of one client connection go: to the one origin connection that belongs to it, to ourselves, or nowhere,
//! when the origin could not be reached.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http2};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::body::RelayBody;
use super::engine::OriginEngine;
use super::tasks::StreamTasks;
use crate::config::Limits;
use crate::fault::Fault;
use crate::recorder::ConnectionRecorder;
use crate::relay::http2::SEND_BUFFER;

/// Where requests go.
pub(crate) enum Origin {
    /// To this connection.
    One(OriginSender, Arc<ConnectionRecorder>),
    /// To ourselves.
    Here(Arc<ConnectionRecorder>),
    /// Nowhere: each request is answered with a page that says why.
    Broken(Fault, Arc<ConnectionRecorder>),
}

/// The end of an origin connection that requests go into.
#[derive(Clone)]
pub(crate) enum OriginSender {
    Http2(http2::SendRequest<RelayBody>),
}

/// Speaks HTTP/2 on a connected stream.
pub(super) async fn handshake_http2<O>(
    origin: O,
    limits: &Limits,
    tasks: &StreamTasks,
) -> Result<(http2::SendRequest<RelayBody>, impl OriginEngine + use<O>), hyper::Error>
where
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    // Boxed: the handshake's future is larger than all that it leaves behind.
    let handshake = Box::pin(
        http2::Builder::new(tasks.clone())
            .initial_stream_window_size(limits.http2_stream_window)
            .initial_connection_window_size(limits.http2_connection_window)
            .max_send_buf_size(SEND_BUFFER)
            .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
            .handshake(TokioIo::new(origin)),
    );
    let (sender, engine) = handshake.await?;
    Ok((sender, Http2Engine(engine)))
}

struct Http2Engine<O>(http2::Connection<TokioIo<O>, RelayBody, StreamTasks>)
where
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static;

impl<O> OriginEngine for Http2Engine<O>
where
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    fn poll_engine(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), hyper::Error>> {
        Pin::new(&mut self.0).poll(cx)
    }
}

/// A request was not answered.
pub(crate) enum SendError {
    /// Nothing of it left, because the connection had ended: the client may send it again on another one.
    /// Why, where the connection's engine had it.
    NotSent(Option<hyper::Error>),
    /// It left, in part at least.
    Failed(hyper::Error),
}

impl OriginSender {
    /// Sends a request and waits for the head of the response.
    pub(super) async fn send(&self, request: Request<RelayBody>) -> Result<Response<Incoming>, SendError> {
        let told = |error: TrySendError<Request<RelayBody>>| {
            let mut error = error;
            if error.take_message().is_some() {
                SendError::NotSent(Some(error.into_error()))
            } else {
                SendError::Failed(error.into_error())
            }
        };
        let Self::Http2(sender) = self;
        let mut sender = sender.clone();
        if sender.ready().await.is_err() {
            return Err(SendError::NotSent(None));
        }
        sender.try_send_request(request).await.map_err(told)
    }
}

pub(crate) fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
