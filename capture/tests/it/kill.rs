//! A process that is killed at any moment leaves a store that opens, with whole records and none that only
//! looks whole.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use capture::{Exchange, ExchangeState, From, Id, Outcome, Query, Side, Store};

use crate::lab::{Lab, ROOMY, child, connection, get, list, pattern, read_body};

/// What may be lost.
const HALF_A_SECOND: Duration = Duration::from_millis(500);

const CHILD: &str = "HANDLENS_TEST_WRITES_UNTIL_KILLED";

/// Bytes of the body that an exchange with this place in the stream has.
fn length(place: usize) -> usize {
    [300, 9_000, 70_000][place % 3]
}

/// The child: records exchanges without end, and says of each when it was sent whole.
fn record_until_killed(dir: &Path) {
    let lab = Lab::open(dir, ROOMY);
    let connection = connection("example.com");
    lab.connect(&connection);
    let mut slow = get(&connection, "/slow");
    slow.state = ExchangeState::Open;
    lab.tell(&slow);
    // The line may have been begun by the test runner.
    println!("\nopen {}", slow.id);
    for place in 0.. {
        let mut exchange = get(&connection, &format!("/{place}"));
        exchange.response_bytes = length(place) as u64;
        let body = pattern(place, length(place));
        lab.tell(&Exchange {
            state: ExchangeState::Open,
            response: None,
            ..exchange.clone()
        });
        for chunk in body.chunks(8_000) {
            lab.body(exchange.id, Side::Response, chunk.to_vec());
            lab.body(slow.id, Side::Response, vec![7; 100]);
        }
        lab.tell(&exchange);
        println!("sent {place} {}", exchange.id);
    }
}

#[test]
fn a_killed_process_loses_half_a_second_at_the_most_and_leaves_no_half_record() {
    if let Some(dir) = std::env::var_os(CHILD) {
        return record_until_killed(dir.as_ref());
    }
    let dir = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let mut child = child(
            "kill::a_killed_process_loses_half_a_second_at_the_most_and_leaves_no_half_record",
            CHILD,
            dir.path(),
        )
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let slow: Id = said
            .by_ref()
            .find_map(|line| line.strip_prefix("open ").map(str::to_owned))
            .unwrap()
            .parse()
            .unwrap();
        let mut sent: Vec<(Instant, usize, Id)> = Vec::new();
        let mut killed = None;
        for line in said {
            if let Some((place, id)) = line.strip_prefix("sent ").and_then(|rest| rest.split_once(' ')) {
                sent.push((Instant::now(), place.parse().unwrap(), id.parse().unwrap()));
            }
            // What the pipe still holds was said before the kill, so it counts as sent then.
            if killed.is_none()
                && sent
                    .iter()
                    .filter(|(at, ..)| at.elapsed() > HALF_A_SECOND)
                    .count()
                    > 50
            {
                child.kill().unwrap();
                killed = Some(Instant::now());
            }
        }
        child.wait().unwrap();
        let killed = killed.unwrap();

        let lab = Lab::open(dir.path(), ROOMY);
        let must_be_there = sent.iter().filter(|(at, ..)| *at + HALF_A_SECOND < killed);
        for (_, place, id) in must_be_there {
            let state = lab
                .store
                .exchange(*id)
                .unwrap()
                .map(|(_, exchange)| exchange.state);
            assert_eq!(
                state,
                Some(ExchangeState::Done),
                "round {round}: exchange {place}"
            );
        }
        for (_, place, id) in &sent {
            let Some((_, exchange)) = lab.store.exchange(*id).unwrap() else {
                continue;
            };
            let body = read_body(&lab.store, *id, Side::Response);
            assert!(pattern(*place, length(*place)).starts_with(&body));
            if exchange.state == ExchangeState::Done {
                assert_eq!(
                    body.len(),
                    length(*place),
                    "round {round}: exchange {place} looks whole and is not"
                );
            }
        }
        let slow = lab.store.exchange(slow).unwrap().unwrap().1;
        assert_eq!(slow.state, ExchangeState::Failed);
        assert_eq!(
            slow.error.unwrap().text,
            "the recording ends here: Handlens was stopped while this exchange was under way"
        );
        assert!(
            read_body(&lab.store, slow.id, Side::Response)
                .iter()
                .all(|&b| b == 7)
        );
        assert_eq!(list(&lab.store, "state:open").matched, 0);
        let query = Query {
            filter: "state:open".parse().unwrap(),
            from: From::End,
            limit: 9,
            ..Query::default()
        };
        assert_eq!(lab.store.connections(&query).unwrap().matched, 0);
        let (_, connection) = lab.store.connection(slow.connection).unwrap().unwrap();
        assert_eq!(connection.outcome, Some(Outcome::Failed));
        lab.close();
    }
}

/// What a machine that lost its power may leave: rows that are there, and a file that is shorter than they say.
#[test]
fn a_body_whose_end_never_reached_the_disk_is_cut_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let connection = connection("example.com");
    let exchanges: Vec<_> = (0..3).map(|at| get(&connection, &format!("/{at}"))).collect();
    let lab = Lab::open(dir.path(), ROOMY);
    lab.connect(&connection);
    for (at, exchange) in exchanges.iter().enumerate() {
        lab.exchange(exchange, [b"", &pattern(at, 50_000)]);
    }
    lab.close();
    let segment = std::fs::read_dir(dir.path().join("bodies"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::File::options()
        .write(true)
        .open(segment)
        .unwrap()
        .set_len(70_000)
        .unwrap();

    let lab = Lab::open(dir.path(), ROOMY);
    assert_eq!(
        read_body(&lab.store, exchanges[0].id, Side::Response),
        pattern(0, 50_000)
    );
    assert_eq!(
        read_body(&lab.store, exchanges[1].id, Side::Response),
        pattern(1, 50_000)[..20_000]
    );
    assert_eq!(read_body(&lab.store, exchanges[2].id, Side::Response), b"");
    let states: Vec<_> = list(&lab.store, "")
        .items
        .into_iter()
        .map(|row| (row.state, row.error.map(|error| error.text)))
        .collect();
    let cut = Some(
        "the recording is not whole: the end of a body was lost before it had reached the disk".to_owned(),
    );
    assert_eq!(
        states,
        [
            (ExchangeState::Done, None),
            (ExchangeState::Failed, cut.clone()),
            (ExchangeState::Failed, cut)
        ]
    );
    lab.close();
}
