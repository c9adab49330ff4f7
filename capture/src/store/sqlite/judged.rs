//! What verdicts say of the certificates that they judged, in brief.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::params;

use super::certificate::{Hidden, seen};
use super::row;
use crate::{CertificateId, CertificateVerdict, CheckOutcome, Decision, ReadError, Timestamp, Verdict};

/// Verdicts that are told of a certificate and one host, at the most.
const TOLD: usize = 16;

/// The checks that fail for one thing alone: that the issuer revoked the certificate.
const REVOCATION: [&str; 2] = ["crl", "ocsp"];

/// A verdict in brief.
pub(super) struct Brief {
    decision: Decision,
    revoked: Vec<CertificateId>,
}

impl Brief {
    fn of(verdict: &Verdict) -> Self {
        let failed = verdict
            .checks
            .iter()
            .filter(|check| check.outcome == CheckOutcome::Fail);
        let revoked = failed.filter(|check| REVOCATION.contains(&check.name.as_str()));
        Self {
            decision: verdict.decision,
            revoked: revoked.filter_map(|check| check.certificate).collect(),
        }
    }

    /// The decision as a bit.
    pub(super) fn bit(&self) -> u8 {
        1 << place(self.decision)
    }

    /// Whether the certificate was revoked, says the verdict.
    pub(super) fn is_revoked(&self, id: CertificateId) -> bool {
        self.revoked.contains(&id)
    }
}

/// The decisions whose bits are set, in the order of [`Decision::ALL`].
pub(super) fn decisions(bits: u8) -> Vec<Decision> {
    let all = Decision::ALL.into_iter();
    all.filter(|&decision| bits >> place(decision) & 1 == 1).collect()
}

fn place(decision: Decision) -> usize {
    Decision::ALL
        .iter()
        .position(|&other| other == decision)
        .unwrap_or_default()
}

/// Verdicts in brief by their digests. A number can become another verdict's.
pub(super) type Briefs = HashMap<[u8; 32], Arc<Brief>>;

/// All verdicts by their numbers, and the same by their digests. Those that were read `before` are not read again.
pub(super) fn briefs(
    db: &rusqlite::Connection,
    before: &Briefs,
) -> rusqlite::Result<(HashMap<i64, Arc<Brief>>, Briefs)> {
    let mut read = db.prepare_cached("SELECT whole FROM verdict WHERE number = ?1")?;
    let mut statement = db.prepare_cached("SELECT number, digest FROM verdict")?;
    let mut rows = statement.query([])?;
    let (mut by_number, mut by_digest) = (HashMap::new(), HashMap::new());
    while let Some(row) = rows.next()? {
        let (number, digest): (i64, [u8; 32]) = (row.get(0)?, row.get(1)?);
        let brief = match before.get(&digest) {
            Some(known) => Some(known.clone()),
            None => read
                .query_row([number], |row| row::json::<Verdict>(row, 0))?
                .map(|verdict| Arc::new(Brief::of(&verdict))),
        };
        if let Some(brief) = brief {
            by_digest.insert(digest, brief.clone());
            by_number.insert(number, brief);
        }
    }
    Ok((by_number, by_digest))
}

/// What was decided of the chains with this certificate, by host, the latest first.
pub(super) fn of_certificate(
    db: &rusqlite::Connection,
    hidden: &Hidden,
    id: CertificateId,
) -> Result<HashMap<String, Vec<CertificateVerdict>>, ReadError> {
    // What a client presented was judged by the client's verdict. What is minted isn't judged.
    let sql = "SELECT s.number, s.host, s.connections, s.first, s.last, v.whole \
               FROM (SELECT DISTINCT sighting, role = 4 AS of_client FROM role WHERE certificate = ?1 AND role IN (0, 1, 2, 4)) r \
               JOIN sighting s ON s.number = r.sighting \
               JOIN verdict v ON v.number = CASE WHEN r.of_client THEN s.client_verdict ELSE s.verdict END";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![id.as_bytes()])?;
    let mut by_host: HashMap<String, Vec<CertificateVerdict>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let Some((_, seen)) = seen(row, hidden)? else {
            continue;
        };
        let Some(verdict) = row::json::<Verdict>(row, 5)? else {
            continue;
        };
        let (last_seen, connections) = (Timestamp::from_micros(seen.last), seen.connections);
        let told = by_host.entry(row::text(row, 1)?).or_default();
        let is_same = |other: &&mut CertificateVerdict| {
            other.decision == verdict.decision && other.text == verdict.text
        };
        match told.iter_mut().find(is_same) {
            Some(same) => {
                same.connections += connections;
                same.last_seen = same.last_seen.max(last_seen);
            }
            None => told.push(CertificateVerdict {
                decision: verdict.decision,
                text: verdict.text,
                connections,
                last_seen,
            }),
        }
    }
    for told in by_host.values_mut() {
        told.sort_by(|a, b| b.last_seen.cmp(&a.last_seen).then_with(|| a.text.cmp(&b.text)));
        told.truncate(TOLD);
    }
    Ok(by_host)
}
