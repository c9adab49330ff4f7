//! `handlens hash-password USER`: asks for a password and prints what `proxy-auth` takes.

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::config::ProxyUser;
use crate::output::print;

pub(super) async fn hash_password(user: String) -> anyhow::Result<ExitCode> {
    let asking = tokio::task::spawn_blocking(move || -> anyhow::Result<ProxyUser> {
        let password = ask(&user).context("the password can't be read")?;
        Ok(ProxyUser::new(&user, &password)?)
    });
    let user = asking.await??;
    print(|out| writeln!(out, "{user}"))?;
    Ok(ExitCode::SUCCESS)
}

fn ask(user: &str) -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        return read_line();
    }
    let password = ask_unseen(&format!("Password of {user}: "))?;
    if ask_unseen("Once more: ")? != password {
        bail!("the two differ");
    }
    Ok(password)
}

/// Asks at the terminal, which doesn't show what is typed.
fn ask_unseen(prompt: &str) -> anyhow::Result<String> {
    // Who can't be asked is not heard either.
    let mut terminal = io::stderr();
    write!(terminal, "{prompt}")?;
    terminal.flush()?;
    let _silent = Silence::begin();
    let line = read_line();
    let _ = writeln!(terminal);
    line
}

fn read_line() -> anyhow::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    Ok(line)
}

/// The terminal does not echo until this is dropped.
struct Silence {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

impl Silence {
    #[cfg(unix)]
    fn begin() -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin()).ok();
        if let Some(mut silent) = before.clone() {
            silent.local_modes.remove(LocalModes::ECHO);
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &silent);
        }
        Self { before }
    }

    #[cfg(not(unix))]
    fn begin() -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for Silence {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if let Some(before) = &self.before {
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, before);
        }
    }
}
