//! `handlens ca install` and `uninstall`: what will be changed is told, asked about, done, and looked at again.

use std::ffi::OsString;
use std::io::{IsTerminal as _, stdin};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use ca::trust::{
    ChangeError, Command, Found, LookError, Outcome, Presence, RootFile, Step, StoreKind, TrustStore,
    install, uninstall,
};

use super::stores::{Meant, find, root_file};
use crate::config::{Config, JDK_PASSWORD_VARIABLE, StoreArgs};
use crate::instance::hex;
use crate::output::{print, remark, say};

/// Which way it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Install,
    /// Of our root, or of the one in this file.
    Uninstall(Option<PathBuf>),
}

impl Change {
    fn other_root(&self) -> Option<&Path> {
        match self {
            Self::Install => None,
            Self::Uninstall(other) => other.as_deref(),
        }
    }
}

/// What is to become of one store.
enum Intent {
    Change(Vec<Step>),
    NeedsRoot,
    Nothing(String),
    Failed(LookError),
}

pub(super) async fn change(
    config: &Config,
    change: Change,
    args: &StoreArgs,
    yes: bool,
) -> anyhow::Result<ExitCode> {
    let root = root_file(config, change.other_root())?;
    let (config, args) = (config.clone(), args.clone());
    // Programs are run and waited for.
    tokio::task::spawn_blocking(move || change_all(&config, &change, &args, yes, &root)).await?
}

