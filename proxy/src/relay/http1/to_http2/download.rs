//! The way of a response: what the origin answers on its stream, to the client.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use capture::{Side, Version};
use h2::client::ResponseFuture;
use h2::{Error, Reason, RecvStream};
use http::{HeaderMap, Response, StatusCode};
use tokio::io::AsyncWrite;

use super::super::answers::{bad_answer, broken_off, told};
use super::super::body::{Told, tell};
use super::super::chunks::{chunk, last_chunk};
use super::super::download::Ended;
use super::super::error::BadMessage;
use super::super::framing::Length;
use super::super::head::Bounds;
use super::super::hop::{Asked, Ending, Say, onward_response};
use super::super::upload::Course;
use super::super::wire::{poll_send, send, send_all};
use super::connection::State;
use super::response::{Written, write, write_interim, write_switch};
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ExchangeRecorder};
use crate::relay::faults::{request_stalled, response_stalled, stalled};
use crate::relay::http::pack;
use crate::relay::http2::{
    self, MAX_INTERIM, NO_SWITCH, malformed_answer, malformed_fields, no_answer, told_answer,
    too_many_interim,
};
use crate::relay::life::Life;

/// A response under way.
pub(super) struct Download<'a, C> {
    pub(super) life: &'a Life,
    pub(super) client: &'a Mutex<C>,
    pub(super) exchange: &'a ExchangeRecorder,
    pub(super) course: &'a Course,
    pub(super) asked: &'a Asked<'a>,
    pub(super) bounds: Bounds,
    pub(super) is_head: bool,
    /// What is answered to who asks for a WebSocket.
    pub(super) accept: Option<&'a str>,
    /// The proxy takes no more requests on this connection.
    pub(super) is_ending: &'a AtomicBool,
    pub(super) state: &'a State,
    pub(super) left: &'a mut Left,
}

/// What a response leaves behind.
#[derive(Default)]
pub(super) struct Left {
    /// What the origin is told of the end of its stream.
    pub(super) reset: Option<Reason>,
    /// What the origin says in another protocol.
    pub(super) switched: Option<RecvStream>,
}

/// Bytes of fields, with what stands around them.
fn field_bytes(fields: &HeaderMap) -> usize {
    fields
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum()
}

/// The next of a body, or of what stands behind it.
enum Next<T> {
    There(T),
    Broke(Error),
    Stalled,
}

