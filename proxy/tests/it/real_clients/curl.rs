//! curl, with all that it can do of HTTP.

use tokio::process::Command;

use crate::lab::{Lab, Pattern, program, run};

use super::{home, proxy_url};

/// curl that comes in by the proxy and believes its root.
fn curl(lab: &Lab) -> Command {
    let mut command = program("curl", "curl", &home(lab));
    command.args(["--silent", "--show-error", "--noproxy", "", "--max-time", "25"]);
    command
        .arg("--proxy")
        .arg(proxy_url(lab))
        .arg("--cacert")
        .arg(lab.handlens.root_path());
    command
}

#[tokio::test]
async fn curl_over_both_versions_of_http_and_of_tls() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    for (n, (http, version)) in [("--http1.1", "1.1"), ("--http2", "2")].into_iter().enumerate() {
        for (m, tls) in [["--tlsv1.2", "--tls-max", "1.2"].as_slice(), &["--tlsv1.3"]]
            .into_iter()
            .enumerate()
        {
            let path = format!("/bytes/100000?seed={n}{m}");
            let file = lab.dir().join("got");
            let mut command = curl(&lab);
            command
                .arg(http)
                .args(tls)
                .args(["--write-out", "%{http_version} %{http_code}", "--output"])
                .arg(&file);
            assert_eq!(
                run(command.arg(origin.url(&path))).await.succeeded(),
                format!("{version} 200")
            );
            let seed = format!("{n}{m}").parse().unwrap();
            assert!(std::fs::read(&file).unwrap() == Pattern::bytes(seed, 100_000));
            let row = lab.api().exchange(&path).await;
            assert_eq!(row["http_version"], format!("HTTP/{version}"));
            assert_eq!(row["tls"]["client"], if m == 0 { "TLS 1.2" } else { "TLS 1.3" });
        }
    }
}

#[tokio::test]
async fn curl_uploads_with_an_expectation() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let file = lab.write("upload", Pattern::bytes(9, 3_000_000));
    for http in ["--http1.1", "--http2"] {
        let mut command = curl(&lab);
        command
            .arg(http)
            .args(["--header", "Expect: 100-continue", "--upload-file"])
            .arg(&file);
        let told = run(command.arg(origin.url(&format!("/upload?seed=9&{http}"))))
            .await
            .succeeded();
        assert_eq!(told, r#"{"bytes":3000000,"wrong":null}"#);
        let row = lab.api().exchange(&format!("/upload?seed=9&{http}")).await;
        assert!(lab.api().body(&row, "request", "").await == Pattern::bytes(9, 3_000_000));
    }
}

#[tokio::test]
async fn curl_uploads_what_it_does_not_know_the_length_of() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let file = lab.write("upload", Pattern::bytes(8, 2_000_000));
    for http in ["--http1.1", "--http2"] {
        let mut command = curl(&lab);
        command
            .arg(http)
            .args(["--header", "Transfer-Encoding: chunked", "--upload-file"])
            .arg(&file);
        let told = run(command.arg(origin.url("/upload?seed=8"))).await.succeeded();
        assert_eq!(told, r#"{"bytes":2000000,"wrong":null}"#, "{http}");
    }
}

#[tokio::test]
async fn curl_over_plain_http_follows_a_redirect() {
    let lab = Lab::start().await;
    let origin = lab.plain_origin().await;
    let told = run(curl(&lab)
        .args([
            "--location",
            "--data",
            "x=1",
            "--write-out",
            " %{num_redirects} %{http_code}",
        ])
        .arg(origin.url("/redirect")))
    .await;
    assert_eq!(told.succeeded(), " 1 200");
    assert_eq!(lab.api().exchanges_over(2).await[0]["status"], 302);
}

#[tokio::test]
async fn curl_is_told_why_an_origin_failed() {
    let lab = Lab::start().await;
    let mut command = curl(&lab);
    command.args(["--write-out", " %{http_code}", "https://no-such-host.invalid/"]);
    let told = run(&mut command).await.succeeded();
    assert!(
        told.ends_with(" 502") && told.contains("no-such-host.invalid"),
        "{told}"
    );
}

#[tokio::test]
async fn curl_without_our_root_is_a_row() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut command = program("curl", "curl", &home(&lab));
    command
        .args(["--silent", "--noproxy", "", "--proxy"])
        .arg(proxy_url(&lab))
        .arg(origin.url("/"));
    assert_eq!(
        run(&mut command).await.code,
        Some(60),
        "curl's code for a certificate that it does not trust"
    );
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(connection["failure"]["leg"], "client", "{connection:#}");
    assert_eq!(
        connection["failure"]["alert"]["name"], "unknown_ca",
        "{connection:#}"
    );
}
