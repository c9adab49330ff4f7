//! Origins that fail: no request leaves, the client gets a page that says what and what to do, the dashboard a row.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{Method, Request, header};
use serde_json::Value;
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

use crate::lab::{
    Answer, KeyKind, Lab, OpensslServer, OriginOptions, RawOrigin, Refusing, empty, read_head, request,
};

mod certificates;

/// What a failure must look like.
struct Expected {
    status: u16,
    leg: &'static str,
    stage: &'static str,
    /// A part of the cause.
    text: &'static str,
}

const fn origin(status: u16, stage: &'static str, text: &'static str) -> Expected {
    Expected {
        status,
        leg: "origin",
        stage,
        text,
    }
}

/// Asks for a page of a failing origin in the three ways, and looks at pages and rows.
async fn expect(lab: &Lab, url: &str, expected: Expected) {
    let accepts = [
        "text/html,application/xhtml+xml,*/*;q=0.8",
        "application/json",
        "*/*",
    ];
    for (accept, kind) in accepts
        .into_iter()
        .zip(["text/html", "application/problem+json", "text/plain"])
    {
        let answer = asked(lab, url, accept).await;
        assert_eq!(answer.status, expected.status, "{url}: {}", answer.text());
        let said = answer.header("content-type").unwrap_or_default();
        assert!(said.starts_with(kind), "asked for {accept}, got {said}");
        let text = answer.text().replace("&#39;", "'").replace("&quot;", "\"");
        assert!(
            text.contains(expected.text),
            "{:?} is not in {text}",
            expected.text
        );
        if kind == "application/problem+json" {
            let problem = answer.json();
            assert_eq!(problem["status"], expected.status);
            assert!(
                problem["title"].is_string() && problem["detail"].is_string(),
                "{problem:#}"
            );
        }
    }
    let rows = lab.api().exchanges_over(3).await;
    for row in &rows {
        assert_eq!(
            (&row["state"], &row["status"]),
            (&"failed".into(), &expected.status.into()),
            "{row:#}"
        );
        let error = &row["error"];
        assert_eq!(
            (&error["leg"], &error["stage"]),
            (&expected.leg.into(), &expected.stage.into()),
            "{row:#}"
        );
        assert!(error["text"].as_str().unwrap().contains(expected.text), "{row:#}");
        let whole = lab.api().exchange_of(row).await;
        assert_eq!(whole["response"]["made_here"], true, "{whole:#}");
    }
}

async fn asked(lab: &Lab, url: &str, accept: &str) -> Answer {
    lab.client()
        .send(
            Request::get(url)
                .header(header::ACCEPT, accept)
                .body(empty())
                .unwrap(),
        )
        .await
}

/// The row of the connection must tell the same.
async fn expect_connections(lab: &Lab, stage: &str) -> Vec<Value> {
    let rows = lab.api().closed_connections().await;
    for row in &rows {
        assert_eq!(row["outcome"], "failed", "{row:#}");
        assert_eq!(
            (&row["failure"]["leg"], &row["failure"]["stage"]),
            (&"origin".into(), &stage.into()),
            "{row:#}"
        );
        assert!(
            row["failure"]["remedy"].is_string(),
            "what can a person do? {row:#}"
        );
    }
    rows
}

#[tokio::test]
async fn a_name_that_does_not_exist() {
    let lab = Lab::start().await;
    expect(
        &lab,
        "https://no-such-host.invalid/",
        origin(502, "resolve", "no-such-host.invalid"),
    )
    .await;
    expect_connections(&lab, "resolve").await;
}

#[tokio::test]
async fn a_plain_name_that_does_not_exist() {
    let lab = Lab::start().await;
    expect(
        &lab,
        "http://no-such-host.invalid/",
        origin(502, "resolve", "no-such-host.invalid"),
    )
    .await;
}

#[tokio::test]
async fn a_port_that_refuses() {
    let lab = Lab::start().await;
    let refusing = Refusing::new();
    let port = refusing.port();
    expect(
        &lab,
        &format!("https://127.0.0.1:{port}/"),
        origin(502, "connect", "refused"),
    )
    .await;
    expect_connections(&lab, "connect").await;
}

#[tokio::test]
async fn a_plain_port_that_refuses() {
    let lab = Lab::start().await;
    let refusing = Refusing::new();
    let port = refusing.port();
    expect(
        &lab,
        &format!("http://127.0.0.1:{port}/"),
        origin(502, "connect", "refused"),
    )
    .await;
}

