//! Drives the two HTTP engines of a connection, ours toward the client and ours toward the origin, in one task:
//! what one of them wakes, the other finds ready in the same turn.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::body::RelayBody;
use super::exchange::{Gone, relay_exchange};
use super::late::{Counted, Late, counted};
use super::relay::Relay;
use super::tasks::StreamTasks;
use crate::relay::http2::SEND_BUFFER;

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HttpVersion {
    Http1,
    Http2,
}

/// Why a relay ended other than by both sides being done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RelayError {
    #[error("the connection to the client broke: {0}")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the connection to the origin broke before the first request: {0}")]
    Origin(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("nothing passed for {0:?}")]
    Idle(Duration),
    #[error("the client sent no whole request head within {0:?}")]
    Late(Duration),
}

/// Answers a client whose origin can't be reached, or who asks ourselves.
pub(crate) async fn relay_alone<C>(
    client: C,
    version: HttpVersion,
    relay: Arc<Relay>,
    tasks: StreamTasks,
) -> Result<(), RelayError>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    match version {
        HttpVersion::Http1 => {
            let server = serve_http1(client, &relay);
            drive_to_end(pin!(server), None::<NoOrigin>, &relay).await
        }
        HttpVersion::Http2 => {
            let server = serve_http2(client, &relay, tasks);
            drive_to_end(pin!(server), None::<NoOrigin>, &relay).await
        }
    }
}

/// The engine toward a client that speaks HTTP/1.
pub(super) fn serve_http1<C>(
    client: C,
    relay: &Arc<Relay>,
) -> http1::Connection<TokioIo<Counted<C>>, impl RelayService + use<C>>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let limits = &relay.context.limits;
    http1::Builder::new()
        .preserve_header_case(true)
        .auto_date_header(false)
        .max_headers(limits.head_fields)
        .max_buf_size(limits.head_bytes)
        .serve_connection(TokioIo::new(counted(client, relay.clone())), relaying(relay))
}

/// The engine toward a client that speaks HTTP/2.
pub(super) fn serve_http2<C>(
    client: C,
    relay: &Arc<Relay>,
    tasks: StreamTasks,
) -> http2::Connection<TokioIo<C>, impl RelayService + use<C>, StreamTasks>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let limits = &relay.context.limits;
    http2::Builder::new(tasks)
        .auto_date_header(false)
        .initial_stream_window_size(limits.http2_stream_window)
        .initial_connection_window_size(limits.http2_connection_window)
        .max_concurrent_streams(limits.http2_streams)
        .max_send_buf_size(SEND_BUFFER)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .serve_connection(TokioIo::new(client), relaying(relay))
}

/// What answers the requests of a client.
pub(super) trait RelayService:
    HttpService<Incoming, ResBody = RelayBody, Error = Gone, Future: Send + 'static>
{
}

impl<S> RelayService for S where
    S: HttpService<Incoming, ResBody = RelayBody, Error = Gone, Future: Send + 'static>
{
}

fn relaying(relay: &Arc<Relay>) -> impl RelayService + use<> {
    let relay = relay.clone();
    service_fn(move |request: Request<Incoming>| relay_exchange(relay.clone(), request))
}

/// An engine toward the client.
pub(super) trait ClientEngine: Future<Output = Result<(), hyper::Error>> {
    /// Ends after the exchanges that are under way.
    fn end_gracefully(self: Pin<&mut Self>);
}

impl<C, S> ClientEngine for http1::Connection<TokioIo<C>, S>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: RelayService,
{
    fn end_gracefully(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<C, S> ClientEngine for http2::Connection<TokioIo<C>, S, StreamTasks>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: RelayService,
{
    fn end_gracefully(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// An engine toward the origin. It ends with an error where no exchange is under way that could tell it.
pub(super) trait OriginEngine {
    fn poll_engine(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), hyper::Error>>;
}

/// An engine toward the origin that is never polled again once it is done: it would panic.
pub(super) struct Fused<E> {
    engine: E,
    is_over: bool,
    error: Option<hyper::Error>,
}

impl<E: OriginEngine> Fused<E> {
    pub(super) fn new(engine: E) -> Self {
        Self {
            engine,
            is_over: false,
            error: None,
        }
    }

    pub(super) fn poll_to_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_over {
            self.error = ready!(self.engine.poll_engine(cx)).err();
            self.is_over = true;
        }
        Poll::Ready(())
    }

    /// Polls it, and notes how it broke.
    fn poll_noting(&mut self, relay: &Relay, cx: &mut Context<'_>) -> Poll<()> {
        let polled = self.poll_to_end(cx);
        if let Some(error) = self.error.take() {
            relay.note_origin_broke(&error);
        }
        polled
    }
}

/// Where there is no engine to drive.
enum NoOrigin {}

impl OriginEngine for NoOrigin {
    fn poll_engine(&mut self, _: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        match *self {}
    }
}

/// Polls both engines until the client's is done. An engine toward the origin that is done is let go of at once.
pub(super) async fn drive_to_end<S: ClientEngine, E: OriginEngine>(
    mut client: Pin<&mut S>,
    origin: Option<E>,
    relay: &Relay,
) -> Result<(), RelayError> {
    let mut origin = origin.map(Fused::new);
    let mut quiet = pin!(relay.life.quiet());
    let mut ending = pin!(relay.life.ending());
    let mut asked_to_end = false;
    let mut late = Late::default();
    let driving = poll_fn(|cx| {
        let _ = origin.as_mut().map(|origin| origin.poll_noting(relay, cx));
        if let Poll::Ready(result) = client.as_mut().poll(cx) {
            return Poll::Ready(told(result));
        }
        // What the client's engine has just handed over leaves in this turn.
        let is_over = origin
            .as_mut()
            .is_some_and(|origin| origin.poll_noting(relay, cx).is_ready());
        let is_alone = is_over && !relay.owes_the_reason();
        if is_alone {
            origin = None;
        }
        // What has been told to end is over with its last exchange, and `ending` is not to be asked again.
        if is_alone || (!asked_to_end && ending.as_mut().poll(cx).is_ready()) {
            asked_to_end = true;
            client.as_mut().end_gracefully();
            // Graceful shutdown is acted on in a poll.
            if let Poll::Ready(result) = client.as_mut().poll(cx) {
                return Poll::Ready(told(result));
            }
        }
        let limit = relay.context.timeouts.head;
        late.poll(relay, cx).map(|()| Err(RelayError::Late(limit)))
    });
    tokio::select! {
        biased;
        result = driving => result,
        limit = &mut quiet => Err(RelayError::Idle(limit)),
    }
}

fn told(result: Result<(), hyper::Error>) -> Result<(), RelayError> {
    match result {
        // A response that broke off at the origin is told by its exchange, and is nothing of the client's.
        Err(error) if !error.is_user() => Err(RelayError::Client(error.into())),
        _ => Ok(()),
    }
}
