//! The programs that people use: curl, Python, Node, git and Chromium, each as it comes.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use base64::Engine as _;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::lab::{Lab, Origin, OriginOptions, Pattern, program, run, within};

/// A home for a program, beside the lab's own things.
fn home(lab: &Lab) -> PathBuf {
    let home = lab.dir().join("program");
    std::fs::create_dir_all(&home).unwrap();
    home
}

fn proxy_url(lab: &Lab) -> String {
    format!("http://{}", lab.handlens.proxy())
}

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

const PYTHON: &str = r#"
import http.client, ssl, sys, urllib.request
proxy, root, port = sys.argv[1], sys.argv[2], sys.argv[3]
trust = ssl.create_default_context(cafile=root)
opener = urllib.request.build_opener(
    urllib.request.ProxyHandler({"http": "http://" + proxy, "https": "http://" + proxy}),
    urllib.request.HTTPSHandler(context=trust))
with opener.open(f"https://localhost:{port}/bytes/70000?seed=4") as answer:
    print("urllib", answer.status, len(answer.read()))
tunnel = http.client.HTTPSConnection(*proxy.split(":"), context=trust)
tunnel.set_tunnel("localhost", int(port))
for n in range(3):
    tunnel.request("POST", f"/echo?n={n}", body=b"x" * n, headers={"X-N": str(n)})
    answer = tunnel.getresponse()
    print("http.client", answer.status, len(answer.read()))
"#;

#[tokio::test]
async fn python_by_urllib_and_by_a_tunnel_of_its_own() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut command = program("python3", "python3", &home(&lab));
    command
        .args(["-c", PYTHON, &lab.handlens.proxy().to_string()])
        .arg(lab.handlens.root_path());
    let told = run(command.arg(origin.port().to_string())).await.succeeded();
    assert_eq!(
        told,
        "urllib 200 70000\nhttp.client 200 0\nhttp.client 200 1\nhttp.client 200 2\n"
    );
    let rows = lab.api().exchanges_over(4).await;
    assert!(
        rows.iter()
            .all(|row| row["state"] == "done" && row["http_version"] == "HTTP/1.1"),
        "{rows:#?}"
    );
}

const NODE: &str = r#"
const http = require("node:http"), https = require("node:https"), tls = require("node:tls"), fs = require("node:fs");
const [proxy, root, port] = process.argv.slice(1);
const [proxyHost, proxyPort] = proxy.split(":");
const ca = fs.readFileSync(root);

class ConnectAgent extends https.Agent {
  createConnection(options, done) {
    const target = `${options.host}:${options.port}`;
    http.request({ host: proxyHost, port: proxyPort, method: "CONNECT", path: target, headers: { host: target } })
      .on("connect", (answer, socket) => {
        if (answer.statusCode !== 200) return done(new Error(`CONNECT: ${answer.statusCode}`));
        const secure = tls.connect({ socket, ca, servername: options.host, ALPNProtocols: ["http/1.1"] });
        secure.once("secureConnect", () => done(null, secure)).once("error", done);
      })
      .on("error", done)
      .end();
  }
}
const agent = new ConnectAgent({ keepAlive: true, maxSockets: 1 });

function ask(path, body) {
  return new Promise((resolve, reject) => {
    const request = https.request({ host: "localhost", port, path, method: body ? "POST" : "GET", agent }, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece)).on("error", reject);
      answer.on("end", () => resolve(`${answer.statusCode} ${Buffer.concat(pieces).length}`));
    });
    request.on("error", reject).end(body);
  });
}
(async () => {
  console.log(await ask("/bytes/70000?seed=4"));
  console.log(await ask("/echo", Buffer.alloc(100000, 7)));
  console.log(await ask("/status/404"));
  agent.destroy();
})().catch((error) => { console.error(error); process.exit(1); });
"#;

