//! HAR documents and curl commands of what was recorded.

use std::io::Write;
use std::sync::Arc;

use capture::export::{Har, Selection, curl};
use capture::{ExchangeError, ExchangeState, Fields, LegName, Side, Stage, Store, Timestamp, TlsParameters};
use serde_json::{Value, json};

use crate::lab::{Lab, MIB, ROOMY, answer, connection, get, pattern};

fn document(lab: &Lab, selection: Selection) -> Value {
    let mut document = Vec::new();
    Har::new(Arc::new(lab.store.clone()), selection, "1.2.3")
        .write_to(&mut document)
        .unwrap();
    let document: Value = serde_json::from_slice(&document).unwrap();
    check(&document);
    document
}

fn matching(filter: &str) -> Selection {
    Selection::Matching(filter.parse().unwrap())
}

/// Checks what HAR 1.2 says must be there, and of which kind it must be.
fn check(document: &Value) {
    let log = &document["log"];
    assert_eq!(
        (&log["version"], &log["creator"]["name"]),
        (&json!("1.2"), &json!("Handlens"))
    );
    assert!(log["creator"]["version"].is_string());
    for entry in log["entries"].as_array().unwrap() {
        time::OffsetDateTime::parse(
            entry["startedDateTime"].as_str().unwrap(),
            &time::format_description::well_known::Rfc3339,
        )
        .unwrap();
        let (request, response, timings) = (&entry["request"], &entry["response"], &entry["timings"]);
        for (of, texts) in [
            (request, ["method", "url", "httpVersion"]),
            (response, ["statusText", "httpVersion", "redirectURL"]),
        ] {
            texts
                .into_iter()
                .for_each(|name| assert!(of[name].is_string(), "{name} of {of}"));
            ["cookies", "headers"]
                .into_iter()
                .for_each(|name| assert!(of[name].is_array(), "{name} of {of}"));
            ["headersSize", "bodySize"]
                .into_iter()
                .for_each(|name| assert!(of[name].is_i64(), "{name} of {of}"));
        }
        assert!(
            request["queryString"].is_array() && response["status"].is_u64() && entry["cache"].is_object()
        );
        assert!(response["content"]["size"].is_u64() && response["content"]["mimeType"].is_string());
        if let Some(posted) = request.get("postData") {
            assert!(posted["mimeType"].is_string() && posted["text"].is_string());
        }
        let mut total = 0.0;
        for phase in ["blocked", "dns", "connect", "send", "wait", "receive", "ssl"] {
            let time = timings[phase].as_f64().unwrap();
            assert!(
                time >= 0.0 || (time == -1.0 && !["send", "wait", "receive"].contains(&phase)),
                "{timings}"
            );
            total += if phase == "ssl" { 0.0 } else { time.max(0.0) };
        }
        assert!(
            (entry["time"].as_f64().unwrap() - total).abs() < 0.0005,
            "{entry}"
        );
    }
}

