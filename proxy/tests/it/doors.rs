//! How clients come in: CONNECT, requests in absolute form, and what is no way in.

mod auth;
mod http2;
mod proxy_protocol;
mod requests;
mod reverse;
mod secured;
mod socks;
#[cfg(target_os = "linux")]
mod transparent;
mod tunnels;

use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::lab::{Lab, RawOrigin, empty, read_head, read_to_end_or_reset, request, within};

#[tokio::test]
async fn connect_leads_to_an_https_origin() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;

    let answer = lab.client().get(&origin.url("/bytes/10?seed=3")).await;

    assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 10));
    let row = lab.api().exchange("/bytes/10?seed=3").await;
    assert_eq!(row["url"], origin.url("/bytes/10?seed=3"));
    assert_eq!(
        (&row["scheme"], &row["host"]),
        (&"https".into(), &"localhost".into())
    );
    assert_eq!((&row["state"], &row["status"]), (&"done".into(), &200.into()));
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(
        (&connection["door"], &connection["outcome"]),
        (&"connect".into(), &"inspected".into())
    );
    assert_eq!(connection["sni"], "localhost");
    assert_eq!(row["connection"], connection["id"]);
}

#[tokio::test]
async fn absolute_form_leads_to_a_plain_origin() {
    let lab = Lab::start().await;
    let origin = lab.plain_origin().await;

    let answer = lab.client().post(&origin.url("/echo?a=b"), "said in plain").await;

    assert_eq!(answer.text(), "said in plain");
    let seen = origin.the_request();
    assert_eq!(seen.uri, "/echo?a=b");
    assert_eq!(seen.headers["host"], origin.authority().as_str());
    let row = lab.api().exchange("/echo?a=b").await;
    assert_eq!((&row["scheme"], &row["method"]), (&"http".into(), &"POST".into()));
    assert_eq!(
        (&row["request_bytes"], &row["response_bytes"]),
        (&13.into(), &13.into())
    );
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(
        (&connection["door"], &connection["outcome"]),
        (&"http".into(), &"plain".into())
    );
}

#[tokio::test]
async fn one_plain_connection_leads_to_several_hosts_in_turn() {
    let lab = Lab::start().await;
    let (one, other) = (lab.plain_origin().await, lab.plain_origin().await);
    let mut conversation = lab.client().open_proxy().await;

    for (n, origin) in [&one, &other, &one, &one, &other].into_iter().enumerate() {
        let answer = conversation.get(&origin.url(&format!("/bytes/{n}"))).await;
        assert_eq!(answer.body.len(), n);
    }

    assert_eq!((one.requests().len(), other.requests().len()), (3, 2));
    let rows = lab.api().exchanges_over(5).await;
    let ports: Vec<_> = rows
        .iter()
        .map(|row| row["port"].as_u64().unwrap() as u16)
        .collect();
    assert_eq!(
        ports,
        [one.port(), other.port(), one.port(), one.port(), other.port()]
    );
}

#[tokio::test]
async fn http_inside_a_tunnel_is_recorded() {
    let lab = Lab::start().await;
    let origin = lab.plain_origin().await;
    let mut conversation = lab.client().open_plain(&origin.authority()).await;

    assert_eq!(conversation.get(&origin.url("/bytes/7")).await.body.len(), 7);
    assert_eq!(conversation.get(&origin.url("/status/404")).await.status, 404);
    drop(conversation);

    assert_eq!(lab.api().exchange("/bytes/7").await["scheme"], "http");
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(
        (&connection["door"], &connection["outcome"]),
        (&"connect".into(), &"plain".into())
    );
}

#[tokio::test]
async fn what_is_no_target_is_answered_with_400_and_a_reason() {
    let lab = Lab::start().await;
    for head in [
        "CONNECT localhost HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "CONNECT :443 HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT localhost:0 HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT localhost:99999 HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT me@localhost:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET ftp://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET https://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
        let mut stream = lab.client().tcp().await;
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = read_head(&mut stream).await;
        assert!(
            answer.starts_with("HTTP/1.1 400 "),
            "{head:?} was answered with {answer:?}"
        );
        let mut body = [0; 10];
        within("a reason", stream.read_exact(&mut body)).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_no_http_at_all_harms_nobody() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    for garbage in [
        &b"\0\x01\x02\r\n\r\n"[..],
        b"GET",
        b"\x16\x03\x01\xff\xff",
        &[b'A'; 200_000],
    ] {
        let mut stream = lab.client().tcp().await;
        // It may be cut off while it writes.
        let _ = stream.write_all(garbage).await;
        let _ = stream.shutdown().await;
        let _ = read_to_end_or_reset(&mut stream).await;
    }
    assert_eq!(lab.client().get(&origin.url("/echo")).await.status, 200);
}

/// Every way to say "this machine" that leads to a listener on 127.0.0.1, and some that might.
const THIS_MACHINE: [&str; 13] = [
    "localhost",
    "LocalHost",
    "localhost.",
    "127.0.0.1",
    "127.1",
    "0.0.0.0",
    "0",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::]",
];

