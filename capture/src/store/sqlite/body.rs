//! Bodies read back, from the row or from segment files, while they come in too.

use std::fs::File;
use std::io;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use rusqlite::{OptionalExtension, params};

use super::SqliteStore;
use super::folder::Folder;
use super::pack::{self, Heads};
use super::read::shown_number;
use super::table::Table;
use crate::{BodyPart, Id, Progress, ReadError, Side};

/// Bytes that one call returns at the most.
const PART: u64 = 4 * 1024 * 1024;

/// Where bytes of a body lie.
struct Extent {
    position: u64,
    segment: u64,
    offset: u64,
    length: u64,
}

pub(super) fn body(
    store: &SqliteStore,
    id: Id,
    side: Side,
    range: Range<u64>,
) -> Result<Option<BodyPart>, ReadError> {
    let db = store.shared.readers.take()?;
    let Some(number) = shown_number(store, &db, Table::Exchanges, id)? else {
        return Ok(None);
    };
    // One snapshot: the row, and the extents that belong to it.
    let snapshot = db.unchecked_transaction()?;
    let sql = match side {
        Side::Request => {
            "SELECT e.state, d.heads, d.request_body FROM exchange e JOIN detail d USING (number) WHERE number = ?1"
        }
        Side::Response => {
            "SELECT e.state, d.heads, d.response_body FROM exchange e JOIN detail d USING (number) WHERE number = ?1"
        }
    };
    let row = snapshot
        .prepare_cached(sql)?
        .query_row([number.cast_signed()], |row| {
            Ok((
                row.get::<_, i64>(0)? == 0,
                Bytes::from(row.get::<_, Vec<u8>>(1)?),
                row.get::<_, Option<Vec<u8>>>(2)?,
            ))
        })
        .optional()?;
    let Some((open, heads, inline)) = row else {
        return Ok(None);
    };
    let dropped = match (pack::unpack(&heads, None), side) {
        (
            Some(Heads {
                request_bytes_dropped,
                ..
            }),
            Side::Request,
        ) => request_bytes_dropped,
        (
            Some(Heads {
                response_bytes_dropped,
                ..
            }),
            Side::Response,
        ) => response_bytes_dropped,
        (None, _) => 0,
    };
    if let Some(inline) = inline {
        let inline = Bytes::from(inline);
        let kept = inline.len() as u64;
        let range = cut(range, kept);
        let bytes = inline.slice(range.start as usize..range.end as usize);
        return Ok(Some(BodyPart {
            bytes,
            kept,
            dropped,
            open,
        }));
    }
    let kept = kept(&snapshot, number, side)?;
    let range = cut(range, kept);
    let extents = extents(&snapshot, number, side, &range)?;
    snapshot.finish()?;
    drop(db);
    match read(&store.shared.folder, &extents, &range) {
        Ok(bytes) => Ok(Some(BodyPart {
            bytes,
            kept,
            dropped,
            open,
        })),
        // The exchange was evicted between the reading of its rows and of its files.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ReadError::Engine(format!("a body's file: {error}"))),
    }
}

/// How much of both bodies there is.
pub(super) fn progress(store: &SqliteStore, id: Id) -> Result<Option<Progress>, ReadError> {
    let db = store.shared.readers.take()?;
    let Some(number) = shown_number(store, &db, Table::Exchanges, id)? else {
        return Ok(None);
    };
    let snapshot = db.unchecked_transaction()?;
    let sql = "SELECT e.state, d.heads, length(d.request_body), length(d.response_body) \
               FROM exchange e JOIN detail d USING (number) WHERE number = ?1";
    let row = snapshot
        .prepare_cached(sql)?
        .query_row([number.cast_signed()], |row| {
            Ok((
                row.get::<_, i64>(0)? == 0,
                Bytes::from(row.get::<_, Vec<u8>>(1)?),
                [row.get::<_, Option<i64>>(2)?, row.get(3)?],
            ))
        })
        .optional()?;
    let Some((open, heads, inline)) = row else {
        return Ok(None);
    };
    let dropped = pack::unpack(&heads, None).map_or([0; 2], |heads| {
        [heads.request_bytes_dropped, heads.response_bytes_dropped]
    });
    let in_row_or_segments = |side: Side| match inline[side as usize] {
        Some(length) => Ok(length.cast_unsigned()),
        None => kept(&snapshot, number, side),
    };
    let kept = [
        in_row_or_segments(Side::Request)?,
        in_row_or_segments(Side::Response)?,
    ];
    Ok(Some(Progress { kept, dropped, open }))
}

/// The part of a range that is there and goes into one answer.
fn cut(range: Range<u64>, kept: u64) -> Range<u64> {
    let start = range.start.min(kept);
    start..range.end.clamp(start, kept).min(start + PART)
}

/// Bytes of a body that are kept in segments.
fn kept(db: &rusqlite::Connection, number: u64, side: Side) -> rusqlite::Result<u64> {
    let sql = "SELECT position + length FROM extent WHERE exchange = ?1 AND side = ?2 ORDER BY position DESC LIMIT 1";
    let mut statement = db.prepare_cached(sql)?;
    let kept = statement
        .query_row(params![number.cast_signed(), side as i64], |row| {
            row.get::<_, i64>(0)
        })
        .optional()?;
    Ok(kept.unwrap_or(0).cast_unsigned())
}

fn extents(
    db: &rusqlite::Connection,
    number: u64,
    side: Side,
    range: &Range<u64>,
) -> rusqlite::Result<Vec<Extent>> {
    // Extents follow one another without a gap, so the first that matters is the last that begins before the
    // range or with it.
    let sql = "SELECT position, segment, offset, length FROM extent WHERE exchange = ?1 AND side = ?2 AND position < ?4 \
               AND position >= ifnull((SELECT max(position) FROM extent WHERE exchange = ?1 AND side = ?2 AND position <= ?3), 0) \
               ORDER BY position";
    let mut statement = db.prepare_cached(sql)?;
    let parameters = params![
        number.cast_signed(),
        side as i64,
        range.start.cast_signed(),
        range.end.cast_signed()
    ];
    let rows = statement.query_map(parameters, |row| {
        let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
        Ok(Extent {
            position: number(0)?,
            segment: number(1)?,
            offset: number(2)?,
            length: number(3)?,
        })
    })?;
    rows.collect()
}

fn read(folder: &Folder, extents: &[Extent], range: &Range<u64>) -> io::Result<Bytes> {
    let mut bytes = BytesMut::zeroed((range.end - range.start) as usize);
    let mut open: Option<(u64, File)> = None;
    for extent in extents {
        let from = range.start.max(extent.position);
        let to = range.end.min(extent.position + extent.length);
        if from >= to {
            continue;
        }
        let file = match &mut open {
            Some((segment, file)) if *segment == extent.segment => file,
            _ => {
                &mut open
                    .insert((extent.segment, File::open(folder.segment(extent.segment))?))
                    .1
            }
        };
        let into = &mut bytes[(from - range.start) as usize..(to - range.start) as usize];
        read_exact_at(file, into, extent.offset + (from - extent.position))?;
    }
    Ok(bytes.freeze())
}

#[cfg(unix)]
fn read_exact_at(file: &mut File, into: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, offset)
}

#[cfg(not(unix))]
fn read_exact_at(file: &mut File, into: &mut [u8], offset: u64) -> io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(into)
}
