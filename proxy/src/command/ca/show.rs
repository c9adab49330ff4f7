//! `handlens ca show`: what the root is, and where it lies.

use std::process::ExitCode;

use time::format_description::well_known::Rfc3339;

use super::existing_root;
use crate::config::Config;
use crate::instance::hex;

pub(super) fn show(config: &Config) -> anyhow::Result<ExitCode> {
    let (root, path) = existing_root(config)?;
    println!("subject      {}", root.subject());
    println!("SHA-256      {}", hex(&root.sha256(), ":"));
    println!("valid until  {}", root.not_after().format(&Rfc3339)?);
    if let Some(permitted) = root.vouches_for() {
        println!("vouches for  {permitted}");
    }
    println!("certificate  {}", path.display());
    Ok(ExitCode::SUCCESS)
}
