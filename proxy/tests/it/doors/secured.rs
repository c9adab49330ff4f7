//! TLS with the proxy itself, and HTTP/2 in it or without it.

use http::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::lab::{
    Answer, Conversation, Lab, RawOrigin, empty, read_head, read_some, read_to_end_or_reset, request,
    send_alert_sealed, within,
};

/// TLS with the proxy, by a name or an address of it.
pub(super) async fn secured(lab: &Lab, http2: bool, name: &str) -> TlsStream<TcpStream> {
    let tcp = TcpStream::connect(lab.handlens.proxy()).await.unwrap();
    let client = lab.client().speaking(http2);
    client.shake_hands_on(tcp, &format!("{name}:1")).await.unwrap()
}

#[tokio::test]
async fn a_tunnel_and_a_request_come_through_tls_with_the_proxy() {
    let lab = Lab::start().await;
    let (origin, plain) = (lab.origin().await, lab.plain_origin().await);
    for name in ["127.0.0.1", "proxy.test"] {
        let mut outer = secured(&lab, false, name).await;
        let target = origin.authority();
        let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        outer.write_all(head.as_bytes()).await.unwrap();
        assert!(read_head(&mut outer).await.starts_with("HTTP/1.1 200 "));
        let inner = lab.client().http1().shake_hands_on(outer, &target).await.unwrap();
        let answer = Conversation::http1(inner)
            .await
            .get(&origin.url(&format!("/echo?{name}")))
            .await;
        assert_eq!(answer.status, 200);

        let mut outer = secured(&lab, false, name).await;
        let head = format!(
            "GET {} HTTP/1.1\r\nHost: x\r\n\r\n",
            plain.url(&format!("/echo?{name}"))
        );
        outer.write_all(head.as_bytes()).await.unwrap();
        assert!(read_head(&mut outer).await.starts_with("HTTP/1.1 200 "));
    }
    // The handshake with the proxy is a connection to look at, of its own.
    let rows = lab.api().connections_closed(8).await;
    let own = lab.handlens.proxy().to_string();
    let outer: Vec<_> = rows.iter().filter(|row| row["target"] == *own).collect();
    assert_eq!(outer.len(), 4, "{rows:#?}");
    assert!(
        outer
            .iter()
            .all(|row| row["client"]["tls"]["version"] == "TLS 1.3")
    );
    let handshake = lab.api().handshake(outer[0]).await;
    assert_eq!(handshake["client"]["messages"][0]["type"], "client_hello");
}

#[tokio::test]
async fn http_2_without_tls_brings_tunnels_and_requests() {
    let lab = Lab::start().await;
    let (origin, plain) = (lab.origin().await, lab.plain_origin().await);
    let tcp = TcpStream::connect(lab.handlens.proxy()).await.unwrap();
    let mut outer = Conversation::http2(tcp).await;
    let answer = outer.get(&plain.url("/echo?asked")).await;
    assert_eq!(answer.status, 200);
    let mut sender = outer.http2_sender();
    let connect = Request::connect(origin.authority()).body(empty()).unwrap();
    let response = within("an answer to CONNECT", sender.send_request(connect))
        .await
        .unwrap();
    let tunnel = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
    let client = lab.client().http1();
    let inner = client.shake_hands_on(tunnel, &origin.authority()).await.unwrap();
    let mut inner = Conversation::http1(inner).await;
    assert_eq!(inner.get(&origin.url("/echo?tunnelled")).await.status, 200);
    // A method that begins like the preface is none.
    let mut tcp = TcpStream::connect(lab.handlens.proxy()).await.unwrap();
    let head = format!("PROPFIND {} HTTP/1.1\r\nHost: x\r\n\r\n", plain.url("/echo"));
    tcp.write_all(head.as_bytes()).await.unwrap();
    assert!(read_head(&mut tcp).await.starts_with("HTTP/1.1 200 "));
    assert_eq!(lab.api().exchange("/echo?asked").await["http_version"], "HTTP/2");
}

#[tokio::test]
async fn tunnels_share_one_connection_of_http_2() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let echo = RawOrigin::tcp(|mut stream| async move {
        let (mut reader, mut writer) = stream.split();
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
    })
    .await;
    let outer = Conversation::http2(secured(&lab, true, "localhost").await).await;
    let open = async |target: &str| {
        let mut sender = outer.http2_sender();
        sender.ready().await.unwrap();
        let connect = Request::connect(target).body(empty()).unwrap();
        let response = within("an answer to CONNECT", sender.send_request(connect))
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        TokioIo::new(hyper::upgrade::on(response).await.unwrap())
    };
    let opaque = open(&echo.authority()).await;
    let tunnel = open(&origin.authority()).await;
    let other = open(&origin.authority()).await;
    for (n, tunnel) in [tunnel, other].into_iter().enumerate() {
        let inner = lab
            .client()
            .http1()
            .shake_hands_on(tunnel, &origin.authority())
            .await
            .unwrap();
        let mut conversation = Conversation::http1(inner).await;
        let answer = conversation
            .get(&origin.url(&format!("/bytes/3000000?seed={n}")))
            .await;
        assert_eq!(answer.body.len(), 3_000_000);
    }
    let (mut reader, mut writer) = tokio::io::split(opaque);
    writer.write_all(b"\0still there").await.unwrap();
    writer.shutdown().await.unwrap();
    let mut back = Vec::new();
    within("the echo", reader.read_to_end(&mut back)).await.unwrap();
    assert_eq!(back, b"\0still there");
    drop((reader, writer, outer));
    let rows = lab.api().connections_closed(4).await;
    let tunnels = rows.iter().filter(|row| row["door"] == "connect").count();
    assert_eq!((tunnels, rows.len()), (3, 4), "{rows:#?}");
}

