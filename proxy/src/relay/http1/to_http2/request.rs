//! A request of HTTP/1 in the words of HTTP/2 (RFC 9113 section 8.3).

use capture::{LegName, Stage, Target};
use h2::ext::Protocol;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, Version, uri};

use super::super::field::Name;
use super::super::framing::Length;
use super::super::head;
use super::super::hop::{Asked, is_named};
use super::super::syntax::members;
use super::super::target::Form;
use super::super::websocket::is_key;
use crate::fault::Fault;

/// The head that goes to the origin. `host` is its name where that is not what `Host` says; else it is of this scheme, and
/// what the client asked the tunnel for.
pub(super) fn to_http2(
    request: &head::Request,
    asked: &Asked<'_>,
    host: Option<&[u8]>,
    length: Length,
    (scheme, target): (&'static str, &Target),
    is_websocket: bool,
) -> Result<Request<()>, Fault> {
    let mut onward = Request::new(());
    *onward.version_mut() = Version::HTTP_2;
    let mut parts = uri::Parts::default();
    parts.scheme = Some(match request.form.scheme(request.target()) {
        // In any case of its letters it is the same (RFC 9110 section 4.2.3).
        Some(said) if !is_websocket => {
            Scheme::try_from(&said.to_ascii_lowercase()[..]).map_err(|_| unsayable("its scheme"))?
        }
        _ if scheme == "http" => Scheme::HTTP,
        _ => Scheme::HTTPS,
    });
    parts.authority = Some(authority(request, host, target)?);
    parts.path_and_query = Some(path(request)?);
    *onward.uri_mut() = Uri::from_parts(parts).map_err(|_| unsayable("its target"))?;
    *onward.headers_mut() = fields(request, asked, length, is_websocket)?;
    *onward.method_mut() = match is_websocket {
        // RFC 8441 section 4.
        true => Method::CONNECT,
        false => Method::from_bytes(request.method()).map_err(|_| unsayable("its method"))?,
    };
    if is_websocket {
        onward.extensions_mut().insert(Protocol::from_static("websocket"));
    }
    Ok(onward)
}

/// The host and port of the origin. None is a name that the two versions would read differently.
fn authority(request: &head::Request, host: Option<&[u8]>, target: &Target) -> Result<Authority, Fault> {
    let said = host.or_else(|| request.head.values(Name::Host).next());
    let text = match said {
        Some(said) if !said.is_empty() => said.to_vec(),
        // RFC 9113 section 8.3.1: it may not be empty.
        _ => target.to_string().into_bytes(),
    };
    Authority::try_from(&*text)
        .ok()
        .filter(|authority| authority.as_str().as_bytes() == text)
        .ok_or_else(|| unsayable("its host"))
}

fn path(request: &head::Request) -> Result<PathAndQuery, Fault> {
    let target = request.target();
    if let Form::Absolute { authority_end, .. } = request.form
        && request.method() == b"OPTIONS"
        && target.len() == authority_end
    {
        // RFC 9113 section 8.3.1: it asks of the server as a whole.
        return Ok(PathAndQuery::from_static("*"));
    }
    let text = request.form.path(target);
    PathAndQuery::try_from(&*text)
        .ok()
        .filter(|path| path.as_str().as_bytes() == &*text)
        .ok_or_else(|| unsayable("its target"))
}

/// Fields that have a place in HTTP/2, those of one name in their order (RFC 9113 section 8.2.2).
fn fields(
    request: &head::Request,
    asked: &Asked<'_>,
    length: Length,
    is_websocket: bool,
) -> Result<HeaderMap, Fault> {
    let head = &request.head;
    let mut fields = HeaderMap::with_capacity(head.lines.fields.len());
    for field in &head.lines.fields {
        let name = head.name(field);
        let goes = match field.name {
            Name::Host
            | Name::Connection
            | Name::KeepAlive
            | Name::ProxyConnection
            | Name::TransferEncoding
            | Name::Upgrade
            | Name::Http2Settings => false,
            Name::ContentLength => !is_websocket,
            Name::Te => asked.trailers && !is_websocket && !fields.contains_key(http::header::TE),
            // RFC 8441 section 5.
            _ if is_websocket && name.eq_ignore_ascii_case(b"sec-websocket-key") => false,
            _ => !is_named(&asked.named, name, field.name),
        };
        if !goes {
            continue;
        }
        let value = match (field.name, length) {
            (Name::Te, _) => Ok(HeaderValue::from_static("trailers")),
            (Name::ContentLength, Length::Bytes(length)) => Ok(length.into()),
            _ => HeaderValue::from_bytes(head.value(field)),
        };
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), value) else {
            return Err(unsayable("one of its fields"));
        };
        fields
            .try_append(name, value)
            .map_err(|_| unsayable("the number of its fields"))?;
    }
    Ok(fields)
}

/// The key of a WebSocket, where that is what the client asks for (RFC 6455 section 4.1).
pub(super) fn websocket_key<'a>(
    request: &'a head::Request,
    asked: &Asked<'_>,
    length: Length,
) -> Result<Option<&'a [u8]>, Fault> {
    let head = &request.head;
    let mut protocols = head.values(Name::Upgrade).flat_map(members);
    if !asked.upgrade || !protocols.any(|protocol| protocol.eq_ignore_ascii_case(b"websocket")) {
        return Ok(None);
    }
    let mut keys = head
        .lines
        .fields
        .iter()
        .filter(|field| head.name(field).eq_ignore_ascii_case(b"sec-websocket-key"))
        .map(|field| head.value(field));
    match (keys.next(), keys.next()) {
        (Some(key), None) if is_key(key) && request.method() == b"GET" && length.is_none() => Ok(Some(key)),
        _ => {
            let text = "the client asks for a WebSocket otherwise than by a GET without a body and one key";
            Err(Fault::new(LegName::Client, Stage::Request, text)
                .with_status(StatusCode::BAD_REQUEST)
                .with_remedy("look at the client: its opening handshake is not that of RFC 6455"))
        }
    }
}

