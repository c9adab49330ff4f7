//! The database's form, and how it is opened for the writer and for a reader.
//!
//! `exchange` is narrow: what is listed, sorted and filtered. `detail` holds the rest of the same row, so that
//! a walk over a million exchanges passes over their summaries alone. A body lies in `detail` when it is small
//! and came whole in one batch; else `extent` says where in which segment file its bytes lie. A connection's
//! handshakes lie beside it, a row a leg, and its HTTP/2 frames, a row a batch.
//!
//! `piece` tells when which bytes of a body passed, for the few exchanges where that says something.
//!
//! What connections have seen of certificates is kept once however many saw it: a `certificate` by its hash, a
//! `verdict` by its words, and as a `sighting` that both were seen of one host, with the count of the connections
//! that point at it. `role` says which certificates a sighting names. A sighting goes with its last connection, and
//! takes along what no other names.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::OpenStoreError;
use super::folder::Folder;

/// The form that this version writes, kept in `user_version`.
const FORMAT: u32 = 6;

/// Marks the file as ours (`application_id`): "HLns".
const APPLICATION: i32 = 0x484c_6e73;

/// Bytes of a page: large ones, since rows are appended and read in runs.
pub(super) const PAGE: u64 = 16 * 1024;

/// How long the writer waits for a lock of another program that looks into the database.
pub(super) const PATIENCE: Duration = Duration::from_millis(100);

const TABLES: &str = "
CREATE TABLE exchange (
    number         INTEGER PRIMARY KEY,
    id             BLOB NOT NULL,
    connection     BLOB NOT NULL,
    started        INTEGER NOT NULL,
    state          INTEGER NOT NULL,        -- 0 open, 1 done, 2 failed
    status         INTEGER,
    duration       INTEGER,
    request_bytes  INTEGER NOT NULL,
    response_bytes INTEGER NOT NULL,
    port           INTEGER NOT NULL,
    https          INTEGER NOT NULL,        -- 0 http, 1 https, 2 tcp, 3 tls
   
    version        INTEGER NOT NULL,        -- 0 HTTP/1.0, 1 HTTP/1.1, 2 HTTP/2
    method         TEXT NOT NULL,
    host           TEXT NOT NULL,
    path           TEXT NOT NULL,
    type           TEXT,
    error          TEXT,                    -- JSON
    protocol       INTEGER NOT NULL DEFAULT 0,
    operation      TEXT,
    grpc_status    INTEGER,
    stream         INTEGER,
    origin_stream  INTEGER,
    h3             INTEGER NOT NULL DEFAULT 0 -- the response invites to HTTP/3
);
CREATE UNIQUE INDEX exchange_id ON exchange (id);
CREATE INDEX exchange_connection ON exchange (connection);
CREATE INDEX exchange_open ON exchange (number) WHERE state = 0;

CREATE TABLE detail (
    number        INTEGER PRIMARY KEY,
    heads         BLOB NOT NULL,
    request_body  BLOB,
    response_body BLOB
);

CREATE TABLE extent (
    exchange INTEGER NOT NULL,
    side     INTEGER NOT NULL,              -- 0 request, 1 response
    position INTEGER NOT NULL,              -- of the first byte, in the body
    segment  INTEGER NOT NULL,
    offset   INTEGER NOT NULL,              -- of the first byte, in the segment file
    length   INTEGER NOT NULL,
    PRIMARY KEY (exchange, side, position)
) WITHOUT ROWID;

CREATE TABLE segment (
    number INTEGER PRIMARY KEY,
    length INTEGER NOT NULL,                -- bytes of the file that were written whole
    live   INTEGER NOT NULL                 -- bytes of it that extents point at
);

