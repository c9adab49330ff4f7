//! `handlens ca`: what is said of the root, and what is refused.

use std::path::Path;

use serde_json::Value;

use crate::lab::{Lab, Output, Setup, program, run};

#[tokio::test]
async fn a_data_folder_without_a_root_is_told_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let typo = dir.path().join("tpyo");
    for command in [["ca", "show"], ["ca", "export"]] {
        let setup = Setup::bare(dir.path()).args(&command);
        let output = setup.arg("--data-dir").arg(&typo).run().await;
        assert_eq!(output.code, Some(1), "{output:?}");
        assert_eq!(output.stdout, "");
        assert_eq!(
            output.stderr,
            format!(
                "handlens: there is no root in {}/root: `handlens ca new` makes one, and so does the first start; or \
                 give the folder of another with --data-dir\n",
                typo.display()
            )
        );
        assert!(!typo.exists());
    }
}

/// `handlens ca` on the lab's data folder, in a home with an NSS database in it.
async fn ca(lab: &Lab, arguments: &[&str]) -> Output {
    let setup = Setup::bare(lab.dir()).arg("ca").args(arguments);
    let setup = setup.arg("--data-dir").arg(lab.dir().join("data"));
    setup.run().await
}

async fn make_database(home: &Path) -> String {
    let folder = home.join(".pki/nssdb");
    std::fs::create_dir_all(&folder).unwrap();
    let database = format!("sql:{}", folder.display());
    let mut certutil = program("certutil", "libnss3-tools", home);
    run(certutil.args(["-N", "--empty-password", "-d", &database]))
        .await
        .succeeded();
    database
}

async fn listed(home: &Path, database: &str) -> String {
    run(program("certutil", "libnss3-tools", home).args(["-L", "-d", database]))
        .await
        .succeeded()
}

async fn state(lab: &Lab) -> Value {
    let output = ca(lab, &["status", "--store", "chromium", "--json"]).await;
    assert_eq!(output.code, Some(0), "{output:?}");
    let told: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(told["stores"].as_array().unwrap().len(), 1, "{told:#}");
    told["stores"][0].clone()
}

#[tokio::test]
async fn installing_is_told_asked_about_done_and_undone() {
    let lab = Lab::start().await;
    let home = lab.dir().join("home");
    let database = make_database(&home).await;
    let before = listed(&home, &database).await;

    let refused = ca(&lab, &["install", "--store", "chromium"]).await;
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert_eq!(
        refused.stderr,
        "handlens: nothing was changed: there is no terminal to ask at; say --yes to go on without asking\n"
    );
    assert!(refused.stdout.contains("  will run "), "{refused:?}");
    assert!(refused.stdout.contains("certutil -d sql:"), "{refused:?}");
    assert_eq!(listed(&home, &database).await, before);
    assert_eq!(state(&lab).await["state"], "absent");

    let installed = ca(&lab, &["install", "--store", "chromium", "--yes"]).await;
    assert_eq!(installed.code, Some(0), "{installed:?}");
    let ends = "\nChromium, Chrome, Edge, Brave: trusts the root now\n";
    assert!(installed.stdout.ends_with(ends), "{installed:?}");
    assert!(listed(&home, &database).await.contains("handlens-"));
    let told = state(&lab).await;
    assert_eq!(
        (&told["state"], &told["needs_root"]),
        (&"trusted".into(), &false.into())
    );
    // There is nothing left to ask about.
    let again = ca(&lab, &["install", "--store", "chromium"]).await;
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.stdout.ends_with("  has the root already\n"), "{again:?}");

    let removed = ca(&lab, &["uninstall", "--store", "chromium", "--yes"]).await;
    assert_eq!(removed.code, Some(0), "{removed:?}");
    assert_eq!(listed(&home, &database).await, before);
}

