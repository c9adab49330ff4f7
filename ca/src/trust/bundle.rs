//! A PEM bundle: one file with every root that a program is to trust.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::encode::{pem, random_u64};

/// Why certificates weren't read from or written to a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The file can't be read.
    #[error("the certificates in {} can't be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: rustls::pki_types::pem::Error,
    },
    /// The file can't be written.
    #[error("the trusted certificates can't be written to {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Writes `certificates` to `path` as PEM, each once, in place of what is there. A reader sees the old file or
/// the new one, never a half. Returns how many it wrote.
///
/// # Errors
/// When the file can't be written.
pub fn write_bundle<'a>(
    path: &Path,
    certificates: impl IntoIterator<Item = &'a CertificateDer<'a>>,
) -> Result<usize, BundleError> {
    let mut seen = HashSet::new();
    let mut text = String::new();
    for der in certificates {
        if seen.insert(der.as_ref()) {
            text.push_str(&pem("CERTIFICATE", der));
        }
    }
    replace(path, text.as_bytes())?;
    Ok(seen.len())
}

/// The certificates in a PEM file; what else is in it is skipped.
///
/// # Errors
/// When the file can't be read, or a certificate in it isn't PEM as it claims.
pub fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, BundleError> {
    let failed = |source| BundleError::Read {
        path: path.to_owned(),
        source,
    };
    CertificateDer::pem_file_iter(path)
        .map_err(failed)?
        .collect::<Result<_, _>>()
        .map_err(failed)
}

/// Writes beside and renames, so that nobody reads a half.
pub(super) fn replace(path: &Path, contents: &[u8]) -> Result<(), BundleError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.{:016x}", std::process::id(), random_u64()));
    fs::write(&temporary, contents)
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(|source| {
            let _ = fs::remove_file(&temporary);
            BundleError::Write {
                path: path.to_owned(),
                source,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::authority;

    #[test]
    fn a_bundle_holds_each_certificate_once_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bundle.pem");
        let (one, other) = (authority("One"), authority("Other"));
        let written =
            write_bundle(&path, [one.certificate(), other.certificate(), one.certificate()]).unwrap();
        assert_eq!(written, 2);
        let read = read_certificates(&path).unwrap();
        assert_eq!(read, [one.certificate().clone(), other.certificate().clone()]);
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing temporary is left"
        );
    }

    #[test]
    fn a_folder_that_is_missing_is_told() {
        let error = write_bundle(Path::new("/nonexistent/bundle.pem"), []).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the trusted certificates can't be written to /nonexistent/bundle.pem"
        );
    }
}
