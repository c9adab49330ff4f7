//! Where the requests of one client connection go: to the one origin connection that belongs to it, to an
//! origin a request names (plain HTTP), or nowhere, when the origin could not be reached.

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context as TaskContext, Poll};

use capture::{Door, LegName, Outcome, Stage, Target};
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::uri::Authority;
use http::{Method, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::body::RelayBody;
use super::engine::OriginEngine;
use super::head::bare_host;
use super::hop;
use super::tasks::StreamTasks;
use crate::config::Limits;
use crate::context::Context;
use crate::fault::{Fault, chain_text};
use crate::recorder::ConnectionRecorder;
use crate::relay::http2::SEND_BUFFER;
use crate::{door, local, reach};

/// Where requests go.
pub(crate) enum Origin {
    /// To this connection.
    One(OriginSender, Arc<ConnectionRecorder>),
    /// To the origin that each request names.
    Named(PlainOrigins),
    /// To ourselves.
    Here(Arc<ConnectionRecorder>),
    /// Nowhere: each request is answered with a page that says why.
    Broken(Fault, Arc<ConnectionRecorder>),
}

/// The end of an origin connection that requests go into.
#[derive(Clone)]
pub(crate) enum OriginSender {
    Http1(Http1Sender),
    Http2(http2::SendRequest<RelayBody>),
}

/// The end of an HTTP/1 connection that requests go into.
#[derive(Clone)]
pub(crate) struct Http1Sender(Arc<Mutex<http1::SendRequest<RelayBody>>>);

impl Http1Sender {
    fn new(sender: http1::SendRequest<RelayBody>) -> Self {
        Self(Arc::new(Mutex::new(sender)))
    }

    fn lock(&self) -> MutexGuard<'_, http1::SendRequest<RelayBody>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        match self {
            Self::Http1(sender) => {
                if poll_fn(|cx| sender.lock().poll_ready(cx)).await.is_err() {
                    return Err(SendError::NotSent(None));
                }
                let sent = sender.lock().try_send_request(request);
                sent.await.map_err(told)
            }
            Self::Http2(sender) => {
                let mut sender = sender.clone();
                if sender.ready().await.is_err() {
                    return Err(SendError::NotSent(None));
                }
                sender.try_send_request(request).await.map_err(told)
            }
        }
    }

    pub(super) fn is_http2(&self) -> bool {
        matches!(self, Self::Http2(_))
    }
}

/// The origin of a request of plain HTTP that came over HTTP/2, with a connection of its own: its streams run side by
/// side.
pub(crate) struct PlainOrigins {
    context: Arc<Context>,
    client: SocketAddr,
    /// How the client reached us, where it is known.
    reached: Option<Reached>,
    /// The recorder of what the client asks ourselves.
    here: OnceLock<Arc<ConnectionRecorder>>,
    tasks: StreamTasks,
    /// Ends the task of the origin connection.
    over: CancellationToken,
    _ends: DropGuard,
}

/// How a client reached us.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    /// At this address of ours.
    pub(crate) local: SocketAddr,
    /// Over TLS.
    pub(crate) is_secured: bool,
}

impl Reached {
    /// Whether a URL leads to ourselves. Over TLS with the proxy nothing else can be meant by `https:`, which leads to
    /// others by CONNECT alone, whatever name the client has for us; without it we go by our address.
    fn is_meant(&self, uri: &Uri, authority: &Authority) -> bool {
        let own = self.local.ip().to_canonical();
        let (scheme, port) = if self.is_secured {
            ("https", 443)
        } else {
            ("http", 80)
        };
        let host = bare_host(authority.host());
        let is_host = match host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical() == own,
            Err(_) => host.eq_ignore_ascii_case("localhost") && own.is_loopback(),
        };
        uri.scheme_str() == Some(scheme)
            && (self.is_secured || is_host)
            && authority.port_u16().unwrap_or(port) == self.local.port()
    }
}

impl PlainOrigins {
    pub(crate) fn new(context: Arc<Context>, client: SocketAddr, tasks: StreamTasks) -> Self {
        let over = CancellationToken::new();
        Self {
            context,
            client,
            reached: None,
            here: OnceLock::new(),
            tasks,
            _ends: over.clone().drop_guard(),
            over,
        }
    }

    /// The same, for a client of which it is known how it reached us.
    pub(crate) fn reached(self, reached: Reached) -> Self {
        Self {
            reached: Some(reached),
            ..self
        }
    }

