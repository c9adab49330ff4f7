//! Patterns of hosts, as `--pass` and `--allow-invalid` take them.

use std::fmt;
use std::str::FromStr;

/// A pattern of hosts: `example.com` (that host alone), `*.example.com` (every host below it), `*` (all), and
/// `*` anywhere inside a name for any run of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern(String);

/// The text is not a pattern of hosts.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseHostPatternError {
    /// Nothing was given.
    #[error("a host pattern is empty; give a host such as example.com or *.example.com")]
    Empty,
    /// More than a host was given.
    #[error("{0:?} is not a host pattern: give the host alone, without scheme, port or path")]
    NotAHost(String),
}

impl FromStr for HostPattern {
    type Err = ParseHostPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().trim_end_matches('.').to_ascii_lowercase();
        let bare = text
            .strip_prefix('[')
            .and_then(|t| t.strip_suffix(']'))
            .unwrap_or(&text);
        if bare.is_empty() {
            return Err(ParseHostPatternError::Empty);
        }
        let is_address = bare.parse::<std::net::Ipv6Addr>().is_ok();
        if !is_address && bare.contains(['/', ':', ' ', '@', '?', '#']) {
            return Err(ParseHostPatternError::NotAHost(text));
        }
        Ok(Self(bare.to_owned()))
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HostPattern {
    /// Whether this host, a name in lower case or an address, matches.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        let mut parts = self.0.split('*');
        let Some(mut rest) = parts.next().and_then(|first| host.strip_prefix(first)) else {
            return false;
        };
        let mut last = None;
        for part in parts {
            if let Some(middle) = last.replace(part) {
                let Some(at) = rest.find(middle) else { return false };
                rest = &rest[at + middle.len()..];
            }
        }
        match last {
            None => rest.is_empty(),
            Some(last) => rest.len() >= last.len() && rest.ends_with(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_what_they_say_and_no_more() {
        let matches = |pattern: &str, host: &str| pattern.parse::<HostPattern>().unwrap().matches(host);
        assert!(matches("example.com", "example.com"));
        assert!(matches("Example.com.", "example.com"));
        assert!(!matches("example.com", "www.example.com"));
        assert!(!matches("example.com", "badexample.com"));
        assert!(matches("*.example.com", "a.b.example.com"));
        assert!(!matches("*.example.com", "example.com"));
        assert!(!matches("*.example.com", "bad-example.com"));
        assert!(matches("*", "anything"));
        assert!(matches("api.*.example.com", "api.eu.example.com"));
        assert!(!matches("api.*.example.com", "api.example.com"));
        assert!(matches("[::1]", "::1"));
        assert!(!matches("a*a", "a"));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        let error = |text: &str| text.parse::<HostPattern>().unwrap_err().to_string();
        assert_eq!(
            error("https://example.com/"),
            "\"https://example.com/\" is not a host pattern: give the host alone, without scheme, port or path"
        );
        assert_eq!(
            error(" "),
            "a host pattern is empty; give a host such as example.com or *.example.com"
        );
    }
}
