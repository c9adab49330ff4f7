//! From the first line to the last: starts, refusals to start, stops, crashes, full disks.

use std::os::unix::fs::PermissionsExt;

use http::Method;
use rustix::process::Signal;
use serde_json::Value;
use tokio::io::AsyncWriteExt;

use crate::lab::{Api, Authority, Client, Lab, Output, Pattern, Setup, eventually, read_answer, within};

#[tokio::test]
async fn the_ready_line_says_where_everything_is() {
    let lab = Lab::start().await;
    let ready = lab.handlens.ready().clone();
    assert_eq!(ready.proxy.len(), 1);
    assert!(ready.root.is_file(), "{:?}", ready.root);
    assert!(ready.token.as_ref().unwrap().len() >= 22, "128 bits and more");
    assert_eq!(
        lab.handlens.lines().len(),
        1,
        "one line and no other: {:?}",
        lab.handlens.lines()
    );
    let status = lab.api().status().await;
    assert_eq!(status["proxy"][0], ready.proxy[0].to_string());
    assert_eq!(status["recording"]["state"], "on");
}

#[tokio::test]
async fn a_person_reads_three_lines() {
    let dir = tempfile::tempdir().unwrap();
    let setup = Setup::bare(dir.path()).args(&["--listen", "127.0.0.1:0", "--dashboard", "127.0.0.1:0"]);
    let setup = setup.arg("--data-dir").arg(dir.path().join("data"));
    let mut command = tokio::process::Command::from(setup.to_command());
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let stdout = tokio::io::BufReader::new(child.stdout.take().unwrap());
    let mut lines = tokio::io::AsyncBufReadExt::lines(stdout);
    let mut said = Vec::new();
    for _ in 0..3 {
        said.push(
            within("a line", lines.next_line())
                .await
                .unwrap()
                .unwrap_or_default(),
        );
    }
    assert!(said[0].starts_with("proxy      http://127.0.0.1:"), "{said:?}");
    assert!(
        said[1].starts_with("dashboard  http://127.0.0.1:") && said[1].contains("/?token="),
        "{said:?}"
    );
    assert!(
        said[2].starts_with("root       ") && said[2].contains("root.pem (SHA-256 "),
        "{said:?}"
    );
}

#[tokio::test]
async fn the_root_and_the_token_stay_the_same_and_private() {
    let lab = Lab::start().await;
    let (root, token) = (lab.handlens.root_der(), lab.handlens.ready().token.clone());
    let lab = lab.restart().await;
    assert_eq!(
        (lab.handlens.root_der(), lab.handlens.ready().token.clone()),
        (root, token)
    );
    let data = lab.dir().join("data");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let key = lab.handlens.root_path().with_file_name("root.key");
    assert_eq!(mode(&key), 0o600);
    assert_eq!(mode(lab.handlens.root_path().parent().unwrap()), 0o700);
    for entry in std::fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read(&path).unwrap_or_default();
        let holds_token = String::from_utf8_lossy(&text).contains(lab.api().token());
        assert!(
            !holds_token || mode(&path) == 0o600,
            "{path:?} is {:o}",
            mode(&path)
        );
    }
}

