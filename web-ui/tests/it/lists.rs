//! Lists, details, clearing, recording, status and metrics.

use std::sync::Arc;

use capture::{Column, Connection, Door, FilterError, From, Id, Sort, Target};
use serde_json::json;
use tokio::sync::mpsc;

use crate::lab::{Lab, exchange};

#[tokio::test]
async fn a_row_says_what_scripts_rely_on() {
    let lab = Lab::start().await;
    let id = lab.store.add(exchange("/a?b=c", "text/plain", &[]));
    let page = lab.get("/api/exchanges").json().await;
    assert_eq!(
        (&page["total"], &page["matched"], &page["offset"]),
        (&json!(1), &json!(1), &json!(0))
    );
    let mut row = page["items"][0].clone();
    assert!(
        row.as_object_mut()
            .unwrap()
            .remove("connection")
            .unwrap()
            .is_string()
    );
    assert_eq!(
        row,
        json!({"number": 1, "id": id.to_string(), "started": "2026-11-21T08:55:45.000042Z", "duration_us": 1500,
            "method": "GET", "url": "https://example.com/a?b=c", "scheme": "https", "host": "example.com", "port": 443,
            "path": "/a?b=c", "status": 200, "http_version": "HTTP/2", "request_bytes": 0, "response_bytes": 0,
            "content_type": "text/plain", "state": "done", "error": null,
            "tls": {
                "client": "TLS 1.3", "origin": "TLS 1.2", "decision": null,
                "client_suite": "TLS_AES_128_GCM_SHA256", "origin_suite": "TLS_AES_128_GCM_SHA256",
                "client_group": "x25519", "origin_group": "x25519", "client_alpn": "h2", "origin_alpn": "h2",
                "ja4": "t13d1516h2_8daaf6152771_02713d6af862", "resumed": true, "origin_resumed": true, "legacy": false,
            }, "failure": null, "protocol": "http", "operation": null, "grpc_status": null, "process": null, "stream_id": null,
            "origin_stream_id": null, "invites_to_h3": false})
    );
}

#[tokio::test]
async fn the_window_that_is_asked_for_is_the_window_that_is_read() {
    let lab = Lab::start().await;
    let id = Id::new();
    for (asked, from, limit) in [
        ("".to_owned(), From::Offset(0), 100),
        ("?offset=7&limit=20".into(), From::Offset(7), 20),
        (format!("?after={id}"), From::After(id), 100),
        (format!("?around={id}&limit=9999"), From::Around(id), 1000),
    ] {
        assert_eq!(lab.get(&format!("/api/exchanges{asked}")).status().await, 200);
        let query = lab.store.last_query();
        assert_eq!(
            (query.from, query.limit, query.sort),
            (from, limit, Sort::default()),
            "{asked}"
        );
    }
    lab.get("/api/connections?sort=-duration").answer().await;
    let longest_first = Sort {
        column: Column::Duration,
        descending: true,
    };
    assert_eq!(lab.store.last_query().sort, longest_first);
}

#[tokio::test]
async fn what_cannot_be_asked_is_told() {
    let lab = Lab::start().await;
    for (asked, detail) in [
        ("after=nonsense", "\"nonsense\" is not an id"),
        ("offset=1&after=x", "give one of after, offset and around"),
        ("limit=many", "limit: invalid digit found in string"),
        ("offset=-1", "offset: invalid digit found in string"),
    ] {
        let answer = lab.get(&format!("/api/exchanges?{asked}")).answer().await;
        assert_eq!((answer.status.as_u16(), answer.detail()), (400, detail.into()));
    }
    let answer = lab
        .get(&format!("/api/exchanges?filter={}", "x".repeat(9000)))
        .answer()
        .await;
    assert_eq!(answer.detail(), "the filter is longer than 8192 bytes");
}

#[tokio::test]
async fn a_filters_fault_says_where_it_is() {
    let lab = Lab::start().await;
    lab.store.refuse_filters(FilterError {
        text: "no such word as colour".into(),
        at: 4..10,
    });
    let answer = lab.get("/api/exchanges?filter=x").answer().await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap(),
        json!({"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "no such word as colour",
            "at": [4, 10]})
    );
}

