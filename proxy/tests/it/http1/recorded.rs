//! What of HTTP/1 is recorded: heads to the byte, interim responses, bodies without their chunks, upgraded connections.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::recorded as origin_that_answers;
use crate::lab::{Lab, OriginOptions, RawOrigin, eventually, read_head, read_some, read_to_end_or_reset};

#[tokio::test]
async fn heads_are_kept_to_the_byte_and_interim_ones_too() {
    let lab = Lab::start().await;
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let head = "HTTP/1.1 200 Quite Fine\r\nX:odd \r\nx: a\r\nContent-Length: 2\r\n\r\n";
    let (origin, _told) = origin_that_answers(&lab, format!("{hints}{head}ok")).await;
    let mut stream = lab.http1_stream(&origin.authority()).await;
    let plain = format!(
        "GET /heads HTTP/1.1\r\nhOst: {}\r\nX: 1\r\nx: 2\r\n\r\n",
        origin.authority()
    );
    stream.write_all(plain.as_bytes()).await.unwrap();
    read_some(&mut stream, hints.len() + head.len() + 2).await;

    let row = lab.api().exchange("/heads").await;

    assert_eq!(row["request"]["raw_head"], plain, "{row:#}");
    assert_eq!(row["response"]["raw_head"], head, "{row:#}");
    assert_eq!(row["response"]["fields"][0], serde_json::json!(["X", "odd"]));
    assert_eq!(row["informational"].as_array().unwrap().len(), 1, "{row:#}");
    assert_eq!(row["informational"][0]["status"], 103);
    assert_eq!(row["informational"][0]["raw_head"], hints);
    drop(stream);
    // So they are after all was read from the disk again.
    let lab = lab.restart().await;
    assert_eq!(lab.api().exchange("/heads").await["response"]["raw_head"], head);
}

#[tokio::test]
async fn a_request_that_is_refused_is_recorded_with_its_bytes() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let mut stream = lab.http1_stream(&origin.authority()).await;
    let sent =
        "POST /smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(sent.as_bytes()).await.unwrap();
    let (answer, _) = read_to_end_or_reset(&mut stream).await;

    let row = lab.api().exchange("/smuggled").await;

    assert!(answer.starts_with(b"HTTP/1.1 400 "));
    assert_eq!(
        (&row["method"], &row["status"], &row["state"]),
        (&"POST".into(), &400.into(), &"failed".into())
    );
    assert_eq!(
        (&row["error"]["leg"], &row["error"]["stage"]),
        (&"client".into(), &"request".into())
    );
    assert_eq!(row["request"]["raw_head"], sent, "{row:#}");
    assert_eq!(row["response"]["made_here"], true);
    assert_eq!(origin.requests().len(), 0);
}

#[tokio::test]
async fn bodies_are_kept_without_their_chunks_and_trailers_without_being_asked_for() {
    let lab = Lab::start().await;
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=\"y\"\r\nab\r\n3\r\ncde\r\n0\r\nX-Sum: 7\r\n\r\n";
    let (origin, _told) = origin_that_answers(&lab, answer).await;
    let mut stream = lab.http1_stream(&origin.authority()).await;
    let head = format!("GET /chunks HTTP/1.1\r\nHost: {}\r\n\r\n", origin.authority());
    stream.write_all(head.as_bytes()).await.unwrap();

    assert_eq!(read_some(&mut stream, answer.len()).await, answer.as_bytes());
    let row = lab.api().exchange("/chunks").await;
    assert_eq!(row["response_bytes"], 5);
    assert_eq!(row["response"]["trailers"][0], serde_json::json!(["X-Sum", "7"]));
    assert_eq!(lab.api().body(&row, "response", "").await, &b"abcde"[..]);
}

#[tokio::test]
async fn what_is_said_after_an_upgrade_is_the_exchanges_bodies() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let mut stream = lab.http1_stream(&origin.authority()).await;
    let head = format!(
        "GET /upgrade HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
        origin.authority()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    read_head(&mut stream).await;
    stream.write_all(b"said by the client").await.unwrap();
    read_some(&mut stream, 18).await;

    eventually("the exchange to be open and to have bodies", || async {
        let row = lab.api().row("/upgrade").await;
        let seen = (row["state"] == "open", row["response_bytes"] == 18);
        if seen == (true, true) { Ok(()) } else { Err(row) }
    })
    .await;
    stream.shutdown().await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();

    let row = lab.api().exchange("/upgrade").await;
    assert_eq!((&row["state"], &row["status"]), (&"done".into(), &101.into()));
    for side in ["request", "response"] {
        let body = lab.api().body(&row, side, "").await;
        assert_eq!(body, &b"said by the client"[..], "{side}");
    }
}

#[tokio::test]
async fn what_was_agreed_on_and_then_broken_off_is_told_so() {
    let lab = Lab::start().await;
    let origin = RawOrigin::tcp(|mut stream| async move {
        read_head(&mut stream).await;
        let switched =
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello";
        stream.write_all(switched).await.unwrap();
        let mut said = [0; 4];
        stream.read_exact(&mut said).await.unwrap();
        stream.set_zero_linger().unwrap();
    })
    .await;
    let mut stream = lab.client().tunnel(&origin.authority()).await;
    let head = format!(
        "GET /broken HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
        origin.authority()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    read_head(&mut stream).await;
    read_some(&mut stream, 5).await;
    stream.write_all(b"more").await.unwrap();
    let _ = read_to_end_or_reset(&mut stream).await;

    let row = lab.api().exchange("/broken").await;
    assert_eq!(
        (&row["state"], &row["error"]["leg"]),
        (&"failed".into(), &"origin".into()),
        "{row:#}"
    );
    assert_eq!(row["response_bytes"], 5);
}

#[tokio::test]
async fn what_a_proxy_is_told_in_a_line_that_is_no_field_is_in_no_record() {
    let lab = Lab::start().await;
    let mut stream = lab.client().tcp().await;
    let sent = "GET http://a.test/secret HTTP/1.1\r\nHost: a.test\r\nProxy-Authorization Basic dTpw\r\n\r\n";
    stream.write_all(sent.as_bytes()).await.unwrap();
    let (answer, _) = read_to_end_or_reset(&mut stream).await;
    let row = lab.api().exchange("http://a.test/secret").await;

    assert!(answer.starts_with(b"HTTP/1.1 400 "));
    assert!(!String::from_utf8_lossy(&answer).contains("dTpw"));
    assert!(!row.to_string().contains("dTpw"), "{row:#}");
}

#[tokio::test]
async fn a_whole_url_without_a_path_asks_for_the_root() {
    let lab = Lab::start().await;
    let origin = lab.plain_origin().await;
    let mut stream = lab.client().tcp().await;
    let authority = origin.authority();
    let sent =
        format!("GET http://{authority}?q=1#here HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(sent.as_bytes()).await.unwrap();
    let _ = read_to_end_or_reset(&mut stream).await;

    assert_eq!(origin.the_request().uri, "/?q=1");
    lab.api().exchange("/?q=1").await;
}
