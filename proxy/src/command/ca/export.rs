//! `handlens ca export`: the root's certificate as a file.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::existing_root;
use crate::config::{CertificateFormat, Config};

pub(super) fn export(
    config: &Config,
    format: CertificateFormat,
    output: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let (root, _) = existing_root(config)?;
    let bytes = match format {
        CertificateFormat::Pem => root.certificate_pem().into_bytes(),
        CertificateFormat::Der => root.certificate_der().to_vec(),
    };
    write_out(output, &bytes)?;
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
