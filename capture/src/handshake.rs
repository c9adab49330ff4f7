//! The TLS handshake of one leg, as its bytes passed. Nothing of it is dissected here: that is done when
//! somebody looks, by whatever the dissector has learned until then.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::Id;

/// What was captured of both legs. A connection whose TLS was passed through, or that never came to the origin,
/// has the client's alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handshakes {
    /// The leg between the client and Handlens; of a connection that was passed through, between the client and
    /// the origin.
    pub client: Option<LegHandshake>,
    /// The leg between Handlens and the origin.
    pub origin: Option<LegHandshake>,
}

/// What was captured of one leg. Times are microseconds since the connection opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LegHandshake {
    /// What was done for the leg beside the handshake's own messages.
    pub steps: Vec<Step>,
    /// The socket's bytes, in the order in which they passed, up to each side's last handshake record.
    pub chunks: Vec<Chunk>,
    /// What was sealed or opened by the TLS engine after that: tickets, key updates, alerts.
    pub late: Vec<LateRecord>,
    /// Secrets by their labels of the key log. Those of TLS 1.3's handshake traffic alone, unless the person asked
    /// for all.
    pub secrets: Vec<Secret>,
    /// The handshake was longer than what is kept of one.
    pub truncated: bool,
    /// The kernel's smoothed round-trip time to the peer at the handshake's end, however it ended; to the client where TLS
    /// was passed through. `None` where the kernel no longer knew the connection, as after a reset.
    pub tcp_rtt_us: Option<u64>,
    /// The connection whose session this one resumed, where that is known.
    pub resumes: Option<Id>,
    /// How it ended, where it did not finish and that was seen.
    pub ending: Option<Ending>,
}

/// How a handshake ended that did not finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// This side closed the TCP connection.
    Closed(TlsRole),
    /// This side reset it.
    Reset(TlsRole),
    /// Nothing came from this side for so long.
    Silence {
        /// Who was silent.
        from: TlsRole,
        /// How long that is borne.
        limit_us: u64,
    },
    /// Handlens broke it off: it was stopped, or the other leg had ended.
    Stopped,
}

impl LegHandshake {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.chunks.is_empty() && self.late.is_empty()
    }

    /// About what it holds in memory.
    pub(crate) fn weight(&self) -> usize {
        let chunks: usize = self.chunks.iter().map(|chunk| 48 + chunk.bytes.len()).sum();
        let late: usize = self.late.iter().map(LateRecord::weight).sum();
        256 + 64 * self.steps.len() + chunks + late + 128 * self.secrets.len()
    }
}

/// The role of a peer in TLS. On the leg toward the client Handlens is the server, on the leg toward the origin
/// the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsRole {
    /// It sends the ClientHello.
    Client,
    /// It answers.
    Server,
}

/// Bytes that passed at one moment, in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Who sent them.
    pub from: TlsRole,
    /// When.
    pub at_us: u64,
    /// The bytes.
    pub bytes: Bytes,
}

/// The plain fragment of a record that did not belong to the handshake's flights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateRecord {
    /// Who sent it.
    pub from: TlsRole,
    /// When it was sealed or opened.
    pub at_us: u64,
    /// The record's content type (RFC 8446 section 5.1).
    pub content_type: u8,
    /// Its plain fragment.
    pub bytes: Bytes,
}

impl LateRecord {
    pub(crate) fn weight(&self) -> usize {
        96 + self.bytes.len()
    }
}

/// A secret of one connection, by its label in the key log (RFC 9850).
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// `CLIENT_HANDSHAKE_TRAFFIC_SECRET`.
    pub label: String,
    /// The secret.
    pub bytes: Bytes,
}

impl std::fmt::Debug for Secret {
    /// Its label alone: secrets do not belong in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// Something that was done for a leg, with its begin and end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was done.
    pub name: StepName,
    /// When it began.
    pub start_us: u64,
    /// When it ended.
    pub end_us: u64,
    /// How it came out, where the name does not say all: the address that was reached.
    pub text: Option<String>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// The origin's name was resolved.
    Resolve,
    /// The TCP connection was made.
    Connect,
    /// TLS shook hands.
    Tls,
    /// The origin's chain was judged.
    Judge,
    /// Our leaf was minted, or found in the cache.
    Mint,
    /// The name of the proxy that the origin is reached through was resolved.
    UpstreamResolve,
    /// The TCP connection to that proxy was made.
    UpstreamConnect,
    /// TLS with that proxy.
    UpstreamTls,
    /// That proxy was asked for a tunnel, and answered.
    UpstreamTunnel,
}

impl StepName {
    /// Its word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Judge => "judge",
            Self::Mint => "mint",
            Self::UpstreamResolve => "upstream_resolve",
            Self::UpstreamConnect => "upstream_connect",
            Self::UpstreamTls => "upstream_tls",
            Self::UpstreamTunnel => "upstream_tunnel",
        }
    }
}

/// A handshake that is under way, for who looks before it is over.
pub trait HandshakeUnderWay: Send + Sync {
    /// What has passed of it until now.
    fn so_far(&self) -> LegHandshake;
}
