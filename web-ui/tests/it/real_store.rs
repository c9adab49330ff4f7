//! The dashboard over the store that users have: recorders speak, the writer writes, a browser reads.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use capture::{
    Chunk, Connection, Door, Ending, Event, Id, LegHandshake, LegName, Side, SqliteStore, Store,
    StoreOptions, TlsRole,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::lab::{Lab, TOKEN, exchange};

const OPTIONS: StoreOptions = StoreOptions {
    max_bytes: 1 << 30,
    max_body_bytes: 1 << 24,
};

/// A dashboard over a store in this folder, and its writer.
async fn start(folder: &Path) -> Lab<SqliteStore> {
    let (store, writer) = SqliteStore::open(folder, OPTIONS).unwrap();
    let mut lab = Lab::serve(store, mpsc::channel(1).0).await;
    let events = lab.events.take().unwrap();
    thread::spawn(move || writer.run(events));
    lab
}

/// Records exchanges of these paths, and waits until they are held.
async fn record(lab: &Lab<SqliteStore>, paths: &[&str]) -> Vec<Id> {
    let mut feed = lab.store.feed();
    let connection = Connection::new(Door::Connect, "127.0.0.1:5000".parse().unwrap());
    lab.recorder
        .send(Event::Connection(Arc::new(connection.clone())))
        .await;
    let mut ids = Vec::new();
    for path in paths {
        let mut told = exchange(path, "application/json", &[]);
        told.connection = connection.id;
        told.response_bytes = 7;
        ids.push(told.id);
        let mut begun = told.clone();
        begun.state = capture::ExchangeState::Open;
        lab.recorder.send(Event::Exchange(Arc::new(begun))).await;
        let body = Event::Body {
            exchange: told.id,
            side: Side::Response,
            bytes: b"{\"a\":1}"[..].into(),
            at_us: None,
        };
        lab.recorder.send(body).await;
        lab.recorder.send(Event::Exchange(Arc::new(told))).await;
    }
    let is_over = |id: &Id| {
        let held = lab.store.exchange(*id).unwrap();
        held.is_some_and(|(_, held)| held.state == capture::ExchangeState::Done)
    };
    while !ids.iter().all(is_over) {
        feed.next().await.unwrap();
    }
    ids
}

#[tokio::test]
async fn what_was_recorded_is_listed_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let lab = start(folder.path()).await;
    let ids = record(&lab, &["/one", "/two?x=1", "/three"]).await;

    let page = lab.get("/api/exchanges?sort=-number&limit=2").json().await;
    assert_eq!(
        (&page["total"], &page["items"][0]["path"]),
        (&json!(3), &json!("/three"))
    );
    assert_eq!(page["items"][1]["url"], "https://example.com/two?x=1");
    let behind = lab.get(&format!("/api/exchanges?after={}", ids[0])).json().await;
    assert_eq!(
        (&behind["offset"], &behind["items"][0]["path"]),
        (&json!(1), &json!("/two?x=1"))
    );
    assert_eq!(lab.get("/api/connections").json().await["total"], 1);

    let id = ids[1];
    let detail = lab.get(&format!("/api/exchanges/{id}")).json().await;
    assert_eq!(
        (&detail["response"]["kept"], &detail["state"]),
        (&json!(7), &json!("done"))
    );
    let body = lab
        .get(&format!("/api/exchanges/{id}/response/body?pretty=1"))
        .answer()
        .await;
    assert_eq!(body.text(), "{\n  \"a\": 1\n}");

    let curl = lab.get(&format!("/api/exchanges/{id}/curl")).answer().await;
    assert!(
        curl.text().contains("https://example.com/two?x=1"),
        "{}",
        curl.text()
    );
}

#[tokio::test]
async fn a_filter_narrows_list_and_clearing() {
    let folder = tempfile::tempdir().unwrap();
    let lab = start(folder.path()).await;
    record(&lab, &["/one", "/two", "/three"]).await;

    let page = lab.get("/api/exchanges?filter=path:/t").json().await;
    assert_eq!((&page["total"], &page["matched"]), (&json!(3), &json!(2)));

    let clear = lab.ask("DELETE", "/api/exchanges?filter=path:/t").bearer(TOKEN);
    let cleared = clear.json().await;
    assert_eq!(cleared["exchanges"], 2);
    assert_eq!(lab.get("/api/exchanges").json().await["total"], 1);
    let undo = json!({"ticket": cleared["ticket"]}).to_string();
    assert_eq!(
        lab.post("/api/exchanges/undo", &undo).json().await,
        json!({"undone": true})
    );
    assert_eq!(lab.get("/api/exchanges").json().await["total"], 3);
}

