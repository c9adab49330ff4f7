//! Why a store could not be opened.

use std::io;
use std::path::PathBuf;

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
