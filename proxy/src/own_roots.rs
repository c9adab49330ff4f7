//! The roots that Handlens mints under on this machine, and those that it minted under before: who got hold of one of
//! their keys must not be able to play origins to it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};

use crate::config::Config;
use crate::instance::{ROOT_FILE, root_certificate_path, root_dir};

/// One of the roots can't be told apart from others.
#[derive(Debug, thiserror::Error)]
pub enum OwnRootsError {
    /// A certificate can't be read.
    #[error("Handlens's own root {} can't be read: {source}", path.display())]
    Certificate {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The folder in which former roots are kept can't be read.
    #[error("the data folder {} can't be looked into for former roots", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The certificates of those that there are: the one that is configured, the one that was made, and those that were
/// kept aside when another came in their place.
pub(crate) fn own_roots(config: &Config) -> Result<Vec<CertificateDer<'static>>, OwnRootsError> {
    let mut paths = BTreeSet::from([root_certificate_path(config), root_dir(config).join(ROOT_FILE)]);
    paths.extend(kept_aside(&config.data_dir)?);
    let read = paths
        .into_iter()
        .filter_map(|path| match CertificateDer::from_pem_file(&path) {
            Ok(certificate) => Some(Ok(certificate)),
            Err(pem::Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => Some(Err(OwnRootsError::Certificate { path, source })),
        });
    read.collect()
}

/// The files of `root-2026-11-21` and the like.
fn kept_aside(data_dir: &Path) -> Result<Vec<PathBuf>, OwnRootsError> {
    let failed = |source| OwnRootsError::Folder {
        path: data_dir.to_owned(),
        source,
    };
    let entries = match fs::read_dir(data_dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let folder = entry.map_err(failed)?.path();
        let name = folder.file_name().unwrap_or_default();
        if name.to_string_lossy().starts_with("root-") && folder.is_dir() {
            paths.push(folder.join(ROOT_FILE));
        }
    }
    Ok(paths)
}