#[tokio::test]
async fn an_exchange_is_told_whole_with_its_connection() {
    let lab = Lab::start().await;
    let mut connection = Connection::new(Door::Connect, "127.0.0.1:5000".parse().unwrap());
    connection.target = Some(Target {
        host: "example.com".into(),
        port: 443,
    });
    let connection = lab.store.add_connection(connection);
    let mut model = exchange("/", "text/plain", &[("X-Raw", "a"), ("x-raw", "b")]);
    model.connection = connection;
    let id = lab.store.add(model);
    lab.store.set_body(id, "12345", 3, false);

    let detail = lab.get(&format!("/api/exchanges/{id}")).json().await;
    assert_eq!(detail["id"], id.to_string());
    assert_eq!(
        detail["request"],
        json!({"fields": [["accept", "*/*"]], "raw_head": null, "trailers": null, "bytes": 0, "kept": 0, "dropped": 0})
    );
    assert_eq!(
        detail["response"],
        json!({"status": 200, "reason": "OK", "http_version": "HTTP/2", "made_here": false, "raw_head": null, "trailers": null,
            "fields": [["Content-Type", "text/plain"], ["X-Raw", "a"], ["x-raw", "b"]], "bytes": 0, "kept": 5, "dropped": 3})
    );
    assert_eq!(detail["timings"]["end_us"], 1500);
    assert_eq!(detail["connection_detail"]["id"], connection.to_string());
    assert_eq!(detail["connection_detail"]["target"], "example.com:443");
}

#[tokio::test]
async fn a_connection_is_told_by_the_names_of_the_contract() {
    let lab = Lab::start().await;
    let id = lab
        .store
        .add_connection(Connection::new(Door::Http, "127.0.0.1:5000".parse().unwrap()));
    let told = lab.get(&format!("/api/connections/{id}")).json().await;
    let leg = json!({"address": null, "tls": null, "resolve_us": null, "connect_us": null, "verdict": null});
    assert_eq!(
        (&told["door"], &told["origin"], &told["number"]),
        (&json!("http"), &leg, &json!(1))
    );
    assert_eq!(told["client"]["address"], "127.0.0.1:5000");
    let page = lab.get("/api/connections").json().await;
    assert_eq!(page["items"], json!([told]));
}

/// Who follows a link to a connection that has just begun finds it, although the store hasn't got it yet.
#[tokio::test]
async fn a_connection_that_is_not_written_yet_is_waited_for() {
    let lab = Lab::start().await;
    let connection = Connection::new(Door::Http, "127.0.0.1:5000".parse().unwrap());
    let id = connection.id;
    lab.live.connections.insert(id, Arc::new(connection.clone()));
    let path = format!("/api/connections/{id}");
    let asked = lab.get(&path).answer();
    let written = async {
        while lab.store.looks() == 0 {
            tokio::task::yield_now().await;
        }
        lab.store.add_connection(connection);
    };
    let (answer, ()) = tokio::join!(asked, written);
    assert_eq!(answer.status.as_u16(), 200);
    assert!(lab.store.looks() > 1, "it was looked for once more");

    // One that is in the store no more, and of which nothing is on its way, is told at once.
    let before = lab.store.looks();
    let other = lab.get(&format!("/api/connections/{}", Id::new())).answer().await;
    assert_eq!((other.status.as_u16(), lab.store.looks()), (404, before + 1));
}

#[tokio::test]
async fn what_is_not_held_is_not_found() {
    let lab = Lab::start().await;
    let id = Id::new();
    let gone = "is held: it was cleared, or went to keep the store within its bound";
    for (path, detail) in [
        (format!("/api/exchanges/{id}"), format!("no exchange {id} {gone}")),
        (
            format!("/api/exchanges/{id}/response/body"),
            format!("no exchange {id} {gone}"),
        ),
        (
            format!("/api/exchanges/{id}/curl"),
            format!("no exchange {id} {gone}"),
        ),
        (
            format!("/api/connections/{id}"),
            format!("no connection {id} {gone}"),
        ),
        ("/api/exchanges/x".into(), "\"x\" is not an id".into()),
    ] {
        let answer = lab.get(&path).answer().await;
        assert_eq!((answer.status.as_u16(), answer.detail()), (404, detail), "{path}");
    }
}

