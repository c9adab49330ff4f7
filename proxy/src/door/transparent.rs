//! The transparent door, on Linux: connections that the packet filter sends here, by REDIRECT or by TPROXY, on their
//! way from a client that knows of no proxy. Where they were going, the kernel tells.

use std::io;
use std::net::SocketAddr;

use capture::{LegName, Stage, Target};
use http::StatusCode;
use tokio::net::TcpSocket;

use super::Visitor;
use crate::dial::OwnAddresses;
use crate::fault::Fault;
use crate::own_dials;

/// A connection came to a transparent door and can't be carried, or the door can't be made.
#[derive(Debug, thiserror::Error)]
pub enum TransparentError {
    /// Not on this system.
    #[error("a transparent door needs Linux; let programs here come in by http or socks5")]
    NotLinux,
    /// TPROXY is wanted, and not permitted.
    #[error(
        "TPROXY needs CAP_NET_ADMIN ({0}): run Handlens as root, or give it that alone (setcap cap_net_admin+ep \
         PATH-OF-HANDLENS); or listen by transparent@ADDR and lead connections here by REDIRECT, which needs none"
    )]
    NoTproxy(io::Error),
    /// Nobody redirected it.
    #[error(
        "the connection came straight to the transparent door: a packet filter must lead it here from where it was going"
    )]
    Straight,
    /// It is Handlens's own.
    #[error("the packet filter led a connection that Handlens itself made back to it")]
    Loop,
    /// The kernel doesn't say where it was going.
    #[error("where the connection was going is not known: {0}")]
    Unknown(io::Error),
}

impl TransparentError {
    pub(super) fn to_fault(&self) -> Fault {
        let fault =
            Fault::new(LegName::Client, Stage::Target, self.to_string()).with_status(StatusCode::FORBIDDEN);
        match self {
            Self::Loop => fault.with_remedy(
                "let the rules leave Handlens alone, by its mark (0x48616e64, which needs CAP_NET_ADMIN) or by its user: \
                 those of `handlens rules --print nft` do",
            ),
            _ => fault.with_remedy(
                "`handlens rules --print nft` gives the rules; a program that is to know of the proxy comes in by http",
            ),
        }
    }
}

/// Where the client was going.
pub(super) fn target(visitor: &Visitor, own: &OwnAddresses) -> Result<Target, TransparentError> {
    let destination = original_destination(visitor)?;
    if own_dials::holds(visitor.peer, destination) {
        return Err(TransparentError::Loop);
    }
    if destination.port() == visitor.local.port() && own.holds(destination) {
        return Err(TransparentError::Straight);
    }
    Ok(Target {
        host: destination.ip().to_string().into(),
        port: destination.port(),
    })
}

/// What REDIRECT changed it from; without that, as with TPROXY, what the socket itself is bound to.
#[cfg(target_os = "linux")]
fn original_destination(visitor: &Visitor) -> Result<SocketAddr, TransparentError> {
    let Some(tcp) = visitor.client.tcp() else {
        return Ok(visitor.local);
    };
    let socket = socket2::SockRef::from(tcp);
    let original = match visitor.local.ip().to_canonical().is_ipv4() {
        true => socket.original_dst_v4(),
        false => socket.original_dst_v6(),
    };
    let address = match original {
        Ok(address) => address.as_socket().unwrap_or(visitor.local),
        // Connection tracking knows nothing of it, or is not there.
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::Unsupported)
                || error.raw_os_error() == Some(rustix::io::Errno::NOPROTOOPT.raw_os_error()) =>
        {
            visitor.local
        }
        Err(error) => return Err(TransparentError::Unknown(error)),
    };
    Ok(SocketAddr::new(address.ip().to_canonical(), address.port()))
}

#[cfg(not(target_os = "linux"))]
fn original_destination(_: &Visitor) -> Result<SocketAddr, TransparentError> {
    Err(TransparentError::NotLinux)
}

/// Makes a socket one that TPROXY may lead connections to, where that is permitted; and where it is asked for, it must be.
#[cfg(target_os = "linux")]
pub(crate) fn prepare_listener(
    socket: &TcpSocket,
    address: SocketAddr,
    is_tproxy: bool,
) -> Result<(), TransparentError> {
    own_dials::watch();
    let socket = socket2::SockRef::from(socket);
    let mut prepared = Ok(());
    if address.is_ipv6() {
        prepared = socket.set_ip_transparent_v6(true);
    }
    // A socket of IPv6 takes IPv4 too.
    match prepared.and_then(|()| socket.set_ip_transparent_v4(true)) {
        Err(error) if is_tproxy => return Err(TransparentError::NoTproxy(error)),
        Err(error) => tracing::debug!("REDIRECT alone can lead connections to {address}: {error}"),
        Ok(()) => {}
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn prepare_listener(_: &TcpSocket, _: SocketAddr, _: bool) -> Result<(), TransparentError> {
    Err(TransparentError::NotLinux)
}