#[tokio::test]
async fn a_filter_that_is_none_says_where_by_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let lab = start(folder.path()).await;
    let problem = lab.get("/api/exchanges?filter=path:/a%20colour:red").json().await;
    assert_eq!(
        (&problem["status"], problem["at"][0].as_u64()),
        (&json!(400), Some(8)),
        "{problem}"
    );

    let mut socket = lab.open_live().await;
    socket
        .say(json!({"type": "watch", "watch": 5, "view": "exchanges", "filter": "path:/a colour:red", "from": "end",
            "limit": 10}))
        .await;
    let told = socket.hear("filter_error").await;
    assert_eq!(
        (&told["detail"], &told["at"]),
        (&problem["detail"], &problem["at"])
    );
}

#[tokio::test]
async fn the_live_window_follows_what_is_recorded_cleared_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let lab = start(folder.path()).await;
    let mut socket = lab.open_live().await;
    socket.watch(1, json!("end"), 10).await;
    assert_eq!(socket.hear("window").await["items"], json!([]));

    record(&lab, &["/one", "/two"]).await;
    while socket.hear("window").await["items"].as_array().unwrap().len() < 2 {}

    let cleared = lab.ask("DELETE", "/api/exchanges").bearer(TOKEN).json().await;
    while socket.hear("window").await["items"] != json!([]) {}
    let undo = json!({"ticket": cleared["ticket"]}).to_string();
    lab.post("/api/exchanges/undo", &undo).answer().await;
    while socket.hear("window").await["items"].as_array().unwrap().len() < 2 {}
}

#[tokio::test]
async fn a_har_document_holds_all_or_those_that_match_or_those_that_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let lab = start(folder.path()).await;
    let ids = record(&lab, &["/one", "/two?x=1", "/three"]).await;
    let har = lab.get("/api/export.har").json().await;
    assert_eq!(har["log"]["version"], "1.2");
    let urls = |har: &Value| -> Vec<Value> {
        let entries = har["log"]["entries"].as_array().unwrap().iter();
        entries.map(|entry| entry["request"]["url"].clone()).collect()
    };
    assert_eq!(
        urls(&har),
        [
            "https://example.com/one",
            "https://example.com/two?x=1",
            "https://example.com/three"
        ]
    );
    let chosen = lab
        .get(&format!("/api/export.har?ids={},{}", ids[2], ids[0]))
        .json()
        .await;
    assert_eq!(
        urls(&chosen),
        ["https://example.com/three", "https://example.com/one"]
    );
    let matching = lab.get("/api/export.har?filter=path:/two").json().await;
    assert_eq!(urls(&matching), ["https://example.com/two?x=1"]);
    assert_eq!(
        matching["log"]["entries"][0]["response"]["content"]["text"],
        "{\"a\":1}"
    );
}

/// Windows at and beyond every edge are windows, and nothing breaks.
#[tokio::test]
async fn windows_at_the_edges_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let lab = start(folder.path()).await;
    let ids = record(&lab, &["/one", "/two", "/three"]).await;
    let (last, unknown) = (ids[2], Id::new());
    for (asked, items) in [
        ("offset=18446744073709551615".to_owned(), 0),
        ("offset=9223372036854775808&sort=-size".into(), 0),
        ("offset=3".into(), 0),
        ("offset=2&limit=0".into(), 0),
        ("offset=1&limit=1000".into(), 2),
        (format!("after={last}"), 0),
        (format!("around={}&limit=1", ids[1]), 1),
        ("around=00000000-0000-0000-0000-000000000000".into(), 3),
        (format!("around={unknown}&sort=host"), 3),
        ("sort=-duration&filter=status:404".into(), 0),
    ] {
        let page = lab.get(&format!("/api/exchanges?{asked}")).json().await;
        let got = page["items"].as_array().map(Vec::len);
        assert_eq!(got, Some(items), "{asked}: {page}");
    }
}

/// A download can be looked at while it is still coming.
#[tokio::test]
async fn a_body_is_there_while_it_streams() {
    let folder = tempfile::tempdir().unwrap();
    let lab = start(folder.path()).await;
    let mut told = exchange("/big", "text/plain", &[]);
    told.state = capture::ExchangeState::Open;
    lab.recorder.send(Event::Exchange(Arc::new(told.clone()))).await;
    let (id, side) = (told.id, Side::Response);
    let path = format!("/api/exchanges/{id}/response/body");
    let mut feed = lab.store.feed();
    for part in ["first ", "second"] {
        let bytes = part.as_bytes().into();
        lab.recorder
            .send(Event::Body {
                exchange: id,
                side,
                bytes,
                at_us: None,
            })
            .await;
        while !matches!(lab.get(&path).answer().await, answer if answer.text().ends_with(part)) {
            feed.next().await.unwrap();
        }
    }
    assert_eq!(lab.get(&path).answer().await.text(), "first second");
    assert_eq!(
        lab.get(&format!("/api/exchanges/{id}")).json().await["response"]["kept"],
        12
    );
}