impl<C: AsyncWrite + Unpin> Download<'_, C> {
    pub(super) async fn run(mut self, response: ResponseFuture) -> Ended {
        match self.answer(response).await {
            Ok(ended) | Err(ended) => ended,
        }
    }

    async fn answer(&mut self, response: ResponseFuture) -> Result<Ended, Ended> {
        let response = self.head(response).await?;
        if let Some(why) = malformed_fields(response.headers()) {
            return Err(self.refuse(malformed_answer(why), Reason::PROTOCOL_ERROR));
        }
        match self.accept {
            Some(accept) if response.status().is_success() => self.switch(response, accept).await,
            _ => self.pass(response).await,
        }
    }

    /// The client is told of this, and the origin why its stream ends.
    fn refuse(&mut self, fault: Fault, reason: Reason) -> Ended {
        self.left.reset = Some(reason);
        Ended::Failed(fault)
    }

    /// Waits for the response's head, and passes on what comes before it.
    async fn head(&mut self, mut response: ResponseFuture) -> Result<Response<RecvStream>, Ended> {
        let told_before = self.life.stall.times();
        let (mut count, mut bytes) = (0, 0);
        // Interim heads that the client has not taken yet: they come whether it does or not.
        let mut waiting = BytesMut::new();
        // What was taken of them is still to be flushed, or there is more.
        let mut is_midway = false;
        let head = poll_fn(|cx| {
            while let Poll::Ready(Some(Ok(head))) = response.poll_informational(cx) {
                count += 1;
                bytes += field_bytes(head.headers());
                if count > MAX_INTERIM || bytes > self.bounds.bytes {
                    let fault = match bytes > self.bounds.bytes {
                        true => bad_answer(&BadMessage::TooManyInterim(self.bounds.bytes)),
                        false => too_many_interim(),
                    };
                    return Poll::Ready(Err(self.refuse(fault, Reason::ENHANCE_YOUR_CALM)));
                }
                self.interim(head.status(), head.headers(), &mut waiting)?;
            }
            if is_midway || !waiting.is_empty() {
                is_midway = true;
                let sent = ready!(poll_send(self.client, std::slice::from_mut(&mut waiting), cx));
                sent.map_err(Ended::ClientBroke)?;
                is_midway = false;
            }
            if let Poll::Ready(answered) = Pin::new(&mut response).poll(cx) {
                return Poll::Ready(answered.map_err(|error| self.no_head(error)));
            }
            // Who tells it does so in the same task, and polls this again.
            if self.life.stall.times() > told_before {
                let limit = self.life.stall.limit;
                return Poll::Ready(Err(Ended::Failed(match self.exchange.awaits_client() {
                    true => request_stalled(limit),
                    false => stalled(limit),
                })));
            }
            Poll::Pending
        })
        .await;
        head.map_err(|ended| match ended {
            // Behind half a head no page can stand.
            Ended::Failed(fault) | Ended::Gone(fault) | Ended::NotTaken(fault) if is_midway => {
                self.exchange.no_response(&fault);
                Ended::CutShort { has_no_end: false }
            }
            ended => ended,
        })
    }

    /// What the client is told of a response that does not come.
    fn no_head(&self, error: Error) -> Ended {
        match http2::Ended::of_origin(error) {
            http2::Ended::OriginBroke(error) => match self.state.tls() {
                Some(tls) => Ended::Refused(tls),
                None => Ended::Failed(no_answer(&error)),
            },
            // RFC 9113 section 8.7: it may be asked again, whatever it was.
            ended @ (http2::Ended::OriginRefused | http2::Ended::OriginReset(Reason::REFUSED_STREAM)) => {
                Ended::NotTaken(ended.to_fault())
            }
            ended => Ended::Failed(ended.to_fault()),
        }
    }

    /// `100 Continue`, `103 Early Hints`: handed on at once, to a client that knows of them.
    fn interim(
        &mut self,
        status: StatusCode,
        fields: &HeaderMap,
        waiting: &mut BytesMut,
    ) -> Result<(), Ended> {
        if status == StatusCode::SWITCHING_PROTOCOLS {
            return Err(self.refuse(malformed_answer(NO_SWITCH), Reason::PROTOCOL_ERROR));
        }
        if let Some(why) = malformed_fields(fields) {
            return Err(self.refuse(malformed_answer(why), Reason::PROTOCOL_ERROR));
        }
        self.exchange.interim_head(told_answer(status, fields));
        if status == StatusCode::CONTINUE {
            self.course.gate.open();
        }
        if self.asked.version == Version::Http11 {
            let written = write_interim(status, fields).map_err(|bad| Ended::Failed(bad_answer(&bad)))?;
            waiting.extend_from_slice(&self.onward(&written, Say::KeepAlive { must: false }));
        }
        Ok(())
    }

    fn onward(&self, written: &Written, say: Say) -> Bytes {
        let strips_alt_svc = self.life.context.strip_alt_svc;
        onward_response(&written.response, &written.framing, say, strips_alt_svc)
    }

    /// Tells the client that its WebSocket stands.
    async fn switch(&mut self, response: Response<RecvStream>, accept: &str) -> Result<Ended, Ended> {
        let (head, body) = response.into_parts();
        let written = write_switch(&head.headers, accept).map_err(|bad| Ended::Failed(bad_answer(&bad)))?;
        self.course.is_answered.store(true, Ordering::Relaxed);
        self.exchange.response_head(told(&written.response));
        let head = self.onward(&written, Say::KeepAlive { must: false });
        send(self.client, head, Bytes::new())
            .await
            .map_err(Ended::ClientBroke)?;
        self.left.switched = Some(body);
        Ok(Ended::Switched)
    }

    /// Passes on the answer itself.
    async fn pass(&mut self, response: Response<RecvStream>) -> Result<Ended, Ended> {
        let (head, mut body) = response.into_parts();
        let is_whole = body.is_end_stream();
        let written = write(head.status, &head.headers, self.asked, self.is_head, is_whole)
            .map_err(|bad| Ended::Failed(bad_answer(&bad)))?;
        self.course.is_answered.store(true, Ordering::Relaxed);
        let unasked = self.course.gate.lock();
        let origin_ends = self.state.is_leaving();
        let ending = Ending::of(
            &written.response,
            &written.framing,
            self.asked,
            unasked || origin_ends || self.is_ending.load(Ordering::Relaxed),
        );
        let (has_no_end, is_last) = (ending.has_no_end, ending.is_last);
        self.course.has_no_end.store(has_no_end, Ordering::Relaxed);
        let onward = self.onward(&written, ending.say);
        let recorded = told_answer(head.status, &head.headers);
        // Where all of it is here, the exchange's end tells it.
        if is_whole && self.course.is_sent() {
            self.exchange.response_head_untold(recorded);
        } else {
            self.exchange.response_head(recorded);
        }
        let length = written.framing.length;
        let mut telling = Told::new(self.exchange, Side::Response, &self.life.stall);
        let carried = match length {
            // Of what follows a HEAD, or where nothing may follow, nothing is read.
            Length::Bytes(0) if is_whole || self.is_head || !may_follow(head.status) => {
                let sent = send(self.client, onward, Bytes::new()).await;
                sent.map_err(Ended::ClientBroke)
            }
            _ => {
                self.carry_body(onward, &mut body, length, has_no_end, &mut telling)
                    .await
            }
        };
        carried?;
        telling.end(BodyOutcome::Whole);
        let origin_ends = origin_ends || self.state.is_leaving();
        Ok(Ended::Whole { is_last, origin_ends })
    }

    async fn carry_body(
        &mut self,
        mut head: Bytes,
        body: &mut RecvStream,
        length: Length,
        has_no_end: bool,
        telling: &mut Told<'_>,
    ) -> Result<(), Ended> {
        let is_chunked = length == Length::Chunked;
        let mut left = match length {
            Length::Bytes(length) => length,
            Length::Chunked | Length::UntilClose => u64::MAX,
        };
        let mut is_ended = false;
        let broke = loop {
            // What is there goes with the head.
            let next = match poll_once(|cx| self.poll_data(body, cx)).await {
                Poll::Ready(next) => next,
                Poll::Pending => {
                    if !head.is_empty() {
                        let head = std::mem::take(&mut head);
                        let sent = send(self.client, head, Bytes::new()).await;
                        sent.map_err(Ended::ClientBroke)?;
                    }
                    self.wait(|this, cx| this.poll_data(body, cx)).await
                }
            };
            let bytes = match next {
                Next::There(Some(bytes)) => bytes,
                Next::There(None) if left > 0 && matches!(length, Length::Bytes(_)) => {
                    break broken_off("it is shorter than its Content-Length");
                }
                Next::There(None) => match self.wait(|_, cx| poll_trailers(body, cx)).await {
                    Next::There(trailers) => match self.end(trailers, is_chunked && !is_ended) {
                        Ok(last) => {
                            let sent = send(self.client, head, last).await;
                            return sent.map_err(Ended::ClientBroke);
                        }
                        Err(fault) => break fault,
                    },
                    Next::Broke(error) => break http2::Ended::of_origin(error).to_fault(),
                    Next::Stalled => break response_stalled(self.life.stall.limit),
                },
                Next::Broke(error) => break http2::Ended::of_origin(error).to_fault(),
                Next::Stalled => break response_stalled(self.life.stall.limit),
            };
            if bytes.is_empty() {
                continue;
            }
            let count = bytes.len();
            if left < count as u64 {
                break broken_off("it is longer than its Content-Length");
            }
            left -= count as u64;
            tell(self.exchange, Side::Response, &bytes).await;
            is_ended = body.is_end_stream();
            let [size, bytes, end] = match is_chunked {
                true => chunk(bytes, is_ended),
                false => [Bytes::new(), bytes, Bytes::new()],
            };
            send_all(self.client, [std::mem::take(&mut head), size, bytes, end])
                .await
                .map_err(Ended::ClientBroke)?;
            // Now, and not before, the origin may send as much again.
            let _ = body.flow_control().release_capacity(count);
        };
        telling.end(BodyOutcome::Broken(broke));
        // What was answered is told, and that it broke off.
        let _ = send(self.client, head, Bytes::new()).await;
        Err(Ended::CutShort { has_no_end })
    }

    /// What goes behind the body's last byte.
    fn end(&mut self, trailers: Option<HeaderMap>, is_chunked: bool) -> Result<Bytes, Fault> {
        if let Some(trailers) = &trailers {
            self.exchange.trailers(Side::Response, pack(trailers));
            if let Some(why) = malformed_fields(trailers) {
                self.left.reset = Some(Reason::PROTOCOL_ERROR);
                return Err(broken_off(why));
            }
        }
        match is_chunked {
            true => last_chunk(trailers.as_ref(), self.bounds)
                .map_err(|why| broken_off(&format!("its trailers can't be carried: {why}"))),
            false => Ok(Bytes::new()),
        }
    }

    fn poll_data(&mut self, body: &mut RecvStream, cx: &mut Context<'_>) -> Poll<Next<Option<Bytes>>> {
        body.poll_data(cx).map(|data| match data.transpose() {
            Ok(data) => Next::There(data),
            Err(error) => Next::Broke(error),
        })
    }

    /// Waits for more of the origin.
    async fn wait<T>(
        &mut self,
        mut poll: impl FnMut(&mut Self, &mut Context<'_>) -> Poll<Next<T>>,
    ) -> Next<T> {
        let told_before = self.life.stall.times();
        poll_fn(|cx| match self.life.stall.times() > told_before {
            true => Poll::Ready(Next::Stalled),
            false => poll(self, cx),
        })
        .await
    }
}

fn poll_trailers(body: &mut RecvStream, cx: &mut Context<'_>) -> Poll<Next<Option<HeaderMap>>> {
    body.poll_trailers(cx).map(|trailers| match trailers {
        Ok(trailers) => Next::There(trailers),
        Err(error) => Next::Broke(error),
    })
}

/// Whether a body may follow an answer with this status.
fn may_follow(status: StatusCode) -> bool {
    !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

async fn poll_once<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
    poll_fn(|cx| Poll::Ready(poll(cx))).await
}
