//! Reaching an origin: names to addresses, and the first of them that answers (RFC 8305).

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use capture::{LegName, Stage, Target};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::StatusCode;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::fault::Fault;
use crate::own_dials::{self, OwnDial};
use crate::transport::Transport;
use crate::upstream::UpstreamError;

/// How long one address is waited for before the next is tried beside it (RFC 8305 section 8).
const CONNECTION_ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// An origin could not be reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    #[error("the name {host} could not be resolved: {source}")]
    Resolve { host: String, source: io::Error },
    #[error("the name {host} has no address")]
    NoAddress { host: String },
    #[error("resolving the name {host} took longer than {limit:?}")]
    ResolveTimedOut { host: String, limit: Duration },
    #[error("{target} is Handlens itself")]
    Own { target: Target },
    #[error("TCP connection to {target} ({address}) failed: {}", plain(.source))]
    Connect {
        target: Target,
        address: SocketAddr,
        source: io::Error,
    },
    #[error("TCP connection to {target} was not answered within {limit:?}")]
    ConnectTimedOut { target: Target, limit: Duration },
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
}

/// The system's text of an I/O error, without its number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

impl DialError {
    pub(crate) fn to_fault(&self) -> Fault {
        let text = self.to_string();
        let fault = |stage| Fault::new(LegName::Origin, stage, text.clone());
        match self {
            Self::Resolve { .. } | Self::NoAddress { .. } => fault(Stage::Resolve)
                .with_remedy("check the name, and that this machine can resolve it (`getent hosts NAME`)"),
            Self::ResolveTimedOut { .. } => fault(Stage::Resolve)
                .with_status(StatusCode::GATEWAY_TIMEOUT)
                .with_remedy("check this machine's name servers"),
            Self::Own { .. } => fault(Stage::Connect)
                .with_status(StatusCode::FORBIDDEN)
                .with_remedy("open the dashboard without a proxy"),
            Self::Connect { source, .. } => fault(Stage::Connect).with_remedy(match source.kind() {
                io::ErrorKind::ConnectionRefused => {
                    "nothing listens there: check the port, and that the server runs"
                }
                _ => "check that this machine can reach the address",
            }),
            Self::Upstream(error) => error.to_fault(),
            Self::ConnectTimedOut { .. } => fault(Stage::Connect)
                .with_status(StatusCode::GATEWAY_TIMEOUT)
                .with_remedy("check that the address is right and no firewall drops the connection"),
        }
    }
}

/// The addresses of a target.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) took: Duration,
}

/// Addresses that a step names; the others are counted.
const NAMED: usize = 3;

impl Resolved {
    /// The addresses as a step tells them.
    pub(crate) fn name_addresses(&self) -> String {
        let addresses = self.addresses.iter().take(NAMED);
        let named: Vec<String> = addresses.map(|address| address.ip().to_string()).collect();
        match self.addresses.len().saturating_sub(NAMED) {
            0 => named.join(", "),
            more => format!("{} and {more} more", named.join(", ")),
        }
    }
}

/// Finds the addresses of a target, those of Handlens itself refused.
pub(crate) async fn resolve(
    target: &Target,
    own: &OwnAddresses,
    limit: Duration,
) -> Result<Resolved, DialError> {
    let began = Instant::now();
    let host: &str = &target.host;
    let addresses = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, target.port)],
        Err(_) => match timeout(limit, tokio::net::lookup_host((host, target.port))).await {
            Ok(Ok(addresses)) => interleave(addresses.collect()),
            Ok(Err(source)) => {
                return Err(DialError::Resolve {
                    host: host.to_owned(),
                    source,
                });
            }
            Err(_) => {
                return Err(DialError::ResolveTimedOut {
                    host: host.to_owned(),
                    limit,
                });
            }
        },
    };
    if addresses.is_empty() {
        return Err(DialError::NoAddress {
            host: host.to_owned(),
        });
    }
    if addresses.iter().any(|&address| own.holds(address)) {
        return Err(DialError::Own {
            target: target.clone(),
        });
    }
    Ok(Resolved {
        addresses,
        took: began.elapsed(),
    })
}

/// Orders addresses so that the families take turns, the resolver's first choice first (RFC 8305 section 4).
fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let Some(first) = addresses.first() else {
        return addresses;
    };
    let (mut same, mut other): (Vec<_>, Vec<_>) = addresses
        .iter()
        .copied()
        .partition(|address| address.is_ipv4() == first.is_ipv4());
    same.reverse();
    other.reverse();
    let mut turns = Vec::with_capacity(addresses.len());
    while !(same.is_empty() && other.is_empty()) {
        turns.extend(same.pop());
        turns.extend(other.pop());
    }
    turns
}

/// A way to an origin.
#[derive(Debug)]
pub(crate) struct Dialled {
    pub(crate) stream: Transport,
    pub(crate) address: SocketAddr,
    pub(crate) took: Duration,
    /// To be held for as long as the connection is.
    pub(crate) own: Option<OwnDial>,
}

