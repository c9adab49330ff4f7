//! How it starts: what it says then, what it takes from whom, and why it refuses.

use std::os::unix::fs::PermissionsExt;

use http::Method;

use crate::lab::{Api, Authority, Client, Lab, Output, Setup, within};

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
        &setup.clone().args(&["--token", "short"]).run().await,
        2,
        &["token", "16 to 256"],
    );
    let export = Setup::bare(dir.path()).args(&["export", "--har", "--filter", "stats:200"]);
    assert_refused(&export.run().await, 2, &["--filter", "stats"]);
    assert_refused(
        &setup.clone().set("--log-format", "xml").run().await,
        2,
        &["xml", "json"],
    );
    let output = setup.clone().config("this is no TOML\n").run().await;
    assert_refused(&output, 2, &["handlens.toml", "1"]);
    let output = setup.args(&["--config", "/nowhere/handlens.toml"]).run().await;
    assert_refused(&output, 2, &["/nowhere/handlens.toml"]);
    assert_eq!(output.stderr.matches("No such file").count(), 1, "{output:?}");
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
async fn a_data_folder_that_others_can_look_into_is_told_once() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, PermissionsExt::from_mode(0o755)).unwrap();
    let handlens = Setup::new(dir.path(), &Authority::new("Lab Root")).start().await;
    let told = format!(
        "others can look into the data folder {0} (mode 0755); run: chmod 700 {0}",
        data.display()
    );
    assert_eq!(handlens.log().matches(&told).count(), 1, "{}", handlens.log());
    handlens.stop().await;
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

#[cfg(not(feature = "legacy"))]
#[tokio::test]
async fn a_setting_that_was_not_built_is_refused_with_how_to_build_it() {
    let dir = tempfile::tempdir().unwrap();
    let setup = Setup::new(dir.path(), &Authority::new("Lab Root"));
    let output = setup.args(&["--legacy-origin", "old.test"]).run().await;
    assert_eq!(output.code, Some(2));
    assert_eq!(
        output.stderr,
        "handlens: legacy-origin needs a Handlens that is built with OpenSSL: cargo build --release -p proxy --features \
         legacy\n"
    );
}
