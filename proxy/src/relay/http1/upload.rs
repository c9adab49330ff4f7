//! The way of a request: its head and body to the origin. Then the client is listened to while it waits, for it may
//! go away, or ask ahead.

use std::future::{pending, poll_fn};
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use capture::{Fields, LegName, Side, Stage};
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite};

use super::body::{Body, Piece, Told};
use super::error::BadMessage;
use super::framing::Length;
use super::hop::Asked;
use super::wire::{Input, send};
use crate::fault::{Fault, chain_text};
use crate::recorder::{BodyOutcome, ExchangeRecorder};
use crate::relay::life::Life;

/// What a client may ask ahead, in bytes, before its first request is answered. Beyond it nothing is read.
const AHEAD: usize = 64 * 1024;

/// How long a client that has closed its half is still believed to wait, before an answer has begun. Whether it left
/// for good can't be seen until something is written to it.
const HALF_CLOSED: Duration = Duration::from_secs(5);

/// How far an exchange has come, seen from both of its ways.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// The request's last byte has left.
    pub(super) is_sent: AtomicBool,
    /// The head of the answer has come.
    pub(super) is_answered: AtomicBool,
    /// The answer that the client gets ends with its connection.
    pub(super) has_no_end: AtomicBool,
    pub(super) gate: Gate,
}

impl Course {
    /// The course of a request that asks for this, with a body of this length.
    pub(super) fn of(asked: &Asked<'_>, length: Length) -> Self {
        let course = Self::default();
        if asked.expects() && !length.is_none() {
            course.gate.shut();
        }
        course
    }

    pub(super) fn is_sent(&self) -> bool {
        self.is_sent.load(Ordering::Relaxed)
    }

    pub(super) fn is_answered(&self) -> bool {
        self.is_answered.load(Ordering::Relaxed)
    }
}

/// Holds a body back that the origin was asked for leave to send (RFC 9110 section 10.1.1).
#[derive(Debug, Default)]
pub(super) struct Gate(AtomicU8);

impl Gate {
    const OPEN: u8 = 0;
    const SHUT: u8 = 1;
    const LOCKED: u8 = 2;

    /// Holds back from now on.
    fn shut(&self) {
        self.0.store(Self::SHUT, Ordering::Relaxed);
    }

    fn is_shut(&self) -> bool {
        self.0.load(Ordering::Relaxed) == Self::SHUT
    }