#[tokio::test]
async fn what_is_refused_over_http_2_is_told_by_its_response() {
    let lab = Lab::start().await;
    let mut outer = Conversation::http2(secured(&lab, true, "localhost").await).await;
    let own = lab.handlens.dashboard().to_string();
    let refused = async |target: &str, outer: &mut Conversation| -> Answer {
        outer.send(Request::connect(target).body(empty()).unwrap()).await
    };
    let answer = refused(&own, &mut outer).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("is Handlens itself"));
    let answer = outer
        .send(request(Method::GET, &format!("http://{own}/healthz"), empty()))
        .await;
    assert_eq!(answer.status, 403, "{}", answer.text());
}

#[tokio::test]
async fn requests_over_http_2_run_side_by_side_to_their_origins() {
    let lab = Lab::start().await;
    let (one, other) = (lab.plain_origin().await, lab.plain_origin().await);
    let outer = Conversation::http2(secured(&lab, true, "localhost").await).await;
    let asked = (0..20).map(|n| {
        let origin = if n % 2 == 0 { &one } else { &other };
        let url = origin.url(&format!("/bytes/100000?{n}"));
        let mut sender = outer.http2_sender();
        async move {
            let response = sender
                .send_request(request(Method::GET, &url, empty()))
                .await
                .unwrap();
            Answer::read(response).await.unwrap().body.len()
        }
    });
    let lengths = futures_util::future::join_all(asked).await;
    assert_eq!(lengths, [100_000; 20]);
    assert_eq!((one.requests().len(), other.requests().len()), (10, 10));
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_proxy_is_a_row() {
    let lab = Lab::start().await;
    let client = lab.client().trusting(lab.authority.der());
    let tcp = TcpStream::connect(lab.handlens.proxy()).await.unwrap();
    client.shake_hands_on(tcp, "localhost:1").await.unwrap_err();
    let row = lab.api().connection(&lab.handlens.proxy().to_string()).await;
    assert_eq!(row["failure"]["alert"]["name"], "unknown_ca", "{row:#}");
    let handshake = lab.api().handshake(&row).await;
    assert_eq!(handshake["client"]["messages"][0]["type"], "client_hello");
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_proxy_may_say_so_behind_its_handshake() {
    for has_begun in [false, true] {
        let lab = Lab::start().await;
        let client = lab
            .client()
            .http2()
            .with_tls(|config| config.enable_secret_extraction = true);
        let tcp = TcpStream::connect(lab.handlens.proxy()).await.unwrap();
        let mut outer = client.shake_hands_on(tcp, "localhost:1").await.unwrap();
        if has_begun {
            outer
                .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                .await
                .unwrap();
            // The engine is there.
            read_some(&mut outer, 9).await;
        }
        let mut tcp = send_alert_sealed(outer, 48).await;
        let _ = tcp.shutdown().await;
        let _ = read_to_end_or_reset(&mut tcp).await;
        let row = lab.api().connection(&lab.handlens.proxy().to_string()).await;
        assert_eq!(row["failure"]["alert"]["name"], "unknown_ca", "{row:#}");
        assert_eq!(lab.api().status().await["counts"]["rejected_by_client"], 1);
    }
}

#[tokio::test]
async fn browsers_find_the_configuration_at_the_proxys_port() {
    let lab = Lab::start().await;
    let own = lab.handlens.proxy();
    let script = |proxy: &str| format!("function FindProxyForURL(url, host) {{\n  return \"{proxy}\";\n}}\n");
    let ask = async |url: &str, host: &str| {
        let mut conversation = Conversation::http1(TcpStream::connect(own).await.unwrap()).await;
        let request = Request::get(url).header("host", host).body(empty()).unwrap();
        conversation.send(request).await
    };
    let answer = ask("/proxy.pac", &own.to_string()).await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/x-ns-proxy-autoconfig")
    );
    assert_eq!(answer.text(), script(&format!("PROXY {own}")));
    assert_eq!(
        ask("/proxy.pac", "proxy.test:8080").await.text(),
        script("PROXY proxy.test:8080")
    );
    // What is no name is not written into a script.
    let sly = ask("/proxy.pac", "');alert(1);('a:80").await;
    assert_eq!(sly.text(), script(&format!("PROXY {own}")));
    let through = lab.client().get("http://handlens.local/proxy.pac").await;
    assert_eq!(through.text(), script(&format!("PROXY {own}")));
    let inside = lab.client().get("https://handlens.local/proxy.pac").await;
    assert_eq!(inside.text(), script(&format!("PROXY {own}")));
    let mut outer = Conversation::http2(secured(&lab, true, "localhost").await).await;
    let url = format!("https://localhost:{}/proxy.pac", own.port());
    let answer = outer.get(&url).await;
    assert_eq!(answer.text(), script(&format!("HTTPS localhost:{}", own.port())));
}

#[tokio::test]
async fn streams_take_places_as_connections_do() {
    // One is the client's, one is held for whoever comes next.
    let lab = Lab::start_as(|setup| setup.config("[limits]\nconnections = 3\n")).await;
    let echo = RawOrigin::tcp(|mut stream| async move {
        let (mut reader, mut writer) = stream.split();
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
    })
    .await;
    let mut outer = Conversation::http2(secured(&lab, true, "localhost").await).await;
    let connect = || Request::connect(echo.authority()).body(empty()).unwrap();
    let first = outer.begin(connect()).await.unwrap();
    assert_eq!(first.status(), 200);
    let second = outer.send(connect()).await;
    assert_eq!(second.status, 503);
    assert!(
        second.text().contains("there is no room for another stream"),
        "{}",
        second.text()
    );
}
