//! An exchange, as a row of a list and in detail.

use capture::message::grpc_message;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::{
    Connection, Decision, ExchangeState, Failure, HttpVersion, LegName, Process, ProtobufField, Protocol,
    Scheme, Stage,
};

/// A window of exchanges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct ExchangePage {
    /// Exchanges there are.
    pub total: u64,
    /// Exchanges that match the filter.
    pub matched: u64,
    /// Place of the first item among those that match.
    pub offset: u64,
    /// The window.
    pub items: Vec<ExchangeRow>,
}

/// An exchange as a line of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct ExchangeRow {
    /// Its place in the order of arrival, from 1. Never given twice in one store.
    pub number: u64,
    /// Its name: an opaque string that sorts by age.
    pub id: String,
    /// The connection that it passed through.
    pub connection: String,
    /// When it began (RFC 3339).
    pub started: String,
    /// From its begin to its end, in microseconds; null while it is open.
    pub duration_us: Option<u64>,
    /// The method, as sent.
    pub method: String,
    /// The absolute URL, the port left out where it is the scheme's own.
    pub url: String,
    /// The URL's scheme.
    pub scheme: Scheme,
    /// A name in lower case, or an IP address without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// Path and query, as sent.
    pub path: String,
    /// The status code, once it came.
    pub status: Option<u16>,
    /// The version that the client spoke.
    pub http_version: HttpVersion,
    /// Body bytes of the request that have passed.
    pub request_bytes: u64,
    /// Body bytes of the response that have passed.
    pub response_bytes: u64,
    /// The response's media type, without parameters, in lower case.
    pub content_type: Option<String>,
    /// How far it has come.
    pub state: ExchangeState,
    /// Why it failed, for one that did.
    pub error: Option<ExchangeError>,
    /// What TLS it went over.
    pub tls: RowTls,
    /// The connection's failure, where that failed.
    pub failure: Option<Failure>,
    /// What its bodies are.
    pub protocol: Protocol,
    /// The method of gRPC (`package.Service/Method`), or the name of the GraphQL operation; null where there is none.
    pub operation: Option<String>,
    /// The status code of gRPC, once it came; of gRPC-Web too, where it stands in the last message.
    pub grpc_status: Option<u32>,
    /// The process of this machine that the client is; null where that was not found.
    #[serde(default)]
    pub process: Option<Process>,
    /// The stream of its connection, in HTTP/2, as the client numbers it.
    pub stream_id: Option<u32>,
    /// The stream of the origin leg, in HTTP/2, as Handlens numbers it.
    pub origin_stream_id: Option<u32>,
    /// Whether the response that the client got invites it to HTTP/3, where no proxy sees it.
    pub invites_to_h3: bool,
}

/// What TLS an exchange went over, in a row's brevity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct RowTls {
    /// The version on the leg toward the client: `TLS 1.3`.
    pub client: Option<String>,
    /// The version on the leg toward the origin.
    pub origin: Option<String>,
    /// The decision on the origin's chain.
    pub decision: Option<Decision>,
    /// The cipher suite on the leg toward the client, in IANA's name.
    pub client_suite: Option<String>,
    /// The cipher suite on the leg toward the origin.
    pub origin_suite: Option<String>,
    /// The key exchange group on the leg toward the client, in IANA's name.
    pub client_group: Option<String>,
    /// The key exchange group on the leg toward the origin.
    pub origin_group: Option<String>,
    /// The application protocol on the leg toward the client.
    pub client_alpn: Option<String>,
    /// The application protocol on the leg toward the origin.
    pub origin_alpn: Option<String>,
    /// The client's JA4 fingerprint.
    pub ja4: Option<String>,
    /// Whether the client resumed an earlier session.
    pub resumed: bool,
    /// Whether the origin resumed one with us.
    pub origin_resumed: bool,
    /// Whether the origin was reached by OpenSSL, for what modern TLS can't reach.
    pub legacy: bool,
}

/// Why an exchange failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct ExchangeError {
    /// The leg it failed on.
    pub leg: LegName,
    /// The step it failed at.
    pub stage: Stage,
    /// The cause, as a sentence without a full stop.
    pub text: String,
}

/// An exchange, whole but for its bodies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct ExchangeDetail {
    /// What its row says.
    #[serde(flatten)]
    pub row: ExchangeRow,
    /// The request.
    pub request: RequestDetail,
    /// The response; null until it came.
    pub response: Option<ResponseDetail>,
    /// The interim responses that came before it, in order.
    pub informational: Vec<InterimResponse>,
    /// What gRPC's `grpc-status-details-bin` tells, a `google.rpc.Status`, field by field; null where there is none.
    pub grpc_status_details: Option<Vec<ProtobufField>>,
    /// What gRPC's `grpc-message` tells in trailers or head, its percent-encoding undone; null where there is none.
    pub grpc_message: Option<String>,
    /// When each step was reached.
    pub timings: Timings,
    /// The connection that it passed through; null when that is no longer held.
    pub connection_detail: Option<Connection>,
}

