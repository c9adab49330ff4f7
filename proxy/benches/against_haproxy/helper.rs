//! A child process that is spoken to in lines: our own roles, and a proxy that says when it is ready.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::arguments::Role;

/// Longer than any one job takes, so that a stuck one ends the benchmark and not the other way round.
const PATIENCE: Duration = Duration::from_secs(180);

/// A child, its input, and the lines of its output. It ends with this value.
pub(crate) struct Helper {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Helper {
    /// Starts this program again in another role.
    pub(crate) fn start_role(role: Role, material: &Path) -> Result<Self> {
        let program = std::env::current_exe().context("finding this program")?;
        let arguments: [&OsStr; 4] = [
            "--role".as_ref(),
            role.as_str().as_ref(),
            "--material".as_ref(),
            material.as_os_str(),
        ];
        let mut command = Command::new(program);
        command.args(arguments);
        Self::start(role.as_str(), &mut command)
    }

    /// Starts any program.
    pub(crate) fn start(name: &str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {name} ({})", command.get_program().display()))?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("the child has no output")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            name: name.to_owned(),
            child,
            input,
            lines,
        })
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a line and waits for the answer to it.
    pub(crate) fn ask<Q: Serialize, A: DeserializeOwned>(&mut self, question: &Q) -> Result<A> {
        let input = self.input.as_mut().context("the child's input is closed")?;
        let mut line = serde_json::to_string(question)?;
        line.push('\n');
        input
            .write_all(line.as_bytes())
            .with_context(|| format!("speaking to {}", self.name))?;
        self.hear(PATIENCE)
    }

    /// Waits for a line of JSON.
    pub(crate) fn hear<A: DeserializeOwned>(&mut self, patience: Duration) -> Result<A> {
        let line = self.hear_line(patience)?;
        serde_json::from_str(&line).with_context(|| format!("{} said: {line}", self.name))
    }

    fn hear_line(&mut self, patience: Duration) -> Result<String> {
        match self.lines.recv_timeout(patience) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => bail!("{} said nothing for {patience:?}", self.name),
            Err(RecvTimeoutError::Disconnected) => match self.child.wait() {
                Ok(status) => bail!("{} ended early ({status})", self.name),
                Err(error) => bail!("{} ended early ({error})", self.name),
            },
        }
    }
}

impl Drop for Helper {
    /// Ends this child and no other: by its handle.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