CREATE TABLE connection (
    number     INTEGER PRIMARY KEY,
    id         BLOB NOT NULL,
    opened     INTEGER NOT NULL,
    closed     INTEGER,
    host       TEXT,
    port       INTEGER,
    sni        TEXT,
    outcome    INTEGER,
    failure    TEXT,                        -- JSON
    client_tls TEXT,
    origin_tls TEXT,
    decision   INTEGER,
    bytes      INTEGER NOT NULL,
    whole      TEXT NOT NULL,               -- JSON
    client_suite   TEXT,
    client_group   TEXT,
    client_alpn    TEXT,
    client_resumed INTEGER,
    origin_suite   TEXT,
    origin_group   TEXT,
    origin_alpn    TEXT,
    origin_resumed INTEGER,
    ja4            TEXT,
    sighting       INTEGER,
    legacy         INTEGER NOT NULL DEFAULT 0 -- the origin leg was OpenSSL's
);
CREATE UNIQUE INDEX connection_id ON connection (id);
CREATE INDEX connection_open ON connection (number) WHERE closed IS NULL;

CREATE TABLE handshake (
    number INTEGER PRIMARY KEY,             -- the connection's, doubled; 1 more for the origin leg
    whole  BLOB NOT NULL
);

CREATE TABLE late (
    number    INTEGER PRIMARY KEY,          -- in the order of arrival
    handshake INTEGER NOT NULL,
    record    BLOB NOT NULL
);
CREATE INDEX late_handshake ON late (handshake);

CREATE TABLE clearing (
    ticket      INTEGER PRIMARY KEY,
    exchanges   BLOB NOT NULL,
    connections BLOB NOT NULL
);

CREATE TABLE fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO fact VALUES ('next_exchange', 1), ('next_connection', 1), ('written', 0);
";

/// Certificates, verdicts, and who has seen them.
const SIGHTINGS: &str = "
CREATE TABLE certificate (
    number  INTEGER PRIMARY KEY,
    id      BLOB NOT NULL,                  -- SHA-256 of the DER
    summary TEXT NOT NULL,                  -- JSON
    der     BLOB NOT NULL
);
CREATE UNIQUE INDEX certificate_id ON certificate (id);

CREATE TABLE verdict (
    number   INTEGER PRIMARY KEY,
    digest   BLOB NOT NULL,                 -- SHA-256 of the JSON
    findings TEXT NOT NULL,                 -- checks that did not go well, a space on each side
    whole    TEXT NOT NULL                  -- JSON
);
CREATE UNIQUE INDEX verdict_digest ON verdict (digest);

CREATE TABLE sighting (
    number         INTEGER PRIMARY KEY,
    host           TEXT NOT NULL,
    verdict        INTEGER NOT NULL,        -- 0: none
    client_verdict INTEGER NOT NULL,        -- 0: none
    minted         BLOB NOT NULL,           -- ids of certificates, one behind the other
    sent           BLOB NOT NULL,
    first          INTEGER NOT NULL,        -- when the earliest connection opened that has seen it
    last           INTEGER NOT NULL,
    connections    INTEGER NOT NULL
);
CREATE UNIQUE INDEX sighting_of ON sighting (host, verdict, client_verdict, minted, sent);
CREATE INDEX sighting_verdict ON sighting (verdict);
CREATE INDEX sighting_client_verdict ON sighting (client_verdict);

CREATE TABLE role (
    certificate BLOB NOT NULL,              -- its id
    sighting    INTEGER NOT NULL,
    role        INTEGER NOT NULL,
    PRIMARY KEY (certificate, sighting, role)
) WITHOUT ROWID;
CREATE INDEX role_sighting ON role (sighting);
";

/// When bytes of bodies passed.
const PIECES: &str = "
CREATE TABLE piece (
    exchange INTEGER NOT NULL,
    side     INTEGER NOT NULL,              -- 0 request, 1 response
    position INTEGER NOT NULL,              -- of the first byte, in the body
    times    BLOB NOT NULL,
    PRIMARY KEY (exchange, side, position)
) WITHOUT ROWID;
";

