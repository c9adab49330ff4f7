//! The store's bound holds, whatever comes and in whatever mixture.

use capture::{ExchangeState, From, Query, Side, Store, StoreOptions};

use crate::lab::{Lab, MIB, connection, folder_size, get, list, pattern, read_body};

const SMALL: StoreOptions = StoreOptions {
    max_bytes: 24 * MIB,
    max_body_bytes: 1024 * MIB,
};

/// Sends exchanges with these bodies, on connections of seven each, and watches the folder's size meanwhile.
fn stream(lab: &mut Lab, dir: &std::path::Path, exchanges: usize, length: impl Fn(usize) -> usize) -> u64 {
    let (mut largest, mut unseen) = (0, 0);
    let mut current = connection("example.com");
    for at in 0..exchanges {
        if at % 7 == 0 {
            current.closed = Some(capture::Timestamp::now());
            lab.connect(&current);
            current = connection("example.com");
            lab.connect(&current);
        }
        lab.exchange(&get(&current, &format!("/{at}")), [b"", &pattern(at, length(at))]);
        unseen += length(at) as u64;
        if unseen > MIB {
            unseen = 0;
            lab.settle();
            largest = largest.max(folder_size(dir));
        }
    }
    lab.settle();
    largest.max(folder_size(dir))
}

#[test]
fn a_stream_of_writes_far_larger_than_the_bound_stays_within_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), SMALL);
    // Bodies in rows, then bodies in segments, then rows again: what one gives back the other may take.
    for (exchanges, length) in [(9_000, 3_000), (300, 300_000), (9_000, 3_000)] {
        let largest = stream(&mut lab, dir.path(), exchanges, |_| length);
        assert!(
            largest <= SMALL.max_bytes,
            "{} KiB after bodies of {length}",
            largest / 1024
        );
        assert!(
            largest > SMALL.max_bytes / 2,
            "only {} KiB are used",
            largest / 1024
        );
    }
    let status = lab.store.status();
    assert!(
        status.bytes <= SMALL.max_bytes && status.evicted > 9_000,
        "{status:?}"
    );
    assert_eq!(status.exchanges + status.evicted, 18_300);
    assert_eq!(status.lost_events, 0);

    let page = lab
        .store
        .exchanges(&Query {
            from: From::Offset(0),
            limit: 10_000,
            ..Query::default()
        })
        .unwrap();
    assert_eq!(page.matched, status.exchanges);
    let numbers: Vec<u64> = page.items.iter().map(|row| row.number).collect();
    assert_eq!(
        numbers,
        (18_301 - status.exchanges..=18_300).collect::<Vec<_>>(),
        "the oldest go, and no others"
    );
    let connections = lab
        .store
        .connections(&Query {
            from: From::End,
            limit: 10_000,
            ..Query::default()
        })
        .unwrap();
    let oldest = page.items[0].started;
    let left_behind = connections
        .items
        .iter()
        .filter(|(_, connection)| connection.opened < oldest)
        .count();
    assert!(
        left_behind <= 5,
        "connections without an exchange go with their time: {left_behind} are left"
    );
    for row in &page.items {
        let at: usize = row.path[1..].parse().unwrap();
        assert_eq!(read_body(&lab.store, row.id, Side::Response), pattern(at, 3_000));
    }
    lab.close();
    let lab = Lab::open(dir.path(), SMALL);
    assert_eq!(list(&lab.store, "").total, status.exchanges);
    assert!(folder_size(dir.path()) <= SMALL.max_bytes);
    lab.close();
}

#[test]
fn one_exchange_that_is_larger_than_the_store_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), SMALL);
    let connection = connection("example.com");
    let mut exchange = get(&connection, "/endless");
    exchange.state = ExchangeState::Open;
    lab.connect(&connection);
    lab.tell(&exchange);
    for at in 0..100 {
        lab.body(exchange.id, Side::Response, pattern(at, MIB as usize));
        lab.body(exchange.id, Side::Request, pattern(at, MIB as usize));
        if at % 10 == 0 {
            lab.settle();
            assert!(folder_size(dir.path()) <= SMALL.max_bytes);
        }
    }
    exchange.state = ExchangeState::Done;
    (exchange.request_bytes, exchange.response_bytes) = (100 * MIB, 100 * MIB);
    lab.tell(&exchange);
    lab.settle();
    for side in [Side::Request, Side::Response] {
        let part = lab.store.body(exchange.id, side, 0..10).unwrap().unwrap();
        assert_eq!((part.kept, part.dropped), (6 * MIB, 94 * MIB));
    }
    lab.close();
}

#[test]
fn what_is_still_said_of_an_evicted_exchange_goes_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), SMALL);
    let connection = connection("example.com");
    let mut old = get(&connection, "/old");
    old.state = ExchangeState::Open;
    lab.connect(&connection);
    lab.tell(&old);
    stream(&mut lab, dir.path(), 300, |_| 200_000);
    assert!(lab.store.exchange(old.id).unwrap().is_none());
    lab.body(old.id, Side::Response, "late");
    old.state = ExchangeState::Done;
    lab.tell(&old);
    lab.settle();
    assert!(lab.store.exchange(old.id).unwrap().is_none());
    assert_eq!(lab.store.status().lost_events, 2);
    assert!(
        lab.store.connection(connection.id).unwrap().is_some(),
        "an open connection stays"
    );
    lab.close();
}

#[test]
fn a_flood_of_connections_that_come_to_nothing_is_bounded_too() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        max_bytes: 16 * MIB,
        ..SMALL
    };
    let mut lab = Lab::open(dir.path(), options);
    let kept = connection("example.com");
    lab.connect(&kept);
    for _ in 0..12 {
        for _ in 0..2_000 {
            let mut flood = connection("flood.example.com");
            flood.closed = Some(flood.opened);
            flood.sni = Some("x".repeat(200));
            lab.connect(&flood);
        }
        lab.exchange(&get(&kept, "/among-them"), [b"", b""]);
        lab.settle();
        assert!(folder_size(dir.path()) <= options.max_bytes);
    }
    assert!(lab.store.status().connections < 24_000);
    assert!(
        list(&lab.store, "").matched > 0,
        "the newest exchanges outlive older connections"
    );
    lab.close();
}

#[test]
fn a_smaller_bound_than_last_time_is_kept_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(
        dir.path(),
        StoreOptions {
            max_bytes: 200 * MIB,
            ..SMALL
        },
    );
    stream(&mut lab, dir.path(), 300, |at| {
        if at % 2 == 0 { 300_000 } else { 3_000 }
    });
    lab.close();
    assert!(folder_size(dir.path()) > SMALL.max_bytes);
    let lab = Lab::open(dir.path(), SMALL);
    assert!(folder_size(dir.path()) <= SMALL.max_bytes);
    assert!(lab.store.status().evicted > 100);
    lab.close();
}
