//! Origins that are reached through another proxy: HTTP, HTTPS and SOCKS5, with a user and without.

use serde_json::Value;
use tokio::io::AsyncWriteExt;

use crate::lab::http2::{Http2Ends, RawFrame, RawHttp2};
use crate::lab::proxies::{NOTHING, Wants, http_proxy, https_proxy, socks_proxy};
use crate::lab::{
    Authority, Conversation, Lab, OriginOptions, RawOrigin, Refusing, Setup, read_head, read_some,
};

const USER: Wants = Wants {
    user: Some(("ann", "s3cr:t")),
    ..NOTHING
};

/// A Handlens that goes through this proxy.
async fn lab_through(upstream: String) -> Lab {
    Lab::start_as(|setup| setup.env("HANDLENS_UPSTREAM", upstream)).await
}

fn step_names(handshake: &Value) -> Vec<&str> {
    let steps = handshake["steps"].as_array().unwrap().iter();
    let of_origin = steps.filter(|step| step["leg"] == "origin");
    of_origin.filter_map(|step| step["name"].as_str()).collect()
}

#[tokio::test]
async fn an_https_origin_is_reached_through_each_kind_and_the_way_is_told() {
    let kinds = [
        (
            "http",
            &["upstream_resolve", "upstream_connect", "upstream_tunnel"][..],
        ),
        (
            "https",
            &[
                "upstream_resolve",
                "upstream_connect",
                "upstream_tls",
                "upstream_tunnel",
            ],
        ),
        (
            "socks5",
            &["upstream_resolve", "upstream_connect", "upstream_tunnel"],
        ),
    ];
    for (kind, steps) in kinds {
        // The proxy's certificate is of the authority that origins are trusted by, so the lab comes first.
        let mut lab = Lab::start().await;
        let proxy = match kind {
            "http" => http_proxy(USER).await,
            "https" => https_proxy(&lab.authority, USER).await,
            _ => socks_proxy(USER).await,
        };
        let origin = lab.origin().await;
        lab = lab
            .restart_as(|setup| {
                let upstream = format!("{kind}://ann:s3cr%3At@localhost:{}", proxy.port());
                setup.env("HANDLENS_UPSTREAM", upstream)
            })
            .await;

        let answer = lab.client().get(&origin.url("/echo")).await;
        assert_eq!(answer.status, 200, "{kind}: {}", answer.text());

        let row = lab.api().connection(&origin.authority()).await;
        let connection = lab.api().connection_of(&row).await;
        assert_eq!(connection["via"], format!("{kind}://localhost:{}", proxy.port()));
        assert!(connection["via_us"].is_u64(), "{connection:#}");
        assert_eq!(connection["outcome"], "inspected");
        let handshake = lab.api().handshake(&row).await;
        let told = step_names(&handshake);
        assert_eq!(&told[..steps.len()], steps, "{kind}");
        let everything = format!(
            "{connection}{handshake}{}{:?}",
            lab.handlens.log(),
            lab.handlens.lines()
        );
        assert!(!everything.contains("s3cr"), "{kind}: a password is told");
    }
}

#[tokio::test]
async fn plain_http_goes_through_too_by_either_version_and_names_are_resolved_there() {
    for (kind, http2) in [
        ("http", false),
        ("http", true),
        ("socks5h", false),
        ("socks5h", true),
    ] {
        let proxy = match kind {
            "http" => http_proxy(USER).await,
            _ => socks_proxy(USER).await,
        };
        let lab = lab_through(format!("{kind}://ann:s3cr%3At@127.0.0.1:{}", proxy.port())).await;
        let origin = lab.plain_origin().await;
        let url = format!("http://nowhere.invalid:{}/echo", origin.port());
        let answer = match http2 {
            true => {
                let mut outer = Conversation::http2(lab.client().tcp().await).await;
                outer.get(&url).await
            }
            false => lab.client().get(&url).await,
        };
        assert_eq!(answer.status, 200, "{kind}: {}", answer.text());
        let exchange = lab.api().exchange("/echo").await;
        assert!(exchange["connection_detail"]["via"].is_string(), "{exchange:#}");
        // A proxy for HTTP takes requests as they are: some make no tunnel to port 80.
        let seen = origin.the_request().uri.to_string();
        assert_eq!(seen, if kind == "http" { &url } else { "/echo" });
        // A client's connection of HTTP/2 is a row beside.
        let rows = lab.api().connections_closed(1 + usize::from(http2)).await;
        let row = rows
            .iter()
            .find(|row| row["id"] == exchange["connection"])
            .unwrap();
        let handshake = lab.api().handshake(row).await;
        let expected = ["upstream_resolve", "upstream_connect", "upstream_tunnel"];
        assert_eq!(
            step_names(&handshake),
            expected[..if kind == "http" { 2 } else { 3 }],
            "{handshake:#}"
        );
        assert!(
            !format!("{exchange}{handshake}").contains("YW5uOnMzY3I6dA"),
            "credentials are told"
        );
    }
}

