//! What an exchange speaks: told from its heads alone, cheaply, since every exchange is asked.

use serde::{Deserialize, Serialize};

use crate::{Fields, RequestHead, ResponseHead};

/// What the bodies of an exchange are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// A request and a response, and no more than that.
    #[default]
    Http,
    /// Frames of a WebSocket (RFC 6455) behind an upgrade or an extended CONNECT (RFC 8441).
    Websocket,
    /// A stream of server-sent events.
    Sse,
    /// JSON, a line each.
    Ndjson,
    /// gRPC over HTTP/2.
    Grpc,
    /// gRPC-Web.
    GrpcWeb,
    /// A GraphQL operation.
    Graphql,
    /// Bytes that no HTTP was found in.
    Opaque,
}

impl Protocol {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Http,
        Self::Websocket,
        Self::Sse,
        Self::Ndjson,
        Self::Grpc,
        Self::GrpcWeb,
        Self::Graphql,
        Self::Opaque,
    ];

    /// Its word in the API and in filters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Websocket => "websocket",
            Self::Sse => "sse",
            Self::Ndjson => "ndjson",
            Self::Grpc => "grpc",
            Self::GrpcWeb => "grpc_web",
            Self::Graphql => "graphql",
            Self::Opaque => "opaque",
        }
    }

    /// What the heads say. Whether a body of JSON is a GraphQL operation they don't.
    #[must_use]
    pub fn of_heads(request: &RequestHead, response: Option<&ResponseHead>) -> Self {
        if &*request.method == "CONNECT" {
            return Self::of_tunnel(request, response);
        }
        if response.is_some_and(|head| head.status == 101) && upgrades_to_websocket(&request.fields) {
            return Self::Websocket;
        }
        let asked = media_type(&request.fields);
        let answered = response.and_then(|head| media_type(&head.fields));
        match (asked, answered) {
            (Some(asked), _) if is_grpc_web(asked) => Self::GrpcWeb,
            (Some(asked), _) if is_or_has_suffix(asked, b"application/grpc") => Self::Grpc,
            (_, Some(answered)) if answered.eq_ignore_ascii_case(b"text/event-stream") => Self::Sse,
            (asked, answered) if [asked, answered].into_iter().flatten().any(is_ndjson) => Self::Ndjson,
            (Some(asked), _) if asked.eq_ignore_ascii_case(b"application/graphql") => Self::Graphql,
            (_, Some(answered)) if answered.eq_ignore_ascii_case(b"application/graphql-response+json") => {
                Self::Graphql
            }
            _ => Self::Http,
        }
    }

    fn of_tunnel(request: &RequestHead, response: Option<&ResponseHead>) -> Self {
        let extended = request.fields.first(":protocol");
        let websocket = match extended {
            Some(protocol) => protocol.eq_ignore_ascii_case(b"websocket"),
            None => request.fields.first("sec-websocket-version").is_some(),
        };
        match request.scheme {
            "tcp" | "tls" => Self::Opaque,
            // Refused, it is a request like another. An origin of HTTP/1 agrees by 101.
            _ if websocket && response.is_none_or(|head| matches!(head.status, 101 | 200..300)) => {
                Self::Websocket
            }
            _ => Self::Http,
        }
    }

    /// Whether the times of the pieces of its bodies say something.
    #[must_use]
    pub fn is_timed(self) -> bool {
        !matches!(self, Self::Http | Self::Graphql)
    }
}

/// Whether the fields of a response invite to HTTP/3: `Alt-Svc: h3=":443"` (RFC 7838 section 3).
#[must_use]
pub fn invites_to_h3(fields: &Fields) -> bool {
    let mut offers = fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(b"alt-svc"));
    offers.any(|(_, value)| {
        value.split(|&byte| byte == b',').any(|alternative| {
            let name = alternative.split(|&byte| byte == b'=').next().unwrap_or_default();
            let name = name.trim_ascii();
            name.len() < alternative.len() && (name == b"h3" || name.starts_with(b"h3-"))
        })
    })
}

fn upgrades_to_websocket(fields: &Fields) -> bool {
    fields
        .first("upgrade")
        .is_some_and(|upgrade| upgrade.eq_ignore_ascii_case(b"websocket"))
}

/// A body's media type: `Content-Type` without parameters (RFC 9110 section 8.3.1).
pub(crate) fn media_type(fields: &Fields) -> Option<&[u8]> {
    let value = fields.first("content-type")?;
    let essence = value.split(|&b| b == b';').next()?.trim_ascii();
    (!essence.is_empty()).then_some(essence)
}

