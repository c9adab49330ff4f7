//! curl, Python and Chromium by every door.

use std::path::PathBuf;

use tokio::process::Command;

use crate::lab::{Lab, OriginOptions, program, run};

use super::home;

/// curl that believes our root, for origins and for the proxy.
fn curl(lab: &Lab) -> Command {
    let mut command = program("curl", "curl", &home(lab));
    command
        .args(["--silent", "--show-error", "--noproxy", "", "--max-time", "25"])
        .args([
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code} %{http_version} %{size_download}",
        ])
        .arg("--cacert")
        .arg(lab.handlens.root_path());
    command
}

/// The only connection to a target, and its door.
async fn door_to(lab: &Lab, target: &str) -> String {
    let connection = lab.api().connection(target).await;
    connection["door"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn curl_by_each_kind_of_socks() {
    let lab = Lab::start_with(&["--listen", "socks5@127.0.0.1:0"]).await;
    for (flag, door, mode) in [
        ("--socks4", "socks4", "http"),
        ("--socks4a", "socks4", "socks5"),
        ("--socks5", "socks5", "http"),
        ("--socks5-hostname", "socks5", "socks5"),
    ] {
        let origin = lab.origin().await;
        let mut command = curl(&lab);
        command.args([flag, &lab.handlens.door(mode).to_string(), "--http1.1"]);
        let told = run(command.arg(origin.url("/bytes/70000?seed=1"))).await;
        assert_eq!(told.succeeded(), "200 1.1 70000", "{flag}");
        // Without `-hostname` and `4a`, curl resolves the name itself.
        let host = if flag.ends_with('4') || flag.ends_with('5') {
            "127.0.0.1"
        } else {
            "localhost"
        };
        assert_eq!(
            door_to(&lab, &format!("{host}:{}", origin.port())).await,
            door,
            "{flag}"
        );
    }
    let mut command = curl(&lab);
    command.args(["--socks5-hostname", &lab.handlens.proxy().to_string()]);
    let own = format!("http://{}/healthz", lab.handlens.dashboard());
    let refused = run(command.arg(own)).await;
    assert_eq!(
        refused.code,
        Some(97),
        "curl's code for a proxy that refuses: {refused:?}"
    );
}

#[tokio::test]
async fn curl_through_tls_with_the_proxy() {
    let lab = Lab::start().await;
    let (origin, plain) = (lab.origin().await, lab.plain_origin().await);
    let proxy = format!("https://{}", lab.handlens.proxy());
    let root = lab.handlens.root_path().to_str().unwrap().to_owned();
    for trust in [&["--proxy-insecure"][..], &["--proxy-cacert", &root]] {
        for (url, version) in [
            (origin.url("/bytes/70000?seed=1"), "2"),
            (plain.url("/bytes/70000?seed=1"), "1.1"),
        ] {
            let mut command = curl(&lab);
            command.args(["--proxy", &proxy]).args(trust);
            let told = run(command.arg(&url)).await.succeeded();
            assert_eq!(told, format!("200 {version} 70000"), "{trust:?} {url}");
        }
    }
    let untrusting = run(curl(&lab).args(["--proxy", &proxy]).arg(origin.url("/"))).await;
    assert_eq!(untrusting.code, Some(60), "{untrusting:?}");
}

#[tokio::test]
async fn curl_by_each_version_of_http() {
    let lab = Lab::start().await;
    let (origin, plain) = (lab.origin().await, lab.plain_origin().await);
    let h2c = lab.origin_with(OriginOptions::h2c()).await;
    let proxy = format!("http://{}", lab.handlens.proxy());
    for (flags, url, version) in [
        // curl tells the version of the response.
        (&["--http1.0"][..], plain.url("/bytes/9?a"), "1"),
        (&["--http1.0"], origin.url("/bytes/9?b"), "1"),
        (&["--http1.1"], origin.url("/bytes/9?c"), "1.1"),
        (
            &["--http2-prior-knowledge", "--proxytunnel"],
            h2c.url("/bytes/9?f"),
            "2",
        ),
        (&["--http2"], origin.url("/bytes/9?d"), "2"),
        (&["--http2-prior-knowledge"], origin.url("/bytes/9?e"), "2"),
    ] {
        let mut command = curl(&lab);
        command.args(["--proxy", &proxy]).args(flags);
        let told = run(command.arg(&url)).await.succeeded();
        let is_it = told.starts_with(&format!("200 {version}")) && told.ends_with(" 9");
        assert!(is_it, "{flags:?} {url}: {told}");
    }
}

#[tokio::test]
async fn curl_by_http2_with_prior_knowledge_at_the_proxy_and_at_an_origins_stand_in() {
    let (lab, origin) = Lab::start_before(OriginOptions::h2c(), |setup, origin| {
        setup.args(&["--listen", &format!("reverse:{}@127.0.0.1:0", origin.url(""))])
    })
    .await;
    let plain = lab.plain_origin().await;
    let own = lab.handlens.proxy();
    let front = lab.handlens.door("reverse");
    for (url, to) in [
        // The proxy is where curl believes the origin to be: that is what a request of HTTP/2 to a proxy is like.
        (plain.url("/bytes/70000?a"), own),
        (format!("http://localhost:{}/bytes/70000?b", front.port()), front),
    ] {
        let mut command = curl(&lab);
        let to = format!("::{to}");
        command.args(["--http2-prior-knowledge", "--connect-to", &to]);
        let told = run(command.arg(url)).await.succeeded();
        assert_eq!(told, "200 2 70000");
    }
    assert_eq!(origin.the_request().version, http::Version::HTTP_2);
    let api = lab.api();
    assert_eq!(api.exchange("/bytes/70000?a").await["http_version"], "HTTP/2");
    assert_eq!(door_to(&lab, &plain.authority()).await, "http");
    let pac = format!("http://{own}/proxy.pac");
    let mut command = program("curl", "curl", &home(&lab));
    let told = run(command.args(["--silent", "--http2-prior-knowledge", &pac])).await;
    let told = told.succeeded();
    assert!(told.contains(&format!("\"PROXY {own}")), "{told}");
}

#[tokio::test]
async fn curl_behind_a_load_balancer_to_an_origins_stand_in() {
    let (lab, origin) = Lab::start_before(OriginOptions::https(), |setup, origin| {
        let listen = format!("reverse:{}@127.0.0.1:0", origin.url(""));
        setup.args(&["--listen", &listen, "--proxy-protocol"])
    })
    .await;
    let port = lab.handlens.door("reverse").port();
    for scheme in ["http", "https"] {
        let mut command = curl(&lab);
        command.arg("--haproxy-protocol");
        let url = format!("{scheme}://localhost:{port}/bytes/9?{scheme}");
        let told = run(command.arg(url)).await.succeeded();
        assert!(told.starts_with("200 ") && told.ends_with(" 9"), "{told}");
    }
    assert_eq!(origin.requests().len(), 2);
    let without = run(curl(&lab).arg(format!("http://localhost:{port}/"))).await;
    assert_eq!(without.code, Some(52), "curl's code for no answer: {without:?}");
}

#[tokio::test]
async fn curl_says_who_it_is_where_it_must() {
    let user = "ann:$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0$20xYpHhpVsiEQjN2K679wp2p4mpFdYpzVBeSo2k9w.4";
    let lab = Lab::start_with(&["--proxy-auth", user]).await;
    let (origin, plain) = (lab.origin().await, lab.plain_origin().await);
    let own = lab.handlens.proxy();
    for proxy in ["http", "https", "socks5h"] {
        for url in [origin.url("/bytes/9"), plain.url("/bytes/9")] {
            let mut command = curl(&lab);
            command.args(["--proxy-insecure", "--proxy", &format!("{proxy}://{own}")]);
            command.args(["--proxy-user", "ann:open sesame", "--http1.1"]);
            let told = run(command.arg(&url)).await.succeeded();
            assert_eq!(told, "200 1.1 9", "{proxy} {url}");
        }
    }
    let mut command = curl(&lab);
    command.args(["--proxy", &format!("http://{own}"), "--proxy-user", "ann:wrong"]);
    let told = run(command.arg(plain.url("/"))).await.succeeded();
    assert!(told.starts_with("407 "), "{told}");
}

/// Python of a folder that `./test` makes, with libraries that Debian has not, or not as new.
fn python(lab: &Lab) -> Command {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/tools/clients/bin/python");
    assert!(
        folder.exists(),
        "this test needs pycurl and PySocks: python3 -m venv target/tools/clients && \
         target/tools/clients/bin/pip install pycurl PySocks"
    );
    let home = home(lab);
    let mut command = Command::new(folder);
    command.env_clear().env("HOME", &home).current_dir(home);
    command
}

/// What `curl --proxy-http2` does, by the library: the curl of some systems is older than that.
const PROXY_HTTP2: &str = r#"
import io, pycurl, sys
proxy, root, urls = sys.argv[1], sys.argv[2], sys.argv[3:]
HTTPS2 = 3
for url in urls:
    into = io.BytesIO()
    curl = pycurl.Curl()
    for option, value in [(pycurl.URL, url), (pycurl.PROXY, proxy), (pycurl.PROXYTYPE, HTTPS2), (pycurl.NOPROXY, ""),
            (pycurl.CAINFO, root), (pycurl.PROXY_CAINFO, root), (pycurl.WRITEDATA, into), (pycurl.TIMEOUT, 25)]:
        curl.setopt(option, value)
    curl.perform()
    print(curl.getinfo(pycurl.RESPONSE_CODE), curl.getinfo(pycurl.INFO_HTTP_VERSION), len(into.getvalue()))
"#;

#[tokio::test]
async fn libcurl_by_http_2_with_the_proxy() {
    let lab = Lab::start().await;
    let (origin, plain) = (lab.origin().await, lab.plain_origin().await);
    let mut command = python(&lab);
    command
        .args(["-c", PROXY_HTTP2, &format!("https://{}", lab.handlens.proxy())])
        .arg(lab.handlens.root_path())
        .args([
            origin.url("/bytes/70000?seed=1"),
            plain.url("/bytes/70000?seed=2"),
        ]);
    let told = run(&mut command).await.succeeded();
    // 3 is HTTP/2; plain HTTP too comes in by the HTTP/2 that is spoken with the proxy.
    assert_eq!(told, "200 3 70000\n200 3 70000\n");
    assert_eq!(door_to(&lab, &origin.authority()).await, "connect");
    assert_eq!(door_to(&lab, &plain.authority()).await, "http");
    let own = lab.handlens.proxy().to_string();
    let rows = lab.api().connections().await;
    let outer: Vec<_> = rows.iter().filter(|row| row["target"] == *own).collect();
    assert!(
        outer.iter().all(|row| row["client"]["tls"]["alpn"] == "h2"),
        "{outer:#?}"
    );
    assert!(!outer.is_empty());
}

const SOCKS: &str = r#"
import socks, ssl, sys
host, port, root, origin = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
for version, by_name in [(socks.SOCKS5, True), (socks.SOCKS5, False), (socks.SOCKS4, True)]:
    socket = socks.socksocket()
    socket.set_proxy(version, host, port, rdns=by_name)
    socket.settimeout(25)
    socket.connect(("localhost" if by_name else "127.0.0.1", origin))
    tls = ssl.create_default_context(cafile=root).wrap_socket(socket, server_hostname="localhost")
    tls.sendall(b"GET /bytes/3 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    print(tls.recv(15).decode())
"#;

#[tokio::test]
async fn python_by_pysocks() {
    let lab = Lab::start_with(&["--listen", "socks5@127.0.0.1:0"]).await;
    let origin = lab.origin().await;
    let door = lab.handlens.door("socks5");
    let mut command = python(&lab);
    command
        .args(["-c", SOCKS, &door.ip().to_string(), &door.port().to_string()])
        .arg(lab.handlens.root_path())
        .arg(origin.port().to_string());
    assert_eq!(run(&mut command).await.succeeded(), "HTTP/1.1 200 OK\n".repeat(3));
}
