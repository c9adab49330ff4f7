//! One stream: a request, a turn on one of the origin's connections, and the answer.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use capture::{LegName, Side, Stage, Timestamp};
use h2::ext::Protocol;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{Method, Request, StatusCode, request};

use super::super::answers::Answers;
use super::super::framing::Length;
use super::super::hop::is_idempotent;
use super::super::websocket::new_key;
use super::super::wire::{Leg, send};
use super::connection::Relay;
use super::download::{Answer, Download, Unanswered};
use super::origins::{NoOrigin, Origins, Turn};
use super::request::{For, Written, write};
use super::upload::{Stopped, Upload};
use crate::error_page::ErrorPage;
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ExchangeRecorder};
use crate::relay::faults::{
    connect_inside, malformed, not_taken, request_stalled, rested, sent_again, upload_not_taken,
};
use crate::relay::http2::{Ended, Reset, answer_fault, malformed_request, told_request};
use crate::relay::patience::Patience;
use crate::transport::Transport;

/// Carries one stream, and says whether it is to be reset behind what it was given.
pub(super) async fn relay_stream(
    relay: Arc<Relay>,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) -> Option<Reset> {
    let reason = Reason::PROTOCOL_ERROR;
    let (started, began) = (Timestamp::now(), Instant::now());
    relay.life.begin();
    let told = told_request(
        relay.scheme,
        Some(&relay.target),
        relay.host_rewrite.is_some(),
        &request,
    );
    let stream_id = respond.stream_id().as_u32();
    let mut exchange = ExchangeRecorder::begin_on(&relay.recorder, stream_id, told, started, began).await;
    if let Some(why) = malformed_request(&request) {
        exchange.body_over(Side::Request, BodyOutcome::Abandoned);
        exchange.no_response(&malformed(why));
        return Some(Reset { respond, reason });
    }
    let (head, mut body) = request.into_parts();
    let page = ErrorPage::for_request(&head.method, &head.headers);
    let may_repeat = body.is_end_stream() && is_idempotent(head.method.as_str().as_bytes());
    let is_answered = AtomicBool::new(false);
    let mut is_again = false;
    loop {
        // What is left of the request is let go of behind the answer, which its client is then told with NO_ERROR.
        let mut up = Upload::new(body, &exchange, &relay.life, relay.bounds());
        let patience = Patience::new(relay.life.stall.clone());
        let way = Way {
            relay: &relay,
            exchange: &exchange,
            is_answered: &is_answered,
            is_again,
        };
        let carried = tokio::select! {
            biased;
            carried = way.carry(&head, &mut up, &mut respond) => carried,
            unanswered = give_up(patience, &exchange, &head, &is_answered) => Err(unanswered),
        };
        let fault = match carried {
            Ok(()) => return None,
            Err(Unanswered::Gone(_)) if may_repeat && !is_again && relay.origins.has_more() => {
                body = up.into_rest();
                exchange = exchange.begin_again(&sent_again()).await;
                is_again = true;
                continue;
            }
            Err(Unanswered::Fault(fault) | Unanswered::Gone(fault)) => fault,
            Err(Unanswered::Refused(error)) => relay.tls_fault(error),
            Err(Unanswered::Ended(ended)) => {
                let reason = ended.for_client();
                exchange.no_response(&ended.to_fault());
                let _ = up.ended(ended);
                return reason.map(|reason| Reset { respond, reason });
            }
            Err(Unanswered::CutShort(_)) => {
                let reason = Reason::INTERNAL_ERROR;
                return Some(Reset { respond, reason });
            }
        };
        if fault.stage == Stage::Tls {
            relay.recorder.fail(&fault);
        }
        answer_fault(&fault, page, &exchange, &mut respond).await;
        return None;
    }
}

/// The way of a request over a connection.
#[derive(Clone, Copy)]
struct Way<'a> {
    relay: &'a Relay,
    exchange: &'a ExchangeRecorder,
    /// The client has the head of an answer.
    is_answered: &'a AtomicBool,
    /// It went over another one before, and goes over a new one.
    is_again: bool,
}

