//! Why a store could not be opened.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::writer::WriteError;

/// A store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// The folder cannot be made, read or written.
    #[error("the data folder {} can't be used", dir.display())]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// There is no store to read.
    #[error("there is no capture in {}", dir.display())]
    Missing {
        /// The folder.
        dir: PathBuf,
    },
    /// Another process has it open.
    #[error(
        "the data folder {} is in use by another Handlens{}; stop that one or give this one a folder of its own (--data-dir)",
        dir.display(),
        pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
    )]
    InUse {
        /// The folder.
        dir: PathBuf,
        /// The other process, where it could be told.
        pid: Option<u32>,
    },
    /// It was written by a later version.
    #[error(
        "the capture in {} was made by a later Handlens (its format is {found}, this one knows up to {known}); use that version or another folder",
        dir.display()
    )]
    Newer {
        /// The folder.
        dir: PathBuf,
        /// The format found.
        found: u32,
        /// The latest format that this version knows.
        known: u32,
    },
    /// What lies there is not a store, or is damaged.
    #[error("the capture in {} can't be read: {text}; move it away to begin a new one", dir.display())]
    Damaged {
        /// The folder.
        dir: PathBuf,
        /// What the engine said.
        text: String,
    },
}

impl OpenStoreError {
    /// What the engine said, told as what it is: of the folder or of what lies in it.
    pub(super) fn engine(dir: &Path, error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(
                ErrorCode::DiskFull
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseBusy,
            ) => Self::Folder {
                dir: dir.into(),
                error: io::Error::other(error),
            },
            _ => Self::Damaged {
                dir: dir.into(),
                text: error.to_string(),
            },
        }
    }

    pub(super) fn write(dir: &Path, error: WriteError) -> Self {
        match error {
            WriteError::Database(error) => Self::engine(dir, error),
            WriteError::File(error) => Self::Folder {
                dir: dir.into(),
                error,
            },
            WriteError::Json(error) => Self::Damaged {
                dir: dir.into(),
                text: error.to_string(),
            },
        }
    }
}
