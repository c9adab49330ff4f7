//! Go, by its own library and its own verifier of certificates.

use std::path::Path;

use tokio::process::Command;

use crate::lab::{Lab, program, run};

use super::{home, proxy_url};

const FETCH: &str = r#"
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
)

func main() {
	proxy, err := url.Parse(os.Args[1])
	if err != nil {
		panic(err)
	}
	// Go asks no proxy that the environment names for what is on this machine.
	transport := &http.Transport{Proxy: http.ProxyURL(proxy)}
	if os.Args[2] == "h1" {
		transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	client := http.Client{Transport: transport}
	for _, address := range os.Args[3:] {
		answer, err := client.Get(address)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		body, err := io.ReadAll(answer.Body)
		fmt.Println(answer.Proto, answer.StatusCode, len(body), err)
	}
}
"#;

async fn compile(lab: &Lab) {
    let home = home(lab);
    std::fs::write(home.join("fetch.go"), FETCH).unwrap();
    let mut compile = program("go", "golang-go", &home);
    // It asks nobody whether there is a newer Go, and compiles its own library once for all tests.
    compile
        .env("GOTOOLCHAIN", "local")
        .env("GO111MODULE", "off")
        .env("GOCACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/go"));
    run(compile.args(["build", "-o", "fetch", "fetch.go"]))
        .await
        .succeeded();
}

/// The program that was compiled, which trusts what is in this file alone.
fn fetch(lab: &Lab, trusted: &Path) -> Command {
    let mut command = Command::new(home(lab).join("fetch"));
    command
        .env_clear()
        .env("SSL_CERT_FILE", trusted)
        .env("SSL_CERT_DIR", "/nonexistent");
    command
}

/// The names of a host and addresses are verified by different ways.
#[tokio::test]
async fn go_takes_the_leaf_and_speaks_both_versions() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    compile(&lab).await;
    let by_address = format!("https://127.0.0.1:{}/bytes/3", origin.port());
    for (version, proto) in [("h1", "HTTP/1.1"), ("h2", "HTTP/2.0")] {
        let mut command = fetch(&lab, lab.handlens.root_path());
        command.args([
            &*proxy_url(&lab),
            version,
            &*origin.url("/bytes/70000"),
            &*by_address,
        ]);
        let told = run(&mut command).await.succeeded();
        assert_eq!(told, format!("{proto} 200 70000 <nil>\n{proto} 200 3 <nil>\n"));
    }
}

#[tokio::test]
async fn go_without_the_root_says_so() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    compile(&lab).await;
    let none = lab.write("none.pem", "");
    let mut command = fetch(&lab, &none);
    let ran = run(command.args([&*proxy_url(&lab), "h2", &*origin.url("/bytes/3")])).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stdout.contains("certificate signed by unknown authority"),
        "{ran:?}"
    );
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(
        connection["failure"]["alert"]["name"], "bad_certificate",
        "{connection:#}"
    );
}