/// A request's head, and how much of its body there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct RequestDetail {
    /// Name and value of each header field, in order. What is not UTF-8 is told with U+FFFD in its place.
    pub fields: Vec<(String, String)>,
    /// The head of HTTP/1 as it was received, each byte a character (Latin-1); null where it is not known.
    pub raw_head: Option<String>,
    /// Name and value of each trailer field; null when there were none.
    pub trailers: Option<Vec<(String, String)>>,
    /// Body bytes that have passed.
    pub bytes: u64,
    /// Body bytes that are kept.
    pub kept: u64,
    /// Body bytes that were seen and not kept.
    pub dropped: u64,
}

/// A response's head, and how much of its body there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct ResponseDetail {
    /// The status code.
    pub status: u16,
    /// The reason phrase: the origin's own, or the standard one; null where there is none.
    pub reason: Option<String>,
    /// The version that the origin spoke.
    pub http_version: HttpVersion,
    /// True when Handlens answered in the origin's stead (an error page).
    pub made_here: bool,
    /// Name and value of each header field, in order. What is not UTF-8 is told with U+FFFD in its place.
    pub fields: Vec<(String, String)>,
    /// The head of HTTP/1 as it was received, each byte a character (Latin-1); null where it is not known.
    pub raw_head: Option<String>,
    /// Name and value of each trailer field; null when there were none.
    pub trailers: Option<Vec<(String, String)>>,
    /// Body bytes that have passed.
    pub bytes: u64,
    /// Body bytes that are kept.
    pub kept: u64,
    /// Body bytes that were seen and not kept.
    pub dropped: u64,
}

/// An interim response (RFC 9110 section 15.2): `100 Continue`, `103 Early Hints`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct InterimResponse {
    /// The status code.
    pub status: u16,
    /// Name and value of each header field, in order. What is not UTF-8 is told with U+FFFD in its place.
    pub fields: Vec<(String, String)>,
    /// The head of HTTP/1 as it was received, each byte a character (Latin-1); null where it is not known.
    pub raw_head: Option<String>,
}

/// Microseconds from the exchange's start to each step; null until it is reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Timings {
    /// The request's head was handed to the origin leg.
    pub request_sent_us: Option<u64>,
    /// The last byte of the request's body had passed.
    pub request_end_us: Option<u64>,
    /// The response's head was there.
    pub response_head_us: Option<u64>,
    /// The last byte of the response's body had passed, or the exchange had failed.
    pub end_us: Option<u64>,
}

/// What a clearing hid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Cleared {
    /// Names it for the undo, which is possible for ten seconds.
    pub ticket: u64,
    /// Exchanges hidden.
    pub exchanges: u64,
}

/// The clearing to take back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Undo {
    /// The ticket that the clearing gave.
    pub ticket: u64,
}

/// Whether a clearing was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Undone {
    /// False when it was too late.
    pub undone: bool,
}