/// A start that must fail: with this exit code, nothing on stdout, and one line that says what and what to do.
#[track_caller]
fn assert_refused(output: &Output, code: i32, says: &[&str]) {
    assert_eq!(output.code, Some(code), "{output:?}");
    for part in says {
        assert!(output.stderr.contains(part), "{part:?} is not in {output:?}");
    }
    assert!(!output.stderr.contains("panicked"), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    if code == 1 {
        assert_eq!(
            output.stderr.trim_end().lines().count(),
            1,
            "one line: {}",
            output.stderr
        );
    }
}

#[tokio::test]
async fn what_is_not_known_is_refused_with_a_suggestion() {
    let dir = tempfile::tempdir().unwrap();
    let setup = Setup::new(dir.path(), &Authority::new("Lab Root"));

    assert_refused(
        &setup.clone().args(&["--lisen", "127.0.0.1:0"]).run().await,
        2,
        &["--lisen", "--listen"],
    );
    assert_refused(
        &Setup::bare(dir.path()).args(&["exprot"]).run().await,
        2,
        &["exprot", "export"],
    );
    let output = setup.clone().config("max-stor = \"1GiB\"\n").run().await;
    assert_refused(&output, 2, &["max-stor", "max-store", "handlens.toml"]);
    let output = setup.clone().env("HANDLENS_LISEN", "127.0.0.1:0").run().await;
    assert_refused(&output, 2, &["HANDLENS_LISEN", "HANDLENS_LISTEN"]);
    assert_refused(
        &setup.clone().args(&["--max-store", "many"]).run().await,
        2,
        &["many"],
    );
    assert_refused(
        &setup.clone().args(&["--listen", "nowhere"]).run().await,
        2,
        &["nowhere"],
    );
    assert_refused(
        &setup.clone().set("--log-format", "xml").run().await,
        2,
        &["xml", "json"],
    );
    let output = setup.clone().config("this is no TOML\n").run().await;
    assert_refused(&output, 2, &["handlens.toml", "1"]);
    let output = setup.args(&["--config", "/nowhere/handlens.toml"]).run().await;
    assert!(
        matches!(output.code, Some(1 | 2)) && output.stderr.contains("/nowhere/handlens.toml"),
        "{output:?}"
    );
}

#[tokio::test]
async fn there_may_be_many_doors_and_no_dashboard() {
    let lab = Lab::start_as(|setup| {
        setup
            .set("--dashboard", "off")
            .args(&["--listen", "http@[::1]:0"])
    })
    .await;
    let origin = lab.origin().await;
    let ready = lab.handlens.ready();
    assert_eq!(
        (ready.proxy.len(), ready.dashboard, &ready.token),
        (2, None, &None)
    );
    for door in &ready.proxy {
        let client = Client::new(*door, &[lab.handlens.root_der()]);
        assert_eq!(
            client.get(&origin.url("/bytes/3")).await.body.len(),
            3,
            "by {door}"
        );
    }
}

#[tokio::test]
async fn a_token_of_ones_own_is_the_token() {
    let token = "a-token-of-my-own-that-is-long-enough";
    let lab = Lab::start_with(&["--token", token]).await;
    assert_eq!(lab.api().token(), token);
    lab.api().status().await;
    let guessed = Api::new(
        lab.handlens.dashboard(),
        "a-token-of-my-own-that-is-long-enougH".into(),
    );
    assert_eq!(guessed.call(Method::GET, "/api/status", None).await.status, 401);
}

#[tokio::test]
async fn help_and_version_are_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    let help = Setup::bare(dir.path()).arg("--help").run().await;
    assert_eq!(help.code, Some(0));
    for name in [
        "--listen",
        "--dashboard",
        "--data-dir",
        "--origin-ca",
        "--pass",
        "--allow-invalid",
        "exec",
    ] {
        assert!(help.stdout.contains(name), "{name} is not in {}", help.stdout);
    }
    let version = Setup::bare(dir.path()).arg("--version").run().await;
    assert_eq!(
        (version.code, version.stdout.as_str()),
        (Some(0), concat!("handlens ", env!("CARGO_PKG_VERSION"), "\n"))
    );
}

#[tokio::test]
async fn a_flag_beats_the_environment_beats_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let setup = Setup::new(dir.path(), &Authority::new("Lab Root")).config("max-store = \"1GiB\"\n");
    let bound = |setup: Setup| async move {
        let handlens = setup.start().await;
        let status = handlens.api().status().await;
        handlens.stop().await;
        status["store"]["max_bytes"].as_u64().unwrap()
    };
    assert_eq!(bound(setup.clone()).await, 1 << 30);
    let setup = setup.env("HANDLENS_MAX_STORE", "2GiB");
    assert_eq!(bound(setup.clone()).await, 2 << 30);
    assert_eq!(bound(setup.args(&["--max-store", "3GiB"])).await, 3 << 30);
}

#[tokio::test]
async fn a_port_in_use_is_told() {
    let lab = Lab::start().await;
    let taken = lab.handlens.proxy().to_string();
    let dir = tempfile::tempdir().unwrap();
    let setup = Setup::new(dir.path(), &lab.authority);
    assert_refused(
        &setup.clone().set("--listen", &taken).run().await,
        1,
        &[&taken, "the port is in use"],
    );
    assert_refused(
        &setup.set("--dashboard", &taken).run().await,
        1,
        &[&taken, "the port is in use"],
    );
}

#[tokio::test]
async fn a_root_key_that_others_can_read_is_refused() {
    let lab = Lab::start().await;
    let key = lab.handlens.root_path().with_file_name("root.key");
    let setup = lab.handlens.setup();
    lab.handlens.stop().await;
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    assert_refused(&setup.run().await, 1, &["root.key", "chmod 600"]);
}

#[tokio::test]
async fn a_root_that_cannot_be_read_is_told() {
    let lab = Lab::start().await;
    let root = lab.handlens.root_path().to_owned();
    let setup = lab.handlens.setup();
    lab.handlens.stop().await;
    std::fs::write(&root, "this is no certificate").unwrap();
    assert_refused(&setup.run().await, 1, &["root.pem"]);
}

