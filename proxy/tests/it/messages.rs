//! Messages inside exchanges: carried as they were, recorded as what they are.

mod bodies;
mod bursts;
mod events;
mod graphql;
mod grpc;
mod reflection;
mod websocket_carried;
mod websocket_cases;
mod websocket_programs;

use serde_json::Value;

use crate::lab::{Api, eventually};

/// Waits until the only exchange of this path has so many messages; then its page of them.
async fn messages(api: &Api, path: &str, count: u64) -> Value {
    let row = api.row(path).await;
    let url = format!(
        "/api/exchanges/{}/messages?limit=1000",
        row["id"].as_str().unwrap()
    );
    eventually(format!("{count} messages of {path}"), || async {
        let page = api.get(&url).await;
        if page["total"].as_u64() >= Some(count) {
            Ok(page)
        } else {
            Err(page)
        }
    })
    .await
}

/// The payload of a message.
async fn payload(api: &Api, path: &str, number: u64) -> Vec<u8> {
    payload_of(api, &api.row(path).await, number).await
}

/// The payload of a message of a row's exchange.
async fn payload_of(api: &Api, row: &Value, number: u64) -> Vec<u8> {
    let url = format!("/api/exchanges/{}/messages/{number}", row["id"].as_str().unwrap());
    let answer = api.call(http::Method::GET, &url, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.body.to_vec()
}

/// Python with the libraries that `./test` puts beside the build.
#[track_caller]
fn python(home: &std::path::Path) -> tokio::process::Command {
    let python =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/protocols/bin/python");
    assert!(
        python.is_file(),
        "this test needs Python with grpcio and websockets in target/tools/protocols: ./test puts it there"
    );
    let mut command = tokio::process::Command::new(python);
    command.env_clear().env("HOME", home).current_dir(home);
    command
}
