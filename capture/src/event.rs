//! What a recorder may say, and in which order.
//!
//! A connection or an exchange is told as a whole at each step, so whoever listens needs no memory of earlier
//! steps: the last one told holds. For one exchange the order is: `Exchange` (open), then any number of `Body`
//! and `Exchange`, then one `Exchange` that is done or failed, and nothing after it. A `Body` never comes
//! before the first `Exchange` of its id. A connection is told before its exchanges, and closes after them.
//! A certificate is told before the connection that names it, and told again with each such connection: a store
//! that has let it go meanwhile keeps it anew, and for one that has it this costs next to nothing.
//! A leg's handshake is told once, after its connection, when it is over or has failed; late records of it come
//! behind that.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Certificate, Connection, Exchange, FrameBatch, Id, LateRecord, LegHandshake, LegName, Side};

/// One thing that a recorder says.
#[derive(Clone, Debug)]
pub enum Event {
    /// A connection as it is now.
    Connection(Arc<Connection>),
    /// An exchange as it is now.
    Exchange(Arc<Exchange>),
    /// The next bytes of a body, as they stood on the wire (content coding kept, transfer coding undone).
    Body {
        /// The exchange.
        exchange: Id,
        /// The half of it.
        side: Side,
        /// The bytes.
        bytes: Bytes,
        /// When they passed, in microseconds since the exchange began, where that is to be kept.
        at_us: Option<u64>,
    },
    /// A certificate that a connection names.
    Certificate(Arc<Certificate>),
    /// The handshake of one leg.
    Handshake {
        /// The connection.
        connection: Id,
        /// The leg of it.
        leg: LegName,
        /// What was captured.
        handshake: Arc<LegHandshake>,
    },
    /// A record behind a handshake that was told.
    Late {
        /// The connection.
        connection: Id,
        /// The leg of it.
        leg: LegName,
        /// The record.
        record: LateRecord,
    },
    /// The next HTTP/2 frames of one leg, many at once.
    Frames {
        /// The connection.
        connection: Id,
        /// The leg of it.
        leg: LegName,
        /// The frames.
        batch: FrameBatch,
    },
}

impl Event {
    /// What it weighs against the channel's bound, in bytes: about what it holds in memory.
    pub(crate) fn weight(&self) -> u32 {
        let bytes = match self {
            Self::Connection(connection) => {
                let verdicts = connection.verdict.iter().chain(&connection.client_verdict);
                1024 + verdicts.map(|verdict| verdict.weight()).sum::<usize>()
            }
            Self::Exchange(exchange) => {
                let response = exchange
                    .response
                    .iter()
                    .chain(&exchange.informational)
                    .map(|head| head.fields.as_packed().len() + head.raw.weight())
                    .sum::<usize>();
                let request = &exchange.request;
                512 + request.fields.as_packed().len() + request.raw.weight() + request.path.len() + response
            }
            Self::Body { bytes, .. } => 64 + bytes.len(),
            // As a rule it is held elsewhere too.
            Self::Certificate(certificate) => 256 + certificate.der.len(),
            Self::Handshake { handshake, .. } => handshake.weight(),
            Self::Late { record, .. } => record.weight(),
            Self::Frames { batch, .. } => 128 + batch.packed.len(),
        };
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }
}
