//! The connections of a batch and their handshakes.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::{OptionalExtension, params};

use super::Pen;
use crate::store::sqlite::row::{connection_outcome, decision_number};
use crate::store::sqlite::writer::WriteError;
use crate::store::sqlite::writer::batch::Batch;
use crate::store::sqlite::writer::ledger::OpenConnection;
use crate::store::sqlite::writer::sightings::are_alike;
use crate::store::sqlite::{frames, handshake};
use crate::{Connection, Id, LegName, TlsParameters};

impl Pen<'_> {
    pub(super) fn put_connections(&mut self, batch: &Batch) -> Result<(), WriteError> {
        for told in &batch.certificates {
            self.ledger.sightings.remember(told);
        }
        for told in &batch.connections {
            self.put_connection(told)?;
        }
        let mut packed = Vec::new();
        let mut beside = HashSet::new();
        for (connection, leg, told) in &batch.handshakes {
            handshake::pack(told, &mut packed);
            let sql = "INSERT OR REPLACE INTO handshake VALUES (?1, ?2)";
            self.put_of_leg(*connection, *leg, sql, &packed)?;
            beside.insert(*connection);
        }
        for (connection, leg, told) in &batch.late {
            packed.clear();
            handshake::pack_late(told, &mut packed);
            let sql = "INSERT INTO late (handshake, record) VALUES (?1, ?2)";
            self.put_of_leg(*connection, *leg, sql, &packed)?;
            beside.insert(*connection);
        }
        for (connection, leg, told) in &batch.frames {
            frames::pack(told, &mut packed);
            let sql = "INSERT INTO frames (leg, batch) VALUES (?1, ?2)";
            self.put_of_leg(*connection, *leg, sql, &packed)?;
            beside.insert(*connection);
        }
        beside.retain(|id| !batch.tells(id));
        self.changed.connection_ids.extend(beside);
        for told in &batch.connections {
            if told.closed.is_some() {
                self.ledger.connections.remove(&told.id);
            }
        }
        Ok(())
    }

    /// Puts down what belongs to a leg of a connection. Of one that has no row it goes nowhere.
    fn put_of_leg(&mut self, id: Id, leg: LegName, sql: &str, packed: &[u8]) -> Result<(), WriteError> {
        let number = match self.ledger.connections.get(&id) {
            Some(kept) => Some(kept.number),
            None => self.row_of(id)?.map(|(number, _)| number),
        };
        let Some(number) = number else {
            self.changed.lost += 1;
            return Ok(());
        };
        self.db
            .prepare_cached(sql)?
            .execute(params![handshake::row_number(number, leg), packed])?;
        Ok(())
    }

    fn put_connection(&mut self, told: &Arc<Connection>) -> Result<(), WriteError> {
        let id = told.id;
        let kept = self.ledger.connections.get(&id).cloned();
        let sighting = match &kept {
            Some(kept) if are_alike(&kept.told, told) => kept.sighting,
            _ => self.ledger.sightings.number_of(self.db, told)?,
        };
        let known = match kept {
            Some(kept) => Some((kept.number, kept.sighting)),
            None if self.insert_connection(told, sighting)? == 1 => None,
            // It has a row from before the recording was stopped.
            None => self.row_of(id)?,
        };
        let (number, before) = match known {
            Some((number, before)) => {
                self.update_connection(number, told, sighting)?;
                self.changed.connections.push(number);
                (number, before)
            }
            None => {
                let number = self.ledger.next.connection;
                self.ledger.next.connection += 1;
                self.changed.new_connections.push(number);
                (number, None)
            }
        };
        self.ledger.sightings.count(before, sighting, told.opened);
        self.changed.connection_ids.push(id);
        let kept = OpenConnection {
            number,
            sighting,
            told: told.clone(),
        };
        self.ledger.connections.insert(id, kept);
        Ok(())
    }

    /// The number of a connection's row, and of its sighting.
    fn row_of(&self, id: Id) -> rusqlite::Result<Option<(u64, Option<i64>)>> {
        self.db
            .prepare_cached("SELECT number, sighting FROM connection WHERE id = ?1")?
            .query_row([id.as_bytes()], |row| {
                Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
            })
            .optional()
    }

    /// Puts down a connection that may be new. Returns how many rows that made.
    fn insert_connection(&mut self, told: &Connection, sighting: Option<i64>) -> Result<usize, WriteError> {
        let sql = "INSERT OR IGNORE INTO connection VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, \
                   ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)";
        self.write_connection(sql, self.ledger.next.connection, told, sighting)
    }

    /// Puts down what may have changed of a connection.
    fn update_connection(
        &mut self,
        number: u64,
        told: &Connection,
        sighting: Option<i64>,
    ) -> Result<usize, WriteError> {
        let sql = "UPDATE connection SET closed = ?4, host = ?5, port = ?6, sni = ?7, outcome = ?8, failure = ?9, \
                   client_tls = ?10, origin_tls = ?11, decision = ?12, bytes = ?13, whole = ?14, client_suite = ?15, \
                   client_group = ?16, client_alpn = ?17, client_resumed = ?18, origin_suite = ?19, origin_group = ?20, \
                   origin_alpn = ?21, origin_resumed = ?22, ja4 = ?23, sighting = ?24, legacy = ?25 WHERE number = ?1";
        self.write_connection(sql, number, told, sighting)
    }

    fn write_connection(
        &mut self,
        sql: &str,
        number: u64,
        told: &Connection,
        sighting: Option<i64>,
    ) -> Result<usize, WriteError> {
        let (client, origin) = (told.client.tls.as_ref(), told.origin.tls.as_ref());
        let version = |tls: &TlsParameters| tls.version.clone();
        let suite = |tls: &TlsParameters| tls.cipher_suite.clone();
        let group = |tls: &TlsParameters| tls.group.clone();
        let alpn = |tls: &TlsParameters| tls.alpn.clone();
        Ok(self.db.prepare_cached(sql)?.execute(params![
            number.cast_signed(),
            told.id.as_bytes(),
            told.opened.as_micros(),
            told.closed.map(crate::Timestamp::as_micros),
            told.target.as_ref().map(|target| &*target.host),
            told.target.as_ref().map(|target| target.port),
            told.sni,
            told.outcome.map(connection_outcome),
            told.failure.as_ref().map(serde_json::to_string).transpose()?,
            client.map(version),
            origin.map(version),
            told.verdict
                .as_ref()
                .map(|verdict| decision_number(verdict.decision)),
            (told.bytes_from_client + told.bytes_from_origin).cast_signed(),
            serde_json::to_string(told)?,
            client.map(suite),
            client.and_then(group),
            client.and_then(alpn),
            client.map(|tls| tls.resumed),
            origin.map(suite),
            origin.and_then(group),
            origin.and_then(alpn),
            origin.map(|tls| tls.resumed),
            client.and_then(|tls| tls.ja4.as_deref()),
            sighting,
            origin.is_some_and(|tls| tls.legacy),
        ])?)
    }
}
