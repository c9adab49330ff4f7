//! The proxies that origins are reached through, and the hosts that are reached without them.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use capture::Target;

use super::no_proxy::NoProxy;
use crate::door::parse_authority;

/// A proxy that origins are reached through. What it tells of itself has no password.
#[derive(Clone, PartialEq, Eq)]
pub struct UpstreamProxy {
    /// What it speaks.
    pub kind: UpstreamKind,
    /// Where it is.
    pub address: Target,
    pub(crate) credentials: Option<Credentials>,
}

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamKind {
    /// CONNECT (RFC 9110 section 9.3.6).
    Http,
    /// The same inside TLS.
    Https,
    /// SOCKS5 (RFC 1928); names are resolved there.
    Socks5,
}

/// A user and a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Credentials {
    /// The value of `Proxy-Authorization` (RFC 7617).
    pub(crate) fn basic(&self) -> String {
        let Self { user, password } = self;
        format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

impl UpstreamProxy {
    /// Whether it takes requests in plain HTTP as they are, and needs no tunnel for them.
    pub(crate) fn takes_requests(&self) -> bool {
        self.kind != UpstreamKind::Socks5
    }
}

impl fmt::Display for UpstreamProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            UpstreamKind::Http => "http",
            UpstreamKind::Https => "https",
            UpstreamKind::Socks5 => "socks5",
        };
        write!(f, "{scheme}://{}", self.address)
    }
}

impl fmt::Debug for UpstreamProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text names no proxy. The error says so without what stands before the `@`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseUpstreamError(String);

impl FromStr for UpstreamProxy {
    type Err = ParseUpstreamError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (userinfo, address) = match rest.rsplit_once('@') {
            Some((userinfo, address)) => (Some(userinfo), address),
            None => (None, rest),
        };
        let wrong = |text: String| ParseUpstreamError(text);
        let kind = match &*scheme.to_ascii_lowercase() {
            "http" => UpstreamKind::Http,
            "https" => UpstreamKind::Https,
            "socks5" | "socks5h" => UpstreamKind::Socks5,
            _ if userinfo.is_some() => {
                return Err(wrong(format!(
                    "the upstream proxy at {address:?} must be http://, https:// or socks5://"
                )));
            }
            scheme => {
                return Err(wrong(format!(
                    "{scheme}:// is no upstream proxy that Handlens speaks to: it can be http://, https:// or socks5://"
                )));
            }
        };
        let address = parse_authority(address).map_err(|error| {
            wrong(format!(
                "the upstream proxy is written as http://host:port, or http://user:password@host:port: {error}"
            ))
        })?;
        let credentials = userinfo.map(read_credentials).transpose()?;
        Ok(Self {
            kind,
            address,
            credentials,
        })
    }
}

fn read_credentials(userinfo: &str) -> Result<Credentials, ParseUpstreamError> {
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let wrong = |what: &str| ParseUpstreamError(format!("the upstream proxy's user or password {what}"));
    let decoded = |text| {
        undo_percent(text).ok_or_else(|| wrong("is not text: write a % that is meant as itself as %25"))
    };
    let credentials = Credentials {
        user: decoded(user)?,
        password: decoded(password)?,
    };
    let Credentials { user, password } = &credentials;
    if [user, password]
        .iter()
        .any(|text| text.len() > 255 || text.contains(char::is_control))
    {
        return Err(wrong("is longer than 255 bytes, or holds control characters"));
    }
    if user.is_empty() {
        return Err(wrong("is missing: it is written as user:password@host:port"));
    }
    if user.contains(':') {
        return Err(wrong("holds a colon, which a user's name can't (RFC 7617)"));
    }
    Ok(credentials)
}

/// Undoes percent encoding (RFC 3986 section 2.1).
fn undo_percent(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

/// Which proxy is for which origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstreams {
    /// For plain HTTP.
    pub plain: Option<UpstreamProxy>,
    /// For all else.
    pub tunnels: Option<UpstreamProxy>,
    /// Origins that are reached without one.
    pub no_proxy: NoProxy,
}

