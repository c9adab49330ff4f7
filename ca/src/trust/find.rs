//! The trust stores that there are.

use std::path::{Path, PathBuf};

use super::store::{StoreKind, TrustStore};
use super::surroundings::{Surroundings, System};
use super::{arch, chromium, debian, fedora, firefox, jdk, macos, suse, windows};

/// What was found.
#[derive(Default)]
pub struct Found {
    /// The stores, the system's first.
    pub stores: Vec<Box<dyn TrustStore>>,
    /// What can't be dealt with, and why.
    pub passed_over: Vec<Missing>,
}

/// A store that can't be dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Of which kind it is.
    pub kind: StoreKind,
    /// What it is, for a person.
    pub title: String,
    /// Its file, folder or database.
    pub place: PathBuf,
    /// Why not, and what to do.
    pub reason: String,
}

/// Looks for trust stores. Nothing is changed.
///
/// `notes` is the file in which [`install`](super::install) notes what it put into stores that don't tell it
/// themselves: those of macOS and Windows.
#[must_use]
pub fn find_stores(surroundings: &Surroundings, notes: &Path) -> Found {
    let mut found = Found::default();
    match surroundings.system {
        System::Linux => {
            debian::find(surroundings, &mut found);
            fedora::find(surroundings, &mut found);
            arch::find(surroundings, &mut found);
            suse::find(surroundings, &mut found);
            // Elsewhere Chromium trusts what the system trusts.
            chromium::find(surroundings, &mut found);
        }
        System::MacOs => macos::find(surroundings, notes, &mut found),
        System::Windows => windows::find(notes, &mut found),
    }
    firefox::find(surroundings, &mut found);
    jdk::find(surroundings, &mut found);
    found
}
