//! A request over HTTP/2 that names its origin, which speaks HTTP/1 without TLS. Streams run side by side, so each has an
//! origin connection of its own, which is told as a connection.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use capture::{Door, Outcome, Side, Target, Timestamp};
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use tokio::time::timeout;

use super::hub::{Hub, take_place};
use crate::context::Context;
use crate::door::target::{named_target, parse_authority};
use crate::error_page::ErrorPage;
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ConnectionRecorder, ExchangeRecorder};
use crate::relay::faults::malformed;
use crate::relay::http1::ForwardProxy;
use crate::relay::http1::from_http2::{MoreOrigins, OneMore, relay_named};
use crate::relay::http2::{Reset, answer_fault, answer_page, malformed_request, told_request};
use crate::{local, reach};

/// Carries a request to the origin that it names, or answers it, and says whether its stream is to be reset.
pub(super) async fn carry(
    hub: &Hub,
    mut request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) -> Option<Reset> {
    // What says who asks is for nobody else to see.
    let said = take(request.headers_mut(), &PROXY_AUTHORIZATION);
    if let Some(why) = malformed_request(&request) {
        let fault = malformed(why);
        let exchange = begin(&turn_away(hub, &fault, &respond), &request, &respond).await;
        exchange.body_over(Side::Request, BodyOutcome::Abandoned);
        exchange.no_response(&fault);
        let reason = Reason::PROTOCOL_ERROR;
        return Some(Reset { respond, reason });
    }
    let asks_for_pac = asks_for_pac(hub, request.uri());
    let admitted = tokio::select! {
        // The configuration tells how to come in, and is asked for before.
        admitted = hub.admit(said.as_ref().map(HeaderValue::as_bytes)), if !asks_for_pac => admitted,
        _ = poll_fn(|cx| respond.poll_reset(cx)), if !asks_for_pac => return None,
        else => Ok(()),
    };
    let target = match asks_for_pac {
        true => Ok(None),
        false => admitted.and_then(|()| named_target(request.uri()).map(Some)),
    };
    match target {
        Ok(Some(target)) if !local::is_here(&target.host) => {
            let context = hub.context.clone();
            let recorder = open_recorder(hub, Some(&target), &respond);
            let proxy = proxy_for(&context, &target, &request);
            let origin = Named {
                context: context.clone(),
                target: target.clone(),
                is_asked_there: proxy.is_some(),
                recorder: recorder.clone(),
            };
            let origin = Arc::new(origin);
            relay_named(context, recorder, target, proxy, origin, request, respond).await
        }
        Ok(here) => {
            let recorder = open_recorder(hub, here.as_ref(), &respond);
            recorder.set_outcome(Outcome::Plain);
            let exchange = begin(&recorder, &request, &respond).await;
            leave_body(&exchange, &request);
            answer_here(hub, &request, asks_for_pac, &exchange, &mut respond).await;
            None
        }
        Err(fault) => {
            let exchange = begin(&turn_away(hub, &fault, &respond), &request, &respond).await;
            leave_body(&exchange, &request);
            let page = ErrorPage::for_request(request.method(), request.headers());
            let answering = answer_fault(&fault, page, &exchange, &mut respond);
            // A client that does not take it is not waited for.
            let _ = timeout(hub.page_patience(), answering).await;
            None
        }
    }
}

/// Answers what is asked of ourselves.
async fn answer_here(
    hub: &Hub,
    request: &Request<RecvStream>,
    asks_for_pac: bool,
    exchange: &ExchangeRecorder,
    respond: &mut SendResponse<Bytes>,
) {
    let said = match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => request.headers().get(HOST).and_then(|host| host.to_str().ok()),
    };
    // What a client sent is written into a script: only a name and a port are.
    let said = said
        .filter(|_| asks_for_pac)
        .and_then(|said| parse_authority(said).ok());
    let proxy = hub.reached.proxy_word(said);
    let (method, path, fields) = (request.method(), request.uri().path(), request.headers());
    let site = &hub.context.site;
    let page = site.answer(method, "http", path, fields, Some(&proxy));
    let answering = answer_page(page, exchange, respond);
    let _ = timeout(hub.page_patience(), answering).await;
}

/// Whether a request is to the proxy itself, for its configuration. Over HTTP/2 there is no other form than one with scheme
/// and authority.
fn asks_for_pac(hub: &Hub, uri: &Uri) -> bool {
    uri.path() == local::PAC_PATH
        && uri
            .authority()
            .is_none_or(|authority| hub.reached.is_meant(uri, authority))
}

