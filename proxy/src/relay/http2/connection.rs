//! One HTTP/2 connection a leg, driven with all their streams in one task: what one of them wakes, the others find
//! ready in the same turn.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::{Context as TaskContext, Poll, ready};

use bytes::Bytes;
use capture::{LegName, Target};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use h2::{Error, server};
use http::HeaderValue;
use tokio::io::{AsyncRead, AsyncWrite};

use super::ended::no_answer;
use super::noting::Flushing;
use super::origin::OriginSide;
use super::stream::{Reset, relay_stream};
use crate::config::Limits;
use crate::fault::Fault;
use crate::recorder::{ConnectionRecorder, FrameRecorder};
use crate::relay::http::{Broke, Pair, RelayError, Remembering, client_broke};
use crate::relay::life::Life;
use crate::tls::OriginTlsError;

/// Bytes of one stream that wait in the engine for its peer's socket.
pub(super) const SEND_BUFFER: usize = 64 * 1024;

/// Streams reset by us that are remembered a moment for what is still on its way to them.
pub(super) const REMEMBERED_RESETS: usize = 256;

/// What the streams of one client connection share.
pub(super) struct Relay {
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    pub(super) target: Target,
    /// What the origin is told its name is, where that is not what the client says.
    pub(super) host_rewrite: Option<HeaderValue>,
    pub(super) recorder: Arc<ConnectionRecorder>,
    pub(super) life: Life,
    /// How TLS with the origin broke, which the engine keeps as text alone.
    tls: Broke,
    /// What the origin's connection ended by, where that is a failure.
    broke: OnceLock<Fault>,
}

impl Relay {
    pub(super) fn origin_broke(&self) -> Option<&Fault> {
        self.broke.get()
    }

    fn tls_fault(&self) -> Option<Fault> {
        let error = self.tls.get()?.clone();
        let client_auth = self.recorder.client_auth();
        Some(OriginTlsError::refused(self.target.clone(), error, client_auth).to_fault())
    }

    /// Drives the origin's connection.
    fn drive<O>(&self, origin: &mut OriginSide<O>, cx: &mut TaskContext<'_>)
    where
        O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        if origin.poll(cx) {
            self.note_origin_is_over();
        }
    }

    /// Why a request that left got no answer.
    pub(super) fn no_answer(&self, error: &Error) -> Fault {
        self.tls_fault().unwrap_or_else(|| no_answer(error))
    }

    /// The origin's connection is over. An end of TLS with a reason is a failure: in TLS 1.3 an origin that refuses a
    /// client says so behind the handshake (RFC 8446 section 4.4.3).
    fn note_origin_is_over(&self) {
        let Some(fault) = self.tls_fault() else {
            return;
        };
        // An exchange that is under way tells it itself.
        if self.life.is_idle() {
            self.recorder.fail(&fault);
        }
        let _ = self.broke.set(fault);
    }

    /// Whether a client that has asked nothing yet is to be told why it can't.
    fn owes_the_reason(&self) -> bool {
        self.broke.get().is_some() && !self.life.has_begun()
    }
}

/// Carries streams until the client is done, the origin is gone, or the proxy stops.
pub(crate) async fn relay_http2<C, O>(pair: Pair<C, O>) -> Result<(), RelayError>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let Pair {
        client,
        origin,
        scheme,
        target,
        recorder,
        context,
        host_rewrite,
    } = pair;
    let tls = Broke::default();
    let frames = [LegName::Client, LegName::Origin].map(|leg| FrameRecorder::new(&recorder, leg));
    let mut frames = Flushing::of(frames);
    let client_tls = Broke::default();
    let client = frames.noting(Remembering::new(client, client_tls.clone()), 0);
    let origin = frames.noting(Remembering::new(origin, tls.clone()), 1);
    let mut origin = OriginSide::shake_hands(origin, &context.limits)
        .await
        .map_err(|error| RelayError::Origin(error.into()))?;
    let relay = Arc::new(Relay {
        scheme,
        target,
        host_rewrite,
        recorder: recorder.clone(),
        life: Life::new(context.clone(), Some(recorder)),
        tls,
        broke: OnceLock::new(),
    });
    let mut quiet = pin!(relay.life.quiet());
    let client = tokio::select! {
        biased;
        client = Box::pin(shake_hands_with_client(client, &mut origin, &relay)) => {
            client.map_err(|error| client_broke(error, &client_tls))?
        }
        limit = &mut quiet => return Err(RelayError::Idle(limit)),
        () = relay.life.ending() => return Ok(()),
    };
    let mut driver = Driver {
        streams: FuturesUnordered::new(),
        most_streams: context.limits.http2_streams as usize,
        is_connect_told: origin.sender.is_extended_connect_protocol_enabled(),
        is_ending: false,
        client,
        client_tls,
        origin,
        relay: relay.clone(),
    };
    let mut ending = pin!(relay.life.ending());
    let driving = poll_fn(|cx| {
        if !driver.is_ending && ending.as_mut().poll(cx).is_ready() {
            driver.end();
        }
        driver.poll(cx)
    });
    let over = tokio::select! {
        biased;
        over = frames.beside(driving) => over,
        limit = &mut quiet => Err(RelayError::Idle(limit)),
    };
    driver.leave_origin().await;
    over
}

