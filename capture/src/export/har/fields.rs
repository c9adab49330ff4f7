//! Fields, cookies and queries as HAR lists them.

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

use crate::Fields;

/// A name and a value.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: String,
}

/// `cookies[]`.
#[derive(Debug, Default, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cookie {
    name: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secure: Option<bool>,
}

/// All fields, in order.
pub(super) fn tell_pairs(fields: &Fields) -> Vec<Pair> {
    fields
        .iter()
        .map(|(name, value)| Pair {
            name: lossy(name),
            value: lossy(value),
        })
        .collect()
}

/// The cookies of `Cookie` fields (RFC 6265 section 4.2.1).
pub(super) fn request_cookies(fields: &Fields) -> Vec<Cookie> {
    values(fields, "cookie")
        .flat_map(|value| {
            value
                .split(';')
                .filter(|pair| !pair.trim().is_empty())
                .map(cookie)
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The cookies of `Set-Cookie` fields (RFC 6265 section 4.1.1).
pub(super) fn response_cookies(fields: &Fields) -> Vec<Cookie> {
    values(fields, "set-cookie")
        .map(|value| {
            let mut parts = value.split(';');
            let mut cookie = cookie(parts.next().unwrap_or_default());
            (cookie.http_only, cookie.secure) = (Some(false), Some(false));
            for part in parts {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                let value = value.trim().to_owned();
                match name.trim().to_ascii_lowercase().as_str() {
                    "path" => cookie.path = Some(value),
                    "domain" => cookie.domain = Some(value),
                    "expires" => cookie.expires = rfc_3339(&value),
                    "httponly" => cookie.http_only = Some(true),
                    "secure" => cookie.secure = Some(true),
                    _ => {}
                }
            }
            cookie
        })
        .collect()
}

/// The parameters of a path's query, decoded as of a form (the WHATWG URL standard, section 5).
pub(super) fn query_pairs(path: &str) -> Vec<Pair> {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Pair {
                name: decoded(name),
                value: decoded(value),
            }
        })
        .collect()
}

fn cookie(pair: &str) -> Cookie {
    let (name, value) = pair.split_once('=').unwrap_or(("", pair));
    Cookie {
        name: name.trim().to_owned(),
        value: value.trim().to_owned(),
        ..Cookie::default()
    }
}

fn values(fields: &Fields, name: &str) -> impl Iterator<Item = String> {
    fields
        .iter()
        .filter(move |(known, _)| known.eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, value)| lossy(value))
}

/// A date as cookies have it (RFC 9110 section 5.6.7, or with hyphens as of old), as HAR wants it.
fn rfc_3339(date: &str) -> Option<String> {
    let date = date.replace('-', " ").replace("GMT", "+0000");
    OffsetDateTime::parse(&date, &Rfc2822).ok()?.format(&Rfc3339).ok()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let hex = |at: usize| rest.get(at).and_then(|&digit| char::from(digit).to_digit(16));
        let (byte, behind) = match (first, hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => ((high * 16 + low) as u8, &rest[3..]),
            (b'+', ..) => (b' ', behind),
            _ => (first, behind),
        };
        bytes.push(byte);
        rest = behind;
    }
    lossy(&bytes)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_told_with_what_they_are_bound_to() {
        let fields = Fields::pack([
            (
                &b"Set-Cookie"[..],
                &b"a=b=c; Path=/x; HttpOnly; Expires=Wed, 21 Oct 2026 07:28:00 GMT"[..],
            ),
            (
                b"set-cookie",
                b"d=; Secure; Domain=example.com; Expires=Wed, 21-Oct-2026 07:28:00 GMT; Max-Age=1",
            ),
            (b"set-cookie", b"bare; Expires=never"),
        ]);
        let expires = Some("2026-10-21T07:28:00Z".to_owned());
        let plain = || Cookie {
            http_only: Some(false),
            secure: Some(false),
            ..Cookie::default()
        };
        assert_eq!(
            response_cookies(&fields),
            [
                Cookie {
                    name: "a".into(),
                    value: "b=c".into(),
                    path: Some("/x".into()),
                    expires: expires.clone(),
                    http_only: Some(true),
                    ..plain()
                },
                Cookie {
                    name: "d".into(),
                    domain: Some("example.com".into()),
                    expires,
                    secure: Some(true),
                    ..plain()
                },
                Cookie {
                    value: "bare".into(),
                    ..plain()
                },
            ]
        );
        let fields = Fields::pack([(&b"Cookie"[..], &b"a=1; b=2;; "[..]), (b"cookie", b"c=3")]);
        let told: Vec<_> = request_cookies(&fields)
            .into_iter()
            .map(|cookie| (cookie.name, cookie.value))
            .collect();
        assert_eq!(
            told,
            [("a", "1"), ("b", "2"), ("c", "3")].map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn a_query_is_decoded_as_of_a_form() {
        let told: Vec<_> = query_pairs("/p?a=1&b=%C3%A4+x&c&=d&&e=%zz%4")
            .into_iter()
            .map(|pair| (pair.name, pair.value))
            .collect();
        let expected = [("a", "1"), ("b", "ä x"), ("c", ""), ("", "d"), ("e", "%zz%4")];
        assert_eq!(
            told,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        assert_eq!(query_pairs("/p"), []);
    }
}