/// Connects to the first address that answers.
pub(crate) async fn connect(
    target: &Target,
    addresses: &[SocketAddr],
    limit: Duration,
) -> Result<Dialled, DialError> {
    let began = Instant::now();
    match timeout(limit, race(addresses)).await {
        Ok(Ok((tcp, own, address))) => {
            // Small writes (a head, a Finished) must not wait for an acknowledgement.
            let _ = tcp.set_nodelay(true);
            Ok(Dialled {
                stream: tcp.into(),
                address,
                took: began.elapsed(),
                own,
            })
        }
        Ok(Err((address, source))) => Err(DialError::Connect {
            target: target.clone(),
            address,
            source,
        }),
        Err(_) => Err(DialError::ConnectTimedOut {
            target: target.clone(),
            limit,
        }),
    }
}

type Reached = (TcpStream, Option<OwnDial>, SocketAddr);

async fn race(addresses: &[SocketAddr]) -> Result<Reached, (SocketAddr, io::Error)> {
    let attempt = |address: SocketAddr| async move {
        own_dials::connect(address)
            .await
            .map(|(tcp, own)| (tcp, own, address))
            .map_err(|source| (address, source))
    };
    if let [only] = addresses {
        return attempt(*only).await;
    }
    let mut waiting = addresses.iter().copied();
    let mut attempts = FuturesUnordered::new();
    attempts.extend(waiting.next().map(attempt));
    let mut failure = None;
    loop {
        tokio::select! {
            Some(result) = attempts.next() => match result {
                Ok(connected) => return Ok(connected),
                Err(error) => {
                    // The first address is the resolver's choice: its failure is the one to tell.
                    failure.get_or_insert(error);
                    attempts.extend(waiting.next().map(attempt));
                }
            },
            () = sleep(CONNECTION_ATTEMPT_DELAY), if waiting.len() > 0 => {
                attempts.extend(waiting.next().map(attempt));
            }
            else => break,
        }
        if attempts.is_empty() {
            break;
        }
    }
    Err(failure.unwrap_or_else(|| {
        let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        (nowhere, io::Error::from(io::ErrorKind::AddrNotAvailable))
    }))
}

/// The sockets that this Handlens listens on, so that nobody reaches them through itself: not its dashboard,
/// and not its proxy in a loop.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnAddresses {
    listeners: Vec<SocketAddr>,
}

impl OwnAddresses {
    pub(crate) fn new(listeners: impl IntoIterator<Item = SocketAddr>) -> Self {
        Self {
            listeners: listeners.into_iter().collect(),
        }
    }

    /// The listeners' addresses.
    #[cfg(target_os = "linux")]
    pub(crate) fn listeners(&self) -> impl Iterator<Item = SocketAddr> {
        self.listeners.iter().copied()
    }

    /// Whether one of the listeners has this port.
    pub(crate) fn has_port(&self, port: u16) -> bool {
        self.listeners.iter().any(|own| own.port() == port)
    }

    /// Whether a connection to this address would, or might, end at one of the listeners. Every address of
    /// this machine with a listener's port counts, whichever of them the listener is bound to.
    pub(crate) fn holds(&self, address: SocketAddr) -> bool {
        self.listeners.iter().any(|own| own.port() == address.port()) && is_this_machine(address.ip())
    }
}

fn is_this_machine(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    // Only an address of this machine can be bound to.
    ip.is_loopback() || ip.is_unspecified() || UdpSocket::bind((ip, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_own_address_is_known() {
        let own = OwnAddresses::new(["127.0.0.1:8081".parse().unwrap()]);
        for address in [
            "127.0.0.1:8081",
            "0.0.0.0:8081",
            "[::1]:8081",
            "[::ffff:127.0.0.1]:8081",
            "[::]:8081",
        ] {
            assert!(own.holds(address.parse().unwrap()), "{address}");
        }
        for address in ["127.0.0.1:8082", "192.0.2.1:8081"] {
            assert!(!own.holds(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_few_addresses_are_named_and_the_others_counted() {
        let resolved = |count| Resolved {
            addresses: (1..=count)
                .map(|last| SocketAddr::from(([192, 0, 2, last], 443)))
                .collect(),
            took: Duration::ZERO,
        };
        assert_eq!(resolved(2).name_addresses(), "192.0.2.1, 192.0.2.2");
        assert_eq!(
            resolved(5).name_addresses(),
            "192.0.2.1, 192.0.2.2, 192.0.2.3 and 2 more"
        );
    }

    #[test]
    fn families_take_turns() {
        let given = ["[2001:db8::1]:1", "[2001:db8::2]:1", "192.0.2.1:1"].map(|a| a.parse().unwrap());
        let turns = interleave(given.to_vec());
        assert_eq!(turns, [given[0], given[2], given[1]]);
    }

    #[tokio::test]
    async fn an_address_that_refuses_gives_way_to_the_next() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        // Bound, so that nobody else takes it, and nobody listens.
        let refusing = tokio::net::TcpSocket::new_v4().unwrap();
        refusing.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let dead = refusing.local_addr().unwrap();
        let target = Target {
            host: "lab".into(),
            port: 1,
        };
        let limit = Duration::from_secs(5);
        let dialled = connect(&target, &[dead, good], limit).await.unwrap();
        assert_eq!(dialled.address, good);
        let error = connect(&target, &[dead], limit).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("TCP connection to lab:1 ({dead}) failed: connection refused")
        );
    }
}
