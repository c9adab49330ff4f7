//! Answers of our own on a stream, in the origin's stead.

use std::future::poll_fn;
use std::task::{Poll, ready};

use bytes::Bytes;
use capture::{RawHead, ResponseHead, Side, Version};
use h2::SendStream;
use h2::server::SendResponse;
use http::Response;

use crate::error_page::ErrorPage;
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ExchangeRecorder};
use crate::relay::http::pack;

/// Answers with a page that says what failed.
pub(crate) async fn answer_fault(
    fault: &Fault,
    page: ErrorPage,
    exchange: &ExchangeRecorder,
    respond: &mut SendResponse<Bytes>,
) {
    exchange.fail(fault);
    let page = page.write(fault);
    if page.status().is_server_error() {
        tracing::debug!(stage = ?fault.stage, "answered in the origin's stead: {}", fault.text);
    }
    answer_page(page, exchange, respond).await;
}

/// Answers with a page, and tells it as ours.
pub(crate) async fn answer_page(
    page: Response<Bytes>,
    exchange: &ExchangeRecorder,
    respond: &mut SendResponse<Bytes>,
) {
    exchange.response_head(ResponseHead {
        status: page.status().as_u16(),
        version: Version::Http2,
        reason: None,
        fields: pack(page.headers()),
        made_here: true,
        raw: RawHead::Unknown,
    });
    if let Err(no_room) = exchange.body(Side::Response, page.body()) {
        // Boxed: it is waited for only where the recorder is full.
        Box::pin(no_room.send()).await;
    }
    let outcome = send_page(page, respond).await;
    exchange.body_over(Side::Response, outcome);
}

/// Sends a page, as the client takes it.
pub(crate) async fn send_page(page: Response<Bytes>, respond: &mut SendResponse<Bytes>) -> BodyOutcome {
    let (head, page) = page.into_parts();
    match respond.send_response(Response::from_parts(head, ()), page.is_empty()) {
        Ok(_) if page.is_empty() => BodyOutcome::Whole,
        Ok(mut stream) => send(&mut stream, page).await,
        Err(_) => BodyOutcome::Abandoned,
    }
}

/// Sends all of it, as the client takes it.
async fn send(to: &mut SendStream<Bytes>, mut page: Bytes) -> BodyOutcome {
    poll_fn(|cx| {
        loop {
            to.reserve_capacity(page.len());
            let mut room = to.capacity();
            if room == 0 {
                room = match ready!(to.poll_capacity(cx)) {
                    Some(Ok(room)) => room,
                    _ => return Poll::Ready(BodyOutcome::Abandoned),
                };
            }
            let piece = page.split_to(room.min(page.len()));
            if to.send_data(piece, page.is_empty()).is_err() {
                return Poll::Ready(BodyOutcome::Abandoned);
            }
            if page.is_empty() {
                return Poll::Ready(BodyOutcome::Whole);
            }
        }
    })
    .await
}