#[tokio::test]
async fn a_proxy_that_asks_who_we_are_does_not_ask_the_client() {
    let proxy = http_proxy(USER).await;
    let lab = lab_through(format!("http://ann:wrong@127.0.0.1:{}", proxy.port())).await;
    let origin = lab.plain_origin().await;
    let answer = lab.client().get(&origin.url("/echo")).await;
    assert_eq!(answer.status, 502);
    let says = "does not take the user and password that were set: 407 Proxy Authentication Required";
    assert!(answer.text().contains(says), "{}", answer.text());
    assert_eq!(lab.api().exchange("/echo").await["error"]["stage"], "upstream");
}

#[tokio::test]
async fn a_proxy_that_asks_who_we_are_over_http_2_does_not_ask_the_client() {
    let proxy = http_proxy(USER).await;
    let lab = lab_through(format!("http://ann:wrong@127.0.0.1:{}", proxy.port())).await;
    let mut outer = Conversation::http2(lab.client().tcp().await).await;
    let answer = outer.get("http://nowhere.invalid/echo").await;
    assert_eq!(answer.status, 502);
    let says = "does not take the user and password that were set: 407 Proxy Authentication Required";
    assert!(answer.text().contains(says), "{}", answer.text());
    assert_eq!(lab.api().exchange("/echo").await["error"]["stage"], "upstream");
}

#[tokio::test]
async fn a_websocket_over_http_2_has_a_tunnel_through_a_proxy() {
    let proxy = http_proxy(NOTHING).await;
    let lab = lab_through(format!("http://127.0.0.1:{}", proxy.port())).await;
    let mut ends = Http2Ends::start().await;
    let mut client = RawHttp2::greet_as_client(lab.client().tcp().await, &[]).await;
    client.settle().await;
    let target = ends.target().to_owned();
    let asked = [
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "http"),
        (":authority", &*target),
        (":path", "/socket"),
        ("sec-websocket-version", "13"),
    ];
    client.send(RawFrame::headers(1, 0, &asked)).await;
    let head = read_head(&mut ends.arrival().await).await;
    assert!(head.starts_with("GET /socket HTTP/1.1\r\n"), "{head}");
}

#[tokio::test]
async fn an_origin_that_speaks_first_is_heard_through_a_proxy() {
    let smtp = RawOrigin::tcp(|mut stream| async move {
        stream.write_all(b"220 lab ESMTP\r\n").await.unwrap();
        let _ = read_some(&mut stream, 6).await;
        stream.write_all(b"221 bye\r\n").await.unwrap();
    })
    .await;
    let proxy = http_proxy(NOTHING).await;
    let lab = lab_through(format!("127.0.0.1:{}", proxy.port())).await;
    let mut stream = lab.client().tunnel(&smtp.authority()).await;
    assert_eq!(read_some(&mut stream, 15).await, b"220 lab ESMTP\r\n");
    stream.write_all(b"QUIT\r\n").await.unwrap();
    assert_eq!(read_some(&mut stream, 9).await, b"221 bye\r\n");
}