#[tokio::test]
async fn node_by_an_agent_of_its_own() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut command = program("node", "nodejs", &home(&lab));
    command
        .args(["-e", NODE, &lab.handlens.proxy().to_string()])
        .arg(lab.handlens.root_path());
    let told = run(command.arg(origin.port().to_string())).await.succeeded();
    assert_eq!(told, "200 70000\n200 100000\n404 17\n");
    let rows = lab.api().exchanges_over(3).await;
    assert!(
        rows.iter().all(|row| row["connection"] == rows[0]["connection"]),
        "one connection: {rows:#?}"
    );
}

/// `handlens exec` beside the running Handlens of the lab.
fn exec(lab: &Lab, args: &[&str]) -> Command {
    let mut command = program("env", "coreutils", &home(lab));
    command
        .arg(env!("CARGO_BIN_EXE_handlens"))
        .arg("exec")
        .arg("--data-dir")
        .arg(lab.dir().join("data"));
    command.arg("--").args(args);
    command
}

#[tokio::test]
async fn exec_gives_a_program_the_proxy_and_the_root() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    for (n, shell) in [
        "curl -sS --max-time 25 \"$1\"",
        "python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode(), end=\"\")' \"$1\"",
    ]
    .into_iter()
    .enumerate()
    {
        origin.put(&format!("/exec-{n}"), "text/plain", "through");
        let url = origin.url(&format!("/exec-{n}"));
        let told = run(&mut exec(&lab, &["sh", "-c", shell, "sh", &url])).await.succeeded();
        assert_eq!(told, "through", "{shell}");
        assert_eq!(lab.api().exchange(&format!("/exec-{n}")).await["status"], 200);
    }
}

#[tokio::test]
async fn exec_lets_git_clone() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    serve_repository(&lab, &origin).await;
    let url = origin.url("/repo.git");
    run(&mut exec(&lab, &["git", "clone", "--quiet", &url, "cloned"]))
        .await
        .succeeded();
    let cloned = home(&lab).join("cloned/file");
    assert_eq!(std::fs::read_to_string(cloned).unwrap(), "content\n");
    assert_eq!(lab.api().exchange("/repo.git/HEAD").await["status"], 200);
}

/// A repository behind git's plain ("dumb") HTTP.
async fn serve_repository(lab: &Lab, origin: &Origin) {
    let made = "git init --quiet work && cd work && echo content > file && git add file && \
        git -c user.name=lab -c user.email=lab@lab.test commit --quiet -m first && cd .. && \
        git clone --quiet --bare work repo.git && git -C repo.git update-server-info";
    let mut command = program("sh", "dash", &home(lab));
    run(command.args(["-c", made])).await.succeeded();
    put_all(origin, &home(lab), &home(lab).join("repo.git"));
}

fn put_all(origin: &Origin, base: &Path, dir: &Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            put_all(origin, base, &path);
        } else {
            let name = format!("/{}", path.strip_prefix(base).unwrap().display());
            origin.put(&name, "application/octet-stream", std::fs::read(&path).unwrap());
        }
    }
}

#[tokio::test]
async fn exec_passes_on_the_exit_code_and_keeps_its_own_for_itself() {
    let lab = Lab::start().await;
    assert_eq!(run(&mut exec(&lab, &["sh", "-c", "exit 7"])).await.code, Some(7));
    assert_eq!(
        run(&mut exec(&lab, &["sh", "-c", "kill -9 $$"])).await.code,
        Some(128 + 9)
    );
    let missing = run(&mut exec(&lab, &["no-such-program-here"])).await;
    assert_eq!(missing.code, Some(127), "{missing:?}");
    assert!(missing.stderr.contains("no-such-program-here"), "{missing:?}");
}

#[tokio::test]
async fn exec_hands_a_signal_on_and_waits_for_the_program() {
    let lab = Lab::start().await;
    let shell = "trap 'echo told; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
    let mut command = exec(&lab, &["sh", "-c", shell]);
    let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = within("the program", lines.next_line()).await.unwrap();
    assert_eq!(said.as_deref(), Some("ready"));

    let pid = Pid::from_raw(child.id().unwrap() as i32).unwrap();
    kill_process(pid, Signal::TERM).unwrap();

    let said = within("the program's answer", lines.next_line()).await.unwrap();
    assert_eq!(said.as_deref(), Some("told"));
    assert_eq!(within("the end", child.wait()).await.unwrap().code(), Some(3));
}

