//! What of a connection is known and not in the store yet: it is under way, or was told a moment ago.
//!
//! It goes from one place to the next before it leaves the former. So it is looked for in that order, the store last:
//! then nothing that was told is missed.

use std::sync::Arc;

use capture::{Connection, Handshakes, Id, LegHandshake, LegName};

use crate::shared::Shared;

/// What was there of a connection before the store was asked.
pub(super) struct UnderWay {
    connection: Option<Arc<Connection>>,
    client: Option<LegHandshake>,
    origin: Option<LegHandshake>,
}

impl UnderWay {
    /// What there is of this connection. Ask the store after it.
    pub(super) fn of(shared: &Shared, id: Id) -> Self {
        let live = &shared.live;
        let open = live.connections.get(&id).map(|found| found.clone());
        let leg = |leg| {
            let noting = live.handshakes.get(&(id, leg)).map(|found| found.clone());
            let so_far = noting.map(|handshake| handshake.so_far());
            let waiting = shared.recorder.waiting().handshake(id, leg);
            // One that has just been told has nothing left to tell.
            waiting
                .map(Arc::unwrap_or_clone)
                .or(so_far.filter(|handshake| !handshake.is_empty()))
        };
        let (client, origin) = (leg(LegName::Client), leg(LegName::Origin));
        Self {
            connection: shared.recorder.waiting().connection(id).or(open),
            client,
            origin,
        }
    }

    /// Whether there is anything of the connection.
    pub(super) fn is_known(&self) -> bool {
        self.connection.is_some()
    }

    /// The last word on the connection, given the one that the store has.
    pub(super) fn latest(&self, kept: Option<Arc<Connection>>) -> Option<Arc<Connection>> {
        match (&self.connection, kept) {
            // What the store has may be newer than what was open: it was closed meanwhile.
            (Some(_), Some(kept)) if kept.closed.is_some() => Some(kept),
            (Some(latest), _) => Some(latest.clone()),
            (None, kept) => kept,
        }
    }

    /// The handshakes, given those that the store has.
    pub(super) fn completed(self, kept: Handshakes) -> Handshakes {
        Handshakes {
            client: kept.client.or(self.client),
            origin: kept.origin.or(self.origin),
        }
    }
}
