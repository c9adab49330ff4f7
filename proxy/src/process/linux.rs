//! A socket's inode by netlink, and the process that has it open by `/proc`.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Weak};
use std::time::Instant;

use capture::Process;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::dial::OwnAddresses;
use crate::recorder::ConnectionRecorder;
use crate::sock_diag::{Owner, owner};

/// Connections that are looked up at once.
const BATCH: usize = 1024;

/// Processes that had a socket lately: the next one is likely one of theirs.
const KNOWN: usize = 16;

/// How often as long as it has looked it rests: a twentieth of one processor at the most is spent.
const REST: u32 = 19;

/// The same where not all could be found.
const LONG_REST: u32 = 99;

/// Sockets that are looked for, and whose connections they are.
type Wanted = HashMap<u32, Arc<ConnectionRecorder>>;

pub(super) async fn look_up(own: OwnAddresses, mut asked: mpsc::Receiver<Weak<ConnectionRecorder>>) {
    let mut finder = Finder::new(own);
    let mut batch = Vec::new();
    while asked.recv_many(&mut batch, BATCH).await > 0 {
        let began = Instant::now();
        let waiting = std::mem::take(&mut batch);
        let looking = tokio::task::spawn_blocking(move || {
            let found_all = finder.find(waiting);
            (finder, found_all)
        });
        let Ok((looked, found_all)) = looking.await else {
            return;
        };
        finder = looked;
        let rest = if found_all { REST } else { LONG_REST };
        sleep(began.elapsed() * rest).await;
    }
}

struct Finder {
    own: OwnAddresses,
    uid: u32,
    /// The latest first.
    known: Vec<u32>,
}

impl Finder {
    fn new(own: OwnAddresses) -> Self {
        Self {
            own,
            uid: rustix::process::geteuid().as_raw(),
            known: Vec::new(),
        }
    }

    /// Looks the processes of these connections up. False when one is there and was not found.
    fn find(&mut self, waiting: Vec<Weak<ConnectionRecorder>>) -> bool {
        let mut wanted: Wanted = waiting
            .iter()
            .filter_map(Weak::upgrade)
            .filter_map(|recorder| Some((self.socket_of(&recorder)?.inode, recorder)))
            .collect();
        let mut looked = HashSet::new();
        for pid in self.known.clone() {
            if wanted.is_empty() {
                return true;
            }
            looked.insert(pid);
            self.look_at(pid, &mut wanted);
        }
        if wanted.is_empty() {
            return true;
        }
        for pid in pids().into_iter().filter(|pid| !looked.contains(pid)) {
            self.look_at(pid, &mut wanted);
            if wanted.is_empty() {
                return true;
            }
        }
        false
    }

    /// The client's own socket, where it is one of this machine whose process we may look at.
    fn socket_of(&self, recorder: &ConnectionRecorder) -> Option<Owner> {
        let (client, original) = recorder.client_socket();
        let client = canonical(client?);
        let ours = self.own.seen_from(client.ip());
        // What was redirected here was sent to where it goes.
        let socket = ours
            .chain(original)
            .find_map(|ours| owner(client, canonical(ours)))?;
        (self.uid == 0 || self.uid == socket.uid).then_some(socket)
    }

    /// Tells the connections whose sockets this process has, and takes them out.
    fn look_at(&mut self, pid: u32, wanted: &mut Wanted) {
        let mut process = None;
        for inode in sockets_of(pid) {
            let Some(recorder) = wanted.remove(&inode) else {
                continue;
            };
            let process = process.get_or_insert_with(|| describe(pid));
            recorder.tell_process(process.clone());
            if wanted.is_empty() {
                break;
            }
        }
        if process.is_some() {
            self.known.retain(|&known| known != pid);
            self.known.insert(0, pid);
            self.known.truncate(KNOWN);
        }
    }
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// All processes, the latest first: it is those that open connections and go.
fn pids() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut pids: Vec<u32> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable_by(|a, b| b.cmp(a));
    pids
}

/// The sockets that a process has open.
fn sockets_of(pid: u32) -> impl Iterator<Item = u32> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    entries.filter_map(|entry| {
        let link = fs::read_link(entry.path()).ok()?;
        let number = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
        number.parse().ok()
    })
}

fn describe(pid: u32) -> Process {
    let file = fs::read_link(format!("/proc/{pid}/exe")).ok();
    let executable = file.map(|file| {
        let file = file.to_string_lossy();
        // One that was replaced while it runs.
        file.strip_suffix(" (deleted)").unwrap_or(&file).to_owned()
    });
    let name = executable.as_deref().and_then(|file| file.rsplit('/').next());
    let name = name.map_or_else(
        || {
            let comm = fs::read_to_string(format!("/proc/{pid}/comm"));
            comm.unwrap_or_default().trim_end().to_owned()
        },
        str::to_owned,
    );
    Process {
        pid,
        name,
        executable,
    }
}

impl OwnAddresses {
    /// The addresses of our listeners as a client of this machine at `from` has them: one that is reached at any
    /// address of this machine is reached from the same one.
    fn seen_from(&self, from: IpAddr) -> impl Iterator<Item = SocketAddr> {
        self.listeners()
            .map(move |listener| match listener.ip().is_unspecified() {
                true => SocketAddr::new(from, listener.port()),
                false => listener,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_sockets_are_found_and_this_test_is_described() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        // A sandbox may have no sock_diag; then nothing is found.
        let Some(socket) = owner(client.local_addr().unwrap(), client.peer_addr().unwrap()) else {
            return;
        };
        let pid = std::process::id();
        assert!(sockets_of(pid).any(|inode| inode == socket.inode));
        assert!(pids().contains(&pid));
        let process = describe(pid);
        let executable = std::env::current_exe().unwrap();
        assert_eq!(process.executable.as_deref(), executable.to_str());
        assert!(executable.ends_with(&process.name));
        assert_eq!(sockets_of(u32::MAX).count(), 0);
    }

    #[test]
    fn a_listener_for_all_addresses_is_seen_at_the_clients_own() {
        let own = OwnAddresses::new(["0.0.0.0:80", "127.0.0.1:81"].map(|address| address.parse().unwrap()));
        let seen: Vec<_> = own.seen_from([192, 0, 2, 1].into()).collect();
        assert_eq!(
            seen,
            ["192.0.2.1:80", "127.0.0.1:81"].map(|address| address.parse::<SocketAddr>().unwrap())
        );
    }
}
