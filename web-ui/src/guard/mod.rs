//! Who may ask what. Every request passes here first, whatever its URL.
//!
//! What stands against what:
//! - another site's name pointed at this machine (DNS rebinding): the Host check;
//! - another site's page that sends requests, forms or opens WebSockets: the Origin check, the JSON-only rule,
//!   and a cookie that is `SameSite=Strict`;
//! - another user or program on this machine: the token;
//! - captured content that would run as our page: the headers, and bodies served as nothing but bytes.

mod address;
mod headers;
mod page;
mod pass;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::api::model::Problem;
use crate::shared::Shared;

/// Lets a request through, or answers in the handlers' stead. Every answer leaves with the safe headers.
pub(crate) async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_page = !is_api(path) && !is_open(path);
    let mut response = match admit(&shared, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => *refusal,
    };
    headers::secure(response.headers_mut(), is_page);
    response
}

fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// What answers without the token. There are no secrets in it.
fn is_open(path: &str) -> bool {
    matches!(path, "/healthz" | "/metrics")
}

fn admit(shared: &Shared, request: &Request) -> Result<(), Box<Response>> {
    let own = check_host(shared, request)?;
    let path = request.uri().path();
    if is_open(path) {
        return Ok(());
    }
    check_origin(request, own)?;
    if !is_api(path)
        && let Some(redirect) = pass::exchange_token_for_cookie(shared, request)
    {
        return Err(Box::new(redirect));
    }
    if !pass::shows_token(shared, request.headers()) {
        return Err(Box::new(refuse_stranger(shared, request)));
    }
    check_content_type(request)
}

/// The Host that the request names, which must be one of our own names.
fn check_host<'a>(shared: &Shared, request: &'a Request) -> Result<&'a str, Box<Response>> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        _ => return refuse(StatusCode::BAD_REQUEST, "a request names exactly one Host"),
    };
    let target = request
        .uri()
        .authority()
        .map_or(host, |authority| authority.as_str());
    for name in [host, target] {
        if !address::is_own(name, shared.address) {
            let port = shared.address.port();
            let text = format!(
                "this dashboard answers to 127.0.0.1:{port} and localhost:{port}, not to {:?}",
                name.chars().take(100).collect::<String>()
            );
            return refuse(StatusCode::MISDIRECTED_REQUEST, &text);
        }
    }
    Ok(host)
}

/// A page of another origin may not change anything, open a WebSocket, or read the API.
fn check_origin(request: &Request, own: &str) -> Result<(), Box<Response>> {
    let headers = request.headers();
    let is_foreign = |origin: &HeaderValue| {
        let own_origin = format!("http://{own}");
        !origin.as_bytes().eq_ignore_ascii_case(own_origin.as_bytes())
    };
    let from_another_page = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin" && site != "none");
    let foreign = headers.get_all(header::ORIGIN).iter().any(is_foreign)
        || (from_another_page && (is_api(request.uri().path()) || changes_state(request.method())));
    if foreign {
        return refuse(
            StatusCode::FORBIDDEN,
            "this request comes from another site's page, and the dashboard answers its own alone",
        );
    }
    Ok(())
}

fn changes_state(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// What changes state is told in JSON: no form of another site can send that unasked.
fn check_content_type(request: &Request) -> Result<(), Box<Response>> {
    let headers = request.headers();
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || headers
            .get(header::CONTENT_LENGTH)
            .is_some_and(|length| length != "0");
    let must_be_json = match *request.method() {
        Method::POST | Method::PUT | Method::PATCH => true,
        Method::DELETE => has_body,
        _ => false,
    };
    if must_be_json && !is_json(headers) {
        return refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a request that changes something has the Content-Type application/json",
        );
    }
    Ok(())
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = value
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

/// Without the token: a page for a person, a problem for a program.
fn refuse_stranger(shared: &Shared, request: &Request) -> Response {
    let wants_page = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    let mut response = if wants_page && !is_api(request.uri().path()) {
        page::who_are_you(shared.address, pass::names_a_token(request))
    } else {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "the dashboard's token is missing or wrong: send `Authorization: Bearer TOKEN`, with the token of the \
             URL that handlens prints when it starts",
        )
        .into_response()
    };
    let scheme = HeaderValue::from_static("Bearer realm=\"handlens\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
    response
}

fn refuse<T>(status: StatusCode, text: &str) -> Result<T, Box<Response>> {
    Err(Box::new(Problem::new(status, text).into_response()))
}
