//! One exchange, told at each step.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use capture::{
    Counters, Event, Exchange, ExchangeError, ExchangeState, Fields, LegName, LiveExchange, NoRoom, Protocol,
    RequestHead, ResponseHead, Sent, Side, Timestamp, invites_to_h3,
};

use super::ConnectionRecorder;
use crate::fault::Fault;
use crate::log;

/// Tells one exchange. Cheap to clone; both bodies and the relay hold it.
///
/// The exchange is over when both bodies are: each says so by [`ExchangeRecorder::body_over`], once.
#[derive(Clone)]
pub(crate) struct ExchangeRecorder(Arc<Inner>);

struct Inner {
    connection: Arc<ConnectionRecorder>,
    began: Instant,
    live: Arc<LiveExchange>,
    /// False while recording is paused when it begins: then nothing of it is told.
    recorded: bool,
    state: Mutex<State>,
    /// When bytes passed is to be kept.
    timed: AtomicBool,
    /// Bytes of a body that are told at the most.
    bound: u64,
    dropped: [AtomicU64; 2],
    /// Bytes of a body were let go, and so is what comes behind them.
    cut: [AtomicBool; 2],
    /// The request's body is read and does not come.
    awaits_client: AtomicBool,
}

struct State {
    exchange: Exchange,
    request_over: bool,
    response_over: bool,
    told_end: bool,
}

/// Interim responses of an exchange that are told as they come.
const INTERIM_TOLD: usize = 16;

/// How a body ended.
#[derive(Debug)]
pub(crate) enum BodyOutcome {
    /// With its last byte.
    Whole,
    /// Nobody read on: the peer it was for went away.
    Abandoned,
    /// It could not be read to its end.
    Broken(Fault),
}

impl ExchangeRecorder {
    /// Begins an exchange. Waits for room when the writer is behind.
    pub(crate) async fn begin(
        connection: &Arc<ConnectionRecorder>,
        request: RequestHead,
        started: Timestamp,
        began: Instant,
    ) -> Self {
        Self::begin_with(connection, None, request, started, began, u64::MAX).await
    }

    /// Begins an exchange on a stream of HTTP/2.
    pub(crate) async fn begin_on(
        connection: &Arc<ConnectionRecorder>,
        stream_id: u32,
        request: RequestHead,
        started: Timestamp,
        began: Instant,
    ) -> Self {
        Self::begin_with(connection, Some(stream_id), request, started, began, u64::MAX).await
    }

    /// Ends it without an answer, and begins another one for the same request, which is sent again.
    pub(crate) async fn begin_again(&self, fault: &Fault) -> Self {
        self.body_over(Side::Request, BodyOutcome::Abandoned);
        self.no_response(fault);
        let Exchange {
            stream_id, request, ..
        } = &*self.0.live.opened;
        let (started, began) = (Timestamp::now(), Instant::now());
        Self::begin_with(
            &self.0.connection,
            *stream_id,
            request.clone(),
            started,
            began,
            u64::MAX,
        )
        .await
    }

    /// Begins an exchange of which so many bytes a body are told. What lies beyond is counted as dropped.
    pub(super) async fn begin_bounded(
        connection: &Arc<ConnectionRecorder>,
        request: RequestHead,
        started: Timestamp,
        began: Instant,
        bound: u64,
    ) -> Self {
        Self::begin_with(connection, None, request, started, began, bound).await
    }

    async fn begin_with(
        connection: &Arc<ConnectionRecorder>,
        stream_id: Option<u32>,
        request: RequestHead,
        started: Timestamp,
        began: Instant,
        bound: u64,
    ) -> Self {
        // Most requests have no body whose pieces could be timed: their heads are looked at with the response's.
        let timed =
            !matches!(&*request.method, "GET" | "HEAD") && Protocol::of_heads(&request, None).is_timed();
        let counters = &connection.recorder.live.counters;
        Counters::add(&counters.exchanges, 1);
        if request.scheme == "https" && &*request.method != "CONNECT" {
            Counters::add(&counters.https_exchanges, 1);
        }
        let exchange = Exchange {
            stream_id,
            ..Exchange::new(connection.id, request, started)
        };
        let opened = Arc::new(exchange.clone());
        let live = Arc::new(LiveExchange {
            opened: opened.clone(),
            request_bytes: AtomicU64::new(0),
            response_bytes: AtomicU64::new(0),
        });
        let recorded = !connection.recorder.events.is_paused();
        connection.exchange_opened();
        connection
            .recorder
            .live
            .exchanges
            .insert(exchange.id, live.clone());
        let this = Self(Arc::new(Inner {
            connection: connection.clone(),
            began,
            live,
            recorded,
            state: Mutex::new(State {
                exchange,
                request_over: false,
                response_over: false,
                told_end: false,
            }),
            timed: AtomicBool::new(timed),
            bound,
            dropped: [AtomicU64::new(0), AtomicU64::new(0)],
            cut: [AtomicBool::new(false), AtomicBool::new(false)],
            awaits_client: AtomicBool::new(false),
        }));
        if recorded {
            connection.tell_if_untold();
            connection.recorder.events.send(Event::Exchange(opened)).await;
        }
        this
    }

