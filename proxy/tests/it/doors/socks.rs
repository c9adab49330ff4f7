//! SOCKS by the byte: both versions, each form of target, and what is refused with which code.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::lab::{Lab, RawOrigin, Refusing, read_to_end_or_reset, within};

async fn lab() -> Lab {
    Lab::start_with(&["--listen", "socks5@127.0.0.1:0"]).await
}

/// Says these in turn, each after the answer to the one before, of which this many bytes are read.
async fn talk(lab: &Lab, mode: &str, words: &[(&[u8], usize)]) -> (TcpStream, Vec<u8>) {
    let mut stream = TcpStream::connect(lab.handlens.door(mode)).await.unwrap();
    let mut said = Vec::new();
    for (word, answer) in words {
        stream.write_all(word).await.unwrap();
        let mut bytes = vec![0; *answer];
        within("a reply of SOCKS", stream.read_exact(&mut bytes))
            .await
            .unwrap();
        said.extend(bytes);
    }
    (stream, said)
}

/// A request of version 5 to go to a name.
fn to_name(host: &str, port: u16) -> Vec<u8> {
    let length = u8::try_from(host.len()).unwrap();
    [&[5, 1, 0, 3, length], host.as_bytes(), &port.to_be_bytes()].concat()
}

async fn echo() -> RawOrigin {
    RawOrigin::tcp(|mut stream| async move {
        let (mut reader, mut writer) = stream.split();
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
    })
    .await
}

#[tokio::test]
async fn names_and_addresses_lead_to_an_origin_by_either_version_and_port() {
    let lab = lab().await;
    let origin = lab.origin().await;
    let port = origin.port();
    let five_v4 = [&[5, 1, 0, 1, 127, 0, 0, 1][..], &port.to_be_bytes()].concat();
    let four = [&[4, 1][..], &port.to_be_bytes(), &[127, 0, 0, 1], b"me\0"].concat();
    let four_a = [&[4, 1][..], &port.to_be_bytes(), &[0, 0, 0, 1], b"\0localhost\0"].concat();
    for mode in ["socks5", "http"] {
        for (words, door) in [
            (
                vec![(&[5, 1, 0][..], 2), (&to_name("localhost", port), 10)],
                "socks5",
            ),
            (vec![(&[5, 2, 0, 2][..], 2), (&five_v4, 10)], "socks5"),
            (vec![(&four[..], 8)], "socks4"),
            (vec![(&four_a[..], 8)], "socks4"),
        ] {
            let (stream, said) = talk(&lab, mode, &words).await;
            let granted = if door == "socks4" {
                [0, 90].to_vec()
            } else {
                vec![5, 0, 5, 0]
            };
            assert!(said.starts_with(&granted), "{said:?}");
            let tls = lab
                .client()
                .http1()
                .shake_hands_on(stream, &origin.authority())
                .await;
            let mut conversation = crate::lab::Conversation::http1(tls.unwrap()).await;
            assert_eq!(conversation.get(&origin.url("/bytes/9")).await.body.len(), 9);
            drop(conversation);
        }
    }
    let rows = lab.api().connections_closed(8).await;
    let doors: Vec<_> = rows.iter().filter_map(|row| row["door"].as_str()).collect();
    assert_eq!(
        doors.iter().filter(|door| **door == "socks5").count(),
        4,
        "{doors:?}"
    );
    assert_eq!(
        doors.iter().filter(|door| **door == "socks4").count(),
        4,
        "{doors:?}"
    );
    assert!(rows.iter().all(|row| row["outcome"] == "inspected"), "{rows:#?}");
    let found = lab.api().get("/api/connections?filter=door:socks4").await;
    assert_eq!(found["matched"], 4, "{found:#}");
}

#[tokio::test]
async fn bytes_behind_the_request_are_not_lost_and_the_reply_names_our_address() {
    let lab = lab().await;
    let echo = echo().await;
    let eager = [&[5, 1, 0][..], &to_name("127.0.0.1", echo.port()), b"\0early"].concat();
    let mut stream = TcpStream::connect(lab.handlens.door("socks5")).await.unwrap();
    stream.write_all(&eager).await.unwrap();
    stream.shutdown().await.unwrap();
    let (said, _) = read_to_end_or_reset(&mut stream).await;
    assert_eq!(said[..6], [5, 0, 5, 0, 0, 1], "{said:?}");
    assert_eq!(said[6..10], [127, 0, 0, 1]);
    assert_ne!(said[10..12], [0, 0], "the port that the origin sees");
    assert_eq!(&said[12..], b"\0early");
}

