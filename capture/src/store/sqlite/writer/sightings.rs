//! What connections have seen of certificates, each thing put down once: the certificates, the verdicts, and the
//! sightings that connections point at.
//!
//! A connection that sees what others of its host have seen costs a look into two maps and a share of one row's
//! update. A certificate is put down with the first sighting that names it and goes with the last, so there is none
//! that nothing names.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

use super::WriteError;
use crate::store::sqlite::certificate::Named;
use crate::{Certificate, CertificateId, CheckOutcome, Connection, Timestamp, Verdict};

/// Bytes of certificates that are remembered in each of two halves, the older of which is let go.
const HALF: usize = 4 * 1024 * 1024;

/// Verdicts whose rows are remembered at the most.
const VERDICTS: usize = 512;

/// Sightings whose rows are remembered at the most.
const SIGHTINGS: usize = 4096;

/// What the writer remembers of certificates, verdicts and sightings.
#[derive(Default)]
pub(super) struct Sightings {
    /// Certificates that were told of late, whether they have rows or not.
    told: [HashMap<CertificateId, Arc<Certificate>>; 2],
    told_bytes: usize,
    verdicts: HashMap<Arc<Verdict>, i64>,
    numbers: HashMap<What, i64>,
    /// What this transaction changes of the counts.
    tallies: HashMap<i64, Tally>,
}

/// What is seen, of which host.
#[derive(PartialEq, Eq, Hash)]
struct What {
    host: Box<str>,
    verdict: i64,
    client_verdict: i64,
    minted: Vec<CertificateId>,
    sent: Vec<CertificateId>,
}

/// What changes of a sighting's row.
struct Tally {
    connections: i64,
    first: i64,
    last: i64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            connections: 0,
            first: i64::MAX,
            last: i64::MIN,
        }
    }
}

impl Sightings {
    /// Remembers a certificate, for the sighting that names it.
    pub(super) fn remember(&mut self, certificate: &Arc<Certificate>) {
        if self.told[0].contains_key(&certificate.id) {
            return;
        }
        self.told_bytes += 512 + certificate.der.len();
        if self.told_bytes > HALF {
            self.told_bytes = 512 + certificate.der.len();
            let [young, old] = &mut self.told;
            *old = std::mem::take(young);
        }
        self.told[0].insert(certificate.id, certificate.clone());
    }

    /// The sighting of what this connection has seen; `None` when that is nothing. It is put down where it is new.
    pub(super) fn number_of(
        &mut self,
        db: &Transaction<'_>,
        seen: &Connection,
    ) -> Result<Option<i64>, WriteError> {
        if seen.verdict.is_none()
            && seen.client_verdict.is_none()
            && seen.minted.is_empty()
            && seen.sent.is_empty()
        {
            return Ok(None);
        }
        let mut number = |verdict: &Option<Arc<Verdict>>| match verdict {
            Some(verdict) => self.number_of_verdict(db, verdict),
            None => Ok(0),
        };
        let what = What {
            verdict: number(&seen.verdict)?,
            client_verdict: number(&seen.client_verdict)?,
            host: host_of(seen).into(),
            minted: seen.minted.clone(),
            sent: seen.sent.clone(),
        };
        if let Some(&number) = self.numbers.get(&what) {
            return Ok(Some(number));
        }
        let number = self.put(db, &what, seen)?;
        if self.numbers.len() >= SIGHTINGS {
            self.numbers.clear();
        }
        self.numbers.insert(what, number);
        Ok(Some(number))
    }

    fn number_of_verdict(&mut self, db: &Transaction<'_>, verdict: &Arc<Verdict>) -> Result<i64, WriteError> {
        if let Some(&number) = self.verdicts.get(verdict) {
            return Ok(number);
        }
        let whole = serde_json::to_string(&**verdict)?;
        let digest: [u8; 32] = Sha256::digest(&whole).into();
        let known = db
            .prepare_cached("SELECT number FROM verdict WHERE digest = ?1")?
            .query_row([digest], |row| row.get(0))
            .optional()?;
        let number = match known {
            Some(number) => number,
            None => {
                db.prepare_cached("INSERT INTO verdict (digest, findings, whole) VALUES (?1, ?2, ?3)")?
                    .execute(params![digest, findings(verdict), whole])?;
                db.last_insert_rowid()
            }
        };
        if self.verdicts.len() >= VERDICTS {
            self.verdicts.clear();
        }
        self.verdicts.insert(verdict.clone(), number);
        Ok(number)
    }

    /// The row of a sighting, made where there is none, with the certificates that it names.
    fn put(&self, db: &Transaction<'_>, what: &What, seen: &Connection) -> rusqlite::Result<i64> {
        let (minted, sent) = (joined(&what.minted), joined(&what.sent));
        let of = params![what.host, what.verdict, what.client_verdict, minted, sent];
        let known = db
            .prepare_cached(
                "SELECT number FROM sighting WHERE host = ?1 AND verdict = ?2 AND client_verdict = ?3 AND minted = ?4 \
                 AND sent = ?5",
            )?
            .query_row(of, |row| row.get(0))
            .optional()?;
        if let Some(number) = known {
            return Ok(number);
        }
        let mut insert = db.prepare_cached(
            "INSERT INTO sighting (host, verdict, client_verdict, minted, sent, first, last, connections) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 0)",
        )?;
        insert.execute(params![
            what.host,
            what.verdict,
            what.client_verdict,
            minted,
            sent,
            seen.opened.as_micros()
        ])?;
        let number = db.last_insert_rowid();
        let mut name = db.prepare_cached("INSERT OR IGNORE INTO role VALUES (?1, ?2, ?3)")?;
        for (id, role) in Named::by(seen) {
            name.execute(params![id.as_bytes(), number, role as i64])?;
            self.put_certificate(db, id)?;
        }
        Ok(number)
    }

