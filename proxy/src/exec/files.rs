//! The files that a program's libraries read their trust from.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use ca::trust::{read_certificates, system_roots, write_bundle, write_java_trust_store};

use super::environment::TrustFiles;

/// Writes a PEM bundle and a trust store for Java to `folder`: the system's roots, what the files in `named`
/// hold, and last the certificates of `root`.
///
/// They all are in one file because most variables that name one replace what a library would trust otherwise.
/// A file of `named` that can't be read is skipped: the program would have come to grief over it without us too.
pub(super) fn write(root: &Path, named: &[PathBuf], folder: &Path) -> anyhow::Result<TrustFiles> {
    let own = read_certificates(root)?;
    anyhow::ensure!(!own.is_empty(), "{} holds no certificate in PEM", root.display());
    let mut certificates = system_roots().certificates;
    for path in named {
        match read_certificates(path) {
            Ok(found) => certificates.extend(found),
            Err(error) => tracing::debug!("{error}"),
        }
    }
    certificates.extend(own);

    fs::create_dir_all(folder).with_context(|| format!("the folder {} can't be made", folder.display()))?;
    // The program may go elsewhere before it reads them.
    let folder = std::path::absolute(folder)?;
    let files = TrustFiles {
        bundle: folder.join("bundle.pem"),
        java: folder.join("trust.p12"),
    };
    write_bundle(&files.bundle, &certificates)?;
    write_java_trust_store(&files.java, &certificates)?;
    Ok(files)
}
