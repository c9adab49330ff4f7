//! An answer that ends with its connection, and is broken off: its client must see that.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::lab::{Lab, RawOrigin, read_head, read_to_end_or_reset, within};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";

/// An origin that answers half of a body without a length, and then ends or breaks its connection when it is asked to
/// go on.
async fn origin(breaks: bool) -> RawOrigin {
    RawOrigin::tcp(move |mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(&[HEAD, b"half"].concat()).await.unwrap();
        // The client has it.
        let _ = within("a word", stream.read_u8()).await;
        if breaks {
            socket2::SockRef::from(&stream)
                .set_linger(Some(Duration::ZERO))
                .unwrap();
        }
    })
    .await
}

/// Asks, reads the half, lets the origin go on, and reads to the end.
async fn ask(mut stream: TcpStream, target: &str) -> std::io::Result<()> {
    let head = format!("POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 200 "));
    assert_eq!(crate::lab::read_some(&mut stream, 4).await, b"half");
    stream.write_all(b"x").await.unwrap();
    let (rest, end) = read_to_end_or_reset(&mut stream).await;
    assert_eq!(rest, b"");
    end
}

#[tokio::test]
async fn a_break_is_a_reset_and_an_end_is_an_end() {
    let lab = Lab::start().await;
    for breaks in [true, false] {
        let origin = origin(breaks).await;
        let tunnel = lab.client().tunnel(&origin.authority()).await;
        let plain = lab.client().tcp().await;
        for (stream, target) in [
            (tunnel, format!("/tunnel?{breaks}")),
            (plain, origin.url("http", &format!("/plain?{breaks}"))),
        ] {
            let path = target[target.rfind('/').unwrap()..].to_owned();
            let end = ask(stream, &target).await.map_err(|error| error.kind());
            let expected = if breaks {
                Err(ErrorKind::ConnectionReset)
            } else {
                Ok(())
            };
            assert_eq!(end, expected, "{path}");
            let row = lab.api().exchange(&path).await;
            assert_eq!(row["error"].is_object(), breaks, "{row:#}");
        }
    }
}
