//! A request's head as it is told: where it went, by what name, in which words.

use std::sync::Arc;

use capture::{Fields, RawHead, RequestHead, Target, Version};
use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Request, Uri};

/// The head of a request, for the recorder. `tunnel` is what the client asked the tunnel for, if there is
/// one, and it is renamed where the origin is told another name than the client says.
pub(crate) fn told_head<B>(
    scheme: &'static str,
    tunnel: Option<&Target>,
    is_renamed: bool,
    request: &Request<B>,
) -> RequestHead {
    let target = told_target(scheme, tunnel, is_renamed, request);
    RequestHead {
        method: request.method().as_str().into(),
        scheme,
        host: target.host,
        port: target.port,
        path: told_path(request.uri()),
        version: told_version(request.version()),
        fields: pack(request.headers()),
        raw: RawHead::Unknown,
    }
}

/// The host and port that the request names: in its URI, or in `Host`; else what the tunnel was asked for.
fn told_target<B>(scheme: &str, tunnel: Option<&Target>, is_renamed: bool, request: &Request<B>) -> Target {
    let default_port = if scheme == "https" { 443 } else { 80 };
    if is_renamed {
        return unnamed(tunnel, default_port);
    }
    let named = match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => request.headers().get(HOST).and_then(|host| host.to_str().ok()),
    };
    let Some(named) = named else {
        return unnamed(tunnel, default_port);
    };
    if let Some(tunnel) = tunnel
        && tunnel.port == default_port
        && *named == *tunnel.host
    {
        return tunnel.clone();
    }
    let Ok(authority) = named.parse::<Authority>() else {
        return unnamed(tunnel, default_port);
    };
    Target {
        host: bare_host(authority.host()).to_ascii_lowercase().into(),
        port: authority
            .port_u16()
            .unwrap_or_else(|| tunnel.map_or(default_port, |tunnel| tunnel.port)),
    }
}

fn unnamed(tunnel: Option<&Target>, default_port: u16) -> Target {
    tunnel.cloned().unwrap_or_else(|| Target {
        host: Arc::from(""),
        port: default_port,
    })
}

/// A host without the brackets that a URI puts around an IPv6 address.
pub(crate) fn bare_host(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

fn told_path(uri: &Uri) -> Arc<str> {
    match uri.path_and_query() {
        Some(path) => path.as_str().into(),
        None => Arc::from("/"),
    }
}

fn told_version(version: http::Version) -> Version {
    match version {
        http::Version::HTTP_2 => Version::Http2,
        http::Version::HTTP_10 | http::Version::HTTP_09 => Version::Http10,
        _ => Version::Http11,
    }
}

/// The fields of a head or trailer as the recorder keeps them.
pub(crate) fn pack(fields: &HeaderMap) -> Fields {
    Fields::pack(
        fields
            .iter()
            .map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes())),
    )
}
