//! One stream: a request and its response, both bodies, and whatever ends them early.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use capture::{LegName, Side, Stage, Timestamp};
use h2::client::{ResponseFuture, SendRequest};
use h2::ext::Protocol;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{Method, Request, Response, StatusCode, request};

use super::carry::{Carry, Stopped};
use super::connection::Relay;
use super::ended::Ended;
use super::head::{
    MAX_INTERIM, NO_SWITCH, malformed_answer, malformed_fields, malformed_request, rewrite_host, told_answer,
    told_request, too_many_interim, with_authority,
};
use super::page::answer_fault;
use crate::error_page::ErrorPage;
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ExchangeRecorder};
use crate::relay::faults::{
    connect_inside, malformed as refused_as_malformed, not_sent, not_taken, request_stalled, stalled,
    upload_not_taken,
};
use crate::relay::patience::Patience;

/// A stream that is to be reset once all that it was given has left.
pub(crate) struct Reset {
    pub(crate) respond: SendResponse<Bytes>,
    pub(crate) reason: Reason,
}

impl Reset {
    pub(crate) fn send(mut self) {
        self.respond.send_reset(self.reason);
    }
}

/// Carries one stream, and says whether it is to be reset behind what it was given.
pub(super) async fn relay_stream(
    relay: Arc<Relay>,
    sender: SendRequest<Bytes>,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) -> Option<Reset> {
    let (started, began) = (Timestamp::now(), Instant::now());
    let is_first = relay.life.begin();
    let told = told_request(
        relay.scheme,
        Some(&relay.target),
        relay.host_rewrite.is_some(),
        &request,
    );
    let stream_id = respond.stream_id().as_u32();
    let exchange = ExchangeRecorder::begin_on(&relay.recorder, stream_id, told, started, began).await;
    if let Some(why) = malformed_request(&request) {
        exchange.body_over(Side::Request, BodyOutcome::Abandoned);
        exchange.no_response(&refused_as_malformed(why));
        let reason = Reason::PROTOCOL_ERROR;
        return Some(Reset { respond, reason });
    }
    let (head, body) = request.into_parts();
    let page = ErrorPage::for_request(&head.method, &head.headers);
    let is_whole = body.is_end_stream();
    let mut up = Some(Carry::new(Side::Request, body, exchange.clone(), &relay.life));
    if is_whole && let Some(mut up) = up.take() {
        up.whole();
    }
    let sent = send(&relay, sender, head, is_whole, &mut respond).await;
    let (response, to_origin) = match sent {
        Ok(sent) => sent,
        Err(Unsent::Ended(ended)) => return end(None, ended, &exchange, respond),
        // A client that has used this connection knows what to do with a stream that was not looked at: to it, this
        // is an origin that ends an idle connection.
        Err(Unsent::Gone) if !is_first => {
            exchange.no_response(&not_sent());
            let reason = Reason::REFUSED_STREAM;
            return Some(Reset { respond, reason });
        }
        Err(Unsent::Gone) => {
            let fault = relay.origin_broke().cloned().unwrap_or_else(not_sent);
            return answer(&relay, &fault, page, &exchange, up, respond).await;
        }
        Err(Unsent::Refused(fault)) => return answer(&relay, &fault, page, &exchange, up, respond).await,
    };
    exchange.request_sent_on(to_origin.stream_id().as_u32());
    let patience = Patience::new(relay.life.stall.clone());
    let mut stream = Stream {
        relay,
        exchange,
        respond,
        to_origin,
        up,
        stopped: None,
        patience,
    };
    match stream.head(response).await {
        Ok(response) => stream.carry(response).await,
        Err(NoHead::Ended(ended)) => {
            if let Some(up) = &mut stream.up {
                up.broken(&ended);
            }
            end(Some(stream.to_origin), ended, &stream.exchange, stream.respond)
        }
        Err(NoHead::Fault(fault, reason)) => {
            let Stream {
                relay,
                exchange,
                respond,
                mut to_origin,
                up,
                ..
            } = stream;
            to_origin.send_reset(reason);
            answer(&relay, &fault, page, &exchange, up, respond).await
        }
    }
}

/// Why a request was not sent.
enum Unsent {
    Ended(Ended),
    /// The origin's connection takes no more.
    Gone,
    Refused(Fault),
}

