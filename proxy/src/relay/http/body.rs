//! A body on its way through: each frame is told to the recorder and then handed on, neither copied nor kept.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use capture::{Fields, LegName, Sent, Side, Stage};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::Notify;

use crate::fault::{Fault, chain_text};
use crate::recorder::{BodyOutcome, ExchangeRecorder};

/// A body that streams from one leg to the other, or a page of our own.
pub(crate) struct RelayBody {
    source: Source,
    side: Side,
    exchange: ExchangeRecorder,
    /// A frame that must wait until the recorder has room for its bytes.
    waiting: Option<Waiting>,
    /// Held back until the origin says `100 Continue` (RFC 9110 section 10.1.1).
    gate: Option<Gate>,
    over: bool,
}

enum Source {
    Stream(Incoming),
    Page(Option<Bytes>),
}

struct Waiting {
    room: Pin<Box<dyn Future<Output = Sent> + Send>>,
    bytes: Bytes,
}

/// Opens once, and stays open.
type Gate = Pin<Box<dyn Future<Output = ()> + Send>>;

impl RelayBody {
    /// A body that comes from a peer.
    pub(crate) fn stream(body: Incoming, side: Side, exchange: ExchangeRecorder) -> Self {
        Self {
            source: Source::Stream(body),
            side,
            exchange,
            waiting: None,
            gate: None,
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
            gate: None,
            over: false,
        }
    }

    /// Holds the body back until `opened` is notified, or `limit` has passed: some origins never answer an
    /// expectation.
    pub(crate) fn behind_gate(mut self, opened: Arc<Notify>, limit: std::time::Duration) -> Self {
        self.gate = Some(Box::pin(async move {
            let _ = tokio::time::timeout(limit, opened.notified()).await;
        }));
        self
    }

    fn end(&mut self, outcome: BodyOutcome) {
        if !std::mem::replace(&mut self.over, true) {
            self.exchange.body_over(self.side, outcome);
        }
    }
}

impl Body for RelayBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        if let Some(gate) = &mut this.gate {
            ready!(gate.as_mut().poll(cx));
            this.gate = None;
        }
        if let Some(waiting) = &mut this.waiting {
            ready!(waiting.room.as_mut().poll(cx));
            return Poll::Ready(this.waiting.take().map(|waiting| Ok(Frame::data(waiting.bytes))));
        }
        let frame = match &mut this.source {
            Source::Stream(body) => ready!(Pin::new(body).poll_frame(cx)),
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
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                this.end(BodyOutcome::Broken(broken(this.side, &error)));
                Poll::Ready(Some(Err(error)))
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
        let outcome = if self.is_end_stream() {
            BodyOutcome::Whole
        } else {
            BodyOutcome::Abandoned
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
pub(super) fn pack(fields: &HeaderMap) -> Fields {
    Fields::pack(
        fields
            .iter()
            .map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes())),
    )
}
