//! One exchange as a HAR entry.

use std::sync::Arc;

use serde::Serialize;

use super::content::{self, Content, PostData};
use super::fields::{Cookie, Pair, query_pairs, request_cookies, response_cookies, tell_pairs};
use super::websocket::{self, WebSocketMessage};
use crate::{
    Connection, Exchange, ExchangeError, ExchangeState, Fields, Id, ReadError, Store, Timestamp, Version,
};

/// `log.entries[]`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    started_date_time: Timestamp,
    time: f64,
    request: Request,
    response: Response,
    cache: Cache,
    timings: Phases,
    #[serde(rename = "serverIPAddress", skip_serializing_if = "Option::is_none")]
    server_ip_address: Option<String>,
    connection: Id,
    #[serde(rename = "_resourceType", skip_serializing_if = "Option::is_none")]
    resource_type: Option<&'static str>,
    #[serde(rename = "_webSocketMessages", skip_serializing_if = "Option::is_none")]
    web_socket_messages: Option<Vec<WebSocketMessage>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(rename = "_handlens")]
    own: Own,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: Arc<str>,
    url: String,
    http_version: &'static str,
    cookies: Vec<Cookie>,
    headers: Vec<Pair>,
    query_string: Vec<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData>,
    headers_size: i64,
    body_size: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    /// 0 where there was none.
    status: u16,
    status_text: String,
    http_version: &'static str,
    cookies: Vec<Cookie>,
    headers: Vec<Pair>,
    content: Content,
    #[serde(rename = "redirectURL")]
    redirect_url: String,
    headers_size: i64,
    /// -1 where there was no response.
    body_size: i64,
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Nothing is known of the client's cache.
#[derive(Serialize)]
struct Cache {}

/// Milliseconds of each phase; -1 for one that this exchange had no part in. Their sum, `ssl` apart, is the
/// entry's time.
#[derive(Debug, Serialize, PartialEq)]
struct Phases {
    blocked: f64,
    dns: f64,
    /// TLS included.
    connect: f64,
    send: f64,
    wait: f64,
    receive: f64,
    ssl: f64,
}

/// What HAR has no name for.
#[derive(Serialize)]
struct Own {
    id: Id,
    number: u64,
    state: ExchangeState,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ExchangeError>,
    #[serde(skip_serializing_if = "is_false")]
    made_here: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    request_trailers: Vec<Pair>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    response_trailers: Vec<Pair>,
}

/// The entry of this exchange. `None` when it is gone.
pub(super) fn read(store: &Arc<dyn Store>, id: Id) -> Result<Option<Entry>, ReadError> {
    let Some((number, exchange)) = store.exchange(id)? else {
        return Ok(None);
    };
    let connection = store
        .connection(exchange.connection)?
        .map(|(_, connection)| connection);
    // What the connection cost is told once, with its first exchange.
    let opened_it = connection.is_some() && store.first_exchange(exchange.connection)? == Some(id);
    let (timings, before) = phases(&exchange, connection.as_deref().filter(|_| opened_it));
    let error = exchange.error.as_ref().map(|error| error.text.clone());
    let (messages, comment) = websocket::read(store, &exchange)?.unzip();
    Ok(Some(Entry {
        started_date_time: Timestamp::from_micros(exchange.started.as_micros() - before.cast_signed()),
        time: timings.total(),
        request: request(store, &exchange, messages.is_some())?,
        response: Response {
            error,
            ..response(store, &exchange, messages.is_some())?
        },
        cache: Cache {},
        timings,
        server_ip_address: connection
            .and_then(|connection| connection.origin.address)
            .map(|address| address.ip().to_string()),
        connection: exchange.connection,
        resource_type: messages.is_some().then_some("websocket"),
        web_socket_messages: messages,
        comment: comment.flatten(),
        own: Own {
            id,
            number,
            state: exchange.state,
            made_here: exchange.response.as_ref().is_some_and(|head| head.made_here),
            request_trailers: exchange
                .request_trailers
                .as_ref()
                .map(tell_pairs)
                .unwrap_or_default(),
            response_trailers: exchange
                .response_trailers
                .as_ref()
                .map(tell_pairs)
                .unwrap_or_default(),
            error: exchange.error,
        },
    }))
}

/// A request; the bytes of one that became messages are told as those.
fn request(store: &Arc<dyn Store>, exchange: &Exchange, became_messages: bool) -> Result<Request, ReadError> {
    let request = &exchange.request;
    // Method, path and version with the spaces and the line break between.
    let line = request.method.len() + request.path.len() + 12;
    Ok(Request {
        method: request.method.clone(),
        url: request.url(),
        http_version: request.version.as_str(),
        cookies: request_cookies(&request.fields),
        headers: tell_pairs(&request.fields),
        query_string: query_pairs(&request.path),
        post_data: match became_messages {
            true => None,
            false => content::post_data(store, exchange)?,
        },
        headers_size: headers_size(request.version, line, &request.fields),
        body_size: exchange.request_bytes,
    })
}

