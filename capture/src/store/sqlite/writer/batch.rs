//! The events of one batch, put together: of each exchange and connection the last word, and its body bytes in
//! order. What opens and ends within one batch becomes one row written once.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::{
    Certificate, Connection, Event, Exchange, ExchangeState, FrameBatch, Id, LateRecord, LegHandshake,
    LegName, Piece, Side,
};

#[derive(Default)]
pub(super) struct Batch {
    pub(super) exchanges: Vec<Pending>,
    pub(super) certificates: Vec<Arc<Certificate>>,
    pub(super) connections: Vec<Arc<Connection>>,
    pub(super) handshakes: Vec<(Id, LegName, Arc<LegHandshake>)>,
    pub(super) late: Vec<(Id, LegName, LateRecord)>,
    pub(super) frames: Vec<(Id, LegName, FrameBatch)>,
    exchange_places: HashMap<Id, usize>,
    connection_places: HashMap<Id, usize>,
    pub(super) events: usize,
}

/// What a batch says of one exchange.
pub(super) struct Pending {
    pub(super) id: Id,
    /// The last word on it, if there was one.
    pub(super) told: Option<Arc<Exchange>>,
    /// What came of the bodies of request and response.
    pub(super) bodies: [Came; 2],
    /// The side that the last timed bytes were of.
    last_timed: Option<Side>,
    /// Events that went into this.
    pub(super) events: u64,
}

/// What came of a body.
#[derive(Default)]
pub(super) struct Came {
    pub(super) chunks: Vec<Bytes>,
    pub(super) length: u64,
    /// When they passed, by their place in `chunks`.
    pub(super) pieces: Vec<Piece>,
}

/// Microseconds within which what one side sends is one piece, unless the other has sent something meanwhile.
const TOGETHER: u64 = 1000;

impl Batch {
    pub(super) fn add(&mut self, event: Event) {
        self.events += 1;
        match event {
            Event::Connection(told) => {
                let next = self.connections.len();
                match *self.connection_places.entry(told.id).or_insert(next) {
                    place if place == next => self.connections.push(told),
                    place => self.connections[place] = told,
                }
            }
            Event::Exchange(told) => {
                let id = told.id;
                self.pending(id).told = Some(told);
            }
            Event::Body {
                exchange,
                side,
                bytes,
                at_us,
            } => self.pending(exchange).add(side, bytes, at_us),
            Event::Certificate(told) => self.certificates.push(told),
            Event::Handshake {
                connection,
                leg,
                handshake,
            } => self.handshakes.push((connection, leg, handshake)),
            Event::Late {
                connection,
                leg,
                record,
            } => self.late.push((connection, leg, record)),
            Event::Frames {
                connection,
                leg,
                batch,
            } => self.frames.push((connection, leg, batch)),
        }
    }

    /// Whether it says something of this connection itself.
    pub(super) fn tells(&self, connection: &Id) -> bool {
        self.connection_places.contains_key(connection)
    }

    fn pending(&mut self, id: Id) -> &mut Pending {
        let next = self.exchanges.len();
        let place = *self.exchange_places.entry(id).or_insert(next);
        if place == next {
            self.exchanges.push(Pending {
                id,
                told: None,
                bodies: Default::default(),
                last_timed: None,
                events: 0,
            });
        }
        let pending = &mut self.exchanges[place];
        pending.events += 1;
        pending
    }

    pub(super) fn clear(&mut self) {
        self.exchanges.clear();
        self.certificates.clear();
        self.connections.clear();
        self.handshakes.clear();
        self.late.clear();
        self.frames.clear();
        self.exchange_places.clear();
        self.connection_places.clear();
        self.events = 0;
    }
}

impl Pending {
    fn add(&mut self, side: Side, bytes: Bytes, at_us: Option<u64>) {
        if bytes.is_empty() {
            return;
        }
        let came = &mut self.bodies[side as usize];
        if let Some(at_us) = at_us {
            let goes_on = self.last_timed == Some(side)
                && came
                    .pieces
                    .last()
                    .is_some_and(|last| at_us < last.at_us.saturating_add(TOGETHER));
            if !goes_on {
                // Two tasks may tell the two sides: a time is read before its event is sent.
                let at_us = came.pieces.last().map_or(at_us, |last| at_us.max(last.at_us));
                came.pieces.push(Piece {
                    position: came.length,
                    at_us,
                });
            }
            self.last_timed = Some(side);
        }
        came.length += bytes.len() as u64;
        came.chunks.push(bytes);
    }

    /// Whether the exchange is over with this batch.
    pub(super) fn is_over(&self) -> bool {
        self.told
            .as_ref()
            .is_some_and(|told| told.state != ExchangeState::Open)
    }
}