    /// Notes whether more of the request's body is waited for.
    pub(crate) fn await_client(&self, awaits: bool) {
        self.0.awaits_client.store(awaits, Ordering::Relaxed);
    }

    /// Whether it is the client that is waited for.
    pub(crate) fn awaits_client(&self) -> bool {
        self.0.awaits_client.load(Ordering::Relaxed)
    }

    /// Grows with every byte of its bodies.
    pub(crate) fn progress(&self) -> u64 {
        let live = &self.0.live;
        live.request_bytes.load(Ordering::Relaxed) + live.response_bytes.load(Ordering::Relaxed)
    }

    /// The request's head went to the origin leg.
    pub(crate) fn request_sent(&self) {
        let now = self.now_us();
        self.0.lock().exchange.timings.request_sent_us = Some(now);
    }

    /// The request's head went to the origin leg, on this stream of HTTP/2.
    pub(crate) fn request_sent_on(&self, stream_id: u32) {
        self.request_sent();
        self.0.lock().exchange.origin_stream_id = Some(stream_id);
    }

    /// An interim response is there.
    pub(crate) fn interim_head(&self, head: ResponseHead) {
        let mut state = self.0.lock();
        state.exchange.informational.push(head);
        // Each telling holds all of them: of a flood the end tells.
        if state.exchange.informational.len() <= INTERIM_TOLD {
            let snapshot = self.0.snapshot(&mut state);
            drop(state);
            self.0.tell(snapshot);
        }
    }

    /// The response's head is there.
    pub(crate) fn response_head(&self, head: ResponseHead) {
        let mut state = self.note_response(head);
        let snapshot = self.0.snapshot(&mut state);
        drop(state);
        self.0.tell(snapshot);
    }

    /// The response's head is there, and so is all of its body: the exchange's end, which comes at once, tells it.
    pub(crate) fn response_head_untold(&self, head: ResponseHead) {
        drop(self.note_response(head));
    }