    fn put_certificate(&self, db: &Transaction<'_>, id: CertificateId) -> rusqlite::Result<()> {
        let Some(told) = self.told.iter().find_map(|half| half.get(&id)) else {
            return Ok(());
        };
        // A struct of strings and numbers always is JSON.
        let summary = serde_json::to_string(&told.summary).unwrap_or_default();
        db.prepare_cached("INSERT OR IGNORE INTO certificate (id, summary, der) VALUES (?1, ?2, ?3)")?
            .execute(params![id.as_bytes(), summary, &told.der[..]])?;
        Ok(())
    }

    /// Counts a connection that opened then where it now belongs, and no longer where it did.
    pub(super) fn count(&mut self, before: Option<i64>, now: Option<i64>, opened: Timestamp) {
        if before == now {
            return;
        }
        if let Some(before) = before {
            self.tallies.entry(before).or_default().connections -= 1;
        }
        if let Some(now) = now {
            let tally = self.tallies.entry(now).or_default();
            tally.connections += 1;
            tally.first = tally.first.min(opened.as_micros());
            tally.last = tally.last.max(opened.as_micros());
        }
    }

    /// Counts a connection no longer that goes.
    pub(super) fn uncount(&mut self, sighting: i64) {
        self.tallies.entry(sighting).or_default().connections -= 1;
    }

    /// Puts the counts down. What no connection has seen any more goes.
    pub(super) fn settle(&mut self, db: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut tallies = std::mem::take(&mut self.tallies);
        for (number, tally) in tallies.drain() {
            let connections = db
                .prepare_cached(
                    "UPDATE sighting SET connections = connections + ?2, first = min(first, ?3), last = max(last, ?4) \
                     WHERE number = ?1 RETURNING connections",
                )?
                .query_row(params![number, tally.connections, tally.first, tally.last], |row| {
                    row.get::<_, i64>(0)
                })
                .optional()?;
            if connections.is_some_and(|connections| connections <= 0) {
                self.let_go(db, number)?;
            }
        }
        self.tallies = tallies;
        Ok(())
    }

    /// Deletes a sighting, and what it alone named.
    fn let_go(&mut self, db: &Transaction<'_>, number: i64) -> rusqlite::Result<()> {
        let verdicts = db
            .prepare_cached("DELETE FROM sighting WHERE number = ?1 RETURNING verdict, client_verdict")?
            .query_row([number], |row| Ok([row.get::<_, i64>(0)?, row.get(1)?]))?;
        let named: Vec<[u8; 32]> = db
            .prepare_cached("DELETE FROM role WHERE sighting = ?1 RETURNING certificate")?
            .query_map([number], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for id in named {
            db.prepare_cached(
                "DELETE FROM certificate WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM role WHERE certificate = ?1)",
            )?
            .execute([id])?;
        }
        for verdict in verdicts {
            let went = db
                .prepare_cached(
                    "DELETE FROM verdict WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM sighting WHERE verdict = ?1) \
                     AND NOT EXISTS (SELECT 1 FROM sighting WHERE client_verdict = ?1)",
                )?
                .execute([verdict])?;
            if went > 0 {
                self.verdicts.retain(|_, kept| *kept != verdict);
            }
        }
        self.numbers.retain(|_, kept| *kept != number);
        Ok(())
    }

    /// Forgets where rows are: what was put down since the last commit is not there.
    pub(super) fn give_up(&mut self) {
        self.verdicts.clear();
        self.numbers.clear();
        self.tallies.clear();
    }
}

/// Whether two words on a connection tell of the same sighting, as far as can be seen at a glance.
pub(super) fn are_alike(one: &Connection, other: &Connection) -> bool {
    let same = |one: &Option<Arc<Verdict>>, other: &Option<Arc<Verdict>>| match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    };
    same(&one.verdict, &other.verdict)
        && same(&one.client_verdict, &other.client_verdict)
        && one.minted == other.minted
        && one.sent == other.sent
        && host_of(one) == host_of(other)
}

/// The name that the certificates were seen under: the one that the client asked for.
fn host_of(connection: &Connection) -> &str {
    let target = connection.target.as_ref().map(|target| &*target.host);
    connection.sni.as_deref().or(target).unwrap_or_default()
}

fn joined(ids: &[CertificateId]) -> Vec<u8> {
    ids.iter().flat_map(CertificateId::as_bytes).copied().collect()
}

/// The names of the checks that did not go well, for filters to find.
fn findings(verdict: &Verdict) -> String {
    let mut findings = String::from(" ");
    for check in &verdict.checks {
        if matches!(check.outcome, CheckOutcome::Fail | CheckOutcome::Warn) {
            findings.push_str(&check.name);
            findings.push(' ');
        }
    }
    findings
}
