//! What the kernel knows of a TCP connection of this machine, on Linux: the smoothed round-trip time of its congestion
//! control, as `ss -i` shows it, and whose socket it is. It is asked for over netlink (sock_diag(7)), which needs no
//! unsafe code.

use std::net::SocketAddr;

/// The round-trip time of the connection between these addresses of this machine and its peer, in microseconds.
/// `None` where the kernel does not say.
#[cfg(target_os = "linux")]
pub(crate) fn round_trip_us(local: SocketAddr, peer: SocketAddr) -> Option<u64> {
    linux::ask(local, peer, linux::INFO, linux::read_round_trip)
}

/// Whose a socket is.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// The user.
    pub(crate) uid: u32,
    /// The socket's number among files.
    pub(crate) inode: u32,
}

/// Whose the socket of this machine is that is connected from `local` to `peer`.
#[cfg(target_os = "linux")]
pub(crate) fn owner(local: SocketAddr, peer: SocketAddr) -> Option<Owner> {
    linux::ask(local, peer, 0, linux::read_owner)
}

/// `None`: only Linux is asked.
#[cfg(not(target_os = "linux"))]
pub(crate) fn round_trip_us(_: SocketAddr, _: SocketAddr) -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
mod linux {
    use std::cell::OnceCell;
    use std::net::{IpAddr, SocketAddr};

    use rustix::fd::OwnedFd;
    use rustix::net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
    };

    /// `SOCK_DIAG_BY_FAMILY`.
    const BY_FAMILY: u16 = 20;
    /// `NLM_F_REQUEST`.
    const REQUEST: u16 = 1;
    /// `INET_DIAG_INFO`: `struct tcp_info`.
    pub(super) const INFO: u16 = 2;
    const TCP: u8 = 6;

    /// Bytes of a message's header, and of what answers it before its attributes.
    const HEADER: usize = 16;
    const ANSWER: usize = HEADER + 72;
    /// Where `tcpi_rtt` lies in `struct tcp_info`.
    const RTT: usize = 68;

    thread_local! {
        /// One a thread, so that answers never cross.
        static SOCKET: OnceCell<Option<OwnedFd>> = const { OnceCell::new() };
    }

    /// Where whose it is lies in what answers: its user, then its inode.
    const UID: usize = HEADER + 64;

    /// Asks of one connection, for this attribute too where it is not 0.
    pub(super) fn ask<T>(
        local: SocketAddr,
        peer: SocketAddr,
        attribute: u16,
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Option<T> {
        SOCKET.with(|socket| {
            let socket = socket.get_or_init(open).as_ref()?;
            send(socket, &request(local, peer, attribute), SendFlags::empty()).ok()?;
            // The kernel answers while it is asked: what is not there yet does not come.
            let mut answer = [0; 1024];
            let (_, length) = recv(socket, &mut answer, RecvFlags::DONTWAIT).ok()?;
            let answer = answer.get(..length)?;
            let is_told = answer.get(4..6)? == BY_FAMILY.to_ne_bytes();
            is_told.then(|| read(answer)).flatten()
        })
    }

    fn open() -> Option<OwnedFd> {
        socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC,
            Some(netlink::SOCK_DIAG),
        )
        .ok()
    }

    /// A `struct inet_diag_req_v2` behind its header, asking for one connection.
    fn request(local: SocketAddr, peer: SocketAddr, attribute: u16) -> Vec<u8> {
        let mut message = Vec::with_capacity(72);
        message.extend_from_slice(&72u32.to_ne_bytes());
        message.extend_from_slice(&BY_FAMILY.to_ne_bytes());
        message.extend_from_slice(&REQUEST.to_ne_bytes());
        message.extend_from_slice(&[0; 8]);
        let family = if local.is_ipv4() {
            AddressFamily::INET
        } else {
            AddressFamily::INET6
        };
        message.extend_from_slice(&[family.as_raw() as u8, TCP, (1 << attribute >> 1) as u8, 0]);
        message.extend_from_slice(&u32::MAX.to_ne_bytes());
        message.extend_from_slice(&local.port().to_be_bytes());
        message.extend_from_slice(&peer.port().to_be_bytes());
        for ip in [local.ip(), peer.ip()] {
            let mut address = [0; 16];
            match ip {
                IpAddr::V4(ip) => address[..4].copy_from_slice(&ip.octets()),
                IpAddr::V6(ip) => address = ip.octets(),
            }
            message.extend_from_slice(&address);
        }
        // No interface, and no cookie.
        message.extend_from_slice(&0u32.to_ne_bytes());
        message.extend_from_slice(&[0xff; 8]);
        message
    }

    pub(super) fn read_owner(answer: &[u8]) -> Option<super::Owner> {
        let (numbers, _) = answer.get(UID..)?.as_chunks::<4>();
        let [uid, inode, ..] = *numbers else { return None };
        // A socket that no file stands for any more has none.
        (inode != [0; 4]).then(|| super::Owner {
            uid: u32::from_ne_bytes(uid),
            inode: u32::from_ne_bytes(inode),
        })
    }

    pub(super) fn read_round_trip(answer: &[u8]) -> Option<u64> {
        let mut attributes = answer.get(ANSWER..)?;
        loop {
            let length = u16::from_ne_bytes(attributes.get(..2)?.try_into().ok()?);
            let attribute = u16::from_ne_bytes(attributes.get(2..4)?.try_into().ok()?);
            let value = attributes.get(4..usize::from(length))?;
            if attribute == INFO {
                let rtt = u32::from_ne_bytes(value.get(RTT..RTT + 4)?.try_into().ok()?);
                // 0: it has measured none.
                return (rtt > 0).then_some(rtt.into());
            }
            attributes = attributes.get(usize::from(length).next_multiple_of(4)..)?;
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn a_connection_that_has_carried_something_has_a_round_trip_time() {
        for any in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(any) else {
                continue;
            };
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut server, peer) = listener.accept().unwrap();
            for _ in 0..3 {
                client.write_all(b"ping").unwrap();
                server.read_exact(&mut [0; 4]).unwrap();
                server.write_all(b"pong").unwrap();
                client.read_exact(&mut [0; 4]).unwrap();
            }
            let local = server.local_addr().unwrap();
            // A sandbox may have no sock_diag; then there is nothing to measure by.
            if let Some(rtt) = round_trip_us(local, peer) {
                assert!((1..100_000).contains(&rtt), "{rtt} us");
            }
            // Both sockets are ours.
            let owners = [owner(local, peer), owner(peer, local)];
            if let [Some(server), Some(client)] = owners {
                assert_eq!(server.uid, client.uid);
                assert_ne!(server.inode, client.inode);
            }
            let nobody = "192.0.2.1:1".parse().unwrap();
            assert_eq!(round_trip_us(nobody, nobody), None);
        }
    }
}
