//! A store in memory: for what a real one can't be made to do at will.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use bytes::Bytes;
use capture::{
    BodyPart, Certificate, CertificateId, CertificateQuery, CertificateRow, Change, Cleared, Connection,
    Exchange, ExchangeRow, ExchangeState, Feed, Fields, Filter, FilterError, Frames, From, Handshakes,
    HostLeaf, Id, Page, Piece, Progress, Protocol, Query, RawHead, ReadError, Recording, RequestHead,
    ResponseHead, Side, Sighting, Store, StoreStatus, Timestamp, Timings, Version,
};
use tokio::sync::broadcast;

pub(crate) struct MemoryStore {
    held: Mutex<Held>,
    /// Reads wait while this is shut.
    gate: (Mutex<bool>, Condvar),
    /// How often a connection was looked for.
    looks: AtomicU64,
    changes: broadcast::Sender<Arc<Change>>,
}

#[derive(Default)]
struct Held {
    exchanges: Vec<(u64, Exchange)>,
    connections: Vec<(u64, Arc<Connection>)>,
    bodies: HashMap<(Id, Side), Body>,
    handshakes: HashMap<Id, Handshakes>,
    cleared: Option<(u64, Vec<(u64, Exchange)>)>,
    last_query: Option<Query>,
    filter_error: Option<FilterError>,
    queries: u64,
}

#[derive(Clone, Default)]
struct Body {
    bytes: Bytes,
    dropped: u64,
    open: bool,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            held: Mutex::default(),
            gate: (Mutex::new(true), Condvar::new()),
            looks: AtomicU64::new(0),
            changes: broadcast::Sender::new(16),
        }
    }
}

/// An exchange that is over.
pub(crate) fn exchange(path: &str, content_type: &str, more: &[(&str, &str)]) -> Exchange {
    let fields = std::iter::once(("Content-Type", content_type)).chain(more.iter().copied());
    Exchange {
        response: Some(ResponseHead {
            status: 200,
            version: Version::Http2,
            reason: None,
            fields: Fields::pack(fields.map(|(name, value)| (name.as_bytes(), value.as_bytes()))),
            made_here: false,
            raw: RawHead::Unknown,
        }),
        timings: Timings {
            end_us: Some(1500),
            ..Timings::default()
        },
        state: ExchangeState::Done,
        ..Exchange::new(
            Id::new(),
            RequestHead {
                method: "GET".into(),
                scheme: "https",
                host: "example.com".into(),
                port: 443,
                path: path.into(),
                version: Version::Http2,
                fields: Fields::pack([(&b"accept"[..], &b"*/*"[..])]),
                raw: RawHead::Unknown,
            },
            Timestamp::from_micros(1_795_251_345_000_042),
        )
    }
}

impl MemoryStore {
    /// Holds this exchange from now on.
    pub(crate) fn add(&self, exchange: Exchange) -> Id {
        let id = exchange.id;
        let mut held = self.held.lock().unwrap();
        let number = held.exchanges.last().map_or(1, |(number, _)| number + 1);
        held.exchanges.push((number, exchange));
        drop(held);
        self.tell([id], []);
        id
    }