#[tokio::test]
async fn a_handshake_is_there_as_soon_as_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (store, writer) = SqliteStore::open(folder.path(), OPTIONS).unwrap();
    let mut lab = Lab::serve(store, mpsc::channel(1).0).await;
    let mut told = Connection::new(Door::Connect, "127.0.0.1:5000".parse().unwrap());
    let url = format!("/api/connections/{}/handshake", told.id);
    assert_eq!(lab.get(&url).status().await, 404);
    lab.recorder.send(Event::Connection(Arc::new(told.clone()))).await;
    let chunk = Chunk {
        from: TlsRole::Client,
        at_us: 7,
        bytes: b"\x15\x03\x03\x00\x02\x02\x28"[..].into(),
    };
    let handshake = Arc::new(LegHandshake {
        chunks: vec![chunk],
        ending: Some(Ending::Closed(TlsRole::Client)),
        ..LegHandshake::default()
    });
    let event = Event::Handshake {
        connection: told.id,
        leg: LegName::Client,
        handshake,
    };
    lab.recorder.send(event).await;
    told.closed = Some(told.opened);
    lab.recorder.send(Event::Connection(Arc::new(told.clone()))).await;

    // Nothing is written yet.
    assert!(lab.store.connection(told.id).unwrap().is_none());
    let waiting = lab.get(&url).json().await;
    assert_eq!(waiting["client"]["messages"][0]["type"], "alert");

    let mut feed = lab.store.feed();
    let events = lab.events.take().unwrap();
    thread::spawn(move || writer.run(events));
    while lab.store.connection(told.id).unwrap().is_none() {
        feed.next().await.unwrap();
    }
    assert_eq!(lab.get(&url).json().await, waiting);
}

#[tokio::test]
async fn the_messages_of_a_stream_are_listed_as_they_come_and_read_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let lab = start(folder.path()).await;
    let connection = Connection::new(Door::Connect, "127.0.0.1:5000".parse().unwrap());
    let mut told = exchange("/lines", "application/x-ndjson", &[]);
    (told.connection, told.state) = (connection.id, capture::ExchangeState::Open);
    let id = told.id;
    lab.recorder.send(Event::Connection(Arc::new(connection))).await;
    lab.recorder.send(Event::Exchange(Arc::new(told.clone()))).await;
    let mut feed = lab.store.feed();
    let lines = |from: u64, to: u64| {
        (from..=to)
            .map(|n| format!("{{\"n\":{n}}}\n"))
            .collect::<String>()
    };
    let mut sent = 0;
    for (text, at_us) in [(lines(1, 3), 10), (lines(4, 2500), 90_000)] {
        sent += text.len() as u64;
        let (side, bytes) = (Side::Response, text.into());
        let at_us = Some(at_us);
        let body = Event::Body {
            exchange: id,
            side,
            bytes,
            at_us,
        };
        lab.recorder.send(body).await;
        while lab
            .store
            .progress(id)
            .unwrap()
            .is_none_or(|progress| progress.kept[1] < sent)
        {
            feed.next().await.unwrap();
        }
        let url = format!("/api/exchanges/{id}/messages?tail=1&limit=2");
        let page = lab.get(&url).json().await;
        let total = if at_us == Some(10) { 3 } else { 2500 };
        assert_eq!((&page["kind"], &page["total"]), (&json!("ndjson"), &json!(total)));
        let last = &page["items"][1];
        assert_eq!(
            (&last["number"], &last["preview"], &last["at_us"], &last["from"]),
            (
                &json!(total),
                &json!(format!("{{\"n\":{total}}}")),
                &json!(at_us),
                &json!("origin")
            )
        );
    }
    let numbers = async |asked: &str| {
        let page = lab
            .get(&format!("/api/exchanges/{id}/messages?{asked}"))
            .json()
            .await;
        let items = page["items"].as_array().unwrap();
        let numbers: Vec<u64> = items
            .iter()
            .map(|item| item["number"].as_u64().unwrap())
            .collect();
        (numbers, page["matched"].clone())
    };
    assert_eq!(numbers("after=7&limit=2").await, (vec![8, 9], json!(2500)));
    assert_eq!(numbers("offset=2499").await, (vec![2500], json!(2500)));
    assert_eq!(
        numbers("filter=%22n%22:249&limit=3").await,
        (vec![249, 2490, 2491], json!(11))
    );
    assert_eq!(numbers("from=client").await, (vec![], json!(0)));

    let message = format!("/api/exchanges/{id}/messages/12");
    assert_eq!(lab.get(&message).answer().await.text(), "{\"n\":12}");
    assert_eq!(
        lab.get(&format!("{message}?raw=1")).answer().await.text(),
        "{\"n\":12}\n"
    );
    let part = lab.get(&message).header("range", "bytes=5-6").answer().await;
    assert_eq!((part.text(), part.header("content-range")), ("12", "bytes 5-6/8"));
    for (url, detail) in [
        (
            format!("/api/exchanges/{id}/messages/2501"),
            "the exchange has no message 2501",
        ),
        (
            format!("/api/exchanges/{id}/messages?after=1&tail=1"),
            "give one of after, offset and tail",
        ),
    ] {
        assert_eq!(lab.get(&url).answer().await.detail(), detail);
    }
}
