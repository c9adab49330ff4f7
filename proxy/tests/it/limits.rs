//! Bounds: file descriptors, heads, fields, patience. Accepting never stops.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use http::{Method, Request};
use rustix::net::sockopt::tcp_nodelay;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::lab::{
    Handlens, Lab, OriginOptions, RawOrigin, empty, eventually, read_answer, read_to_end_or_reset, request,
    within,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_descriptors_under_two_hundred_connections_and_recovery() {
    let lab = Lab::start_as(|setup| setup.after_shell("ulimit -n 64")).await;
    let origin = lab.plain_origin().await;
    let proxy = lab.handlens.proxy();

    // Two hundred clients that each want a tunnel, and hold on to what they get.
    let flood = join_all((0..200).map(|_| async move {
        let mut stream = TcpStream::connect(proxy).await.ok()?;
        let head = format!("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", "127.0.0.1:9");
        stream.write_all(head.as_bytes()).await.ok()?;
        Some(stream)
    }));
    let flood = within("two hundred connections", flood).await;
    assert!(flood.iter().flatten().count() > 0);
    drop(flood);

    for n in 0..20 {
        let answer = lab.client().get(&origin.url(&format!("/bytes/{n}"))).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body.len()),
            (200, n),
            "{answer:?}"
        );
    }
    lab.api().row("/bytes/19").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_one_of_two_hundred_clients_is_served_in_the_end_with_sixty_four_descriptors() {
    let lab = Lab::start_as(|setup| setup.after_shell("ulimit -n 64")).await;
    let origin = lab.origin().await;
    // Twice as many at a time as there is room for, each in a task: one that comes and says nothing for long has to go.
    let asking = futures_util::stream::iter(0..200).map(|n| {
        let (client, url) = (lab.client().http1(), origin.url(&format!("/bytes/{n}")));
        tokio::spawn(async move {
            let answer = client.get(&url).await;
            answer.status == 200 && answer.body.len() == n
        })
    });
    let served = asking
        .buffer_unordered(64)
        .filter(|served| std::future::ready(*served.as_ref().unwrap()))
        .count()
        .await;
    assert_eq!(served, 200);
}

#[tokio::test]
async fn a_head_too_large_is_refused_with_431() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    for alpn in ["http/1.1", "h2"] {
        let mut conversation = lab.client().offering(&[alpn]).open(&origin.authority()).await;
        let big = Request::get(origin.url("/echo"))
            .header("x-big", "x".repeat(2 << 20))
            .body(empty())
            .unwrap();
        // Over HTTP/2 the stream may be refused rather than answered.
        if let Ok(answer) = conversation.try_send(big).await {
            assert_eq!(answer.status, 431, "{alpn}");
        }
        assert_eq!(origin.requests().len(), 0, "{alpn}");
    }
    assert_eq!(lab.client().get(&origin.url("/bytes/3")).await.body.len(), 3);
}

#[tokio::test]
async fn too_many_fields_are_refused() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let mut stream = lab.http1_stream(&origin.authority()).await;
    let fields: String = (0..20_000).map(|n| format!("a{n}: 1\r\n")).collect();
    let head = format!(
        "GET /echo HTTP/1.1\r\nHost: {}\r\n{fields}\r\n",
        origin.authority()
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let (answer, _) = read_to_end_or_reset(&mut stream).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
        "{answer}"
    );
    assert_eq!(origin.requests().len(), 0);
}

