//! What is neither TLS nor HTTP is carried as bytes, both ways and half-closed, and recorded as that.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::lab::{Lab, Pattern, RawOrigin, Refusing, read_some, read_to_end_or_reset, within};

#[tokio::test]
async fn a_server_that_speaks_first_is_heard() {
    let lab = Lab::start().await;
    let smtp = RawOrigin::tcp(|mut stream| async move {
        stream.write_all(b"220 lab ESMTP\r\n").await.unwrap();
        let mut said = [0; 6];
        stream.read_exact(&mut said).await.unwrap();
        stream.write_all(b"250 hello\r\n").await.unwrap();
    })
    .await;
    let mut stream = lab.client().tunnel(&smtp.authority()).await;

    assert_eq!(read_some(&mut stream, 15).await, b"220 lab ESMTP\r\n");
    stream.write_all(b"EHLO\r\n").await.unwrap();
    let (answer, _) = read_to_end_or_reset(&mut stream).await;
    drop(stream);

    assert_eq!(answer, b"250 hello\r\n");
    let connection = lab.api().connection(&smtp.authority()).await;
    assert_eq!(
        (&connection["outcome"], &connection["failure"]),
        (&"opaque".into(), &serde_json::Value::Null)
    );
    assert_eq!(
        (&connection["bytes_from_client"], &connection["bytes_from_origin"]),
        (&6.into(), &26.into())
    );
    // What was said is an exchange of its own.
    let rows = lab.api().exchanges_over(1).await;
    assert_eq!(
        (
            &rows[0]["method"],
            &rows[0]["scheme"],
            &rows[0]["protocol"],
            &rows[0]["state"]
        ),
        (&"CONNECT".into(), &"tcp".into(), &"opaque".into(), &"done".into())
    );
    assert_eq!(lab.api().body(&rows[0], "request", "").await, &b"EHLO\r\n"[..]);
    assert_eq!(
        lab.api().body(&rows[0], "response", "").await,
        &b"220 lab ESMTP\r\n250 hello\r\n"[..]
    );
}

async fn echo() -> RawOrigin {
    RawOrigin::tcp(|mut stream| async move {
        let (mut reader, mut writer) = stream.split();
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
        let _ = writer.shutdown().await;
    })
    .await
}

#[tokio::test]
async fn any_bytes_are_carried_unchanged() {
    let lab = Lab::start().await;
    let echo = echo().await;
    // The last four begin as TLS, HTTP/1 and HTTP/2 do, and are not.
    let firsts: [&[u8]; 7] = [
        b"\0",
        b"\xff\xfe",
        b"SSH-2.0-lab\r\n",
        b"\x16\x03",
        b"\x16\x03\x01\0\x05\x02aaaa",
        b"GETTING",
        b"PRI * HTTP/2.1\r\n\r\nXX",
    ];
    for (n, first) in firsts.into_iter().enumerate() {
        let said = [first, &Pattern::bytes(n as u64, 500_000)].concat();
        let stream = lab.client().tunnel(&echo.authority()).await;
        let (mut reader, mut writer) = stream.into_split();
        let sent = said.clone();
        let sending = tokio::spawn(async move {
            let _ = writer.write_all(&sent).await;
            let _ = writer.shutdown().await;
        });
        let (came_back, _) = read_to_end_or_reset(&mut reader).await;
        within("the end of sending", sending).await.unwrap();
        assert!(
            came_back == said,
            "{first:?}: {} of {} bytes came back",
            came_back.len(),
            said.len()
        );
    }
    let rows = lab.api().closed_connections().await;
    assert!(rows.iter().all(|row| row["outcome"] == "opaque"), "{rows:#?}");
}

