//! The folder that a store lives in: its files, and the lock that keeps a second Handlens out.
//!
//! What was captured is as secret as what it was captured from: folder and files are their owner's alone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::OpenStoreError;

/// The files of one store.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    dir: PathBuf,
}

/// The lock on a folder, held until it is dropped or the process is gone, however it goes.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Folder {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.into() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.dir
    }

    /// The SQLite database.
    pub(super) fn database(&self) -> PathBuf {
        self.dir.join("capture.db")
    }

    /// Its write-ahead log.
    pub(super) fn log(&self) -> PathBuf {
        self.dir.join("capture.db-wal")
    }

    /// The folder of the segment files.
    pub(super) fn bodies(&self) -> PathBuf {
        self.dir.join("bodies")
    }

    /// A segment file.
    pub(super) fn segment(&self, number: u64) -> PathBuf {
        self.bodies().join(format!("{number:08}.segment"))
    }

    /// Bytes of all its files.
    pub(super) fn bytes(&self) -> u64 {
        let dirs = [self.dir.clone(), self.bodies()];
        let files = dirs.iter().filter_map(|dir| fs::read_dir(dir).ok()).flatten();
        files
            .filter_map(|file| file.ok()?.metadata().ok())
            .filter(fs::Metadata::is_file)
            .map(|file| file.len())
            .sum()
    }

    /// Makes what is missing of the folder, and locks it.
    pub(super) fn make_and_lock(&self) -> Result<Lock, OpenStoreError> {
        let wrap = |error| OpenStoreError::Folder {
            dir: self.dir.clone(),
            error,
        };
        make_private_folder(&self.dir).map_err(wrap)?;
        make_private_folder(&self.bodies()).map_err(wrap)?;
        let mut file = private_file().open(self.dir.join("capture.lock")).map_err(wrap)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenStoreError::InUse {
                    dir: self.dir.clone(),
                    pid: read_pid(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(wrap(error)),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(wrap)?;
        // SQLite gives its log the database's permissions: made before it opens it, they are right.
        private_file().open(self.database()).map_err(wrap)?;
        Ok(Lock { _file: file })
    }
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind()
        .and_then(|()| file.take(32).read_to_string(&mut text))
        .ok()?;
    text.trim().parse().ok()
}

fn make_private_folder(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// How files of the store are opened: made where they are missing, for their owner alone.
pub(super) fn private_file() -> OpenOptions {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_is_refused_and_names_the_process_until_the_first_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(&dir.path().join("deep/down"));
        let lock = folder.make_and_lock().unwrap();
        let refused = folder.make_and_lock().unwrap_err();
        let OpenStoreError::InUse { pid, .. } = &refused else {
            panic!("{refused}")
        };
        assert_eq!(*pid, Some(std::process::id()));
        drop(lock);
        folder.make_and_lock().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn what_is_kept_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(&dir.path().join("data"));
        let _lock = folder.make_and_lock().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.bodies()), 0o700);
        assert_eq!(mode(&folder.database()), 0o600);
    }
}