#[tokio::test]
async fn heads_that_people_meet_pass() {
    let lab = Lab::start().await;
    for (alpn, options) in [
        ("h2", OriginOptions::http2_only()),
        ("http/1.1", OriginOptions::http1_only()),
    ] {
        let origin = lab.origin_with(options).await;
        let mut conversation = lab.client().offering(&[alpn]).open(&origin.authority()).await;
        let cookie = "c".repeat(12_000);
        let big = Request::get(origin.url("/big-head/12000"))
            .header("cookie", &cookie)
            .body(empty())
            .unwrap();
        let answer = conversation.send(big).await;
        assert_eq!(answer.header("x-big").map(str::len), Some(12_000), "{alpn}");
        assert_eq!(origin.the_request().headers["cookie"], cookie.as_str());
        let answer = conversation.get(&origin.url("/many-fields/150")).await;
        assert_eq!(answer.header("x-149"), Some("149"), "{alpn}");
    }
}

#[tokio::test]
async fn an_answer_with_a_head_too_large_is_a_failure_of_the_origin() {
    let lab = Lab::start().await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    let answer = lab.client().get(&origin.url("/big-head/5000000")).await;
    assert_eq!(answer.status, 502);
    let row = lab.api().exchange("/big-head/5000000").await;
    assert_eq!(
        (&row["error"]["leg"], &row["error"]["stage"]),
        (&"origin".into(), &"response".into()),
        "{row:#}"
    );
}

#[tokio::test]
async fn a_head_that_never_ends_is_let_go() {
    let lab = Lab::start_as(|setup| setup.config("[timeouts]\nhead = 2\n")).await;
    let mut stream = lab.client().tcp().await;
    stream
        .write_all(b"CONNECT localhost:443 HTTP/1.1\r\nX-Slow: ")
        .await
        .unwrap();
    let (answer, _) = read_to_end_or_reset(&mut stream).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408 "),
        "{answer}"
    );
}