/// Sends the head on.
async fn send(
    relay: &Relay,
    mut sender: SendRequest<Bytes>,
    mut head: request::Parts,
    is_whole: bool,
    respond: &mut SendResponse<Bytes>,
) -> Result<(ResponseFuture, SendStream<Bytes>), Unsent> {
    if head.method == Method::CONNECT && head.extensions.get::<Protocol>().is_none() {
        return Err(Unsent::Refused(connect_inside()));
    }
    let ready = poll_fn(|cx| {
        // One that the client has given up already costs the origin nothing.
        if let Poll::Ready(reset) = respond.poll_reset(cx) {
            return Poll::Ready(Err(Unsent::Ended(client_left(reset))));
        }
        sender.poll_ready(cx).map_err(|_| Unsent::Gone)
    });
    ready.await?;
    head.uri = with_authority(&head.uri, &head.headers, relay.scheme, &relay.target).map_err(|error| {
        let text = format!("the request could not be sent on: {error}");
        Unsent::Refused(Fault::new(LegName::Origin, Stage::Request, text))
    })?;
    let mut request = Request::from_parts(head, ());
    if let Some(host) = &relay.host_rewrite {
        rewrite_host(&mut request, host);
    }
    sender.send_request(request, is_whole).map_err(|error| {
        if error.is_go_away() || error.is_io() {
            return Unsent::Gone;
        }
        let text = format!("the request could not be sent on: {error}");
        Unsent::Refused(Fault::new(LegName::Origin, Stage::Request, text))
    })
}

fn client_left(reset: Result<Reason, h2::Error>) -> Ended {
    match reset {
        Ok(reason) => Ended::ClientReset(reason),
        Err(error) => Ended::of_client(error),
    }
}

/// Answers with a page; what is left of the request is not read.
async fn answer(
    relay: &Relay,
    fault: &Fault,
    page: ErrorPage,
    exchange: &ExchangeRecorder,
    up: Option<Carry>,
    mut respond: SendResponse<Bytes>,
) -> Option<Reset> {
    if fault.stage == Stage::Tls {
        relay.recorder.fail(fault);
    }
    answer_fault(fault, page, exchange, &mut respond).await;
    // The request's stream is let go of behind the answer, which the client is then told with NO_ERROR.
    drop(up);
    None
}

/// Tells both sides of an early end.
fn end(
    to_origin: Option<SendStream<Bytes>>,
    ended: Ended,
    exchange: &ExchangeRecorder,
    respond: SendResponse<Bytes>,
) -> Option<Reset> {
    exchange.no_response(&ended.to_fault());
    tell(to_origin, &ended, respond)
}

fn tell(to_origin: Option<SendStream<Bytes>>, ended: &Ended, respond: SendResponse<Bytes>) -> Option<Reset> {
    if let (Some(mut to_origin), Some(reason)) = (to_origin, ended.for_origin()) {
        to_origin.send_reset(reason);
    }
    ended.for_client().map(|reason| Reset { respond, reason })
}

/// A request that was sent.
struct Stream {
    relay: Arc<Relay>,
    exchange: ExchangeRecorder,
    respond: SendResponse<Bytes>,
    to_origin: SendStream<Bytes>,
    /// The request's body, until it is over.
    up: Option<Carry>,
    /// The origin wants no more of the request's body, and said so with this code.
    stopped: Option<Reason>,
    /// What a peer that does not go on is waited for with.
    patience: Patience,
}

/// Why no head came.
enum NoHead {
    Ended(Ended),
    /// The client is told what failed, and the origin why its stream ends.
    Fault(Fault, Reason),
}

impl Stream {
    /// Carries the request's body on. Ready when the client ended the stream early.
    fn poll_up(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        let Some(up) = &mut self.up else {
            return Poll::Pending;
        };
        match up.poll(&mut self.to_origin, cx) {
            Poll::Pending => {}
            Poll::Ready(Ok(())) => self.up = None,
            // What the origin has to say of it comes with its response.
            Poll::Ready(Err(Stopped::Sink(reason))) => {
                self.stopped = reason;
                self.up = None;
            }
            Poll::Ready(Err(Stopped::Source(ended))) => return Poll::Ready(ended),
        }
        Poll::Pending
    }

    /// Waits for the response's head, and passes on what comes before it.
    async fn head(&mut self, mut response: ResponseFuture) -> Result<Response<RecvStream>, NoHead> {
        self.patience.wait(true);
        let mut interim = 0;
        poll_fn(|cx| {
            if let Poll::Ready(ended) = self.poll_up(cx) {
                return Poll::Ready(Err(NoHead::Ended(ended)));
            }
            while let Poll::Ready(Some(Ok(head))) = response.poll_informational(cx) {
                interim += 1;
                if interim > MAX_INTERIM {
                    let reason = Reason::ENHANCE_YOUR_CALM;
                    return Poll::Ready(Err(NoHead::Fault(too_many_interim(), reason)));
                }
                if head.status() == StatusCode::SWITCHING_PROTOCOLS {
                    return Poll::Ready(Err(malformed(NO_SWITCH)));
                }
                self.exchange
                    .interim_head(told_answer(head.status(), head.headers()));
                let _ = self.respond.send_informational(head);
            }
            if let Poll::Ready(answered) = Pin::new(&mut response).poll(cx) {
                return Poll::Ready(match answered {
                    Ok(answer) => match malformed_fields(answer.headers()) {
                        None => Ok(answer),
                        Some(why) => Err(malformed(why)),
                    },
                    Err(error) => Err(self.no_head(error)),
                });
            }
            if let Poll::Ready(reset) = self.respond.poll_reset(cx) {
                return Poll::Ready(Err(NoHead::Ended(client_left(reset))));
            }
            if self.patience.runs_out(&self.exchange, cx) {
                let limit = self.patience.limit();
                let fault = match self.exchange.awaits_client() {
                    true => request_stalled(limit),
                    false => stalled(limit),
                };
                return Poll::Ready(Err(NoHead::Fault(fault, Reason::CANCEL)));
            }
            Poll::Pending
        })
        .await
    }