#[tokio::test]
async fn python_without_our_root_is_a_row() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut command = program("python3", "python3", &home(&lab));
    let ask = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])";
    command
        .args(["-c", ask, &origin.url("/")])
        .env("https_proxy", proxy_url(&lab));
    assert_eq!(run(&mut command).await.code, Some(1));
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(
        connection["failure"]["alert"]["name"], "unknown_ca",
        "{connection:#}"
    );
}

#[tokio::test]
async fn exec_starts_a_proxy_of_its_own_where_none_runs() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    origin.put("/alone", "text/plain", "through");
    let mut command = program("env", "coreutils", &home(&lab));
    command
        .arg(env!("CARGO_BIN_EXE_handlens"))
        .arg("exec")
        .arg("--data-dir")
        .arg(lab.dir().join("another"));
    command.arg("--origin-ca").arg(lab.dir().join("origin-root.pem"));
    command.args(["--", "curl", "-sS", "--max-time", "25", &origin.url("/alone")]);
    assert_eq!(run(&mut command).await.succeeded(), "through");
    assert_eq!(lab.api().exchanges().await.len(), 0, "it was not ours");
}

#[tokio::test]
async fn exec_says_all_that_programs_look_for() {
    let lab = Lab::start().await;
    let mut command = exec(&lab, &["env"]);
    command.env("NO_PROXY", "localhost,internal.example");
    let told = run(&mut command).await.succeeded();
    let value = |name: &str| {
        told.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .map(str::to_owned)
    };
    for name in [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "http_proxy",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        assert_eq!(value(name), Some(proxy_url(&lab)), "{name}");
    }
    for name in [
        "SSL_CERT_FILE",
        "CURL_CA_BUNDLE",
        "REQUESTS_CA_BUNDLE",
        "PIP_CERT",
        "NODE_EXTRA_CA_CERTS",
        "npm_config_cafile",
        "GIT_SSL_CAINFO",
        "CARGO_HTTP_CAINFO",
        "AWS_CA_BUNDLE",
        "DENO_CERT",
        "PERL_LWP_SSL_CA_FILE",
    ] {
        let path = value(name).unwrap_or_else(|| panic!("{name} is not set"));
        let bundle = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}={path}: {error}"));
        let root = std::fs::read_to_string(lab.handlens.root_path()).unwrap();
        assert!(bundle.contains(root.trim()), "{name}={path} lacks our root");
    }
    for name in ["NO_PROXY", "no_proxy"] {
        assert!(
            !value(name).unwrap_or_default().contains("localhost"),
            "{name} hides the target"
        );
    }
    assert_eq!(value("NODE_USE_ENV_PROXY").as_deref(), Some("1"));
    assert!(
        value("JAVA_TOOL_OPTIONS")
            .unwrap_or_default()
            .contains("-Dhttps.proxyHost="),
        "{told}"
    );
}

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
async fn chromium(lab: &Lab, trust: bool) -> Command {
    let home = home(lab);
    let store = home.join(".pki/nssdb");
    std::fs::create_dir_all(&store).unwrap();
    if trust {
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
    command
        .arg("--proxy-bypass-list=<-loopback>")
        .arg(format!("--proxy-server={}", lab.handlens.proxy()));
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
    let rows = crate::lab::eventually("a row that was rejected", || async {
        let rows = lab.api().connections().await;
        let ours = |row: &&Value| row["target"] == origin.authority() && !row["closed"].is_null();
        let rejected = rows
            .iter()
            .filter(ours)
            .any(|row| row["failure"]["leg"] == "client");
        if rejected {
            Ok(rows)
        } else {
            Err(Value::from(rows))
        }
    })
    .await;
    let failure = &rows.iter().find(|row| row["failure"]["leg"] == "client").unwrap()["failure"];
    assert_eq!(failure["alert"]["name"], "certificate_unknown", "{failure:#}");
    assert!(failure["remedy"].is_string(), "{failure:#}");
    assert_eq!(origin.requests().len(), 0);
}
