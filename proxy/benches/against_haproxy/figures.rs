//! The figures of one contender, and how many samples become one.

use serde::Serialize;

use crate::contender::{Name, Recorded};
use crate::job::Agreed;
use crate::process::Memory;

/// All that was measured of one contender. What doesn't apply to it is left out.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figures {
    /// Whose.
    pub(crate) name: Name,
    /// Small requests over kept connections.
    pub(crate) keep_alive: Option<Throughput>,
    /// Small requests, many at a time on one HTTP/2 connection.
    pub(crate) http2: Option<Throughput>,
    /// New connections with one request each.
    pub(crate) new_connections: Option<Throughput>,
    /// The same with the post-quantum group on both legs; HAProxy's OpenSSL has none.
    pub(crate) new_connections_hybrid: Option<Throughput>,
    /// Downloads.
    pub(crate) bulk: Option<Throughput>,
    /// A request on a kept connection, one at a time.
    pub(crate) keep_alive_latency: Option<Latency>,
    /// A new connection and a request, one at a time.
    pub(crate) new_connection_latency: Option<Latency>,
    /// What is resident, and why.
    pub(crate) memory: Option<MemoryFigures>,
    /// What the legs agreed on in the runs that are compared.
    pub(crate) agreed: Option<Agreed>,
    /// The same for the post-quantum runs.
    pub(crate) agreed_hybrid: Option<Agreed>,
    /// What was recorded in the last round.
    pub(crate) recorded: Option<Recorded>,
}

impl Figures {
    /// None yet.
    pub(crate) fn of(name: Name) -> Self {
        Self {
            name,
            keep_alive: None,
            http2: None,
            new_connections: None,
            new_connections_hybrid: None,
            bulk: None,
            keep_alive_latency: None,
            new_connection_latency: None,
            memory: None,
            agreed: None,
            agreed_hybrid: None,
            recorded: None,
        }
    }
}

/// The median of a few rounds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Throughput {
    /// The proxy's processor time for each request, connection or 100 MB; none without a proxy.
    pub(crate) cpu_us_each: Option<f64>,
    /// The same, round by round.
    pub(crate) cpu_us_rounds: Vec<f64>,
    /// Requests or connections a second.
    pub(crate) per_second: f64,
    /// Megabytes of bodies a second.
    pub(crate) mb_per_second: f64,
    /// Rows of one round, kept to find the median; not told.
    #[serde(skip)]
    rounds: Vec<(f64, f64)>,
}

impl Throughput {
    /// No round yet.
    pub(crate) fn new() -> Self {
        Self {
            cpu_us_each: None,
            cpu_us_rounds: Vec::new(),
            per_second: 0.0,
            mb_per_second: 0.0,
            rounds: Vec::new(),
        }
    }

    /// Whether there was any round.
    pub(crate) fn was_measured(&self) -> bool {
        !self.rounds.is_empty()
    }

    /// One more round.
    pub(crate) fn add(&mut self, cpu_us_each: Option<f64>, per_second: f64, mb_per_second: f64) {
        self.cpu_us_rounds.extend(cpu_us_each);
        self.rounds.push((per_second, mb_per_second));
        self.cpu_us_each = median(self.cpu_us_rounds.clone());
        self.per_second = median(self.rounds.iter().map(|it| it.0).collect()).unwrap_or_default();
        self.mb_per_second = median(self.rounds.iter().map(|it| it.1).collect()).unwrap_or_default();
    }
}

/// Of all samples of all rounds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Latency {
    /// Half take no longer.
    pub(crate) p50_us: u32,
    /// 99 of 100 take no longer.
    pub(crate) p99_us: u32,
    /// How many there were.
    pub(crate) samples: usize,
}

impl Latency {
    /// Sorts samples and picks.
    pub(crate) fn of(mut samples_us: Vec<u32>) -> Option<Self> {
        samples_us.sort_unstable();
        let at = |percent: usize| {
            let index = (samples_us.len() * percent).div_ceil(100).saturating_sub(1);
            samples_us.get(index).copied()
        };
        Some(Self {
            p50_us: at(50)?,
            p99_us: at(99)?,
            samples: samples_us.len(),
        })
    }
}

/// Resident memory at the moments that count.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MemoryFigures {
    /// Started, and not yet used.
    pub(crate) at_rest: Memory,
    /// What each further idle tunnel adds.
    pub(crate) idle_tunnel_kib: f64,
    /// What many exchanges added to the process at rest.
    pub(crate) raised_by_exchanges_mb: f64,
    /// The process then.
    pub(crate) after_exchanges: Memory,
}

/// The middle one, or the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}
