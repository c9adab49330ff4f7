//! The target in what a client asks: `host:port` of a CONNECT, or the authority of an absolute URI.

use std::net::{IpAddr, Ipv6Addr};

use capture::{LegName, Stage, Target};
use http::{StatusCode, Uri};

use crate::fault::Fault;
use crate::relay::http1::split_authority;

/// The text is not `host:port`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AuthorityError {
    #[error("{0:?} has no port")]
    NoPort(String),
    #[error("{0:?} is not a port from 1 to 65535")]
    BadPort(String),
    #[error("{0:?} is not a host name or an address")]
    BadHost(String),
}

/// Reads `host:port`, `[v6]:port`.
pub(crate) fn parse_authority(text: &str) -> Result<Target, AuthorityError> {
    let (host, port) = text
        .rsplit_once(':')
        .ok_or_else(|| AuthorityError::NoPort(text.to_owned()))?;
    let port = match port.parse::<u16>() {
        Ok(port) if port != 0 && port_is_plain(text) => port,
        _ => return Err(AuthorityError::BadPort(port.to_owned())),
    };
    Ok(Target {
        host: parse_host(host)?.into(),
        port,
    })
}

/// A host and a port that came apart. A host that is an IPv6 address has no brackets.
pub(super) fn host_target(host: &str, port: u16) -> Result<Target, AuthorityError> {
    if port == 0 {
        return Err(AuthorityError::BadPort(port.to_string()));
    }
    Ok(Target {
        host: parse_host(host)?.into(),
        port,
    })
}

/// `+80` parses as a number, but is no port.
fn port_is_plain(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit()) && !text.contains('+')
}

/// A host as it is kept: a name in lower case without its last dot, or an address without brackets.
fn parse_host(host: &str) -> Result<String, AuthorityError> {
    let bad = || AuthorityError::BadHost(host.to_owned());
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').ok_or_else(bad)?;
        return address
            .parse::<Ipv6Addr>()
            .map(|ip| ip.to_string())
            .map_err(|_| bad());
    }
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let is_name = !name.is_empty()
        && name.len() <= 253
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
        && !name.split('.').any(str::is_empty);
    if is_name {
        Ok(name)
    } else if let Ok(address) = name.parse::<IpAddr>() {
        Ok(address.to_string())
    } else {
        Err(bad())
    }
}

/// The target that a request over HTTP/2 names.
pub(super) fn named_target(uri: &Uri) -> Result<Target, Fault> {
    let refused = |text: String, remedy: &str| {
        Fault::new(LegName::Client, Stage::Target, text)
            .with_status(StatusCode::BAD_REQUEST)
            .with_remedy(remedy)
    };
    let Some(authority) = uri.authority() else {
        return Err(refused(
            "this is a proxy, and the request names no origin".to_owned(),
            "set this address as the HTTP proxy of your program; do not open it as a site",
        ));
    };
    match uri.scheme_str() {
        Some("http") => {}
        scheme => {
            let scheme = scheme.unwrap_or("none");
            return Err(refused(
                format!("a request for the scheme {scheme:?} can't come in this way"),
                "reach https:// through CONNECT, as HTTPS proxies are used",
            ));
        }
    }
    url_target(authority.as_str()).map_err(|error| refused(error.to_string(), "check the host in the URL"))
}

/// The target in a URL of `http:`, where the port need not be said.
pub(crate) fn url_target(authority: &str) -> Result<Target, AuthorityError> {
    match split_authority(authority.as_bytes()) {
        Some((host, port)) => parse_authority(&format!("{host}:{}", port.unwrap_or(80))),
        // It says what is wrong.
        None => parse_authority(authority).and(Err(AuthorityError::BadHost(authority.to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts_and_ports_are_read() {
        let read = |text| {
            parse_authority(text)
                .map(|target| target.to_string())
                .map_err(|e| e.to_string())
        };
        assert_eq!(read("EXAMPLE.com.:443"), Ok("example.com:443".into()));
        assert_eq!(
            read("[::FFFF:1]:8443"),
            Ok("[::255.255.0.1]:8443".replace("::255.255.0.1", "::ffff:1"))
        );
        assert_eq!(read("10.0.0.1:80"), Ok("10.0.0.1:80".into()));
        assert_eq!(read("127.1:80"), Ok("127.1:80".into()));
        assert_eq!(read("a"), Err("\"a\" has no port".into()));
        assert_eq!(read("a:0"), Err("\"0\" is not a port from 1 to 65535".into()));
        assert_eq!(read("a:+80"), Err("\"+80\" is not a port from 1 to 65535".into()));
        assert_eq!(
            read("a/b:80"),
            Err("\"a/b\" is not a host name or an address".into())
        );
        assert_eq!(
            read("[::1:80"),
            Err("\"[::1\" is not a host name or an address".into())
        );
        assert_eq!(read(":80"), Err("\"\" is not a host name or an address".into()));
    }

    #[test]
    fn a_url_need_not_say_its_port_but_must_not_say_a_wrong_one() {
        let named = |url: &str| {
            let told = named_target(&url.parse().unwrap());
            told.map(|target| target.to_string()).map_err(|fault| fault.text)
        };
        assert_eq!(named("http://a/"), Ok("a:80".into()));
        assert_eq!(named("http://a:/"), Ok("a:80".into()));
        assert_eq!(named("http://[::1]/"), Ok("[::1]:80".into()));
        assert_eq!(named("http://[::1]:81/"), Ok("[::1]:81".into()));
        for port in ["0", "99999", "65536"] {
            let told = format!("{port:?} is not a port from 1 to 65535");
            assert_eq!(named(&format!("http://a:{port}/")), Err(told.clone()));
            assert_eq!(named(&format!("http://[::1]:{port}/")), Err(told));
        }
    }

    proptest! {
        #[test]
        fn text_of_any_kind_never_panics(text: String) {
            let _ = parse_authority(&text);
        }
    }
}
