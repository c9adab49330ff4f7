//! WebSockets and other upgrades are carried, over TLS and in plain.

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use crate::lab::{Lab, OriginOptions, Pattern, read_head, read_some, read_to_end_or_reset, within};

#[tokio::test]
async fn a_websocket_is_carried_over_tls() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let stream = lab.http1_stream(&origin.authority()).await;
    let url = origin.url("/ws").replace("https", "wss");

    let (mut socket, answer) = within("the upgrade", client_async(url, stream)).await.unwrap();
    assert_eq!(answer.status(), 101);
    for message in [
        Message::text("hello"),
        Message::binary(Pattern::bytes(1, 200_000)),
    ] {
        socket.send(message.clone()).await.unwrap();
        assert_eq!(within("the echo", socket.next()).await.unwrap().unwrap(), message);
    }
    let row = lab.api().row("/ws").await;
    assert_eq!(row["status"], 101);
    socket.close(None).await.unwrap();
    while within("the close", socket.next())
        .await
        .is_some_and(|message| message.is_ok())
    {}
    drop(socket);

    assert_eq!(lab.api().exchange("/ws").await["state"], "done");
    let connection = lab.api().connection(&origin.authority()).await;
    assert!(
        connection["bytes_from_client"].as_u64() > Some(200_000),
        "{connection:#}"
    );
    assert!(
        connection["bytes_from_origin"].as_u64() > Some(200_000),
        "{connection:#}"
    );
}

#[tokio::test]
async fn a_websocket_is_carried_in_plain_through_a_tunnel() {
    let lab = Lab::start().await;
    let origin = lab.plain_origin().await;
    let stream = lab.client().tunnel(&origin.authority()).await;
    let url = origin.url("/ws").replace("http", "ws");
    let (mut socket, _) = within("the upgrade", client_async(url, stream)).await.unwrap();
    socket.send(Message::text("in plain")).await.unwrap();
    assert_eq!(
        within("the echo", socket.next()).await.unwrap().unwrap(),
        Message::text("in plain")
    );
}

#[tokio::test]
async fn another_protocol_is_carried_and_half_closes() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let mut stream = lab.http1_stream(&origin.authority()).await;
    let head = format!(
        "GET /upgrade HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst ",
        origin.authority()
    );
    stream.write_all(head.as_bytes()).await.unwrap();

    let answer = read_head(&mut stream).await;
    let first = read_some(&mut stream, 6).await;
    stream.write_all(b"second").await.unwrap();
    stream.shutdown().await.unwrap();
    let (second, _) = read_to_end_or_reset(&mut stream).await;

    assert!(
        answer.starts_with("HTTP/1.1 101 ") && answer.to_lowercase().contains("upgrade: echo"),
        "{answer}"
    );
    assert_eq!(
        (first.as_slice(), second.as_slice()),
        (&b"first "[..], &b"second"[..])
    );
    assert_eq!(lab.api().exchange("/upgrade").await["status"], 101);
}

#[tokio::test]
async fn an_upgrade_that_is_refused_leaves_the_connection_in_step() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let mut stream = lab.http1_stream(&origin.authority()).await;
    for (path, status) in [("/status/404", "404"), ("/status/403", "403")] {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            origin.authority()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = read_head(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        read_some(&mut stream, 17).await;
    }
    assert_eq!(origin.connections(), 1);
}