/// Reads the client's preface. What the origin has said meanwhile is heard first, so that the client is told from the
/// beginning what the origin can do.
async fn shake_hands_with_client<C, O>(
    client: C,
    origin: &mut OriginSide<O>,
    relay: &Relay,
) -> Result<server::Connection<C, Bytes>, Error>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    poll_fn(|cx| {
        relay.drive(origin, cx);
        Poll::Ready(())
    })
    .await;
    let mut builder = server_builder(&relay.life.context.limits);
    if origin.sender.is_extended_connect_protocol_enabled() {
        builder.enable_connect_protocol();
    }
    let mut handshake = builder.handshake::<_, Bytes>(client);
    poll_fn(|cx| {
        relay.drive(origin, cx);
        Pin::new(&mut handshake).poll(cx)
    })
    .await
}

/// What greets a client, within these limits.
pub(crate) fn server_builder(limits: &Limits) -> server::Builder {
    let mut builder = server::Builder::new();
    builder
        .initial_window_size(limits.http2_stream_window)
        .initial_connection_window_size(limits.http2_connection_window)
        .max_concurrent_streams(limits.http2_streams)
        .max_header_list_size(head_bytes(limits))
        .max_send_buffer_size(SEND_BUFFER)
        .max_concurrent_reset_streams(REMEMBERED_RESETS);
    builder
}

pub(super) fn head_bytes(limits: &Limits) -> u32 {
    u32::try_from(limits.head_bytes).unwrap_or(u32::MAX)
}

/// A stream on its way.
type Carrying = Pin<Box<dyn Future<Output = Option<Reset>> + Send>>;

/// Both connections and their streams.
struct Driver<C, O>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    client: server::Connection<C, Bytes>,
    /// How TLS with it broke, which the engine keeps as text alone.
    client_tls: Broke,
    origin: OriginSide<O>,
    streams: FuturesUnordered<Carrying>,
    /// More are not accepted: some of them may be waiting for room at the recorder.
    most_streams: usize,
    /// The client knows whether the origin takes extended CONNECT (RFC 8441).
    is_connect_told: bool,
    /// The client was told to send no more requests.
    is_ending: bool,
    relay: Arc<Relay>,
}

impl<C, O> Driver<C, O>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    fn poll(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), RelayError>> {
        loop {
            self.relay.drive(&mut self.origin, cx);
            self.tell_client();
            if let Poll::Ready(over) = self.poll_client(cx) {
                return Poll::Ready(over);
            }
            let mut resets = Vec::new();
            while let Poll::Ready(Some(reset)) = self.streams.poll_next_unpin(cx) {
                resets.extend(reset);
            }
            // What the streams were given leaves in this turn.
            self.relay.drive(&mut self.origin, cx);
            if !resets.is_empty() {
                // A reset takes back what has not left yet.
                if let Poll::Ready(over) = self.client.poll_closed(cx) {
                    return Poll::Ready(self.told(over));
                }
                resets.into_iter().for_each(Reset::send);
            }
            if let Some(reason) = self.origin.error
                && !self.is_ending
                && !self.client.has_streams()
            {
                self.is_ending = true;
                self.client.abrupt_shutdown(reason);
            }
            // To send is to read too: a stream that is opened meanwhile wakes nobody a second time.
            let carried = self.streams.len();
            if let Poll::Ready(over) = self.poll_client(cx) {
                return Poll::Ready(over);
            }
            if self.streams.len() == carried {
                return Poll::Pending;
            }
        }
    }

    /// Drives the client's connection, and takes the streams that were opened on it as far as there is room.
    fn poll_client(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), RelayError>> {
        while !self.is_full() {
            match ready!(self.client.poll_accept(cx)) {
                None => return Poll::Ready(Ok(())),
                Some(Err(error)) => return Poll::Ready(self.told(Err(error))),
                Some(Ok((request, respond))) => {
                    let (relay, sender) = (self.relay.clone(), self.origin.sender.clone());
                    let stream = relay_stream(relay, sender, request, respond);
                    self.streams.push(Box::pin(stream));
                }
            }
        }
        self.client.poll_closed(cx).map(|over| self.told(over))
    }

    fn told(&self, over: Result<(), Error>) -> Result<(), RelayError> {
        over.map_err(|error| client_broke(error, &self.client_tls))
    }

    fn is_full(&self) -> bool {
        self.streams.len() >= self.most_streams
    }

    /// Tells the client what the origin has said of its connection.
    fn tell_client(&mut self) {
        // One that leaves by an error takes the client along once its streams are over.
        let is_leaving = self.origin.is_leaving && self.origin.error.is_none();
        if is_leaving && !self.is_ending && !self.relay.owes_the_reason() {
            self.end();
        }
        if !self.is_connect_told && self.origin.sender.is_extended_connect_protocol_enabled() {
            // Refused while the client has not acknowledged what it was told before: then it is told in a later turn.
            self.is_connect_told = self.client.enable_connect_protocol().is_ok();
        }
    }

    /// Tells the client to send no more requests.
    fn end(&mut self) {
        self.is_ending = true;
        self.client.graceful_shutdown();
    }

    /// Says to the origin that nothing more comes, as far as that can be said at once.
    async fn leave_origin(self) {
        let Self { streams, origin, .. } = self;
        drop(streams);
        origin.leave().await;
    }
}
