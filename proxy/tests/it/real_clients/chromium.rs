//! Chromium, with the root and without it.

use base64::Engine as _;
use serde_json::Value;
use tokio::process::Command;

use crate::lab::{Lab, Origin, OriginOptions, program, run};

use super::home;

const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>waiting</title>
<link rel="stylesheet" href="/style.css"><img id="picture" src="/picture.png"><p id="told">nothing yet</p>
<script src="/one.js"></script><script type="module">
  const [echo, missing] = await Promise.all([
    fetch("/echo", { method: "POST", body: "from the page" }).then((answer) => answer.text()),
    fetch("/status/404").then((answer) => answer.status)]);
  const many = await Promise.all([...Array(20).keys()].map((n) => fetch(`/bytes/${n}?many`).then((a) => a.arrayBuffer())));
  await document.getElementById("picture").decode();
  const length = many.reduce((sum, body) => sum + body.byteLength, 0);
  document.getElementById("told").textContent = `${window.one} | ${echo} | ${missing} | ${length} | picture`;
</script>"#;

/// A PNG of one dot.
const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn serve_page(origin: &Origin) {
    origin.put("/page", "text/html", PAGE);
    origin.put("/one.js", "text/javascript", "window.one = 'script';");
    origin.put("/style.css", "text/css", "body { color: teal }");
    let picture = base64::engine::general_purpose::STANDARD.decode(PICTURE).unwrap();
    origin.put("/picture.png", "image/png", picture);
}

/// Chromium with a fresh profile that trusts our root by its own trust store, as a person would set it.
pub(super) async fn chromium(lab: &Lab, trust: bool) -> Command {
    let proxy = format!("--proxy-server={}", lab.handlens.proxy());
    chromium_by(lab, trust, &proxy).await
}

/// The same, told by this argument where the proxy is.
async fn chromium_by(lab: &Lab, trust: bool, proxy: &str) -> Command {
    let home = home(lab);
    let store = home.join(".pki/nssdb");
    std::fs::create_dir_all(&store).unwrap();
    if trust && !store.join("cert9.db").exists() {
        let database = format!("sql:{}", store.display());
        let certutil = || program("certutil", "libnss3-tools", &home);
        run(certutil().args(["-N", "--empty-password", "-d", &database]))
            .await
            .succeeded();
        let root = lab.handlens.root_path();
        let add = ["-A", "-n", "handlens", "-t", "C,,", "-d", &database, "-i"];
        run(certutil().args(add).arg(root)).await.succeeded();
    }
    let mut command = program("chromium", "chromium", &home);
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
    ]);
    command.args([
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]);
    // Without this Chromium goes to this machine's own addresses directly.
    command.arg("--proxy-bypass-list=<-loopback>").arg(proxy);
    command.arg(format!("--user-data-dir={}", home.join("profile").display()));
    command.args(["--virtual-time-budget=20000", "--dump-dom"]);
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chromium_loads_a_page_of_scripts_images_and_fetches() {
    for options in [OriginOptions::http2_only(), OriginOptions::http1_only()] {
        let lab = Lab::start().await;
        let origin = lab.origin_with(options).await;
        serve_page(&origin);

        let told = run(chromium(&lab, true).await.arg(origin.url("/page")))
            .await
            .succeeded();

        assert!(
            told.contains("script | from the page | 404 | 190 | picture"),
            "{told}"
        );
        for path in [
            "/page",
            "/style.css",
            "/picture.png",
            "/one.js",
            "/echo",
            "/status/404",
            "/bytes/19?many",
        ] {
            let row = lab.api().exchange(path).await;
            assert_eq!(row["state"], "done", "{row:#}");
        }
        let picture = lab.api().exchange("/picture.png").await;
        assert_eq!(picture["content_type"], "image/png");
        let connections = lab.api().connections().await;
        let secure: Vec<&Value> = connections
            .iter()
            .filter(|row| row["target"] == origin.authority())
            .collect();
        assert!(
            !secure.is_empty() && secure.iter().all(|row| row["failure"].is_null()),
            "{connections:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chromium_without_our_root_is_a_row_that_says_so() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    serve_page(&origin);
    let told = run(chromium(&lab, false).await.arg(origin.url("/page"))).await;
    assert!(!told.stdout.contains("from the page"), "{told:?}");
    let rejected = crate::lab::eventually("a row that was rejected", || async {
        let rows = lab.api().connections().await;
        let ours = |row: &&Value| row["target"] == origin.authority() && !row["closed"].is_null();
        // One that was made ahead may be closed without a word.
        let rejected = rows
            .iter()
            .filter(ours)
            .find(|row| row["failure"]["alert"]["name"] == "certificate_unknown");
        rejected.cloned().ok_or_else(|| Value::from(rows))
    })
    .await;
    assert_eq!(rejected["failure"]["leg"], "client", "{rejected:#}");
    assert!(rejected["failure"]["remedy"].is_string(), "{rejected:#}");
    assert_eq!(origin.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chromium_comes_in_by_socks_by_tls_with_the_proxy_and_by_its_configuration() {
    let lab = Lab::start_with(&["--listen", "socks5@127.0.0.1:0"]).await;
    let own = lab.handlens.proxy();
    for (proxy, door) in [
        (
            format!("--proxy-server=socks5://{}", lab.handlens.door("socks5")),
            "socks5",
        ),
        (format!("--proxy-server=https://{own}"), "connect"),
    ] {
        let origin = lab.origin().await;
        serve_page(&origin);
        let mut command = chromium_by(&lab, true, &proxy).await;
        let told = run(command.arg(origin.url("/page"))).await.succeeded();
        assert!(
            told.contains("script | from the page | 404 | 190 | picture"),
            "{proxy}: {told}"
        );
        let rows = lab.api().connections().await;
        let ours: Vec<_> = rows
            .iter()
            .filter(|row| row["target"] == origin.authority())
            .collect();
        assert!(
            !ours.is_empty() && ours.iter().all(|row| row["door"] == door),
            "{proxy}: {ours:#?}"
        );
    }
    // By a script it goes to this machine's names directly, so to one that only the proxy knows.
    let mut command = chromium_by(&lab, true, &format!("--proxy-pac-url=http://{own}/proxy.pac")).await;
    let told = run(command.arg("https://handlens.local/")).await.succeeded();
    assert!(told.contains("HTTPS comes through this proxy"), "{told}");
    // Chromium speaks HTTP/2 with a proxy that does.
    let rows = lab.api().connections().await;
    let by_http2 = |row: &&Value| row["target"] == own.to_string() && row["client"]["tls"]["alpn"] == "h2";
    assert!(rows.iter().any(|row| by_http2(&row)), "{rows:#?}");
}