#[tokio::test]
async fn a_store_that_is_asked_for_and_not_there_is_told_and_fails() {
    let lab = Lab::start().await;
    let home = lab.dir().join("home");
    let database = make_database(&home).await;
    let both = ["--store", "chromium", "--store", "firefox"];
    let output = ca(&lab, &[&["install", "--yes"], &both[..]].concat()).await;
    assert_eq!(output.code, Some(1), "{output:?}");
    let told = "\nfirefox: no such trust store was found here\n";
    assert!(output.stdout.contains(told), "{output:?}");
    assert!(listed(&home, &database).await.contains("handlens-"));
    let output = ca(&lab, &[&["status"], &both[..]].concat()).await;
    assert!(output.stdout.contains(told), "{output:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_reader_that_has_read_enough_breaks_nothing_off() {
    let lab = Lab::start().await;
    let home = lab.dir().join("home");
    let database = make_database(&home).await;
    let ended = async |arguments: &[&str]| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let setup = Setup::bare(lab.dir()).arg("ca").args(arguments);
        let mut command = setup.arg("--data-dir").arg(lab.dir().join("data")).to_command();
        command.stdout(writer);
        let mut command = tokio::process::Command::from(command);
        let output = command.kill_on_drop(true).output().await.unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let well = (Some(0), String::new());
    for arguments in [
        &["show"][..],
        &["status"],
        &["status", "--json"],
        &["export"],
        &["install", "--store", "chromium", "--yes"],
    ] {
        assert_eq!(ended(arguments).await, well, "{arguments:?}");
    }
    assert!(listed(&home, &database).await.contains("handlens-"));
    // What can't be written is told, and no panic.
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let setup = Setup::bare(lab.dir()).args(&["ca", "show"]);
    let mut command = setup.arg("--data-dir").arg(lab.dir().join("data")).to_command();
    let output = command.stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.starts_with("handlens: standard output can't be written: "),
        "{told}"
    );
}

#[tokio::test]
async fn a_store_that_cannot_be_changed_is_told_and_fails() {
    let lab = Lab::start().await;
    let home = lab.dir().join("home");
    make_database(&home).await;
    std::fs::write(home.join(".pki/nssdb/cert9.db"), "no database").unwrap();
    let output = ca(&lab, &["install", "--store", "chromium", "--yes"]).await;
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stdout.contains("  can't be looked at: `"), "{output:?}");
    assert!(output.stdout.contains("SEC_ERROR_BAD_DATABASE"), "{output:?}");
}

#[tokio::test]
async fn the_root_is_written_in_every_form() {
    let lab = Lab::start().await;
    let file = |name: &str| lab.dir().join(name);
    for format in ["pem", "der", "p12", "mobileconfig"] {
        let output = file(format);
        let ran = ca(
            &lab,
            &["export", "--format", format, "-o", output.to_str().unwrap()],
        )
        .await;
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
        let password = if format == "p12" {
            "handlens: its password is handlens\n"
        } else {
            ""
        };
        assert_eq!(ran.stderr, password);
    }
    assert_eq!(
        std::fs::read(file("der")).unwrap(),
        lab.handlens.root_der().as_ref()
    );
    let pem = std::fs::read_to_string(file("pem")).unwrap();
    assert_eq!(pem, std::fs::read_to_string(lab.handlens.root_path()).unwrap());
    let profile = std::fs::read_to_string(file("mobileconfig")).unwrap();
    assert!(profile.contains("com.apple.security.root"));

    std::fs::create_dir(file("android")).unwrap();
    let folder = file("android");
    let ran = ca(
        &lab,
        &["export", "--format", "android", "-o", folder.to_str().unwrap()],
    )
    .await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let name = ran.stderr.trim_end().rsplit(' ').next().unwrap();
    assert_eq!(std::fs::read_to_string(folder.join(name)).unwrap(), pem);
}

