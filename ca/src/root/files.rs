//! The root's files: who may read them, and how they come to be whole or not at all.
//!
//! Nothing here knows what the files hold.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use time::Date;

use super::RootError;

/// The most that is read of one file: a certificate with a long path above it takes a few KB.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Who may read a file that is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    OwnerAlone,
    Anyone,
}

/// Makes the folder with mode 0700, or checks that nobody else can put a root of theirs in it.
pub(super) fn ensure_folder(dir: &Path) -> Result<(), RootError> {
    let failed = |source| RootError::Folder {
        path: dir.to_owned(),
        source,
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(failed)?;
    let metadata = fs::metadata(dir).map_err(failed)?;
    if permissions::shared(&metadata) == 0 {
        return Ok(());
    }
    // An empty folder that was there before is ours to close. One with other things in it isn't.
    if fs::read_dir(dir).map_err(failed)?.next().is_none() && permissions::close_folder(dir).is_ok() {
        return Ok(());
    }
    if permissions::others_can_write(&metadata) {
        return Err(RootError::FolderShared { path: dir.to_owned() });
    }
    Ok(())
}

pub(super) fn exists(path: &Path) -> Result<bool, RootError> {
    path.try_exists().map_err(|source| RootError::Read {
        path: path.to_owned(),
        source,
    })
}

/// Reads a file that anyone may read.
pub(super) fn read_public(path: &Path) -> Result<Vec<u8>, RootError> {
    let failed = |source| RootError::Read {
        path: path.to_owned(),
        source,
    };
    read_bounded(File::open(path).map_err(failed)?, path)
}

/// Reads a file that its owner alone may read. The open file is looked at, not the path: no time passes between.
pub(super) fn read_secret(path: &Path) -> Result<Vec<u8>, RootError> {
    let failed = |source| RootError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let mode = permissions::shared(&file.metadata().map_err(failed)?);
    if mode != 0 {
        return Err(RootError::KeyShared {
            path: path.to_owned(),
            mode,
        });
    }
    read_bounded(file, path)
}

fn read_bounded(file: File, path: &Path) -> Result<Vec<u8>, RootError> {
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| RootError::Read {
            path: path.to_owned(),
            source,
        })?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(RootError::TooLarge {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}

/// Writes a file that isn't there yet, whole or not at all. Of two that write it at once the first one's stays,
/// and both succeed: so read it back.
pub(super) fn write_once(path: &Path, contents: &[u8], reader: Reader) -> Result<(), RootError> {
    let temporary = temporary_beside(path);
    let outcome = write_synced(&temporary, contents, reader).and_then(|()| link_in_place(&temporary, path));
    // It is gone already when it was renamed, and of no use in every other case.
    let _ = fs::remove_file(&temporary);
    outcome.map_err(|source| RootError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Removes a file, which may be gone already.
pub(super) fn remove(path: &Path) -> Result<(), RootError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(RootError::Write {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

/// Moves a folder to `NAME-YYYY-MM-DD` beside itself, or `NAME-YYYY-MM-DD-2` and so on, and gives the place.
pub(super) fn move_aside(dir: &Path, today: Date) -> Result<PathBuf, RootError> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let first = dir.with_file_name(format!("{name}-{today}"));
    let others = (2..1000).map(|number| dir.with_file_name(format!("{name}-{today}-{number}")));
    let free = |path: &PathBuf| path.symlink_metadata().is_err();
    let to = std::iter::once(first.clone())
        .chain(others)
        .find(free)
        .unwrap_or(first);
    match fs::rename(dir, &to) {
        Ok(()) => Ok(to),
        Err(source) => Err(RootError::Move {
            from: dir.to_owned(),
            to,
            source,
        }),
    }
}

/// Undoes [`move_aside`], as far as it can be: nothing but what was begun in the folder's place is removed.
pub(super) fn move_back(aside: &Path, dir: &Path) {
    // A folder is replaced only when it is empty.
    let _ = fs::rename(aside, dir);
}

fn temporary_beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(
        ".{name}.{}.{:016x}",
        std::process::id(),
        crate::encode::random_u64()
    ))
}

fn write_synced(path: &Path, contents: &[u8], reader: Reader) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(
        &mut options,
        if reader == Reader::Anyone { 0o644 } else { 0o600 },
    );
    #[cfg(not(unix))]
    let _ = reader;
    let mut file = options.open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

/// A hard link never replaces what is there; where a file system has none, a rename has to do.
fn link_in_place(temporary: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(temporary, path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(_) => fs::rename(temporary, path)?,
    }
    // So that the name survives a power cut as well. Not every platform opens folders.
    if let Some(folder) = path.parent().and_then(|dir| File::open(dir).ok()) {
        let _ = folder.sync_all();
    }
    Ok(())
}

#[cfg(unix)]
mod permissions {
    use std::fs::{self, Metadata, Permissions};
    use std::io;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    /// The permission bits when group or others have any of them, otherwise 0.
    pub(super) fn shared(metadata: &Metadata) -> u32 {
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 == 0 { 0 } else { mode }
    }

    pub(super) fn others_can_write(metadata: &Metadata) -> bool {
        metadata.permissions().mode() & 0o022 != 0
    }

    pub(super) fn close_folder(dir: &Path) -> io::Result<()> {
        fs::set_permissions(dir, Permissions::from_mode(0o700))
    }
}

/// Other systems keep files of a person's profile from other people by themselves.
#[cfg(not(unix))]
mod permissions {
    use std::fs::Metadata;
    use std::io;
    use std::path::Path;

    pub(super) fn shared(_metadata: &Metadata) -> u32 {
        0
    }

    pub(super) fn others_can_write(_metadata: &Metadata) -> bool {
        false
    }

    pub(super) fn close_folder(_dir: &Path) -> io::Result<()> {
        Ok(())
    }
}
