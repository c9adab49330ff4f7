//! The way of a request: its body from the client's stream, framed for the origin's connection.

use std::sync::Mutex;

use bytes::{BufMut, Bytes, BytesMut};
use capture::{LegName, Side, Stage};
use h2::RecvStream;
use http::{HeaderMap, StatusCode};
use tokio::io::AsyncWrite;

use super::super::body::{Told, tell};
use super::super::chunked::Chunked;
use super::super::framing::Length;
use super::super::head::Bounds;
use super::super::wire::{end, send};
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
                send(to, framed(bytes, length), Bytes::new())
                    .await
                    .map_err(|_| Stopped::Refused)?;
            }
            // Now, and not before, the client may send as much again.
            let _ = self.from.flow_control().release_capacity(count);
        }
        let trailers = match self.from.trailers().await {
            Ok(trailers) => trailers,
            Err(error) => return Err(self.ended(Ended::of_client(error))),
        };
        if let Some(trailers) = &trailers {
            self.exchange.trailers(Side::Request, pack(trailers));
        }
        let sent = match length {
            Length::Bytes(_) => Ok(()),
            Length::Chunked => {
                let last = last_chunk(trailers.as_ref(), self.bounds).map_err(|fault| {
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

/// Bytes as they go to the origin.
fn framed(bytes: Bytes, length: Length) -> Bytes {
    if length != Length::Chunked {
        return bytes;
    }
    let size = format!("{:x}\r\n", bytes.len());
    let mut chunk = BytesMut::with_capacity(size.len() + bytes.len() + 2);
    chunk.put_slice(size.as_bytes());
    chunk.put_slice(&bytes);
    chunk.put_slice(b"\r\n");
    chunk.freeze()
}

/// The end of a body in chunks, read again by the letter before it leaves (RFC 9112 section 7.1.2).
fn last_chunk(trailers: Option<&HeaderMap>, bounds: Bounds) -> Result<Bytes, Fault> {
    let mut last = BytesMut::from(&b"0\r\n"[..]);
    for (name, value) in trailers.into_iter().flatten() {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            last.put_slice(part);
        }
    }
    last.put_slice(b"\r\n");
    let mut reader = Chunked::new(bounds);
    match reader.feed(&last, &mut Vec::new()) {
        Ok(read) if read == last.len() && reader.is_over() => Ok(last.freeze()),
        read => {
            let why = read
                .err()
                .map_or_else(|| "they end before their end".to_owned(), |bad| bad.to_string());
            let text = format!("the request's trailers can't be carried: {why}");
            Err(Fault::new(LegName::Client, Stage::Request, text)
                .with_status(StatusCode::BAD_REQUEST)
                .with_remedy("look at the client: its trailers could be read in two ways"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        bytes: 4096,
        fields: 100,
    };

    #[test]
    fn trailers_go_behind_the_last_chunk_unless_they_frame_or_route() {
        let trailers =
            |name: &'static str| HeaderMap::from_iter([(name.parse().unwrap(), "1".parse().unwrap())]);
        assert_eq!(last_chunk(None, BOUNDS).unwrap(), "0\r\n\r\n");
        assert_eq!(
            last_chunk(Some(&trailers("x-sum")), BOUNDS).unwrap(),
            "0\r\nx-sum: 1\r\n\r\n"
        );
        for name in ["content-length", "host", "transfer-encoding"] {
            assert!(last_chunk(Some(&trailers(name)), BOUNDS).is_err(), "{name}");
        }
        assert_eq!(
            framed(Bytes::from_static(b"0123456789abcdef"), Length::Chunked),
            "10\r\n0123456789abcdef\r\n"
        );
    }
}
