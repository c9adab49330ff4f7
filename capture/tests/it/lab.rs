//! A store in a folder of its own with its writer running, and exchanges to send to it.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use bytes::Bytes;
use capture::{
    Connection, Door, Event, EventSender, Exchange, ExchangeRow, ExchangeState, Feed, Fields, From, Id, News,
    Page, Query, RawHead, RequestHead, ResponseHead, Side, SqliteStore, Store, StoreOptions, Target,
    Timestamp, Timings, Version, WhenBehind, channel,
};

pub(crate) const MIB: u64 = 1024 * 1024;

pub(crate) const ROOMY: StoreOptions = StoreOptions {
    max_bytes: 1024 * MIB,
    max_body_bytes: 256 * MIB,
};

/// A store with its writer running.
pub(crate) struct Lab {
    pub(crate) store: SqliteStore,
    pub(crate) sender: EventSender,
    writer: JoinHandle<()>,
    feed: Feed,
}

impl Lab {
    pub(crate) fn open(dir: &Path, options: StoreOptions) -> Self {
        let (store, writer) = SqliteStore::open(dir, options).unwrap();
        let (sender, receiver) = channel(8 * MIB as u32, WhenBehind::Wait);
        let feed = store.feed();
        Self {
            store,
            sender,
            writer: std::thread::spawn(move || writer.run(receiver)),
            feed,
        }
    }

    pub(crate) fn send(&self, event: Event) {
        block_on(self.sender.send(event));
    }

    pub(crate) fn connect(&self, connection: &Connection) {
        self.send(Event::Connection(Arc::new(connection.clone())));
    }

    pub(crate) fn tell(&self, exchange: &Exchange) {
        self.send(Event::Exchange(Arc::new(exchange.clone())));
    }

    pub(crate) fn body(&self, exchange: Id, side: Side, bytes: impl Into<Bytes>) {
        self.send(Event::Body {
            exchange,
            side,
            bytes: bytes.into(),
            at_us: None,
        });
    }

    /// A whole exchange: it opens, its bodies pass, it is over.
    pub(crate) fn exchange(&self, exchange: &Exchange, bodies: [&[u8]; 2]) {
        let open = Exchange {
            response: None,
            state: ExchangeState::Open,
            timings: Timings::default(),
            ..exchange.clone()
        };
        self.tell(&open);
        for (side, body) in [Side::Request, Side::Response].into_iter().zip(bodies) {
            if !body.is_empty() {
                self.body(exchange.id, side, body.to_vec());
            }
        }
        self.tell(exchange);
    }

    /// Waits until all that was sent is to be seen, and the store was measured and cut down to its bound: it does that behind
    /// what it has told, and before it takes anything more.
    pub(crate) fn settle(&mut self) {
        // The signs of it are a connection, and its end.
        let mut sign = Connection::new(Door::Http, ([127, 0, 0, 1], 1).into());
        self.connect(&sign);
        self.wait_for(|lab| lab.store.connection(sign.id).unwrap().is_some());
        sign.closed = Some(sign.opened);
        self.connect(&sign);
        self.wait_for(|lab| {
            let held = lab.store.connection(sign.id).unwrap();
            held.is_none_or(|(_, held)| held.closed.is_some())
        });
    }

    /// Waits, change by change, until this holds.
    pub(crate) fn wait_for(&mut self, holds: impl Fn(&Self) -> bool) {
        while !holds(self) {
            self.next_news();
        }
    }

    pub(crate) fn next_news(&mut self) -> News {
        block_on(self.feed.next()).expect("the store is open")
    }

    /// Ends in order.
    pub(crate) fn close(self) {
        let Self {
            store,
            sender,
            writer,
            feed,
        } = self;
        drop(sender);
        writer.join().unwrap();
        drop((store, feed));
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// A connection that has come to something.
pub(crate) fn connection(host: &str) -> Connection {
    let mut connection = Connection::new(Door::Connect, ([127, 0, 0, 1], 50_000).into());
    connection.target = Some(Target {
        host: host.into(),
        port: 443,
    });
    connection
}

/// A GET of this path that is done.
pub(crate) fn get(connection: &Connection, path: &str) -> Exchange {
    let host = connection
        .target
        .as_ref()
        .map_or("example.com".into(), |target| target.host.clone());
    Exchange {
        response: Some(answer(200, "text/plain")),
        timings: Timings {
            request_sent_us: Some(10),
            request_end_us: Some(20),
            response_head_us: Some(1000),
            end_us: Some(2000),
        },
        state: ExchangeState::Done,
        ..Exchange::new(
            connection.id,
            RequestHead {
                method: "GET".into(),
                scheme: "https",
                host,
                port: 443,
                path: path.into(),
                version: Version::Http11,
                fields: Fields::pack([(&b"accept"[..], &b"*/*"[..])]),
                raw: RawHead::Unknown,
            },
            Timestamp::now(),
        )
    }
}

pub(crate) fn answer(status: u16, content_type: &str) -> ResponseHead {
    ResponseHead {
        status,
        version: Version::Http11,
        reason: None,
        fields: Fields::pack([(&b"Content-Type"[..], content_type.as_bytes())]),
        made_here: false,
        raw: RawHead::Unknown,
    }
}

/// Bytes that tell where they stand, so that a mixed-up body shows.
pub(crate) fn pattern(seed: usize, length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at.wrapping_mul(31) ^ seed.wrapping_mul(131) ^ (at >> 8)) as u8)
        .collect()
}

/// The whole of a body.
pub(crate) fn read_body(store: &SqliteStore, id: Id, side: Side) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let part = store
            .body(id, side, body.len() as u64..u64::MAX)
            .unwrap()
            .expect("it is there");
        if part.bytes.is_empty() {
            assert_eq!(part.kept, body.len() as u64);
            return body;
        }
        body.extend_from_slice(&part.bytes);
    }
}

pub(crate) fn list(store: &SqliteStore, filter: &str) -> Page<ExchangeRow> {
    let filter = filter.parse().unwrap();
    store
        .exchanges(&Query {
            filter,
            from: From::Offset(0),
            limit: 1000,
            ..Query::default()
        })
        .unwrap()
}

pub(crate) fn paths(store: &SqliteStore, filter: &str) -> Vec<String> {
    list(store, filter)
        .items
        .into_iter()
        .map(|row| row.path)
        .collect()
}

/// Bytes that a folder takes on disk.
pub(crate) fn folder_size(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => folder_size(&entry.path()),
            Ok(metadata) => metadata.len(),
            // Segment files go at any moment.
            Err(_) => 0,
        })
        .sum()
}

/// Runs the test of this name in a process of its own, with this variable set: there it goes on as the child.
pub(crate) fn child(test: &str, variable: &str, value: &Path) -> std::process::Command {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(variable, value);
    command
}
