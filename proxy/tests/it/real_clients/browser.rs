//! `handlens browser` with Chromium, as a person runs it.

use std::path::Path;

use rustix::process::{Signal, kill_process};

use crate::lab::{Lab, Setup, run, within};

/// What a test of a browser without a screen needs, and where this runs as root.
const WITHOUT_SCREEN: &[&str] = &["--", "--headless", "--no-sandbox", "--disable-gpu"];

/// The command, with this home's `PATH` only.
fn browser(lab: &Lab, url: &str, arguments: &[&str]) -> tokio::process::Command {
    let setup = Setup::bare(lab.dir()).args(&["browser", url, "--browser", "chromium", "--dashboard", "off"]);
    let setup = setup.arg("--data-dir").arg(lab.dir().join("data"));
    let setup = setup.arg("--origin-ca").arg(lab.dir().join("origin-root.pem"));
    setup.args(WITHOUT_SCREEN).args(arguments).to_command().into()
}

fn profiles(lab: &Lab) -> Vec<std::path::PathBuf> {
    let folder = std::fs::read_dir(lab.dir().join("data/browser"));
    folder.map_or_else(
        |_| Vec::new(),
        |entries| entries.map(|entry| entry.unwrap().path()).collect(),
    )
}

/// What a home holds beside what the lab put there.
fn traces(home: &Path) -> Vec<std::ffi::OsString> {
    let ours = ["stderr"];
    let entries = std::fs::read_dir(home)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    entries
        .filter(|name| !ours.iter().any(|ours| name == ours))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_throwaway_browser_trusts_the_root_goes_through_the_proxy_and_leaves_nothing() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    origin.put(
        "/page",
        "text/html",
        "<!doctype html><title>x</title><p>seen by the browser</p>",
    );
    let mut command = browser(
        &lab,
        &origin.url("/page"),
        &["--virtual-time-budget=10000", "--dump-dom"],
    );
    let told = run(&mut command).await;
    assert!(told.stdout.contains("seen by the browser"), "{told:?}");
    assert_eq!(told.code, Some(0), "{told:?}");
    let exchange = lab.api().exchange("/page").await;
    assert_eq!(exchange["state"], "done", "{exchange:#}");
    assert_eq!(exchange["scheme"], "https", "{exchange:#}");
    // What a browser asks by itself would stand between what the person does.
    for connection in lab.api().connections().await {
        assert_eq!(connection["target"], origin.authority(), "{connection:#}");
    }
    assert_eq!(profiles(&lab), Vec::<std::path::PathBuf>::new());
    assert_eq!(traces(&lab.dir().join("home")), Vec::<std::ffi::OsString>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_ends_the_browser_and_its_profile_goes() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    origin.put(
        "/page",
        "text/html",
        "<!doctype html><title>x</title><p>stays open</p>",
    );
    // Chromium stays for as long as somebody may look into it.
    let mut command = browser(&lab, &origin.url("/page"), &["--remote-debugging-port=0"]);
    let mut child = command
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    lab.api().exchange("/page").await;
    assert_eq!(profiles(&lab).len(), 1);
    let pid = rustix::process::Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    within("the browser to end", child.wait()).await.unwrap();
    assert_eq!(profiles(&lab), Vec::<std::path::PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_running_handlens_one_is_started_for_the_browser() {
    let (dir, handlens) = Lab::start().await.into_parts();
    handlens.stop().await;
    let setup = Setup::bare(dir.path()).args(&["browser", "--browser", "chromium", "--dashboard", "off"]);
    let setup = setup.arg("--data-dir").arg(dir.path().join("data"));
    let setup = setup
        .args(WITHOUT_SCREEN)
        .args(&["--virtual-time-budget=10000", "--dump-dom"]);
    let told = run(&mut setup.to_command().into()).await;
    assert!(told.stdout.contains("HTTPS comes through this proxy"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_certutil_the_leaves_key_is_trusted_instead_and_that_is_told() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    origin.put(
        "/page",
        "text/html",
        "<!doctype html><title>x</title><p>seen by its key</p>",
    );
    let mut command = browser(
        &lab,
        &origin.url("/page"),
        &["--virtual-time-budget=10000", "--dump-dom"],
    );
    // Programs that Chromium's own script needs, and no other.
    let programs = lab.dir().join("programs");
    std::fs::create_dir_all(&programs).unwrap();
    for folder in ["/bin", "/usr/bin"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap();
            if name != "certutil" {
                let _ = std::os::unix::fs::symlink(&path, programs.join(name));
            }
        }
    }
    let told = run(command.env("PATH", &programs)).await;
    assert!(told.stdout.contains("seen by its key"), "{told:?}");
    assert!(
        told.stderr
            .contains("handlens: NSS's certutil is missing: install the package libnss3-tools"),
        "{told:?}"
    );
    assert_eq!(profiles(&lab), Vec::<std::path::PathBuf>::new());
}

/// Only where the tests run as root can it be seen.
#[tokio::test]
async fn root_is_told_of_the_sandbox() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let lab = Lab::start().await;
    let setup = Setup::bare(lab.dir()).args(&["browser", "--browser", "chromium"]);
    let told = setup.arg("--data-dir").arg(lab.dir().join("data")).run().await;
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(
        told.stderr
            .contains("does not run as root in its sandbox: run this as yourself"),
        "{told:?}"
    );
}
