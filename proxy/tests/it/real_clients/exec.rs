//! Programs by `handlens exec`, git among them.

use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::lab::{Lab, Origin, program, run, within};

use super::{home, proxy_url};

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