    /// Holds an exchange with this response.
    pub(crate) fn add_response(
        &self,
        content_type: &str,
        more: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Id {
        let id = self.add(exchange("/a/file.txt?q=1", content_type, more));
        self.set_body(id, body, 0, false);
        id
    }

    pub(crate) fn add_connection(&self, connection: Connection) -> Id {
        let id = connection.id;
        let mut held = self.held.lock().unwrap();
        let number = held.connections.last().map_or(1, |(number, _)| number + 1);
        held.connections.push((number, Arc::new(connection)));
        drop(held);
        self.tell([], [id]);
        id
    }

    pub(crate) fn set_body(&self, id: Id, bytes: impl Into<Bytes>, dropped: u64, open: bool) {
        let body = Body {
            bytes: bytes.into(),
            dropped,
            open,
        };
        self.held
            .lock()
            .unwrap()
            .bodies
            .insert((id, Side::Response), body);
        self.tell([id], []);
    }

    /// Changes an exchange that is held.
    pub(crate) fn change(&self, id: Id, change: impl FnOnce(&mut Exchange)) {
        let mut held = self.held.lock().unwrap();
        let found = held.exchanges.iter_mut().find(|(_, exchange)| exchange.id == id);
        change(&mut found.unwrap().1);
        drop(held);
        self.tell([id], []);
    }

    /// From now on every filter is wrong in this way.
    pub(crate) fn refuse_filters(&self, error: FilterError) {
        self.held.lock().unwrap().filter_error = Some(error);
    }

    pub(crate) fn last_query(&self) -> Query {
        self.held.lock().unwrap().last_query.clone().unwrap()
    }

    /// Lists that were read.
    pub(crate) fn queries(&self) -> u64 {
        self.held.lock().unwrap().queries
    }

    /// How often a connection was looked for.
    pub(crate) fn looks(&self) -> u64 {
        self.looks.load(Ordering::SeqCst)
    }

    /// Makes lists and bodies wait until the gate is opened.
    pub(crate) fn set_gate(&self, open: bool) {
        *self.gate.0.lock().unwrap() = open;
        self.gate.1.notify_all();
    }

    fn wait_at_gate(&self) {
        let open = self.gate.0.lock().unwrap();
        drop(self.gate.1.wait_while(open, |open| !*open).unwrap());
    }

    fn tell<const E: usize, const C: usize>(&self, exchanges: [Id; E], connections: [Id; C]) {
        let _ = self.changes.send(Arc::new(Change {
            exchanges: exchanges.into(),
            connections: connections.into(),
            rows_went: false,
        }));
    }

    fn list<T: Clone>(
        &self,
        query: &Query,
        rows: impl FnOnce(&Held) -> Vec<T>,
        id_of: impl Fn(&T) -> Id,
    ) -> Result<Page<T>, ReadError> {
        self.wait_at_gate();
        let mut held = self.held.lock().unwrap();
        held.last_query = Some(query.clone());
        held.queries += 1;
        if let Some(error) = &held.filter_error {
            return Err(error.clone().into());
        }
        let mut rows = rows(&held);
        if query.sort.descending {
            rows.reverse();
        }
        let at = |id: Id| rows.iter().position(|row| id_of(row) == id).unwrap_or(0);
        let offset = match query.from {
            From::Offset(offset) => offset.min(rows.len()),
            From::After(id) => at(id) + 1,
            From::End => rows.len().saturating_sub(query.limit),
            From::Around(id) => at(id).saturating_sub(query.limit / 2),
        };
        Ok(Page {
            total: rows.len() as u64,
            matched: rows.len() as u64,
            offset: offset as u64,
            items: rows.into_iter().skip(offset).take(query.limit).collect(),
        })
    }
}

impl Store for MemoryStore {
    fn handshakes(&self, connection: Id) -> Result<Handshakes, ReadError> {
        let held = self.held.lock().unwrap();
        Ok(held.handshakes.get(&connection).cloned().unwrap_or_default())
    }

    /// None: what is asked of frames is asked of a real store.
    fn frames(&self, _: Id) -> Result<Frames, ReadError> {
        Ok(Frames::default())
    }

    fn exchanges(&self, query: &Query) -> Result<Page<ExchangeRow>, ReadError> {
        let rows = |held: &Held| held.exchanges.iter().map(row).collect();
        self.list(query, rows, |row| row.id)
    }

    fn row(&self, id: Id) -> Result<Option<ExchangeRow>, ReadError> {
        let held = self.held.lock().unwrap();
        let found = held.exchanges.iter().find(|(_, exchange)| exchange.id == id);
        Ok(found.map(row))
    }

    fn exchange(&self, id: Id) -> Result<Option<(u64, Exchange)>, ReadError> {
        let held = self.held.lock().unwrap();
        Ok(held
            .exchanges
            .iter()
            .find(|(_, exchange)| exchange.id == id)
            .cloned())
    }

    fn body(&self, id: Id, side: Side, range: Range<u64>) -> Result<Option<BodyPart>, ReadError> {
        self.wait_at_gate();
        let held = self.held.lock().unwrap();
        let body = held.bodies.get(&(id, side)).cloned().unwrap_or_default();
        let kept = body.bytes.len();
        let start = (range.start as usize).min(kept);
        let end = (range.end as usize).clamp(start, kept).min(start + (4 << 20));
        Ok(Some(BodyPart {
            bytes: body.bytes.slice(start..end),
            kept: kept as u64,
            dropped: body.dropped,
            open: body.open,
        }))
    }