impl Way<'_> {
    /// Carries it. A connection that ended without a byte of an answer has been used before.
    async fn carry(
        self,
        head: &request::Parts,
        up: &mut Upload<'_>,
        respond: &mut SendResponse<Bytes>,
    ) -> Result<(), Unanswered> {
        let Self {
            relay,
            exchange,
            is_answered,
            is_again,
        } = self;
        let websocket = websocket_key(head).map_err(Unanswered::Fault)?;
        let to = For {
            target: &relay.target,
            host: relay.host_rewrite.as_ref(),
            proxy: relay.proxy.as_ref(),
            websocket: websocket.as_deref(),
            is_whole: up.from.is_end_stream(),
        };
        let written = write(head, &to).map_err(|bad| Unanswered::Fault(unsayable(&bad.to_string())))?;
        let Turn { mut origin, turn } = tokio::select! {
            biased;
            turn = take(&relay.origins, is_again) => turn.map_err(|no_origin| match no_origin {
                NoOrigin::Fault(fault) => Unanswered::Fault(fault),
                NoOrigin::Refused(error) => Unanswered::Refused(error),
            })?,
            // One that its client has given up already costs the origin nothing.
            ended = given_up(respond) => return Err(Unanswered::Ended(ended)),
            () = Patience::new(relay.life.stall.clone()).out(exchange) => {
                return Err(Unanswered::Fault(none_came_free(relay.life.stall.limit)));
            }
        };
        let Leg {
            stream,
            input,
            is_used,
        } = &mut origin.leg;
        let of_new = |unanswered| match unanswered {
            Unanswered::Gone(fault) if !*is_used => Unanswered::Fault(fault),
            unanswered => unanswered,
        };
        let mut down = Download {
            relay,
            from: Answers {
                life: &relay.life,
                origin: &*stream,
                input,
                exchange,
                bounds: relay.bounds(),
                has_spoken: false,
            },
            to: respond,
            patience: Patience::new(relay.life.stall.clone()),
            is_head: head.method == Method::HEAD,
            websocket: websocket.as_deref(),
            is_answered,
        };
        if websocket.is_some() {
            exchange.request_sent();
            // Nothing goes behind the question before it is answered: to an origin that says no, it would be a request. One
            // that takes nothing may have answered.
            let _ = send(stream, written.head, Bytes::new()).await;
            return match down.head().await.map_err(of_new)? {
                Answer::Response {
                    response, framing, ..
                } => down.pass(&response, &framing).await,
                Answer::Switched(response, framing) => {
                    // It is none of those that are shared any more.
                    origin.shared = None;
                    drop(turn);
                    let up = up.send(stream, Bytes::new(), Length::UntilClose);
                    carry_both(up, down.pass_switched(&response, &framing)).await
                }
            };
        }
        let is_reusable = carry_exchange(written, stream, up, &mut down)
            .await
            .map_err(of_new)?;
        if is_reusable && origin.leg.input.buffer.is_empty() {
            relay.origins.give_back(Turn { origin, turn });
        }
        Ok(())
    }
}

async fn take(origins: &Origins, is_new: bool) -> Result<Turn, NoOrigin> {
    match is_new {
        true => origins.take_new().await,
        false => origins.take().await,
    }
}

