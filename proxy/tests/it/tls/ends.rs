//! How TLS ends.

use super::*;

#[tokio::test]
async fn the_end_of_tls_is_told_on_both_sides() {
    let lab = Lab::start().await;
    let origin = RawOrigin::tls(&lab.authority, &["http/1.1"], |mut stream| async move {
        let mut head = [0; 8];
        let _ = stream.read_exact(&mut head).await;
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end")
            .await;
        let _ = stream.shutdown().await;
    })
    .await;
    let mut stream = lab.http1_stream(&origin.authority()).await;
    stream
        .write_all(format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", origin.authority()).as_bytes())
        .await
        .unwrap();
    let (answer, end) = read_to_end_or_reset(&mut stream).await;
    // Without close_notify rustls reports an unexpected end: a truncated answer could not be told from a whole one.
    end.unwrap();
    assert!(
        answer.ends_with(b"to the end") || answer.ends_with(b"0\r\n\r\n"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}

#[tokio::test]
async fn an_answer_cut_short_by_a_lost_end_of_tls_is_not_whole() {
    let lab = Lab::start().await;
    let origin = RawOrigin::tls(&lab.authority, &["http/1.1"], |mut stream| async move {
        let mut head = [0; 8];
        let _ = stream.read_exact(&mut head).await;
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto be cont")
            .await;
        // The TCP connection ends without close_notify (RFC 8446 section 6.1).
        let (mut tcp, _) = stream.into_inner();
        let _ = tcp.shutdown().await;
    })
    .await;
    let client = lab.client().http1();
    let mut conversation = client.open(&origin.authority()).await;
    let get = crate::lab::request(
        http::Method::GET,
        &origin.url("https", "/cut"),
        crate::lab::empty(),
    );
    let answer = conversation.try_send(get).await;
    assert!(
        answer.is_err(),
        "a truncated answer was taken for a whole one: {answer:?}"
    );
    assert_eq!(lab.api().exchange("/cut").await["state"], "failed");
}
