//! When the pieces of a body passed, for exchanges in which that says something.
//!
//! A row holds the pieces of one batch, packed as LEB128 numbers: of the first its time, of each other how much
//! further on it begins and how much later it passed.

use std::ops::Range;

use rusqlite::params;

use super::SqliteStore;
use super::pack::{Reader, put};
use super::read::shown_number;
use super::table::Table;
use crate::{Id, Piece, ReadError, Side};

/// Pieces that one call tells at the most. A range of as many bytes has no more.
const MOST: u64 = 262_144;

/// Packs pieces that follow one another. The position of the first stands in the row beside them.
pub(super) fn pack(pieces: &[Piece], packed: &mut Vec<u8>) {
    packed.clear();
    let mut last: Option<Piece> = None;
    for &piece in pieces {
        if let Some(last) = last {
            put(packed, piece.position.saturating_sub(last.position));
        }
        put(
            packed,
            piece.at_us.saturating_sub(last.map_or(0, |last| last.at_us)),
        );
        last = Some(piece);
    }
}

/// Unpacks pieces, as far as they are ones.
fn unpack(position: u64, packed: &[u8]) -> impl Iterator<Item = Piece> {
    let mut reader = Reader::new(packed);
    let mut last: Option<Piece> = None;
    std::iter::from_fn(move || {
        let before = last.unwrap_or(Piece { position, at_us: 0 });
        let position = match last {
            None => position,
            Some(_) => before.position.checked_add(reader.number()?)?,
        };
        let at_us = before.at_us.checked_add(reader.number()?)?;
        last = Some(Piece { position, at_us });
        last
    })
}

pub(super) fn read(
    store: &SqliteStore,
    id: Id,
    side: Side,
    range: &Range<u64>,
) -> Result<Vec<Piece>, ReadError> {
    let db = store.shared.readers.take()?;
    let Some(number) = shown_number(store, &db, Table::Exchanges, id)? else {
        return Ok(Vec::new());
    };
    let end = range.end.min(range.start.saturating_add(MOST));
    // The first row that matters is the last that begins before the range or with it.
    let sql = "SELECT position, times FROM piece WHERE exchange = ?1 AND side = ?2 AND position < ?4 \
               AND position >= ifnull((SELECT max(position) FROM piece WHERE exchange = ?1 AND side = ?2 AND position <= ?3), 0) \
               ORDER BY position";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![
        number.cast_signed(),
        side as i64,
        range.start.cast_signed(),
        end.cast_signed()
    ])?;
    let mut pieces: Vec<Piece> = Vec::new();
    while let Some(row) = rows.next()? {
        let position = row.get::<_, i64>(0)?.cast_unsigned();
        let packed: Vec<u8> = row.get(1)?;
        for piece in unpack(position, &packed).take_while(|piece| piece.position < end) {
            if piece.position <= range.start {
                pieces.clear();
            }
            pieces.push(piece);
        }
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_come_back_as_they_were(first in any::<u32>(), steps in prop::collection::vec((1u64..1 << 40, 0u64..1 << 40), 1..20)) {
            let mut pieces = vec![Piece { position: first.into(), at_us: 7 }];
            for (further, later) in steps {
                let Piece { position, at_us } = pieces[pieces.len() - 1];
                pieces.push(Piece { position: position + further, at_us: at_us + later });
            }
            let mut packed = Vec::new();
            pack(&pieces, &mut packed);
            prop_assert_eq!(unpack(first.into(), &packed).collect::<Vec<_>>(), pieces);
        }

        #[test]
        fn what_was_not_packed_here_is_read_without_a_panic(position in any::<u64>(), packed in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = unpack(position, &packed).count();
        }
    }
}
