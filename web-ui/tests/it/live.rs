//! The live socket: windows, deltas, the tail, and browsers that are slow.

use std::time::Duration;

use capture::{Connection, Door, FilterError};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::Message;

use crate::lab::{Lab, exchange};

fn numbers(told: &Value) -> Vec<u64> {
    let items = told["items"].as_array().unwrap();
    items.iter().map(|row| row["number"].as_u64().unwrap()).collect()
}

fn add(lab: &Lab, count: usize) -> Vec<capture::Id> {
    (0..count)
        .map(|n| lab.store.add(exchange(&format!("/{n}"), "text/plain", &[])))
        .collect()
}

#[tokio::test]
async fn a_window_comes_whole_and_then_its_changes_alone() {
    let lab = Lab::start().await;
    let ids = add(&lab, 5);
    let mut socket = lab.open_live().await;
    socket.watch(1, json!({"offset": 1}), 2).await;
    let window = socket.hear("window").await;
    assert_eq!(
        (
            &window["watch"],
            &window["total"],
            &window["matched"],
            &window["offset"]
        ),
        (&json!(1), &json!(5), &json!(5), &json!(1))
    );
    assert_eq!(numbers(&window), [2, 3]);
    assert_eq!(window["items"][0]["path"], "/1");

    lab.store.change(ids[2], |exchange| exchange.response_bytes = 99);
    let rows = socket.hear("rows").await;
    assert_eq!(
        (&rows["watch"], &rows["total"], numbers(&rows)),
        (&json!(1), &json!(5), vec![3])
    );
    assert_eq!(rows["items"][0]["response_bytes"], 99);

    add(&lab, 1);
    let rows = socket.hear("rows").await;
    assert_eq!((&rows["total"], numbers(&rows)), (&json!(6), vec![]));
}

#[tokio::test]
async fn the_tail_is_followed() {
    let lab = Lab::start().await;
    add(&lab, 5);
    let mut socket = lab.open_live().await;
    socket.watch(4, json!("end"), 3).await;
    assert_eq!(numbers(&socket.hear("window").await), [3, 4, 5]);
    add(&lab, 1);
    let window = socket.hear("window").await;
    assert_eq!((numbers(&window), &window["offset"]), (vec![4, 5, 6], &json!(3)));
}

#[tokio::test]
async fn a_new_watch_takes_the_place_of_the_one_before() {
    let lab = Lab::start().await;
    let ids = add(&lab, 9);
    let mut socket = lab.open_live().await;
    socket.watch(1, json!("end"), 3).await;
    socket.hear("window").await;
    socket.watch(2, json!({"around": ids[4].to_string()}), 3).await;
    let window = socket.hear("window").await;
    assert_eq!((&window["watch"], numbers(&window)), (&json!(2), vec![4, 5, 6]));
    add(&lab, 1);
    assert_eq!(socket.hear("rows").await["watch"], 2);
}

#[tokio::test]
async fn connections_are_watched_too() {
    let lab = Lab::start().await;
    let mut socket = lab.open_live().await;
    socket
        .say(json!({"type": "watch", "watch": 1, "view": "connections", "from": "end", "limit": 10}))
        .await;
    assert_eq!(socket.hear("window").await["items"], json!([]));
    lab.store
        .add_connection(Connection::new(Door::Connect, "127.0.0.1:5000".parse().unwrap()));
    let window = socket.hear("window").await;
    assert_eq!(
        (&window["items"][0]["door"], numbers(&window)),
        (&json!("connect"), vec![1])
    );
}

#[tokio::test]
async fn a_window_has_300_rows_at_the_most() {
    let lab = Lab::start().await;
    add(&lab, 400);
    let mut socket = lab.open_live().await;
    socket.watch(1, json!({"offset": 0}), 1000).await;
    assert_eq!(numbers(&socket.hear("window").await).len(), 300);
}

#[tokio::test]
async fn a_filters_fault_is_told_with_its_watch() {
    let lab = Lab::start().await;
    lab.store.refuse_filters(FilterError {
        text: "no such word".into(),
        at: 0..3,
    });
    let mut socket = lab.open_live().await;
    socket.watch(6, json!("end"), 3).await;
    let told = socket.hear("filter_error").await;
    assert_eq!(
        told,
        json!({"type": "filter_error", "watch": 6, "detail": "no such word", "at": [0, 3]})
    );
    socket.watch(7, json!({"around": "nonsense"}), 3).await;
    let told = socket.hear("filter_error").await;
    assert_eq!(
        told,
        json!({"type": "filter_error", "watch": 7, "detail": "\"nonsense\" is not an id", "at": null})
    );
}

#[tokio::test]
async fn the_selected_exchange_is_told_wherever_it_stands() {
    let lab = Lab::start().await;
    let ids = add(&lab, 3);
    let mut socket = lab.open_live().await;
    socket
        .say(json!({"type": "select", "exchange": ids[0].to_string()}))
        .await;
    // The window that is told shows that the selection was heard.
    socket.watch(1, json!("end"), 1).await;
    socket.hear("window").await;
    lab.store.change(ids[0], |exchange| exchange.response_bytes = 1);
    assert_eq!(
        socket.hear("selected").await,
        json!({"type": "selected", "exchange": ids[0].to_string()})
    );
}