#[tokio::test]
async fn no_more_is_recorded_than_the_bound_and_the_rest_is_counted() {
    let lab = Lab::start_as(|setup| setup.config("[limits]\nopaque-bytes = \"64KiB\"\n")).await;
    let echo = echo().await;
    let said = [&b"\0"[..], &Pattern::bytes(3, 3_000_000)].concat();
    let stream = lab.client().tunnel(&echo.authority()).await;
    let (mut reader, mut writer) = stream.into_split();
    let sent = said.clone();
    let sending = tokio::spawn(async move {
        let _ = writer.write_all(&sent).await;
        let _ = writer.shutdown().await;
    });
    let (came_back, _) = read_to_end_or_reset(&mut reader).await;
    within("the end of sending", sending).await.unwrap();
    assert!(came_back == said);
    let row = lab.api().exchanges_over(1).await.remove(0);
    assert_eq!(
        (&row["request_bytes"], &row["response_bytes"]),
        (&said.len().into(), &said.len().into())
    );
    let kept = lab.api().body(&row, "request", "").await;
    assert!(kept[..] == said[..64 * 1024], "{} bytes are kept", kept.len());
    let detail = lab.api().exchange_of(&row).await;
    assert_eq!(detail["request"]["dropped"], said.len() - 64 * 1024);
}

#[tokio::test]
async fn the_client_may_stop_talking_and_listen_on() {
    let lab = Lab::start().await;
    let summing = RawOrigin::tcp(|mut stream| async move {
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all).await;
        let _ = stream.write_all(format!("{} bytes", all.len()).as_bytes()).await;
    })
    .await;
    let mut stream = lab.client().tunnel(&summing.authority()).await;
    stream.write_all(&[0; 1000]).await.unwrap();
    stream.shutdown().await.unwrap();
    let (answer, end) = read_to_end_or_reset(&mut stream).await;
    end.unwrap();
    assert_eq!(answer, b"1000 bytes");
}

#[tokio::test]
async fn the_origin_may_stop_talking_and_listen_on() {
    let lab = Lab::start().await;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let listening = RawOrigin::tcp(move |mut stream| {
        let tell = tell.clone();
        async move {
            let _ = stream.write_all(b"\0all I say").await;
            let _ = stream.shutdown().await;
            let mut heard = Vec::new();
            let _ = stream.read_to_end(&mut heard).await;
            let _ = tell.send(heard);
        }
    })
    .await;
    let mut stream = lab.client().tunnel(&listening.authority()).await;
    stream.write_all(b"\0").await.unwrap();
    let (said, end) = read_to_end_or_reset(&mut stream).await;
    end.unwrap();
    stream.write_all(b"and an answer").await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(said, b"\0all I say");
    assert_eq!(
        within("what the origin heard", told.recv()).await.unwrap(),
        b"\0and an answer"
    );
}

#[tokio::test]
async fn opaque_bytes_inside_tls_are_carried_too() {
    let lab = Lab::start().await;
    let echo = RawOrigin::tls(&lab.authority, &[], |stream| async move {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
        let _ = writer.shutdown().await;
    })
    .await;
    let mut stream = lab
        .client()
        .offering(&[])
        .shake_hands(&echo.authority())
        .await
        .unwrap();
    stream.write_all(b"\0not HTTP").await.unwrap();
    let back = read_some(&mut stream, 9).await;
    stream.shutdown().await.unwrap();
    let (rest, _) = read_to_end_or_reset(&mut stream).await;
    assert_eq!((back.as_slice(), rest.as_slice()), (&b"\0not HTTP"[..], &b""[..]));
    let connection = lab.api().connection(&echo.authority()).await;
    assert_eq!(
        (&connection["bytes_from_client"], &connection["bytes_from_origin"]),
        (&9.into(), &9.into())
    );
}

#[tokio::test]
async fn a_client_that_listens_is_soon_told_that_nobody_is_there() {
    let lab = Lab::start().await;
    let closed = Refusing::new();
    let target = closed.address().to_string();
    let mut stream = lab.client().tunnel(&target).await;

    let (said, _) = within("the end", read_to_end_or_reset(&mut stream)).await;

    assert_eq!(said, b"");
    let connection = lab.api().connection(&target).await;
    assert_eq!(
        (&connection["outcome"], &connection["failure"]["stage"]),
        (&"failed".into(), &"connect".into()),
        "{connection:#}"
    );
}
