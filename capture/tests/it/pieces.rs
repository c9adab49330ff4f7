//! When the pieces of bodies passed, kept beside them.

use capture::{Event, Exchange, ExchangeState, News, Piece, Protocol, ResponseHead, Side, Store};

use crate::lab::{Lab, ROOMY, answer, connection, get, list, read_body};

fn piece(position: u64, at_us: u64) -> Piece {
    Piece { position, at_us }
}

fn send(lab: &Lab, exchange: &Exchange, side: Side, bytes: &'static [u8], at_us: u64) {
    lab.send(Event::Body {
        exchange: exchange.id,
        side,
        bytes: bytes.into(),
        at_us: Some(at_us),
    });
}

fn open(head: ResponseHead) -> Exchange {
    Exchange {
        state: ExchangeState::Open,
        response: Some(head),
        ..get(&connection("example.com"), "/chat")
    }
}

#[test]
fn pieces_are_told_apart_by_time_and_by_who_spoke_between_them() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let exchange = open(answer(200, "text/event-stream"));
    lab.tell(&exchange);
    let (client, origin) = (Side::Request, Side::Response);
    for (side, bytes, at_us) in [
        (origin, &b"one"[..], 5_000),
        (origin, b"two", 5_900),
        (origin, b"three", 7_000),
        (client, b"?", 7_100),
        (origin, b"four", 7_200),
    ] {
        send(&lab, &exchange, side, bytes, at_us);
    }
    lab.settle();
    send(&lab, &exchange, origin, b"five", 7_300);
    lab.settle();
    let pieces = |side, range| lab.store.pieces(exchange.id, side, range).unwrap();
    let all = [
        piece(0, 5_000),
        piece(6, 7_000),
        piece(11, 7_200),
        piece(15, 7_300),
    ];
    assert_eq!(pieces(origin, 0..u64::MAX), all);
    assert_eq!(pieces(origin, 10..15), all[1..3]);
    assert_eq!(pieces(origin, 15..16), all[3..]);
    assert_eq!(pieces(client, 0..9), [piece(0, 7_100)]);
    assert_eq!(read_body(&lab.store, exchange.id, origin), b"onetwothreefourfive");
    let rows = list(&lab.store, "protocol:sse");
    assert_eq!((rows.matched, rows.items[0].protocol), (1, Protocol::Sse));
    assert_eq!(list(&lab.store, "protocol:http,grpc").matched, 0);
    lab.close();
}

#[test]
fn pieces_of_bytes_that_are_not_kept_are_not_kept_either_and_go_with_their_exchange() {
    let dir = tempfile::tempdir().unwrap();
    let options = capture::StoreOptions {
        max_body_bytes: 4,
        ..ROOMY
    };
    let mut lab = Lab::open(dir.path(), options);
    let mut exchange = open(answer(200, "application/x-ndjson"));
    lab.tell(&exchange);
    send(&lab, &exchange, Side::Response, b"one", 1);
    send(&lab, &exchange, Side::Response, b"two", 5_000);
    send(&lab, &exchange, Side::Response, b"three", 9_000);
    exchange.state = ExchangeState::Done;
    lab.tell(&exchange);
    lab.settle();
    let pieces = |lab: &Lab| lab.store.pieces(exchange.id, Side::Response, 0..99).unwrap();
    assert_eq!(pieces(&lab), [piece(0, 1), piece(3, 5_000)]);
    assert_eq!(read_body(&lab.store, exchange.id, Side::Response), b"onet");

    lab.store.clear(&"path:/chat".parse().unwrap()).unwrap();
    assert_eq!(pieces(&lab), []);
    lab.close();
    // What was cleared before the start goes at the start.
    let mut lab = Lab::open(dir.path(), ROOMY);
    while !matches!(lab.next_news(), News::Changed(change) if change.rows_went) {}
    lab.close();
    let db = rusqlite::Connection::open(dir.path().join("capture.db")).unwrap();
    let left: i64 = db
        .query_row("SELECT count(*) FROM piece", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}
