//! The connections that Handlens itself makes, told apart from those of others where a transparent door is open: a
//! packet filter that leads them back would make each of them another one, without end.
//!
//! They are marked where that is permitted, for the filter to leave them alone; and one that comes back all the same
//! is known by both its addresses: a port of ours may be another program's toward another destination. Both hold for the
//! process, as marks and addresses do.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::net::TcpStream;

/// There from when a transparent door is made.
static WATCHED: OnceLock<Watched> = OnceLock::new();

struct Watched {
    /// Whether we may mark sockets.
    may_mark: bool,
    /// Connections that are open or being opened.
    open: Mutex<Open>,
}

impl Watched {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Both ends of a connection: ours, and the one that was dialled.
type Ends = (SocketAddr, SocketAddr);

/// Connections that are held. One whose socket is gone may be held beside the next one between the same ends.
#[derive(Default)]
struct Open(HashMap<Ends, usize>);

impl Open {
    fn add(&mut self, ends: Ends) {
        *self.0.entry(ends).or_default() += 1;
    }

    fn remove(&mut self, ends: Ends) {
        if let Entry::Occupied(mut held) = self.0.entry(ends) {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
    }

    fn holds(&self, ends: Ends) -> bool {
        self.0.contains_key(&ends)
    }
}

/// A connection that is known for as long as this is held.
#[derive(Debug)]
pub(crate) struct OwnDial(Ends);

impl Drop for OwnDial {
    fn drop(&mut self) {
        if let Some(watched) = WATCHED.get() {
            watched.lock().remove(self.0);
        }
    }
}

/// From now on what Handlens dials is marked, where it may, and known.
#[cfg(target_os = "linux")]
pub(crate) fn watch() {
    WATCHED.get_or_init(|| {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
        Watched {
            may_mark: socket.is_ok_and(|socket| socket.set_mark(crate::netfilter::OWN_MARK).is_ok()),
            open: Mutex::default(),
        }
    });
}

/// Whether a connection from a client to where it was going is one of our own that came back.
pub(crate) fn holds(client: SocketAddr, destination: SocketAddr) -> bool {
    let ends = (canonical(client), canonical(destination));
    WATCHED.get().is_some_and(|watched| watched.lock().holds(ends))
}

/// Dials an address.
pub(crate) async fn connect(address: SocketAddr) -> io::Result<(TcpStream, Option<OwnDial>)> {
    #[cfg(target_os = "linux")]
    if let Some(watched) = WATCHED.get() {
        let (socket, own) = begin(watched, address)?;
        let tcp = TcpStream::from_std(socket.into())?;
        tcp.writable().await?;
        return match tcp.take_error()? {
            Some(error) => Err(error),
            None => Ok((tcp, Some(own))),
        };
    }
    TcpStream::connect(address).await.map(|tcp| (tcp, None))
}

/// Begins to connect. It may come back and be accepted before this is done, so it is looked up by `holds` under the
/// same lock.
#[cfg(target_os = "linux")]
fn begin(watched: &Watched, address: SocketAddr) -> io::Result<(socket2::Socket, OwnDial)> {
    use socket2::{Domain, Protocol, Socket, Type};

    let kind = Type::STREAM.nonblocking();
    let socket = Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP))?;
    if watched.may_mark {
        socket.set_mark(crate::netfilter::OWN_MARK)?;
    }
    let mut open = watched.lock();
    match socket.connect(&address.into()) {
        Err(error) if error.raw_os_error() != Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => {
            return Err(error);
        }
        _ => {}
    }
    let local = socket.local_addr()?.as_socket();
    let local = local.ok_or(io::ErrorKind::AddrNotAvailable)?;
    let ends = (canonical(local), canonical(address));
    open.add(ends);
    Ok((socket, OwnDial(ends)))
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn what_we_dialled_is_known_for_as_long_as_it_is_held() {
        watch();
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(address).await.unwrap();
            let dialled = listener.local_addr().unwrap();
            let (tcp, own) = connect(dialled).await.unwrap();
            let (_accepted, peer) = listener.accept().await.unwrap();
            assert_eq!(tcp.local_addr().unwrap(), peer);
            assert!(holds(peer, dialled));
            // Another program's, with the same port toward somewhere else.
            let elsewhere = TcpListener::bind(address).await.unwrap();
            assert!(!holds(peer, elsewhere.local_addr().unwrap()));
            drop(own);
            assert!(!holds(peer, dialled));
            let gone = listener.local_addr().unwrap();
            drop(listener);
            let error = connect(gone).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        }
    }

    #[test]
    fn of_two_between_the_same_ends_one_goes_first() {
        let ends = ("127.0.0.1:1".parse().unwrap(), "127.0.0.1:2".parse().unwrap());
        let mut open = Open::default();
        open.add(ends);
        open.add(ends);
        open.remove(ends);
        assert!(open.holds(ends));
        open.remove(ends);
        assert!(!open.holds(ends) && open.0.is_empty());
    }
}
