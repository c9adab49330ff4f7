//! Who has seen a certificate, and which certificates a host has shown.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use super::SqliteStore;
use super::certificate::{Seen, hidden, role_of, seen};
use super::judged;
use super::readers::Reader;
use super::row::{self, json};
use crate::{CertificateId, HostLeaf, ReadError, Sighting, Timestamp};

/// The hosts that a certificate was seen with, the latest first.
pub(super) fn sightings(store: &SqliteStore, id: CertificateId) -> Result<Vec<Sighting>, ReadError> {
    let sql = "SELECT s.number, s.host, s.connections, s.first, s.last, r.role FROM role r \
               JOIN sighting s ON s.number = r.sighting WHERE r.certificate = ?1 ORDER BY s.number";
    let by_host = gather(store, sql, params![id.as_bytes()], |row| row::text(row, 1))?;
    let mut verdicts = {
        let db = store.shared.readers.take()?;
        let snapshot = db.unchecked_transaction()?;
        let hidden = hidden(store, &snapshot)?;
        judged::of_certificate(&snapshot, &hidden, id)?
    };
    let mut sightings: Vec<Sighting> = by_host
        .into_iter()
        .map(|(host, seen)| Sighting {
            verdicts: verdicts.remove(&host).unwrap_or_default(),
            host,
            roles: seen.roles(),
            first_seen: Timestamp::from_micros(seen.first),
            last_seen: Timestamp::from_micros(seen.last),
            connections: seen.connections,
        })
        .collect();
    sightings.sort_by(|a, b| b.last_seen.cmp(&a.last_seen).then_with(|| a.host.cmp(&b.host)));
    Ok(sightings)
}

/// The certificates that a host presented as its own, in the order of first sight.
pub(super) fn history(store: &SqliteStore, host: &str) -> Result<Vec<HostLeaf>, ReadError> {
    let sql = "SELECT s.number, r.certificate, s.connections, s.first, s.last, r.role FROM sighting s \
               JOIN role r ON r.sighting = s.number WHERE s.host = ?1 AND r.role = 0 ORDER BY s.number";
    let id = |row: &rusqlite::Row<'_>| row.get(1).map(CertificateId::from_bytes);
    let seen = gather(store, sql, params![host], id)?;
    let db = store.shared.readers.take()?;
    let mut statement = db.prepare_cached("SELECT summary FROM certificate WHERE id = ?1")?;
    let mut leaves = Vec::with_capacity(seen.len());
    for (id, seen) in seen {
        let summary = statement
            .query_row([id.as_bytes()], |row| json(row, 0))
            .optional()?;
        leaves.push(HostLeaf {
            id,
            summary: summary.flatten(),
            first_seen: Timestamp::from_micros(seen.first),
            last_seen: Timestamp::from_micros(seen.last),
        });
    }
    leaves.sort_by_key(|leaf| (leaf.first_seen, leaf.last_seen, leaf.id));
    Ok(leaves)
}

/// Sums up sightings by what `key` reads of each, from rows of `number, _, connections, first, last, role` in the
/// order of their numbers.
fn gather<Key: Eq + std::hash::Hash>(
    store: &SqliteStore,
    sql: &str,
    params: impl rusqlite::Params,
    key: fn(&rusqlite::Row<'_>) -> rusqlite::Result<Key>,
) -> Result<HashMap<Key, Seen>, ReadError> {
    let db: Reader<'_> = store.shared.readers.take()?;
    let snapshot = db.unchecked_transaction()?;
    let hidden = hidden(store, &snapshot)?;
    let mut sums: HashMap<Key, Seen> = HashMap::new();
    {
        let mut statement = snapshot.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut last = None;
        while let Some(row) = rows.next()? {
            let Some((number, mut seen)) = seen(row, &hidden)? else {
                continue;
            };
            seen.roles = role_of(row.get(5)?).map_or(0, |role| 1 << role as u8);
            if last.replace(number) == Some(number) {
                // The same sighting, in another role.
                seen.connections = 0;
            }
            sums.entry(key(row)?)
                .and_modify(|sum| sum.add(seen))
                .or_insert(seen);
        }
    }
    snapshot.finish()?;
    Ok(sums)
}
