//! How much of what is done. Everything is counted, so every run ends by itself.

use serde::Serialize;

/// The numbers of one run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Plan {
    /// Whether this is the short run, whose figures are loose.
    pub(crate) quick: bool,
    /// Times that each throughput run is repeated.
    pub(crate) rounds: usize,
    /// Requests over kept connections, a round.
    pub(crate) keep_alive_requests: u32,
    /// Client connections that they are spread over.
    pub(crate) keep_alive_connections: u32,
    /// New connections, a round; each carries one request.
    pub(crate) new_connections: u32,
    /// New connections under way at once.
    pub(crate) new_at_once: u32,
    /// Downloads, a round, one after the other on one connection.
    pub(crate) downloads: u32,
    /// Bytes of each download.
    pub(crate) download_bytes: u64,
    /// Requests on one connection, one at a time, for the latency of a kept connection; a round.
    pub(crate) latency_requests: u32,
    /// Connections, one at a time, for the latency of a new one; a round.
    pub(crate) latency_connections: u32,
    /// Tunnels that stand idle after one exchange each.
    pub(crate) idle_tunnels: u32,
    /// Exchanges whose trace in memory is measured.
    pub(crate) remembered_exchanges: u32,
    /// Leaves minted for new hosts.
    pub(crate) leaves: u32,
}

impl Plan {
    /// The run whose figures count: some three minutes on two cores.
    pub(crate) fn full() -> Self {
        Self {
            quick: false,
            rounds: 3,
            keep_alive_requests: 40_000,
            keep_alive_connections: 16,
            new_connections: 3_000,
            new_at_once: 16,
            downloads: 5,
            download_bytes: 100_000_000,
            latency_requests: 2_000,
            latency_connections: 500,
            idle_tunnels: 500,
            remembered_exchanges: 100_000,
            leaves: 2_000,
        }
    }

    /// A few seconds, to see that it works.
    pub(crate) fn quick() -> Self {
        Self {
            quick: true,
            rounds: 1,
            keep_alive_requests: 1_000,
            new_connections: 100,
            downloads: 2,
            download_bytes: 10_000_000,
            latency_requests: 100,
            latency_connections: 20,
            idle_tunnels: 50,
            remembered_exchanges: 2_000,
            leaves: 100,
            ..Self::full()
        }
    }
}
