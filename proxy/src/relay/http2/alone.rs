//! Answers of our own to a client of HTTP/2 that has no origin.

use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use capture::{LegName, Side, Target, Timestamp};
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{Method, Request};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::connection::server_builder;
use super::head::{malformed_request, told_request};
use super::noting::Flushing;
use super::page::{answer_fault, answer_page};
use super::side_by_side::SideBySide;
use super::stream::Reset;
use crate::error_page::ErrorPage;
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ConnectionRecorder, ExchangeRecorder, FrameRecorder};
use crate::relay::faults::{connect_inside, malformed, not_taken};
use crate::relay::http::{Alone, Broke, OwnAnswer, RelayError, Remembering, StreamTasks, client_broke};
use crate::relay::life::Life;

/// What the streams of such a client share.
struct Here {
    scheme: &'static str,
    target: Target,
    recorder: Arc<ConnectionRecorder>,
    life: Life,
    answer: OwnAnswer,
}

/// Answers until the client is done, or the proxy stops.
pub(in crate::relay) async fn answer_http2<C>(alone: Alone<C>) -> Result<(), RelayError>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (tasks, _over) = StreamTasks::new(&alone.context.tasks);
    let mut frames = Flushing::of([FrameRecorder::new(&alone.recorder, LegName::Client)]);
    let tls = Broke::default();
    let client = frames.noting(Remembering::new(alone.client, tls.clone()), 0);
    let here = Arc::new(Here {
        scheme: alone.scheme,
        target: alone.target,
        life: Life::new(alone.context, Some(alone.recorder.clone())),
        recorder: alone.recorder,
        answer: alone.answer,
    });
    let limits = &here.life.context.limits;
    let mut quiet = pin!(here.life.quiet());
    let client = tokio::select! {
        biased;
        client = server_builder(limits).handshake::<_, Bytes>(client) => client.map_err(|error| client_broke(error, &tls))?,
        limit = &mut quiet => return Err(RelayError::Idle(limit)),
        () = here.life.ending() => return Ok(()),
    };
    let streams = SideBySide {
        client,
        tasks: &tasks,
        most: limits.http2_streams,
    };
    let driving = streams.drive(
        here.life.ending(),
        |_| {},
        |request, respond| answer(here.clone(), request, respond),
    );
    tokio::select! {
        biased;
        over = frames.beside(driving) => over.map_err(|error| client_broke(error, &tls)),
        limit = &mut quiet => Err(RelayError::Idle(limit)),
    }
}

/// Answers a stream, and says whether it is to be reset.
async fn answer(
    here: Arc<Here>,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) -> Option<Reset> {
    let (started, began) = (Timestamp::now(), Instant::now());
    here.life.begin();
    let told = told_request(here.scheme, Some(&here.target), false, &request);
    let stream_id = respond.stream_id().as_u32();
    let exchange = ExchangeRecorder::begin_on(&here.recorder, stream_id, told, started, began).await;
    if let Some(why) = malformed_request(&request) {
        exchange.body_over(Side::Request, BodyOutcome::Abandoned);
        exchange.no_response(&malformed(why));
        let reason = Reason::PROTOCOL_ERROR;
        return Some(Reset { respond, reason });
    }
    let outcome = match request.body().is_end_stream() {
        true => BodyOutcome::Whole,
        false => BodyOutcome::Abandoned,
    };
    exchange.body_over(Side::Request, outcome);
    let fault = match &here.answer {
        OwnAnswer::Fault(fault) => {
            // Another connection may reach it.
            here.life.end();
            Some(fault.clone())
        }
        OwnAnswer::Site => (request.method() == Method::CONNECT).then(connect_inside),
    };
    let answering = give(&here, fault.as_ref(), &request, &exchange, &mut respond);
    // A client that does not take it is not waited for.
    let stall = here.life.context.timeouts.stall;
    if timeout(stall, answering).await.is_err() {
        exchange.body_over(Side::Response, BodyOutcome::Broken(not_taken(stall)));
    }
    None
}

async fn give(
    here: &Here,
    fault: Option<&Fault>,
    request: &Request<RecvStream>,
    exchange: &ExchangeRecorder,
    respond: &mut SendResponse<Bytes>,
) {
    let (method, path, fields) = (request.method(), request.uri().path(), request.headers());
    match fault {
        Some(fault) => {
            let page = ErrorPage::for_request(method, fields);
            answer_fault(fault, page, exchange, respond).await;
        }
        None => {
            let site = &here.life.context.site;
            let page = site.answer(method, here.scheme, path, fields, None);
            answer_page(page, exchange, respond).await;
        }
    }
}