fn change_all(
    config: &Config,
    change: &Change,
    args: &StoreArgs,
    yes: bool,
    root: &RootFile,
) -> anyhow::Result<ExitCode> {
    let Meant {
        stores: Found { stores, passed_over },
        none_of,
    } = find(config, args);
    say(format_args!(
        "root  {}\n      SHA-256 {}",
        root.certificate.subject(),
        hex(&root.certificate.sha256(), ":")
    ));
    let mut is_well = none_of.is_empty();
    let mut to_change = Vec::new();
    let mut as_root = Vec::new();
    for store in stores {
        say(format_args!(
            "\n{}: {}\n  {}",
            store.kind().as_str(),
            store.title(),
            store.place().display()
        ));
        match intend(&*store, change, root) {
            Intent::Change(steps) => {
                steps.iter().for_each(|step| say(format_args!("  will {step}")));
                to_change.push(store);
            }
            Intent::NeedsRoot => {
                say("  needs root: see below");
                as_root.push(store.kind());
            }
            Intent::Nothing(why) => say(format_args!("  {why}")),
            Intent::Failed(error) => {
                say(format_args!("  can't be looked at: {error}"));
                is_well = false;
            }
        }
    }
    for missing in passed_over {
        say(format_args!(
            "\n{}: {}\n  {}",
            missing.kind.as_str(),
            missing.title,
            missing.place.display()
        ));
        say(format_args!("  passed over: {}", missing.reason));
    }
    for none in none_of {
        say(format_args!("\n{none}"));
    }
    if !to_change.is_empty() {
        say("");
        match may_go_on(change, to_change.len(), yes)? {
            Answer::Yes => {}
            Answer::No => {
                say("nothing was changed");
                return Ok(ExitCode::FAILURE);
            }
            Answer::NobodyToAsk => {
                remark(
                    "nothing was changed: there is no terminal to ask at; say --yes to go on without asking",
                );
                return Ok(ExitCode::from(2));
            }
        }
    }
    // Not before: until something changes, a signal ends us as it ends any program.
    let interrupted = watch_signals()?;
    for store in &to_change {
        if interrupted.load(Ordering::Relaxed) {
            say(format_args!(
                "{}: not changed, since it was interrupted",
                store.title()
            ));
            is_well = false;
        } else {
            is_well &= change_one(&**store, change, root, &interrupted);
        }
    }
    if !as_root.is_empty() {
        is_well = false;
        say(format_args!(
            "\nwhat needs root, run it so:\n  {}",
            sudo_line(config, change, args, &as_root)
        ));
    }
    Ok(if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn intend(store: &dyn TrustStore, change: &Change, root: &RootFile) -> Intent {
    let presence = match store.look(root) {
        Ok(presence) => presence,
        Err(error) => return Intent::Failed(error),
    };
    match (change, presence) {
        (Change::Install, Presence::Installed) => Intent::Nothing("has the root already".to_owned()),
        (Change::Install, Presence::Foreign { under }) => {
            Intent::Nothing(format!("has the root already, as {under}"))
        }
        (Change::Uninstall(_), Presence::Absent) => Intent::Nothing("does not have the root".to_owned()),
        (Change::Uninstall(_), Presence::Foreign { under }) => Intent::Nothing(format!(
            "left alone: it has the root as {under}, which `handlens ca install` did not put there"
        )),
        _ if store.needs_root() => Intent::NeedsRoot,
        (Change::Install, _) => Intent::Change(store.steps_in(root)),
        (Change::Uninstall(_), _) => Intent::Change(store.steps_out(root)),
    }
}

/// Changes one store and says how it went; true when it is now as was asked.
fn change_one(store: &dyn TrustStore, change: &Change, root: &RootFile, interrupted: &AtomicBool) -> bool {
    let go_on = || !interrupted.load(Ordering::Relaxed);
    let outcome: Result<Outcome, ChangeError> = match change {
        Change::Install => install(store, root, &go_on),
        Change::Uninstall(_) => uninstall(store, root, &go_on),
    };
    let title = store.title();
    match (&outcome, change) {
        (Ok(Outcome::NotOurs { under }), _) => say(format_args!("{title}: has the root as {under}")),
        (Ok(_), Change::Install) => say(format_args!("{title}: trusts the root now")),
        (Ok(_), Change::Uninstall(_)) => say(format_args!("{title}: no longer has the root")),
        (Err(error), _) => say(format_args!("{title}: failed: {error}")),
    }
    if outcome.is_ok() && store.kind() == StoreKind::Firefox {
        say("  a Firefox that runs sees it after its next start");
    }
    outcome.is_ok()
}

enum Answer {
    Yes,
    No,
    NobodyToAsk,
}

fn may_go_on(change: &Change, count: usize, yes: bool) -> anyhow::Result<Answer> {
    if yes {
        return Ok(Answer::Yes);
    }
    if !stdin().is_terminal() {
        return Ok(Answer::NobodyToAsk);
    }
    let what = match change {
        Change::Install => {
            "Whoever has this root's key can then pretend to be any site toward these programs.\nInstall it"
        }
        Change::Uninstall(_) => "Take the root out",
    };
    let stores = if count == 1 { "store" } else { "stores" };
    print(|out| write!(out, "{what} ({count} {stores})? [y/N] "))?;
    let mut answer = String::new();
    stdin().read_line(&mut answer).context("no answer can be read")?;
    Ok(match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Answer::Yes,
        _ => Answer::No,
    })
}

/// The command that does the rest. Under `sudo` the home is another, so that the root's place is said.
fn sudo_line(config: &Config, change: &Change, args: &StoreArgs, kinds: &[StoreKind]) -> String {
    let program = std::env::current_exe().unwrap_or_else(|_| "handlens".into());
    let verb = match change {
        Change::Install => "install",
        Change::Uninstall(_) => "uninstall",
    };
    let mut line = Command::new("sudo");
    let needs_password = kinds.contains(&StoreKind::Java) && args.jdk_password.is_some();
    let is_in_environment = std::env::var_os(JDK_PASSWORD_VARIABLE).is_some();
    if needs_password && is_in_environment {
        line = line.arg(format!("--preserve-env={JDK_PASSWORD_VARIABLE}"));
    }
    if kinds.contains(&StoreKind::Java)
        && let Some(java_home) = std::env::var_os("JAVA_HOME").filter(|path| !path.is_empty())
    {
        let mut variable = OsString::from("JAVA_HOME=");
        variable.push(java_home);
        line = line.arg(variable);
    }
    line = line.arg(program).args(["ca", verb]);
    let mut told: Vec<StoreKind> = kinds.to_vec();
    told.dedup();
    for kind in told {
        line = line.args(["--store", kind.as_str()]);
    }
    if needs_password && !is_in_environment {
        // It is not written out.
        line = line.args(["--jdk-password", "PASSWORD"]);
    }
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if let Some(other) = change.other_root() {
        line = line.arg("--certificate").arg(absolute(other));
    }
    line = line.arg("--data-dir").arg(absolute(&config.data_dir));
    if let Some((certificate, key)) = &config.own_root {
        line = line.arg("--ca-cert").arg(absolute(certificate));
        line = line.arg("--ca-key").arg(absolute(key));
    }
    line.to_string()
}

/// Set once somebody wants us to stop. What is under way is then undone, instead of left half done.
fn watch_signals() -> anyhow::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        for kind in [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ] {
            let mut came = signal(kind).context("signals can't be taken")?;
            let interrupted = interrupted.clone();
            tokio::spawn(async move {
                came.recv().await;
                interrupted.store(true, Ordering::Relaxed);
            });
        }
    }
    #[cfg(not(unix))]
    {
        let interrupted = interrupted.clone();
        tokio::spawn(async move {
            let _ = tokio::signal::ctrl_c().await;
            interrupted.store(true, Ordering::Relaxed);
        });
    }
    Ok(interrupted)
}
