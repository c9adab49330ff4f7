//! Clearing hides at once, can be taken back for ten seconds, and then gives the space back.

use std::time::{Duration, Instant};

use capture::{From, News, Query, Store};

use crate::lab::{Lab, MIB, ROOMY, connection, folder_size, get, list, paths, pattern};

/// Three closed connections with two exchanges each, one that came to nothing, and one that is open.
fn recorded(dir: &std::path::Path) -> Lab {
    let mut lab = Lab::open(dir, ROOMY);
    for host in ["a.example", "b.example", "c.example", "nothing.example"] {
        let mut connection = connection(host);
        lab.connect(&connection);
        if host != "nothing.example" {
            lab.exchange(&get(&connection, "/1"), [b"", &pattern(1, 100_000)]);
            lab.exchange(&get(&connection, "/2"), [b"", &pattern(2, 100_000)]);
        }
        connection.closed = Some(connection.opened);
        lab.connect(&connection);
    }
    let open = connection("open.example");
    lab.connect(&open);
    lab.wait_for(|lab| lab.store.connection(open.id).unwrap().is_some());
    lab
}

fn hosts(lab: &Lab) -> Vec<String> {
    let page = lab
        .store
        .connections(&Query {
            from: From::Offset(0),
            limit: 99,
            ..Query::default()
        })
        .unwrap();
    page.items
        .iter()
        .map(|(_, connection)| connection.target.as_ref().unwrap().host.to_string())
        .collect()
}

#[test]
fn clearing_all_hides_it_at_once_and_undo_brings_it_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = recorded(dir.path());
    let before = list(&lab.store, "");
    assert_eq!(paths(&lab.store, "path:/1").len(), 3);
    let mut feed = lab.store.feed();
    let cleared = lab.store.clear(&"".parse().unwrap()).unwrap();
    assert_eq!(cleared.exchanges, 6);
    // What was recorded last may be told here still.
    let told = std::iter::from_fn(|| crate::lab::block_on(feed.next()));
    assert!(
        told.into_iter()
            .any(|news| matches!(news, News::Changed(change) if change.rows_went))
    );
    assert_eq!(
        (list(&lab.store, "").total, paths(&lab.store, "path:/1").len()),
        (0, 0)
    );
    assert_eq!(lab.store.status().exchanges, 0);
    assert!(lab.store.exchange(before.items[0].id).unwrap().is_none());
    assert_eq!(hosts(&lab), ["open.example"], "what is open stays in sight");

    // What comes meanwhile is not cleared.
    let connection = connection("new.example");
    lab.connect(&connection);
    lab.exchange(&get(&connection, "/1"), [b"", b""]);
    lab.wait_for(|lab| list(&lab.store, "").total == 1);

    assert!(lab.store.undo_clear(cleared.ticket).unwrap());
    assert!(!lab.store.undo_clear(cleared.ticket).unwrap(), "only once");
    assert_eq!(list(&lab.store, "").items[..6], before.items);
    assert_eq!(paths(&lab.store, "path:/1").len(), 4);
    assert_eq!(hosts(&lab).len(), 6);
    lab.close();
    let lab = Lab::open(dir.path(), ROOMY);
    assert_eq!(list(&lab.store, "").total, 7);
    lab.close();
}

#[test]
fn clearing_what_matches_takes_the_connections_that_are_left_with_none() {
    let dir = tempfile::tempdir().unwrap();
    let lab = recorded(dir.path());
    assert_eq!(lab.store.clear(&"path:/1".parse().unwrap()).unwrap().exchanges, 3);
    assert_eq!(paths(&lab.store, ""), ["/2", "/2", "/2"]);
    assert_eq!(
        hosts(&lab).len(),
        5,
        "each has an exchange left, or never had one"
    );
    let second = lab.store.clear(&"host:b.example".parse().unwrap()).unwrap();
    assert_eq!(second.exchanges, 1, "the other is cleared already");
    assert_eq!(
        hosts(&lab),
        ["a.example", "c.example", "nothing.example", "open.example"]
    );
    assert!(lab.store.undo_clear(second.ticket).unwrap());
    assert_eq!(hosts(&lab).len(), 5);
    lab.close();
}

#[test]
fn a_restart_completes_a_clearing() {
    let dir = tempfile::tempdir().unwrap();
    let lab = recorded(dir.path());
    assert_eq!(
        lab.store
            .clear(&"-host:c.example".parse().unwrap())
            .unwrap()
            .exchanges,
        4
    );
    lab.close();
    let mut lab = Lab::open(dir.path(), ROOMY);
    assert_eq!(list(&lab.store, "").total, 2);
    assert_eq!(hosts(&lab), ["c.example", "nothing.example", "open.example"]);
    assert!(
        matches!(lab.next_news(), News::Changed(change) if change.rows_went),
        "it is carried out"
    );
    lab.close();
    let db = rusqlite::Connection::open(dir.path().join("capture.db")).unwrap();
    let count = |table: &str| {
        db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
            row.get::<_, i64>(0)
        })
        .unwrap()
    };
    assert_eq!(
        (count("exchange"), count("detail"), count("connection")),
        (2, 2, 3)
    );
}

#[test]
fn ten_seconds_later_it_is_gone_and_its_space_is_free() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let connection = connection("example.com");
    lab.connect(&connection);
    for at in 0..100 {
        lab.exchange(&get(&connection, "/"), [b"", &pattern(at, 500_000)]);
    }
    lab.settle();
    assert!(lab.store.status().bytes > 50 * 1_000_000);
    let begun = Instant::now();
    let cleared = lab.store.clear(&"".parse().unwrap()).unwrap();
    lab.wait_for(|lab| lab.store.status().bytes < 8 * MIB);
    assert!(begun.elapsed() > Duration::from_secs(9));
    assert!(!lab.store.undo_clear(cleared.ticket).unwrap(), "it is too late");
    assert!(folder_size(&dir.path().join("bodies")) == 0);
    lab.close();
}
