//! The header of the PROXY protocol, version 1 and 2, by which a load balancer before us says who the client is.
//!
//! It is read only where a listener is told to, and there it must come: whoever could choose would be believed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use capture::{LegName, Stage};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

use crate::fault::Fault;

/// What a header of version 2 begins with.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// The longest header of version 1, its end included.
const LONGEST_LINE: usize = 107;

/// The longest rest of a header of version 2 that is read. Addresses are 36 bytes; the others belong to extensions.
const LONGEST_REST: usize = 4096;

/// There is no header, or a broken one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeaderError {
    #[error(
        "the connection does not begin with a header of the PROXY protocol, which this listener is told to expect"
    )]
    Missing,
    #[error("the header of the PROXY protocol can't be read: {0}")]
    Broken(&'static str),
    #[error("the connection ended in the middle of the header of the PROXY protocol")]
    CutShort,
    #[error("no whole header of the PROXY protocol came within {0:?}")]
    TimedOut(Duration),
    #[error("the connection broke: {0}")]
    Io(#[from] std::io::Error),
}

impl HeaderError {
    pub(crate) fn to_fault(&self) -> Fault {
        Fault::new(LegName::Client, Stage::Target, self.to_string()).with_remedy(
            "let what is before Handlens send the PROXY protocol, or take proxy-protocol away here",
        )
    }
}

/// Reads the header, and who it says that the client is: `None` where it says nothing (a health check of the load
/// balancer's own, say). Bytes behind it are left in `ahead`. No byte at all is no header and no error.
pub(crate) async fn read_header<S: AsyncRead + Unpin>(
    client: &mut S,
    ahead: &mut BytesMut,
    limit: Duration,
) -> Result<Option<SocketAddr>, HeaderError> {
    let reading = async {
        loop {
            if let Some((source, length)) = parse(ahead)? {
                ahead.advance(length);
                return Ok(source);
            }
            if client.read_buf(ahead).await? == 0 {
                return match ahead.is_empty() {
                    true => Ok(None),
                    false => Err(HeaderError::CutShort),
                };
            }
        }
    };
    timeout(limit, reading)
        .await
        .unwrap_or(Err(HeaderError::TimedOut(limit)))
}

/// The client's address and the header's length, once it is whole.
fn parse(bytes: &[u8]) -> Result<Option<(Option<SocketAddr>, usize)>, HeaderError> {
    let begins_with = |whole: &[u8]| {
        let compared = bytes.len().min(whole.len());
        bytes[..compared] == whole[..compared]
    };
    if begins_with(&SIGNATURE) {
        parse_version_2(bytes)
    } else if begins_with(b"PROXY ") {
        parse_version_1(bytes)
    } else {
        Err(HeaderError::Missing)
    }
}

/// `PROXY TCP4 SOURCE DESTINATION PORT PORT`, or `PROXY UNKNOWN` and whatever.
fn parse_version_1(bytes: &[u8]) -> Result<Option<(Option<SocketAddr>, usize)>, HeaderError> {
    let looked_at = &bytes[..bytes.len().min(LONGEST_LINE)];
    let Some(end) = looked_at.windows(2).position(|end| end == b"\r\n") else {
        return match looked_at.len() {
            LONGEST_LINE => Err(HeaderError::Broken("its line is longer than 107 bytes")),
            _ => Ok(None),
        };
    };
    let broken = HeaderError::Broken;
    let line = std::str::from_utf8(&bytes[..end]).map_err(|_| broken("its line is not text"))?;
    let words: Vec<&str> = line.split(' ').collect();
    let source = match words[..] {
        ["PROXY", "UNKNOWN", ..] => None,
        ["PROXY", family @ ("TCP4" | "TCP6"), source, destination, from, to] => {
            let address = |text: &str| match family {
                "TCP4" => text.parse().map(|ip: Ipv4Addr| IpAddr::V4(ip)),
                _ => text.parse().map(|ip: Ipv6Addr| IpAddr::V6(ip)),
            };
            let source = address(source).map_err(|_| broken("its source is not an address of its family"))?;
            address(destination).map_err(|_| broken("its destination is not an address of its family"))?;
            let port = |text: &str| {
                let is_plain = text.bytes().all(|b| b.is_ascii_digit());
                text.parse::<u16>().ok().filter(|_| is_plain)
            };
            let from = port(from).ok_or(broken("its source port is not a port"))?;
            port(to).ok_or(broken("its destination port is not a port"))?;
            Some(SocketAddr::new(source, from))
        }
        _ => {
            return Err(broken(
                "its line is not PROXY TCP4|TCP6 SOURCE DESTINATION PORT PORT",
            ));
        }
    };
    Ok(Some((source, end + 2)))
}

/// The signature, version and command, family and protocol, the length of the rest, addresses, extensions.
fn parse_version_2(bytes: &[u8]) -> Result<Option<(Option<SocketAddr>, usize)>, HeaderError> {
    let Some([command, family, high, low]) = bytes.get(12..16) else {
        return Ok(None);
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if length > LONGEST_REST {
        return Err(HeaderError::Broken("it is longer than 4096 bytes"));
    }
    let whole = 16 + length;
    let is_local = match command {
        0x20 => true,
        0x21 => false,
        _ => {
            return Err(HeaderError::Broken(
                "its version or its command is none that there is",
            ));
        }
    };
    let Some(rest) = bytes.get(16..whole) else {
        return Ok(None);
    };
    let source = match (is_local, family) {
        // What was not told, or of a socket without an address.
        (true, _) | (_, 0x00 | 0x31) => None,
        (false, 0x11) => Some(version_2_source::<4>(rest)?),
        (false, 0x21) => Some(version_2_source::<16>(rest)?),
        _ => return Err(HeaderError::Broken("its connection is not one of TCP")),
    };
    Ok(Some((source, whole)))
}

/// Source, destination, source port, destination port, the addresses this long.
fn version_2_source<const LENGTH: usize>(rest: &[u8]) -> Result<SocketAddr, HeaderError>
where
    IpAddr: From<[u8; LENGTH]>,
{
    let (Some(source), Some(port)) = (
        rest.first_chunk::<LENGTH>(),
        rest.get(2 * LENGTH..).and_then(|rest| rest.first_chunk::<4>()),
    ) else {
        return Err(HeaderError::Broken("it is too short for its addresses"));
    };
    let port = u16::from_be_bytes([port[0], port[1]]);
    Ok(SocketAddr::new(IpAddr::from(*source), port))
}

#[cfg(test)]
mod tests;
