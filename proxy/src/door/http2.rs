//! HTTP/2 with the proxy itself, over TLS or with prior knowledge (RFC 9113 section 3.3): each CONNECT is a stream that
//! carries a tunnel (section 8.5), other requests name their origins as they do over HTTP/1.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context as TaskContext, Poll};

use bytes::Bytes;
use capture::{Door, LegName, Stage};
use http::header::PROXY_AUTHORIZATION;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::target::parse_authority;
use super::{Agree, Aim, Arrival, Visitor};
use crate::context::Context;
use crate::error_page::ErrorPage;
use crate::fault::Fault;
use crate::relay::http::{Origin, PlainOrigins, Reached, Relay, RelayBody, StreamTasks, relay_exchange};
use crate::relay::life::Life;
use crate::session::serve_arrival;

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

/// Serves a client that speaks HTTP/2 with the proxy.
pub(super) async fn serve(context: Arc<Context>, visitor: Visitor) {
    let (tasks, _over) = StreamTasks::new(&context.tasks);
    let Visitor {
        client,
        peer,
        local,
        is_secured,
        ..
    } = visitor;
    let hub = Arc::new(Hub {
        life: Life::new(context.clone(), None),
        open: AtomicUsize::new(0),
        tasks: tasks.clone(),
        peer,
        reached: Reached { local, is_secured },
        context,
    });
    let limits = &hub.context.limits;
    let answering = hub.clone();
    let connection = http2::Builder::new(tasks)
        .auto_date_header(false)
        .initial_stream_window_size(limits.http2_stream_window)
        .initial_connection_window_size(limits.http2_connection_window)
        .max_concurrent_streams(limits.http2_streams)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .serve_connection(
            TokioIo::new(client),
            service_fn(move |request| answering.clone().answer(request)),
        );
    tokio::pin!(connection);
    let mut ending = std::pin::pin!(hub.ending());
    let mut is_ending = false;
    let ended = poll_fn(|cx| {
        if !is_ending && ending.as_mut().poll(cx).is_ready() {
            is_ending = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(cx)
    });
    if let Err(error) = ended.await {
        tracing::debug!(%peer, "{error}");
    }
}

/// What the streams of one client share.
struct Hub {
    context: Arc<Context>,
    peer: std::net::SocketAddr,
    reached: Reached,
    tasks: StreamTasks,
    life: Life,
    /// Streams that are under way.
    open: AtomicUsize,
}

/// A stream that is under way, for as long as this is held.
struct UnderWay {
    hub: Arc<Hub>,
    _place: OwnedSemaphorePermit,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.hub.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Hub {
    /// Takes a place, as a client on a connection of its own would: a stream brings an origin connection like it.
    fn begin(self: &Arc<Self>) -> Result<UnderWay, Fault> {
        let place = self.context.places.clone().try_acquire_owned().map_err(|_| {
            self.context.pressure.notify_waiters();
            Fault::new(
                LegName::Client,
                Stage::Target,
                "there is no room for another stream",
            )
            .with_status(StatusCode::SERVICE_UNAVAILABLE)
            .with_remedy("try again a moment later; `limits.connections` says how many there may be")
        })?;
        self.life.begin();
        self.open.fetch_add(1, Ordering::Relaxed);
        Ok(UnderWay {
            hub: self.clone(),
            _place: place,
        })
    }

    /// Waits until no more streams should begin: Handlens stops, or this client has had none for long, or its place
    /// is wanted. Those under way go on, each by its own rules.
    async fn ending(&self) {
        let quiet = async {
            loop {
                let before = self.life.progress();
                tokio::time::sleep(self.context.timeouts.idle).await;
                if self.open.load(Ordering::Relaxed) == 0 && self.life.progress() == before {
                    return;
                }
            }
        };
        tokio::select! {
            () = self.life.ending() => {}
            () = quiet => {}
        }
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Answer>, Infallible> {
        let under_way = match self.begin() {
            Ok(under_way) => under_way,
            Err(fault) => return Ok(page_of(&fault)),
        };
        if request.method() == Method::CONNECT {
            let response = self.open_tunnel(request, under_way).await;
            return Ok(response.map(|page| Answer::Page(Full::new(page))));
        }
        // Streams run side by side, so each has an origin connection of its own.
        let origins =
            PlainOrigins::new(self.context.clone(), self.peer, self.tasks.clone()).reached(self.reached);
        let relay = Relay::new(self.context.clone(), "http", None, Origin::Named(origins));
        let relay = Arc::new(relay);
        Ok(match relay_exchange(relay.clone(), request).await {
            Ok(response) => response.map(|body| Answer::Relayed {
                body,
                _relay: relay,
                _under_way: under_way,
            }),
            // Its origin connection is new: what hyper refuses the stream with elsewhere can't happen, and is told.
            Err(gone) => {
                let fault = Fault::new(LegName::Origin, Stage::Request, gone.to_string());
                page_of(&fault)
            }
        })
    }

    /// Lets a tunnel begin, in a task of its own, and gives what it answers.
    async fn open_tunnel(
        self: &Arc<Self>,
        mut request: Request<Incoming>,
        under_way: UnderWay,
    ) -> Response<Bytes> {
        let credentials = request.headers().get(PROXY_AUTHORIZATION);
        let credentials = credentials.map(|value| value.as_bytes());
        if let Err(unwelcome) = self.context.guests.admit_basic(credentials).await {
            return ErrorPage::Text.write(&unwelcome.to_fault());
        }
        let authority = request
            .uri()
            .authority()
            .map_or("", |authority| authority.as_str());
        let target = match parse_authority(authority) {
            Ok(target) => target,
            Err(error) => {
                let text = format!("the client's CONNECT can't be read: {error}");
                let fault = Fault::new(LegName::Client, Stage::Target, text);
                return ErrorPage::Text.write(&fault.with_status(StatusCode::BAD_REQUEST));
            }
        };
        let (answer, answered) = oneshot::channel();
        let arrival = Arrival {
            door: Door::Connect,
            peer: self.peer,
            target,
            aim: Aim::Asked,
            agree: Agree::Http2(answer, hyper::upgrade::on(&mut request)),
            ahead: Bytes::new(),
        };
        let context = self.context.clone();
        self.tasks.execute(async move {
            serve_arrival(context, arrival).await;
            drop(under_way);
        });
        answered.await.unwrap_or_else(|_| {
            let fault = Fault::new(LegName::Client, Stage::Target, "the tunnel was given up");
            ErrorPage::Text.write(&fault)
        })
    }
}

fn page_of(fault: &Fault) -> Response<Answer> {
    ErrorPage::Text
        .write(fault)
        .map(|page| Answer::Page(Full::new(page)))
}

/// The body of a response: relayed, with what must live as long; or a page of our own.
enum Answer {
    Relayed {
        body: RelayBody,
        _relay: Arc<Relay>,
        _under_way: UnderWay,
    },
    Page(Full<Bytes>),
}

impl Body for Answer {
    type Data = Bytes;
    type Error = <RelayBody as Body>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Relayed { body, .. } => Pin::new(body).poll_frame(cx),
            Self::Page(page) => Pin::new(page).poll_frame(cx).map_err(|never| match never {}),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Relayed { body, .. } => body.is_end_stream(),
            Self::Page(page) => page.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Relayed { body, .. } => body.size_hint(),
            Self::Page(page) => page.size_hint(),
        }
    }
}
