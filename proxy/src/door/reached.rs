//! How a client reached us, and by what name it can do so again.

use std::net::{IpAddr, SocketAddr};

use capture::Target;
use http::Uri;
use http::uri::Authority;

use crate::relay::http::bare_host;

/// How a client reached us.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    /// At this address of ours.
    pub(crate) local: SocketAddr,
    /// Over TLS.
    pub(crate) is_secured: bool,
}

impl Reached {
    /// Whether a URL leads to ourselves. Over TLS with the proxy nothing else can be meant by `https:`, which leads to
    /// others by CONNECT alone, whatever name the client has for us; without it we go by our address.
    pub(super) fn is_meant(&self, uri: &Uri, authority: &Authority) -> bool {
        let own = self.local.ip().to_canonical();
        let (scheme, port) = if self.is_secured {
            ("https", 443)
        } else {
            ("http", 80)
        };
        let host = bare_host(authority.host());
        let is_host = match host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical() == own,
            Err(_) => host.eq_ignore_ascii_case("localhost") && own.is_loopback(),
        };
        uri.scheme_str() == Some(scheme)
            && (self.is_secured || is_host)
            && authority.port_u16().unwrap_or(port) == self.local.port()
    }

    /// What says in the configuration of a browser that the proxy is to be used: by the name that the client has for us,
    /// where it said one, or by the address that it reached.
    pub(crate) fn proxy_word(&self, said: Option<Target>) -> String {
        let address = match said {
            Some(target) => target.to_string(),
            None => self.local.to_string(),
        };
        let word = if self.is_secured { "HTTPS" } else { "PROXY" };
        format!("{word} {address}")
    }

    /// The same as a target.
    pub(super) fn ourselves(&self) -> Target {
        Target {
            host: self.local.ip().to_canonical().to_string().into(),
            port: self.local.port(),
        }
    }
}
