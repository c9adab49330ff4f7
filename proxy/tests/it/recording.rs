//! What is recorded is what passed.

use http::{Method, Request};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::lab::{Lab, RawOrigin, Setup, body_of, empty, full, read_head, read_to_end_or_reset, request};

#[tokio::test]
async fn heads_are_recorded_in_their_order() {
    let lab = Lab::start().await;
    let origin = RawOrigin::tls(&lab.authority, &["http/1.1"], |mut stream| async move {
        read_head(&mut stream).await;
        let answer =
            b"HTTP/1.1 299 Odd\r\nX-Zed: 1\r\nset-cookie: a\r\nSet-Cookie: b\r\nContent-Length: 2\r\n\r\nok";
        let _ = stream.write_all(answer).await;
        let _ = stream.shutdown().await;
    })
    .await;
    let mut stream = lab.http1_stream(&origin.authority()).await;
    let host = origin.authority();
    let head =
        format!("GET /heads?x=%41 HTTP/1.1\r\nX-b: 2\r\nHost: {host}\r\nx-A: 1\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    read_to_end_or_reset(&mut stream).await.1.unwrap();

    let row = lab.api().exchange("/heads?x=%41").await;

    let fields = told_fields(&row["request"]);
    let expected = [("x-b", "2"), ("host", host.as_str()), ("x-a", "1")];
    assert_eq!(
        fields[..3],
        expected.map(|(name, value)| (name.to_owned(), value.to_owned())),
        "{row:#}"
    );
    assert_eq!(
        (&row["response"]["status"], &row["response"]["reason"]),
        (&299.into(), &"Odd".into())
    );
    let fields = told_fields(&row["response"]);
    assert_eq!(fields[0].0, "x-zed", "{row:#}");
    let cookies = fields
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.as_str());
    assert_eq!(cookies.collect::<Vec<_>>(), ["a", "b"]);
}

/// Fields by their names in lower case: the HTTP library keeps the case for the wire alone.
fn told_fields(half: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let fields = half["fields"].as_array().unwrap().iter();
    fields
        .map(|field| (text(&field[0]).to_lowercase(), text(&field[1])))
        .collect()
}

#[tokio::test]
async fn times_never_run_backwards() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    for http2 in [false, true] {
        let client = lab.client().speaking(http2);
        let path = format!("/echo?http2={http2}");
        client.post(&origin.url(&path), vec![7; 100_000]).await;
        let row = lab.api().exchange(&path).await;
        let steps = ["request_sent_us", "request_end_us", "response_head_us", "end_us"];
        let times = steps.map(|step| {
            row["timings"][step]
                .as_u64()
                .unwrap_or_else(|| panic!("{step}: {row:#}"))
        });
        assert!(times[0] <= times[1] && times[1] <= times[3], "{times:?}");
        assert!(times[0] <= times[2] && times[2] <= times[3], "{times:?}");
        assert_eq!(row["duration_us"], times[3]);
        let connection = &row["connection_detail"];
        assert!(
            connection["opened"].as_str() <= row["started"].as_str(),
            "{row:#}"
        );
        for time in [&connection["opened"], &row["started"]] {
            let time = time.as_str().unwrap();
            assert!(
                time.ends_with('Z') && time.len() == "2026-01-01T00:00:00.000000Z".len(),
                "{time}"
            );
        }
    }
}

#[tokio::test]
async fn a_connection_tells_both_legs() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    lab.client().get(&origin.url("/bytes/1000")).await;

    let connection = lab.api().connection(&origin.authority()).await;

    assert_eq!(connection["target"], origin.authority());
    assert!(
        connection["client"]["address"]
            .as_str()
            .unwrap()
            .starts_with("127.0.0.1:")
    );
    assert_eq!(connection["origin"]["address"], origin.address.to_string());
    for leg in ["client", "origin"] {
        let tls = &connection[leg]["tls"];
        assert_eq!(
            (&tls["version"], &tls["alpn"]),
            (&"TLS 1.3".into(), &"h2".into()),
            "{connection:#}"
        );
        assert_eq!(tls["group"], "X25519MLKEM768", "{connection:#}");
        assert!(
            tls["cipher_suite"].as_str().unwrap().starts_with("TLS_AES_"),
            "{connection:#}"
        );
    }
    assert!(connection["origin"]["connect_us"].is_u64() && connection["origin"]["resolve_us"].is_u64());
    let by_id = lab.api().connection_of(&connection).await;
    let checks = by_id["origin"]["verdict"]["checks"].as_array().unwrap();
    assert!(
        !checks.is_empty() && checks.iter().all(|check| check["outcome"] != "fail"),
        "{connection:#}"
    );
    assert!(connection["opened"].as_str() < connection["closed"].as_str());
    assert_eq!(by_id["id"], connection["id"]);
}

