//! What clients say first, told apart.

use super::*;
use std::net::Ipv4Addr;

use crate::config::ProxySettings;
use crate::proxy::Proxy;
use capture::WhenBehind;

/// What is made of a client that says this and leaves.
async fn read(mode: &str, said: &[u8]) -> Result<Wanted, String> {
    let dir = tempfile::tempdir().unwrap();
    let root = Arc::new(ca::Root::load_or_make(dir.path()).unwrap());
    let (events, _received) = capture::channel(1 << 20, WhenBehind::Wait);
    let settings = ProxySettings {
        listen: Vec::new(),
        system_roots: false,
        ..ProxySettings::default()
    };
    let proxy = Proxy::bind(&settings, root, events, Arc::default())
        .await
        .unwrap();
    let context = proxy.into_context();
    let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let (client, mut peer) = tokio::io::duplex(1 << 16);
    tokio::io::AsyncWriteExt::write_all(&mut peer, said)
        .await
        .unwrap();
    tokio::io::AsyncWriteExt::shutdown(&mut peer).await.unwrap();
    let visitor = Visitor {
        client: Transport::inner(client),
        peer: nobody,
        local: nobody,
        listen: Arc::new(mode.parse().unwrap()),
        secured: None,
    };
    read_wanted(&context, visitor)
        .await
        .map_err(|away| away.fault.text)
}

const HTTP: &str = "http@127.0.0.1:0";

#[tokio::test]
async fn a_connect_is_read_and_what_follows_is_kept() {
    let head = b"CONNECT Example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n\x16\x03";
    let Ok(Wanted::Arrival(arrival)) = read(HTTP, head).await else {
        panic!("no tunnel")
    };
    assert_eq!(arrival.target.to_string(), "example.com:443");
    assert_eq!(&arrival.ahead[..], b"\x16\x03");
    assert_eq!(arrival.door, Door::Connect);
}

#[tokio::test]
async fn a_connect_ends_with_its_first_empty_line_however_lines_end() {
    for (said, ahead) in [
        (
            &b"CONNECT a:80 HTTP/1.1\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
            &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
        ),
        (b"CONNECT a:80 HTTP/1.1\r\nHost: a\n\r\nmore", b"more"),
        (b"CONNECT a:80 HTTP/1.1\n\r\n", b""),
        (b"CONNECT a:80 HTTP/1.1\r\n\nmore", b"more"),
    ] {
        let Ok(Wanted::Arrival(arrival)) = read(HTTP, said).await else {
            panic!("no tunnel: {:?}", said.escape_ascii().to_string())
        };
        assert_eq!(
            arrival.ahead.escape_ascii().to_string(),
            ahead.escape_ascii().to_string()
        );
    }
}

#[tokio::test]
async fn http2_is_known_by_its_preface_alone() {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0";
    let told = read(HTTP, preface).await;
    assert!(matches!(told, Ok(Wanted::Http2 { ahead, .. }) if ahead.len() == preface.len()));
    for other in [
        &b"PRI * HTTP/2.0\r\n\r\nGET"[..],
        b"PRI /a HTTP/1.1\r\n\r\n",
        b"POST",
    ] {
        assert!(matches!(read(HTTP, other).await, Ok(Wanted::Requests { .. })));
    }
    for end in 0..24 {
        assert_eq!(http2::begins(&preface[..end]), None);
    }
}

#[tokio::test]
async fn other_requests_are_handed_on_unread() {
    let Ok(Wanted::Requests { ahead, .. }) = read(HTTP, b"GET http://a/ HTTP/1.1\r\n\r\n").await else {
        panic!("no requests")
    };
    assert_eq!(&ahead[..], b"GET http://a/ HTTP/1.1\r\n\r\n");
    assert!(matches!(read(HTTP, b"").await, Ok(Wanted::Nothing)));
    assert!(matches!(
        read(HTTP, b"\x16\x03\x01").await,
        Ok(Wanted::Secured { .. })
    ));
}

#[tokio::test]
async fn socks_is_known_by_its_first_byte_at_either_port() {
    for mode in [HTTP, "socks5@127.0.0.1:0"] {
        let five = b"\x05\x01\0\x05\x01\0\x03\x01a\x01\xbb\x16";
        let Ok(Wanted::Arrival(arrival)) = read(mode, five).await else {
            panic!("no tunnel")
        };
        assert_eq!((arrival.door, &arrival.ahead[..]), (Door::Socks5, &b"\x16"[..]));
        let Ok(Wanted::Arrival(arrival)) = read(mode, b"\x04\x01\x01\xbb\x7f\0\0\x01\0").await else {
            panic!("no tunnel")
        };
        assert_eq!(arrival.target.to_string(), "127.0.0.1:443");
        assert_eq!(arrival.door, Door::Socks4);
    }
}

#[tokio::test]
async fn a_reverse_door_reads_nothing() {
    let Ok(Wanted::Arrival(arrival)) = read("reverse:https://a@127.0.0.1:0", b"GET / HTTP/1.1\r\n\r\n").await
    else {
        panic!("no tunnel")
    };
    assert_eq!(
        (arrival.door, arrival.target.to_string()),
        (Door::Reverse, "a:443".into())
    );
    assert!(arrival.ahead.is_empty());
}

#[tokio::test]
async fn what_is_no_way_in_is_said() {
    let socks = "socks5@127.0.0.1:0";
    for (mode, said, says) in [
        (
            HTTP,
            &b"CONNECT example.com HTTP/1.1\r\n\r\n"[..],
            "the client's CONNECT can't be read: \"example.com\" has no port",
        ),
        (
            HTTP,
            b"CONNECT a:1 HTTP/3\r\n\r\n",
            "the client's CONNECT can't be read: \"HTTP/3\" is not a version that this proxy speaks",
        ),
        (HTTP, b"CONN", "the client left in the middle of its request head"),
        (
            HTTP,
            b"PRI * HTTP/2.0\r\n\r\nSM",
            "the client left in the middle of its request head",
        ),
        (
            HTTP,
            b"\x05\x01",
            "the client left in the middle of its SOCKS request",
        ),
        (
            HTTP,
            b"\x05\x01\0\x05\x03\0\x01\0\0\0\0\0\x01",
            "SOCKS UDP ASSOCIATE is not carried: CONNECT alone is",
        ),
        (
            socks,
            b"\x05\x01\x01",
            "the client offers no way to say who it is that Handlens takes: none, or user and password (RFC 1929)",
        ),
        (
            socks,
            b"GET / HTTP/1.1\r\n\r\n",
            "the client spoke something else to a port that takes SOCKS alone",
        ),
        (
            socks,
            b"\x16\x03\x01",
            "the client spoke TLS to a port that takes SOCKS alone",
        ),
    ] {
        assert_eq!(read(mode, said).await.err().as_deref(), Some(says));
    }
}