#[tokio::test]
async fn what_fails_there_is_told_as_a_stage_of_its_own_with_whose_fault_it_is() {
    for (answers, status, text, remedy) in [
        ("407 No", 502, "wants a user and a password", "USER:PASSWORD"),
        ("403 Not here", 502, "refuses to go to", "own rules"),
        (
            "502 Bad Gateway",
            502,
            "could not reach",
            "the proxy itself works",
        ),
        ("504 Late", 504, "could not reach", "the proxy itself works"),
    ] {
        let wants = Wants {
            answers: Some(answers),
            ..NOTHING
        };
        let proxy = http_proxy(wants).await;
        let lab = lab_through(format!("http://127.0.0.1:{}", proxy.port())).await;
        let origin = lab.origin().await;
        let answer = lab.client().get(&origin.url("/")).await;
        assert_eq!(answer.status, status, "{answers}");
        assert_eq!(answer.header("handlens-error"), Some("upstream"));
        assert!(answer.text().contains(text), "{}", answer.text());
        let failure = lab.api().connection(&origin.authority()).await["failure"].take();
        assert_eq!(
            (&failure["leg"], &failure["stage"]),
            (&"origin".into(), &"upstream".into())
        );
        assert!(failure["remedy"].as_str().unwrap().contains(remedy), "{failure}");
        assert_eq!(origin.connections(), 0);
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_or_is_not_trusted_is_told() {
    let gone = Refusing::new();
    let lab = lab_through(format!("http://127.0.0.1:{}", gone.port())).await;
    let origin = lab.origin().await;
    let answer = lab.client().get(&origin.url("/")).await;
    assert!(
        answer.text().contains("the origin was not asked"),
        "{}",
        answer.text()
    );

    let stranger = Authority::new("Nobody's Root");
    let proxy = https_proxy(&stranger, NOTHING).await;
    let lab = lab_through(format!("https://localhost:{}", proxy.port())).await;
    let origin = lab.origin().await;
    let answer = lab.client().get(&origin.url("/")).await;
    assert!(
        answer
            .text()
            .contains("TLS with the upstream proxy https://localhost:"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn what_no_proxy_names_is_reached_directly() {
    let wants = Wants {
        answers: Some("403 No"),
        ..NOTHING
    };
    let proxy = http_proxy(wants).await;
    let lab = Lab::start_as(|setup| {
        setup
            .env("https_proxy", format!("http://127.0.0.1:{}", proxy.port()))
            .env("NO_PROXY", "other.test,localhost")
            .args(&["--upstream", "env"])
    })
    .await;
    let origin = lab.origin_with(OriginOptions::https()).await;
    assert_eq!(lab.client().get(&origin.url("/echo?direct")).await.status, 200);
    let exchange = lab.api().exchange("/echo?direct").await;
    assert_eq!(exchange["connection_detail"]["via"], Value::Null);
    let refused = lab.client().get(&origin.url_at("127.0.0.1", "/")).await;
    assert_eq!(refused.status, 502);
}

#[tokio::test]
async fn a_way_that_leads_back_is_refused() {
    // At the start, where that can be seen.
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new("Lab Root");
    let port = RawOrigin::tcp(|_| async {}).await.port();
    let output = Setup::new(dir.path(), &authority)
        .set("--listen", format!("127.0.0.1:{port}"))
        .args(&["--upstream", &format!("http://127.0.0.1:{port}")])
        .run()
        .await;
    assert!(output.stderr.contains("is Handlens itself"), "{}", output.stderr);
    // And where a proxy would lead to us.
    let proxy = http_proxy(NOTHING).await;
    let lab = lab_through(format!("http://127.0.0.1:{}", proxy.port())).await;
    let (_, answer) = lab.client().connect(&lab.handlens.dashboard().to_string()).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[tokio::test]
async fn settings_that_name_no_proxy_are_refused_without_the_password() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new("Lab Root");
    let output = Setup::new(dir.path(), &authority)
        .args(&["--upstream", "ftp://ann:s3cret@proxy:21"])
        .run()
        .await;
    assert!(!output.stderr.contains("s3cret"), "{}", output.stderr);
    assert!(
        output.stderr.contains("must be http://, https:// or socks5://"),
        "{}",
        output.stderr
    );
}
