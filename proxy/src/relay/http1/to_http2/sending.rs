//! The two directions of a stream to the origin.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use capture::{Fields, LegName, Stage};
use h2::{Reason, RecvStream, SendStream};
use http::StatusCode;

use super::super::body::Piece;
use super::super::chunks::trailers_to_http2;
use super::super::upgrade::{Broke, Sink, Source};
use super::super::upload::{Stopped, Taker};
use crate::fault::Fault;
use crate::relay::http2::Ended;

/// What goes to the origin on a stream.
pub(super) struct Sending {
    stream: SendStream<Bytes>,
    /// The request is over, or goes on in another protocol.
    is_ended: bool,
}

impl Sending {
    pub(super) fn new(stream: SendStream<Bytes>, is_ended: bool) -> Self {
        Self { stream, is_ended }
    }

    pub(super) fn reset(&mut self, reason: Reason) {
        self.stream.send_reset(reason);
    }

    /// What goes on in another protocol.
    pub(super) fn switched(self) -> ToStream {
        ToStream(self.stream)
    }
}

impl Taker for &mut Sending {
    async fn take(&mut self, piece: Option<Piece>, ends: bool) -> Result<(), Stopped> {
        let Some(piece) = piece else {
            return Ok(());
        };
        let contents = piece.contents();
        let count = contents.len();
        for (n, bytes) in contents.into_iter().enumerate() {
            let ends = ends && n + 1 == count;
            give(&mut self.stream, bytes, ends)
                .await
                .map_err(|_| Stopped::Refused)?;
            self.is_ended |= ends;
        }
        Ok(())
    }

    async fn end(&mut self, trailers: Option<&Fields>) -> Result<(), Stopped> {
        if std::mem::replace(&mut self.is_ended, true) {
            return Ok(());
        }
        let sent = match trailers {
            Some(trailers) => {
                let Some(trailers) = trailers_to_http2(trailers) else {
                    return Err(Stopped::Bad(bad_trailers()));
                };
                self.stream.send_trailers(trailers)
            }
            None => self.stream.send_data(Bytes::new(), true),
        };
        sent.map_err(|_| Stopped::Refused)
    }

    fn poll_refused(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.stream.poll_reset(cx).map(drop)
    }
}

/// What goes to the origin in another protocol.
pub(super) struct ToStream(SendStream<Bytes>);

impl Sink for ToStream {
    async fn send(&mut self, bytes: Bytes) -> Result<(), Broke> {
        give(&mut self.0, bytes, false).await.map_err(|reason| {
            let reason = reason.unwrap_or(Reason::CANCEL);
            Some(Ended::OriginReset(reason).to_fault())
        })
    }

    async fn end(&mut self) -> Result<(), Broke> {
        // One that has reset the stream needs no end.
        let _ = self.0.send_data(Bytes::new(), true);
        Ok(())
    }
}

/// What comes of the origin in another protocol.
pub(super) struct FromStream(pub(super) RecvStream);

impl Source for FromStream {
    async fn next(&mut self) -> Result<Option<Bytes>, Broke> {
        match self.0.data().await {
            None => Ok(None),
            Some(Ok(bytes)) => Ok(Some(bytes)),
            Some(Err(error)) => Err(Some(Ended::of_origin(error).to_fault())),
        }
    }

    fn taken(&mut self, count: usize) {
        let _ = self.0.flow_control().release_capacity(count);
    }
}

/// Gives bytes to the origin, as fast as it takes them; where it takes no more, says the code that it gave.
async fn give(to: &mut SendStream<Bytes>, mut bytes: Bytes, ends: bool) -> Result<(), Option<Reason>> {
    poll_fn(|cx| {
        while !bytes.is_empty() {
            to.reserve_capacity(bytes.len());
            let mut room = to.capacity();
            if room == 0 {
                room = match ready!(to.poll_capacity(cx)) {
                    Some(Ok(room)) => room,
                    // How it ended is asked for once.
                    _ => return Poll::Ready(Err(reset_of(to, cx))),
                };
            }
            let piece = bytes.split_to(room.min(bytes.len()));
            if !piece.is_empty() && to.send_data(piece, ends && bytes.is_empty()).is_err() {
                return Poll::Ready(Err(reset_of(to, cx)));
            }
        }
        Poll::Ready(Ok(()))
    })
    .await
}

/// The code that a stream was reset with.
fn reset_of(to: &mut SendStream<Bytes>, cx: &mut Context<'_>) -> Option<Reason> {
    match to.poll_reset(cx) {
        Poll::Ready(Ok(reason)) => Some(reason),
        _ => None,
    }
}

fn bad_trailers() -> Fault {
    Fault::new(
        LegName::Client,
        Stage::Request,
        "the request's trailers can't be said in HTTP/2",
    )
    .with_status(StatusCode::BAD_REQUEST)
    .with_remedy("look at the client: its trailers could be read in two ways")
}
