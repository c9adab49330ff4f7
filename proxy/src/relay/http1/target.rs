//! What a request is for: its target (RFC 9112 section 3.2), and the authority in it or in `Host`.

use std::borrow::Cow;

use super::error::{BadMessage, told};

/// The form of a target. Places are within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `/path?query`
    Path,
    /// `http://host:port/path?query`
    Absolute { scheme_end: usize, authority_end: usize },
    /// `*`, the server as a whole.
    Asterisk,
    /// `host:port`, with CONNECT.
    Authority,
}

impl Form {
    /// Path and query, without a fragment, which is the client's alone (RFC 9110 section 4.2.5).
    pub(super) fn path<'a>(&self, target: &'a [u8]) -> Cow<'a, [u8]> {
        match *self {
            Self::Absolute { authority_end, .. } => {
                let rest = &target[authority_end..];
                let rest = rest.split(|&b| b == b'#').next().unwrap_or_default();
                match rest.first() {
                    Some(b'/') => rest.into(),
                    // An empty path is a slash (RFC 9110 section 4.2.3).
                    _ => [b"/", rest].concat().into(),
                }
            }
            Self::Path | Self::Asterisk => target.into(),
            Self::Authority => b"".into(),
        }
    }

    /// The scheme of a whole URL.
    pub(super) fn scheme<'a>(&self, target: &'a [u8]) -> Option<&'a [u8]> {
        match *self {
            Self::Absolute { scheme_end, .. } => Some(&target[..scheme_end]),
            _ => None,
        }
    }

    /// Host and port of a whole URL, without credentials: those are for the client alone (RFC 9110 section 4.2.4).
    pub(super) fn authority<'a>(&self, target: &'a [u8]) -> Option<&'a [u8]> {
        match *self {
            Self::Absolute {
                scheme_end,
                authority_end,
            } => {
                let authority = &target[scheme_end + 3..authority_end];
                let host = authority.iter().rposition(|&b| b == b'@').map_or(0, |at| at + 1);
                Some(&authority[host..])
            }
            _ => None,
        }
    }
}

/// Finds the form of a target.
pub(super) fn read_form(method: &[u8], target: &[u8]) -> Result<Form, BadMessage> {
    let bad = || BadMessage::Target(told(target));
    match target {
        _ if method == b"CONNECT" => Ok(Form::Authority),
        [b'/', ..] => Ok(Form::Path),
        b"*" if method == b"OPTIONS" => Ok(Form::Asterisk),
        _ => {
            let scheme_end = target
                .windows(3)
                .position(|window| window == b"://")
                .ok_or_else(bad)?;
            let is_scheme = target[..scheme_end]
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
            let behind = &target[scheme_end + 3..];
            let authority = behind
                .iter()
                .position(|b| matches!(b, b'/' | b'?' | b'#'))
                .unwrap_or(behind.len());
            let form = Form::Absolute {
                scheme_end,
                authority_end: scheme_end + 3 + authority,
            };
            let host = form.authority(target).unwrap_or_default();
            let is_good = is_scheme && scheme_end > 0 && !host.is_empty() && check_host(host);
            if is_good { Ok(form) } else { Err(bad()) }
        }
    }
}

/// Whether this is a `Host` (RFC 9110 section 7.2): host and port as in a URI, or nothing.
pub(super) fn check_host(host: &[u8]) -> bool {
    host.is_empty() || split_authority(host).is_some()
}

/// Host, with the brackets of an IPv6 address, and port.
pub(crate) fn split_authority(text: &[u8]) -> Option<(&str, Option<u16>)> {
    let text = std::str::from_utf8(text).ok()?;
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']')?;
            let address = &rest[..end];
            let is_address = !address.is_empty()
                && address.bytes().all(|b| {
                    b.is_ascii_alphanumeric() || matches!(b, b':' | b'.' | b'_' | b'~' | b'-' | b'%')
                });
            if !is_address {
                return None;
            }
            text.split_at(end + 2)
        }
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_name = host.starts_with('[') || (!host.is_empty() && host.bytes().all(is_host_byte));
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => None,
        None => return None,
        Some("") => None,
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(digits.parse().ok()?),
        Some(_) => return None,
    };
    is_name.then_some((host, port))
}

/// Of a registered name (RFC 3986 section 3.2.2).
fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_forms_are_told_apart() {
        let form = |method: &str, target: &str| read_form(method.as_bytes(), target.as_bytes()).ok();
        assert_eq!(form("GET", "/a?b"), Some(Form::Path));
        assert_eq!(form("OPTIONS", "*"), Some(Form::Asterisk));
        assert_eq!(form("CONNECT", "a:1"), Some(Form::Authority));
        let target = b"http://me:secret@host:80?q";
        let absolute = read_form(b"GET", target).unwrap();
        assert_eq!(absolute.scheme(target), Some(&b"http"[..]));
        assert_eq!(absolute.authority(target), Some(&b"host:80"[..]));
        assert_eq!(*absolute.path(target), b"/?q"[..]);
        let path = |target: &str| {
            let form = read_form(b"GET", target.as_bytes()).unwrap();
            String::from_utf8(form.path(target.as_bytes()).into_owned()).unwrap()
        };
        assert_eq!(path("http://host"), "/");
        assert_eq!(path("http://host#x"), "/");
        assert_eq!(path("http://host/a?b#c"), "/a?b");
        for (method, target) in [
            ("GET", "*"),
            ("GET", "a"),
            ("GET", "http:///a"),
            ("GET", "://a"),
            ("GET", "http://a b"),
        ] {
            assert_eq!(form(method, target), None, "{target}");
        }
    }

    #[test]
    fn hosts_are_names_addresses_and_ports() {
        for good in [
            "",
            "a",
            "a:",
            "a:80",
            "a_b.c:8080",
            "[::1]",
            "[::1]:443",
            "127.0.0.1:1",
            "xn--a",
        ] {
            assert!(check_host(good.as_bytes()), "{good}");
        }
        for bad in [
            ":80", "a:b", "a:80:80", "me@a", "a/b", "a b", "[::1", "[]", "a:99999", "a?b", "\u{e9}", "::1",
            "[::1]80", "a:+1",
        ] {
            assert!(!check_host(bad.as_bytes()), "{bad}");
        }
    }
}