#[tokio::test]
async fn a_clearing_can_be_taken_back() {
    let lab = Lab::start().await;
    lab.store.add(exchange("/", "text/plain", &[]));
    let cleared = lab
        .ask("DELETE", "/api/exchanges")
        .bearer(crate::lab::TOKEN)
        .json()
        .await;
    assert_eq!(cleared, json!({"ticket": 7, "exchanges": 1}));
    assert_eq!(lab.get("/api/exchanges").json().await["total"], 0);
    assert_eq!(
        lab.post("/api/exchanges/undo", r#"{"ticket":7}"#).json().await,
        json!({"undone": true})
    );
    assert_eq!(lab.get("/api/exchanges").json().await["total"], 1);
    assert_eq!(
        lab.post("/api/exchanges/undo", r#"{"ticket":7}"#).json().await,
        json!({"undone": false})
    );
}

#[tokio::test]
async fn recording_is_paused_and_resumed_by_the_proxy() {
    let lab = Lab::start().await;
    assert_eq!(lab.get("/api/status").json().await["recording"]["state"], "on");
    assert_eq!(
        lab.post("/api/recording", r#"{"state":"paused"}"#).json().await["state"],
        "paused"
    );
    assert!(lab.recorder.is_paused());
    assert_eq!(
        lab.get("/api/status").json().await["recording"]["state"],
        "paused"
    );
    assert_eq!(
        lab.post("/api/recording", r#"{"state":"on"}"#).json().await["state"],
        "on"
    );

    let answer = lab.post("/api/recording", r#"{"state":"off"}"#).answer().await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.detail(),
        "state: unknown variant `off`, expected `on` or `paused` at line 1 column 14"
    );
}

#[tokio::test]
async fn a_proxy_that_is_gone_is_told() {
    let lab = Lab::start_with(mpsc::channel(1).0).await;
    let answer = lab.post("/api/recording", r#"{"state":"paused"}"#).answer().await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail()),
        (503, "the proxy is busy: try again in a moment".into())
    );
}

#[tokio::test]
async fn the_status_says_where_and_how() {
    let lab = Lab::start().await;
    capture::Counters::add(&lab.live.counters.rejected_by_client, 5);
    let status = lab.get("/api/status").json().await;
    assert_eq!(
        (&status["version"], &status["proxy"]),
        (&json!("1.2.3"), &json!(["127.0.0.1:8080"]))
    );
    assert_eq!(status["dashboard"], lab.address.to_string());
    assert_eq!(
        status["root"],
        json!({"subject": "CN=Handlens lab", "sha256": "ab".repeat(32), "not_after": "2036-11-21T00:00:00Z",
            "path": "/data/root.pem"})
    );
    assert_eq!(
        status["store"],
        json!({"bytes": 4096, "max_bytes": 1 << 30, "exchanges": 0, "connections": 1, "evicted": 2, "lost_events": 3,
            "dropped_bytes": 0, "waiting_bytes": 0})
    );
    assert_eq!(status["counts"]["rejected_by_client"], 5);
    assert_eq!(status["open"], json!({"connections": 0, "exchanges": 0}));
}

#[tokio::test]
async fn metrics_are_prometheus_text() {
    let lab = Lab::start().await;
    capture::Counters::add(&lab.live.counters.exchanges, 42);
    let answer = lab.ask("GET", "/metrics").answer().await;
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert!(answer.text().contains(
        "# HELP handlens_exchanges_total HTTP exchanges begun.\n# TYPE handlens_exchanges_total counter\n\
         handlens_exchanges_total 42\n"
    ));
    for block in answer.text().split("# HELP ").skip(1) {
        let name = block.split(' ').next().unwrap();
        let lines: Vec<&str> = block.lines().collect();
        assert!(
            lines.len() == 3
                && lines[1].starts_with(&format!("# TYPE {name} "))
                && lines[2].starts_with(name),
            "{block}"
        );
        assert_eq!(
            name.ends_with("_total"),
            lines[1].ends_with(" counter"),
            "{block}"
        );
    }
    assert_eq!(lab.ask("GET", "/healthz").answer().await.text(), "ok\n");
}

#[tokio::test]
async fn the_root_comes_in_every_form_with_its_type() {
    let lab = Lab::start().await;
    for (form, media_type, name) in [
        ("pem", "application/x-pem-file", "handlens-root.pem"),
        ("der", "application/x-x509-ca-cert", "handlens-root.cer"),
        (
            "mobileconfig",
            "application/x-apple-aspen-config",
            "handlens-root.mobileconfig",
        ),
        ("p12", "application/x-pkcs12", "handlens-root.p12"),
        ("0", "application/x-pem-file", "12ab34cd.0"),
    ] {
        let answer = lab.get(&format!("/api/root.{form}")).answer().await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (200, media_type)
        );
        assert_eq!(
            answer.header("content-disposition"),
            format!("attachment; filename=\"{name}\"")
        );
    }
    assert_eq!(lab.get("/api/root.der").answer().await.body, &[1, 2, 3][..]);
}

#[tokio::test]
async fn the_api_describes_itself() {
    let lab = Lab::start().await;
    let described = lab.get("/api/openapi.json").json().await;
    assert_eq!(described["openapi"], "3.1.0");
    assert!(described["paths"]["/api/exchanges/{id}/response/body"]["get"].is_object());
}
