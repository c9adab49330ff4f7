//! The file beside a root's key that says what the root may vouch for, so that a lost certificate isn't made again for
//! every name there is.

use std::path::{Path, PathBuf};

use super::{RootError, Subtree, files};

/// The name of the file in the root's folder.
const FILE: &str = "root.names";

/// The names that the root in `dir` was made for; all there are, where nothing is kept.
pub(super) fn read(dir: &Path) -> Result<Vec<Subtree>, RootError> {
    let path = path(dir);
    if !files::exists(&path)? {
        return Ok(Vec::new());
    }
    let bytes = files::read_public(&path)?;
    let broken = |line: &str| RootError::NamesBroken {
        path: path.clone(),
        line: line.chars().take(80).collect(),
    };
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let names: Vec<Subtree> = lines
        .map(|line| line.parse().map_err(|_| broken(line)))
        .collect::<Result<_, _>>()?;
    // It is written for a root that is constrained, and for no other.
    match names.is_empty() {
        true => Err(broken("")),
        false => Ok(names),
    }
}

/// Keeps the names of a root, whatever was kept of another; none for one that may vouch for all.
pub(super) fn keep(dir: &Path, permitted: &[Subtree]) -> Result<(), RootError> {
    let path = path(dir);
    let lines: String = permitted.iter().map(|subtree| format!("{subtree}\n")).collect();
    if files::exists(&path)? {
        if files::read_public(&path)? == lines.as_bytes() {
            return Ok(());
        }
        files::remove(&path)?;
    }
    match permitted {
        [] => Ok(()),
        _ => files::write_once(&path, lines.as_bytes(), files::Reader::Anyone),
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}
