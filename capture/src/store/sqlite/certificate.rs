//! Certificates read back: one, and the list of all.
//!
//! The list is put together from the sightings, which are far fewer than connections, when it is asked for and anything
//! has changed since the last time. What a certificate or a verdict says never changes, and is read once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use rusqlite::{OptionalExtension, params};

use super::SqliteStore;
use super::judged::{Briefs, briefs, decisions};
use super::row::{self, json};
use crate::{
    Certificate, CertificateColumn, CertificateId, CertificateQuery, CertificateRow, CertificateSummary,
    Connection, Page, PathPlace, ReadError, Role, Timestamp,
};

/// Rows of a window at the most.
const WINDOW: usize = 1000;

/// How a sighting names a certificate. The numbers are the database's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Leaf,
    Intermediate,
    Root,
    Minted,
    Client,
    /// On a path that was not taken: it is kept, and not listed.
    Aside,
}

impl Named {
    /// The certificates that a connection names.
    pub(super) fn by(connection: &Connection) -> Vec<(CertificateId, Self)> {
        let mut named = Vec::new();
        if let Some(verdict) = &connection.verdict {
            let sent_as_root = |id: &CertificateId| {
                let kinds = ["root_sent", "self_signed"];
                verdict
                    .badges
                    .iter()
                    .any(|badge| badge.id == *id && kinds.contains(&badge.kind.as_str()))
            };
            for (place, id) in verdict.presented.iter().enumerate() {
                let role = match place {
                    0 => Self::Leaf,
                    // The origin's own, presented again.
                    _ if verdict.presented.first() == Some(id) => continue,
                    _ if sent_as_root(id) => Self::Root,
                    _ => Self::Intermediate,
                };
                named.push((*id, role));
            }
            let last = verdict.path.len().saturating_sub(1);
            for (place, PathPlace { id, source }) in verdict.path.iter().enumerate() {
                if source != PathPlace::PRESENTED {
                    let role = if place == last {
                        Self::Root
                    } else {
                        Self::Intermediate
                    };
                    named.push((*id, role));
                }
            }
        }
        if let Some(verdict) = &connection.client_verdict {
            named.extend(verdict.presented.iter().map(|id| (*id, Self::Client)));
            named.extend(verdict.path.iter().map(|place| (place.id, Self::Aside)));
        }
        named.extend(connection.sent.iter().map(|id| (*id, Self::Client)));
        named.extend(connection.minted.iter().map(|id| (*id, Self::Minted)));
        for verdict in connection.verdict.iter().chain(&connection.client_verdict) {
            let aside = verdict.alternatives.iter().flat_map(|path| &path.certificates);
            named.extend(aside.map(|id| (*id, Self::Aside)));
        }
        named
    }
}

/// The role of this number; `None` for what is not listed.
pub(super) fn role_of(number: i64) -> Option<Role> {
    Role::ALL.get(usize::try_from(number).ok()?).copied()
}

/// The certificate of this name.
pub(super) fn one(store: &SqliteStore, id: CertificateId) -> Result<Option<Certificate>, ReadError> {
    let db = store.shared.readers.take()?;
    let found = db
        .prepare_cached("SELECT summary, der FROM certificate WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| {
            Ok(Certificate {
                id,
                summary: json(row, 0)?.unwrap_or_default(),
                der: Bytes::from(row.get::<_, Vec<u8>>(1)?),
            })
        })
        .optional()?;
    Ok(found)
}

/// How many connections of each sighting are hidden.
pub(super) type Hidden = HashMap<i64, u64>;

