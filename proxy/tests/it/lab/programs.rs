//! Programs that people use, run to their end.

use std::process::Stdio;

use tokio::process::Command;

use super::wait::within_long;

/// What a program that ended left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The standard output of a program that must have ended well.
    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
        self.stdout
    }
}

/// A program with nothing of this process's environment but `PATH` and the given home. The test fails when it is missing,
/// and says which Debian package has it.
#[track_caller]
pub(crate) fn program(name: &str, package: &str, home: &std::path::Path) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|dir| dir.join(name).is_file());
    assert!(found, "this test needs {name}: apt-get install {package}");
    let mut command = Command::new(name);
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .current_dir(home);
    command
}

/// Runs it to its end.
pub(crate) async fn run(command: &mut Command) -> Ran {
    run_reading(command, Stdio::null()).await
}

/// The same with this as its standard input.
pub(crate) async fn run_reading(command: &mut Command, input: Stdio) -> Ran {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    command.stdin(input).kill_on_drop(true);
    let output = within_long(format!("{name} to end"), command.output())
        .await
        .unwrap();
    Ran {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