/// Carries a request and its answer side by side, and says whether the connection is ready for more.
async fn carry_exchange(
    written: Written,
    stream: &Mutex<Transport>,
    up: &mut Upload<'_>,
    down: &mut Download<'_>,
) -> Result<bool, Unanswered> {
    let (is_answered, stall) = (down.is_answered, &down.relay.life.stall);
    let exchange = down.from.exchange;
    let mut sending = pin!(up.send(stream, written.head, written.length));
    let mut answering = pin!(down.answer());
    let (mut is_sent, mut is_refused) = (false, false);
    let origin_ends = poll_fn(|cx| {
        if let Poll::Ready(answered) = answering.as_mut().poll(cx) {
            return Poll::Ready(answered);
        }
        if !is_sent
            && !is_refused
            && let Poll::Ready(sent) = sending.as_mut().poll(cx)
        {
            match sent {
                Ok(()) => is_sent = true,
                // The origin may have answered all the same.
                Err(Stopped::Refused) => is_refused = true,
                Err(Stopped::Ended(ended)) => return Poll::Ready(Err(Unanswered::Ended(ended))),
                Err(Stopped::Bad(fault)) if is_answered.load(Ordering::Relaxed) => {
                    return Poll::Ready(Err(Unanswered::CutShort(fault)));
                }
                Err(Stopped::Bad(fault)) => return Poll::Ready(Err(Unanswered::Fault(fault))),
            }
        }
        Poll::Pending
    })
    .await?;
    if !is_sent && !is_refused && !origin_ends {
        // An answer that came early: what is left of the request goes on.
        is_sent = tokio::select! {
            sent = sending => sent.is_ok(),
            () = Patience::new(stall.clone()).out(exchange) => false,
        };
    }
    Ok(is_sent && !origin_ends)
}

/// Carries both directions to their ends.
async fn carry_both(
    up: impl Future<Output = Result<(), Stopped>>,
    down: impl Future<Output = Result<(), Unanswered>>,
) -> Result<(), Unanswered> {
    let up = async {
        match up.await {
            Err(Stopped::Ended(ended)) => Err(Unanswered::Ended(ended)),
            // How the origin ends comes from there.
            _ => Ok(()),
        }
    };
    tokio::try_join!(up, down).map(drop)
}

/// The key of a WebSocket, where that is what the client asks for.
fn websocket_key(head: &request::Parts) -> Result<Option<String>, Fault> {
    if head.method != Method::CONNECT {
        return Ok(None);
    }
    match head.extensions.get::<Protocol>() {
        None => Err(connect_inside()),
        Some(protocol) if protocol.as_str() == "websocket" => Ok(Some(new_key())),
        Some(protocol) => {
            let text = format!(
                "the origin speaks HTTP/1, in which {:?} can't be asked for",
                protocol.as_str()
            );
            let fault = Fault::new(LegName::Client, Stage::Target, text);
            Err(fault.with_status(StatusCode::NOT_IMPLEMENTED))
        }
    }
}

fn unsayable(why: &str) -> Fault {
    let text = format!("the client's request can't be said in HTTP/1.1: {why}");
    Fault::new(LegName::Client, Stage::Request, text)
        .with_status(StatusCode::BAD_REQUEST)
        .with_remedy("look at the client: to an origin of HTTP/1 its request would read in two ways")
}

/// Waits until nothing has passed for so long that not even those who are slow to take it are waited for. An origin that
/// owes bytes was given up before.
async fn give_up(
    mut patience: Patience,
    exchange: &ExchangeRecorder,
    head: &request::Parts,
    is_answered: &AtomicBool,
) -> Unanswered {
    poll_fn(|cx| match patience.is_exhausted(exchange, cx) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
    let (is_answered, limit) = (is_answered.load(Ordering::Relaxed), patience.limit());
    let fault = match (is_answered, exchange.awaits_client()) {
        (true, _) if head.method == Method::CONNECT => rested(limit),
        (_, true) => request_stalled(limit),
        (true, false) => not_taken(limit),
        (false, false) => upload_not_taken(limit),
    };
    if !is_answered {
        return Unanswered::Fault(fault);
    }
    // Before what carried it tells that it was let go of.
    exchange.fail(&fault);
    Unanswered::Ended(Ended::GivenUp(fault))
}

fn none_came_free(limit: Duration) -> Fault {
    let text = format!("none of the connections to the origin came free within {limit:?}");
    Fault::new(LegName::Origin, Stage::Connect, text)
        .with_status(StatusCode::GATEWAY_TIMEOUT)
        .with_remedy("see what the other requests to this origin wait for: over HTTP/1 each takes a connection until it is answered")
}

/// Waits until the client gives its stream up.
async fn given_up(respond: &mut SendResponse<Bytes>) -> Ended {
    match poll_fn(|cx| respond.poll_reset(cx)).await {
        Ok(reason) => Ended::ClientReset(reason),
        Err(error) => Ended::of_client(error),
    }
}