    /// The origin wants the body.
    pub(super) fn open(&self) {
        let _ = self
            .0
            .compare_exchange(Self::SHUT, Self::OPEN, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// The origin has answered without it: it is not sent at all. Says whether that is so.
    pub(super) fn lock(&self) -> bool {
        self.0
            .compare_exchange(Self::SHUT, Self::LOCKED, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    /// Waits until it opens, `limit` at the most: some origins never answer an expectation.
    async fn passed(&self, limit: Duration) {
        let opened = poll_fn(|_| match self.0.load(Ordering::Relaxed) {
            // Whoever opens it does so in the same task, and polls this again.
            Self::OPEN => Poll::Ready(()),
            _ => Poll::Pending,
        });
        if tokio::time::timeout(limit, opened).await.is_err()
            && self.0.load(Ordering::Relaxed) == Self::LOCKED
        {
            pending::<()>().await;
        }
        self.open();
    }
}

/// Why the way of a request ended before the exchange did.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The client is gone.
    Left,
    /// The body can't be carried.
    Bad(Fault),
    /// The origin takes no more.
    Refused,
}

/// What takes a request at the origin's side. Why it takes no more is told by the way of the response, which may still
/// come.
pub(super) trait Taker: Send {
    /// Lets the head leave, where it has not yet, and this piece of the body behind it. `ends` with the last one, where no
    /// trailers follow.
    fn take(&mut self, piece: Option<Piece>, ends: bool) -> impl Future<Output = Result<(), Stopped>> + Send;

    /// All of it was taken.
    fn end(&mut self, trailers: Option<&Fields>) -> impl Future<Output = Result<(), Stopped>> + Send;

    /// Ready when it takes no more.
    fn poll_refused(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

/// A request that is written as it was read.
pub(super) struct Written<'a, O> {
    pub(super) origin: &'a Mutex<O>,
    /// Until it has left.
    pub(super) head: Bytes,
    pub(super) exchange: &'a ExchangeRecorder,
}

impl<O: AsyncWrite + Send + Unpin> Taker for Written<'_, O> {
    async fn take(&mut self, piece: Option<Piece>, _: bool) -> Result<(), Stopped> {
        let head = std::mem::take(&mut self.head);
        if !head.is_empty() {
            self.exchange.request_sent();
        }
        let piece = piece.map(|piece| piece.bytes).unwrap_or_default();
        if head.is_empty() && piece.is_empty() {
            return Ok(());
        }
        send(self.origin, head, piece).await.map_err(|_| Stopped::Refused)
    }

    async fn end(&mut self, _: Option<&Fields>) -> Result<(), Stopped> {
        self.take(None, true).await
    }

    fn poll_refused(&mut self, _: &mut Context<'_>) -> Poll<()> {
        // It shows when it is written to.
        Poll::Pending
    }
}

/// A request under way.
pub(super) struct Upload<'a, C, T> {
    pub(super) life: &'a Life,
    pub(super) client: &'a Mutex<C>,
    pub(super) input: &'a mut Input,
    pub(super) exchange: &'a ExchangeRecorder,
    pub(super) course: &'a Course,
    pub(super) body: Body,
    pub(super) to: T,
}

impl<C: AsyncRead + Unpin, T: Taker> Upload<'_, C, T> {
    /// Sends the request, and then listens until something stops it.
    pub(super) async fn run(mut self) -> Stopped {
        match self.send_all().await {
            Ok(()) => self.listen().await,
            Err(stopped) => stopped,
        }
    }

    async fn send_all(&mut self) -> Result<(), Stopped> {
        let (exchange, stall) = (self.exchange, &*self.life.stall);
        let mut told = Told::new(exchange, Side::Request, stall);
        if self.course.gate.is_shut() {
            self.to.take(None, false).await?;
            let limit = self.life.context.timeouts.expect_continue;
            self.course.gate.passed(limit).await;
        }
        while !self.body.is_over() {
            match self.body.take(self.input) {
                Ok(Some(piece)) => {
                    piece.tell(exchange, Side::Request).await;
                    let ends = self.body.is_over() && !self.body.has_trailers();
                    self.to.take(Some(piece), ends).await?;
                    continue;
                }
                Ok(None) => {}
                Err(bad) => {
                    let fault = bad_body(&bad);
                    told.end(BodyOutcome::Broken(fault.clone()));
                    return Err(Stopped::Bad(fault));
                }
            }
            self.to.take(None, false).await?;
            exchange.await_client(true);
            let read = self.read().await;
            exchange.await_client(false);
            let read = read?;
            if !matches!(read, Ok(1..)) {
                told.end(BodyOutcome::Broken(broken_off(read.err())));
                return Err(Stopped::Left);
            }
        }
        let trailers = self.body.take_trailers();
        self.to.end(trailers.as_ref()).await?;
        if let Some(trailers) = trailers {
            exchange.trailers(Side::Request, trailers);
        }
        told.end(BodyOutcome::Whole);
        self.course.is_sent.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Reads more, as long as it is wanted.
    async fn read(&mut self) -> Result<io::Result<usize>, Stopped> {
        poll_fn(|cx| match self.to.poll_refused(cx) {
            Poll::Ready(()) => Poll::Ready(Err(Stopped::Refused)),
            Poll::Pending => self.input.poll_fill(self.client, cx).map(Ok),
        })
        .await
    }

    async fn listen(&mut self) -> Stopped {
        while self.input.buffer.len() < AHEAD {
            match self.input.fill(self.client).await {
                Ok(1..) => {}
                Ok(0) => {
                    tokio::time::sleep(HALF_CLOSED).await;
                    if self.course.is_answered() {
                        break;
                    }
                    return Stopped::Left;
                }
                Err(_) => return Stopped::Left,
            }
        }
        pending().await
    }
}

fn bad_body(bad: &BadMessage) -> Fault {
    Fault::new(
        LegName::Client,
        Stage::Request,
        format!("the request's body can't be carried: {bad}"),
    )
    .with_status(StatusCode::BAD_REQUEST)
    .with_remedy("look at the client: its body is framed in a way that could be read in two ways")
}

fn broken_off(error: Option<io::Error>) -> Fault {
    let why = error.map_or_else(
        || "the client closed the connection before its end".to_owned(),
        |error| chain_text(&error),
    );
    Fault::new(
        LegName::Client,
        Stage::Request,
        format!("the request's body broke off: {why}"),
    )
}
