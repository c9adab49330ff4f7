//! An origin that lets go of a connection just as it is asked again on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::lab::{Lab, RawOrigin, full, read_answer, read_head, read_to_end_or_reset, request};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Answers one request of each connection, and takes the next without a byte of an answer; of the first connection not
/// even the first one, where it `is_rude`.
async fn answer_one<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, number: usize, is_rude: bool) {
    read_head(&mut stream).await;
    if is_rude && number == 0 {
        return;
    }
    stream.write_all(ANSWER).await.unwrap();
    stream.flush().await.unwrap();
    // The next one may never come.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match tokio::io::AsyncReadExt::read_u8(&mut stream).await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
}

async fn forgetful(is_rude: bool) -> (RawOrigin, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let origin = RawOrigin::tcp(move |stream: TcpStream| {
        let number = counted.fetch_add(1, Ordering::Relaxed);
        answer_one(stream, number, is_rude)
    })
    .await;
    (origin, count)
}

/// Whether each exchange of this path failed, the latest last, and what the first one says.
async fn rows_of(lab: &Lab, count: usize, path: &str) -> (Vec<bool>, String) {
    let mut rows = lab.api().exchanges_over(count).await;
    rows.retain(|row| row["path"] == path);
    rows.sort_by_key(|row| row["id"].as_str().unwrap().to_owned());
    let failed = rows.iter().map(|row| row["state"] == "failed").collect();
    let text = rows[0]["error"]["text"].as_str().unwrap_or_default().to_owned();
    (failed, text)
}

#[tokio::test]
async fn a_client_in_a_tunnel_is_left_unanswered_as_the_origin_leaves_us() {
    let lab = Lab::start().await;
    let (origin, count) = forgetful(false).await;
    for (n, body) in ["", "Content-Length: 2\r\n\r\nhi"].into_iter().enumerate() {
        let method = if n == 0 { "GET" } else { "POST" };
        let mut stream = lab.client().tunnel(&origin.authority()).await;
        stream
            .write_all(format!("GET /first/{n} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())
            .await
            .unwrap();
        assert_eq!(read_answer(&mut stream).await.1, b"ok");
        let end = if body.is_empty() { "\r\n" } else { body };
        stream
            .write_all(format!("{method} /again/{n} HTTP/1.1\r\nHost: localhost\r\n{end}").as_bytes())
            .await
            .unwrap();
        let (said, _) = read_to_end_or_reset(&mut stream).await;
        assert_eq!(String::from_utf8_lossy(&said), "", "no answer of ours");
        let (failed, text) = rows_of(&lab, 2 * (n + 1), &format!("/again/{n}")).await;
        assert_eq!(failed, [true]);
        assert_eq!(
            text,
            "the origin closed a connection in use before without a byte of an answer, and the client's was closed as \
             well: it may send its request again"
        );
    }
    assert_eq!(count.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_first_request_that_gets_no_answer_is_told_why() {
    let lab = Lab::start().await;
    let (origin, _) = forgetful(true).await;
    let mut stream = lab.client().tunnel(&origin.authority()).await;
    stream
        .write_all(b"GET /first HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 502 "));
}

#[tokio::test]
async fn a_request_in_plain_goes_again_where_it_may() {
    let lab = Lab::start().await;
    let (origin, count) = forgetful(false).await;
    let mut stream = lab.client().tcp().await;
    for path in ["/first", "/again"] {
        let head = format!(
            "GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            origin.url("http", path)
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let (head, body) = read_answer(&mut stream).await;
        assert_eq!(body, b"ok", "{head}");
    }
    let (failed, text) = rows_of(&lab, 3, "/again").await;
    assert_eq!(failed, [true, false]);
    assert_eq!(
        text,
        "the origin closed a connection in use before without a byte of an answer, and the request was sent again on a \
         new one"
    );
    assert_eq!(count.load(Ordering::Relaxed), 2);

    // Twice may be once too often: that is for the client to know.
    let url = origin.url("http", "/once");
    let head = format!("POST {url} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let (said, _) = read_to_end_or_reset(&mut stream).await;
    assert_eq!(String::from_utf8_lossy(&said), "");
    assert_eq!(rows_of(&lab, 4, "/once").await.0, [true]);
    assert_eq!(count.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_stream_of_http2_goes_again_where_it_may() {
    let lab = Lab::start().await;
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let origin = RawOrigin::tls(&lab.authority, &["http/1.1"], move |stream| {
        let number = counted.fetch_add(1, Ordering::Relaxed);
        answer_one(stream, number, false)
    })
    .await;
    let mut conversation = lab.client().http2().open(&origin.authority()).await;
    for (path, connections) in [("/first", 1), ("/again", 2)] {
        let answer = conversation.get(&origin.url("https", path)).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, "ok".into()));
        assert_eq!(count.load(Ordering::Relaxed), connections, "{path}");
    }
    let (failed, text) = rows_of(&lab, 3, "/again").await;
    assert_eq!(failed, [true, false]);
    assert!(
        text.ends_with(", and the request was sent again on a new one"),
        "{text}"
    );

    let post = request(Method::POST, &origin.url("https", "/once"), full("hi"));
    let answer = conversation.send(post).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    assert_eq!(count.load(Ordering::Relaxed), 2);
}
