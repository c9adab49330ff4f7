//! A tunnel whose bytes nobody reads, and that one side resets: the other side sees a reset too, and no end.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};

use crate::lab::{Lab, RawOrigin, read_some, read_to_end_or_reset, within};

fn is_to_reset(stream: &TcpStream) {
    SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
}

async fn end_of(stream: &mut (impl AsyncRead + Unpin)) -> (Vec<u8>, Result<(), ErrorKind>) {
    let (said, end) = read_to_end_or_reset(stream).await;
    (said, end.map_err(|error| error.kind()))
}

/// An origin that says something once it was spoken to, and ends or resets when it is spoken to again.
async fn leaving(resets: bool) -> RawOrigin {
    RawOrigin::tcp(move |mut stream| async move {
        read_some(&mut stream, 1).await;
        stream.write_all(b"\0said").await.unwrap();
        read_some(&mut stream, 1).await;
        if resets {
            is_to_reset(&stream);
        }
    })
    .await
}

/// An origin that tells how its client ends.
async fn listening() -> (RawOrigin, mpsc::UnboundedReceiver<io::Result<()>>) {
    let (tell, told) = mpsc::unbounded_channel();
    let origin = RawOrigin::tcp(move |mut stream| {
        let tell = tell.clone();
        async move {
            read_some(&mut stream, 1).await;
            stream.write_all(b"\0").await.unwrap();
            let _ = tell.send(read_to_end_or_reset(&mut stream).await.1);
        }
    })
    .await;
    (origin, told)
}

#[tokio::test]
async fn an_origins_reset_is_one_to_the_client_and_its_end_an_end() {
    let lab = Lab::start().await;
    for resets in [true, false] {
        let origin = leaving(resets).await;
        let mut stream = lab.client().tunnel(&origin.authority()).await;
        stream.write_all(b"\0").await.unwrap();
        assert_eq!(read_some(&mut stream, 5).await, b"\0said");
        stream.write_all(b"x").await.unwrap();
        let (rest, end) = end_of(&mut stream).await;
        drop(stream);

        let expected = if resets {
            Err(ErrorKind::ConnectionReset)
        } else {
            Ok(())
        };
        assert_eq!((&rest[..], end), (&b""[..], expected));
        let connection = lab.api().connection(&origin.authority()).await;
        let by = if resets { "origin".into() } else { Value::Null };
        assert_eq!(
            (&connection["outcome"], &connection["reset_by"]),
            (&"opaque".into(), &by)
        );
    }
}

#[tokio::test]
async fn a_clients_reset_is_one_to_the_origin_and_its_end_an_end() {
    let lab = Lab::start().await;
    for resets in [true, false] {
        let (origin, mut told) = listening().await;
        let mut stream = lab.client().tunnel(&origin.authority()).await;
        stream.write_all(b"\0").await.unwrap();
        read_some(&mut stream, 1).await;
        if resets {
            is_to_reset(&stream);
        }
        drop(stream);

        let end = within("the end at the origin", told.recv()).await.unwrap();
        let expected = if resets {
            Err(ErrorKind::ConnectionReset)
        } else {
            Ok(())
        };
        assert_eq!(end.map_err(|error| error.kind()), expected);
        let connection = lab.api().connection(&origin.authority()).await;
        let by = if resets { "client".into() } else { Value::Null };
        assert_eq!(connection["reset_by"], by);
    }
}

#[tokio::test]
async fn an_origin_that_resets_before_a_word_does_so_to_its_client() {
    let lab = Lab::start().await;
    let go = Arc::new(Notify::new());
    let told = go.clone();
    let origin = RawOrigin::tcp(move |stream| {
        let told = told.clone();
        async move {
            told.notified().await;
            is_to_reset(&stream);
        }
    })
    .await;
    let mut stream = lab.client().tcp().await;
    stream.write_all(&[5, 1, 0]).await.unwrap();
    read_some(&mut stream, 2).await;
    let [high, low] = origin.port().to_be_bytes();
    stream
        .write_all(&[5, 1, 0, 1, 127, 0, 0, 1, high, low])
        .await
        .unwrap();
    // By SOCKS a client knows that the origin was reached.
    assert_eq!(read_some(&mut stream, 10).await[1], 0);
    go.notify_one();

    let (said, end) = end_of(&mut stream).await;

    assert_eq!((&said[..], end), (&b""[..], Err(ErrorKind::ConnectionReset)));
    let connection = lab.api().connection(&origin.address.to_string()).await;
    assert_eq!(connection["reset_by"], "origin", "{connection:#}");
}

#[tokio::test]
async fn a_reset_under_tls_that_is_passed_through_is_one_too() {
    let lab = Lab::start_with(&["--pass", "localhost"]).await;
    let origin = RawOrigin::tls(&lab.authority, &[], |mut stream| async move {
        let _ = stream.read_u8().await;
        is_to_reset(stream.get_ref().0);
    })
    .await;
    let trusting = lab.client().trusting(lab.authority.der());
    let mut stream = trusting.shake_hands(&origin.authority()).await.unwrap();
    stream.write_all(b"x").await.unwrap();

    let (said, end) = end_of(&mut stream).await;
    drop(stream);

    assert_eq!((&said[..], end), (&b""[..], Err(ErrorKind::ConnectionReset)));
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(
        (&connection["outcome"], &connection["reset_by"]),
        (&"passed".into(), &"origin".into())
    );
}

#[tokio::test]
async fn a_reset_of_an_upgraded_connection_is_one_too() {
    const ASKED: &[u8] =
        b"GET /up HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: lab\r\n\r\n";
    const SWITCHED: &[u8] =
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: lab\r\n\r\n";
    let lab = Lab::start().await;
    let (tell, mut told) = mpsc::unbounded_channel();
    let origin = RawOrigin::tcp(move |mut stream| {
        let tell = tell.clone();
        async move {
            crate::lab::read_head(&mut stream).await;
            stream.write_all(SWITCHED).await.unwrap();
            if read_some(&mut stream, 1).await == b"r" {
                is_to_reset(&stream);
            } else {
                stream.write_all(b"!").await.unwrap();
                let _ = tell.send(read_to_end_or_reset(&mut stream).await.1);
            }
        }
    })
    .await;
    let open = async |word: &[u8]| {
        let mut stream = lab.client().tunnel(&origin.authority()).await;
        stream.write_all(ASKED).await.unwrap();
        crate::lab::read_head(&mut stream).await;
        stream.write_all(word).await.unwrap();
        stream
    };

    let mut stream = open(b"r").await;
    assert_eq!(end_of(&mut stream).await.1, Err(ErrorKind::ConnectionReset));
    let row = lab.api().exchange("/up").await;
    assert_eq!(row["error"]["leg"], "origin", "{row:#}");

    let mut stream = open(b"s").await;
    read_some(&mut stream, 1).await;
    is_to_reset(&stream);
    drop(stream);
    let end = within("the end at the origin", told.recv()).await.unwrap();
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}