fn unsayable(what: &str) -> Fault {
    let text = format!("the client's request can't be said in HTTP/2: {what} has no place there");
    Fault::new(LegName::Client, Stage::Request, text)
        .with_status(StatusCode::BAD_REQUEST)
        .with_remedy("look at the client: to an origin of HTTP/2 its request would read in two ways")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::super::framing::of_request;
    use super::super::super::head::Bounds;
    use super::super::super::hop::read_asked;
    use super::*;

    /// What becomes of a head whose lines end with `|`.
    fn told(text: &str) -> Result<(String, Vec<String>), String> {
        told_as(text, None)
    }

    fn told_as(text: &str, host: Option<&[u8]>) -> Result<(String, Vec<String>), String> {
        let bounds = Bounds {
            bytes: 4096,
            fields: 100,
        };
        let request = head::Request::read(Bytes::from(text.replace('|', "\r\n")), bounds).unwrap();
        let (asked, length) = (read_asked(&request), of_request(&request).unwrap());
        let target = Target {
            host: "a".into(),
            port: 444,
        };
        let key = websocket_key(&request, &asked, length).map_err(|fault| fault.text)?;
        let host = host.or_else(|| request.form.authority(request.target()));
        let onward = to_http2(&request, &asked, host, length, ("https", &target), key.is_some());
        let onward = onward.map_err(|fault| fault.text)?;
        let fields = onward.headers().iter();
        Ok((
            format!("{} {}", onward.method(), onward.uri()),
            fields
                .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
                .collect(),
        ))
    }

    #[test]
    fn a_request_of_http1_is_one_of_http2() {
        let request = "POST /x?y=1 HTTP/1.1|Host: b:1|Connection: TE, X-Hop, keep-alive|X-Hop: 1|Keep-Alive: 5|\
                       TE: gzip, trailers|Transfer-Encoding: chunked|X-A: 1|Cookie: a=1|x-a: 2|\
                       Proxy-Connection: x|Upgrade: h2c|HTTP2-Settings: x||";
        let (line, fields) = told(request).unwrap();
        assert_eq!(line, "POST https://b:1/x?y=1");
        assert_eq!(fields, ["te: trailers", "x-a: 1", "x-a: 2", "cookie: a=1"]);
        let (_, fields) = told("POST / HTTP/1.1|Host: b|Content-Length: 007||").unwrap();
        assert_eq!(fields, ["content-length: 7"]);
    }

    #[test]
    fn the_authority_is_of_the_target_or_of_host_or_of_the_tunnel() {
        let line = |text: &str| told(text).unwrap().0;
        assert_eq!(line("GET / HTTP/1.1|Host: b||"), "GET https://b/");
        assert_eq!(line("GET / HTTP/1.1|Host:||"), "GET https://a:444/");
        assert_eq!(line("GET / HTTP/1.0||"), "GET https://a:444/");
        let whole = "GET http://me:secret@c:1/x HTTP/1.1|Host: b||";
        assert_eq!(line(whole), "GET http://c:1/x");
        assert_eq!(line("OPTIONS https://c HTTP/1.1|Host: b||"), "OPTIONS https://c*");
        let renamed = told_as("GET / HTTP/1.1|Host: b||", Some(b"d")).unwrap();
        assert_eq!(renamed, ("GET https://d/".into(), Vec::<String>::new()));
    }

    #[test]
    fn what_has_no_place_in_http2_is_refused() {
        for (request, what) in [
            ("GET /a#b HTTP/1.1|Host: b||", "its target"),
            ("GET /a`b HTTP/1.1|Host: b||", "its target"),
            ("GET / HTTP/1.1|Host: b%||", "its host"),
        ] {
            let why = format!("the client's request can't be said in HTTP/2: {what} has no place there");
            assert_eq!(told(request), Err(why), "{request}");
        }
    }

    #[test]
    fn a_websocket_is_an_extended_connect() {
        let asks = "Connection: keep-alive, Upgrade|Upgrade: websocket|";
        let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==|";
        let request = format!("GET /chat HTTP/1.1|Host: b|{asks}{key}Sec-WebSocket-Version: 13|Origin: x||");
        let (line, fields) = told(&request).unwrap();
        assert_eq!(line, "CONNECT https://b/chat");
        assert_eq!(fields, ["sec-websocket-version: 13", "origin: x"]);
        for bad in [
            format!("GET / HTTP/1.1|Host: b|{asks}|"),
            format!("GET / HTTP/1.1|Host: b|{asks}{key}{key}|"),
            format!("POST / HTTP/1.1|Host: b|{asks}{key}|"),
            format!("GET / HTTP/1.1|Host: b|{asks}{key}Content-Length: 1||"),
            format!("GET / HTTP/1.1|Host: b|{asks}Sec-WebSocket-Key: short||"),
        ] {
            assert!(
                told(&bad).unwrap_err().contains("otherwise than by a GET"),
                "{bad}"
            );
        }
        let other = "GET / HTTP/1.1|Host: b|Connection: Upgrade|Upgrade: irc||";
        assert_eq!(told(other).unwrap().1, Vec::<String>::new());
    }
}
