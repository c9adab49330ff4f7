//! The PROXY protocol before whatever a door takes.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::lab::{Lab, read_head, read_to_end_or_reset};

const VERSION_2: &[u8] =
    b"\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x9c\x40\x1f\x90";

#[tokio::test]
async fn the_client_is_who_the_header_says() {
    let lab = Lab::start_with(&["--proxy-protocol"]).await;
    let origin = lab.plain_origin().await;
    for (n, (header, address)) in [
        (
            &b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 8080\r\n"[..],
            "192.0.2.7:40000",
        ),
        (VERSION_2, "[2001:db8::7]:40000"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut stream = TcpStream::connect(lab.handlens.proxy()).await.unwrap();
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            origin.url(&format!("/bytes/{n}"))
        );
        stream
            .write_all(&[header, request.as_bytes()].concat())
            .await
            .unwrap();
        assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 200 "));
        drop(stream);
        let row = lab.api().exchange(&format!("/bytes/{n}")).await;
        let connection = lab
            .api()
            .get(&format!(
                "/api/connections/{}",
                row["connection"].as_str().unwrap()
            ))
            .await;
        assert_eq!(connection["client"]["address"], address);
    }
}

#[tokio::test]
async fn who_does_not_begin_with_the_header_is_not_served() {
    let lab = Lab::start_as(|setup| {
        setup
            .config("listen = [{ at = \"127.0.0.1:0\", proxy-protocol = true }]\n")
            .set("--listen", "127.0.0.1:0")
    })
    .await;
    // The flag beats the file, and says nothing of a header.
    let origin = lab.origin().await;
    assert_eq!(lab.client().get(&origin.url("/bytes/1")).await.status, 200);

    let lab = Lab::start_with(&["--proxy-protocol"]).await;
    for said in [
        "GET http://a/ HTTP/1.1\r\n\r\n",
        "PROXY TCP4 a b 1 2\r\n",
        "PROXY TCP4 192.",
    ] {
        let mut stream = TcpStream::connect(lab.handlens.proxy()).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        assert_eq!(read_to_end_or_reset(&mut stream).await.0, b"", "{said:?}");
    }
    let rows = lab.api().connections_closed(3).await;
    for row in rows {
        let text = row["failure"]["text"].as_str().unwrap();
        assert!(text.contains("PROXY protocol"), "{text}");
        assert!(
            row["client"]["address"]
                .as_str()
                .unwrap()
                .starts_with("127.0.0.1:")
        );
    }
}