impl Upstreams {
    /// What `--upstream` says: a proxy, `env`, or nothing; and `--no-proxy`.
    pub(super) fn read(
        upstream: Option<&str>,
        no_proxy: Option<&str>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ParseUpstreamError> {
        let no_proxy = no_proxy
            .map(|list| list.parse().map_err(ParseUpstreamError))
            .transpose()?;
        match upstream {
            None | Some("" | "off") => Ok(Self::default()),
            Some("env") => Self::from_environment(no_proxy, variable),
            Some(proxy) => {
                let proxy: UpstreamProxy = proxy.parse()?;
                Ok(Self {
                    plain: Some(proxy.clone()),
                    tunnels: Some(proxy),
                    no_proxy: no_proxy.unwrap_or_default(),
                })
            }
        }
    }

    fn from_environment(
        no_proxy: Option<NoProxy>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ParseUpstreamError> {
        let either = |name: &str| {
            let found = [name.to_owned(), name.to_ascii_uppercase()];
            found
                .iter()
                .find_map(|name| variable(name).filter(|value| !value.is_empty()))
        };
        let proxy = |name: &str| {
            let found = either(name).or_else(|| either("all_proxy"));
            let read = |text: String| {
                text.parse()
                    .map_err(|error| ParseUpstreamError(format!("in the variable {name}: {error}")))
            };
            found.map(read).transpose()
        };
        let no_proxy = match no_proxy {
            Some(list) => list,
            None => either("no_proxy")
                .unwrap_or_default()
                .parse()
                .map_err(ParseUpstreamError)?,
        };
        Ok(Self {
            plain: proxy("http_proxy")?,
            tunnels: proxy("https_proxy")?,
            no_proxy,
        })
    }

    /// The proxy that a target is reached through.
    pub(crate) fn of(&self, target: &Target, is_plain: bool) -> Option<&UpstreamProxy> {
        let proxy = if is_plain { &self.plain } else { &self.tunnels };
        proxy.as_ref().filter(|_| !self.no_proxy.holds(target))
    }

    /// All of them.
    pub(crate) fn proxies(&self) -> impl Iterator<Item = &UpstreamProxy> {
        self.plain.iter().chain(&self.tunnels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_read_and_told_without_its_password() {
        let read = |text: &str| text.parse::<UpstreamProxy>().unwrap();
        let proxy = read("http://an%40:p%3Aw@Proxy.test:3128/");
        assert_eq!(proxy.to_string(), "http://proxy.test:3128");
        assert_eq!(format!("{proxy:?}"), "http://proxy.test:3128");
        let credentials = proxy.credentials.unwrap();
        assert_eq!((&*credentials.user, &*credentials.password), ("an@", "p:w"));
        assert_eq!(credentials.basic(), "Basic YW5AOnA6dw==");
        assert_eq!(format!("{credentials:?}"), "Credentials");
        assert_eq!(read("127.0.0.1:8080").to_string(), "http://127.0.0.1:8080");
        assert_eq!(read("socks5h://[::1]:1080").to_string(), "socks5://[::1]:1080");
    }

    #[test]
    fn what_is_wrong_is_said_without_a_password() {
        for (text, said) in [
            ("ftp://a:1", "ftp:// is no upstream proxy"),
            ("ftp://u:secret@a:1", "at \"a:1\" must be http://"),
            ("http://u:secret@a", "\"a\" has no port"),
            ("http://u:secret%zz@a:1", "is not text"),
            ("http://:secret@a:1", "is missing"),
            ("http://u%3A:secret@a:1", "holds a colon"),
            ("http://u:secret%00@a:1", "control characters"),
        ] {
            let error = text.parse::<UpstreamProxy>().unwrap_err().to_string();
            assert!(
                error.contains(said) && !error.contains("secret"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn the_environment_is_read_as_other_programs_read_it() {
        let variable = |name: &str| {
            let value = match name {
                "https_proxy" => "",
                "HTTPS_PROXY" => "http://tls:1",
                "ALL_PROXY" => "socks5://all:2",
                "NO_PROXY" => "internal.test",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let target = |host: &str| Target {
            host: host.into(),
            port: 443,
        };
        let read = |no_proxy| Upstreams::read(Some("env"), no_proxy, variable).unwrap();
        let found = read(None);
        assert_eq!(
            found.of(&target("a"), true).unwrap().to_string(),
            "socks5://all:2"
        );
        assert_eq!(found.of(&target("a"), false).unwrap().to_string(), "http://tls:1");
        assert_eq!(found.of(&target("b.internal.test"), false), None);
        assert!(read(Some("")).of(&target("b.internal.test"), false).is_some());
        assert_eq!(
            Upstreams::read(Some("off"), None, variable).unwrap(),
            Upstreams::default()
        );
    }
}
