//! The way of a response: interim ones, the head and the body to the client.

use std::future::poll_fn;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use bytes::Bytes;
use capture::{Side, Version};
use tokio::io::{AsyncRead, AsyncWrite};

use super::answers::{Answers, NoAnswer, Waited, bad_answer, broken_off, told};
use super::body::{Body, Told};
use super::error::BadMessage;
use super::forward::asked_who;
use super::framing::{Framing, Length, of_response};
use super::head::{EndFinder, Response};
use super::hop::{Asked, Ending, Say, is_last, onward_response};
use super::upload::Course;
use super::wire::send;
use crate::config::UpstreamProxy;
use crate::fault::{Fault, chain_text};
use crate::recorder::BodyOutcome;
use crate::relay::faults::response_stalled;

/// How the way of a response ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// With its last byte.
    Whole {
        /// The client's connection ends with it.
        is_last: bool,
        /// The origin's does.
        origin_ends: bool,
    },
    /// Both sides go on in another protocol.
    Switched,
    /// Nothing of an answer has gone to the client: it is to be told.
    Failed(Fault),
    /// The same, and the origin left without a byte.
    Gone(Fault),
    /// The same, and it has not looked at the request.
    NotTaken(Fault),
    /// TLS with the origin ended with a reason before there was an answer.
    Refused(rustls::Error),
    /// The client has a part of an answer, and nothing more comes.
    CutShort { has_no_end: bool },
    /// The client takes nothing more.
    ClientBroke(io::Error),
}

/// A response under way.
pub(super) struct Download<'a, C, O> {
    pub(super) client: &'a Mutex<C>,
    pub(super) from: Answers<'a, O>,
    pub(super) course: &'a Course,
    pub(super) asked: &'a Asked<'a>,
    pub(super) is_head: bool,
    /// The client's connection ends with the origin's.
    pub(super) is_tunnel: bool,
    /// The other proxy that answers, where there is one.
    pub(super) proxy: Option<&'a UpstreamProxy>,
    /// The proxy takes no more requests on this connection.
    pub(super) is_ending: &'a AtomicBool,
}

impl From<NoAnswer> for Ended {
    fn from(no_answer: NoAnswer) -> Self {
        match no_answer {
            NoAnswer::Failed(fault) => Self::Failed(fault),
            NoAnswer::Gone(fault) => Self::Gone(fault),
            NoAnswer::Refused(error) => Self::Refused(error),
        }
    }
}

