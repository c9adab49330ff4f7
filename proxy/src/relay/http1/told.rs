//! A request's head as it is recorded: where it went, by what name, in which words.

use std::sync::Arc;

use bytes::Bytes;
use capture::{Fields, RawHead, RequestHead, Target, Version, default_port};

use super::field::{Field, Name};
use super::head::Request;
use super::target::split_authority;

/// The head of a request that was read.
pub(super) fn told_request(
    request: &Request,
    scheme: &'static str,
    tunnel: Option<&Target>,
    rewrites_host: bool,
) -> RequestHead {
    let Target { host, port } = match rewrites_host {
        true => unnamed(tunnel, port_of(scheme)),
        false => told_target(request, scheme, tunnel),
    };
    let head = &request.head;
    // Who comes in at the proxy's own door says so to the proxy alone.
    let is_secret = |field: &&Field| field.name == Name::ProxyAuthorization;
    let has_secret = tunnel.is_none() && head.lines.fields.iter().any(|field| is_secret(&field));
    let (fields, raw) = if has_secret {
        let others = head.lines.fields.iter().filter(|field| !is_secret(field));
        let fields = Fields::pack(others.map(|field| (head.name(field), head.value(field))));
        (fields, RawHead::Unknown)
    } else {
        (head.told_fields(), request.told_raw())
    };
    let path = request.form.path(request.target());
    RequestHead {
        method: told_text(request.method()),
        scheme,
        host,
        port,
        path: told_text(&path),
        version: request.version,
        fields,
        raw,
    }
}

/// The port of a scheme, which is one of the two.
fn port_of(scheme: &str) -> u16 {
    default_port(scheme).unwrap_or(80)
}

fn told_text(bytes: &[u8]) -> Arc<str> {
    String::from_utf8_lossy(bytes).into()
}

/// The host and port that the request names: in its target, or in `Host`; else what the tunnel was asked for.
fn told_target(request: &Request, scheme: &str, tunnel: Option<&Target>) -> Target {
    let default_port = port_of(scheme);
    let named = request
        .form
        .authority(request.target())
        .or_else(|| request.head.values(Name::Host).next())
        .unwrap_or_default();
    if let Some(tunnel) = tunnel
        && tunnel.port == default_port
        && *named == *tunnel.host.as_bytes()
    {
        return tunnel.clone();
    }
    let Some((host, port)) = split_authority(named) else {
        return unnamed(tunnel, default_port);
    };
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let port = port.unwrap_or_else(|| tunnel.map_or(default_port, |tunnel| tunnel.port));
    match tunnel {
        Some(tunnel) if tunnel.port == port && *host == *tunnel.host => tunnel.clone(),
        _ => Target {
            host: host.to_ascii_lowercase().into(),
            port,
        },
    }
}

fn unnamed(tunnel: Option<&Target>, default_port: u16) -> Target {
    tunnel.cloned().unwrap_or_else(|| Target {
        host: Arc::from(""),
        port: default_port,
    })
}

/// The head of a request that can't be read: its bytes, and of them what looks like a method and a path.
pub(super) fn told_unread(raw: Bytes, scheme: &'static str, tunnel: Option<&Target>) -> RequestHead {
    let default_port = port_of(scheme);
    let Target { host, port } = unnamed(tunnel, default_port);
    let line = raw.split(|&b| b == b'\n').next().unwrap_or_default();
    let mut words = line.trim_ascii().split(|&b| b == b' ');
    let mut word = |longest: usize| {
        let word = words.next().unwrap_or_default();
        told_text(&word[..word.len().min(longest)])
    };
    RequestHead {
        method: word(32),
        scheme,
        host,
        port,
        path: word(2048),
        version: Version::Http11,
        fields: Fields::default(),
        raw: match tunnel.is_none() && holds_credentials(&raw) {
            true => RawHead::Unknown,
            false => RawHead::Bytes(raw),
        },
    }
}

/// Whether there may be what a client says to the proxy alone.
pub(super) fn holds_credentials(raw: &[u8]) -> bool {
    let name = b"proxy-authorization";
    raw.windows(name.len())
        .any(|window| window.eq_ignore_ascii_case(name))
}