#[tokio::test]
async fn what_is_refused_is_refused_with_the_code_that_says_why() {
    let lab = lab().await;
    let dead = Refusing::new();
    let own = lab.handlens.proxy().port();
    let dashboard = lab.handlens.dashboard().port();
    let with = |command: u8| [&[5, command, 0, 1, 127, 0, 0, 1][..], &[1, 187]].concat();
    for (request, code, says) in [
        (with(2), 7, "SOCKS BIND is not carried: CONNECT alone is"),
        (with(3), 7, "SOCKS UDP ASSOCIATE is not carried: CONNECT alone is"),
        (vec![5, 1, 0, 9, 0, 0, 0, 0, 0, 0], 8, "address type 9"),
        (to_name("a b", 443), 1, "\"a b\" is not a host name"),
        (to_name("127.0.0.1", dead.port()), 5, "connection refused"),
        (to_name("localhost", own), 2, "localhost:"),
        (to_name("0.0.0.0", dashboard), 2, "0.0.0.0:"),
    ] {
        let (mut stream, said) = talk(&lab, "socks5", &[(&[5, 1, 0], 2), (&request, 10)]).await;
        assert_eq!(said[2..4], [5, code], "{says}");
        assert_eq!(read_to_end_or_reset(&mut stream).await.0, b"");
        let is_it = |row: &serde_json::Value| {
            row["failure"]["text"]
                .as_str()
                .is_some_and(|text| text.contains(says))
        };
        lab.api().connection_where(says, is_it).await;
    }
    let bind = [&[4, 2][..], &[1, 187], &[127, 0, 0, 1], b"\0"].concat();
    assert_eq!(talk(&lab, "socks5", &[(&bind, 8)]).await.1[..2], [0, 91]);
    let (mut stream, said) = talk(&lab, "socks5", &[(&[5, 1, 1], 2)]).await;
    assert_eq!(said, [5, 0xff]);
    assert_eq!(read_to_end_or_reset(&mut stream).await.0, b"");
}

#[tokio::test]
async fn a_name_that_can_not_be_resolved_is_told_inside() {
    let lab = lab().await;
    let request = to_name("no-such-host.invalid", 443);
    let (stream, said) = talk(&lab, "socks5", &[(&[5, 1, 0], 2), (&request, 10)]).await;
    assert_eq!(said[2..4], [5, 0]);
    let tls = lab
        .client()
        .http1()
        .shake_hands_on(stream, "no-such-host.invalid:443")
        .await;
    let mut conversation = crate::lab::Conversation::http1(tls.unwrap()).await;
    let answer = conversation.get("https://no-such-host.invalid/").await;
    assert_eq!(answer.status, 502);
    assert!(
        answer.text().contains("could not be resolved"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_port_of_socks_takes_nothing_else() {
    let lab = lab().await;
    let mut stream = TcpStream::connect(lab.handlens.door("socks5")).await.unwrap();
    stream
        .write_all(b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let (answer, _) = read_to_end_or_reset(&mut stream).await;
    assert!(String::from_utf8_lossy(&answer).contains("SOCKS alone"));
}

#[tokio::test]
async fn who_stops_in_the_middle_is_not_waited_for() {
    let lab = Lab::start_as(|setup| setup.config("[timeouts]\nhead = 2\n")).await;
    let (mut stream, said) = talk(&lab, "http", &[(&[5, 1, 0], 2)]).await;
    assert_eq!(said, [5, 0]);
    assert_eq!(within("the end", read_to_end_or_reset(&mut stream)).await.0, b"");
    let says = "the client sent no whole request within 2s";
    let row = lab
        .api()
        .connection_where(says, |row| row["failure"]["text"] == says)
        .await;
    assert_eq!(row["door"], "socks5");
}