#[tokio::test]
async fn ids_sort_by_age_and_numbers_count() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut conversation = lab.client().http1().open(&origin.authority()).await;
    for n in 0..20 {
        conversation.get(&origin.url(&format!("/bytes/{n}"))).await;
    }
    let rows = lab.api().exchanges_over(20).await;
    let ids: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    let numbers: Vec<_> = rows.iter().map(|row| row["number"].as_u64().unwrap()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    assert_eq!(rows[7]["path"], "/bytes/7");
}

#[tokio::test]
async fn methods_and_odd_targets_are_kept_as_sent() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    for (method, path) in [
        ("PROPFIND", "/status/207?dav"),
        ("M-SEARCH", "/echo//a/../b;c=d"),
        ("get", "/echo?%00=%ff"),
    ] {
        let odd = request(
            Method::from_bytes(method.as_bytes()).unwrap(),
            &origin.url(path),
            empty(),
        );
        lab.client().http1().send(odd).await;
        let row = lab.api().exchange(path).await;
        assert_eq!((&row["method"], &row["path"]), (&method.into(), &path.into()));
        assert_eq!(origin.requests().last().unwrap().method, method);
    }
    let options = Request::builder()
        .method(Method::OPTIONS)
        .uri("*")
        .header("host", origin.authority());
    let mut conversation = lab.client().http1().open(&origin.authority()).await;
    conversation.send(options.body(empty()).unwrap()).await;
    assert_eq!(origin.requests().last().unwrap().uri, "*");
}

#[tokio::test]
async fn a_paused_recording_lets_traffic_pass_unseen() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    lab.api().post("/api/recording", json!({"state": "paused"})).await;
    let api = lab.api();
    api.status_where("the pause", |status| status["recording"]["state"] == "paused")
        .await;
    assert_eq!(lab.client().get(&origin.url("/bytes/1")).await.body.len(), 1);
    lab.api().post("/api/recording", json!({"state": "on"})).await;
    api.status_where("its end", |status| status["recording"]["state"] == "on")
        .await;
    assert_eq!(lab.client().get(&origin.url("/bytes/2")).await.body.len(), 2);

    let rows = lab.api().exchanges_over(1).await;
    assert_eq!(rows[0]["path"], "/bytes/2");
}

#[tokio::test]
async fn a_recorder_that_is_behind_drops_bodies_when_told_and_says_so() {
    let lab = Lab::start_as(|setup| setup.config("when-behind = \"drop-bodies\"\n")).await;
    let origin = lab.origin().await;
    let pieces: Vec<_> = crate::lab::Pattern::new(1, 200 << 20).collect();

    let answer = lab
        .client()
        .send(request(
            Method::PUT,
            &origin.url("/upload?seed=1"),
            body_of(pieces),
        ))
        .await;

    assert_eq!(answer.json()["bytes"], 200 << 20, "all of it passed");
    let row = lab.api().exchange("/upload?seed=1").await;
    let side = &row["request"];
    let (bytes, kept, dropped) = (
        &side["bytes"],
        side["kept"].as_u64().unwrap(),
        side["dropped"].as_u64().unwrap(),
    );
    assert_eq!(bytes.as_u64(), Some(200 << 20));
    assert_eq!(kept + dropped, 200 << 20, "{side:#}");
    let status = lab.api().status().await;
    assert!(
        status["store"]["dropped_bytes"].as_u64() <= Some(dropped),
        "{status:#}"
    );
}

#[tokio::test]
async fn counts_and_metrics_follow_the_traffic() {
    let lab = Lab::start().await;
    let (secure, plain) = (lab.origin().await, lab.plain_origin().await);
    lab.client().get(&secure.url("/bytes/1")).await;
    lab.client().post(&plain.url("/echo"), "x").await;
    lab.client().get("http://no-such-host.invalid/").await;
    lab.api().exchanges_over(3).await;

    let status = lab
        .api()
        .status_where("no open connection", |status| status["open"]["connections"] == 0)
        .await;

    let counts = &status["counts"];
    assert_eq!(
        (&counts["exchanges"], &counts["https_exchanges"]),
        (&3.into(), &1.into()),
        "{status:#}"
    );
    assert_eq!(
        (&counts["failed_exchanges"], &counts["inspected"]),
        (&1.into(), &1.into()),
        "{status:#}"
    );
    assert_eq!(status["store"]["exchanges"], 3);
    let metrics = lab.api().call(Method::GET, "/metrics", None).await.text();
    assert!(metrics.contains("handlens_"), "{metrics}");
}

