//! The way of a request: its body from the client's stream, framed for the origin's connection.

use std::sync::Mutex;

use bytes::Bytes;
use capture::{LegName, Side, Stage};
use h2::RecvStream;
use http::StatusCode;
use http::header::PROXY_AUTHORIZATION;
use tokio::io::AsyncWrite;

use super::super::body::{Told, tell};
use super::super::chunks::{chunk, last_chunk};
use super::super::error::BadMessage;
use super::super::framing::Length;
use super::super::head::Bounds;
use super::super::wire::{end, send, send_all};
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ExchangeRecorder};
use crate::relay::http::pack;
use crate::relay::http2::Ended;
use crate::relay::life::Life;

/// A request's body.
pub(super) struct Upload<'a> {
    pub(super) from: RecvStream,
    exchange: &'a ExchangeRecorder,
    told: Told<'a>,
    bounds: Bounds,
}

/// Why it stopped before its end.
pub(super) enum Stopped {
    /// By the client.
    Ended(Ended),
    /// It can't be carried.
    Bad(Fault),
    /// The origin takes no more.
    Refused,
}

impl<'a> Upload<'a> {
    pub(super) fn new(
        from: RecvStream,
        exchange: &'a ExchangeRecorder,
        life: &'a Life,
        bounds: Bounds,
    ) -> Self {
        Self {
            from,
            exchange,
            told: Told::new(exchange, Side::Request, &life.stall),
            bounds,
        }
    }

    /// Sends the head, and the body behind it.
    pub(super) async fn send<S>(&mut self, to: &Mutex<S>, head: Bytes, length: Length) -> Result<(), Stopped>
    where
        S: AsyncWrite + Unpin,
    {
        if !head.is_empty() {
            self.exchange.request_sent();
            send(to, head, Bytes::new()).await.map_err(|_| Stopped::Refused)?;
        }
        while let Some(bytes) = self.next().await? {
            let count = bytes.len();
            tell(self.exchange, Side::Request, &bytes).await;
            if count > 0 {
                let sent = match length {
                    Length::Chunked => send_all(to, chunk(bytes, false)).await,
                    _ => send(to, bytes, Bytes::new()).await,
                };
                sent.map_err(|_| Stopped::Refused)?;
            }
            // Now, and not before, the client may send as much again.
            let _ = self.from.flow_control().release_capacity(count);
        }
        let trailers = match self.from.trailers().await {
            Ok(trailers) => trailers,
            Err(error) => return Err(self.ended(Ended::of_client(error))),
        };
        // What says to a proxy who asks has no place here, and comes into no record.
        let trailers = trailers.map(|mut trailers| {
            trailers.remove(PROXY_AUTHORIZATION);
            trailers
        });
        if let Some(trailers) = &trailers {
            self.exchange.trailers(Side::Request, pack(trailers));
        }
        let sent = match length {
            Length::Bytes(_) => Ok(()),
            Length::Chunked => {
                let last = last_chunk(trailers.as_ref(), self.bounds).map_err(|why| {
                    let fault = bad_trailers(&why);
                    self.told.end(BodyOutcome::Broken(fault.clone()));
                    Stopped::Bad(fault)
                })?;
                send(to, last, Bytes::new()).await
            }
            Length::UntilClose => end(to).await,
        };
        self.told.end(BodyOutcome::Whole);
        sent.map_err(|_| Stopped::Refused)
    }

    /// The next bytes.
    async fn next(&mut self) -> Result<Option<Bytes>, Stopped> {
        self.exchange.await_client(true);
        let next = self.from.data().await;
        self.exchange.await_client(false);
        next.transpose()
            .map_err(|error| self.ended(Ended::of_client(error)))
    }

    /// What is left of the body, when the exchange is over.
    pub(super) fn into_rest(self) -> RecvStream {
        self.from
    }

    /// Its client ended it, or the stream that it belongs to.
    pub(super) fn ended(&mut self, ended: Ended) -> Stopped {
        self.told.end(BodyOutcome::Broken(ended.to_fault()));
        Stopped::Ended(ended)
    }
}

fn bad_trailers(why: &BadMessage) -> Fault {
    let text = format!("the request's trailers can't be carried: {why}");
    Fault::new(LegName::Client, Stage::Request, text)
        .with_status(StatusCode::BAD_REQUEST)
        .with_remedy("look at the client: its trailers could be read in two ways")
}