#[tokio::test]
async fn a_root_of_ones_own_signs_the_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let own = Authority::new("My Own Root");
    let (certificate, key) = (dir.path().join("own.pem"), dir.path().join("own.key"));
    std::fs::write(&certificate, own.pem()).unwrap();
    std::fs::write(&key, own.key_pem()).unwrap();
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).unwrap();
    let with_own = |setup: Setup| setup.arg("--ca-cert").arg(&certificate).arg("--ca-key").arg(&key);
    let lab = Lab::start_as(with_own).await;
    let origin = lab.origin().await;
    let answer = lab
        .client()
        .trusting(own.der())
        .get(&origin.url("/bytes/3"))
        .await;
    assert_eq!(answer.body.len(), 3);
    assert_eq!(lab.handlens.root_der(), own.der());

    let other = dir.path().join("other.key");
    std::fs::write(&other, Authority::new("Other").key_pem()).unwrap();
    std::fs::set_permissions(&other, PermissionsExt::from_mode(0o600)).unwrap();
    let setup = Setup::new(dir.path(), &lab.authority);
    let output = setup
        .arg("--ca-cert")
        .arg(&certificate)
        .arg("--ca-key")
        .arg(&other)
        .run()
        .await;
    assert_refused(&output, 1, &["own.pem", "other.key"]);
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_written_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a-file");
    std::fs::write(&file, "").unwrap();
    let setup = Setup::new(dir.path(), &Authority::new("Lab Root"));
    assert_refused(
        &setup.clone().set("--data-dir", file.join("data")).run().await,
        1,
        &["a-file", "--data-dir"],
    );
    // Root may write everywhere but on a file system that is read-only.
    assert_refused(
        &setup.set("--data-dir", "/proc/handlens").run().await,
        1,
        &["/proc/handlens", "--data-dir"],
    );
}

#[tokio::test]
async fn a_data_folder_in_use_is_told_and_the_first_goes_on() {
    let lab = Lab::start().await;
    let data = lab.dir().join("data");
    let output = lab.handlens.setup().run().await;
    assert_refused(
        &output,
        1,
        &[data.to_str().unwrap(), "in use by another Handlens"],
    );
    let origin = lab.origin().await;
    assert_eq!(lab.client().get(&origin.url("/bytes/3")).await.body.len(), 3);
    lab.api().exchange("/bytes/3").await;
}

#[tokio::test]
async fn a_stop_lets_the_exchange_under_way_end() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut lab = Lab::start().await;
        let origin = lab.origin().await;
        let (client, url) = (lab.client(), origin.url("/hold"));
        let asked = tokio::spawn(async move { client.get(&url).await });
        origin.someone_waits().await;

        lab.handlens.signal(signal);
        let proxy = lab.handlens.proxy();
        eventually("the door to close", || async {
            match tokio::net::TcpStream::connect(proxy).await {
                Err(_) => Ok(()),
                Ok(_) => Err("it is open"),
            }
        })
        .await;
        origin.go(1);

        assert_eq!(within("the answer", asked).await.unwrap().text(), "held");
        assert_eq!(lab.handlens.end().await.code(), Some(0));
        let lab = lab.restart_stopped().await;
        assert_eq!(lab.api().exchange("/hold").await["state"], "done");
    }
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_a_stop() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut tunnels = Vec::new();
    for alpn in ["h2", "http/1.1"] {
        let mut conversation = lab.client().offering(&[alpn]).open(&origin.authority()).await;
        conversation.get(&origin.url("/bytes/1")).await;
        tunnels.push(conversation);
    }
    let idle = lab.client().tcp().await;
    let begun = std::time::Instant::now();
    lab.handlens.stop().await;
    assert!(begun.elapsed().as_secs() < 3, "{:?}", begun.elapsed());
    drop((tunnels, idle));
}

#[tokio::test]
async fn what_was_recorded_survives_a_kill() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    for n in 0..30 {
        lab.client()
            .get(&origin.url(&format!("/bytes/{}?seed={n}", n * 1000)))
            .await;
    }
    // At most the last half second may be lost: so what is older is what must be there.
    let rows = lab.api().exchanges_over(30).await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let (client, url) = (lab.client(), origin.url("/events/1"));
    let open = tokio::spawn(async move { client.open_and_forget(&url).await });
    origin.someone_waits().await;

    let lab = lab.kill_and_restart().await;

    open.abort();
    let after = lab.api().exchanges().await;
    assert!(after.len() >= 30, "{} exchanges are left", after.len());
    for (n, (before, after)) in rows.iter().zip(&after).enumerate() {
        assert_eq!(
            (&before["id"], &before["number"]),
            (&after["id"], &after["number"])
        );
        let body = lab.api().body(after, "response", "").await;
        assert!(body == Pattern::bytes(n as u64, n * 1000), "body {n}");
    }
    for half in &after[30..] {
        assert_eq!(
            half["state"], "failed",
            "no half record is shown as whole or as open: {half:#}"
        );
    }
    assert_eq!(
        lab.client().get(&origin.url("/bytes/7?after")).await.body.len(),
        7
    );
    assert!(lab.api().exchange("/bytes/7?after").await["number"].as_u64() > Some(30));
}

