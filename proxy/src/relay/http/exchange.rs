//! One exchange: the request's head to the origin, the response's head back, and both bodies on their way.

use std::sync::Arc;
use std::time::Instant;

use capture::{LegName, RawHead, ResponseHead, Side, Stage, Timestamp};
use http::header::{ALT_SVC, HOST};
use http::uri::Authority;
use http::{HeaderValue, Method, Request, Response, Uri, Version};
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;

use super::body::{RelayBody, pack};
use super::head::{told_head, told_version};
use super::origin::{Origin, SendError};
use super::relay::Relay;
use super::{bridge, hop};
use crate::error_page::ErrorPage;
use crate::fault::{Fault, chain_text};
use crate::recorder::{BodyOutcome, ConnectionRecorder, ExchangeRecorder};
use crate::relay::faults::{connect_inside, malformed, not_sent, request_stalled, stalled};
use crate::relay::http2::malformed_request;
use crate::relay::patience::Patience;

/// The exchange is not answered. Where the origin's connection had ended before the request was sent, the client may
/// try it again on another one: its own connection ends (HTTP/1.1), or its stream is refused (HTTP/2, RFC 9113 section
/// 8.7).
#[derive(Debug, thiserror::Error)]
#[error("the exchange ends without an answer")]
pub(crate) struct Gone(#[source] h2::Error);

/// Carries one exchange.
pub(crate) async fn relay_exchange(
    relay: Arc<Relay>,
    request: Request<Incoming>,
) -> Result<Response<RelayBody>, Gone> {
    let (started, began) = (Timestamp::now(), Instant::now());
    let first = relay.life.begin();
    if request.version() == Version::HTTP_2
        && let Some(why) = malformed_request(&request)
    {
        let fault = malformed(why);
        let (Origin::One(_, recorder) | Origin::Broken(_, recorder) | Origin::Here(recorder)) = &relay.origin;
        let head = told_head(relay.scheme, relay.target.as_ref(), false, &request);
        let exchange = ExchangeRecorder::begin(recorder, head, started, began).await;
        exchange.body_over(Side::Request, BodyOutcome::Abandoned);
        exchange.no_response(&fault);
        return Err(Gone(h2::Reason::PROTOCOL_ERROR.into()));
    }
    let (recorder, reached) = match &relay.origin {
        Origin::One(_, recorder) if request.method() == Method::CONNECT => {
            (recorder.clone(), Err(connect_inside()))
        }
        Origin::One(sender, recorder) => (recorder.clone(), Ok(Some(sender.clone()))),
        Origin::Broken(fault, recorder) => (recorder.clone(), Err(fault.clone())),
        Origin::Here(recorder) => (recorder.clone(), Ok(None)),
    };
    let is_renamed = relay.host_rewrite.is_some();
    let head = told_head(relay.scheme, relay.target.as_ref(), is_renamed, &request);
    let exchange = ExchangeRecorder::begin(&recorder, head, started, began).await;
    let page = ErrorPage::for_request(request.method(), request.headers());
    let sender = match reached {
        Ok(Some(sender)) => sender,
        Ok(None) => return Ok(answer_here(&relay, request, &exchange)),
        Err(fault) => {
            relay.life.end();
            drop(RelayBody::stream(
                request.into_body(),
                Side::Request,
                exchange.clone(),
                &relay.life.stall,
            ));
            return Ok(answer_fault(&fault, page, &exchange));
        }
    };
    let client = request.version();
    let request = match prepare(&relay, request, &exchange) {
        Ok(prepared) => prepared,
        Err(fault) => return Ok(answer_fault(&fault, page, &exchange)),
    };
    exchange.request_sent();
    let sent = tokio::select! {
        sent = sender.send(request) => sent,
        () = Patience::new(relay.life.stall.clone()).out(&exchange) => {
            let fault = if exchange.awaits_client() {
                request_stalled(relay.life.stall.limit)
            } else {
                stalled(relay.life.stall.limit)
            };
            return Ok(answer_fault(&fault, page, &exchange));
        }
    };
    match sent {
        Ok(response) => Ok(hand_back(&relay, response, &exchange, client)),
        // A client that has used this connection knows what to do when it ends between two requests: to it,
        // this is an origin that closes an idle connection.
        Err(SendError::NotSent(_)) if !first => {
            exchange.no_response(&not_sent());
            Err(Gone(h2::Reason::REFUSED_STREAM.into()))
        }
        Err(SendError::NotSent(error)) => {
            let told = || error.as_ref().and_then(|error| relay.tls_fault(error));
            let fault = relay
                .origin_broke()
                .cloned()
                .or_else(told)
                .unwrap_or_else(not_sent);
            Ok(answer_broken(&recorder, &fault, page, &exchange))
        }
        Err(SendError::Failed(error)) => {
            let fault = send_fault(&relay, &error);
            Ok(answer_broken(&recorder, &fault, page, &exchange))
        }
    }
}

/// Makes of the request that came the one that goes on.
fn prepare(
    relay: &Relay,
    mut request: Request<Incoming>,
    exchange: &ExchangeRecorder,
) -> Result<Request<RelayBody>, Fault> {
    let from_http2 = request.version() == Version::HTTP_2;
    hop::strip_request(request.headers_mut(), from_http2);
    bridge::to_http2(&mut request, relay.scheme, relay.target.as_ref()).map_err(|error| {
        let text = format!("the request can't be said in HTTP/2: {error}");
        Fault::new(LegName::Origin, Stage::Request, text)
    })?;
    if let Some(host) = &relay.host_rewrite {
        rewrite_host(&mut request, host);
    }
    Ok(request.map(|body| RelayBody::stream(body, Side::Request, exchange.clone(), &relay.life.stall)))
}

/// Names the origin as the origin knows itself.
pub(crate) fn rewrite_host<B>(request: &mut Request<B>, host: &HeaderValue) {
    if request.headers().contains_key(HOST) || request.version() != Version::HTTP_2 {
        request.headers_mut().insert(HOST, host.clone());
    }
    if request.uri().authority().is_none() {
        return;
    }
    let mut parts = request.uri().clone().into_parts();
    parts.authority = Authority::try_from(host.as_bytes()).ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// Makes of the response that came the one that goes back.
fn hand_back(
    relay: &Relay,
    mut response: Response<Incoming>,
    exchange: &ExchangeRecorder,
    client: Version,
) -> Response<RelayBody> {
    exchange.response_head(ResponseHead {
        status: response.status().as_u16(),
        version: told_version(response.version()),
        reason: response
            .extensions()
            .get::<ReasonPhrase>()
            .map(|reason| String::from_utf8_lossy(reason.as_bytes()).into()),
        fields: pack(response.headers()),
        made_here: false,
        raw: RawHead::Unknown,
    });
    let is_http2 = response.version() == Version::HTTP_2;
    hop::strip_response(response.headers_mut(), is_http2);
    if relay.context.strip_alt_svc {
        response.headers_mut().remove(ALT_SVC);
    }
    let to_http2 = client == Version::HTTP_2;
    // The version is of one hop too (RFC 9110 section 6.2): 1.0 would end the client's connection with it.
    *response.version_mut() = if to_http2 { client } else { Version::HTTP_11 };
    response.map(|body| RelayBody::stream(body, Side::Response, exchange.clone(), &relay.life.stall))
}

/// Answers what is asked of ourselves.
fn answer_here(
    relay: &Relay,
    request: Request<Incoming>,
    exchange: &ExchangeRecorder,
) -> Response<RelayBody> {
    let (head, body) = request.into_parts();
    drop(RelayBody::stream(
        body,
        Side::Request,
        exchange.clone(),
        &relay.life.stall,
    ));
    let path = head.uri.path();
    let site = &relay.context.site;
    let response = site.answer(&head.method, relay.scheme, path, &head.headers, None);
    tell_made_here(&response, exchange);
    response.map(|page| RelayBody::page(page, exchange.clone()))
}

/// Answers in the origin's stead.
fn answer_fault(fault: &Fault, page: ErrorPage, exchange: &ExchangeRecorder) -> Response<RelayBody> {
    exchange.fail(fault);
    let response = page.write(fault);
    tell_made_here(&response, exchange);
    if response.status().is_server_error() {
        tracing::debug!(stage = ?fault.stage, "answered in the origin's stead: {}", fault.text);
    }
    response.map(|page| RelayBody::page(page, exchange.clone()))
}

fn tell_made_here<B>(response: &Response<B>, exchange: &ExchangeRecorder) {
    exchange.response_head(ResponseHead {
        status: response.status().as_u16(),
        version: capture::Version::Http11,
        reason: None,
        fields: pack(response.headers()),
        made_here: true,
        raw: RawHead::Unknown,
    });
}

/// The same, when what broke may be the connection: TLS that ends with a reason has failed, whoever asks what.
fn answer_broken(
    connection: &ConnectionRecorder,
    fault: &Fault,
    page: ErrorPage,
    exchange: &ExchangeRecorder,
) -> Response<RelayBody> {
    if fault.stage == Stage::Tls {
        connection.fail(fault);
    }
    answer_fault(fault, page, exchange)
}

/// Why a request that left was not answered.
fn send_fault(relay: &Relay, error: &hyper::Error) -> Fault {
    let fault = |stage, text: String| Fault::new(LegName::Origin, stage, text);
    if error.is_user() {
        fault(
            Stage::Request,
            format!("the request could not be sent on: {}", chain_text(error)),
        )
    } else if let Some(fault) = relay.tls_fault(error) {
        fault
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        fault(
            Stage::Response,
            "the origin closed the connection before it answered".to_owned(),
        )
        .with_remedy("look at the origin's log: it took the request and gave no response")
    } else if error.is_parse() {
        fault(
            Stage::Response,
            format!("the origin's answer is not valid HTTP: {}", chain_text(error)),
        )
    } else {
        fault(
            Stage::Response,
            format!("the connection to the origin broke: {}", chain_text(error)),
        )
    }
}
