//! `handlens ca`: what the root is, and its certificate as a file.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use time::format_description::well_known::Rfc3339;

use crate::config::{CaCommand, CertificateFormat, Config};
use crate::instance::{hex, load_root, make_private_dir};

pub(super) fn ca(config: &Config, command: &CaCommand) -> anyhow::Result<ExitCode> {
    make_private_dir(&config.data_dir)
        .with_context(|| format!("the data folder {} can't be used", config.data_dir.display()))?;
    let (root, path) = load_root(config)?;
    match command {
        CaCommand::Show => {
            println!("subject      {}", root.subject());
            println!("SHA-256      {}", hex(&root.sha256(), ":"));
            println!("valid until  {}", root.not_after().format(&Rfc3339)?);
            println!("certificate  {}", path.display());
        }
        CaCommand::Export { format, output } => {
            let bytes = match format {
                CertificateFormat::Pem => root.certificate_pem().into_bytes(),
                CertificateFormat::Der => root.certificate_der().to_vec(),
            };
            write_out(output.as_deref(), &bytes)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes to a file, or to standard output where none is named.
fn write_out(output: Option<&Path>, bytes: &[u8]) -> anyhow::Result<()> {
    match output {
        Some(path) => fs::write(path, bytes).with_context(|| format!("{} can't be written", path.display())),
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(bytes)?;
            out.flush().context("standard output can't be written")
        }
    }
}
