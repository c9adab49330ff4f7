//! `handlens ca new` and `rotate`: a new root, and what became of the old one.

use std::path::Path;
use std::process::ExitCode;

use super::ensure_root;
use super::show::told;
use crate::config::{Config, NewArgs};
use crate::instance::{has_root, make_private_dir, root_certificate_path, root_dir};
use crate::output::{print, say};
use crate::running;
use anyhow::{Context as _, bail, ensure};
use ca::Root;

/// Makes a root where there is none, or in the place of the one that there is when that was asked for.
pub(super) fn new(config: &Config, args: &NewArgs) -> anyhow::Result<ExitCode> {
    ensure_ours(config)?;
    if has_root(config) {
        ensure!(
            args.replace,
            "there is a root already: {}; with --replace a new one comes in its place, and the old one is kept aside",
            root_certificate_path(config).display()
        );
        return replace(config, Some(args));
    }
    make_private_dir(&config.data_dir)
        .with_context(|| format!("the data folder {} can't be used", config.data_dir.display()))?;
    let root = Root::make(&root_dir(config), &args.constrain)?;
    tell(config, &root)?;
    Ok(ExitCode::SUCCESS)
}

/// Puts a new root for the same names in the place of the one that there is.
pub(super) fn rotate(config: &Config) -> anyhow::Result<ExitCode> {
    ensure_ours(config)?;
    ensure_root(config)?;
    replace(config, None)
}

fn replace(config: &Config, args: Option<&NewArgs>) -> anyhow::Result<ExitCode> {
    let permitted = args.map(|args| args.constrain.as_slice());
    let (root, old) = Root::rotate(&root_dir(config), permitted)?;
    tell(config, &root)?;
    say(format_args!("old root     {}", old.display()));
    tell_what_is_to_be_done(config, &old);
    Ok(ExitCode::SUCCESS)
}

/// A root that the person brought is theirs to renew.
fn ensure_ours(config: &Config) -> anyhow::Result<()> {
    if let Some((certificate, _)) = &config.own_root {
        bail!(
            "the root is one of your own ({}), which Handlens doesn't replace; do without --ca-cert and --ca-key to have \
             one made",
            certificate.display()
        );
    }
    Ok(())
}

fn tell(config: &Config, root: &Root) -> anyhow::Result<()> {
    let told = told(root, &root_certificate_path(config))?;
    print(|out| out.write_all(told.as_bytes()))
}

fn tell_what_is_to_be_done(config: &Config, old: &Path) {
    say(format_args!(
        "\nwhat trusted the old root doesn't trust this one. Where it was installed, change it:\n  handlens ca uninstall \
         --certificate {}\n  handlens ca install\nphones, and programs that were given a file, need the new \
         certificate. Then remove the old folder.",
        old.join("root.pem").display()
    ));
    if !matches!(running::find(&config.data_dir), Ok(None)) {
        say("a Handlens runs on this folder, with the old root: start it again.");
    }
}
