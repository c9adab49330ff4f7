//! `handlens ca show`: what the root is, and where it lies.

use std::path::Path;
use std::process::ExitCode;

use ca::Root;
use time::format_description::well_known::Rfc3339;

use super::existing_root;
use crate::config::Config;
use crate::instance::hex;
use crate::output::print;

pub(super) fn show(config: &Config) -> anyhow::Result<ExitCode> {
    let (root, path) = existing_root(config)?;
    let told = told(&root, &path)?;
    print(|out| out.write_all(told.as_bytes()))?;
    Ok(ExitCode::SUCCESS)
}

/// What there is to say of a root whose certificate is in this file.
pub(super) fn told(root: &Root, path: &Path) -> anyhow::Result<String> {
    let vouches_for = root
        .vouches_for()
        .map_or_else(String::new, |permitted| format!("vouches for  {permitted}\n"));
    Ok(format!(
        "subject      {}\nSHA-256      {}\nvalid until  {}\n{vouches_for}certificate  {}\n",
        root.subject(),
        hex(&root.sha256(), ":"),
        root.not_after().format(&Rfc3339)?,
        path.display()
    ))
}
