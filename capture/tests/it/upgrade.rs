//! Captures of earlier formats: shown by a reader that may not change them, upgraded by the next writer.

use std::path::Path;
use std::sync::Arc;

use capture::{
    Check, CheckOutcome, Decision, Filter, Handshakes, LegName, Query, SqliteStore, Store, TlsParameters,
    Verdict,
};

use crate::certificates::{Chain, everything};
use crate::handshakes::{agreed, handshake};
use crate::lab::{Lab, ROOMY, connection};

/// Takes a capture back to the form that an earlier version wrote.
fn downgrade(dir: &Path, to: u32) {
    let db = rusqlite::Connection::open(dir.join("capture.db")).unwrap();
    let run = |sql: &str| db.execute_batch(sql).unwrap();
    run("ALTER TABLE exchange DROP COLUMN origin_stream; ALTER TABLE exchange DROP COLUMN h3");
    if to < 5 {
        run("ALTER TABLE connection DROP COLUMN legacy; ALTER TABLE exchange DROP COLUMN stream");
    }
    if to < 4 {
        run("DROP TABLE piece; DROP TABLE frames");
        for column in ["protocol", "operation", "grpc_status"] {
            run(&format!("ALTER TABLE exchange DROP COLUMN {column}"));
        }
    }
    if to < 3 {
        // Verdicts lay in their connections.
        run(
        "UPDATE connection SET whole = json_set(whole, '$.verdict', json((SELECT v.whole FROM sighting s \
         JOIN verdict v ON v.number = s.verdict WHERE s.number = sighting))) WHERE sighting IS NOT NULL;
         ALTER TABLE connection DROP COLUMN sighting;
         DROP TABLE certificate; DROP TABLE verdict; DROP TABLE sighting; DROP TABLE role;",
        );
    }
    if to < 2 {
        let columns = [
            "client_suite",
            "client_group",
            "client_alpn",
            "client_resumed",
            "origin_suite",
            "origin_group",
            "origin_alpn",
            "origin_resumed",
            "ja4",
        ];
        for column in columns {
            run(&format!("ALTER TABLE connection DROP COLUMN {column}"));
        }
        run("DROP TABLE handshake; DROP TABLE late;");
    }
    run(&format!("PRAGMA user_version = {to}"));
}

/// What an earlier version told of a chain.
fn verdict() -> Arc<Verdict> {
    Arc::new(Verdict {
        checks: vec![Check {
            name: "dates".into(),
            outcome: CheckOutcome::Pass,
            evidence: "valid".into(),
            certificate: None,
        }],
        ..Verdict::new(Decision::Trusted)
    })
}

fn assert_is_read_and_written_on(format: u32) {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let mut told = connection("example.com");
    told.client.tls = Some(agreed("TLS 1.3", Some("x25519")));
    told.origin.tls = Some(TlsParameters {
        legacy: true,
        resumed: false,
        ..agreed("TLS 1.0", None)
    });
    told.verdict = Some(verdict());
    let leg = handshake(10);
    let other = connection("other.example");
    for connection in [&told, &other, &connection("third.example")] {
        lab.connect(connection);
    }
    lab.handshake(&told, LegName::Client, &leg);
    lab.settle();
    lab.close();
    downgrade(dir.path(), format);
    // A hole in the numbers, so that they are walked over.
    let db = rusqlite::Connection::open(dir.path().join("capture.db")).unwrap();
    let gone = "DELETE FROM connection WHERE id = ?1";
    assert_eq!(db.execute(gone, [other.id.as_bytes()]).unwrap(), 1);
    drop(db);

    let kept = Handshakes {
        client: (format > 1).then_some(leg),
        origin: None,
    };
    let assert_shown = |store: &SqliteStore| {
        for filter in [
            "host:example.com",
            "tls.group:x25519",
            "resumed:no",
            "verdict:trusted",
        ] {
            let query = Query {
                filter: filter.parse::<Filter>().unwrap(),
                limit: 10,
                ..Query::default()
            };
            let page = store.connections(&query).unwrap();
            assert_eq!(page.matched, 1, "{filter}");
            let listed = page.items[0].1.verdict.clone().unwrap();
            assert_eq!((listed.decision, listed.checks.len()), (Decision::Trusted, 0));
        }
        let (_, whole) = store.connection(told.id).unwrap().unwrap();
        assert_eq!(whole.verdict, Some(verdict()));
        assert!(store.connection(other.id).unwrap().is_none());
        assert_eq!(store.handshakes(told.id).unwrap(), kept);
        assert_eq!(store.certificates(&everything()).unwrap().total, 0);
    };
    let store = SqliteStore::open_read_only(dir.path()).unwrap();
    assert_shown(&store);
    drop(store);

    let mut lab = Lab::open(dir.path(), ROOMY);
    assert_shown(&lab.store);
    let mut new = connection("new.example");
    Chain::of("new.example").tell(&lab, &mut new);
    lab.handshake(&new, LegName::Client, &handshake(10));
    lab.settle();
    assert!(lab.store.handshakes(new.id).unwrap().client.is_some());
    assert_eq!(lab.store.certificates(&everything()).unwrap().total, 4);
    lab.close();
    let db = rusqlite::Connection::open(dir.path().join("capture.db")).unwrap();
    let legacy = "SELECT count(*) FROM connection WHERE legacy = 1";
    let count: i64 = db.query_row(legacy, [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
}

#[test]
fn a_capture_of_the_first_format_is_read_and_then_written_on() {
    assert_is_read_and_written_on(1);
}

#[test]
fn a_capture_of_the_second_format_is_read_and_then_written_on() {
    assert_is_read_and_written_on(2);
}

#[test]
fn a_capture_of_the_third_format_is_read_and_then_written_on() {
    assert_is_read_and_written_on(3);
}

#[test]
fn a_capture_of_the_fourth_format_is_read_and_then_written_on() {
    assert_is_read_and_written_on(4);
}

#[test]
fn a_capture_of_the_fifth_format_is_read_and_then_written_on() {
    assert_is_read_and_written_on(5);
}