#[tokio::test]
async fn a_port_that_never_answers() {
    let lab = Lab::start_as(|setup| setup.config("[timeouts]\nconnect = 0.3\n")).await;
    // Its queue of one is full, so the kernel drops further requests to connect.
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket
        .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .unwrap();
    let port = socket.local_addr().unwrap().as_socket().unwrap().port();
    socket.listen(0).unwrap();
    let _first = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    expect(
        &lab,
        &format!("https://127.0.0.1:{port}/"),
        origin(504, "connect", "was not answered within 300ms"),
    )
    .await;
    expect_connections(&lab, "connect").await;
}

#[tokio::test]
async fn a_server_that_never_shakes_hands() {
    let lab = Lab::start_as(|setup| setup.config("[timeouts]\ntls = 2\n")).await;
    let silent = RawOrigin::tcp(|mut stream| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    expect(
        &lab,
        &silent.url("https", "/"),
        origin(504, "tls", "was not done within 2s"),
    )
    .await;
}

#[tokio::test]
async fn a_server_that_resets_during_the_handshake() {
    let lab = Lab::start().await;
    let resets = RawOrigin::tcp(|mut stream| async move {
        let _ = stream.read_u8().await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    expect(&lab, &resets.url("https", "/"), origin(502, "tls", "reset")).await;
    expect_connections(&lab, "tls").await;
}

#[tokio::test]
async fn a_server_that_refuses_tls_by_an_alert() {
    let lab = Lab::start().await;
    let refuses = RawOrigin::tcp(|mut stream| async move {
        let _ = stream.read_u8().await;
        // A fatal handshake_failure (RFC 8446 section 6.2).
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 40]).await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    expect(
        &lab,
        &refuses.url("https", "/"),
        origin(502, "tls", "it refused with the alert handshake_failure"),
    )
    .await;
    let rows = expect_connections(&lab, "tls").await;
    assert_eq!(rows[0]["failure"]["alert"]["name"], "handshake_failure");
    assert_eq!(rows[0]["failure"]["alert"]["sent_by_us"], false);
}

/// In TLS 1.3 the origin refuses when the handshake is over on our side: before, under or after the request.
#[tokio::test]
async fn a_server_that_wants_a_client_certificate() {
    for alpn in ["http/1.1", "h2"] {
        let lab = Lab::start().await;
        let refuses = lab
            .origin_with(OriginOptions {
                wants_client_certificate: true,
                alpn: vec![alpn],
                ..OriginOptions::https()
            })
            .await;
        expect(
            &lab,
            &refuses.url("/"),
            origin(502, "tls", "it refused with the alert certificate_required"),
        )
        .await;
        for row in expect_connections(&lab, "tls").await {
            assert_eq!(row["failure"]["alert"]["name"], "certificate_required", "{row:#}");
        }
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_at_all() {
    let lab = Lab::start().await;
    let plain = lab.plain_origin().await;
    let url = plain.url("/").replace("http:", "https:");
    expect(&lab, &url, origin(502, "tls", "TLS")).await;
    assert_eq!(plain.requests().len(), 0);
}

#[tokio::test]
async fn a_tls_origin_asked_in_plain() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let url = origin.url("/").replace("https:", "http:");
    let answer = lab.client().get(&url).await;
    assert!(answer.status == 502, "{answer:?}");
}

#[tokio::test]
async fn a_server_that_ends_before_it_answers() {
    let lab = Lab::start().await;
    let ends = RawOrigin::tls(&lab.authority, &["http/1.1"], |mut stream| async move {
        let _ = stream.read_u8().await;
        let _ = stream.shutdown().await;
    })
    .await;
    expect(
        &lab,
        &ends.url("https", "/"),
        origin(
            502,
            "response",
            "the origin closed the connection before it answered",
        ),
    )
    .await;
}

#[tokio::test]
async fn a_server_that_ends_at_once_is_a_failure_whoever_was_first() {
    let lab = Lab::start().await;
    // It may end before the client's hello is there, or after: what is told must not depend on that.
    let ends = RawOrigin::tcp(|stream| async move { drop(stream) }).await;
    expect(&lab, &ends.url("https", "/"), origin(502, "tls", "")).await;
    expect_connections(&lab, "tls").await;
}

#[tokio::test]
async fn a_server_that_answers_no_http() {
    let lab = Lab::start().await;
    let answers = RawOrigin::tls(&lab.authority, &["http/1.1"], |mut stream| async move {
        let _ = stream.read_u8().await;
        let _ = stream.write_all(b"220 this is no web server\r\n\r\n").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    expect(
        &lab,
        &answers.url("https", "/"),
        origin(502, "response", "not valid HTTP"),
    )
    .await;
}

#[tokio::test]
async fn a_server_that_never_answers() {
    let lab = Lab::start_as(|setup| setup.config("[timeouts]\nstall = 2\n")).await;
    let origin_that_holds = lab.origin().await;
    expect(
        &lab,
        &origin_that_holds.url("/hold"),
        origin(504, "response", "2s"),
    )
    .await;
}

#[tokio::test]
async fn tls_that_breaks_in_the_middle_of_an_answer_is_not_told_of_the_client() {
    let lab = Lab::start().await;
    let head_is_there = Arc::new(Notify::new());
    let go_on = head_is_there.clone();
    let breaks = RawOrigin::tls(&lab.authority, &["http/1.1"], move |mut stream| {
        let go_on = go_on.clone();
        async move {
            read_head(&mut stream).await;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
                .await;
            let _ = stream.flush().await;
            go_on.notified().await;
            let (tcp, _) = stream.get_mut();
            // A record that nobody sealed.
            let _ = tcp
                .write_all(b"\x17\x03\x03\0\x20not sealed, as it should be, but.")
                .await;
            let _ = tcp.read_to_end(&mut Vec::new()).await;
        }
    })
    .await;

    let mut conversation = lab.client().open(&breaks.authority()).await;
    let get = request(Method::GET, &breaks.url("https", "/broken"), empty());
    let answer = conversation.begin(get).await.unwrap();
    head_is_there.notify_one();
    assert!(
        Answer::read(answer).await.is_err(),
        "nothing passed for the whole"
    );

    let row = lab.api().exchange("/broken").await;
    assert_eq!(
        (&row["error"]["leg"], &row["error"]["stage"]),
        (&"origin".into(), &"response".into()),
        "{row:#}"
    );
    let connection = lab.api().connection(&breaks.authority()).await;
    assert_eq!(connection["failure"], Value::Null, "{connection:#}");
}

#[tokio::test]
async fn a_server_of_tls_1_1_alone() {
    let lab = Lab::start().await;
    let args = ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"];
    let old = OpensslServer::start(&lab, KeyKind::Ecdsa, &args).await;
    let port = &old.port;

    expect(
        &lab,
        &format!("https://localhost:{port}/"),
        origin(502, "tls", "protocol_version"),
    )
    .await;

    let rows = expect_connections(&lab, "tls").await;
    assert_eq!(
        rows[0]["failure"]["alert"]["name"], "protocol_version",
        "{:#}",
        rows[0]
    );
}

#[tokio::test]
async fn our_own_root_vouches_for_no_origin() {
    // Somebody who got hold of the root must not be able to play every origin to Handlens too.
    let lab = Lab::start().await;
    let data = lab.handlens.root_path().parent().unwrap();
    let key = std::fs::read_to_string(data.join("root.key")).unwrap();
    let certificate = std::fs::read_to_string(lab.handlens.root_path()).unwrap();
    let stolen = crate::lab::Authority::from_pem(&certificate, &key);
    let played = crate::lab::Origin::start(&stolen, crate::lab::OriginOptions::https()).await;
    let answer = lab.client().get(&played.url("/bytes/3")).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    assert_eq!(played.requests().len(), 0);
}

#[tokio::test]
async fn a_page_for_a_browser_holds_no_script_and_escapes_what_came_from_outside() {
    let lab = Lab::start().await;
    let url = "http://no-such-host.invalid/?<script>alert(1)</script>"
        .replace('<', "%3C")
        .replace('>', "%3E");
    let mut conversation = lab.client().open_proxy().await;
    let get = Request::get(url)
        .header(header::ACCEPT, "text/html")
        .header("x-evil", "<script>")
        .body(empty())
        .unwrap();
    let answer = conversation.send(get).await;
    let page = answer.text();
    assert!(page.contains("<html") && !page.contains("<script"), "{page}");
    assert!(
        answer
            .header("content-security-policy")
            .is_some_and(|policy| policy.contains("default-src 'none'")),
        "{answer:?}"
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}