fn response(
    store: &Arc<dyn Store>,
    exchange: &Exchange,
    became_messages: bool,
) -> Result<Response, ReadError> {
    let Some(head) = &exchange.response else {
        return Ok(Response {
            status: 0,
            status_text: String::new(),
            http_version: exchange.request.version.as_str(),
            cookies: Vec::new(),
            headers: Vec::new(),
            content: Content::none(),
            redirect_url: String::new(),
            headers_size: -1,
            body_size: -1,
            error: None,
        });
    };
    let reason = head.reason_phrase().unwrap_or_default();
    let location = head.fields.first("location").unwrap_or_default();
    Ok(Response {
        status: head.status,
        status_text: reason.to_owned(),
        http_version: head.version.as_str(),
        cookies: response_cookies(&head.fields),
        headers: tell_pairs(&head.fields),
        content: match became_messages {
            true => Content::none(),
            false => content::content(store, exchange, head)?,
        },
        redirect_url: String::from_utf8_lossy(location).into_owned(),
        // Version, status and reason with the spaces and the line break between.
        headers_size: headers_size(head.version, reason.len() + 15, &head.fields),
        body_size: exchange.response_bytes.cast_signed(),
        error: None,
    })
}

/// Bytes of a head as HTTP/1 writes it. HTTP/2 packs it, into how many is not known.
fn headers_size(version: Version, line: usize, fields: &Fields) -> i64 {
    match version {
        Version::Http2 => -1,
        Version::Http10 | Version::Http11 => (line + fields.as_packed().len() + 2) as i64,
    }
}

/// The phases, and how many microseconds of them lie before the exchange began.
fn phases(exchange: &Exchange, connection: Option<&Connection>) -> (Phases, u64) {
    let timings = exchange.timings;
    let sent = timings.request_sent_us.unwrap_or(0);
    let request_end = timings.request_end_us.unwrap_or(sent).max(sent);
    let end = timings.end_us.unwrap_or(0);
    let head = timings
        .response_head_us
        .unwrap_or_else(|| end.max(request_end))
        .max(sent);
    let end = end.max(head);
    // A response may begin before its request has ended.
    let send_end = request_end.min(head);
    let origin = connection.map(|connection| &connection.origin);
    let resolve = origin.and_then(|leg| leg.resolve_us);
    let tls = origin
        .and_then(|leg| leg.tls.as_ref())
        .map(|tls| tls.handshake_us);
    let connect = match (origin.and_then(|leg| leg.connect_us), tls) {
        (None, None) => None,
        (tcp, tls) => Some(tcp.unwrap_or(0) + tls.unwrap_or(0)),
    };
    let phases = Phases {
        blocked: milliseconds(sent),
        dns: resolve.map_or(-1.0, milliseconds),
        connect: connect.map_or(-1.0, milliseconds),
        send: milliseconds(send_end - sent),
        wait: milliseconds(head - send_end),
        receive: milliseconds(end - head),
        ssl: tls.map_or(-1.0, milliseconds),
    };
    (phases, resolve.unwrap_or(0) + connect.unwrap_or(0))
}

impl Phases {
    fn total(&self) -> f64 {
        let phases = [
            self.blocked,
            self.dns,
            self.connect,
            self.send,
            self.wait,
            self.receive,
        ];
        // Whole microseconds again: a sum of decimals is not one.
        (phases.iter().filter(|phase| **phase > 0.0).sum::<f64>() * 1000.0).round() / 1000.0
    }
}

fn milliseconds(us: u64) -> f64 {
    us as f64 / 1000.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{done, exchange};
    use crate::{Door, Leg, Timings, TlsParameters};

    #[test]
    fn phases_add_up_and_say_what_had_no_part() {
        let exchange = done(&exchange("https://example.com/"), 200, "text/plain");
        let (phases, before) = phases(&exchange, None);
        let expected = Phases {
            blocked: 0.01,
            dns: -1.0,
            connect: -1.0,
            send: 0.01,
            wait: 0.98,
            receive: 1.0,
            ssl: -1.0,
        };
        assert_eq!((&phases, before, phases.total()), (&expected, 0, 2.0));
    }

    #[test]
    fn the_first_exchange_of_a_connection_tells_what_it_cost() {
        let exchange = done(&exchange("https://example.com/"), 200, "text/plain");
        let mut connection = Connection::new(Door::Connect, ([127, 0, 0, 1], 1).into());
        let tls = TlsParameters {
            version: "TLS 1.3".into(),
            cipher_suite: "TLS_AES_128_GCM_SHA256".into(),
            group: None,
            alpn: None,
            resumed: false,
            legacy: false,
            handshake_us: 7_000,
            ja3: None,
            ja4: None,
        };
        connection.origin = Leg {
            resolve_us: Some(1_000),
            connect_us: Some(2_000),
            tls: Some(tls),
            address: None,
        };
        let (phases, before) = phases(&exchange, Some(&connection));
        assert_eq!((phases.dns, phases.connect, phases.ssl), (1.0, 9.0, 7.0));
        assert_eq!((before, phases.total()), (10_000, 12.0));
    }

    #[test]
    fn an_early_response_and_an_exchange_that_broke_off_have_no_negative_phase() {
        let mut exchange = done(&exchange("https://example.com/"), 200, "text/plain");
        for (sent, request_end, head, end) in [
            (Some(10), Some(5_000), Some(1_000), Some(6_000)),
            (Some(10), None, None, Some(500)),
            (Some(10), None, None, None),
            (None, None, None, None),
        ] {
            exchange.timings = Timings {
                request_sent_us: sent,
                request_end_us: request_end,
                response_head_us: head,
                end_us: end,
            };
            let (phases, _) = phases(&exchange, None);
            for phase in [phases.blocked, phases.send, phases.wait, phases.receive] {
                assert!(phase >= 0.0, "{phases:?}");
            }
            assert_eq!(phases.total(), end.or(sent).unwrap_or(0) as f64 / 1000.0);
        }
    }
}