#[test]
fn an_exchange_is_told_as_har_wants_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let mut connection = connection("example.com");
    connection.origin.address = Some(([192, 0, 2, 7], 443).into());
    (connection.origin.resolve_us, connection.origin.connect_us) = (Some(1_000), Some(2_000));
    connection.origin.tls = Some(TlsParameters {
        version: "TLS 1.3".into(),
        cipher_suite: "TLS_AES_128_GCM_SHA256".into(),
        group: None,
        alpn: None,
        resumed: false,
        legacy: false,
        handshake_us: 5_000,
        ja3: None,
        ja4: None,
    });
    lab.connect(&connection);
    let mut first = get(&connection, "/a?b=c%20d");
    first.started = Timestamp::from_micros(1_795_251_345_000_042);
    first.request.method = "POST".into();
    first.request.fields = Fields::pack([
        (&b"Cookie"[..], &b"id=7"[..]),
        (b"Content-Type", b"application/x-www-form-urlencoded"),
    ]);
    (first.request_bytes, first.response_bytes) = (3, 7);
    let mut second = get(&connection, "/second");
    second.response = None;
    second.state = ExchangeState::Failed;
    second.error = Some(ExchangeError {
        leg: LegName::Origin,
        stage: Stage::Response,
        text: "reset by peer".into(),
    });
    lab.exchange(&first, [b"x=1", "größe".as_bytes()]);
    lab.exchange(&second, [b"", b""]);
    lab.settle();

    let document = document(&lab, matching(""));
    let expected = json!({
        "startedDateTime": "2026-11-21T08:55:44.992042Z",
        "time": 10.0,
        "request": {
            "method": "POST",
            "url": "https://example.com/a?b=c%20d",
            "httpVersion": "HTTP/1.1",
            "cookies": [{ "name": "id", "value": "7" }],
            "headers": [
                { "name": "Cookie", "value": "id=7" },
                { "name": "Content-Type", "value": "application/x-www-form-urlencoded" },
            ],
            "queryString": [{ "name": "b", "value": "c d" }],
            "postData": { "mimeType": "application/x-www-form-urlencoded", "text": "x=1" },
            "headersSize": 91,
            "bodySize": 3,
        },
        "response": {
            "status": 200,
            "statusText": "OK",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{ "name": "Content-Type", "value": "text/plain" }],
            "content": { "size": 7, "mimeType": "text/plain", "text": "größe" },
            "redirectURL": "",
            "headersSize": 45,
            "bodySize": 7,
        },
        "cache": {},
        "timings": { "blocked": 0.01, "dns": 1.0, "connect": 7.0, "send": 0.01, "wait": 0.98, "receive": 1.0, "ssl": 5.0 },
        "serverIPAddress": "192.0.2.7",
        "connection": connection.id,
        "_handlens": { "id": first.id, "number": 1, "state": "done" },
    });
    assert_eq!(document["log"]["entries"][0], expected);

    let failed = &document["log"]["entries"][1];
    assert_eq!(failed["response"]["status"], 0);
    assert_eq!(failed["response"]["_error"], "reset by peer");
    assert_eq!(
        failed["_handlens"]["error"],
        json!({ "leg": "origin", "stage": "response", "text": "reset by peer" })
    );
    assert_eq!(
        failed["timings"]["connect"], -1.0,
        "the connection was there already"
    );
    lab.close();
}

#[test]
fn bodies_are_told_decoded_as_text_or_as_base64_and_within_bounds() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let connection = connection("example.com");
    lab.connect(&connection);
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let text = "hello ".repeat(1000);
    let long = "é".repeat(5 * MIB as usize);
    for (path, coding, body) in [
        ("/gzip", "gzip", gzip(text.as_bytes())),
        ("/binary", "", vec![0, 1, 2, 255]),
        ("/long", "", [b"x", long.as_bytes()].concat()),
        ("/bomb", "gzip", gzip(&vec![b'0'; 64 * MIB as usize])),
        ("/broken", "gzip", gzip(&pattern(1, 100_000))[..20_000].to_vec()),
        ("/unknown", "lzma", b"abc".to_vec()),
    ] {
        let mut exchange = get(&connection, path);
        let mut head = answer(200, "text/plain");
        head.fields = Fields::pack([(&b"content-encoding"[..], coding.as_bytes())]);
        exchange.response = Some(head);
        exchange.response_bytes = body.len() as u64;
        lab.exchange(&exchange, [b"", &body]);
    }
    lab.settle();
    let document = document(&lab, matching(""));
    let content = |at: usize| document["log"]["entries"][at]["response"]["content"].clone();
    assert_eq!(
        (content(0)["text"].as_str(), content(0)["size"].as_u64()),
        (Some(text.as_str()), Some(6000))
    );
    let saved = gzip(text.as_bytes()).len() as i64;
    assert_eq!(content(0)["compression"].as_i64(), Some(6000 - saved));
    assert_eq!(
        (&content(1)["text"], &content(1)["encoding"]),
        (&json!("AAEC/w=="), &json!("base64"))
    );
    let told = content(2);
    assert_eq!(
        told["text"].as_str().map(str::len),
        Some(8 * MIB as usize - 1),
        "no half character"
    );
    assert_eq!(
        (&told["comment"], told["size"].as_u64()),
        (&json!("only the first 8 MiB are told"), Some(10 * MIB + 1))
    );
    assert_eq!(content(3)["text"].as_str().map(str::len), Some(8 * MIB as usize));
    assert_eq!(content(4)["comment"], "the gzip coding ends early");
    assert_eq!(
        (&content(5)["text"], &content(5)["comment"]),
        (
            &json!("abc"),
            &json!("the content coding \"lzma\" can't be undone here: gzip, deflate, br and zstd can")
        )
    );
    lab.close();
}

