//! Handshakes as the API tells them.

use std::sync::Arc;
use std::thread;

use capture::{
    Chunk, Connection, Door, Event, LegHandshake, LegName, SqliteStore, Store, StoreOptions, TlsRole,
};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::lab::Lab;

const TLS12: &str = include_str!("../../../handshake/testdata/openssl-tls12-ecdhe-ecdsa.tls");

/// The bytes of a capture, as a leg has them.
fn captured(text: &str) -> LegHandshake {
    let chunk = |line: &str| {
        let mut words = line.split(' ');
        let from = match words.next()? {
            "client" => TlsRole::Client,
            "server" => TlsRole::Server,
            _ => return None,
        };
        let (at, hex) = (words.next()?, words.next()?);
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
        Some(Chunk {
            from,
            at_us: at.parse().unwrap(),
            bytes: bytes.into(),
        })
    };
    LegHandshake {
        chunks: text.lines().filter_map(chunk).collect(),
        ..LegHandshake::default()
    }
}

#[tokio::test]
async fn signatures_are_checked_and_certificates_opened_unless_less_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        max_bytes: 1 << 30,
        max_body_bytes: 1 << 24,
    };
    let (store, writer) = SqliteStore::open(folder.path(), options).unwrap();
    let mut lab = Lab::serve(store, mpsc::channel(1).0).await;
    let mut told = Connection::new(Door::Connect, "127.0.0.1:5000".parse().unwrap());
    lab.recorder.send(Event::Connection(Arc::new(told.clone()))).await;
    let handshake = Event::Handshake {
        connection: told.id,
        leg: LegName::Origin,
        handshake: Arc::new(captured(TLS12)),
    };
    lab.recorder.send(handshake).await;
    told.closed = Some(told.opened);
    lab.recorder.send(Event::Connection(Arc::new(told.clone()))).await;
    let mut feed = lab.store.feed();
    let events = lab.events.take().unwrap();
    thread::spawn(move || writer.run(events));
    while lab.store.connection(told.id).unwrap().is_none() {
        feed.next().await.unwrap();
    }

    let url = format!("/api/connections/{}/handshake", told.id);
    let message = |answer: &Value, kind: &str| {
        let messages = answer["origin"]["messages"].as_array().unwrap();
        messages
            .iter()
            .find(|message| message["type"] == kind)
            .unwrap()
            .clone()
    };
    let full = lab.get(&url).json().await;
    let signed = message(&full, "server_key_exchange");
    assert_eq!(signed["verified"], true);
    assert!(
        signed["story"]["here"]
            .as_str()
            .unwrap()
            .contains("The signature holds")
    );
    let opened = serde_json::to_string(&message(&full, "certificate")).unwrap();
    assert!(opened.contains("tbs_certificate"));

    let less = lab.get(&format!("{url}?full=0")).json().await;
    let not_checked = message(&less, "server_key_exchange");
    assert_eq!(not_checked["verified"], Value::Null);
    let (less_told, told) = (&not_checked["fields"][0], &signed["fields"][0]);
    assert_eq!(less_told["value"], told["value"]);
    assert!(told["text"].is_string() && told["rfc"].is_string(), "{told}");
    assert_eq!(
        (&less_told["text"], &less_told["rfc"]),
        (&Value::Null, &Value::Null)
    );
    let closed = serde_json::to_string(&message(&less, "certificate")).unwrap();
    assert!(!closed.contains("tbs_certificate"));
}