#[tokio::test]
async fn the_store_stays_within_its_bound() {
    let lab = Lab::start_with(&["--max-store", "16MiB"]).await;
    let origin = lab.origin().await;
    let mut conversation = lab.client().http1().open(&origin.authority()).await;
    let path = |seed: u64| format!("/bytes/500000?seed={seed}");
    for seed in 0..100 {
        conversation.get(&origin.url(&path(seed))).await;
    }
    lab.api().row(&path(99)).await;

    let api = lab.api();
    let within_bound = api.status_where("the store to be within its bound", |status| {
        let store = &status["store"];
        store["evicted"].as_u64() > Some(0) && store["bytes"].as_u64() <= Some(16 << 20)
    });
    within_bound.await;

    let on_disk = eventually("the disk to be given back", || async {
        let size = size_of(&lab.dir().join("data"));
        if size <= 20 << 20 { Ok(size) } else { Err(size) }
    });
    on_disk.await;
    let rows = lab.api().exchanges().await;
    assert_eq!(rows.last().unwrap()["path"], path(99), "the oldest go first");
    for row in &rows {
        // It may go after the list was read.
        if let Some(body) = lab.api().body_if_held(row).await {
            let seed = (0..100).find(|seed| row["path"] == path(*seed)).unwrap();
            assert!(
                body == Pattern::bytes(seed, 500_000),
                "what is left is whole: {row:#}"
            );
        }
    }
    assert_eq!(
        lab.api().body(rows.last().unwrap(), "response", "").await.len(),
        500_000
    );
}

/// Bytes that a folder takes on disk.
fn size_of(dir: &std::path::Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(entries) = std::fs::read_dir(dir) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
        Ok(metadata) => metadata.blocks() * 512,
        Err(_) => 0,
    });
    sizes.sum()
}

#[tokio::test]
async fn a_full_disk_stops_the_recording_and_not_the_traffic() {
    let lab = Lab::start_as(|setup| {
        let data = setup.home().parent().unwrap().join("data");
        std::fs::create_dir_all(&data).unwrap();
        setup.in_mounts(&format!(
            "mount -t tmpfs -o size=48m handlens-lab '{}'",
            data.display()
        ))
    })
    .await;
    let origin = lab.origin().await;
    let ballast = lab.handlens.as_it_sees(&lab.dir().join("data/ballast"));
    std::fs::write(&ballast, vec![0; 32 << 20]).unwrap();

    let mut conversation = lab.client().http1().open(&origin.authority()).await;
    let mut state = Value::Null;
    for n in 0..50 {
        let answer = conversation
            .get(&origin.url(&format!("/bytes/2000000?seed={n}")))
            .await;
        assert_eq!(answer.body.len(), 2_000_000, "traffic goes on");
        state = lab.api().status().await["recording"]["state"].take();
        if state == "stopped" {
            break;
        }
    }
    assert_eq!(state, "stopped", "100 MB were recorded on a disk of 48 MiB");
    let status = lab.api().status().await;
    assert!(
        status["recording"]["reason"].is_string() && status["recording"]["since"].is_string(),
        "{status:#}"
    );
    assert_eq!(
        conversation
            .get(&origin.url("/bytes/5?while-full"))
            .await
            .body
            .len(),
        5
    );

    std::fs::remove_file(&ballast).unwrap();

    lab.api()
        .status_where("the recording to resume", |status| {
            status["recording"]["state"] == "on"
        })
        .await;
    assert_eq!(
        conversation.get(&origin.url("/bytes/6?after")).await.body.len(),
        6
    );
    lab.api().exchange("/bytes/6?after").await;
    let rows = lab.api().exchanges().await;
    for row in rows.iter().filter(|row| row["state"] == "done") {
        let whole = lab.api().exchange_of(row).await;
        let kept = lab.api().body(row, "response", "").await.len();
        assert_eq!(
            whole["response"]["kept"], kept,
            "what says it is kept is there: {whole:#}"
        );
    }
}

#[tokio::test]
async fn it_stops_though_a_client_has_changed_its_keys() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let client = lab.client().http1();
    let mut stream = client.shake_hands(&origin.authority()).await.unwrap();
    let head = format!("GET /bytes/3 HTTP/1.1\r\nHost: {}\r\n\r\n", origin.authority());
    for _ in 0..2 {
        stream.write_all(head.as_bytes()).await.unwrap();
        let (_, body) = read_answer(&mut stream).await;
        assert_eq!(body.len(), 3);
        stream.get_mut().1.refresh_traffic_keys().unwrap();
    }
    drop(stream);

    lab.into_parts().1.stop().await;
}
