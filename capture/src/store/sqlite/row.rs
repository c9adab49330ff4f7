//! Rows of the database as the model, and the numbers that stand for the model's words.

use std::sync::Arc;

use bytes::Bytes;
use rusqlite::Row;
use rusqlite::types::{Type, ValueRef};
use serde::de::DeserializeOwned;

use super::pack::{self, Heads};
use crate::protocol;
use crate::{
    CertificateId, Connection, Decision, Exchange, ExchangeRow, ExchangeState, Fields, Id, Outcome, Protocol,
    RequestHead, RowTls, Timestamp, Version,
};

/// The columns that [`exchange_row`] reads.
pub(super) const EXCHANGE_ROW: &str = "SELECT e.number, e.id, e.connection, e.started, e.duration, e.method, \
     e.https, e.host, e.port, e.path, e.status, e.version, e.request_bytes, e.response_bytes, e.type, e.state, e.error, \
     c.client_tls, c.client_suite, c.client_group, c.client_alpn, c.client_resumed, \
     c.origin_tls, c.origin_suite, c.origin_group, c.origin_alpn, c.origin_resumed, c.ja4, c.decision, c.failure, e.protocol, e.operation, e.grpc_status, \
     c.whole ->> '$.process', c.legacy, e.stream, e.origin_stream, e.h3 FROM exchange e LEFT JOIN connection c ON c.id = e.connection WHERE e.number = ?1";

/// The columns that [`exchange`] reads.
pub(super) const EXCHANGE: &str = "SELECT e.number, e.id, e.connection, e.started, e.method, e.https, e.host, e.port, \
     e.path, e.status, e.version, e.request_bytes, e.response_bytes, e.state, e.error, d.heads, e.stream, e.origin_stream, e.h3 \
     FROM exchange e JOIN detail d ON d.number = e.number WHERE e.number = ?1";

/// The columns that [`connection_row`] reads.
pub(super) const CONNECTION_ROW: &str = "SELECT number, whole FROM connection WHERE number = ?1";

/// The columns that [`connection`] reads.
pub(super) const CONNECTION: &str = "SELECT c.number, c.whole, s.minted, s.sent, v.whole, w.whole FROM connection c \
     LEFT JOIN sighting s ON s.number = c.sighting LEFT JOIN verdict v ON v.number = s.verdict \
     LEFT JOIN verdict w ON w.number = s.client_verdict WHERE c.number = ?1";

pub(super) fn exchange_row(row: &Row<'_>) -> rusqlite::Result<ExchangeRow> {
    Ok(ExchangeRow {
        number: number(row, 0)?,
        id: id(row, 1)?,
        connection: id(row, 2)?,
        started: Timestamp::from_micros(row.get(3)?),
        duration_us: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
        method: text(row, 5)?,
        scheme: pack::scheme_of(row.get(6)?).to_owned(),
        host: text(row, 7)?,
        port: row.get(8)?,
        path: text(row, 9)?,
        status: row.get(10)?,
        version: version(row, 11)?,
        request_bytes: number(row, 12)?,
        response_bytes: number(row, 13)?,
        content_type: row.get(14)?,
        state: state(row, 15)?,
        error: json(row, 16)?,
        client_tls: row_tls(row, 17)?,
        origin_tls: row_tls(row, 22)?.map(|tls| RowTls {
            legacy: row.get(34).unwrap_or_default(),
            ..tls
        }),
        ja4: row.get(27)?,
        decision: row.get::<_, Option<i64>>(28)?.and_then(|at| nth(&DECISIONS, at)),
        failure: json(row, 29)?,
        protocol: nth(&Protocol::ALL, row.get(30)?).unwrap_or_default(),
        operation: row.get(31)?,
        grpc_status: row.get(32)?,
        process: json(row, 33)?,
        stream_id: row.get(35)?,
        origin_stream_id: row.get(36)?,
        invites_to_h3: row.get(37)?,
    })
}

