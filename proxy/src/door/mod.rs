//! How a client comes in: what it says first, and which target it asks for.
//!
//! One port takes CONNECT (RFC 9110 section 9.3.6) and requests in absolute form (RFC 9112 section 3.2.2). Only
//! a CONNECT is read here. The head of any other request is handed on unread, for the HTTP engine to parse.

mod target;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use capture::{LegName, Stage, Target};
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

pub(crate) use target::{named_target, parse_authority};

use crate::fault::Fault;

/// What a client wants.
pub(crate) enum Wanted {
    /// A tunnel to a target. `ahead` holds bytes that came behind the CONNECT.
    Tunnel { target: Target, ahead: Bytes },
    /// Plain HTTP. `ahead` holds all that was read of it.
    PlainHttp { ahead: Bytes },
    /// Nothing: it left without a word.
    Nothing,
}

/// What a client said could not be understood, or took too long.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DoorError {
    #[error("the client sent no whole request head within {0:?}")]
    TimedOut(Duration),
    #[error("the client's CONNECT head is longer than {0} bytes")]
    TooLong(usize),
    #[error("the client's CONNECT can't be read: {0}")]
    BadConnect(String),
    #[error("the client spoke TLS to the proxy's port; set the proxy as http://, not https://")]
    Tls,
    #[error("the client left in the middle of its request head")]
    CutShort,
    #[error("the client's connection broke: {0}")]
    Io(#[from] std::io::Error),
}

impl DoorError {
    pub(crate) fn to_fault(&self) -> Fault {
        let status = match self {
            Self::TimedOut(_) => StatusCode::REQUEST_TIMEOUT,
            Self::TooLong(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        Fault::new(LegName::Client, Stage::Target, self.to_string()).with_status(status)
    }
}

/// Reads as much as it takes to know what the client wants.
pub(crate) async fn read_wanted<S: AsyncRead + Unpin>(
    client: &mut S,
    max_head: usize,
    limit: Duration,
) -> Result<Wanted, DoorError> {
    let mut head = BytesMut::with_capacity(1024);
    match timeout(limit, read_head(client, &mut head, max_head)).await {
        Ok(wanted) => wanted,
        // A client that connects ahead of need has said nothing yet: that is no fault.
        Err(_) if head.is_empty() => Ok(Wanted::Nothing),
        Err(_) => Err(DoorError::TimedOut(limit)),
    }
}

async fn read_head<S: AsyncRead + Unpin>(
    client: &mut S,
    head: &mut BytesMut,
    max_head: usize,
) -> Result<Wanted, DoorError> {
    loop {
        if client.read_buf(head).await? == 0 {
            return if head.is_empty() {
                Ok(Wanted::Nothing)
            } else {
                Err(DoorError::CutShort)
            };
        }
        if head[0] == handshake::record_type::HANDSHAKE {
            return Err(DoorError::Tls);
        }
        const CONNECT: &[u8] = b"CONNECT ";
        let compared = head.len().min(CONNECT.len());
        if head[..compared] != CONNECT[..compared] {
            return Ok(Wanted::PlainHttp {
                ahead: head.split().freeze(),
            });
        }
        if let Some(wanted) = parse_connect(head)? {
            return Ok(wanted);
        }
        if head.len() >= max_head {
            return Err(DoorError::TooLong(max_head));
        }
    }
}

/// Reads a CONNECT, once its head is whole. Its fields are not looked at: none of them changes what is wanted.
fn parse_connect(head: &mut BytesMut) -> Result<Option<Wanted>, DoorError> {
    // A client that ends its lines with LF alone is understood too (RFC 9112 section 2.2).
    let end = head
        .windows(4)
        .position(|end| end == b"\r\n\r\n")
        .map(|at| at + 4);
    let end = end.or_else(|| head.windows(2).position(|end| end == b"\n\n").map(|at| at + 2));
    let Some(end) = end else { return Ok(None) };
    let bad = |what: &str| DoorError::BadConnect(what.to_owned());
    let whole = head.split_to(end);
    let line = whole[..].split(|&b| b == b'\n').next().unwrap_or_default();
    let line = std::str::from_utf8(line)
        .map_err(|_| bad("its first line is not text"))?
        .trim_end_matches('\r');
    let mut words = line.split(' ').skip(1);
    let (Some(authority), Some(version), None) = (words.next(), words.next(), words.next()) else {
        return Err(bad("its first line is not `CONNECT host:port HTTP/1.1`"));
    };
    if !matches!(version, "HTTP/1.1" | "HTTP/1.0") {
        return Err(bad(&format!(
            "{version:?} is not a version that this proxy speaks"
        )));
    }
    let target = parse_authority(authority).map_err(|error| bad(&error.to_string()))?;
    Ok(Some(Wanted::Tunnel {
        target,
        ahead: head.split().freeze(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> Result<Wanted, String> {
        let limit = Duration::from_secs(5);
        read_wanted(&mut &bytes[..], 1000, limit)
            .await
            .map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_connect_is_read_and_what_follows_is_kept() {
        let head = b"CONNECT Example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n\x16\x03";
        let Ok(Wanted::Tunnel { target, ahead }) = read(head).await else {
            panic!("no tunnel")
        };
        assert_eq!(target.to_string(), "example.com:443");
        assert_eq!(&ahead[..], b"\x16\x03");
    }

    #[tokio::test]
    async fn anything_else_is_handed_on_unread() {
        let Ok(Wanted::PlainHttp { ahead }) = read(b"GET http://a/ HTTP/1.1\r\n\r\n").await else {
            panic!()
        };
        assert_eq!(&ahead[..], b"GET http://a/ HTTP/1.1\r\n\r\n");
        assert!(matches!(read(b"").await, Ok(Wanted::Nothing)));
    }

    #[tokio::test]
    async fn what_is_no_connect_is_said() {
        let error = |bytes: &'static [u8]| async move { read(bytes).await.err().unwrap() };
        assert_eq!(
            error(b"CONNECT example.com HTTP/1.1\r\n\r\n").await,
            "the client's CONNECT can't be read: \"example.com\" has no port"
        );
        assert_eq!(
            error(b"CONNECT a:1 HTTP/3\r\n\r\n").await,
            "the client's CONNECT can't be read: \"HTTP/3\" is not a version that this proxy speaks"
        );
        assert_eq!(
            error(b"CONN").await,
            "the client left in the middle of its request head"
        );
        assert_eq!(
            error(b"\x16\x03\x01").await,
            "the client spoke TLS to the proxy's port; set the proxy as http://, not https://"
        );
    }
}
