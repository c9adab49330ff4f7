//! `--listen MODE@ADDR`: where clients come in, and how.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use capture::Target;

use super::args::parse_address;
use super::nearest;
use crate::door::parse_authority;

/// One listener: its door, its address, and what it is told beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// How clients come in.
    pub mode: Mode,
    /// Where; port 0 takes any free one.
    pub address: SocketAddr,
    /// Every connection begins with a header of the PROXY protocol, which says who the client is.
    pub proxy_protocol: bool,
}

/// How clients come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As to an HTTP proxy, over TLS too; and by SOCKS, which the first bytes tell apart.
    Http,
    /// By SOCKS alone.
    Socks5,
    /// Sent here by the packet filter, on their way to the origin itself.
    Transparent,
    /// The same by TPROXY alone, which takes a capability.
    Tproxy,
    /// As to the origin itself.
    Reverse(ReverseOrigin),
}

/// The origin that a reverse listener stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReverseOrigin {
    /// Whether it is spoken to over TLS.
    pub tls: bool,
    /// Where it is.
    pub target: Target,
    /// The client's `Host` reaches it as it came, instead of its own name.
    pub keep_host: bool,
}

impl Mode {
    /// Whether a packet filter sends clients here.
    #[must_use]
    pub fn is_transparent(&self) -> bool {
        matches!(self, Self::Transparent | Self::Tproxy)
    }
}

impl Listen {
    /// An HTTP proxy at this address.
    #[must_use]
    pub fn http(address: SocketAddr) -> Self {
        Self {
            mode: Mode::Http,
            address,
            proxy_protocol: false,
        }
    }

    /// The same listener, at the address that it was given.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self {
            address,
            ..self.clone()
        }
    }

    /// The `Host` that the client sent is kept, where this is a listener that could change it.
    pub(super) fn keep_host(&mut self) {
        if let Mode::Reverse(origin) = &mut self.mode {
            origin.keep_host = true;
        }
    }
}

/// As the ready lines tell it: `http://127.0.0.1:8080`.
impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address;
        match &self.mode {
            Mode::Http => write!(f, "http://{address}"),
            Mode::Socks5 => write!(f, "socks5://{address}"),
            Mode::Transparent => write!(f, "transparent://{address}"),
            Mode::Tproxy => write!(f, "tproxy://{address}"),
            Mode::Reverse(origin) => write!(f, "reverse:{origin}@{address}"),
        }
    }
}

impl fmt::Display for ReverseOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.target)
    }
}

const MODES: [&str; 5] = ["http", "socks5", "transparent", "tproxy", "reverse"];

/// `ADDR` or `MODE@ADDR`.
impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((mode, address)) = text.rsplit_once('@') else {
            let mode = text.split(':').next().unwrap_or_default();
            if MODES.contains(&mode) {
                return Err(format!(
                    "{text:?} has no address; write it as {mode}{}@127.0.0.1:8443",
                    if mode == "reverse" { ":https://HOST" } else { "" }
                ));
            }
            return parse_address(text).map(Self::http);
        };
        Ok(Self {
            mode: mode.parse()?,
            address: parse_address(address)?,
            proxy_protocol: false,
        })
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, rest) = match text.split_once(':') {
            Some((word, rest)) => (word, Some(rest)),
            None => (text, None),
        };
        match (word, rest) {
            ("http", None) => Ok(Self::Http),
            ("socks5", None) => Ok(Self::Socks5),
            ("transparent", None) => Ok(Self::Transparent),
            ("tproxy", None) => Ok(Self::Tproxy),
            ("reverse", Some(url)) => url.parse().map(Self::Reverse),
            ("reverse", None) => Err(
                "reverse needs the origin that it stands for, as in reverse:https://HOST@127.0.0.1:8443"
                    .to_owned(),
            ),
            ("http" | "https", Some(_)) => {
                Err(format!("{word:?} takes no origin; did you mean reverse:{text}?"))
            }
            _ => Err(match nearest(word, MODES) {
                Some(near) => format!("{word:?} is not a mode; did you mean {near}?"),
                None => format!("{word:?} is not a mode; there are {}", MODES.join(", ")),
            }),
        }
    }
}

/// `https://HOST[:PORT]`.
impl FromStr for ReverseOrigin {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let wrong = |why: String| format!("{url:?} can't be the origin of reverse: {why}");
        let (tls, rest) = match url.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            _ => return Err(wrong("it is neither https://HOST nor http://HOST".to_owned())),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return Err(wrong(
                "it has a path; give scheme, host and port alone".to_owned(),
            ));
        }
        let has_port = authority
            .rsplit_once(':')
            .is_some_and(|(host, _)| !host.contains(':') || host.ends_with(']'));
        let whole = match has_port {
            true => authority.to_owned(),
            false => format!("{authority}:{}", if tls { 443 } else { 80 }),
        };
        let target = parse_authority(&whole).map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            tls,
            target,
            keep_host: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_read_and_told_again() {
        for (text, told) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http@[::1]:0", "http://[::1]:0"),
            ("socks5@localhost:1080", "socks5://127.0.0.1:1080"),
            ("transparent@[::]:8082", "transparent://[::]:8082"),
            ("tproxy@[::]:8082", "tproxy://[::]:8082"),
            (
                "reverse:https://Example.com@127.0.0.1:1",
                "reverse:https://example.com:443@127.0.0.1:1",
            ),
            (
                "reverse:http://[::1]:8000/@127.0.0.1:1",
                "reverse:http://[::1]:8000@127.0.0.1:1",
            ),
            (
                "reverse:https://[2001:db8::1]@127.0.0.1:1",
                "reverse:https://[2001:db8::1]:443@127.0.0.1:1",
            ),
        ] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), told, "{text}");
        }
    }

    #[test]
    fn what_is_mistyped_is_refused_with_a_suggestion() {
        for (text, says) in [
            (
                "sock5@127.0.0.1:1",
                "\"sock5\" is not a mode; did you mean socks5?",
            ),
            (
                "transprent@127.0.0.1:1",
                "\"transprent\" is not a mode; did you mean transparent?",
            ),
            (
                "quic@127.0.0.1:1",
                "\"quic\" is not a mode; there are http, socks5, transparent, tproxy, reverse",
            ),
            (
                "https://a@127.0.0.1:1",
                "\"https\" takes no origin; did you mean reverse:https://a?",
            ),
            (
                "reverse@127.0.0.1:1",
                "reverse needs the origin that it stands for, as in reverse:https://HOST@127.0.0.1:8443",
            ),
            (
                "reverse:example.com@127.0.0.1:1",
                "\"example.com\" can't be the origin of reverse: it is neither https://HOST nor http://HOST",
            ),
            (
                "reverse:https://a/b@127.0.0.1:1",
                "\"https://a/b\" can't be the origin of reverse: it has a path; give scheme, host and port alone",
            ),
            (
                "reverse:https://a:0@127.0.0.1:1",
                "\"https://a:0\" can't be the origin of reverse: \"0\" is not a port from 1 to 65535",
            ),
            (
                "reverse:https://a",
                "\"reverse:https://a\" has no address; write it as reverse:https://HOST@127.0.0.1:8443",
            ),
            (
                "socks5",
                "\"socks5\" has no address; write it as socks5@127.0.0.1:8443",
            ),
            (
                "socks5@8080",
                "\"8080\" is not an address with a port, such as 127.0.0.1:8080 or [::1]:8080",
            ),
        ] {
            assert_eq!(text.parse::<Listen>().unwrap_err(), says, "{text}");
        }
    }
}
