//! The way of a response: what an origin's connection answers, to the client's stream.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, ready};

use bytes::Bytes;
use capture::{LegName, Side, Stage};
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::StatusCode;

use super::super::answers::{Answers, NoAnswer, Waited, bad_answer, broken_off, told};
use super::super::body::{Body, Told};
use super::super::chunks::trailers_to_http2;
use super::super::error::BadMessage;
use super::super::forward::asked_who;
use super::super::framing::{Framing, Length, of_response};
use super::super::head::{EndFinder, Response};
use super::super::hop::is_last;
use super::super::websocket::check_accept;
use super::connection::Relay;
use super::response::to_http2;
use crate::fault::{Fault, chain_text};
use crate::recorder::BodyOutcome;
use crate::relay::faults::response_stalled;
use crate::relay::http2::Ended;
use crate::relay::patience::Patience;
use crate::transport::Transport;

/// The answers to one request.
pub(super) struct Download<'a> {
    pub(super) relay: &'a Relay,
    pub(super) from: Answers<'a, Transport>,
    pub(super) to: &'a mut SendResponse<Bytes>,
    pub(super) patience: Patience,
    pub(super) is_head: bool,
    /// The key of a WebSocket that was asked for.
    pub(super) websocket: Option<&'a str>,
    /// The client has the head of an answer.
    pub(super) is_answered: &'a AtomicBool,
}

/// Why the client gets no answer, or not all of it.
pub(super) enum Unanswered {
    /// It is to be told.
    Fault(Fault),
    /// Likewise: the origin's connection ended without a byte of an answer.
    Gone(Fault),
    /// Likewise, by what TLS with the origin ended with.
    Refused(rustls::Error),
    /// The client ended its stream.
    Ended(Ended),
    /// It has a part of an answer, and gets no more.
    CutShort(Fault),
}

impl From<NoAnswer> for Unanswered {
    fn from(no_answer: NoAnswer) -> Self {
        match no_answer {
            NoAnswer::Failed(fault) => Self::Fault(fault),
            NoAnswer::Gone(fault) => Self::Gone(fault),
            NoAnswer::Refused(error) => Self::Refused(error),
        }
    }
}

fn bad(bad: &BadMessage) -> Unanswered {
    Unanswered::Fault(bad_answer(bad))
}

/// What the last of the answers' heads says.
pub(super) enum Answer {
    Response {
        response: Response,
        framing: Framing,
        /// The origin's connection ends with it.
        origin_ends: bool,
    },
    /// Both sides go on in a WebSocket.
    Switched(Response, Framing),
}