#[tokio::test]
async fn handlens_never_connects_to_itself_by_connect() {
    let lab = Lab::start().await;
    for port in [lab.handlens.proxy().port(), lab.handlens.dashboard().port()] {
        for host in THIS_MACHINE {
            let target = format!("{host}:{port}");
            let (mut stream, head) = lab.client().connect(&target).await;
            if !head.starts_with("HTTP/1.1 200 ") {
                continue;
            }
            stream
                .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                .await
                .unwrap();
            let (answer, _) = read_to_end_or_reset(&mut stream).await;
            let answer = String::from_utf8_lossy(&answer);
            let refused =
                answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 5");
            assert!(refused, "CONNECT {target} came through: {answer}");
        }
    }
    let rows = lab.api().closed_connections().await;
    assert!(
        rows.iter().all(|row| row["outcome"] == "failed"),
        "some came to carrying something: {rows:#?}"
    );
}

#[tokio::test]
async fn handlens_never_connects_to_itself_in_absolute_form() {
    let lab = Lab::start().await;
    for port in [lab.handlens.proxy().port(), lab.handlens.dashboard().port()] {
        for host in THIS_MACHINE {
            let mut stream = lab.client().tcp().await;
            let target = format!("{host}:{port}");
            let head = format!(
                "GET http://{target}/healthz HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            let answer = read_head(&mut stream).await;
            let refused = answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 5");
            assert!(refused, "GET http://{target}/healthz came through: {answer}");
        }
    }
}

#[tokio::test]
async fn a_proxy_on_all_addresses_knows_itself_by_each() {
    let lab = Lab::start_as(|setup| setup.args(&["--listen", "0.0.0.0:0"])).await;
    for own in &lab.handlens.ready().proxy {
        for host in [
            "127.0.0.1",
            "127.0.0.9",
            "0.0.0.0",
            "localhost",
            "[::ffff:127.0.0.3]",
        ] {
            let url = format!("http://{host}:{}/", own.port());
            let mut conversation = lab.client().open_proxy().await;
            let answer = conversation.send(request(Method::GET, &url, empty())).await;
            assert!(
                answer.status.as_u16() >= 400,
                "{url} was answered with {answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_name_with_two_addresses_is_tried_at_both() {
    let lab = Lab::start().await;
    // `localhost` is ::1 and 127.0.0.1 on most machines; the origin is at the second alone.
    let origin = lab.origin().await;
    let answer = lab.client().get(&origin.url("/echo")).await;
    assert_eq!(answer.status, 200);
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(connection["origin"]["address"], origin.address.to_string());
}

#[tokio::test]
async fn an_http_1_0_client_is_served_and_let_go() {
    let lab = Lab::start().await;
    let origin = lab.plain_origin().await;
    let mut stream = lab.client().tcp().await;
    let head = format!("GET {} HTTP/1.0\r\n\r\n", origin.url("/chunked/100000?seed=5"));
    stream.write_all(head.as_bytes()).await.unwrap();

    let head = read_head(&mut stream).await;
    let (body, end) = read_to_end_or_reset(&mut stream).await;

    assert!(!head.to_lowercase().contains("transfer-encoding"), "{head}");
    end.unwrap();
    assert_eq!(body, crate::lab::Pattern::bytes(5, 100_000));
    assert_eq!(
        lab.api().exchange("/chunked/100000?seed=5").await["http_version"],
        "HTTP/1.0"
    );
}

#[tokio::test]
async fn early_bytes_behind_connect_are_not_lost() {
    let lab = Lab::start().await;
    let echo = RawOrigin::tcp(|mut stream| async move {
        let (mut reader, mut writer) = stream.split();
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
    })
    .await;
    let mut stream = lab.client().tcp().await;
    let target = echo.authority();
    let eager = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n\0said before the answer");
    stream.write_all(eager.as_bytes()).await.unwrap();

    let head = read_head(&mut stream).await;
    stream.shutdown().await.unwrap();
    let (came_back, _) = read_to_end_or_reset(&mut stream).await;

    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert_eq!(came_back, b"\0said before the answer");
}