fn is_grpc_web(media_type: &[u8]) -> bool {
    is_or_has_suffix(media_type, b"application/grpc-web") || is_grpc_web_text(media_type)
}

/// Whether messages of gRPC-Web stand in base64.
pub(crate) fn is_grpc_web_text(media_type: &[u8]) -> bool {
    is_or_has_suffix(media_type, b"application/grpc-web-text")
}

/// Whether this is the media type, alone or with a suffix behind a plus sign.
fn is_or_has_suffix(media_type: &[u8], name: &[u8]) -> bool {
    media_type
        .split_at_checked(name.len())
        .is_some_and(|(begin, rest)| {
            begin.eq_ignore_ascii_case(name) && (rest.is_empty() || rest.starts_with(b"+"))
        })
}

/// Whether this is JSON, a line each.
pub(crate) fn is_ndjson(media_type: &[u8]) -> bool {
    [
        &b"application/x-ndjson"[..],
        b"application/ndjson",
        b"application/jsonl",
        b"application/x-jsonlines",
        b"application/jsonlines",
        b"application/stream+json",
        b"application/json-seq",
    ]
    .iter()
    .any(|known| media_type.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{done, exchange};

    fn of(asked: &str, status: u16, answered: &str) -> Protocol {
        let mut exchange = done(&exchange("https://example.com/a"), status, answered);
        exchange.request.fields = Fields::pack([(&b"Content-Type"[..], asked.as_bytes())]);
        Protocol::of_heads(&exchange.request, exchange.response.as_ref())
    }

    #[test]
    fn an_invitation_to_http3_is_found_among_alternatives() {
        let invites = |value: &str| invites_to_h3(&Fields::pack([(&b"Alt-Svc"[..], value.as_bytes())]));
        assert!(invites("h3=\":443\"; ma=86400"));
        assert!(invites("h2=\"a:443\", h3-29=\":443\""));
        for other in ["h2=\":443\"", "clear", "h3", "h30=\":443\"", "x=\"h3=\"", ""] {
            assert!(!invites(other), "{other}");
        }
    }

    #[test]
    fn media_types_tell_what_is_spoken() {
        for (asked, answered, expected) in [
            ("application/grpc", "", Protocol::Grpc),
            ("application/grpc+proto", "application/grpc", Protocol::Grpc),
            ("application/grpcx", "", Protocol::Http),
            ("Application/gRPC-web+proto", "", Protocol::GrpcWeb),
            ("application/grpc-web-text", "", Protocol::GrpcWeb),
            (
                "application/json",
                "text/event-stream; charset=utf-8",
                Protocol::Sse,
            ),
            ("", "application/x-ndjson", Protocol::Ndjson),
            ("application/x-ndjson", "application/json", Protocol::Ndjson),
            ("application/graphql", "application/json", Protocol::Graphql),
            ("", "text/html", Protocol::Http),
        ] {
            assert_eq!(of(asked, 200, answered), expected, "{asked} {answered}");
        }
    }

    #[test]
    fn a_websocket_is_an_upgrade_that_was_agreed_to_or_an_extended_connect() {
        let mut upgraded = done(&exchange("https://example.com/a"), 101, "");
        upgraded.request.fields = Fields::pack([(&b"Upgrade"[..], &b"WebSocket"[..])]);
        let of =
            |exchange: &crate::Exchange| Protocol::of_heads(&exchange.request, exchange.response.as_ref());
        assert_eq!(of(&upgraded), Protocol::Websocket);
        upgraded.response.as_mut().unwrap().status = 200;
        assert_eq!(of(&upgraded), Protocol::Http);

        let mut extended = done(&exchange("https://example.com/a"), 200, "");
        extended.request.method = "CONNECT".into();
        assert_eq!(of(&extended), Protocol::Http);
        extended.request.fields = Fields::pack([(&b":protocol"[..], &b"websocket"[..])]);
        assert_eq!(of(&extended), Protocol::Websocket);
        extended.request.fields = Fields::pack([(&b"sec-websocket-version"[..], &b"13"[..])]);
        assert_eq!(of(&extended), Protocol::Websocket);
        extended.response.as_mut().unwrap().status = 403;
        assert_eq!(of(&extended), Protocol::Http);

        extended.request.scheme = "tcp";
        assert_eq!(of(&extended), Protocol::Opaque);
    }

    #[test]
    fn the_words_are_those_of_serde_and_the_numbers_those_of_the_order() {
        for (at, protocol) in Protocol::ALL.into_iter().enumerate() {
            assert_eq!(protocol as usize, at);
            assert_eq!(serde_json::to_value(protocol).unwrap(), protocol.as_str());
        }
    }
}
