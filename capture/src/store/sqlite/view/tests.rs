//! What a window costs in a large store, counted in the steps of SQLite's machine and not in time.

use std::path::Path;
use std::sync::Arc;

use crate::store::sqlite::folder::Folder;
use crate::store::sqlite::readers::STEPS;
use crate::test_support::{done, exchange};
use crate::{Column, Event, From, Page, Query, Sort, SqliteStore, Store, StoreOptions, WhenBehind, channel};

const ROWS: usize = 1_000_000;
const WINDOW: usize = 120;

/// Steps that one row of a window may take.
const ROW: usize = 100;

/// A store of a million exchanges; each tenth has the status 404.
fn million(dir: &Path) {
    drop(open(dir));
    let db = rusqlite::Connection::open(Folder::new(dir).database()).unwrap();
    db.execute_batch(&format!(
        "PRAGMA synchronous = OFF;
         BEGIN;
         WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < {ROWS})
         INSERT INTO exchange (number, id, connection, started, state, status, duration, request_bytes,
             response_bytes, port, https, version, method, host, path, type)
         SELECT n, unhex(printf('%032x', n)), unhex(printf('%032x', n / 7)), n, 1, iif(n % 10 = 0, 404, 200),
             n % 1000, 0, n % 5000, 443, 1, 1, 'GET', 'host' || (n % 50) || '.example.com', '/' || n, 'text/html'
         FROM row;
         UPDATE fact SET value = {ROWS} + 1 WHERE name = 'next_exchange';
         COMMIT;"
    ))
    .unwrap();
}

fn open(dir: &Path) -> (SqliteStore, crate::Writer) {
    SqliteStore::open(
        dir,
        StoreOptions {
            max_bytes: 1 << 40,
            max_body_bytes: 1 << 20,
        },
    )
    .unwrap()
}

/// The window, and the steps that it took.
fn ask(store: &SqliteStore, filter: &str, sort: Sort, from: From) -> (Page<crate::ExchangeRow>, usize) {
    let before = STEPS.get();
    let query = Query {
        filter: filter.parse().unwrap(),
        sort,
        from,
        limit: WINDOW,
    };
    let page = store.exchanges(&query).unwrap();
    (page, STEPS.get() - before)
}

#[test]
fn a_window_of_a_million_rows_costs_its_own_rows_wherever_it_lies() {
    let dir = tempfile::tempdir().unwrap();
    million(dir.path());
    let (store, writer) = open(dir.path());
    let by_number = Sort::default();
    let by_size = Sort {
        column: Column::Size,
        descending: true,
    };
    for (filter, sort, matched) in [
        ("", by_number, ROWS),
        (
            "",
            Sort {
                descending: true,
                ..by_number
            },
            ROWS,
        ),
        ("status:404", by_number, ROWS / 10),
        ("host:host7", by_number, ROWS / 50),
        ("", by_size, ROWS),
    ] {
        // The first window may have to go over all rows once.
        ask(&store, filter, sort, From::Offset(0));
        for from in [
            From::Offset(0),
            From::Offset(matched / 3),
            From::Offset(matched - WINDOW),
            From::End,
            From::Around(crate::Id::from_bytes(500_000u128.to_be_bytes())),
            From::After(crate::Id::from_bytes(900_010u128.to_be_bytes())),
        ] {
            let (page, steps) = ask(&store, filter, sort, from);
            assert_eq!((page.total, page.matched), (ROWS as u64, matched as u64));
            assert_eq!(page.items.len(), WINDOW, "{filter:?} {sort:?} {from:?}");
            assert!(
                steps < WINDOW * ROW,
                "{filter:?} {sort:?} {from:?} took {steps} steps"
            );
        }
    }
    let (page, _) = ask(&store, "", by_size, From::Offset(0));
    assert!(
        page.items
            .is_sorted_by_key(|row| (std::cmp::Reverse(row.response_bytes), row.number))
    );

    // One more row, that matches: the lists by number take it in without another walk.
    let (sender, receiver) = channel(1 << 20, WhenBehind::Wait);
    let writing = std::thread::spawn(move || writer.run(receiver));
    let new = done(&exchange("https://host7.example.com/new"), 404, "text/html");
    sender.send_last(Event::Exchange(Arc::new(new.clone())));
    drop(sender);
    writing.join().unwrap();
    for (filter, matched) in [
        ("", ROWS + 1),
        ("status:404", ROWS / 10 + 1),
        ("host:host7", ROWS / 50 + 1),
    ] {
        let (page, steps) = ask(&store, filter, by_number, From::End);
        assert_eq!(page.matched, matched as u64);
        assert_eq!(page.items.last().map(|row| row.id), Some(new.id));
        assert!(
            steps < (WINDOW + 1) * ROW,
            "{filter:?} took {steps} steps after a change"
        );
    }
}
