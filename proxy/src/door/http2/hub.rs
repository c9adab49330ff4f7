//! What the streams of one client share, and how each is answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use capture::{Door, LegName, Stage, Target};
use http::header::PROXY_AUTHORIZATION;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::rt::Executor;
use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot};
use tokio::time::{sleep, timeout};

use super::answer::Answer;
use super::streams::Carried;
use crate::context::{Context, SETTLING};
use crate::door::auth::Unwelcome;
use crate::door::target::parse_authority;
use crate::door::{Agree, Aim, Arrival, TurnedAway};
use crate::error_page::ErrorPage;
use crate::fault::Fault;
use crate::relay::http::{Gone, Origin, PlainOrigins, Reached, Relay, StreamTasks, relay_exchange};
use crate::session::serve_arrival;

/// How long a client that was told to leave, and has nothing under way, may take for that.
const FAREWELL: Duration = Duration::from_secs(3);

/// What the streams of one client share.
pub(super) struct Hub {
    pub(super) context: Arc<Context>,
    peer: SocketAddr,
    reached: Reached,
    tasks: StreamTasks,
    /// Streams that have begun.
    begun: AtomicUsize,
    /// Streams that are under way.
    open: AtomicUsize,
    /// Told when none is any more.
    emptied: Notify,
}

/// A stream that is under way, for as long as this is held.
pub(super) struct UnderWay {
    hub: Arc<Hub>,
    /// Once the client was let in.
    place: Option<OwnedSemaphorePermit>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.hub.open.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.hub.emptied.notify_one();
        }
    }
}

impl Hub {
    pub(super) fn new(context: Arc<Context>, peer: SocketAddr, reached: Reached, tasks: StreamTasks) -> Self {
        Self {
            context,
            peer,
            reached,
            tasks,
            begun: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            emptied: Notify::new(),
        }
    }