    /// Judges who asks, and takes what says so out of the request, for nobody else to see.
    pub(crate) async fn admit(&self, request: &mut Request<Incoming>) -> Result<(), Fault> {
        let said = hop::take(request.headers_mut(), &PROXY_AUTHORIZATION);
        if self.asks_for_pac(request.uri()) {
            // It tells how to come in, and is asked for before.
            return Ok(());
        }
        let said = said.as_ref().map(|value| value.as_bytes());
        let admitted = self.context.guests.admit_basic(said).await;
        admitted.map_err(|unwelcome| unwelcome.to_fault())
    }

    /// The recorder of a request that goes nowhere.
    pub(crate) fn turn_away(&self, fault: &Fault) -> Arc<ConnectionRecorder> {
        let recorder = self.open_recorder(None);
        recorder.fail(fault);
        recorder
    }

    /// Whether a request is to the proxy itself, for its configuration.
    fn asks_for_pac(&self, uri: &Uri) -> bool {
        // Over HTTP/2 there is no other form than one with scheme and authority.
        let is_ours = |authority: &Authority| {
            self.reached
                .is_some_and(|reached| reached.is_meant(uri, authority))
        };
        uri.path() == local::PAC_PATH && uri.authority().is_none_or(is_ours)
    }

    /// What says in the configuration of a browser that the proxy is to be used: by the name that the client has for
    /// us, where it said one, or by the address that it reached.
    pub(super) fn pac_proxy(&self, request: &http::request::Parts) -> Option<String> {
        let reached = self.reached?;
        let said = match request.uri.authority() {
            Some(authority) => Some(authority.as_str()),
            None => request.headers.get(HOST).and_then(|host| host.to_str().ok()),
        };
        // What a client sent is written into a script: only a name and a port are.
        let said = said.and_then(|said| door::parse_authority(said).ok());
        let address = match said.filter(|_| self.asks_for_pac(&request.uri)) {
            Some(target) => target.to_string(),
            None => reached.local.to_string(),
        };
        let word = if reached.is_secured { "HTTPS" } else { "PROXY" };
        Some(format!("{word} {address}"))
    }

    /// A connection to the origin that the request names, recorded as a connection of its own.
    pub(super) async fn reach(
        &self,
        uri: &Uri,
        method: &Method,
    ) -> (Arc<ConnectionRecorder>, Result<OriginSender, Fault>) {
        let target = match door::named_target(uri, method) {
            Ok(target) => target,
            Err(fault) => return (self.turn_away(&fault), Err(fault)),
        };
        let recorder = self.open_recorder(Some(&target));
        match self.dial(&target, &recorder).await {
            Ok(sender) => (recorder, Ok(sender)),
            Err(fault) => {
                recorder.fail(&fault);
                (recorder, Err(fault))
            }
        }
    }

    /// Whether it is ourselves that a request names; then the recorder of what is asked there.
    pub(super) fn stay(&self, uri: &Uri, method: &Method) -> Option<Arc<ConnectionRecorder>> {
        let target = match self.asks_for_pac(uri) {
            true => None,
            false => Some(door::named_target(uri, method).ok()?),
        };
        let is_here = target.as_ref().is_none_or(|target| local::is_here(&target.host));
        is_here.then(|| {
            let open = || {
                let recorder = self.open_recorder(target.as_ref());
                recorder.set_outcome(Outcome::Plain);
                recorder
            };
            self.here.get_or_init(open).clone()
        })
    }

    fn open_recorder(&self, target: Option<&Target>) -> Arc<ConnectionRecorder> {
        ConnectionRecorder::open(&self.context.recorder, Door::Http, self.client, target.cloned())
    }

    async fn dial(&self, target: &Target, recorder: &Arc<ConnectionRecorder>) -> Result<OriginSender, Fault> {
        let context = &self.context;
        let way = reach::resolve(context, target, true, recorder).await;
        let reached = reach::connect(context, target, way, recorder)
            .await
            .map_err(|error| error.to_fault())?;
        // Without TLS there is no handshake that its steps would belong to.
        recorder.forget_handshakes();
        recorder.set_outcome(Outcome::Plain);
        let (requests, engine) = http1::Builder::new()
            .preserve_header_case(true)
            .max_headers(context.limits.head_fields)
            .max_buf_size(context.limits.head_bytes)
            .handshake(TokioIo::new(reached.stream))
            .await
            .map_err(|error| Fault::new(LegName::Origin, Stage::Request, chain_text(&error)))?;
        self.tasks.spawn_until(self.over.clone(), async move {
            // How it ended is told by the exchange it ended under, if there was one.
            let _ = engine.with_upgrades().await;
        });
        Ok(OriginSender::Http1(Http1Sender::new(requests)))
    }
}

pub(crate) fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
