//! What is live: open connections, exchanges under way, and the counts of what has passed since the start.
//!
//! It is kept beside the store, not instead of it: the store has a row for what is under way too, a batch
//! behind, so that one query lists everything and a killed process leaves a trace.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;

use crate::{Connection, Exchange, HandshakeUnderWay, Id, LegName};

/// The live connections and exchanges. Never hold a guard of a map across an await.
#[derive(Default)]
pub struct Live {
    /// Open connections, as last told.
    pub connections: DashMap<Id, Arc<Connection>>,
    /// Exchanges under way.
    pub exchanges: DashMap<Id, Arc<LiveExchange>>,
    /// Handshakes under way.
    pub handshakes: DashMap<(Id, LegName), Arc<dyn HandshakeUnderWay>>,
    /// What has passed since the start.
    pub counters: Counters,
}

/// An exchange under way.
#[derive(Debug)]
pub struct LiveExchange {
    /// As last told when it began.
    pub opened: Arc<Exchange>,
    /// Body bytes of the request that have passed.
    pub request_bytes: AtomicU64,
    /// Body bytes of the response that have passed.
    pub response_bytes: AtomicU64,
}

/// Counts since the start, for status and metrics.
#[derive(Default, Debug)]
pub struct Counters {
    /// Connections accepted.
    pub connections: AtomicU64,
    /// Connections whose TLS was ended on both legs.
    pub inspected: AtomicU64,
    /// Connections that failed.
    pub failed_connections: AtomicU64,
    /// Clients that rejected our certificate.
    pub rejected_by_client: AtomicU64,
    /// Exchanges begun.
    pub exchanges: AtomicU64,
    /// Exchanges begun whose scheme was `https`.
    pub https_exchanges: AtomicU64,
    /// Exchanges that failed.
    pub failed_exchanges: AtomicU64,
    /// Bytes of bodies and carried bytes from clients.
    pub bytes_from_clients: AtomicU64,
    /// Bytes of bodies and carried bytes from origins.
    pub bytes_from_origins: AtomicU64,
}

impl Counters {
    /// Adds to a count.
    pub fn add(counter: &AtomicU64, more: u64) {
        counter.fetch_add(more, Ordering::Relaxed);
    }
}
