//! Both handshakes of a connection, as the API tells them. What a handshake says is told by the types of the crate
//! that reads it.

use capture::TlsRole;
use handshake::{Captured, Chunk, Late, Parties, Secrets, Side};
use serde::Serialize;
use ts_rs::TS;
use utoipa::ToSchema;

use super::LegName;

/// Both handshakes of a connection. All times are microseconds since the connection opened.
#[derive(Clone, Debug, Serialize, ToSchema, TS)]
pub struct ConnectionHandshake {
    /// When the connection opened (RFC 3339).
    pub opened: String,
    /// The leg toward the client; of TLS that was passed through, the client's with the origin. Null where no byte
    /// of a handshake was seen.
    pub client: Option<LegHandshake>,
    /// The leg toward the origin; null where it did not come to a handshake, and of TLS that was passed through.
    pub origin: Option<LegHandshake>,
    /// What was done beside the messages, in order of begin.
    pub steps: Vec<Step>,
    /// What the proxy changed, and how the client would have fared without it; null without both hellos.
    pub comparison: Option<handshake::Comparison>,
    /// The connections whose sessions were resumed.
    pub resumes: Resumes,
}

/// One leg's handshake.
#[derive(Clone, Debug, Serialize, ToSchema, TS)]
pub struct LegHandshake {
    /// What was dissected.
    #[serde(flatten)]
    pub handshake: handshake::Handshake,
    /// The handshake was longer than what is kept of one.
    pub truncated: bool,
    /// The kernel's round-trip time to the peer, where it told one; of TLS that was passed through, to the client.
    pub tcp_rtt_us: Option<u64>,
    /// The peer's address and port.
    pub address: Option<String>,
}

/// Something that was done for a leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, TS)]
pub struct Step {
    /// What was done.
    pub name: StepName,
    /// The leg that it was done for.
    pub leg: LegName,
    /// When it began.
    pub start_us: u64,
    /// When it ended.
    pub end_us: u64,
    /// How it came out, where the name does not say all.
    pub text: Option<String>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, TS)]
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

/// The connections whose sessions a connection's legs resumed, where they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema, TS)]
pub struct Resumes {
    /// On the leg toward the client.
    pub client: Option<String>,
    /// On the leg toward the origin.
    pub origin: Option<String>,
}

impl LegHandshake {
    /// Dissects what was captured of a leg: not in full yet. `None` where no byte of a handshake was captured.
    #[must_use]
    pub fn dissect(
        captured: &capture::LegHandshake,
        parties: Parties,
        address: Option<String>,
    ) -> Option<Self> {
        if captured.chunks.is_empty() && captured.late.is_empty() {
            return None;
        }
        Some(Self {
            handshake: handshake::dissect(&to_dissect(captured), parties),
            truncated: captured.truncated,
            tcp_rtt_us: captured.tcp_rtt_us,
            address,
        })
    }
}

/// What the dissector is given of a captured leg.
fn to_dissect(handshake: &capture::LegHandshake) -> Captured<'_> {
    let side = |role| match role {
        TlsRole::Client => Side::Client,
        TlsRole::Server => Side::Server,
    };
    let mut secrets = Secrets::new();
    for secret in &handshake.secrets {
        secrets.insert(&secret.label, &secret.bytes);
    }
    let chunks = handshake.chunks.iter().map(|chunk| Chunk {
        side: side(chunk.from),
        at_us: chunk.at_us,
        bytes: &chunk.bytes,
    });
    let late = handshake.late.iter().map(|late| Late {
        side: side(late.from),
        at_us: late.at_us,
        content_type: late.content_type,
        bytes: &late.bytes,
    });
    Captured {
        chunks: chunks.collect(),
        late: late.collect(),
        secrets,
    }
}

impl Step {
    /// The step of this leg.
    #[must_use]
    pub fn of(leg: capture::LegName, model: &capture::Step) -> Self {
        Self {
            name: match model.name {
                capture::StepName::Resolve => StepName::Resolve,
                capture::StepName::Connect => StepName::Connect,
                capture::StepName::Tls => StepName::Tls,
                capture::StepName::Judge => StepName::Judge,
                capture::StepName::Mint => StepName::Mint,
                capture::StepName::UpstreamResolve => StepName::UpstreamResolve,
                capture::StepName::UpstreamConnect => StepName::UpstreamConnect,
                capture::StepName::UpstreamTls => StepName::UpstreamTls,
                capture::StepName::UpstreamTunnel => StepName::UpstreamTunnel,
            },
            leg: leg.into(),
            start_us: model.start_us,
            end_us: model.end_us,
            text: model.text.clone(),
        }
    }
}