#[tokio::test]
async fn the_status_comes_at_once_and_again() {
    let lab = Lab::start().await;
    let mut socket = lab.open_live().await;
    assert_eq!(socket.hear("status").await["status"]["version"], "1.2.3");
    capture::Counters::add(&lab.live.counters.connections, 3);
    loop {
        if socket.hear("status").await["status"]["counts"]["connections"] == 3 {
            break;
        }
    }
    socket.hear("status").await;
}

#[tokio::test]
async fn ten_frames_a_second_whatever_happens() {
    let lab = Lab::start().await;
    let ids = add(&lab, 3);
    let mut socket = lab.open_live().await;
    socket
        .say(json!({"type": "select", "exchange": ids[0].to_string()}))
        .await;
    socket.watch(1, json!("end"), 3).await;
    let mut heard = 0;
    let busy = async {
        loop {
            lab.store.change(ids[0], |exchange| exchange.response_bytes += 1);
            capture::Counters::add(&lab.live.counters.exchanges, 1);
            sleep(Duration::from_millis(3)).await;
        }
    };
    let began = Instant::now();
    let listen = async {
        while heard < 35 {
            if let Message::Text(_) = socket.next().await {
                heard += 1;
            }
        }
    };
    tokio::select! { () = busy => {}, () = listen => {} }
    // A change comes every three milliseconds. The first frame, and one that was on its way, waited for nothing.
    assert!(
        began.elapsed() > Duration::from_millis(1700),
        "{:?}",
        began.elapsed()
    );
}

/// A browser that reads nothing for a while is then told the newest state, not all that it missed.
#[tokio::test]
async fn a_slow_browser_is_told_the_newest_state() {
    let lab = Lab::start().await;
    let ids = add(&lab, 300);
    let mut socket = lab.open_live().await;
    socket.watch(1, json!("end"), 300).await;
    socket.hear("window").await;
    let began = Instant::now();
    let mut last = 0;
    for _ in 0..2000 {
        last += 1;
        for id in &ids[..5] {
            lab.store.change(*id, |exchange| exchange.response_bytes = last);
        }
        // The socket's task goes on meanwhile; nobody reads what it says.
        tokio::task::yield_now().await;
    }
    let mut frames: u128 = 0;
    loop {
        frames += 1;
        let rows = socket.hear("rows").await;
        if rows["items"][0]["response_bytes"] == last {
            break;
        }
    }
    // Ten a second however long this took, and not one for each change.
    let most = 3 + began.elapsed().as_millis() / 100;
    assert!(frames <= most, "{frames} frames, {most} at the most");
}

/// While one read of the store takes long, what changes is noted and not queued.
#[tokio::test]
async fn a_slow_store_is_asked_once_for_all_that_changed() {
    let lab = Lab::start().await;
    let ids = add(&lab, 1);
    let mut socket = lab.open_live().await;
    socket.watch(1, json!("end"), 10).await;
    socket.hear("window").await;
    lab.store.set_gate(false);
    for n in 0..500 {
        lab.store.change(ids[0], |exchange| exchange.response_bytes = n);
    }
    let before = lab.store.queries();
    lab.store.set_gate(true);
    while socket.hear("rows").await["items"][0]["response_bytes"] != 499 {}
    assert!(
        lab.store.queries() - before <= 3,
        "{}",
        lab.store.queries() - before
    );
}

#[tokio::test]
async fn what_is_no_message_ends_the_socket_with_the_reason() {
    let lab = Lab::start().await;
    let mut socket = lab.open_live().await;
    socket.say(json!({"type": "dance"})).await;
    let (code, reason) = socket.hear_close().await;
    assert_eq!(code, 1008);
    assert!(
        reason.starts_with("not a message known here: unknown variant `dance`"),
        "{reason}"
    );

    let mut socket = lab.open_live().await;
    socket.send(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(
        socket.hear_close().await,
        (1003, "messages here are JSON texts".into())
    );
}

#[tokio::test]
async fn too_long_a_message_ends_the_socket() {
    let lab = Lab::start().await;
    let mut socket = lab.open_live().await;
    socket.hear("status").await;
    socket.send(Message::text("x".repeat(100_000))).await;
    let ended = tokio::time::timeout(Duration::from_secs(60), async {
        while !socket.is_over().await {}
    })
    .await;
    assert!(ended.is_ok());
}

#[tokio::test]
async fn a_ping_is_answered() {
    let lab = Lab::start().await;
    let mut socket = lab.open_live().await;
    socket.send(Message::Ping(vec![7].into())).await;
    loop {
        if let Message::Pong(payload) = socket.next().await {
            assert_eq!(&payload[..], [7]);
            break;
        }
    }
}
