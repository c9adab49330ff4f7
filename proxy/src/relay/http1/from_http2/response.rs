//! An answer of HTTP/1 in the words of HTTP/2 (RFC 9113 section 8.2).

use capture::{LegName, Stage};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use super::super::answers::bad_answer;
use super::super::error::BadMessage;
use super::super::field::Name;
use super::super::framing::{Framing, Keep};
use super::super::head;
use super::super::hop::{connection_tokens, is_named};
use crate::fault::Fault;

/// The head that goes to the client. Fields of one hop stay behind; so do those that only HTTP/1 has a use for.
pub(super) fn to_http2(
    response: &head::Response,
    framing: &Framing,
    strips_alt_svc: bool,
) -> Result<Response<()>, Fault> {
    let head = &response.head;
    let named: Vec<&[u8]> = connection_tokens(head).collect();
    let mut fields = HeaderMap::with_capacity(head.lines.fields.len());
    let mut has_length = false;
    for field in &head.lines.fields {
        let name = head.name(field);
        let goes = match field.name {
            Name::ContentLength => match framing.content_length {
                Keep::All => true,
                Keep::Once(_) => !std::mem::replace(&mut has_length, true),
                Keep::None => false,
            },
            Name::AltSvc => !strips_alt_svc,
            Name::Connection
            | Name::TransferEncoding
            | Name::Upgrade
            | Name::KeepAlive
            | Name::ProxyConnection
            | Name::Http2Settings
            | Name::Te => false,
            _ => !is_named(&named, name, field.name),
        };
        if !goes {
            continue;
        }
        let value = match (field.name, framing.content_length) {
            (Name::ContentLength, Keep::Once(length)) => length.to_string().into_bytes(),
            _ => unfolded(head.value(field)),
        };
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(&value)) else {
            return Err(unsayable(name));
        };
        fields.append(name, value);
    }
    let mut to_client = Response::new(());
    *to_client.status_mut() =
        StatusCode::from_u16(response.status).map_err(|_| bad_answer(&BadMessage::StatusLine))?;
    *to_client.headers_mut() = fields;
    Ok(to_client)
}

/// A value in one line (RFC 9112 section 5.2).
fn unfolded(value: &[u8]) -> Vec<u8> {
    let spaced = value.iter().map(|&byte| match byte {
        b'\r' | b'\n' => b' ',
        byte => byte,
    });
    spaced.collect()
}

fn unsayable(name: &[u8]) -> Fault {
    let name = String::from_utf8_lossy(&name[..name.len().min(60)]);
    Fault::new(
        LegName::Origin,
        Stage::Response,
        format!("the origin's answer can't be said in HTTP/2: the field {name:?} holds a control byte"),
    )
    .with_remedy("look at the origin, or reach it by a client that speaks HTTP/1.1")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::super::framing::of_response;
    use super::super::super::head::Bounds;
    use super::*;

    fn told(text: &str) -> Result<Vec<String>, String> {
        let bounds = Bounds {
            bytes: 4096,
            fields: 100,
        };
        let response = head::Response::read(Bytes::from(text.replace('|', "\r\n")), bounds).unwrap();
        let framing = of_response(&response, false).unwrap();
        let head = to_http2(&response, &framing, true).map_err(|fault| fault.text)?;
        let fields = head.headers().iter();
        Ok(fields
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
            .collect())
    }

    #[test]
    fn fields_of_one_hop_stay_behind_and_the_others_are_in_lower_case() {
        let answer = "HTTP/1.1 200 OK|Server: A|Connection: close, X-Hop|X-Hop: 1|Keep-Alive: timeout=5|\
                      Transfer-Encoding: chunked|Content-Length: 3|Alt-Svc: h3|X-Folded: a|  b||";
        assert_eq!(told(answer).unwrap(), ["server: A", "x-folded: a    b"]);
        let twice = "HTTP/1.1 200 OK|Content-Length: 3|Content-Length: 3||";
        assert_eq!(told(twice).unwrap(), ["content-length: 3"]);
    }

    #[test]
    fn a_control_byte_can_not_be_said() {
        let told = told("HTTP/1.1 200 OK|X: a\u{1}b||").unwrap_err();
        assert!(told.contains("can't be said in HTTP/2"), "{told}");
    }
}