/// Asks once, and then begins a head that goes on and never ends: what comes back.
async fn drip<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, whole: &str, begun: &str) -> String {
    stream.write_all(whole.as_bytes()).await.unwrap();
    let (answer, _) = read_answer(stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    stream.write_all(begun.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut often = tokio::time::interval(Duration::from_millis(20));
    let dripping = async {
        loop {
            often.tick().await;
            if writer.write_all(b"x").await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        (answer, _) = read_to_end_or_reset(&mut reader) => String::from_utf8_lossy(&answer).into_owned(),
        () = dripping => unreachable!(),
    }
}

#[tokio::test]
async fn a_later_head_that_never_ends_is_let_go_too() {
    let lab = Lab::start_as(|setup| setup.config("[timeouts]\nhead = 2\n")).await;
    let (origin, plain) = (lab.origin().await, lab.plain_origin().await);
    let other = lab.origin_with(OriginOptions::http2_only()).await;
    let mut tunnel = lab.http1_stream(&origin.authority()).await;
    let mut bridge = lab.http1_stream(&other.authority()).await;
    let url = plain.url("");

    let whole = "GET /bytes/1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let begun = "GET /slow?tunnel HTTP/1.1\r\nX-Slow: ";
    let in_tunnel = drip(&mut tunnel, whole, begun).await;
    let begun = "GET /slow?bridge HTTP/1.1\r\nX-Slow: ";
    let in_bridge = drip(&mut bridge, whole, begun).await;
    let whole = format!("GET {url}/bytes/1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut requests = lab.client().tcp().await;
    let in_plain = drip(&mut requests, &whole, "GET /slow?plain HTTP/1.1\r\nX-Slow: ").await;

    for (path, answer) in [
        ("/slow?tunnel", in_tunnel),
        ("/slow?bridge", in_bridge),
        ("/slow?plain", in_plain),
    ] {
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(
            answer.to_lowercase().contains("\r\nconnection: close\r\n"),
            "{answer}"
        );
        let row = lab.api().exchange(path).await;
        let told = ["leg", "stage", "text"].map(|name| row["error"][name].as_str().unwrap());
        let text = "the client sent no whole request head within 2s";
        assert_eq!(told, ["client", "request", text]);
        assert_eq!(row["status"], 408);
    }
}

#[tokio::test]
async fn so_is_one_whose_origin_is_out_of_reach() {
    let lab = Lab::start_as(|setup| setup.config("[timeouts]\nhead = 0.3\n")).await;
    let gone = RawOrigin::tcp(|_| async {}).await.authority();
    let mut stream = lab.client().tunnel(&gone).await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nX-Slow: ").await.unwrap();
    let (answer, _) = read_to_end_or_reset(&mut stream).await;
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{answer:?}");
    assert_eq!(lab.api().exchange("/slow").await["status"], 408);
}

#[tokio::test]
async fn a_hello_that_never_ends_is_let_go() {
    let lab = Lab::start_as(|setup| setup.config("[timeouts]\nhello = 1\n")).await;
    let origin = lab.origin().await;
    let mut stream = lab.client().tunnel(&origin.authority()).await;
    // The first bytes of a ClientHello of 512 bytes, and then nothing.
    stream
        .write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])
        .await
        .unwrap();
    read_to_end_or_reset(&mut stream).await.1.ok();
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(connection["outcome"], "failed", "{connection:#}");
    assert_eq!(connection["failure"]["leg"], "client");
}

#[tokio::test]
async fn no_leg_waits_for_more_to_send() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let (client, url) = (lab.client(), origin.url("/hold"));
    let asked = tokio::spawn(async move { client.get(&url).await });
    origin.someone_waits().await;

    // With Nagle's algorithm a small answer waits for the peer's delayed acknowledgement: 40 ms and more.
    let legs = connected_sockets(&lab.handlens);
    let peers: Vec<_> = legs.iter().map(|(peer, _)| *peer).collect();
    assert!(
        peers.contains(&origin.address),
        "no leg to the origin among {peers:?}"
    );
    assert!(peers.len() >= 2, "no client leg among {peers:?}");
    for (peer, without_delay) in &legs {
        assert!(without_delay, "the connection with {peer} has no TCP_NODELAY");
    }
    origin.go(1);
    assert_eq!(asked.await.unwrap().text(), "held");
}

/// Peer and `TCP_NODELAY` of each connected TCP socket of the process, read from the sockets themselves.
fn connected_sockets(handlens: &Handlens) -> Vec<(std::net::SocketAddr, bool)> {
    let process = pidfd_open(handlens.os_pid(), PidfdFlags::empty()).unwrap();
    let dir = format!("/proc/{}/fd", handlens.pid());
    std::fs::read_dir(dir)
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|number| {
            // What was closed since is no leg any more.
            let socket = pidfd_getfd(&process, number, PidfdGetfdFlags::empty()).ok()?;
            let peer = std::net::TcpStream::from(socket.try_clone().ok()?)
                .peer_addr()
                .ok()?;
            Some((peer, tcp_nodelay(&socket).ok()?))
        })
        .collect()
}

#[tokio::test]
async fn idle_connections_are_many_and_cheap() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let client = lab.client();
    let mut first = client.open(&origin.authority()).await;
    first.get(&origin.url("/bytes/1")).await;
    let (mut before, mut idle) = (0, Vec::new());
    for n in 0..120 {
        // The first ones bring what all share.
        if n == 20 {
            before = lab.handlens.memory("VmRSS");
        }
        let mut conversation = client.open(&origin.authority()).await;
        conversation
            .send(request(Method::GET, &origin.url("/bytes/1"), empty()))
            .await;
        idle.push(conversation);
    }
    let each = lab.handlens.memory("VmRSS").saturating_sub(before) / 100;
    // About 35 KiB in a release build, and 100 in a debug one, whose futures are larger.
    let most = if cfg!(debug_assertions) { 150 } else { 50 };
    assert!(each < most * 1024, "an idle tunnel costs {} KiB", each / 1024);
    drop((first, idle));
    let status = eventually("all connections to close", || async {
        let status = lab.api().status().await;
        if status["open"]["connections"] == 0 {
            Ok(status)
        } else {
            Err(status)
        }
    });
    status.await;
}
