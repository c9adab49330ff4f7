//! An origin of gRPC is asked for its types, and its messages are told by them.

use std::sync::Arc;
use std::thread;

use capture::message::Schema;
use capture::{
    Connection, Door, Event, EventSender, Exchange, ExchangeState, Fields, Id, Side, SqliteStore, Store,
    StoreOptions,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use web_ui::Command;
use web_ui::api::model::DescribedTypes;

use crate::lab::{Lab, exchange};

/// A call of gRPC.
fn call(path: &str) -> Exchange {
    let mut call = exchange(path, "application/grpc", &[]);
    call.request.method = "POST".into();
    call.request.fields = Fields::pack([(&b"content-type"[..], &b"application/grpc"[..])]);
    call
}

fn framed(payload: &[u8]) -> Vec<u8> {
    [&[0][..], &(payload.len() as u32).to_be_bytes(), payload].concat()
}

/// A field of protobuf.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = [bytes.len() as u8 | 0x80, (bytes.len() >> 7) as u8];
    [&[number << 3 | 2], &length[..], bytes].concat()
}

async fn record(recorder: &EventSender, call: &Exchange, side: Side, payload: &[u8]) {
    let mut told = call.clone();
    told.state = ExchangeState::Open;
    recorder.send(Event::Exchange(Arc::new(told.clone()))).await;
    let bytes = framed(payload);
    match side {
        Side::Request => told.request_bytes = bytes.len() as u64,
        Side::Response => told.response_bytes = bytes.len() as u64,
    }
    let body = Event::Body {
        exchange: call.id,
        side,
        bytes: bytes.into(),
        at_us: Some(1),
    };
    recorder.send(body).await;
    told.state = ExchangeState::Done;
    recorder.send(Event::Exchange(Arc::new(told))).await;
}

/// A proxy whose origin tells these types, one after the other as it is asked.
async fn tell_types(mut asked: mpsc::Receiver<Command>, recorder: EventSender, connection: Id) {
    for name in ["who", "called"] {
        let Some(Command::AskForTypes { host, answer, .. }) = asked.recv().await else {
            panic!("something else was asked");
        };
        assert_eq!(host, "example.com");
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "syntax = \"proto3\"; package t; message M {{ string {name} = 1; }} service S {{ rpc Do(M) returns (M); }}"
        );
        std::fs::write(folder.path().join("t.proto"), text).unwrap();
        let file = Schema::compile(folder.path()).unwrap().files().next().unwrap();
        let described = DescribedTypes {
            services: vec!["t.S".into()],
            files: 1,
        };
        // The answer is out before the record has it.
        answer.send(Ok(described)).unwrap();
        let mut told = call("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo");
        told.connection = connection;
        record(&recorder, &told, Side::Response, &field(4, &field(1, &file))).await;
    }
}

#[tokio::test]
async fn types_that_are_asked_for_anew_are_those_that_messages_are_told_by() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        max_bytes: 1 << 30,
        max_body_bytes: 1 << 24,
    };
    let (store, writer) = SqliteStore::open(folder.path(), options).unwrap();
    let (commands, asked) = mpsc::channel(1);
    let mut lab = Lab::serve(store, commands).await;
    let events = lab.events.take().unwrap();
    thread::spawn(move || writer.run(events));
    let mut feed = lab.store.feed();

    let connection = Connection::new(Door::Connect, "127.0.0.1:5000".parse().unwrap());
    let mut done = call("/t.S/Do");
    done.connection = connection.id;
    // A google.rpc.Status, whose detail is of a type that the origin alone knows.
    let any = [field(1, b"type.googleapis.com/t.M"), field(2, &field(1, b"you"))].concat();
    use base64::Engine;
    let status = base64::prelude::BASE64_STANDARD.encode(field(3, &any));
    done.response_trailers = Some(Fields::pack([(
        &b"grpc-status-details-bin"[..],
        status.as_bytes(),
    )]));
    tokio::spawn(tell_types(asked, lab.recorder.clone(), connection.id));
    lab.recorder.send(Event::Connection(Arc::new(connection))).await;
    record(&lab.recorder, &done, Side::Request, &field(1, b"me")).await;
    while lab
        .store
        .exchange(done.id)
        .unwrap()
        .is_none_or(|(_, exchange)| exchange.state == ExchangeState::Open)
    {
        feed.next().await.unwrap();
    }

    let url = format!("/api/exchanges/{}", done.id);
    let told = async || -> [Value; 3] {
        let page = lab.get(&format!("{url}/messages")).json().await;
        let detail = lab.get(&url).json().await;
        let value = &detail["grpc_status_details"][0]["children"][1]["children"][0];
        [
            page["items"][0]["preview"].clone(),
            value["name"].clone(),
            page["types_from"].clone(),
        ]
    };
    assert_eq!(told().await, [json!("1: \"me\""), json!(null), json!(null)]);
    for name in ["who", "called"] {
        let answer = lab.post(&format!("{url}/types"), "{}").json().await;
        assert_eq!(answer, json!({"services": ["t.S"], "files": 1}));
        let expected = [json!(format!("{name}: \"me\"")), json!(name), json!("origin")];
        assert_eq!(told().await, expected);
    }
}

#[tokio::test]
async fn why_types_are_not_told_is_told_as_a_problem() {
    let lab = Lab::start().await;
    let at = |host: &str| {
        let mut call = call("/t.S/Do");
        call.request.host = host.into();
        lab.store.add(call)
    };
    let (paused, busy) = (at("paused.example"), at("busy.example"));
    let call = lab.store.add(call("/t.S/Do"));
    let page = lab.store.add(exchange("/", "text/html", &[]));
    let gone = Id::new();
    for (id, status, detail) in [
        (
            page,
            409,
            "the exchange is no call of gRPC: its origin has no types to tell".to_owned(),
        ),
        (call, 502, "example.com has no server reflection".to_owned()),
        (paused, 409, "recording is paused".to_owned()),
        (busy, 503, "another origin is being asked".to_owned()),
        (
            gone,
            404,
            format!("no exchange {gone} is held: it was cleared, or went to keep the store within its bound"),
        ),
    ] {
        let answer = lab
            .post(&format!("/api/exchanges/{id}/types"), "{}")
            .answer()
            .await;
        assert_eq!((answer.status.as_u16(), answer.detail()), (status, detail));
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let url = format!("/api/exchanges/{call}/types");
    let stranger = lab.ask("POST", &url).header("content-type", "application/json");
    assert_eq!(stranger.body("{}").answer().await.status, 401);
}

#[tokio::test]
async fn a_proxy_that_is_busy_is_not_waited_for() {
    // One command waits already, and nobody takes it.
    let (commands, _asked) = mpsc::channel(1);
    commands.try_send(Command::PauseRecording).unwrap();
    let lab = Lab::start_with(commands).await;
    let call = lab.store.add(call("/t.S/Do"));
    let answer = lab
        .post(&format!("/api/exchanges/{call}/types"), "{}")
        .answer()
        .await;
    assert_eq!(
        (answer.status.as_u16(), &*answer.detail()),
        (503, "the proxy is busy: try again in a moment")
    );
}
