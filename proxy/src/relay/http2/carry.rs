//! One direction of a stream: what one side sends is told to the recorder and handed to the other side as fast as
//! that takes it, and only then may the sender send as much again.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use capture::{Sent, Side};
use h2::{Reason, RecvStream, SendStream};

use super::ended::Ended;
use super::head::malformed_fields;
use crate::recorder::{BodyOutcome, ExchangeRecorder};
use crate::relay::faults::not_taken;
use crate::relay::http::pack;
use crate::relay::life::Life;
use crate::relay::patience::Patience;

/// A body on its way.
pub(super) struct Carry {
    side: Side,
    from: RecvStream,
    /// What came and was not handed on yet.
    bytes: Bytes,
    /// Until there is room for it at the recorder.
    room: Option<Pin<Box<dyn Future<Output = Sent> + Send>>>,
    patience: Patience,
    exchange: ExchangeRecorder,
    is_told: bool,
}

/// Why a direction stopped before its end.
pub(super) enum Stopped {
    /// The side that sends ended the stream.
    Source(Ended),
    /// The side that takes reset the stream, with this code where it gave one.
    Sink(Option<Reason>),
}

impl Carry {
    pub(super) fn new(side: Side, from: RecvStream, exchange: ExchangeRecorder, life: &Life) -> Self {
        Self {
            side,
            from,
            bytes: Bytes::new(),
            room: None,
            patience: Patience::new(life.stall.clone()),
            exchange,
            is_told: false,
        }
    }

    /// Carries on into `to`, and is ready when this direction is over.
    pub(super) fn poll(
        &mut self,
        to: &mut SendStream<Bytes>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Stopped>> {
        loop {
            if let Some(room) = &mut self.room {
                ready!(room.as_mut().poll(cx));
                self.room = None;
            }
            if !self.bytes.is_empty() {
                if ready!(self.poll_hand_on(to, cx))? {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }
            let polled = self.from.poll_data(cx);
            if self.is_stalled(polled.is_pending(), cx) {
                return Poll::Ready(Err(self.stop(Ended::Stalled(self.patience.limit()))));
            }
            match polled {
                Poll::Pending => {
                    // Whoever waits for more learns here that nobody takes it.
                    return match to.poll_reset(cx) {
                        Poll::Ready(reset) => Poll::Ready(Err(Stopped::Sink(reset.ok()))),
                        Poll::Pending => Poll::Pending,
                    };
                }
                Poll::Ready(Some(Ok(bytes))) => {
                    if let Err(no_room) = self.exchange.body(self.side, &bytes) {
                        self.room = Some(Box::pin(no_room.send()));
                    }
                    if bytes.is_empty() && self.from.is_end_stream() {
                        return Poll::Ready(self.end(to));
                    }
                    self.bytes = bytes;
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(self.source_broke(error))),
                Poll::Ready(None) => return self.poll_trailers(to, cx),
            }
        }
    }

    /// Hands on as much as the other side takes now, and says whether that was the end.
    fn poll_hand_on(
        &mut self,
        to: &mut SendStream<Bytes>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, Stopped>> {
        to.reserve_capacity(self.bytes.len());
        let mut room = to.capacity();
        if room == 0 {
            room = match ready!(to.poll_capacity(cx)) {
                Some(Ok(room)) => room,
                // How it ended is asked for once.
                _ => return Poll::Ready(Err(Stopped::Sink(reset_of(to, cx)))),
            };
        }
        let piece = self.bytes.split_to(room.min(self.bytes.len()));
        let count = piece.len();
        let is_last = self.bytes.is_empty() && self.from.is_end_stream();
        if to.send_data(piece, is_last).is_err() {
            return Poll::Ready(Err(Stopped::Sink(reset_of(to, cx))));
        }
        // Now, and not before, the sender may send as much again.
        let _ = self.from.flow_control().release_capacity(count);
        if is_last {
            self.tell(BodyOutcome::Whole);
        }
        Poll::Ready(Ok(is_last))
    }

    fn poll_trailers(
        &mut self,
        to: &mut SendStream<Bytes>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Stopped>> {
        match ready!(self.from.poll_trailers(cx)) {
            Ok(None) => Poll::Ready(self.end(to)),
            Ok(Some(trailers)) => {
                self.exchange.trailers(self.side, pack(&trailers));
                if malformed_fields(&trailers).is_some() || to.send_trailers(trailers).is_err() {
                    return Poll::Ready(Err(self.source_broke(Reason::PROTOCOL_ERROR.into())));
                }
                self.tell(BodyOutcome::Whole);
                Poll::Ready(Ok(()))
            }
            Err(error) => Poll::Ready(Err(self.source_broke(error))),
        }
    }

    fn end(&mut self, to: &mut SendStream<Bytes>) -> Result<(), Stopped> {
        self.tell(BodyOutcome::Whole);
        // A side that has reset the stream needs no end.
        let _ = to.send_data(Bytes::new(), true);
        Ok(())
    }

    /// The peer's next bytes are there, or are waited for; says whether they were for too long.
    fn is_stalled(&mut self, is_waiting: bool, cx: &mut Context<'_>) -> bool {
        if self.patience.wait(is_waiting) && self.side == Side::Request {
            self.exchange.await_client(is_waiting);
        }
        is_waiting && self.side == Side::Response && self.patience.runs_out(&self.exchange, cx)
    }

    fn source_broke(&mut self, error: h2::Error) -> Stopped {
        self.stop(match self.side {
            Side::Request => Ended::of_client(error),
            Side::Response => Ended::of_origin(error),
        })
    }

    fn stop(&mut self, ended: Ended) -> Stopped {
        self.tell(BodyOutcome::Broken(ended.to_fault()));
        Stopped::Source(ended)
    }

    /// There is nothing of it.
    pub(super) fn whole(&mut self) {
        self.tell(BodyOutcome::Whole);
    }

    /// Nobody takes the rest of it, by a fault that is told so.
    pub(super) fn broken(&mut self, ended: &Ended) {
        self.tell(BodyOutcome::Broken(ended.to_fault()));
    }

    fn tell(&mut self, outcome: BodyOutcome) {
        if !std::mem::replace(&mut self.is_told, true) {
            self.exchange.body_over(self.side, outcome);
        }
    }
}

impl Drop for Carry {
    /// Whoever stops before the end gave up.
    fn drop(&mut self) {
        let outcome = if self.patience.is_cut_off() && self.side == Side::Response {
            BodyOutcome::Broken(not_taken(self.patience.limit()))
        } else {
            BodyOutcome::Abandoned
        };
        self.tell(outcome);
    }
}

/// The code that a stream was reset with.
fn reset_of(to: &mut SendStream<Bytes>, cx: &mut Context<'_>) -> Option<Reason> {
    match to.poll_reset(cx) {
        Poll::Ready(Ok(reason)) => Some(reason),
        _ => None,
    }
}
