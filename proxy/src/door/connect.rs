//! The head of a CONNECT over HTTP/1 (RFC 9110 section 9.3.6). It is the one request that is read here.

use bytes::BytesMut;
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

/// Takes a CONNECT out of the bytes, once its head is whole. Of its fields none but the credentials changes what is wanted.
pub(super) fn parse_connect(head: &mut BytesMut) -> Option<Connect> {
    // A client that ends its lines with LF alone is understood too (RFC 9112 section 2.2).
    let end = head
        .windows(4)
        .position(|end| end == b"\r\n\r\n")
        .map(|at| at + 4);
    let end = end.or_else(|| head.windows(2).position(|end| end == b"\n\n").map(|at| at + 2))?;
    let whole = head.split_to(end);
    let mut lines = whole[..].split(|&b| b == b'\n');
    let target = parse_line(lines.next().unwrap_or_default());
    let credentials = lines.find_map(|line| {
        let colon = line.iter().position(|&b| b == b':')?;
        let is_it = line[..colon].eq_ignore_ascii_case(b"proxy-authorization");
        is_it.then(|| line[colon + 1..].trim_ascii().to_vec())
    });
    Some(Connect { target, credentials })
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
        let head = "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nPROXY-Authorization:  Basic eA== \r\n\r\nmore";
        let mut bytes = head.as_bytes().into();
        let connect = parse_connect(&mut bytes).unwrap();
        assert_eq!(connect.credentials.as_deref(), Some(&b"Basic eA=="[..]));
        assert_eq!(&bytes[..], b"more");
        assert_eq!(connect.target.unwrap().to_string(), "a:1");
        let bare = parse_connect(&mut b"CONNECT a:1 HTTP/1.1\n\n"[..].into()).unwrap();
        assert!(bare.credentials.is_none() && bare.target.is_ok());
    }
}