/// Takes a field out, the others in their order.
fn take(fields: &mut HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    let taken = fields.get(name).cloned()?;
    let mut rebuilt = HeaderMap::with_capacity(fields.keys_len());
    let mut last = None;
    for (other, value) in std::mem::take(fields) {
        // A name stands with the first of its values only.
        last = other.or(last);
        if let Some(other) = last.as_ref().filter(|other| *other != name) {
            rebuilt.append(other, value);
        }
    }
    *fields = rebuilt;
    Some(taken)
}

async fn begin(
    recorder: &Arc<ConnectionRecorder>,
    request: &Request<RecvStream>,
    respond: &SendResponse<Bytes>,
) -> ExchangeRecorder {
    let (started, began) = (Timestamp::now(), Instant::now());
    let head = told_request("http", None, false, request);
    ExchangeRecorder::begin_on(recorder, respond.stream_id().as_u32(), head, started, began).await
}

/// A body that nobody reads.
fn leave_body(exchange: &ExchangeRecorder, request: &Request<RecvStream>) {
    exchange.body_over(
        Side::Request,
        match request.body().is_end_stream() {
            true => BodyOutcome::Whole,
            false => BodyOutcome::Abandoned,
        },
    );
}

/// A connection of its own for what a stream leads to, with the frames of that stream.
fn open_recorder(
    hub: &Hub,
    target: Option<&Target>,
    stream: &SendResponse<Bytes>,
) -> Arc<ConnectionRecorder> {
    let recorder = ConnectionRecorder::open(&hub.context.recorder, Door::Http, hub.peer, target.cloned());
    hub.frames.tell_with(stream.stream_id().as_u32(), &recorder);
    recorder
}

/// The recorder of a request that goes nowhere.
fn turn_away(hub: &Hub, fault: &Fault, stream: &SendResponse<Bytes>) -> Arc<ConnectionRecorder> {
    let recorder = open_recorder(hub, None, stream);
    recorder.fail(fault);
    recorder
}

/// The proxy that takes a request as it is, where it goes through one. A WebSocket goes through a tunnel there (RFC 6455
/// section 4.1).
fn proxy_for(context: &Context, target: &Target, request: &Request<RecvStream>) -> Option<ForwardProxy> {
    let proxy = context.upstreams.of(target, true)?;
    let is_given = proxy.takes_requests() && request.method() != Method::CONNECT;
    is_given.then(|| ForwardProxy::new(proxy))
}

/// The origin that a request names.
struct Named {
    context: Arc<Context>,
    target: Target,
    /// A proxy on the way there is asked for it, and not for a tunnel.
    is_asked_there: bool,
    recorder: Arc<ConnectionRecorder>,
}

impl Named {
    async fn reach(&self) -> Result<OneMore, Fault> {
        let Self {
            context,
            target,
            is_asked_there,
            recorder,
        } = self;
        let place = take_place(context)?;
        let way = reach::resolve(context, target, true, recorder).await;
        let reached = match is_asked_there {
            true => reach::connect_plain(context, target, way, recorder)
                .await
                .map(|(reached, _)| reached),
            false => reach::connect(context, target, way, recorder).await,
        };
        let reached = reached.map_err(|error| error.to_fault())?;
        recorder.forget_direct_handshakes();
        recorder.set_outcome(Outcome::Plain);
        Ok(OneMore {
            stream: reached.stream,
            recorder: recorder.clone(),
            place,
        })
    }
}

impl MoreOrigins for Named {
    fn connect(&self) -> Pin<Box<dyn Future<Output = Result<OneMore, Fault>> + Send + '_>> {
        Box::pin(async {
            let reached = self.reach().await;
            reached.inspect_err(|fault| self.recorder.fail(fault))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_taken_out_of_as_many_as_there_may_be() {
        let mut fields = HeaderMap::new();
        fields.append("a", HeaderValue::from_static("1"));
        fields.append(PROXY_AUTHORIZATION, HeaderValue::from_static("Basic x"));
        fields.append(PROXY_AUTHORIZATION, HeaderValue::from_static("Basic y"));
        for _ in 0..30_000 {
            fields.append("b", HeaderValue::from_static("2"));
        }
        assert_eq!(take(&mut fields, &PROXY_AUTHORIZATION).unwrap(), "Basic x");
        assert_eq!((fields.len(), fields.keys_len()), (30_001, 2));
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(take(&mut fields, &PROXY_AUTHORIZATION), None);
    }
}
