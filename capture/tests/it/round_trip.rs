//! What goes in comes out.

use capture::{BodyPart, ExchangeState, Fields, From, News, Query, Side, Store};
use proptest::prelude::*;

use crate::lab::{Lab, ROOMY, answer, block_on, connection, get, list, pattern, read_body};

#[test]
fn an_exchange_is_there_with_its_connection_its_heads_and_its_bodies() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let connection = connection("example.com");
    let mut exchange = get(&connection, "/a?b=c");
    exchange.request.fields = Fields::pack([(&b"X-One"[..], &b"1"[..]), (b"x-one", b"\xff")]);
    exchange.response_trailers = Some(Fields::pack([(&b"sum"[..], &b"7"[..])]));
    (exchange.request_bytes, exchange.response_bytes) = (5, 100_000);
    lab.connect(&connection);
    lab.exchange(&exchange, [b"hello", &pattern(1, 100_000)]);
    lab.settle();

    let (number, kept) = lab.store.exchange(exchange.id).unwrap().unwrap();
    assert_eq!((number, &kept), (1, &exchange));
    assert_eq!(
        lab.store.connection(connection.id).unwrap().unwrap(),
        (1, connection.clone().into())
    );
    assert_eq!(read_body(&lab.store, exchange.id, Side::Request), b"hello");
    assert_eq!(
        read_body(&lab.store, exchange.id, Side::Response),
        pattern(1, 100_000)
    );
    let part = lab
        .store
        .body(exchange.id, Side::Response, 99_000..200_000)
        .unwrap()
        .unwrap();
    assert_eq!(
        part,
        BodyPart {
            bytes: pattern(1, 100_000)[99_000..].to_vec().into(),
            kept: 100_000,
            dropped: 0,
            open: false
        }
    );

    let row = list(&lab.store, "").items.remove(0);
    assert_eq!(
        (row.number, row.id, row.connection),
        (1, exchange.id, connection.id)
    );
    assert_eq!(
        (
            row.method.as_str(),
            row.scheme.as_str(),
            row.host.as_str(),
            row.path.as_str()
        ),
        ("GET", "https", "example.com", "/a?b=c")
    );
    assert_eq!(
        (row.status, row.content_type.as_deref(), row.duration_us),
        (Some(200), Some("text/plain"), Some(2000))
    );
    assert_eq!(
        (row.request_bytes, row.response_bytes, row.state),
        (5, 100_000, ExchangeState::Done)
    );
    lab.close();
}

#[test]
fn a_body_in_progress_is_read_as_far_as_it_has_come() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let connection = connection("example.com");
    let mut exchange = get(&connection, "/long");
    exchange.state = ExchangeState::Open;
    lab.connect(&connection);
    lab.tell(&exchange);
    let body = pattern(2, 3_000_000);
    for chunk in body[..2_000_000].chunks(100_000) {
        lab.body(exchange.id, Side::Response, chunk.to_vec());
    }
    lab.settle();
    let part = lab
        .store
        .body(exchange.id, Side::Response, 1_900_000..u64::MAX)
        .unwrap()
        .unwrap();
    assert_eq!((part.kept, part.open), (2_000_000, true));
    assert_eq!(part.bytes, body[1_900_000..2_000_000]);
    assert_eq!(list(&lab.store, "state:open").items[0].response_bytes, 2_000_000);

    lab.body(exchange.id, Side::Response, body[2_000_000..].to_vec());
    exchange.state = ExchangeState::Done;
    lab.tell(&exchange);
    lab.settle();
    assert_eq!(read_body(&lab.store, exchange.id, Side::Response), body);
    assert_eq!(list(&lab.store, "state:open").matched, 0);
    lab.close();
}

#[test]
fn a_body_beyond_the_bound_is_kept_up_to_it_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(
        dir.path(),
        capture::StoreOptions {
            max_body_bytes: 10_000,
            ..ROOMY
        },
    );
    let connection = connection("example.com");
    let mut exchange = get(&connection, "/long");
    exchange.response_bytes = 25_000;
    lab.connect(&connection);
    lab.exchange(&exchange, [b"", &pattern(3, 25_000)]);
    lab.settle();
    let part = lab
        .store
        .body(exchange.id, Side::Response, 0..u64::MAX)
        .unwrap()
        .unwrap();
    assert_eq!((part.kept, part.dropped), (10_000, 15_000));
    assert_eq!(part.bytes, pattern(3, 10_000));
    assert_eq!(
        lab.store
            .exchange(exchange.id)
            .unwrap()
            .unwrap()
            .1
            .response_bytes_dropped,
        15_000
    );
    lab.close();
}

