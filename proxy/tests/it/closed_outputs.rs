//! Nobody need read what Handlens writes beside its traffic: outputs that are closed or full end nothing.

use std::process::Stdio;

use crate::lab::{Authority, Lab, Setup, eventually, within};

#[tokio::test]
async fn a_log_that_cannot_be_written_costs_no_traffic() {
    let lab = Lab::start_as(|setup| setup.arg("-vv").after_shell("exec 2>/dev/full")).await;
    let origin = lab.origin().await;
    assert_eq!(lab.client().get(&origin.url("/bytes/3")).await.body.len(), 3);
    assert_eq!(lab.api().exchange("/bytes/3").await["state"], "done");
    lab.handlens.stop().await;
}

#[tokio::test]
async fn whoever_reads_of_the_start_no_more_than_it_likes_does_not_end_it() {
    let dir = tempfile::tempdir().unwrap();
    let setup = Setup::new(dir.path(), &Authority::new("Lab Root"));
    let mut command = tokio::process::Command::from(setup.to_command());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let note = dir.path().join("data/running.json");
    eventually("the note of what runs", || async {
        if note.exists() { Ok(()) } else { Err("none") }
    })
    .await;
    let pid = rustix::process::Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let output = within("its end", child.wait_with_output()).await.unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*told), (Some(0), ""));
}

#[tokio::test]
async fn a_command_ends_as_it_would_with_an_error_output_that_is_full() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let ca = |arguments: &[&str]| {
        let setup = Setup::bare(dir.path()).arg("ca").args(arguments);
        let setup = setup.arg("--data-dir").arg(&data);
        setup.after_shell("exec 2>/dev/full").run()
    };
    assert_eq!(ca(&["show"]).await.code, Some(1), "there is no root");
    assert_eq!(ca(&["new"]).await.code, Some(0));
    let pkcs12 = dir.path().join("root.p12");
    let export = ["export", "--format", "p12", "--output", pkcs12.to_str().unwrap()];
    assert_eq!(ca(&export).await.code, Some(0));
    assert!(pkcs12.is_file());

    let exec = Setup::bare(dir.path()).arg("exec").arg("--data-dir").arg(&data);
    let exec = exec
        .args(&["--", "no-such-program"])
        .after_shell("exec 2>/dev/full");
    assert_eq!(exec.run().await.code, Some(127));
}
