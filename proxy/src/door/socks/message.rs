//! The messages of SOCKS as bytes: version 5 (RFC 1928, RFC 1929), 4 and 4a. Nothing is sent or received here.
//!
//! Each reader takes all that has come so far, and gives the message and its length once it is whole.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use capture::Target;

use super::super::target::host_target;

/// A message, and how many bytes it is; `None` before it is whole.
type Read<T> = Result<Option<(T, usize)>, Malformed>;

/// The bytes are not SOCKS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("version {0} is not one of SOCKS that Handlens speaks: 4 and 5 are")]
    Version(u8),
    #[error("version {0} of the user and password is not 1 (RFC 1929)")]
    CredentialsVersion(u8),
    #[error("the user is longer than 255 bytes")]
    LongUser,
    #[error("the name is longer than 255 bytes")]
    LongName,
}

/// What a client may ask for. The numbers are those of both versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Connect,
    Bind,
    UdpAssociate,
    Other(u8),
}

impl From<u8> for Command {
    fn from(number: u8) -> Self {
        match number {
            1 => Self::Connect,
            2 => Self::Bind,
            3 => Self::UdpAssociate,
            other => Self::Other(other),
        }
    }
}

/// A request of either version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) command: Command,
    pub(super) target: Result<Target, BadTarget>,
}

/// What a request names is no place to go to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadTarget {
    #[error("address type {0} is not one of SOCKS5: 1, 3 and 4 are")]
    AddressType(u8),
    #[error("{0}")]
    Authority(String),
}

/// Whether a client would use a method: none, or user and password (RFC 1928 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Methods {
    pub(super) none: bool,
    pub(super) password: bool,
}

pub(super) const NO_METHOD: u8 = 0xff;
pub(super) const METHOD_NONE: u8 = 0;
pub(super) const METHOD_PASSWORD: u8 = 2;

/// `05 COUNT METHOD...`
pub(super) fn read_greeting(bytes: &[u8]) -> Read<Methods> {
    check_version(bytes, 5)?;
    let Some((methods, length)) = counted(bytes, 1) else {
        return Ok(None);
    };
    let methods = Methods {
        none: methods.contains(&METHOD_NONE),
        password: methods.contains(&METHOD_PASSWORD),
    };
    Ok(Some((methods, length)))
}

/// `01 LENGTH USER LENGTH PASSWORD` (RFC 1929 section 2).
pub(super) fn read_credentials(bytes: &[u8]) -> Read<(&[u8], &[u8])> {
    if let Some(&version) = bytes.first().filter(|&&version| version != 1) {
        return Err(Malformed::CredentialsVersion(version));
    }
    let Some((user, next)) = counted(bytes, 1) else {
        return Ok(None);
    };
    Ok(counted(bytes, next).map(|(password, length)| ((user, password), length)))
}

/// `05 COMMAND 00 TYPE ADDRESS PORT` (RFC 1928 section 4).
pub(super) fn read_request(bytes: &[u8]) -> Read<Request> {
    check_version(bytes, 5)?;
    let &[_, command, _, address_type, ..] = bytes else {
        return Ok(None);
    };
    let command = Command::from(command);
    let rest = &bytes[4..];
    let (host, length) = match address_type {
        1 => match rest.first_chunk::<4>() {
            Some(octets) => (IpAddr::from(*octets).to_string(), 4),
            None => return Ok(None),
        },
        4 => match rest.first_chunk::<16>() {
            Some(octets) => (IpAddr::from(*octets).to_string(), 16),
            None => return Ok(None),
        },
        3 => match counted(rest, 0) {
            Some((name, length)) => (String::from_utf8_lossy(name).into_owned(), length),
            None => return Ok(None),
        },
        other => {
            let target = Err(BadTarget::AddressType(other));
            return Ok(Some((Request { command, target }, bytes.len())));
        }
    };
    let Some(port) = rest[length..].first_chunk() else {
        return Ok(None);
    };
    let request = Request {
        command,
        target: to_target(&host, u16::from_be_bytes(*port)),
    };
    Ok(Some((request, 4 + length + 2)))
}

/// `04 COMMAND PORT ADDRESS USER 00`, and with version 4a `NAME 00` behind it, where the address is 0.0.0.x.
pub(super) fn read_socks4(bytes: &[u8]) -> Read<Request> {
    check_version(bytes, 4)?;
    let &[_, command, port_high, port_low, a, b, c, d, ref rest @ ..] = bytes else {
        return Ok(None);
    };
    let Some(user) = up_to_nul(rest, Malformed::LongUser)? else {
        return Ok(None);
    };
    let mut length = 8 + user.len() + 1;
    let host = match [a, b, c, d] {
        [0, 0, 0, last] if last != 0 => match up_to_nul(&bytes[length..], Malformed::LongName)? {
            Some(name) => {
                length += name.len() + 1;
                String::from_utf8_lossy(name).into_owned()
            }
            None => return Ok(None),
        },
        octets => Ipv4Addr::from(octets).to_string(),
    };
    let request = Request {
        command: Command::from(command),
        target: to_target(&host, u16::from_be_bytes([port_high, port_low])),
    };
    Ok(Some((request, length)))
}

/// A version that Handlens speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Socks4,
    Socks5,
}

/// Answers to a request, by their numbers in version 5 (RFC 1928 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Reply {
    Succeeded = 0,
    GeneralFailure = 1,
    NotAllowed = 2,
    NetworkUnreachable = 3,
    HostUnreachable = 4,
    ConnectionRefused = 5,
    CommandNotSupported = 7,
    AddressTypeNotSupported = 8,
}

impl Reply {
    /// As bytes, with the address that the origin sees. Version 4 knows two answers: 90, granted, and 91, not.
    pub(crate) fn write(self, version: Version, bound: Option<SocketAddr>) -> Vec<u8> {
        if version == Version::Socks4 {
            let code = if self == Self::Succeeded { 90 } else { 91 };
            return vec![0, code, 0, 0, 0, 0, 0, 0];
        }
        let bound = bound.unwrap_or_else(|| (Ipv4Addr::UNSPECIFIED, 0).into());
        let mut bytes = vec![5, self as u8, 0];
        match bound.ip() {
            IpAddr::V4(ip) => {
                bytes.push(1);
                bytes.extend(ip.octets());
            }
            IpAddr::V6(ip) => {
                bytes.push(4);
                bytes.extend(Ipv6Addr::octets(&ip));
            }
        }
        bytes.extend(bound.port().to_be_bytes());
        bytes
    }
}

fn check_version(bytes: &[u8], expected: u8) -> Result<(), Malformed> {
    match bytes.first() {
        Some(&version) if version != expected => Err(Malformed::Version(version)),
        _ => Ok(()),
    }
}

/// The bytes behind their length, which is the byte at this place; and where they end.
fn counted(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let end = at + 1 + usize::from(*bytes.get(at)?);
    Some((bytes.get(at + 1..end)?, end))
}

/// The bytes before the first nought. There may be 255.
fn up_to_nul(bytes: &[u8], too_long: Malformed) -> Result<Option<&[u8]>, Malformed> {
    let looked_at = &bytes[..bytes.len().min(256)];
    match looked_at.iter().position(|&byte| byte == 0) {
        Some(end) => Ok(Some(&bytes[..end])),
        None if looked_at.len() == 256 => Err(too_long),
        None => Ok(None),
    }
}

fn to_target(host: &str, port: u16) -> Result<Target, BadTarget> {
    host_target(host, port).map_err(|error| BadTarget::Authority(error.to_string()))
}

#[cfg(test)]
mod tests;
