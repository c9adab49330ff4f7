//! What of a head may pass: the rules of RFC 9113 section 8 that the `h2` crate leaves to us.

use capture::{Fields, LegName, RawHead, RequestHead, ResponseHead, Stage, Target, Version};
use h2::ext::Protocol;
use http::header::HOST;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, uri};

use crate::fault::Fault;
use crate::relay::http::{pack, told_head};

/// Why 101 is no interim response here.
pub(in crate::relay) const NO_SWITCH: &str = "101 has no meaning in HTTP/2 (RFC 9113 section 8.6)";

/// Interim responses that are passed on for one request: more are no hint but a flood.
pub(in crate::relay) const MAX_INTERIM: u32 = 100;

/// Says why a request is malformed (RFC 9113 section 8.1.1), if it is.
pub(crate) fn malformed_request<B>(head: &Request<B>) -> Option<&'static str> {
    if let Some(authority) = head.uri().authority()
        && authority.as_str().contains('@')
    {
        return Some(":authority holds user information (section 8.3.1)");
    }
    let mut hosts = head.headers().get_all(HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Some("Host stands more than once (RFC 9110 section 7.2)");
    }
    if let (Some(authority), Some(host)) = (head.uri().authority(), host)
        && !is_same_host(
            authority.as_str().as_bytes(),
            host.as_bytes(),
            head.uri().scheme(),
        )
    {
        return Some("Host names another than :authority (section 8.3.1)");
    }
    malformed_fields(head.headers())
}

/// Whether both name the same host and port.
fn is_same_host(one: &[u8], other: &[u8], scheme: Option<&Scheme>) -> bool {
    let port: &[u8] = match scheme {
        Some(scheme) if *scheme == Scheme::HTTP => b":80",
        _ => b":443",
    };
    let host = |text: &[u8]| text.strip_suffix(port).unwrap_or(text).to_ascii_lowercase();
    one == other || host(one) == host(other)
}

/// Says why fields are malformed, if they are.
pub(in crate::relay) fn malformed_fields(fields: &HeaderMap) -> Option<&'static str> {
    fields
        .values()
        .any(is_padded)
        .then_some("a field's value begins or ends with white space (section 8.2.1)")
}

fn is_padded(value: &HeaderValue) -> bool {
    let is_white = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    is_white(value.as_bytes().first()) || is_white(value.as_bytes().last())
}

/// The head of a request, for the recorder. The protocol of an extended CONNECT stands before its fields
/// (RFC 8441 section 4).
pub(crate) fn told_request<B>(
    scheme: &'static str,
    tunnel: Option<&Target>,
    is_renamed: bool,
    request: &Request<B>,
) -> RequestHead {
    let mut told = told_head(scheme, tunnel, is_renamed, request);
    if let Some(protocol) = request.extensions().get::<Protocol>() {
        let protocol = (&b":protocol"[..], protocol.as_str().as_bytes());
        let fields = request.headers().iter();
        let fields = fields.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
        told.fields = Fields::pack(std::iter::once(protocol).chain(fields));
    }
    told
}

/// The head of a response, for the recorder.
pub(in crate::relay) fn told_answer(status: StatusCode, fields: &HeaderMap) -> ResponseHead {
    ResponseHead {
        status: status.as_u16(),
        version: Version::Http2,
        reason: None,
        fields: pack(fields),
        made_here: false,
        raw: RawHead::Unknown,
    }
}

/// An answer that may not be passed on (RFC 9113 section 8.1.1).
pub(in crate::relay) fn malformed_answer(why: &str) -> Fault {
    let text = format!("the origin's answer is not valid HTTP: {why}");
    Fault::new(LegName::Origin, Stage::Response, text)
}

pub(in crate::relay) fn too_many_interim() -> Fault {
    let text = format!("the origin sent more than {MAX_INTERIM} interim responses");
    Fault::new(LegName::Origin, Stage::Response, text)
        .with_remedy("look at the origin: it sends 1xx responses without end")
}

/// Gives a request that names its host in `Host` alone the `:authority` that an intermediary must send
/// (RFC 9113 section 8.3.1).
pub(super) fn with_authority(
    uri: &Uri,
    fields: &HeaderMap,
    scheme: &str,
    target: &Target,
) -> Result<Uri, uri::InvalidUriParts> {
    if uri.authority().is_some() {
        return Ok(uri.clone());
    }
    let named = fields
        .get(HOST)
        .and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let mut parts = uri::Parts::default();
    parts.scheme = Some(if scheme == "http" {
        Scheme::HTTP
    } else {
        Scheme::HTTPS
    });
    parts.authority = named.or_else(|| target.to_string().parse().ok());
    parts.path_and_query = uri
        .path_and_query()
        .cloned()
        .or(Some(PathAndQuery::from_static("/")));
    Uri::from_parts(parts)
}

/// Names the origin as the origin knows itself.
pub(super) fn rewrite_host<B>(request: &mut Request<B>, host: &HeaderValue) {
    if request.headers().contains_key(HOST) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use http::request;

    fn head(request: request::Builder) -> Request<()> {
        request.body(()).unwrap()
    }

    #[test]
    fn what_h2_lets_pass_and_must_not() {
        let get = |uri: &str| Request::get(uri);
        for host in ["a", "A", "a:443"] {
            assert_eq!(
                malformed_request(&head(get("https://a/").header("host", host))),
                None
            );
        }
        for (request, why) in [
            (
                get("https://me:secret@a/"),
                ":authority holds user information (section 8.3.1)",
            ),
            (
                get("https://a/").header("x", "b "),
                "a field's value begins or ends with white space (section 8.2.1)",
            ),
            (
                get("https://a/").header("host", "a").header("host", "b"),
                "Host stands more than once (RFC 9110 section 7.2)",
            ),
            (
                get("https://a/").header("host", "b"),
                "Host names another than :authority (section 8.3.1)",
            ),
        ] {
            assert_eq!(malformed_request(&head(request)), Some(why));
        }
    }

    #[test]
    fn an_authority_is_made_of_host_or_of_the_target() {
        let target = Target {
            host: "a".into(),
            port: 444,
        };
        let host = |host: &'static str| HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
        let uri = |uri: &str, fields| {
            with_authority(&uri.parse().unwrap(), &fields, "https", &target)
                .unwrap()
                .to_string()
        };
        assert_eq!(uri("/x?y", host("b:1")), "https://b:1/x?y");
        assert_eq!(uri("/x", HeaderMap::new()), "https://a:444/x");
        assert_eq!(uri("http://c/x", host("b")), "http://c/x");
    }
}
