//! Programs of the system that change or read a trust store, as they are told to a person and as they are run.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::Path;
use std::process::{Command as Process, Stdio};

/// The most of what a program said that goes into an error.
const MAX_SAID_CHARS: usize = 400;

/// A program and its arguments. As text it is a line for a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    program: OsString,
    arguments: Vec<OsString>,
    /// What is given to it in its environment, where nobody else reads it.
    secrets: Vec<(&'static str, OsString)>,
}

/// Why a program did not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// It can't be started.
    #[error("`{command}` can't be run: {source}")]
    Start {
        /// What was to be run.
        command: String,
        /// What the system says.
        source: io::Error,
    },
    /// It ended badly.
    #[error("`{command}` failed ({}){}", ended(*code), told(said))]
    Failed {
        /// What was run.
        command: String,
        /// Its exit code, unless a signal ended it.
        code: Option<i32>,
        /// What it said, in one line.
        said: String,
    },
}

fn ended(code: Option<i32>) -> String {
    code.map_or_else(|| "by a signal".to_owned(), |code| format!("exit code {code}"))
}

fn told(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!(": {said}")
    }
}

impl CommandError {
    /// What the program said, if it ran.
    pub(super) fn said(&self) -> &str {
        match self {
            Self::Failed { said, .. } => said,
            Self::Start { .. } => "",
        }
    }
}

impl Command {
    /// A program without arguments.
    #[must_use]
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            secrets: Vec::new(),
        }
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// With a variable that is told to nobody else.
    #[must_use]
    pub(super) fn secret(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.secrets.push((name, value.as_ref().to_owned()));
        self
    }

    /// Runs it to its end, and returns what it wrote to standard output.
    pub(super) fn run(&self) -> Result<String, CommandError> {
        let ran = Process::new(&self.program)
            .args(&self.arguments)
            // What it says is read, so it should say it in one language.
            .env("LC_ALL", "C")
            .envs(self.secrets.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .map_err(|source| CommandError::Start {
                command: self.to_string(),
                source,
            })?;
        if ran.status.success() {
            return Ok(String::from_utf8_lossy(&ran.stdout).into_owned());
        }
        let [told, errors] = [&ran.stdout, &ran.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        // keytool tells its errors on standard output, and warnings on the other.
        let is_warning = |line: &str| line.trim().is_empty() || line.starts_with("Warning:");
        let said = if errors.lines().all(is_warning) {
            told
        } else {
            errors
        };
        Err(CommandError::Failed {
            command: self.to_string(),
            code: ran.status.code(),
            said: in_one_line(&said),
        })
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quoted(&self.program))?;
        self.arguments
            .iter()
            .try_for_each(|argument| write!(f, " {}", quoted(argument)))
    }
}

/// A word as a shell takes it.
fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=,@+%\\".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn in_one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(MAX_SAID_CHARS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// Where a program is found, in these folders and in those that a person's `PATH` often lacks.
pub(super) fn find_program(name: &str, folders: &[impl AsRef<Path>]) -> Option<std::path::PathBuf> {
    let usual = ["/usr/sbin", "/sbin"].map(Path::new);
    folders
        .iter()
        .map(AsRef::as_ref)
        .chain(usual)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_reads_as_a_shell_would_take_it() {
        let command = Command::new("certutil").args(["-n", "two words", "-t", "C,,", "it's", ""]);
        assert_eq!(
            command.to_string(),
            r"certutil -n 'two words' -t C,, 'it'\''s' ''"
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_failure_says_what_the_program_said() {
        let error = Command::new("sh").args(["-c", "echo all; echo went wrong >&2; exit 3"]);
        let error = error.run().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`sh -c 'echo all; echo went wrong >&2; exit 3'` failed (exit code 3): went wrong"
        );
        assert_eq!(error.said(), "went wrong");
        let warned = Command::new("sh").args(["-c", "echo went wrong; echo Warning: so it is >&2; exit 1"]);
        assert_eq!(warned.run().unwrap_err().said(), "went wrong");
        assert!(
            Command::new("no-such-program-here")
                .run()
                .unwrap_err()
                .to_string()
                .starts_with("`no-such-program-here` can't be run: ")
        );
        assert_eq!(in_one_line(&"ü".repeat(500)).chars().count(), MAX_SAID_CHARS + 1);
    }
}