/// What TLS agreed on, in five columns from this one.
fn row_tls(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<RowTls>> {
    let Some(version) = row.get(first)? else {
        return Ok(None);
    };
    Ok(Some(RowTls {
        version,
        cipher_suite: row.get(first + 1)?,
        group: row.get(first + 2)?,
        alpn: row.get(first + 3)?,
        resumed: row.get::<_, Option<bool>>(first + 4)?.unwrap_or_default(),
        legacy: false,
    }))
}

pub(super) fn exchange(row: &Row<'_>) -> rusqlite::Result<(u64, Exchange)> {
    let status: Option<u16> = row.get(9)?;
    let heads = Bytes::from(row.get::<_, Vec<u8>>(15)?);
    let Heads {
        timings,
        request_bytes_dropped,
        response_bytes_dropped,
        request_fields,
        response,
        request_trailers,
        response_trailers,
        request_raw,
        informational,
    } = pack::unpack(&heads, status).ok_or_else(|| unknown(15, Type::Blob))?;
    let exchange = Exchange {
        id: id(row, 1)?,
        connection: id(row, 2)?,
        stream_id: row.get(16)?,
        origin_stream_id: row.get(17)?,
        invites_to_h3: row.get(18)?,
        started: Timestamp::from_micros(row.get(3)?),
        request: RequestHead {
            method: text(row, 4)?.into(),
            scheme: pack::scheme_of(row.get(5)?),
            host: text(row, 6)?.into(),
            port: row.get(7)?,
            path: text(row, 8)?.into(),
            version: version(row, 10)?,
            fields: request_fields,
            raw: request_raw,
        },
        response,
        informational,
        request_trailers,
        response_trailers,
        request_bytes: number(row, 11)?,
        response_bytes: number(row, 12)?,
        request_bytes_dropped,
        response_bytes_dropped,
        timings,
        state: state(row, 13)?,
        error: json(row, 14)?,
    };
    Ok((number(row, 0)?, exchange))
}

/// A connection as lists tell it.
pub(super) fn connection_row(row: &Row<'_>) -> rusqlite::Result<(u64, Arc<Connection>)> {
    let mut connection: Connection = json(row, 1)?.ok_or_else(|| unknown(1, Type::Null))?;
    // In captures of before they were kept once, verdicts lie whole in their connections.
    for verdict in [&mut connection.verdict, &mut connection.client_verdict] {
        if verdict.as_ref().is_some_and(|verdict| !verdict.checks.is_empty()) {
            *verdict = verdict.take().map(|verdict| Arc::new(verdict.brief()));
        }
    }
    Ok((number(row, 0)?, Arc::new(connection)))
}

pub(super) fn connection(row: &Row<'_>) -> rusqlite::Result<(u64, Arc<Connection>)> {
    let mut connection: Connection = json(row, 1)?.ok_or_else(|| unknown(1, Type::Null))?;
    connection.minted = ids(row, 2)?;
    connection.sent = ids(row, 3)?;
    if let Some(verdict) = json(row, 4)? {
        connection.verdict = Some(verdict);
    }
    if let Some(verdict) = json(row, 5)? {
        connection.client_verdict = Some(verdict);
    }
    Ok((number(row, 0)?, Arc::new(connection)))
}

/// Names of certificates, one behind the other.
fn ids(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<CertificateId>> {
    let packed: Option<Vec<u8>> = row.get(column)?;
    let (ids, _) = packed.as_deref().unwrap_or_default().as_chunks::<32>();
    Ok(ids.iter().copied().map(CertificateId::from_bytes).collect())
}

/// The response's media type: `Content-Type` without parameters, in lower case (RFC 9110 section 8.3.1).
pub(super) fn media_type(fields: &Fields) -> Option<String> {
    let essence = protocol::media_type(fields)?;
    let essence = &essence[..essence.len().min(MEDIA_TYPE)];
    Some(String::from_utf8_lossy(essence).to_ascii_lowercase())
}

/// Bytes of a media type at the most. The longest that is registered has not half as many.
const MEDIA_TYPE: usize = 200;

pub(super) fn exchange_state(state: ExchangeState) -> i64 {
    state as i64
}

pub(super) fn connection_outcome(outcome: Outcome) -> i64 {
    outcome as i64
}

pub(super) fn decision_number(decision: Decision) -> i64 {
    decision as i64
}

/// In the order of their numbers, which is the order that they are declared in.
const STATES: [ExchangeState; 3] = [ExchangeState::Open, ExchangeState::Done, ExchangeState::Failed];
const DECISIONS: [Decision; 4] = [
    Decision::Trusted,
    Decision::Refused,
    Decision::Overridden,
    Decision::NotJudged,
];

fn nth<T: Copy>(values: &[T], at: i64) -> Option<T> {
    values.get(usize::try_from(at).ok()?).copied()
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}

pub(super) fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<Id> {
    row.get(column).map(Id::from_bytes)
}

/// Text as it came off the wire was made UTF-8 by the recorder; what another tool put there is told as well as
/// may be.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    match row.get_ref(column)? {
        ValueRef::Text(text) | ValueRef::Blob(text) => Ok(String::from_utf8_lossy(text).into_owned()),
        other => Err(unknown(column, other.data_type())),
    }
}

pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)?.as_str_or_null()? {
        None => Ok(None),
        Some(text) => serde_json::from_str(text)
            .map(Some)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())),
    }
}

fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<ExchangeState> {
    nth(&STATES, row.get(column)?).ok_or_else(|| unknown(column, Type::Integer))
}

fn version(row: &Row<'_>, column: usize) -> rusqlite::Result<Version> {
    pack::version_of(number(row, column)?).ok_or_else(|| unknown(column, Type::Integer))
}

fn unknown(column: usize, kind: Type) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, "a form that this version does not know".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_that_stand_for_words_are_fixed() {
        for (at, state) in STATES.into_iter().enumerate() {
            assert_eq!(exchange_state(state), at as i64);
        }
        for (at, decision) in DECISIONS.into_iter().enumerate() {
            assert_eq!(decision_number(decision), at as i64);
        }
        let outcomes = [
            Outcome::Inspected,
            Outcome::Passed,
            Outcome::Opaque,
            Outcome::Plain,
            Outcome::Failed,
        ]
        .map(connection_outcome);
        assert_eq!(outcomes, [0, 1, 2, 3, 4]);
    }
}
