//! `handlens ca export`: the root's certificate as a file.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::existing_root;
use crate::config::{CertificateFormat, Config};
use crate::output::{print, remark};

pub(super) fn export(
    config: &Config,
    format: CertificateFormat,
    output: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let root = existing_root(config)?.0.to_certificate();
    let bytes = match format {
        CertificateFormat::Pem | CertificateFormat::Android => root.to_pem().into_bytes(),
        CertificateFormat::Der => root.der().to_vec(),
        CertificateFormat::P12 => root.to_pkcs12(),
        CertificateFormat::Mobileconfig => root.to_mobileconfig().into_bytes(),
    };
    let output = output.map(|path| match format {
        CertificateFormat::Android if path.is_dir() => path.join(root.android_name()),
        _ => path.to_owned(),
    });
    write_out(output.as_deref(), &bytes)?;
    match format {
        CertificateFormat::P12 => remark(format_args!("its password is {}", ca::PKCS12_PASSWORD)),
        CertificateFormat::Android => remark(format_args!(
            "Android wants it under the name {}",
            root.android_name()
        )),
        _ => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes to a file, or to standard output where none is named.
fn write_out(output: Option<&Path>, bytes: &[u8]) -> anyhow::Result<()> {
    match output {
        Some(path) => fs::write(path, bytes).with_context(|| format!("{} can't be written", path.display())),
        None => print(|out| out.write_all(bytes)),
    }
}