/// What was seen of one thing with one host, or with all.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) roles: u8,
    decisions: u8,
    is_revoked: bool,
    pub(super) connections: u64,
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Seen {
    pub(super) fn add(&mut self, other: Self) {
        self.roles |= other.roles;
        self.decisions |= other.decisions;
        self.is_revoked |= other.is_revoked;
        self.connections += other.connections;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    pub(super) fn roles(self) -> Vec<Role> {
        let roles = Role::ALL.into_iter().enumerate();
        roles
            .filter(|(at, _)| self.roles >> at & 1 == 1)
            .map(|(_, role)| role)
            .collect()
    }
}

/// A window of the certificates that match.
pub(super) fn page(store: &SqliteStore, query: &CertificateQuery) -> Result<Page<CertificateRow>, ReadError> {
    let all = all_as_of_now(store)?;
    let mut rows: Vec<&Listed> = all.iter().collect();
    let total = rows.len() as u64;
    rows.retain(|row| {
        query.role.is_none_or(|role| row.row.roles.contains(&role))
            && query.filter.matches(&row.row, &row.hosts, query.now)
    });
    let expiry = |row: &CertificateRow| row.summary.not_after;
    rows.sort_by(
        |&Listed {
             row: a,
             hosts: with_a,
         },
         &Listed {
             row: b,
             hosts: with_b,
         }| {
            let order = match query.sort {
                CertificateColumn::Expiry => expiry(a).cmp(&expiry(b)),
                CertificateColumn::Issuer => a.summary.issuer.cmp(&b.summary.issuer),
                CertificateColumn::Subject => a.summary.subject.cmp(&b.summary.subject),
                CertificateColumn::Key => a.summary.key.cmp(&b.summary.key),
                CertificateColumn::Hosts => with_a.cmp(with_b),
                CertificateColumn::FirstSeen => a.first_seen.cmp(&b.first_seen),
                CertificateColumn::LastSeen => a.last_seen.cmp(&b.last_seen),
            };
            let order = if query.descending { order.reverse() } else { order };
            order.then(expiry(a).cmp(&expiry(b))).then(a.id.cmp(&b.id))
        },
    );
    let items = rows.iter().skip(query.offset).take(query.limit.min(WINDOW));
    Ok(Page {
        total,
        matched: rows.len() as u64,
        offset: query.offset.min(rows.len()) as u64,
        items: items
            .map(|Listed { row, hosts }| CertificateRow {
                hosts: hosts.iter().take(CertificateRow::HOSTS).cloned().collect(),
                ..row.clone()
            })
            .collect(),
    })
}

/// A row with all the hosts of it, the latest first.
struct Listed {
    row: CertificateRow,
    hosts: Vec<String>,
}

/// The list as it was last put together, if it isn't too long to be kept, and of what.
#[derive(Default)]
pub(super) struct Last(Mutex<Kept>);

#[derive(Clone, Default)]
struct Kept {
    of: Option<State>,
    list: Arc<Vec<Listed>>,
    briefs: Arc<Briefs>,
}

/// What the list is of. It changes with whatever changes in the connections that are to be seen.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    version: u64,
    generation: u64,
    connections: u64,
}

impl State {
    fn of(store: &SqliteStore) -> Self {
        let seen = store.shared.seen();
        Self {
            version: seen.connections.version,
            generation: seen.connections.generation,
            connections: seen.connections.shown.len(),
        }
    }
}

/// Every certificate that is kept and to be seen, put together anew only where something changed.
fn all_as_of_now(store: &SqliteStore) -> Result<Arc<Vec<Listed>>, ReadError> {
    /// Some 20 MB.
    const MAX_KEPT: usize = 20_000;
    // Before anything is read: what is read may be newer, and is then read once more.
    let state = State::of(store);
    let lock = || {
        store
            .shared
            .certificates
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    };
    let before = lock().clone();
    if before.of == Some(state) {
        return Ok(before.list);
    }
    let now = all(store, &before, state)?;
    let list = now.list.clone();
    let is_kept = list.len() <= MAX_KEPT && now.briefs.len() <= MAX_KEPT;
    *lock() = if is_kept { now } else { Kept::default() };
    Ok(list)
}

/// Every certificate that is kept and to be seen, as of this state or a later one.
fn all(store: &SqliteStore, before: &Kept, state: State) -> Result<Kept, ReadError> {
    let db = store.shared.readers.take()?;
    // One snapshot: the counts, and the connections that are hidden.
    let snapshot = db.unchecked_transaction()?;
    let hidden = hidden(store, &snapshot)?;
    let (briefs, by_digest) = briefs(&snapshot, &before.briefs)?;
    let mut hosts: Vec<String> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut sightings: HashMap<i64, (usize, Seen, [i64; 2])> = HashMap::new();
    {
        let sql = "SELECT number, host, connections, first, last, verdict, client_verdict FROM sighting";
        let mut statement = snapshot.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Some((number, seen)) = seen(row, &hidden)? else {
                continue;
            };
            let host = row::text(row, 1)?;
            let place = *places.entry(host).or_insert_with_key(|host| {
                hosts.push(host.clone());
                hosts.len() - 1
            });
            sightings.insert(number, (place, seen, [row.get(5)?, row.get(6)?]));
        }
    }
    let mut of: HashMap<CertificateId, HashMap<usize, Seen>> = HashMap::new();
    {
        let mut statement = snapshot
            .prepare_cached("SELECT certificate, sighting, role FROM role ORDER BY certificate, sighting")?;
        let mut rows = statement.query([])?;
        let mut last = None;
        while let Some(row) = rows.next()? {
            let (id, number) = (CertificateId::from_bytes(row.get(0)?), row.get::<_, i64>(1)?);
            let (Some(role), Some(&(host, mut seen, [verdict, client_verdict]))) =
                (role_of(row.get(2)?), sightings.get(&number))
            else {
                continue;
            };
            seen.roles = 1 << role as u8;
            let judged = match role {
                Role::Leaf | Role::Intermediate | Role::Root => briefs.get(&verdict),
                Role::Client => briefs.get(&client_verdict),
                Role::Minted => None,
            };
            if let Some(brief) = judged {
                seen.decisions = brief.bit();
                seen.is_revoked = brief.is_revoked(id);
            }
            if last.replace((id, number)) == Some((id, number)) {
                // The same sighting, in another role.
                seen.connections = 0;
            }
            of.entry(id)
                .or_default()
                .entry(host)
                .and_modify(|sum| sum.add(seen))
                .or_insert(seen);
        }
    }
    let known = before
        .list
        .iter()
        .map(|Listed { row, .. }| (row.id, &row.summary));
    let known: HashMap<CertificateId, &CertificateSummary> = known.collect();
    let mut listed = Vec::with_capacity(of.len());
    {
        let mut read = snapshot.prepare_cached("SELECT summary FROM certificate WHERE id = ?1")?;
        let mut statement = snapshot.prepare_cached("SELECT id FROM certificate")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id = CertificateId::from_bytes(row.get(0)?);
            let Some(with_hosts) = of.get(&id) else { continue };
            let summary: CertificateSummary = match known.get(&id) {
                Some(&summary) => summary.clone(),
                None => read
                    .query_row([id.as_bytes()], |row| json(row, 0))?
                    .unwrap_or_default(),
            };
            listed.push(list(id, summary, with_hosts, &hosts));
        }
    }
    snapshot.finish()?;
    Ok(Kept {
        of: Some(state),
        list: listed.into(),
        briefs: by_digest.into(),
    })
}