    fn progress(&self, id: Id) -> Result<Option<Progress>, ReadError> {
        let held = self.held.lock().unwrap();
        let body = |side| held.bodies.get(&(id, side)).cloned().unwrap_or_default();
        let bodies = [body(Side::Request), body(Side::Response)];
        Ok(Some(Progress {
            kept: [bodies[0].bytes.len() as u64, bodies[1].bytes.len() as u64],
            dropped: [bodies[0].dropped, bodies[1].dropped],
            open: bodies.iter().any(|body| body.open),
        }))
    }

    fn pieces(&self, _: Id, _: Side, _: Range<u64>) -> Result<Vec<Piece>, ReadError> {
        Ok(Vec::new())
    }

    fn connections(&self, query: &Query) -> Result<Page<(u64, Arc<Connection>)>, ReadError> {
        self.list(
            query,
            |held| held.connections.clone(),
            |(_, connection)| connection.id,
        )
    }

    fn connection(&self, id: Id) -> Result<Option<(u64, Arc<Connection>)>, ReadError> {
        let held = self.held.lock().unwrap();
        let found = held
            .connections
            .iter()
            .find(|(_, connection)| connection.id == id)
            .cloned();
        self.looks.fetch_add(1, Ordering::SeqCst);
        Ok(found)
    }

    /// None: what is asked of certificates is asked of a real store.
    fn certificate(&self, _: CertificateId) -> Result<Option<Certificate>, ReadError> {
        Ok(None)
    }

    fn certificates(&self, _: &CertificateQuery) -> Result<Page<CertificateRow>, ReadError> {
        Ok(Page {
            total: 0,
            matched: 0,
            offset: 0,
            items: Vec::new(),
        })
    }

    fn sightings(&self, _: CertificateId) -> Result<Vec<Sighting>, ReadError> {
        Ok(Vec::new())
    }

    fn history(&self, _: &str) -> Result<Vec<HostLeaf>, ReadError> {
        Ok(Vec::new())
    }

    fn clear(&self, _: &Filter) -> Result<Cleared, ReadError> {
        let mut held = self.held.lock().unwrap();
        let cleared = std::mem::take(&mut held.exchanges);
        let exchanges = cleared.len() as u64;
        held.cleared = Some((7, cleared));
        Ok(Cleared { ticket: 7, exchanges })
    }

    fn undo_clear(&self, ticket: u64) -> Result<bool, ReadError> {
        let mut held = self.held.lock().unwrap();
        match held.cleared.take() {
            Some((known, exchanges)) if known == ticket => {
                held.exchanges = exchanges;
                Ok(true)
            }
            other => {
                held.cleared = other;
                Ok(false)
            }
        }
    }

    fn status(&self) -> StoreStatus {
        StoreStatus {
            bytes: 4096,
            max_bytes: 1 << 30,
            exchanges: self.held.lock().unwrap().exchanges.len() as u64,
            connections: 1,
            evicted: 2,
            recording: Recording::On,
            lost_events: 3,
        }
    }

    fn feed(&self) -> Feed {
        Feed::new(self.changes.subscribe())
    }
}

fn row((number, exchange): &(u64, Exchange)) -> ExchangeRow {
    ExchangeRow {
        number: *number,
        id: exchange.id,
        connection: exchange.connection,
        stream_id: exchange.stream_id,
        origin_stream_id: exchange.origin_stream_id,
        invites_to_h3: exchange.invites_to_h3,
        started: exchange.started,
        duration_us: exchange.timings.end_us,
        method: exchange.request.method.to_string(),
        scheme: exchange.request.scheme.into(),
        host: exchange.request.host.to_string(),
        port: exchange.request.port,
        path: exchange.request.path.to_string(),
        status: exchange.response.as_ref().map(|head| head.status),
        version: exchange.request.version,
        request_bytes: exchange.request_bytes,
        response_bytes: exchange.response_bytes,
        content_type: Some("text/plain".into()),
        state: exchange.state,
        error: exchange.error.clone(),
        client_tls: Some(row_tls("TLS 1.3")),
        origin_tls: Some(row_tls("TLS 1.2")),
        ja4: Some("t13d1516h2_8daaf6152771_02713d6af862".into()),
        decision: None,
        failure: None,
        protocol: Protocol::Http,
        operation: None,
        grpc_status: None,
        process: None,
    }
}

fn row_tls(version: &str) -> capture::RowTls {
    capture::RowTls {
        version: version.into(),
        cipher_suite: Some("TLS_AES_128_GCM_SHA256".into()),
        group: Some("x25519".into()),
        alpn: Some("h2".into()),
        resumed: true,
        legacy: false,
    }
}