#[test]
fn a_document_holds_what_matches_or_what_was_chosen_piece_by_piece() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let connection = connection("example.com");
    lab.connect(&connection);
    let exchanges: Vec<_> = (0..450)
        .map(|at| get(&connection, &format!("/{}", at % 2)))
        .collect();
    exchanges
        .iter()
        .for_each(|exchange| lab.exchange(exchange, [b"", b""]));
    lab.settle();
    let urls = |document: Value| -> Vec<String> {
        let entries = document["log"]["entries"].as_array().unwrap().clone();
        entries
            .iter()
            .map(|entry| entry["request"]["url"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(urls(document(&lab, matching(""))).len(), 450);
    assert_eq!(
        urls(document(&lab, matching("path:/1"))),
        vec!["https://example.com/1"; 225]
    );
    assert_eq!(urls(document(&lab, matching("path:/none"))).len(), 0);
    let chosen = vec![exchanges[3].id, capture::Id::new(), exchanges[2].id];
    assert_eq!(
        urls(document(&lab, Selection::Ids(chosen))),
        ["https://example.com/1", "https://example.com/0"]
    );

    // What comes while it is written is left out, so that it comes to an end.
    let mut pieces = Har::new(Arc::new(lab.store.clone()), matching(""), "1");
    pieces.next().unwrap().unwrap();
    (0..10).for_each(|_| lab.exchange(&get(&connection, "/late"), [b"", b""]));
    lab.settle();
    assert_eq!(pieces.count(), 450 + 1);

    let mut pieces = Har::new(Arc::new(lab.store.clone()), matching("outcome:failed"), "1");
    assert!(
        pieces.next().unwrap().is_err(),
        "a filter without a meaning here shows before a word is told"
    );
    assert!(pieces.next().is_none());
    lab.close();
}

#[test]
fn a_curl_command_reads_the_body_that_was_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let connection = connection("example.com");
    lab.connect(&connection);
    let mut posted = get(&connection, "/p");
    posted.request.method = "POST".into();
    posted.request_bytes = 5;
    let mut binary = get(&connection, "/b");
    binary.request.method = "PUT".into();
    binary.request_bytes = 3;
    lab.exchange(&posted, [b"it's!", b""]);
    lab.exchange(&binary, [&[0, 1, 2], b""]);
    lab.settle();
    let told = curl(&lab.store, posted.id).unwrap().unwrap();
    assert!(
        told.starts_with("curl https://example.com/p ") && told.ends_with("--data-binary 'it'\\''s!'"),
        "{told}"
    );
    let told = curl(&lab.store, binary.id).unwrap().unwrap();
    assert!(
        told.ends_with(&format!("--data-binary @request-{}.body", binary.id)),
        "{told}"
    );
    assert_eq!(curl(&lab.store, capture::Id::new()).unwrap(), None);
    assert_eq!(
        lab.store
            .body(binary.id, Side::Request, 0..9)
            .unwrap()
            .unwrap()
            .bytes,
        &[0, 1, 2][..]
    );
    lab.close();
}

#[test]
fn a_websocket_is_told_by_its_messages_as_chrome_tells_them() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let connection = connection("example.com");
    let mut exchange = get(&connection, "/chat");
    exchange.request.fields = Fields::pack([(&b"upgrade"[..], &b"websocket"[..])]);
    exchange.response.as_mut().unwrap().status = 101;
    lab.exchange(&exchange, [b"\x81\x82\0\0\0\0hi", b"\x82\x02\x00\xff\x88\x00"]);
    lab.settle();
    let har = document(&lab, matching("protocol:websocket"));
    let entry = &har["log"]["entries"][0];
    let time = exchange.started.as_micros() as f64 / 1e6;
    assert_eq!(
        entry["_webSocketMessages"],
        json!([
            {"type": "send", "time": time, "opcode": 1, "data": "hi"},
            {"type": "receive", "time": time, "opcode": 2, "data": "AP8="},
            {"type": "receive", "time": time, "opcode": 8, "data": ""},
        ])
    );
    assert_eq!(entry["_resourceType"], "websocket");
    assert!(entry["request"].get("postData").is_none());
    lab.close();
}
