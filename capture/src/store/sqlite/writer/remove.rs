//! Rows that go, whole: an exchange with its detail, its extents and what they point at; a connection with its
//! handshakes and frames, and with its part in what was seen of certificates.

use std::ops::RangeInclusive;

use rusqlite::{OptionalExtension, Transaction, params};

use super::segments::Segments;
use super::sightings::Sightings;
use crate::LegName;
use crate::store::sqlite::handshake::row_number;

/// Deletes these exchanges.
pub(super) fn exchanges(
    db: &Transaction<'_>,
    segments: &mut Segments,
    range: &RangeInclusive<u64>,
) -> rusqlite::Result<()> {
    let range = params![range.start().cast_signed(), range.end().cast_signed()];
    {
        let sql = "DELETE FROM extent WHERE exchange BETWEEN ?1 AND ?2 RETURNING segment, length";
        let mut statement = db.prepare_cached(sql)?;
        let mut rows = statement.query(range)?;
        while let Some(row) = rows.next()? {
            segments.release(
                row.get::<_, i64>(0)?.cast_unsigned(),
                row.get::<_, i64>(1)?.cast_unsigned(),
            );
        }
    }
    db.prepare_cached("DELETE FROM piece WHERE exchange BETWEEN ?1 AND ?2")?
        .execute(range)?;
    db.prepare_cached("DELETE FROM detail WHERE number BETWEEN ?1 AND ?2")?
        .execute(range)?;
    db.prepare_cached("DELETE FROM exchange WHERE number BETWEEN ?1 AND ?2")?
        .execute(range)?;
    Ok(())
}

/// Deletes one connection, unless it is open or an exchange of it is there.
pub(super) fn connection(
    db: &Transaction<'_>,
    sightings: &mut Sightings,
    number: u64,
) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM connection WHERE number = ?1 AND closed IS NOT NULL \
               AND NOT EXISTS (SELECT 1 FROM exchange WHERE exchange.connection = connection.id) RETURNING sighting";
    let went = db
        .prepare_cached(sql)?
        .query_row([number.cast_signed()], |row| row.get::<_, Option<i64>>(0))
        .optional()?;
    let Some(sighting) = went else {
        return Ok(false);
    };
    if let Some(sighting) = sighting {
        sightings.uncount(sighting);
    }
    for leg in [LegName::Client, LegName::Origin] {
        let row = row_number(number, leg);
        db.prepare_cached("DELETE FROM handshake WHERE number = ?1")?
            .execute([row])?;
        db.prepare_cached("DELETE FROM late WHERE handshake = ?1")?
            .execute([row])?;
        db.prepare_cached("DELETE FROM frames WHERE leg = ?1")?
            .execute([row])?;
    }
    Ok(true)
}
