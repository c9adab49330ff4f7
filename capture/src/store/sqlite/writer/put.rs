//! A batch as rows, within one transaction.

mod connection;

use bytes::Bytes;
use rusqlite::{CachedStatement, Transaction, params};

use super::WriteError;
use super::batch::{Batch, Came, Pending};
use super::ledger::{Body, Kept, Ledger, Open, Tail};
use super::segments::Segments;
use crate::store::sqlite::limits::Limits;
use crate::store::sqlite::pack::{self, scheme_number, version_number};
use crate::store::sqlite::pieces;
use crate::store::sqlite::row::{exchange_state, media_type};
use crate::{Exchange, Id, Piece};

/// A body that comes whole within one batch and is no longer than this lies in the row.
pub(super) const INLINE: u64 = 1024;

/// What a batch changed.
#[derive(Default)]
pub(super) struct Changed {
    pub(super) new_exchanges: Vec<u64>,
    pub(super) exchanges: Vec<u64>,
    pub(super) exchange_ids: Vec<Id>,
    pub(super) new_connections: Vec<u64>,
    pub(super) connections: Vec<u64>,
    pub(super) connection_ids: Vec<Id>,
    /// Events that say something of exchanges that have no row.
    pub(super) lost: u64,
}

/// Puts rows down.
pub(super) struct Pen<'a> {
    ledger: &'a mut Ledger,
    segments: &'a mut Segments,
    limits: Limits,
    changed: Changed,
    heads: Vec<u8>,
    times: Vec<u8>,
    sql: Statements<'a>,
    db: &'a Transaction<'a>,
}

struct Statements<'a> {
    insert_exchange: CachedStatement<'a>,
    update_exchange: CachedStatement<'a>,
    update_bytes: CachedStatement<'a>,
    insert_detail: CachedStatement<'a>,
    update_detail: CachedStatement<'a>,
    insert_extent: CachedStatement<'a>,
    lengthen_extent: CachedStatement<'a>,
    insert_pieces: CachedStatement<'a>,
}