#[tokio::test]
async fn what_was_recorded_is_exported_as_har() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    lab.client().post(&origin.url("/echo?one"), "said").await;
    lab.client().get(&origin.url("/gzip")).await;
    lab.api().exchanges_over(2).await;
    let from_dashboard = lab.api().get("/api/export.har").await;
    let (dir, handlens) = lab.into_parts();
    let export = |args: &[&str]| {
        let setup = Setup::bare(dir.path()).args(&["export", "--har", "--data-dir"]);
        setup.arg(dir.path().join("data")).args(args).run()
    };

    let beside = export(&[]).await;
    handlens.stop().await;
    let all = export(&[]).await;
    let some = export(&["--filter", "path:gzip"]).await;
    let of_connections = export(&["--filter", "outcome:failed"]).await;

    assert_eq!((of_connections.code, &*of_connections.stdout), (Some(2), ""));
    let says = "handlens: outcome: is said of connections";
    assert!(
        of_connections.stderr.starts_with(says),
        "{}",
        of_connections.stderr
    );
    assert_eq!(
        (all.code, some.code),
        (Some(0), Some(0)),
        "{}{}",
        all.stderr,
        some.stderr
    );
    let urls = |har: &Value| -> Vec<String> {
        let entries = har["log"]["entries"].as_array().unwrap();
        entries
            .iter()
            .map(|entry| entry["request"]["url"].as_str().unwrap().to_owned())
            .collect()
    };
    let all_text = all.stdout.clone();
    let (all, some): (Value, Value) = (
        serde_json::from_str(&all.stdout).unwrap(),
        serde_json::from_str(&some.stdout).unwrap(),
    );
    assert_eq!(urls(&all), [origin.url("/echo?one"), origin.url("/gzip")]);
    assert_eq!(urls(&from_dashboard), urls(&all));
    assert_eq!(
        beside.stdout, all_text,
        "beside a running Handlens: {}",
        beside.stderr
    );
    assert_eq!(urls(&some), [origin.url("/gzip")]);
    assert_eq!(all["log"]["entries"][0]["request"]["postData"]["text"], "said");
    assert_eq!(
        all["log"]["entries"][1]["response"]["content"]["text"],
        crate::lab::GZIPPED_TEXT
    );
}

#[tokio::test]
async fn an_exchange_under_way_is_a_row_at_once() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let client = lab.client();
    let url = origin.url("/hold");
    let asked = tokio::spawn(async move { client.get(&url).await });
    origin.someone_waits().await;

    let row = lab.api().row("/hold").await;
    assert_eq!((&row["state"], &row["status"]), (&"open".into(), &Value::Null));
    assert_eq!(lab.api().status().await["open"]["exchanges"], 1);

    origin.go(1);
    assert_eq!(asked.await.unwrap().text(), "held");
    assert_eq!(lab.api().exchange("/hold").await["state"], "done");
    lab.api()
        .status_where("nothing under way", |status| status["open"]["exchanges"] == 0)
        .await;
}

#[tokio::test]
async fn secrets_stay_out_of_the_log() {
    let lab = Lab::start_with(&["-v"]).await;
    let origin = lab.origin().await;
    let post = Request::post(origin.url("/echo?token=query-secret"))
        .header("authorization", "Bearer header-secret")
        .header("cookie", "session=cookie-secret")
        .body(full("body-secret"))
        .unwrap();
    lab.client().send(post).await;
    lab.api().exchanges_over(1).await;
    let log = crate::lab::eventually("a line of the exchange", || async {
        let log = lab.handlens.log();
        if log.contains("/echo") { Ok(log) } else { Err(log) }
    })
    .await;
    for secret in ["header-secret", "cookie-secret", "body-secret", lab.api().token()] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[tokio::test]
async fn a_connection_tells_how_many_exchanges_it_has_carried() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut conversation = lab.client().open(&origin.authority()).await;
    for n in 0..3 {
        conversation.get(&origin.url(&format!("/bytes/{n}"))).await;
    }
    drop(conversation);

    let row = lab.api().connection(&origin.authority()).await;

    assert_eq!(row["exchanges"], 3, "{row:#}");
}