impl From<capture::Page<capture::ExchangeRow>> for ExchangePage {
    fn from(page: capture::Page<capture::ExchangeRow>) -> Self {
        Self {
            total: page.total,
            matched: page.matched,
            offset: page.offset,
            items: page.items.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<capture::ExchangeRow> for ExchangeRow {
    fn from(model: capture::ExchangeRow) -> Self {
        Self {
            number: model.number,
            id: model.id.to_string(),
            connection: model.connection.to_string(),
            started: model.started.to_string(),
            duration_us: model.duration_us,
            url: url(&model.scheme, &model.host, model.port, &model.path),
            scheme: Scheme::of(&model.scheme),
            method: model.method,
            host: model.host,
            port: model.port,
            path: model.path,
            status: model.status,
            http_version: model.version.into(),
            request_bytes: model.request_bytes,
            response_bytes: model.response_bytes,
            content_type: model.content_type,
            state: model.state.into(),
            error: model.error.as_ref().map(Into::into),
            tls: RowTls::of(
                model.client_tls,
                model.origin_tls,
                model.ja4,
                model.decision.map(Into::into),
            ),
            failure: model.failure.as_ref().map(Into::into),
            protocol: model.protocol.into(),
            operation: model.operation,
            grpc_status: model.grpc_status,
            process: model.process.as_ref().map(Into::into),
            stream_id: model.stream_id,
            origin_stream_id: model.origin_stream_id,
            invites_to_h3: model.invites_to_h3,
        }
    }
}

impl RowTls {
    fn of(
        client: Option<capture::RowTls>,
        origin: Option<capture::RowTls>,
        ja4: Option<String>,
        decision: Option<Decision>,
    ) -> Self {
        let is_resumed = |tls: &Option<capture::RowTls>| tls.as_ref().is_some_and(|tls| tls.resumed);
        let (resumed, origin_resumed) = (is_resumed(&client), is_resumed(&origin));
        let legacy = origin.as_ref().is_some_and(|tls| tls.legacy);
        let parts = |tls: Option<capture::RowTls>| match tls {
            Some(tls) => (Some(tls.version), tls.cipher_suite, tls.group, tls.alpn),
            None => (None, None, None, None),
        };
        let (client, client_suite, client_group, client_alpn) = parts(client);
        let (origin, origin_suite, origin_group, origin_alpn) = parts(origin);
        Self {
            client,
            origin,
            decision,
            client_suite,
            origin_suite,
            client_group,
            origin_group,
            client_alpn,
            origin_alpn,
            ja4,
            resumed,
            origin_resumed,
            legacy,
        }
    }
}

fn url(scheme: &str, host: &str, port: u16, path: &str) -> String {
    let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
    match capture::default_port(scheme) {
        Some(default) if default == port => format!("{scheme}://{open}{host}{close}{path}"),
        _ => format!("{scheme}://{open}{host}{close}:{port}{path}"),
    }
}

impl From<&capture::ExchangeError> for ExchangeError {
    fn from(model: &capture::ExchangeError) -> Self {
        Self {
            leg: model.leg.into(),
            stage: model.stage.into(),
            text: model.text.clone(),
        }
    }
}

/// How much of a body the store holds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Held {
    pub(crate) kept: u64,
    pub(crate) dropped: u64,
}

impl ExchangeDetail {
    /// What is told of this exchange, given what the store holds of its connection and bodies.
    pub(crate) fn of(
        row: capture::ExchangeRow,
        model: &capture::Exchange,
        connection: Option<&capture::Connection>,
        [request, response]: [Held; 2],
        details: Option<Vec<capture::message::ProtobufField>>,
    ) -> Self {
        Self {
            row: row.into(),
            request: RequestDetail {
                fields: tell_fields(&model.request.fields),
                raw_head: model.request.raw_bytes().as_deref().map(latin1),
                trailers: model.request_trailers.as_ref().map(tell_fields),
                bytes: model.request_bytes,
                kept: request.kept,
                dropped: request.dropped.max(model.request_bytes_dropped),
            },
            response: model.response.as_ref().map(|head| ResponseDetail {
                status: head.status,
                reason: head.reason_phrase().map(str::to_owned),
                http_version: head.version.into(),
                made_here: head.made_here,
                fields: tell_fields(&head.fields),
                raw_head: head.raw_bytes().as_deref().map(latin1),
                trailers: model.response_trailers.as_ref().map(tell_fields),
                bytes: model.response_bytes,
                kept: response.kept,
                dropped: response.dropped.max(model.response_bytes_dropped),
            }),
            informational: model.informational.iter().map(InterimResponse::of).collect(),
            grpc_status_details: details.map(|fields| fields.into_iter().map(Into::into).collect()),
            grpc_message: grpc_message(model),
            timings: model.timings.into(),
            connection_detail: connection.map(Into::into),
        }
    }
}

impl From<capture::Timings> for Timings {
    fn from(model: capture::Timings) -> Self {
        Self {
            request_sent_us: model.request_sent_us,
            request_end_us: model.request_end_us,
            response_head_us: model.response_head_us,
            end_us: model.end_us,
        }
    }
}

/// The media type of a body without its parameters, in lower case.
pub(crate) fn media_type(fields: &capture::Fields) -> Option<String> {
    let value = String::from_utf8_lossy(fields.first("content-type")?);
    let media_type = value.split(';').next()?.trim().to_ascii_lowercase();
    (!media_type.is_empty()).then_some(media_type)
}

fn tell_fields(fields: &capture::Fields) -> Vec<(String, String)> {
    let tell = |bytes| String::from_utf8_lossy(bytes).into_owned();
    fields
        .iter()
        .map(|(name, value)| (tell(name), tell(value)))
        .collect()
}

/// Bytes as text, each a character, so that none is lost.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

impl InterimResponse {
    fn of(head: &capture::ResponseHead) -> Self {
        Self {
            status: head.status,
            fields: tell_fields(&head.fields),
            raw_head: head.raw_bytes().as_deref().map(latin1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rows_url_is_the_models_url() {
        assert_eq!(url("https", "example.com", 443, "/a"), "https://example.com/a");
        assert_eq!(url("http", "::1", 8080, "/"), "http://[::1]:8080/");
        assert_eq!(url("http", "a", 443, "/"), "http://a:443/");
    }

    #[test]
    fn a_media_type_loses_its_parameters_and_its_case() {
        let fields = capture::Fields::pack([(&b"Content-Type"[..], &b" Text/HTML ; charset=x"[..])]);
        assert_eq!(media_type(&fields).as_deref(), Some("text/html"));
        let fields = capture::Fields::pack([(&b"content-type"[..], &b""[..])]);
        assert_eq!(media_type(&fields), None);
    }
}
