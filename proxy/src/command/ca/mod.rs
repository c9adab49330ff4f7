//! `handlens ca`: the root, and who trusts it. A file for each thing that can be done with it.

mod change;
mod export;
mod issue;
mod new;
mod show;
mod status;
mod stores;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::ensure;
use ca::Root;

use crate::config::{CaCommand, Config};
use crate::instance::{has_root, load_root, root_dir};
use change::Change;

pub(super) async fn ca(config: &Config, command: &CaCommand) -> anyhow::Result<ExitCode> {
    match command {
        CaCommand::Show => show::show(config),
        CaCommand::New(args) => new::new(config, args),
        CaCommand::Rotate => new::rotate(config),
        CaCommand::Issue(args) => issue::issue(config, args),
        CaCommand::Export { format, output } => export::export(config, *format, output.as_deref()),
        CaCommand::Install { stores, yes } => change::change(config, Change::Install, stores, *yes).await,
        CaCommand::Uninstall {
            stores,
            certificate,
            yes,
        } => change::change(config, Change::Uninstall(certificate.clone()), stores, *yes).await,
        CaCommand::Status {
            stores,
            certificate,
            json,
        } => status::status(config, stores, certificate.as_deref(), *json),
    }
}

/// The root that there is, and the file of its certificate. None is made here: the one asked about would be another.
fn existing_root(config: &Config) -> anyhow::Result<(Root, PathBuf)> {
    ensure_root(config)?;
    Ok(load_root(config)?)
}

fn ensure_root(config: &Config) -> anyhow::Result<()> {
    ensure!(
        has_root(config),
        "there is no root in {}: `handlens ca new` makes one, and so does the first start; or give the folder of another with --data-dir",
        root_dir(config).display()
    );
    Ok(())
}