impl<'a> Pen<'a> {
    pub(super) fn new(
        db: &'a Transaction<'a>,
        ledger: &'a mut Ledger,
        segments: &'a mut Segments,
        limits: Limits,
    ) -> rusqlite::Result<Self> {
        let sql = Statements {
            insert_exchange: db.prepare_cached(
                "INSERT OR IGNORE INTO exchange (number, id, connection, started, method, host, path, https, port, \
                 version, state, status, duration, request_bytes, response_bytes, type, error, protocol, operation, \
                 grpc_status, stream, origin_stream, h3) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, \
                 ?18, ?19, ?20, ?21, ?22, ?23)",
            )?,
            update_exchange: db.prepare_cached(
                "UPDATE exchange SET state = ?2, status = ?3, duration = ?4, request_bytes = ?5, response_bytes = ?6, \
                 type = ?7, error = ?8, protocol = ?9, operation = ?10, grpc_status = ?11, \
                 origin_stream = ?12, h3 = ?13 WHERE number = ?1",
            )?,
            update_bytes: db.prepare_cached(
                "UPDATE exchange SET request_bytes = ?2, response_bytes = ?3 WHERE number = ?1",
            )?,
            insert_detail: db.prepare_cached("INSERT INTO detail VALUES (?1, ?2, ?3, ?4)")?,
            update_detail: db.prepare_cached(
                "UPDATE detail SET heads = ?2, request_body = ?3, response_body = ?4 WHERE number = ?1",
            )?,
            insert_extent: db.prepare_cached("INSERT INTO extent VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?,
            lengthen_extent: db.prepare_cached(
                "UPDATE extent SET length = ?4 WHERE exchange = ?1 AND side = ?2 AND position = ?3",
            )?,
            insert_pieces: db.prepare_cached("INSERT OR REPLACE INTO piece VALUES (?1, ?2, ?3, ?4)")?,
        };
        Ok(Self {
            ledger,
            segments,
            limits,
            changed: Changed::default(),
            heads: Vec::new(),
            times: Vec::new(),
            sql,
            db,
        })
    }

    /// Puts a batch down. The bytes of its bodies are in their files when this returns.
    pub(super) fn put(mut self, batch: &mut Batch) -> Result<Changed, WriteError> {
        self.put_connections(batch)?;
        for pending in &mut batch.exchanges {
            self.put_exchange(pending)?;
        }
        self.segments.flush()?;
        Ok(self.changed)
    }

    fn put_exchange(&mut self, pending: &mut Pending) -> Result<(), WriteError> {
        let id = pending.id;
        let over = pending.is_over();
        let told = pending.told.clone();
        let was_told = told.is_some();
        let (mut kept, is_new) = match (self.ledger.exchanges.remove(&id), told) {
            (Some(Open::Kept(mut kept)), told) => {
                if let Some(told) = told {
                    kept.spoken = kept.spoken.again(&told);
                    kept.told = told;
                }
                (kept, false)
            }
            (None, Some(told)) => (Box::new(Kept::new(self.ledger.next.exchange, told)), true),
            (unlisted, _) => {
                if !matches!(unlisted, Some(Open::Cleared)) {
                    self.changed.lost += pending.events;
                }
                if let (Some(unlisted), false) = (unlisted, over) {
                    self.ledger.exchanges.insert(id, unlisted);
                }
                return Ok(());
            }
        };
        let [asks, answers] = pending.bodies.each_ref().map(|came| &came.chunks[..]);
        if !asks.is_empty() || !answers.is_empty() || was_told {
            let Kept {
                asked,
                answered,
                spoken,
                told,
                ..
            } = &mut *kept;
            asked.take(told, asks, over, spoken);
            answered.take(told, answers, spoken);
        }
        let dropped_before = kept.dropped();
        let mut timed: [Vec<Piece>; 2] = Default::default();
        let bodies = self.take_bodies(&mut kept, pending, over, &mut timed);
        if is_new {
            if self.insert_exchange(&kept)? == 0 {
                // It was said to be over before: what is said behind that goes nowhere.
                self.changed.lost += pending.events;
                return Ok(());
            }
            self.ledger.next.exchange += 1;
            self.changed.new_exchanges.push(kept.number);
        } else {
            if was_told {
                self.update_exchange(&kept)?;
            } else {
                let [request, response] = kept.bytes().map(u64::cast_signed);
                self.sql
                    .update_bytes
                    .execute(params![kept.number.cast_signed(), request, response])?;
            }
            self.changed.exchanges.push(kept.number);
        }
        self.changed.exchange_ids.push(id);
        if is_new || was_told || kept.dropped() != dropped_before {
            self.put_detail(&kept, is_new, &bodies)?;
        }
        for (side, taken) in bodies.into_iter().enumerate() {
            if let Taken::ToSegment(chunks, length) = taken {
                self.put_extent(kept.number, side, &mut kept.bodies[side], chunks, length)?;
            }
        }
        for (side, pieces) in timed.iter().enumerate() {
            self.put_pieces(kept.number, side, &mut kept.bodies[side], pieces)?;
        }
        if !over {
            self.ledger.exchanges.insert(id, Open::Kept(kept));
        }
        Ok(())
    }

    /// Decides of the bytes that came where they go, and how many of them are kept.
    fn take_bodies(
        &self,
        kept: &mut Kept,
        pending: &mut Pending,
        over: bool,
        timed: &mut [Vec<Piece>; 2],
    ) -> [Taken; 2] {
        [0, 1].map(|side| {
            let body = &mut kept.bodies[side];
            let Came {
                mut chunks,
                length: came,
                mut pieces,
            } = std::mem::take(&mut pending.bodies[side]);
            let room = if body.dropped > 0 {
                0
            } else {
                self.limits.body.saturating_sub(body.kept)
            };
            let length = came.min(room);
            body.came += came;
            body.dropped += came - length;
            if came > length {
                cut(&mut chunks, length);
                pieces.retain(|piece| piece.position < length);
            }
            for piece in &mut pieces {
                piece.position += body.kept;
            }
            timed[side] = pieces;
            match length {
                0 => Taken::Nothing,
                _ if over && body.kept == 0 && length <= INLINE => {
                    body.kept = length;
                    Taken::Inline(chunks)
                }
                _ => Taken::ToSegment(chunks, length),
            }
        })
    }

    fn insert_exchange(&mut self, kept: &Kept) -> rusqlite::Result<usize> {
        let Kept {
            number, told, spoken, ..
        } = kept;
        let [request_bytes, response_bytes] = kept.bytes();
        self.sql.insert_exchange.execute(params![
            number.cast_signed(),
            told.id.as_bytes(),
            told.connection.as_bytes(),
            told.started.as_micros(),
            &*told.request.method,
            &*told.request.host,
            &*told.request.path,
            scheme_number(told.request.scheme),
            told.request.port,
            version_number(told.request.version).cast_signed(),
            exchange_state(told.state),
            told.response.as_ref().map(|head| head.status),
            told.timings.end_us.map(u64::cast_signed),
            request_bytes.cast_signed(),
            response_bytes.cast_signed(),
            told.response.as_ref().and_then(|head| media_type(&head.fields)),
            error_json(told),
            spoken.protocol as i64,
            spoken.operation,
            spoken.grpc_status,
            told.stream_id,
            told.origin_stream_id,
            told.invites_to_h3,
        ])
    }

    fn update_exchange(&mut self, kept: &Kept) -> rusqlite::Result<usize> {
        let Kept {
            number, told, spoken, ..
        } = kept;
        let [request_bytes, response_bytes] = kept.bytes();
        self.sql.update_exchange.execute(params![
            number.cast_signed(),
            exchange_state(told.state),
            told.response.as_ref().map(|head| head.status),
            told.timings.end_us.map(u64::cast_signed),
            request_bytes.cast_signed(),
            response_bytes.cast_signed(),
            told.response.as_ref().and_then(|head| media_type(&head.fields)),
            error_json(told),
            spoken.protocol as i64,
            spoken.operation,
            spoken.grpc_status,
            told.origin_stream_id,
            told.invites_to_h3,
        ])
    }

    fn put_detail(&mut self, kept: &Kept, is_new: bool, bodies: &[Taken; 2]) -> rusqlite::Result<usize> {
        pack::pack(&kept.told, kept.dropped(), &mut self.heads);
        let [request, response] = [bodies[0].joined(), bodies[1].joined()];
        let statement = if is_new {
            &mut self.sql.insert_detail
        } else {
            &mut self.sql.update_detail
        };
        statement.execute(params![
            kept.number.cast_signed(),
            self.heads,
            request.as_deref(),
            response.as_deref()
        ])
    }

    /// Appends bytes to a body: behind its last extent where they come to lie there, or as a new one.
    fn put_extent(
        &mut self,
        number: u64,
        side: usize,
        body: &mut Body,
        chunks: Vec<Bytes>,
        length: u64,
    ) -> Result<(), WriteError> {
        let (segment, offset) = self.segments.append(chunks, length)?;
        let (number, side) = (number.cast_signed(), side as i64);
        match &mut body.tail {
            Some(tail) if tail.segment == segment && tail.end == offset => {
                tail.end += length;
                let whole = body.kept + length - tail.position;
                self.sql.lengthen_extent.execute(params![
                    number,
                    side,
                    tail.position.cast_signed(),
                    whole.cast_signed()
                ])?;
            }
            tail => {
                *tail = Some(Tail {
                    position: body.kept,
                    segment,
                    end: offset + length,
                });
                self.sql.insert_extent.execute(params![
                    number,
                    side,
                    body.kept.cast_signed(),
                    segment.cast_signed(),
                    offset.cast_signed(),
                    length.cast_signed()
                ])?;
            }
        }
        body.kept += length;
        Ok(())
    }

    /// Notes when the pieces of a body passed.
    fn put_pieces(
        &mut self,
        number: u64,
        side: usize,
        body: &mut Body,
        pieces: &[Piece],
    ) -> rusqlite::Result<()> {
        let pieces = match pieces {
            [first, ..] if body.timed > TIMES && first.at_us < body.last_at.saturating_add(SECOND) => {
                return Ok(());
            }
            [first, ..] if body.timed > TIMES => std::slice::from_ref(first),
            pieces => pieces,
        };
        let ([first, ..], [.., last]) = (pieces, pieces) else {
            return Ok(());
        };
        pieces::pack(pieces, &mut self.times);
        body.timed += self.times.len() as u64;
        body.last_at = last.at_us;
        self.sql.insert_pieces.execute(params![
            number.cast_signed(),
            side as i64,
            first.position.cast_signed(),
            self.times
        ])?;
        Ok(())
    }
}

/// Bytes that the times of a body's pieces may take. Behind them one piece a second is told.
const TIMES: u64 = 4 << 20;

/// A second.
const SECOND: u64 = 1_000_000;

/// Where the bytes of a body that came go.
enum Taken {
    Nothing,
    Inline(Vec<Bytes>),
    ToSegment(Vec<Bytes>, u64),
}

impl Taken {
    /// The bytes for the row, in one piece.
    fn joined(&self) -> Option<Bytes> {
        match self {
            Self::Inline(chunks) => Some(match &chunks[..] {
                [whole] => whole.clone(),
                chunks => chunks.concat().into(),
            }),
            _ => None,
        }
    }
}

/// Keeps the first bytes of the chunks.
fn cut(chunks: &mut Vec<Bytes>, length: u64) {
    let mut left = length as usize;
    chunks.retain_mut(|chunk| {
        chunk.truncate(left);
        left -= chunk.len();
        !chunk.is_empty()
    });
}

fn error_json(told: &Exchange) -> Option<String> {
    // A struct of strings and plain enums always is JSON.
    told.error
        .as_ref()
        .and_then(|error| serde_json::to_string(error).ok())
}