    fn begin(self: &Arc<Self>) -> UnderWay {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::Relaxed);
        UnderWay {
            hub: self.clone(),
            place: None,
        }
    }

    fn is_empty(&self) -> bool {
        self.open.load(Ordering::Relaxed) == 0
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// Takes a place, as a client on a connection of its own would: a stream brings an origin connection like it.
    fn take_place(&self) -> Result<OwnedSemaphorePermit, Fault> {
        self.context.places.clone().try_acquire_owned().map_err(|_| {
            self.context.pressure.notify_waiters();
            Fault::new(
                LegName::Client,
                Stage::Target,
                "there is no room for another stream",
            )
            .with_status(StatusCode::SERVICE_UNAVAILABLE)
            .with_remedy("try again a moment later; `limits.connections` says how many there may be")
        })
    }

    /// Waits until no more streams should begin: Handlens stops, or this client has had none for long, or its place
    /// is wanted and it has none. Those under way go on, each by its own rules.
    pub(super) async fn ending(&self) {
        let came = Instant::now();
        let pressed = async {
            loop {
                self.context.pressure.notified().await;
                // One that has just come has its first stream on the way.
                let is_settled = self.begun() > 0 || came.elapsed() >= SETTLING;
                if is_settled && self.is_empty() {
                    return;
                }
            }
        };
        let quiet = async {
            loop {
                let before = self.begun();
                sleep(self.context.timeouts.idle).await;
                if self.is_empty() && self.begun() == before {
                    return;
                }
            }
        };
        tokio::select! {
            () = self.context.stop.cancelled() => {}
            () = pressed => {}
            () = quiet => {}
        }
    }

    /// Waits until a client that was told to leave has had long enough for it.
    pub(super) async fn left_alone(&self) {
        loop {
            while !self.is_empty() {
                self.emptied.notified().await;
            }
            let before = self.begun();
            sleep(FAREWELL).await;
            if self.is_empty() && self.begun() == before {
                return;
            }
        }
    }

    /// Answers a stream. The engine resets it where there is none to give.
    pub(super) async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Answer>, Gone> {
        let under_way = self.begin();
        if request.method() == Method::CONNECT {
            return Ok(self.answer_connect(request, under_way).await);
        }
        self.carry(request, under_way).await
    }

    /// Carries a request to the origin that it names.
    async fn carry(
        self: Arc<Self>,
        mut request: Request<Incoming>,
        mut under_way: UnderWay,
    ) -> Result<Response<Answer>, Gone> {
        // Streams run side by side, so each has an origin connection of its own.
        let origins =
            PlainOrigins::new(self.context.clone(), self.peer, self.tasks.clone()).reached(self.reached);
        let admitted = self.in_time(origins.admit(&mut request)).await;
        let origin = match admitted.and_then(|()| self.take_place()) {
            Ok(place) => {
                under_way.place = Some(place);
                Origin::Named(origins)
            }
            Err(fault) => {
                let recorder = origins.turn_away(&fault);
                Origin::Broken(fault, recorder)
            }
        };
        let relay = Arc::new(Relay::new(self.context.clone(), "http", None, origin));
        Carried::Exchange(relay.clone()).note();
        let response = relay_exchange(relay.clone(), request).await?;
        Ok(response.map(|body| Answer::Relayed {
            body,
            _relay: relay,
            _under_way: under_way,
        }))
    }

    /// No client waits longer for its password to be looked at than another one may take to say it.
    async fn in_time(&self, admitting: impl Future<Output = Result<(), Fault>>) -> Result<(), Fault> {
        let admitted = timeout(self.context.timeouts.head, admitting).await;
        admitted.unwrap_or_else(|_| Err(Unwelcome::Crowded.to_fault()))
    }

    async fn answer_connect(
        self: &Arc<Self>,
        request: Request<Incoming>,
        mut under_way: UnderWay,
    ) -> Response<Answer> {
        let authority = request
            .uri()
            .authority()
            .map_or("", |authority| authority.as_str());
        let target = parse_authority(authority);
        let response = match self.let_in(&request).await {
            Ok(place) => {
                under_way.place = Some(place);
                match target {
                    Ok(target) => {
                        let response = self.open_tunnel(request, target, under_way).await;
                        return self.page(response, None);
                    }
                    Err(error) => {
                        let text = format!("the client's CONNECT can't be read: {error}");
                        let fault = Fault::new(LegName::Client, Stage::Target, text);
                        self.turn_away(None, fault.with_status(StatusCode::BAD_REQUEST))
                            .await
                    }
                }
            }
            Err(fault) => self.turn_away(target.ok(), fault).await,
        };
        self.page(response, Some(under_way))
    }

    /// Judges who asks for a tunnel, and takes a place for it.
    async fn let_in(&self, request: &Request<Incoming>) -> Result<OwnedSemaphorePermit, Fault> {
        let said = request.headers().get(PROXY_AUTHORIZATION);
        let admitting = self
            .context
            .guests
            .admit_basic(said.map(|value| value.as_bytes()));
        self.in_time(async { admitting.await.map_err(Unwelcome::to_fault) })
            .await?;
        self.take_place()
    }

    /// Refuses a tunnel before it is one. It is told as one over HTTP/1 is.
    async fn turn_away(&self, target: Option<Target>, fault: Fault) -> Response<Bytes> {
        let response = ErrorPage::TEXT.write(&fault);
        let away = TurnedAway {
            door: Door::Connect,
            peer: self.peer,
            target,
            fault,
        };
        away.tell(&self.context).await;
        response
    }

    /// Lets a tunnel begin, in a task of its own, and gives what it answers.
    async fn open_tunnel(
        self: &Arc<Self>,
        mut request: Request<Incoming>,
        target: Target,
        under_way: UnderWay,
    ) -> Response<Bytes> {
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
            ErrorPage::TEXT.write(&fault)
        })
    }

    fn page(&self, response: Response<Bytes>, under_way: Option<UnderWay>) -> Response<Answer> {
        Carried::Page(self.context.timeouts.stall).note();
        response.map(|page| Answer::Page {
            page: Full::new(page),
            _under_way: under_way,
        })
    }
}
