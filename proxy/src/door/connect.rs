//! The head of a CONNECT over HTTP/1 (RFC 9110 section 9.3.6). It is the one request that is read here.

use capture::Target;

use super::target::parse_authority;

/// A CONNECT.
#[derive(Debug)]
pub(super) struct Connect {
    /// What it asks for, or why that can't be understood.
    pub(super) target: Result<Target, String>,
    /// The value of its `Proxy-Authorization`.
    pub(super) credentials: Option<Vec<u8>>,
}

/// Whether bytes begin a CONNECT, as far as they go.
pub(super) fn may_be_connect(bytes: &[u8]) -> bool {
    const CONNECT: &[u8] = b"CONNECT ";
    let compared = bytes.len().min(CONNECT.len());
    bytes[..compared] == CONNECT[..compared]
}

/// Reads the head of a CONNECT, to its empty line. Of its fields none but the credentials changes what is wanted. A client
/// that ends its lines with LF alone is understood too (RFC 9112 section 2.2).
pub(super) fn parse_connect(head: &[u8]) -> Connect {
    let mut lines = head.split(|&b| b == b'\n');
    let target = parse_line(lines.next().unwrap_or_default());
    let credentials = lines.find_map(|line| {
        let colon = line.iter().position(|&b| b == b':')?;
        let is_it = line[..colon].eq_ignore_ascii_case(b"proxy-authorization");
        is_it.then(|| line[colon + 1..].trim_ascii().to_vec())
    });
    Connect { target, credentials }
}

fn parse_line(line: &[u8]) -> Result<Target, String> {
    let line = std::str::from_utf8(line)
        .map_err(|_| "its first line is not text".to_owned())?
        .trim_end_matches('\r');
    let mut words = line.split(' ').skip(1);
    let (Some(authority), Some(version), None) = (words.next(), words.next(), words.next()) else {
        return Err("its first line is not `CONNECT host:port HTTP/1.1`".to_owned());
    };
    if !matches!(version, "HTTP/1.1" | "HTTP/1.0") {
        return Err(format!("{version:?} is not a version that this proxy speaks"));
    }
    parse_authority(authority).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_found_in_whatever_case_and_place() {
        let head = b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nPROXY-Authorization:  Basic eA== \r\n\r\n";
        let connect = parse_connect(head);
        assert_eq!(connect.credentials.as_deref(), Some(&b"Basic eA=="[..]));
        assert_eq!(connect.target.unwrap().to_string(), "a:1");
        let bare = parse_connect(b"CONNECT a:1 HTTP/1.1\n\n");
        assert!(bare.credentials.is_none() && bare.target.is_ok());
    }
}
