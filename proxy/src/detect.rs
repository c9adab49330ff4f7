//! What a client speaks inside a tunnel: TLS, HTTP, or something else. As many bytes are read as it takes.

use std::time::Duration;

use bytes::BytesMut;
use capture::{Ending, TlsRole};
use handshake::{ClientHello, HelloReader};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, sleep_until};

use crate::relay::http::HttpVersion;
use crate::tls::ending;

/// What a client speaks.
#[derive(Debug)]
pub(crate) enum Protocol {
    /// TLS, beginning with this hello.
    Tls(Box<ClientHello>),
    /// HTTP.
    Http(HttpVersion),
    /// Neither; or the origin speaks first.
    Opaque,
    /// Nothing: the client left without a word, or never said one.
    Nothing,
}

/// A client began to speak TLS and did not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DetectError {
    #[error("the client sent {read} bytes of a ClientHello and not the rest within {limit:?}")]
    HelloTimedOut { read: usize, limit: Duration },
    #[error("the client left after {read} bytes of a ClientHello")]
    HelloCutShort { read: usize },
    #[error("the client's connection broke: {0}")]
    Io(#[from] std::io::Error),
}

impl DetectError {
    /// Whether the client reset its connection.
    pub(crate) fn is_reset(&self) -> bool {
        matches!(self.ending(), Some(Ending::Reset(_)))
    }

    /// How the handshake that had begun ended.
    pub(crate) fn ending(&self) -> Option<Ending> {
        match self {
            Self::HelloTimedOut { limit, .. } => Some(ending::silence(TlsRole::Client, *limit)),
            Self::HelloCutShort { .. } => Some(Ending::Closed(TlsRole::Client)),
            Self::Io(error) => ending::of_error(error, TlsRole::Client),
        }
    }
}

/// A request line longer than this is not waited for.
const MAX_REQUEST_LINE: usize = 16 * 1024;

/// The first line of the preface of HTTP/2 (RFC 9113 section 3.4).
const HTTP2_LINE: &[u8] = b"PRI * HTTP/2.0";

/// Reads until it is clear what the client speaks, or `origin_speaks` says that the origin does first. What was
/// read is in `ahead`. A client that has begun has `limit` to make itself clear; one that is silent is waited
/// for until `give_up`.
pub(crate) async fn detect<S: AsyncRead + Unpin>(
    client: &mut S,
    ahead: &mut BytesMut,
    origin_speaks: impl Future<Output = ()>,
    give_up: impl Future<Output = ()>,
    limit: Duration,
) -> Result<Protocol, DetectError> {
    let mut sniffer = Sniffer::default();
    tokio::pin!(origin_speaks, give_up);
    let mut deadline = None;
    loop {
        if !ahead.is_empty() {
            if let Some(protocol) = sniffer.look(ahead) {
                return Ok(protocol);
            }
            deadline.get_or_insert_with(|| Instant::now() + limit);
        }
        let is_silent = ahead.is_empty();
        tokio::select! {
            // What the client has said counts before what the origin says.
            biased;
            read = client.read_buf(ahead) => {
                if read? == 0 {
                    return match sniffer {
                        _ if is_silent => Ok(Protocol::Nothing),
                        Sniffer { hello: Some(_), .. } => Err(DetectError::HelloCutShort { read: ahead.len() }),
                        _ => Ok(Protocol::Opaque),
                    };
                }
            }
            () = &mut origin_speaks, if is_silent => return Ok(Protocol::Opaque),
            () = &mut give_up, if is_silent => return Ok(Protocol::Nothing),
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                return match sniffer {
                    Sniffer { hello: Some(_), .. } => {
                        Err(DetectError::HelloTimedOut { read: ahead.len(), limit })
                    }
                    _ => Ok(Protocol::Opaque),
                };
            }
        }
    }
}

/// Whether a server begins with the SETTINGS frame that is its preface of HTTP/2 (RFC 9113 section 3.4). It need not
/// wait for the client's, and still it is the client that tells what is spoken.
pub(crate) fn greets_in_http2(first: &[u8]) -> bool {
    const SETTINGS: [u8; 6] = [4, 0, 0, 0, 0, 0];
    // Type, flags and stream, behind three bytes of length.
    first
        .get(3..)
        .and_then(|rest| rest.get(..SETTINGS.len()))
        .is_some_and(|head| head == SETTINGS)
}

/// Line ends before a request that are let pass (RFC 9112 section 2.2).
const MAX_LINE_ENDS: usize = 16;

/// Bytes of a request line by whose end it is clear whether it may be one.
const BEGINNING: usize = 64;

/// Looks at few bytes more than once, however small the pieces are that they come in.
#[derive(Default)]
struct Sniffer {
    hello: Option<HelloReader>,
    looked: usize,
}

impl Sniffer {
    /// What the bytes so far are; `None` while that is open.
    fn look(&mut self, bytes: &[u8]) -> Option<Protocol> {
        let new = &bytes[self.looked..];
        let is_begun = self.looked >= BEGINNING;
        self.looked = bytes.len();
        if bytes[0] == handshake::record_type::HANDSHAKE && bytes.get(1).is_none_or(|&major| major == 3) {
            return match self.hello.get_or_insert_default().feed(new) {
                Ok(Some(hello)) => Some(Protocol::Tls(Box::new(hello))),
                Ok(None) => None,
                Err(error) => {
                    tracing::debug!("not a ClientHello: {error}");
                    self.hello = None;
                    Some(Protocol::Opaque)
                }
            };
        }
        // A line that begins well is looked at again when it ends, or is too long.
        if is_begun && bytes.len() <= MAX_REQUEST_LINE && memchr::memchr(b'\n', new).is_none() {
            return None;
        }
        look_for_http(bytes)
    }
}