#[test]
fn what_is_said_of_an_exchange_that_is_over_is_counted_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let connection = connection("example.com");
    let exchange = get(&connection, "/");
    lab.connect(&connection);
    lab.exchange(&exchange, [b"", b"body"]);
    lab.settle();
    let mut late = exchange.clone();
    late.response = Some(answer(500, "text/late"));
    lab.tell(&late);
    lab.body(exchange.id, Side::Response, "more");
    lab.body(get(&connection, "/never").id, Side::Response, "of nothing");
    lab.settle();
    assert_eq!(
        lab.store.exchange(exchange.id).unwrap().unwrap().1.response,
        exchange.response
    );
    assert_eq!(read_body(&lab.store, exchange.id, Side::Response), b"body");
    assert_eq!(
        (lab.store.status().exchanges, lab.store.status().lost_events),
        (1, 3)
    );
    lab.close();
}

#[test]
fn the_feed_tells_each_exchange_once_a_batch() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let connection = connection("example.com");
    let exchange = get(&connection, "/");
    let mut feed = lab.store.feed();
    lab.connect(&connection);
    lab.exchange(&exchange, [b"a", b"b"]);
    lab.settle();
    let Some(News::Changed(change)) = block_on(feed.next()) else {
        panic!("nothing was told")
    };
    assert!(change.connections.contains(&connection.id));
    assert_eq!(
        change.exchanges.iter().filter(|&&id| id == exchange.id).count(),
        1
    );
    lab.close();
}

#[test]
fn a_later_start_finds_everything_and_goes_on_counting() {
    let dir = tempfile::tempdir().unwrap();
    let connection = connection("example.com");
    let exchanges: Vec<_> = (0..10).map(|at| get(&connection, &format!("/{at}"))).collect();
    let lab = Lab::open(dir.path(), ROOMY);
    lab.connect(&connection);
    for exchange in &exchanges[..5] {
        lab.exchange(exchange, [b"", &pattern(4, 20_000)]);
    }
    lab.close();
    let mut lab = Lab::open(dir.path(), ROOMY);
    for exchange in &exchanges[5..] {
        lab.exchange(exchange, [b"", &pattern(5, 20_000)]);
    }
    lab.settle();
    let page = lab
        .store
        .exchanges(&Query {
            from: From::Offset(0),
            limit: 99,
            ..Query::default()
        })
        .unwrap();
    assert_eq!(
        page.items.iter().map(|row| row.number).collect::<Vec<_>>(),
        (1..=10).collect::<Vec<_>>()
    );
    assert_eq!(
        read_body(&lab.store, exchanges[0].id, Side::Response),
        pattern(4, 20_000)
    );
    assert_eq!(
        read_body(&lab.store, exchanges[9].id, Side::Response),
        pattern(5, 20_000)
    );
    lab.close();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Bodies of several exchanges pass in pieces, at any time, with pauses in which a batch may end.
    #[test]
    fn bodies_that_pass_at_one_time_come_back_byte_by_byte(
        lengths in prop::collection::vec((0usize..40_000, 0usize..200_000), 1..6),
        steps in prop::collection::vec((any::<prop::sample::Index>(), 1usize..70_000, 0u8..20), 1..80),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut lab = Lab::open(dir.path(), ROOMY);
        let connection = connection("example.com");
        lab.connect(&connection);
        struct Body { seed: usize, exchange: usize, side: Side, bytes: Vec<u8>, sent: usize }
        let exchanges: Vec<_> = lengths.iter().map(|_| get(&connection, "/")).collect();
        let mut bodies: Vec<Body> = lengths.iter().enumerate().flat_map(|(at, &(request, response))| {
            [(Side::Request, request), (Side::Response, response)].map(|(side, length)| {
                let seed = 2 * at + side as usize;
                Body { seed, exchange: at, side, bytes: pattern(seed, length), sent: 0 }
            })
        }).collect();
        for exchange in &exchanges {
            lab.tell(&capture::Exchange { state: ExchangeState::Open, ..exchange.clone() });
        }
        for (which, length, pause) in steps {
            let body = which.get(&bodies).seed;
            let body = &mut bodies[body];
            let end = (body.sent + length).min(body.bytes.len());
            lab.body(exchanges[body.exchange].id, body.side, body.bytes[body.sent..end].to_vec());
            body.sent = end;
            if pause == 0 {
                lab.settle();
            }
        }
        for body in &bodies {
            lab.body(exchanges[body.exchange].id, body.side, body.bytes[body.sent..].to_vec());
        }
        exchanges.iter().for_each(|exchange| lab.tell(exchange));
        lab.close();
        let lab = Lab::open(dir.path(), ROOMY);
        for body in &bodies {
            prop_assert!(read_body(&lab.store, exchanges[body.exchange].id, body.side) == body.bytes);
        }
        lab.close();
    }
}