/// A certutil that tells us to stop and then goes on for a while; what it adds is there all the same.
#[tokio::test]
async fn an_interrupted_installation_is_undone_and_told() {
    let lab = Lab::start().await;
    let home = lab.dir().join("home");
    let database = make_database(&home).await;
    let before = listed(&home, &database).await;
    let programs = lab.dir().join("programs");
    std::fs::create_dir_all(&programs).unwrap();
    let wrapper = lab.write(
        "programs/certutil",
        "#!/bin/sh\ncase \"$*\" in *' -A '*) kill -TERM $PPID; for i in 1 2 3 4 5 6 7 8 9; do \
         /usr/bin/certutil -L -d \"$2\"; done;; esac\nexec /usr/bin/certutil \"$@\"\n",
    );
    std::fs::set_permissions(&wrapper, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let setup = Setup::bare(lab.dir()).args(&["ca", "install", "--store", "chromium", "--yes"]);
    let setup = setup.env("PATH", format!("{}:{path}", programs.display()));
    let setup = setup.arg("--data-dir").arg(lab.dir().join("data"));
    let output = setup.run().await;
    assert_eq!(output.code, Some(1), "{output:?}");
    let told = "Chromium, Chrome, Edge, Brave: failed: it was interrupted; the store is as it was\n";
    assert!(output.stdout.ends_with(told), "{output:?}");
    assert_eq!(listed(&home, &database).await, before);
}

/// On a terminal, which `script` makes.
#[tokio::test]
async fn at_a_terminal_it_asks_and_takes_no_for_an_answer() {
    let lab = Lab::start().await;
    let home = lab.dir().join("home");
    let database = make_database(&home).await;
    let line = format!(
        "{} ca install --store chromium --data-dir {}",
        env!("CARGO_BIN_EXE_handlens"),
        lab.dir().join("data").display()
    );
    for (answer, code, ends) in [
        ("n", 1, "nothing was changed"),
        ("", 1, "nothing was changed"),
        ("y", 0, "Chromium, Chrome, Edge, Brave: trusts the root now"),
    ] {
        let mut command = std::process::Command::new("sh");
        let through = format!("echo '{answer}' | script -qec '{line}' /dev/null");
        command.args(["-c", &through]).env("HOME", &home);
        let output = tokio::process::Command::from(command).output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains("Install it (1 store)? [y/N] "), "{said}");
        assert!(said.trim_end().ends_with(ends), "{said}");
    }
    assert!(listed(&home, &database).await.contains("handlens-"));
}

#[tokio::test]
async fn a_root_that_was_rotated_is_taken_out_by_its_certificate() {
    let lab = Lab::start().await;
    let home = lab.dir().join("home");
    let database = make_database(&home).await;
    let before = listed(&home, &database).await;
    let installed = ca(&lab, &["install", "--store", "chromium", "--yes"]).await;
    assert_eq!(installed.code, Some(0), "{installed:?}");
    let root = lab.handlens.root_path();
    let old = lab.write("old.pem", std::fs::read(root).unwrap());
    // Another root is ours from now on.
    std::fs::remove_dir_all(root.parent().unwrap()).unwrap();
    let lab = lab.restart().await;
    let old = old.to_str().unwrap();
    let mine = ca(&lab, &["uninstall", "--store", "chromium", "--yes"]).await;
    assert!(mine.stdout.ends_with("  does not have the root\n"), "{mine:?}");
    let removed = ca(
        &lab,
        &["uninstall", "--store", "chromium", "--certificate", old, "--yes"],
    )
    .await;
    assert_eq!(removed.code, Some(0), "{removed:?}");
    assert_eq!(listed(&home, &database).await, before);
}

#[tokio::test]
async fn a_root_that_was_replaced_vouches_for_no_origin() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    assert_eq!(lab.client().get(&origin.url("/bytes/3")).await.status, 200);
    let data = lab.handlens.root_path().parent().and_then(|root| root.parent());
    let aside = data.unwrap().join("root-2026-01-01");
    std::fs::create_dir(&aside).unwrap();
    std::fs::write(aside.join("root.pem"), lab.authority.pem()).unwrap();
    let lab = lab.restart().await;
    let answer = lab.client().get(&origin.url("/bytes/3")).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    assert!(answer.text().contains("Handlens's own root"), "{}", answer.text());
    assert_eq!(origin.requests().len(), 1);
}