impl Download<'_> {
    /// Reads heads to the one that answers, and passes on those before it.
    pub(super) async fn head(&mut self) -> Result<Answer, Unanswered> {
        let (mut interim, mut is_suspect) = (0, false);
        loop {
            let response = self.read_head().await?;
            let framing = of_response(&response, self.is_head).map_err(|why| bad(&why))?;
            match (response.status, self.websocket) {
                (101, Some(key)) => {
                    check_accept(&response, key).map_err(|why| bad(&why))?;
                    return Ok(Answer::Switched(response, framing));
                }
                (101, None) => return Err(bad(&BadMessage::Switch)),
                (100..=199, _) => {
                    interim += response.head.raw.len();
                    if interim > self.from.bounds.bytes {
                        return Err(bad(&BadMessage::TooManyInterim(self.from.bounds.bytes)));
                    }
                    is_suspect |= framing.is_last;
                    self.from.exchange.interim_head(told(&response));
                    let head = self.onward(&response, &framing)?;
                    // A client that is gone shows when it is waited for.
                    let _ = self.to.send_informational(head);
                }
                (407, _) if let Some(proxy) = &self.relay.proxy => {
                    return Err(Unanswered::Fault(asked_who(&proxy.proxy, &response)));
                }
                (200..=299, Some(_)) => return Err(Unanswered::Fault(not_switched(response.status))),
                _ => {
                    let origin_ends = is_suspect
                        || framing.is_last
                        || is_last(&response)
                        || framing.length == Length::UntilClose;
                    return Ok(Answer::Response {
                        response,
                        framing,
                        origin_ends,
                    });
                }
            }
        }
    }

    async fn read_head(&mut self) -> Result<Response, Unanswered> {
        let mut finder = EndFinder::default();
        loop {
            if let Some(response) = self.from.take_head(&mut finder)? {
                return Ok(response);
            }
            let waited = self.wait(None).await.map_err(Unanswered::Ended)?;
            self.from.expect_head(waited)?;
        }
    }

    fn onward(&self, response: &Response, framing: &Framing) -> Result<http::Response<()>, Unanswered> {
        let strips_alt_svc = self.relay.life.context.strip_alt_svc;
        to_http2(response, framing, strips_alt_svc).map_err(Unanswered::Fault)
    }

    /// Waits for more of the origin, and no longer than the client does.
    async fn wait(&mut self, mut to: Option<&mut SendStream<Bytes>>) -> Result<Waited, Ended> {
        self.patience.wait(true);
        let waited = poll_fn(|cx| {
            let reset = match &mut to {
                Some(to) => to.poll_reset(cx),
                None => self.to.poll_reset(cx),
            };
            if let Poll::Ready(reset) = reset {
                return Poll::Ready(Err(match reset {
                    Ok(reason) => Ended::ClientReset(reason),
                    Err(error) => Ended::of_client(error),
                }));
            }
            if self.patience.runs_out(self.from.exchange, cx) {
                return Poll::Ready(Ok(Waited::Stalled));
            }
            self.from.poll_wait(cx).map(Ok)
        })
        .await;
        self.patience.wait(false);
        waited
    }

    /// Reads all of an answer and passes it on. Says whether the origin's connection ends with it.
    pub(super) async fn answer(&mut self) -> Result<bool, Unanswered> {
        match self.head().await? {
            Answer::Response {
                response,
                framing,
                origin_ends,
            } => {
                self.pass(&response, &framing).await?;
                Ok(origin_ends)
            }
            Answer::Switched(..) => Err(bad(&BadMessage::Switch)),
        }
    }

    /// Passes an answer on, with its body.
    pub(super) async fn pass(&mut self, response: &Response, framing: &Framing) -> Result<(), Unanswered> {
        let head = self.onward(response, framing)?;
        self.from.exchange.response_head(told(response));
        self.carry(head, Body::new(framing.length, self.from.bounds))
            .await
    }

    /// Tells the client that its WebSocket stands, and passes on what the origin says in it.
    pub(super) async fn pass_switched(
        &mut self,
        response: &Response,
        framing: &Framing,
    ) -> Result<(), Unanswered> {
        let mut head = self.onward(response, framing)?;
        *head.status_mut() = StatusCode::OK;
        head.headers_mut().remove(http::header::SEC_WEBSOCKET_ACCEPT);
        self.from.exchange.response_head(told(response));
        self.carry(head, Body::UntilClose).await
    }

    async fn carry(&mut self, head: http::Response<()>, body: Body) -> Result<(), Unanswered> {
        self.is_answered.store(true, Ordering::Relaxed);
        let mut telling = Told::new(self.from.exchange, Side::Response, &self.relay.life.stall);
        let carried = self.carry_body(head, body).await;
        telling.end(match &carried {
            Ok(()) => BodyOutcome::Whole,
            Err(Unanswered::Ended(ended)) => BodyOutcome::Broken(ended.to_fault()),
            Err(Unanswered::CutShort(fault)) => BodyOutcome::Broken(fault.clone()),
            Err(_) => BodyOutcome::Abandoned,
        });
        carried
    }

    async fn carry_body(&mut self, head: http::Response<()>, mut body: Body) -> Result<(), Unanswered> {
        let exchange = self.from.exchange;
        let mut is_ended = body.is_over();
        let Ok(mut to) = self.to.send_response(head, is_ended) else {
            // The client reset it in this moment: its half says how.
            return Err(Unanswered::Ended(Ended::ClientReset(Reason::CANCEL)));
        };
        while !body.is_over() {
            match body.take(self.from.input) {
                Ok(Some(piece)) => {
                    piece.tell(exchange, Side::Response).await;
                    if self.websocket.is_some() {
                        self.relay.recorder.tell_progress();
                    }
                    let contents = piece.contents();
                    let ends = body.is_over() && !body.has_trailers();
                    let count = contents.len();
                    for (n, bytes) in contents.into_iter().enumerate() {
                        is_ended = ends && n + 1 == count;
                        give(&mut to, bytes, is_ended).await.map_err(Unanswered::Ended)?;
                    }
                    continue;
                }
                Ok(None) => {}
                Err(why) => return Err(Unanswered::CutShort(broken_off(&why.to_string()))),
            }
            let fault = match self.wait(Some(&mut to)).await.map_err(Unanswered::Ended)? {
                Waited::Bytes => continue,
                Waited::End if matches!(body, Body::UntilClose) => break,
                Waited::End => broken_off("the origin closed the connection before its end"),
                Waited::Broke(error) => broken_off(&chain_text(&error)),
                Waited::Stalled => response_stalled(self.patience.limit()),
            };
            return Err(Unanswered::CutShort(fault));
        }
        if let Some(trailers) = body.take_trailers() {
            let fields = trailers_to_http2(&trailers);
            exchange.trailers(Side::Response, trailers);
            if fields.is_none_or(|fields| to.send_trailers(fields).is_err()) {
                let fault = broken_off("its trailers can't be said in HTTP/2");
                return Err(Unanswered::CutShort(fault));
            }
        } else if !is_ended {
            give(&mut to, Bytes::new(), true)
                .await
                .map_err(Unanswered::Ended)?;
        }
        Ok(())
    }
}

/// Gives bytes to the client, as fast as it takes them.
async fn give(to: &mut SendStream<Bytes>, mut bytes: Bytes, ends: bool) -> Result<(), Ended> {
    if bytes.is_empty() {
        // A client that has reset the stream needs no end.
        let _ = to.send_data(bytes, ends);
        return Ok(());
    }
    let given = poll_fn(|cx| {
        while !bytes.is_empty() {
            to.reserve_capacity(bytes.len());
            let mut room = to.capacity();
            if room == 0 {
                room = match ready!(to.poll_capacity(cx)) {
                    Some(Ok(room)) => room,
                    // How it ended is asked for once.
                    _ => return Poll::Ready(false),
                };
            }
            let piece = bytes.split_to(room.min(bytes.len()));
            if !piece.is_empty() && to.send_data(piece, ends && bytes.is_empty()).is_err() {
                return Poll::Ready(false);
            }
        }
        Poll::Ready(true)
    });
    if given.await {
        return Ok(());
    }
    let reset = poll_fn(|cx| {
        Poll::Ready(match to.poll_reset(cx) {
            Poll::Ready(Ok(reason)) => reason,
            _ => Reason::CANCEL,
        })
    });
    Err(Ended::ClientReset(reset.await))
}

fn not_switched(status: u16) -> Fault {
    Fault::new(
        LegName::Origin,
        Stage::Response,
        format!("the origin was asked for a WebSocket and answered {status} instead of 101"),
    )
    .with_remedy("look at the origin: it may speak no WebSocket at this path")
}
