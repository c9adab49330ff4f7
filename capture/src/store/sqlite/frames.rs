//! The HTTP/2 frames of connections, a row a batch: how many were omitted before it, as LEB128, and its frames as
//! they were packed.

use rusqlite::params;

use super::handshake::row_number;
use super::pack::{Reader, put};
use super::table::Table;
use super::{SqliteStore, read};
use crate::{FrameBatch, Frames, Id, LegFrames, LegName, ReadError};

/// Packs a batch into `packed`.
pub(super) fn pack(batch: &FrameBatch, packed: &mut Vec<u8>) {
    packed.clear();
    put(packed, batch.omitted);
    packed.extend_from_slice(&batch.packed);
}

/// Both legs of a connection, if it is to be seen.
pub(super) fn read(store: &SqliteStore, id: Id) -> Result<Frames, ReadError> {
    let db = store.shared.readers.take()?;
    let Some(number) = read::shown_number(store, &db, Table::Connections, id)? else {
        return Ok(Frames::default());
    };
    let leg = |leg| -> Result<Option<LegFrames>, ReadError> {
        let mut frames: Option<LegFrames> = None;
        let mut statement = db.prepare_cached("SELECT batch FROM frames WHERE leg = ?1 ORDER BY number")?;
        let mut rows = statement.query(params![row_number(number, leg)])?;
        while let Some(row) = rows.next()? {
            let whole = bytes::Bytes::from(row.get::<_, Vec<u8>>(0)?);
            let mut reader = Reader::new(&whole);
            let Some(omitted) = reader.number() else {
                continue;
            };
            let frames = frames.get_or_insert_default();
            frames.omitted = frames.omitted.saturating_add(omitted);
            frames.batches.push(whole.slice(whole.len() - reader.left()..));
        }
        Ok(frames)
    };
    Ok(Frames {
        client: leg(LegName::Client)?,
        origin: leg(LegName::Origin)?,
    })
}