fn list(
    id: CertificateId,
    summary: CertificateSummary,
    with_hosts: &HashMap<usize, Seen>,
    hosts: &[String],
) -> Listed {
    let mut by_age: Vec<(&String, Seen)> = with_hosts
        .iter()
        .map(|(&host, &seen)| (&hosts[host], seen))
        .collect();
    by_age.sort_by(|(a, seen_a), (b, seen_b)| seen_b.last.cmp(&seen_a.last).then(a.cmp(b)));
    let mut sum = Seen {
        roles: 0,
        decisions: 0,
        is_revoked: false,
        connections: 0,
        first: i64::MAX,
        last: i64::MIN,
    };
    by_age.iter().for_each(|(_, seen)| sum.add(*seen));
    let named = by_age.iter().filter(|(host, _)| !host.is_empty());
    let hosts: Vec<String> = named.map(|(host, _)| (*host).clone()).collect();
    let row = CertificateRow {
        id,
        summary,
        roles: sum.roles(),
        decisions: decisions(sum.decisions),
        is_revoked: sum.is_revoked,
        hosts: Vec::new(),
        host_count: hosts.len() as u64,
        connections: sum.connections,
        first_seen: Timestamp::from_micros(sum.first),
        last_seen: Timestamp::from_micros(sum.last),
    };
    Listed { row, hosts }
}

/// The number and the counts in a row of `number, _, connections, first, last`; `None` when every connection that
/// it counts is hidden.
pub(super) fn seen(row: &rusqlite::Row<'_>, hidden: &Hidden) -> rusqlite::Result<Option<(i64, Seen)>> {
    let number: i64 = row.get(0)?;
    let connections = row.get::<_, i64>(2)?.cast_unsigned();
    let hidden = hidden.get(&number).copied().unwrap_or(0);
    let seen = Seen {
        roles: 0,
        decisions: 0,
        is_revoked: false,
        connections: connections.saturating_sub(hidden),
        first: row.get(3)?,
        last: row.get(4)?,
    };
    Ok((seen.connections > 0).then_some((number, seen)))
}

/// How many connections of each sighting a clearing hides until they are deleted.
pub(super) fn hidden(store: &SqliteStore, db: &rusqlite::Connection) -> Result<Hidden, ReadError> {
    let clearings: Vec<_> = {
        let seen = store.shared.seen();
        let of = |clearing: &super::shared::Clearing| clearing.connections.clone();
        seen.clearings.iter().map(of).collect()
    };
    let mut hidden = HashMap::new();
    let sql = "SELECT sighting, count(*) FROM connection WHERE number BETWEEN ?1 AND ?2 AND sighting IS NOT NULL \
               GROUP BY sighting";
    let mut statement = db.prepare_cached(sql)?;
    for run in clearings.iter().flat_map(|numbers| numbers.runs()) {
        let mut rows = statement.query(params![run.start().cast_signed(), run.end().cast_signed()])?;
        while let Some(row) = rows.next()? {
            *hidden.entry(row.get(0)?).or_insert(0) += row.get::<_, i64>(1)?.cast_unsigned();
        }
    }
    Ok(hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_that_stand_for_roles_are_fixed() {
        let named = [
            Named::Leaf,
            Named::Intermediate,
            Named::Root,
            Named::Minted,
            Named::Client,
        ];
        for (at, (named, role)) in named.into_iter().zip(Role::ALL).enumerate() {
            assert_eq!((named as usize, role as usize), (at, at));
            assert_eq!(role_of(at as i64), Some(role));
        }
        assert_eq!((Named::Aside as i64, role_of(Named::Aside as i64)), (5, None));
    }
}