/// What formats before the fourth lack of an exchange.
const SPOKEN_COLUMNS: [(&str, &str, &str); 3] = [
    ("protocol", "INTEGER NOT NULL DEFAULT 0", "0"),
    ("operation", "TEXT", "NULL"),
    ("grpc_status", "INTEGER", "NULL"),
];

/// HTTP/2 frames.
const FRAMES: &str = "
CREATE TABLE frames (
    number INTEGER PRIMARY KEY,             -- in the order of arrival
    leg    INTEGER NOT NULL,                -- the connection's number, doubled; 1 more for the origin leg
    batch  BLOB NOT NULL
);
CREATE INDEX frames_leg ON frames (leg);
";

/// What the first format lacks of a connection, and where it is found.
const TLS_COLUMNS: [(&str, &str, &str); 9] = [
    ("client_suite", "TEXT", "whole ->> '$.client.tls.cipher_suite'"),
    ("client_group", "TEXT", "whole ->> '$.client.tls.group'"),
    ("client_alpn", "TEXT", "whole ->> '$.client.tls.alpn'"),
    ("client_resumed", "INTEGER", "whole ->> '$.client.tls.resumed'"),
    ("origin_suite", "TEXT", "whole ->> '$.origin.tls.cipher_suite'"),
    ("origin_group", "TEXT", "whole ->> '$.origin.tls.group'"),
    ("origin_alpn", "TEXT", "whole ->> '$.origin.tls.alpn'"),
    ("origin_resumed", "INTEGER", "whole ->> '$.origin.tls.resumed'"),
    ("ja4", "TEXT", "whole ->> '$.client.tls.ja4'"),
];

/// Where formats before the fifth have it that the origin leg was OpenSSL's.
const LEGACY: &str = "coalesce(whole ->> '$.origin.tls.legacy', 0)";

/// What the first format lacks beside that.
const HANDSHAKES: &str = "
CREATE TABLE handshake (number INTEGER PRIMARY KEY, whole BLOB NOT NULL);
CREATE TABLE late (number INTEGER PRIMARY KEY, handshake INTEGER NOT NULL, record BLOB NOT NULL);
CREATE INDEX late_handshake ON late (handshake);
";

/// Makes a database of an earlier format one of this. Verdicts of before lie in their connections as they were
/// written: they name no certificates.
fn upgrade(db: &Connection, from: u32) -> rusqlite::Result<()> {
    let mut steps = String::from("BEGIN IMMEDIATE;");
    if from < 2 {
        for (name, kind, _) in TLS_COLUMNS {
            steps += &format!("ALTER TABLE connection ADD COLUMN {name} {kind};");
        }
        let filled = TLS_COLUMNS.map(|(name, _, from)| format!("{name} = {from}"));
        steps += &format!("UPDATE connection SET {};", filled.join(", "));
        steps += HANDSHAKES;
    }
    if from < 3 {
        steps += "ALTER TABLE connection ADD COLUMN sighting INTEGER;";
        steps += SIGHTINGS;
    }
    if from < 4 {
        for (name, kind, _) in SPOKEN_COLUMNS {
            steps += &format!("ALTER TABLE exchange ADD COLUMN {name} {kind};");
        }
        steps += PIECES;
        steps += FRAMES;
    }
    if from < 5 {
        steps += "ALTER TABLE connection ADD COLUMN legacy INTEGER NOT NULL DEFAULT 0;";
        steps += &format!("UPDATE connection SET legacy = {LEGACY};");
        steps += "ALTER TABLE exchange ADD COLUMN stream INTEGER;";
    }
    steps += "ALTER TABLE exchange ADD COLUMN origin_stream INTEGER;";
    steps += "ALTER TABLE exchange ADD COLUMN h3 INTEGER NOT NULL DEFAULT 0;";
    steps += &format!("PRAGMA user_version = {FORMAT}; COMMIT;");
    db.execute_batch(&steps)
}

