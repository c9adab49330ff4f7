//! `handlens ca issue`: a certificate with what belongs to it, as files.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use ca::{IssueRequest, Issued, IssuedKey, PKCS12_PASSWORD, SigningRequest, issue_self_signed};
use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use time::format_description::well_known::Rfc3339;

use super::existing_root;
use crate::config::{Config, IssueArgs};
use crate::output::print;

/// The longest name of a file that is made of a name.
const MAX_STEM_CHARS: usize = 100;

/// A file to be written.
struct Output {
    what: &'static str,
    path: PathBuf,
    contents: Vec<u8>,
    is_secret: bool,
}

pub(super) fn issue(config: &Config, args: &IssueArgs) -> anyhow::Result<ExitCode> {
    let request = IssueRequest {
        client: args.client,
        days: args.days,
        rsa: args.rsa,
    };
    let (issued, stem) = match &args.csr {
        Some(path) => {
            let signing = SigningRequest::read(path)?;
            let stem = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            (existing_root(config)?.0.issue_for(&signing, &request)?, stem)
        }
        None if args.self_signed => (issue_self_signed(&args.host, &request)?, stem(&args.host)),
        None => (
            existing_root(config)?.0.issue(&args.host, &request)?,
            stem(&args.host),
        ),
    };
    let mut outputs = outputs(&issued, &args.out, &stem);
    if let Some(key) = issued.key.as_ref().filter(|_| args.client) {
        outputs.push(Output {
            what: "PKCS#12",
            path: args.out.join(format!("{stem}.p12")),
            contents: pkcs12(&issued, key, &stem).context("the PKCS#12 can't be made")?,
            is_secret: true,
        });
    }
    write(&args.out, &outputs)?;
    let ends = issued.not_after.format(&Rfc3339)?;
    print(|out| {
        for Output { what, path, .. } in &outputs {
            writeln!(out, "{what:<12} {}", path.display())?;
        }
        if outputs.iter().any(|output| output.what == "PKCS#12") {
            writeln!(out, "{:<12} {PKCS12_PASSWORD}", "its password")?;
        }
        writeln!(out, "{:<12} {ends}", "valid until")
    })?;
    Ok(ExitCode::SUCCESS)
}

fn outputs(issued: &Issued, dir: &Path, stem: &str) -> Vec<Output> {
    let output = |what, extension: &str, contents: String, is_secret| Output {
        what,
        path: dir.join(format!("{stem}.{extension}")),
        contents: contents.into_bytes(),
        is_secret,
    };
    let mut outputs = Vec::new();
    if let Some(key) = &issued.key {
        outputs.push(output("key", "key", key.to_pem(), true));
        outputs.push(output("request", "csr", key.request_pem(), false));
    }
    outputs.push(output("certificate", "pem", issued.chain_pem(), false));
    outputs
}

/// Key and certificate in one file, as browsers and systems import them. Its password keeps no more from others than the
/// mode of the files does: programs insist on one.
fn pkcs12(issued: &Issued, key: &IssuedKey, name: &str) -> anyhow::Result<Vec<u8>> {
    let chain = std::iter::once(&issued.certificate).chain(&issued.issuers);
    let chain = chain
        .map(|der| Certificate::from_der(der))
        .collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKey::from_der(key.pkcs8())?;
    let mut store = KeyStore::new();
    store.add_entry(
        name,
        KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new([1].as_slice(), key, chain)),
    );
    Ok(store.writer(PKCS12_PASSWORD).write()?)
}

/// Writes all of them, or says which one is in the way before any is written.
fn write(dir: &Path, outputs: &[Output]) -> anyhow::Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("the folder {} can't be made", dir.display()))?;
    if let Some(there) = outputs
        .iter()
        .find(|output| output.path.symlink_metadata().is_ok())
    {
        bail!(
            "{} is there already, and nothing is overwritten; remove it, or give another folder with --out",
            there.path.display()
        );
    }
    for output in outputs {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if output.is_secret { 0o600 } else { 0o644 });
        options
            .open(&output.path)
            .and_then(|mut file| file.write_all(&output.contents))
            .with_context(|| format!("{} can't be written", output.path.display()))?;
    }
    Ok(())
}

/// The first name, as a file can be called everywhere.
fn stem(names: &[String]) -> String {
    let first = names.first().map_or("", String::as_str);
    let name = first.replace("*.", "wildcard.");
    name.chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || "-_.@".contains(c) => c.to_ascii_lowercase(),
            _ => '_',
        })
        .take(MAX_STEM_CHARS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_the_first_name() {
        let stem = |name: &str| stem(&[name.to_owned(), "other.test".to_owned()]);
        assert_eq!(stem("Dev.Example.test"), "dev.example.test");
        assert_eq!(stem("*.example.test"), "wildcard.example.test");
        assert_eq!(stem("::1"), "__1");
        assert_eq!(stem("ann@example.test"), "ann@example.test");
        assert_eq!(stem("../../etc/passwd"), ".._.._etc_passwd");
    }
}