    fn note_response(&self, head: ResponseHead) -> MutexGuard<'_, State> {
        let now = self.now_us();
        if !head.made_here {
            self.0.connection.note_answer();
        }
        let timed = Protocol::of_heads(&self.0.live.opened.request, Some(&head)).is_timed();
        self.0.timed.store(timed, Ordering::Relaxed);
        let invites_to_h3 =
            !head.made_here && !self.0.connection.recorder.strips_alt_svc && invites_to_h3(&head.fields);
        let mut state = self.0.lock();
        state.exchange.invites_to_h3 = invites_to_h3;
        state.exchange.timings.response_head_us = Some(now);
        state.exchange.response = Some(head);
        state
    }

    /// The next bytes of a body. `Err` when there is no room for them yet: they must wait before they pass on.
    pub(crate) fn body(&self, side: Side, bytes: &Bytes) -> Result<(), NoRoom> {
        self.tell_body(side, bytes.len(), |told| bytes.slice(..told))
    }

    /// The same of bytes that are carried: what is told of them is copied, and nothing beyond the bound.
    pub(crate) fn carried(&self, side: Side, bytes: &[u8]) -> Result<(), NoRoom> {
        self.tell_body(side, bytes.len(), |told| Bytes::copy_from_slice(&bytes[..told]))
    }

    fn tell_body(&self, side: Side, length: usize, take: impl FnOnce(usize) -> Bytes) -> Result<(), NoRoom> {
        let inner = &self.0;
        let (count, from) = match side {
            Side::Request => (&inner.live.request_bytes, LegName::Client),
            Side::Response => (&inner.live.response_bytes, LegName::Origin),
        };
        let before = count.fetch_add(length as u64, Ordering::Relaxed);
        inner.connection.count_bytes(from, length);
        if !inner.recorded || length == 0 {
            return Ok(());
        }
        let (dropped, cut) = (&inner.dropped[side as usize], &inner.cut[side as usize]);
        let events = &inner.connection.recorder.events;
        if cut.load(Ordering::Relaxed) {
            dropped.fetch_add(length as u64, Ordering::Relaxed);
            events.count_dropped(length as u64);
            return Ok(());
        }
        let room = usize::try_from(inner.bound.saturating_sub(before)).unwrap_or(usize::MAX);
        if room < length {
            dropped.fetch_add((length - room) as u64, Ordering::Relaxed);
            if room == 0 {
                return Ok(());
            }
        }
        let bytes = take(room.min(length));
        let length = bytes.len() as u64;
        let event = Event::Body {
            exchange: inner.live.opened.id,
            side,
            bytes,
            at_us: inner.timed.load(Ordering::Relaxed).then(|| inner.now_us()),
        };
        if events.try_send(event)? == Sent::Dropped {
            dropped.fetch_add(length, Ordering::Relaxed);
            cut.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The trailer fields of a body.
    pub(crate) fn trailers(&self, side: Side, fields: Fields) {
        let mut state = self.0.lock();
        match side {
            Side::Request => state.exchange.request_trailers = Some(fields),
            Side::Response => state.exchange.response_trailers = Some(fields),
        }
    }

    /// A body is over.
    pub(crate) fn body_over(&self, side: Side, outcome: BodyOutcome) {
        let now = self.now_us();
        let mut state = self.0.lock();
        match side {
            Side::Request => {
                state.request_over = true;
                if matches!(outcome, BodyOutcome::Whole) {
                    state.exchange.timings.request_end_us = Some(now);
                }
            }
            Side::Response => state.response_over = true,
        }
        let error = match outcome {
            BodyOutcome::Whole => None,
            BodyOutcome::Broken(fault) => Some(fault.to_exchange_error()),
            // An origin may answer without reading the request to its end; that breaks nothing.
            BodyOutcome::Abandoned if side == Side::Request => None,
            BodyOutcome::Abandoned => Some(ExchangeError {
                leg: LegName::Client,
                stage: capture::Stage::Relay,
                text: "the client went away before it had the whole response".to_owned(),
            }),
        };
        if state.exchange.error.is_none() {
            state.exchange.error = error;
        }
        self.end_if_over(state);
    }

    /// The exchange failed. What is told first is what it failed of.
    pub(crate) fn fail(&self, fault: &Fault) {
        let mut state = self.0.lock();
        state
            .exchange
            .error
            .get_or_insert_with(|| fault.to_exchange_error());
    }

    /// Nothing more of a response will come.
    pub(crate) fn no_response(&self, fault: &Fault) {
        self.fail(fault);
        let mut state = self.0.lock();
        state.response_over = true;
        self.end_if_over(state);
    }

    fn end_if_over(&self, mut state: MutexGuard<'_, State>) {
        if state.request_over && state.response_over {
            let snapshot = self.0.end(&mut state);
            drop(state);
            self.0.tell(snapshot);
        }
    }

    fn now_us(&self) -> u64 {
        self.0.now_us()
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn snapshot(&self, state: &mut State) -> Option<Arc<Exchange>> {
        let exchange = &mut state.exchange;
        exchange.request_bytes = self.live.request_bytes.load(Ordering::Relaxed);
        exchange.response_bytes = self.live.response_bytes.load(Ordering::Relaxed);
        exchange.request_bytes_dropped = self.dropped[Side::Request as usize].load(Ordering::Relaxed);
        exchange.response_bytes_dropped = self.dropped[Side::Response as usize].load(Ordering::Relaxed);
        self.recorded.then(|| Arc::new(exchange.clone()))
    }

    fn end(&self, state: &mut State) -> Option<Arc<Exchange>> {
        if std::mem::replace(&mut state.told_end, true) {
            return None;
        }
        state.exchange.timings.end_us = Some(self.now_us());
        state.exchange.state = if state.exchange.error.is_some() {
            Counters::add(&self.connection.recorder.live.counters.failed_exchanges, 1);
            ExchangeState::Failed
        } else {
            ExchangeState::Done
        };
        log_line(&state.exchange, self.live.response_bytes.load(Ordering::Relaxed));
        self.connection.recorder.live.exchanges.remove(&state.exchange.id);
        self.connection.exchange_over();
        self.snapshot(state)
    }

    fn tell(&self, snapshot: Option<Arc<Exchange>>) {
        if let Some(exchange) = snapshot {
            self.connection
                .recorder
                .events
                .send_last(Event::Exchange(exchange));
        }
    }
}

/// One line an exchange, for those who follow the log.
fn log_line(exchange: &Exchange, response_bytes: u64) {
    if !tracing::enabled!(target: log::EXCHANGE, tracing::Level::INFO) {
        return;
    }
    let RequestHead {
        method,
        scheme,
        host,
        port,
        path,
        ..
    } = &exchange.request;
    let path = log::redacted_path(path);
    let status = exchange.response.as_ref().map_or(0, |head| head.status);
    let ms = exchange.timings.end_us.unwrap_or(0) / 1000;
    match &exchange.error {
        None => {
            tracing::info!(target: log::EXCHANGE, "{method} {scheme}://{host}:{port}{path} {status} {response_bytes} B {ms} ms")
        }
        Some(error) => {
            tracing::info!(target: log::EXCHANGE, "{method} {scheme}://{host}:{port}{path} {status} {response_bytes} B {ms} ms failed: {}", error.text)
        }
    }
}

impl Drop for Inner {
    /// Whatever cut the exchange off (the client, a shutdown), it is told over.
    fn drop(&mut self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.told_end {
            return;
        }
        state.exchange.error.get_or_insert_with(|| ExchangeError {
            leg: LegName::Client,
            stage: capture::Stage::Relay,
            text: "the client went away before there was a response".to_owned(),
        });
        let snapshot = self.end(&mut state);
        drop(state);
        self.tell(snapshot);
    }
}
