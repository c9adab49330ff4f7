//! A body on its way through: each frame is told to the recorder and then handed on, neither copied nor kept.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use capture::{Fields, LegName, Sent, Side, Stage};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::fault::{Fault, chain_text};
use crate::recorder::{BodyOutcome, ExchangeRecorder};
use crate::relay::faults::{not_taken, response_stalled};
use crate::relay::life::Stall;
use crate::relay::patience::Patience;

/// A body that streams from one leg to the other, or a page of our own.
pub(crate) struct RelayBody {
    source: Source,
    side: Side,
    exchange: ExchangeRecorder,
    /// A frame that must wait until the recorder has room for its bytes.
    waiting: Option<Waiting>,
    /// What to wait for the peer with; our own pages need none.
    patience: Option<Patience>,
    over: bool,
}

/// Why a body ends before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error(transparent)]
    Broken(#[from] hyper::Error),
    #[error("nothing more of the body came within {0:?}")]
    Stalled(Duration),
}

enum Source {
    Stream(Incoming),
    Page(Option<Bytes>),
}

struct Waiting {
    room: Pin<Box<dyn Future<Output = Sent> + Send>>,
    bytes: Bytes,
}

impl RelayBody {
    /// A body that comes from a peer.
    pub(super) fn stream(body: Incoming, side: Side, exchange: ExchangeRecorder, stall: &Arc<Stall>) -> Self {
        Self {
            source: Source::Stream(body),
            side,
            exchange,
            waiting: None,
            patience: Some(Patience::new(stall.clone())),
            over: false,
        }
    }

    /// A page of our own.
    pub(crate) fn page(page: Bytes, exchange: ExchangeRecorder) -> Self {
        let source = Source::Page(Some(page).filter(|page| !page.is_empty()));
        Self {
            source,
            side: Side::Response,
            exchange,
            waiting: None,
            patience: None,
            over: false,
        }
    }

    /// The peer's next bytes are there, or are waited for; says whether they were for too long.
    fn is_stalled(&mut self, is_waiting: bool, cx: &mut Context<'_>) -> Option<Duration> {
        let patience = self.patience.as_mut()?;
        if patience.wait(is_waiting) && self.side == Side::Request {
            self.exchange.await_client(is_waiting);
        }
        let waits_for_origin = is_waiting && self.side == Side::Response;
        (waits_for_origin && patience.runs_out(&self.exchange, cx)).then_some(patience.limit())
    }

    fn end(&mut self, outcome: BodyOutcome) {
        if !std::mem::replace(&mut self.over, true) {
            self.exchange.body_over(self.side, outcome);
        }
    }
}

impl Body for RelayBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if let Some(waiting) = &mut this.waiting {
            ready!(waiting.room.as_mut().poll(cx));
            return Poll::Ready(this.waiting.take().map(|waiting| Ok(Frame::data(waiting.bytes))));
        }
        let frame = match &mut this.source {
            Source::Stream(body) => {
                let polled = Pin::new(body).poll_frame(cx);
                if let Some(limit) = this.is_stalled(polled.is_pending(), cx) {
                    this.end(BodyOutcome::Broken(response_stalled(limit)));
                    return Poll::Ready(Some(Err(BodyError::Stalled(limit))));
                }
                ready!(polled)
            }
            Source::Page(page) => page.take().map(|page| Ok(Frame::data(page))),
        };
        match frame {
            Some(Ok(frame)) => {
                if let Some(bytes) = frame.data_ref() {
                    if let Err(no_room) = this.exchange.body(this.side, bytes) {
                        let mut room: Pin<Box<dyn Future<Output = Sent> + Send>> = Box::pin(no_room.send());
                        if room.as_mut().poll(cx).is_pending() {
                            this.waiting = Some(Waiting {
                                room,
                                bytes: bytes.clone(),
                            });
                            return Poll::Pending;
                        }
                    }
                } else if let Some(trailers) = frame.trailers_ref() {
                    this.exchange.trailers(this.side, pack(trailers));
                    // They end a body (RFC 9112 section 7.1.2), and not every engine asks what comes after.
                    this.end(BodyOutcome::Whole);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                this.end(BodyOutcome::Broken(broken(this.side, &error)));
                Poll::Ready(Some(Err(error.into())))
            }
            None => {
                this.end(BodyOutcome::Whole);
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.waiting.is_none()
            && match &self.source {
                Source::Stream(body) => body.is_end_stream(),
                Source::Page(page) => page.is_none(),
            }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Stream(body) => body.size_hint(),
            Source::Page(page) => SizeHint::with_exact(page.as_ref().map_or(0, |page| page.len() as u64)),
        }
    }
}

impl Drop for RelayBody {
    /// An engine that knows a body's length stops asking at its last byte; whoever stops before it gave up.
    fn drop(&mut self) {
        let cut_off = self.patience.as_ref().filter(|patience| patience.is_cut_off());
        let outcome = match cut_off {
            _ if self.is_end_stream() => BodyOutcome::Whole,
            Some(patience) if self.side == Side::Response => BodyOutcome::Broken(not_taken(patience.limit())),
            _ => BodyOutcome::Abandoned,
        };
        self.end(outcome);
    }
}

fn broken(side: Side, error: &hyper::Error) -> Fault {
    match side {
        Side::Request => Fault::new(
            LegName::Client,
            Stage::Request,
            format!("the request's body broke off: {}", chain_text(error)),
        ),
        Side::Response => Fault::new(
            LegName::Origin,
            Stage::Response,
            format!("the response's body broke off: {}", chain_text(error)),
        ),
    }
}

/// The fields of a head or trailer as the recorder keeps them.
pub(crate) fn pack(fields: &HeaderMap) -> Fields {
    Fields::pack(
        fields
            .iter()
            .map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes())),
    )
}
