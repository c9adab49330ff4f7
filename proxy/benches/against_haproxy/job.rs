//! What the benchmark asks of its clients, and what they answer: one line of JSON each.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where the origin listens.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct OriginAddresses {
    /// Agrees on X25519 only, as the OpenSSL of Debian's HAProxy does.
    pub(crate) classic: SocketAddr,
    /// Agrees on X25519MLKEM768, the default of browsers and of Handlens.
    pub(crate) hybrid: SocketAddr,
}

/// How clients reach the origin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Way {
    /// Where to open the TCP connection: a proxy, or the origin itself.
    pub(crate) dial: SocketAddr,
    /// The port to ask for with CONNECT, if that is how it goes.
    pub(crate) connect_port: Option<u16>,
    /// PEM of the root that the certificate must end at.
    pub(crate) trust: PathBuf,
    /// Whether X25519MLKEM768 is offered beside X25519.
    pub(crate) hybrid: bool,
    /// Whether HTTP/2 is spoken, and not HTTP/1.1.
    pub(crate) http2: bool,
}

/// One thing to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Small requests over kept connections, as many at a time on each (HTTP/1.1 can do one).
    KeepAlive {
        requests: u32,
        connections: u32,
        at_once_on_each: u32,
    },
    /// One small request on each of many new connections.
    NewConnections { connections: u32, at_once: u32 },
    /// Downloads on one connection, one after the other.
    Download { count: u32, bytes: u64 },
    /// Connections that stay open after one small request, until [`Job::Release`].
    Hold { connections: u32 },
    /// Closes what is held.
    Release,
    /// Asks the origin what its leg agreed on.
    Negotiate,
}

/// A job and the way to do it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// How to reach the origin.
    pub(crate) way: Way,
    /// What to do.
    pub(crate) job: Job,
}

/// What came of a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// It was done, to the last request.
    Done(Outcome),
    /// One request failed, and so the whole job.
    Failed(String),
}

/// What was seen of a job from the clients' side.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// From the first request to the last byte.
    pub(crate) seconds: f64,
    /// Bytes of response bodies.
    pub(crate) bytes: u64,
    /// Microseconds that each request took; for new connections from the first SYN to the last byte.
    pub(crate) latencies_us: Vec<u32>,
    /// For [`Job::Negotiate`].
    pub(crate) agreed: Option<Agreed>,
}

/// What the two legs agreed on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Agreed {
    /// Between client and proxy.
    pub(crate) client: String,
    /// Between proxy and origin.
    pub(crate) origin: String,
}