/// Shows a database of an earlier format as one of this, to a reader that may not change it.
fn show_as_upgraded(db: &Connection, from: u32) -> rusqlite::Result<()> {
    let mut columns = String::from("*");
    let (mut tables, mut exchange) = (String::new(), String::from("*, NULL AS origin_stream, 0 AS h3"));
    if from < 5 {
        columns += &format!(", {LEGACY} AS legacy");
        exchange += ", NULL AS stream";
    }
    if from < 4 {
        for (name, _, shown) in SPOKEN_COLUMNS {
            exchange += &format!(", {shown} AS {name}");
        }
        tables += PIECES;
        tables += FRAMES;
    }
    if from < 3 {
        columns += ", NULL AS sighting";
        tables += SIGHTINGS;
    }
    if from < 2 {
        for (name, _, from) in TLS_COLUMNS {
            columns += &format!(", {from} AS {name}");
        }
        tables += HANDSHAKES;
    }
    // An index stands where its table does.
    let tables = tables
        .replace("CREATE TABLE ", "CREATE TEMP TABLE ")
        .replace("CREATE INDEX ", "CREATE INDEX temp.")
        .replace("CREATE UNIQUE INDEX ", "CREATE UNIQUE INDEX temp.");
    db.execute_batch(&format!(
        "CREATE TEMP VIEW connection AS SELECT {columns} FROM main.connection; \
         CREATE TEMP VIEW exchange AS SELECT {exchange} FROM main.exchange; {tables}"
    ))
}

/// Opens the database for its writer, making it where it is new. `log_bytes` bounds the write-ahead log.
pub(super) fn open_writer(folder: &Folder, log_bytes: u64) -> Result<Connection, OpenStoreError> {
    let wrap = |error| OpenStoreError::engine(folder.path(), error);
    let db = Connection::open_with_flags(
        folder.database(),
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(wrap)?;
    let format = check_format(&db, folder.path())?;
    (|| {
        if format == 0 {
            // Both must be said before the first page is written.
            db.pragma_update(None, "page_size", PAGE.cast_signed())?;
            db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        }
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "NORMAL")?;
        db.pragma_update(None, "cache_size", -4096)?;
        db.pragma_update(None, "wal_autocheckpoint", (log_bytes / PAGE).cast_signed())?;
        db.pragma_update(None, "journal_size_limit", log_bytes.cast_signed())?;
        db.busy_timeout(PATIENCE)?;
        db.set_prepared_statement_cache_capacity(96);
        if format == 0 {
            db.execute_batch(&format!(
                "BEGIN; {TABLES} {SIGHTINGS} {PIECES} {FRAMES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}; COMMIT;"
            ))?;
        } else if format < FORMAT {
            upgrade(&db, format)?;
        }
        Ok(db)
    })()
    .map_err(wrap)
}

/// Opens the database for a reader.
pub(super) fn open_reader(folder: &Folder) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(folder.database(), flags)?;
    db.pragma_update(None, "cache_size", -1024)?;
    db.busy_timeout(Duration::from_secs(5))?;
    super::functions::register(&db)?;
    let format = db.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))?;
    if (1..FORMAT).contains(&format) {
        show_as_upgraded(&db, format)?;
    }
    Ok(db)
}

/// The format of the database: 0 for one that is empty.
pub(super) fn check_format(db: &Connection, dir: &Path) -> Result<u32, OpenStoreError> {
    let read = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (format, application, pages) = (|| {
        Ok((
            read("user_version")?,
            read("application_id")?,
            read("page_count")?,
        ))
    })()
    .map_err(|error| OpenStoreError::engine(dir, error))?;
    match u32::try_from(format).unwrap_or(u32::MAX) {
        0 if pages == 0 => Ok(0),
        _ if application != i64::from(APPLICATION) => Err(OpenStoreError::Damaged {
            dir: dir.into(),
            text: "capture.db was not written by Handlens".to_owned(),
        }),
        found if found > FORMAT => Err(OpenStoreError::Newer {
            dir: dir.into(),
            found,
            known: FORMAT,
        }),
        found => Ok(found),
    }
}