impl<C: AsyncWrite + Unpin, O: AsyncRead + Unpin> Download<'_, C, O> {
    pub(super) async fn run(mut self) -> Ended {
        match self.answer().await {
            Ok(ended) | Err(ended) => ended,
        }
    }

    async fn answer(&mut self) -> Result<Ended, Ended> {
        let mut interim = 0;
        let mut is_suspect = false;
        loop {
            let response = self.read_head().await?;
            let framing =
                of_response(&response, self.is_head).map_err(|bad| Ended::Failed(bad_answer(&bad)))?;
            match response.status {
                101 if self.asked.upgrade => return self.switch(&response, &framing).await,
                101 => return Err(Ended::Failed(bad_answer(&BadMessage::Switch))),
                100..=199 => {
                    interim += response.head.raw.len();
                    if interim > self.from.bounds.bytes {
                        let bad = BadMessage::TooManyInterim(self.from.bounds.bytes);
                        return Err(Ended::Failed(bad_answer(&bad)));
                    }
                    is_suspect |= framing.is_last;
                    self.pass_interim(&response, &framing).await?;
                }
                407 if let Some(proxy) = self.proxy => {
                    return Err(Ended::Failed(asked_who(proxy, &response)));
                }
                _ => return self.pass(&response, framing, is_suspect).await,
            }
        }
    }

    /// Reads a head, to its empty line.
    async fn read_head(&mut self) -> Result<Response, Ended> {
        let mut finder = EndFinder::default();
        loop {
            if let Some(response) = self.from.take_head(&mut finder)? {
                return Ok(response);
            }
            let waited = self.wait().await;
            self.from.expect_head(waited)?;
        }
    }

    /// Waits for more of the origin.
    async fn wait(&mut self) -> Waited {
        let stall = &self.from.life.stall;
        let told_before = stall.times();
        poll_fn(|cx| {
            // Who tells it does so in the same task, and polls this again.
            if stall.times() > told_before {
                return Poll::Ready(Waited::Stalled);
            }
            self.from.poll_wait(cx)
        })
        .await
    }

    fn onward(&self, response: &Response, framing: &Framing, say: Say) -> Bytes {
        onward_response(response, framing, say, self.from.life.context.strip_alt_svc)
    }

    /// `100 Continue`, `103 Early Hints`: handed on at once, to a client that knows of them.
    async fn pass_interim(&mut self, response: &Response, framing: &Framing) -> Result<(), Ended> {
        self.from.exchange.interim_head(told(response));
        if response.status == 100 {
            self.course.gate.open();
        }
        if self.asked.version == Version::Http10 {
            return Ok(());
        }
        let head = self.onward(response, framing, Say::KeepAlive { must: false });
        send(self.client, head, Bytes::new())
            .await
            .map_err(Ended::ClientBroke)
    }

    async fn switch(&mut self, response: &Response, framing: &Framing) -> Result<Ended, Ended> {
        self.course.is_answered.store(true, Ordering::Relaxed);
        self.course.gate.open();
        self.from.exchange.response_head(told(response));
        let head = self.onward(response, framing, Say::KeepAlive { must: false });
        send(self.client, head, Bytes::new())
            .await
            .map_err(Ended::ClientBroke)?;
        Ok(Ended::Switched)
    }

    /// The answer itself.
    async fn pass(
        &mut self,
        response: &Response,
        framing: Framing,
        is_suspect: bool,
    ) -> Result<Ended, Ended> {
        self.course.is_answered.store(true, Ordering::Relaxed);
        let stall = &*self.from.life.stall;
        let unasked = self.course.gate.lock();
        let origin_ends =
            is_suspect || framing.is_last || is_last(response) || framing.length == Length::UntilClose;
        let ending = Ending::of(
            response,
            &framing,
            self.asked,
            unasked || (self.is_tunnel && origin_ends) || self.is_ending.load(Ordering::Relaxed),
        );
        let (has_no_end, is_last) = (ending.has_no_end, ending.is_last);
        self.course.has_no_end.store(has_no_end, Ordering::Relaxed);
        let mut head = self.onward(response, &framing, ending.say);
        let is_here = match framing.length {
            Length::Bytes(length) => self.from.input.buffer.len() as u64 >= length,
            _ => false,
        };
        // Where all of it is here, the exchange's end tells it.
        if is_here && self.course.is_sent() {
            self.from.exchange.response_head_untold(told(response));
        } else {
            self.from.exchange.response_head(told(response));
        }
        let mut body = Body::new(framing.length, self.from.bounds);
        let mut telling = Told::new(self.from.exchange, Side::Response, stall);
        while !body.is_over() {
            match body.take(self.from.input) {
                Ok(Some(piece)) => {
                    piece.tell(self.from.exchange, Side::Response).await;
                    let head = std::mem::take(&mut head);
                    send(self.client, head, piece.bytes)
                        .await
                        .map_err(Ended::ClientBroke)?;
                    continue;
                }
                Ok(None) => {}
                Err(bad) => {
                    telling.end(BodyOutcome::Broken(broken_off(&bad.to_string())));
                    // What was answered is told, and that it broke off.
                    let _ = send(self.client, head, Bytes::new()).await;
                    return Err(Ended::CutShort { has_no_end });
                }
            }
            if !head.is_empty() {
                send(self.client, std::mem::take(&mut head), Bytes::new())
                    .await
                    .map_err(Ended::ClientBroke)?;
            }
            let fault = match self.wait().await {
                Waited::Bytes => continue,
                Waited::End if framing.length == Length::UntilClose => break,
                Waited::End => broken_off("the origin closed the connection before its end"),
                Waited::Broke(error) => broken_off(&chain_text(&error)),
                Waited::Stalled => response_stalled(stall.limit),
            };
            telling.end(BodyOutcome::Broken(fault));
            return Err(Ended::CutShort { has_no_end });
        }
        if !head.is_empty() {
            send(self.client, head, Bytes::new())
                .await
                .map_err(Ended::ClientBroke)?;
        }
        if let Some(trailers) = body.take_trailers() {
            self.from.exchange.trailers(Side::Response, trailers);
        }
        telling.end(BodyOutcome::Whole);
        Ok(Ended::Whole { is_last, origin_ends })
    }
}