/// `METHOD target HTTP/1.x` on the first line (RFC 9112 section 3).
fn look_for_http(bytes: &[u8]) -> Option<Protocol> {
    let Some(start) = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n')) else {
        return (bytes.len() > MAX_LINE_ENDS).then_some(Protocol::Opaque);
    };
    if start > MAX_LINE_ENDS {
        return Some(Protocol::Opaque);
    }
    let bytes = &bytes[start..];
    let line_end = bytes.iter().position(|&b| b == b'\n');
    let line = &bytes[..line_end.unwrap_or(bytes.len())];
    let method_end = line.iter().position(|&b| !is_token_byte(b));
    match method_end {
        Some(at) if at == 0 || line[at] != b' ' => return Some(Protocol::Opaque),
        None if line.len() > 32 => return Some(Protocol::Opaque),
        _ => {}
    }
    if line.iter().any(|&b| b < b' ' && !matches!(b, b'\r' | b'\t')) {
        return Some(Protocol::Opaque);
    }
    if line_end.is_none() {
        return (line.len() > MAX_REQUEST_LINE).then_some(Protocol::Opaque);
    }
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Some(
        if line.len() > 9 && line[..line.len() - 1].ends_with(b" HTTP/1.") {
            Protocol::Http(HttpVersion::Http1)
        } else if line == HTTP2_LINE && start == 0 {
            Protocol::Http(HttpVersion::Http2)
        } else {
            Protocol::Opaque
        },
    )
}

/// RFC 9110 section 5.6.2.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::future::pending;

    fn look(bytes: &[u8]) -> Option<&'static str> {
        Sniffer::default().look(bytes).map(|protocol| match protocol {
            Protocol::Tls(_) => "tls",
            Protocol::Http(HttpVersion::Http1) => "http",
            Protocol::Http(HttpVersion::Http2) => "http2",
            Protocol::Opaque => "opaque",
            Protocol::Nothing => "nothing",
        })
    }

    #[test]
    fn first_bytes_are_told_apart_and_waited_for_where_they_are_too_few() {
        assert_eq!(look(b"GET / HTTP/1.1\r\n"), Some("http"));
        assert_eq!(look(b"\r\nPROPFIND /a HTTP/1.0\n"), Some("http"));
        assert_eq!(look(b"GET / HTT"), None);
        assert_eq!(look(b"\r\n\r\n"), None);
        assert_eq!(look(&b"\r\n".repeat(9)), Some("opaque"));
        assert_eq!(
            look(&[&b"\r\n".repeat(9), &b"GET / HTTP/1.1\r\n"[..]].concat()),
            Some("opaque")
        );
        assert_eq!(look(b"GE"), None);
        assert_eq!(look(b"EHLO example.com\r\n"), Some("opaque"));
        assert_eq!(look(b"PRI * HTTP/2.0\r\n"), Some("http2"));
        assert_eq!(look(b"PRI * HTTP/2.1\r\n"), Some("opaque"));
        assert_eq!(look(b"*1\r\n$4\r\nPING\r\n"), Some("opaque"));
        assert_eq!(look(b"\0\0\0\x08\x04\xd2\x16\x2f"), Some("opaque"));
        assert_eq!(look(b"\x10\x0e\0\x04MQTT"), Some("opaque"));
        assert_eq!(look(b"\x16"), None);
        assert_eq!(look(b"\x16\x03\x01\x02"), None);
        assert_eq!(look(b"\x16\x03\x01\0\x01\x02"), Some("opaque"));
        assert_eq!(look(b"\x16\x16\x01"), Some("opaque"));
    }

    #[test]
    fn a_server_of_http2_is_known_by_how_it_greets() {
        assert!(greets_in_http2(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"));
        assert!(greets_in_http2(b"\0\0\0\x04\0\0\0\0\0"));
        for other in [
            &b""[..],
            b"\0\0\0",
            b"\0\0\0\x04\x01\0\0\0\0",
            b"220 lab ready\r\n",
            b"\x4a\0\0\0\x0a8.0.36\0",
        ] {
            assert!(!greets_in_http2(other), "{other:?}");
        }
    }

    #[tokio::test]
    async fn an_origin_that_speaks_first_makes_a_silent_client_opaque() {
        let (mut client, _peer) = tokio::io::duplex(64);
        let limit = Duration::from_secs(5);
        let protocol = detect(&mut client, &mut BytesMut::new(), async {}, pending(), limit)
            .await
            .unwrap();
        assert!(matches!(protocol, Protocol::Opaque));
    }

    #[tokio::test(start_paused = true)]
    async fn a_hello_that_does_not_come_to_its_end_is_a_fault() {
        let (mut client, mut peer) = tokio::io::duplex(64);
        tokio::io::AsyncWriteExt::write_all(&mut peer, b"\x16\x03\x01")
            .await
            .unwrap();
        let limit = Duration::from_secs(5);
        let error = detect(&mut client, &mut BytesMut::new(), pending(), pending(), limit)
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the client sent 3 bytes of a ClientHello and not the rest within 5s"
        );
    }

    proptest! {
        #[test]
        fn bytes_of_any_kind_never_panic_however_they_are_cut(bytes: Vec<u8>, cut in 1usize..20) {
            let mut sniffer = Sniffer::default();
            for end in (1..=bytes.len()).step_by(cut) {
                if sniffer.look(&bytes[..end]).is_some() {
                    break;
                }
            }
        }
    }
}