    /// What the client is told of a response that does not come: of a stream's end it is an end, of a connection's a
    /// page.
    fn no_head(&self, error: h2::Error) -> NoHead {
        match Ended::of_origin(error) {
            Ended::OriginBroke(error) => {
                let own = error.reason().filter(|_| error.is_library());
                NoHead::Fault(self.relay.no_answer(&error), own.unwrap_or(Reason::CANCEL))
            }
            ended => NoHead::Ended(ended),
        }
    }

    /// Passes the response on, and the rest of the request.
    async fn carry(mut self, response: Response<RecvStream>) -> Option<Reset> {
        let (mut head, body) = response.into_parts();
        self.exchange
            .response_head(told_answer(head.status, &head.headers));
        if self.relay.life.context.strip_alt_svc {
            head.headers.remove(http::header::ALT_SVC);
        }
        let is_whole = body.is_end_stream();
        let mut down = Carry::new(Side::Response, body, self.exchange.clone(), &self.relay.life);
        let Ok(mut to_client) = self
            .respond
            .send_response(Response::from_parts(head, ()), is_whole)
        else {
            // The client reset it in this moment: its half says how.
            let ended = Ended::ClientReset(Reason::CANCEL);
            down.broken(&ended);
            return tell(Some(self.to_origin), &ended, self.respond);
        };
        if is_whole {
            down.whole();
        }
        let mut down = (!is_whole).then_some(down);
        // The head has passed.
        self.patience.wait(false);
        let ended = poll_fn(|cx| {
            if let Poll::Ready(ended) = self.poll_up(cx) {
                return Poll::Ready(Some(ended));
            }
            if let Some(carrying) = &mut down {
                match carrying.poll(&mut to_client, cx) {
                    Poll::Pending => return self.poll_given_up(true, cx),
                    Poll::Ready(Ok(())) => down = None,
                    Poll::Ready(Err(Stopped::Source(ended))) => return Poll::Ready(Some(ended)),
                    Poll::Ready(Err(Stopped::Sink(reason))) => {
                        return Poll::Ready(Some(Ended::ClientReset(reason.unwrap_or(Reason::CANCEL))));
                    }
                }
            }
            match self.poll_rest() {
                Poll::Pending => self.poll_given_up(false, cx),
                over => over,
            }
        })
        .await?;
        for direction in [&mut self.up, &mut down].into_iter().flatten() {
            direction.broken(&ended);
        }
        tell(Some(self.to_origin), &ended, self.respond)
    }

    /// Whether nothing has passed for so long that not even those who are slow to take it are waited for. An origin
    /// that owes bytes was given up before (`Carry`).
    fn poll_given_up(&mut self, owes_client: bool, cx: &mut Context<'_>) -> Poll<Option<Ended>> {
        if !self.patience.is_exhausted(&self.exchange, cx) {
            return Poll::Pending;
        }
        let limit = self.patience.limit();
        let fault = match (owes_client, self.exchange.awaits_client()) {
            (true, _) => not_taken(limit),
            (false, true) => request_stalled(limit),
            (false, false) => upload_not_taken(limit),
        };
        Poll::Ready(Some(Ended::GivenUp(fault)))
    }

    /// The response is over. What is left of the request goes on until the origin wants no more of it.
    fn poll_rest(&mut self) -> Poll<Option<Ended>> {
        if self.up.is_some() {
            return Poll::Pending;
        }
        match self.stopped.take() {
            // Both halves are let go of, which tells the client the same behind its response (RFC 9113 section 8.1).
            None | Some(Reason::NO_ERROR) => Poll::Ready(None),
            Some(reason) => Poll::Ready(Some(Ended::OriginReset(reason))),
        }
    }
}

/// An answer that may not be passed on (RFC 9113 section 8.1.1).
fn malformed(why: &str) -> NoHead {
    NoHead::Fault(malformed_answer(why), Reason::PROTOCOL_ERROR)
}
