//! The token: shown as a bearer, or as the cookie that a URL with the token is exchanged for.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use subtle::ConstantTimeEq;

use crate::shared::Shared;

/// How long a browser keeps the cookie, in seconds: thirty days.
const COOKIE_AGE: u32 = 30 * 24 * 3600;

/// Whether the request shows the token, as `Authorization: Bearer` or as our cookie.
pub(super) fn shows_token(shared: &Shared, headers: &HeaderMap) -> bool {
    let bearer = headers.get(header::AUTHORIZATION).and_then(bearer);
    let cookie = Cookie::of(shared);
    let mut cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&b| b == b';'))
        .filter_map(|pair| {
            pair.trim_ascii()
                .strip_prefix(cookie.name.as_bytes())?
                .strip_prefix(b"=")
        });
    bearer.is_some_and(|shown| shared.token.is(shown))
        || cookies.any(|shown| cookie.value.as_bytes().ct_eq(shown).into())
}

fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, shown) = value.as_bytes().split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then(|| shown.trim_ascii())
}

/// What a browser shows in the token's stead.
struct Cookie {
    /// Cookies know no ports: with the port in its name, two dashboards of one machine do not fight over one.
    name: String,
    value: String,
}

impl Cookie {
    fn of(shared: &Shared) -> Self {
        let port = shared.address.port();
        Self {
            name: format!("handlens-{port}"),
            value: shared.token.cookie(port),
        }
    }
}

/// For a page whose URL has the right `token`: the cookie, and the way to the same page without it.
pub(super) fn exchange_token_for_cookie(shared: &Shared, request: &Request) -> Option<Response> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let (shown, rest) = take_token(request.uri().query()?)?;
    if !shared.token.is(shown.as_bytes()) {
        return None;
    }
    let Cookie { name, value } = Cookie::of(shared);
    let cookie = format!("{name}={value}; Path=/; Max-Age={COOKIE_AGE}; HttpOnly; SameSite=Strict");
    let location = without_token(request.uri().path(), &rest);
    let headers = [
        (header::SET_COOKIE, HeaderValue::from_str(&cookie).ok()?),
        (header::LOCATION, HeaderValue::from_str(&location).ok()?),
    ];
    Some((StatusCode::SEE_OTHER, headers).into_response())
}

/// Whether the URL has a `token`, right or wrong.
pub(super) fn names_a_token(request: &Request) -> bool {
    request.uri().query().and_then(take_token).is_some()
}

/// The value of `token` in this query, and the query without it.
fn take_token(query: &str) -> Option<(&str, String)> {
    let token = query.split('&').find_map(|pair| pair.strip_prefix("token="))?;
    let rest: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with("token="))
        .collect();
    Some((token, rest.join("&")))
}

/// The same page. A path that a browser would take for another site's address becomes the first page.
fn without_token(path: &str, query: &str) -> String {
    let path = match path.as_bytes() {
        [b'/', b'/' | b'\\', ..] => "/",
        _ => path,
    };
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_leaves_the_query_and_the_rest_stays() {
        assert_eq!(take_token("token=x"), Some(("x", String::new())));
        assert_eq!(take_token("q=a&token=x&sel=1"), Some(("x", "q=a&sel=1".into())));
        assert_eq!(take_token("q=token"), None);
    }

    #[test]
    fn the_way_back_never_leads_to_another_site() {
        assert_eq!(without_token("/traffic", "q=a"), "/traffic?q=a");
        assert_eq!(without_token("//evil.example/", ""), "/");
        assert_eq!(without_token("/\\evil.example/", ""), "/");
    }

    #[test]
    fn a_bearer_is_read_in_any_case() {
        let value = HeaderValue::from_static("bearer  abc ");
        assert_eq!(bearer(&value), Some(&b"abc"[..]));
        assert_eq!(bearer(&HeaderValue::from_static("Basic abc")), None);
        assert_eq!(bearer(&HeaderValue::from_static("Bearer")), None);
    }
}
