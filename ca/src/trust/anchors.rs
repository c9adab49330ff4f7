//! What the stores of Linux distributions have in common: a folder for the roots of the machine's owner, a program
//! that takes them in, and a bundle that programs read.

use std::path::{Path, PathBuf};

use super::bundle::read_certificates;
use super::command::Command;
use super::steps::Step;
use super::store::{LookError, Presence, RootFile, StoreKind, TrustStore};

/// One distribution's store.
pub(super) struct Anchors {
    pub(super) title: &'static str,
    /// Where the owner's roots are put.
    pub(super) folder: PathBuf,
    /// What their files end in.
    pub(super) extension: &'static str,
    /// What programs read.
    pub(super) bundle: PathBuf,
    /// Takes new files in.
    pub(super) take_in: Command,
    /// The same after files were removed.
    pub(super) let_go: Command,
}

impl Anchors {
    fn file(&self, root: &RootFile) -> PathBuf {
        let name = root.certificate.entry_name();
        self.folder.join(format!("{name}.{}", self.extension))
    }

    /// A file that holds the root, and isn't ours.
    fn find_foreign(&self, root: &RootFile) -> Option<PathBuf> {
        let own = self.file(root);
        std::fs::read_dir(&self.folder)
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| *path != own && path.is_file())
            .find(|path| holds(path, root))
    }
}

impl TrustStore for Anchors {
    fn kind(&self) -> StoreKind {
        StoreKind::System
    }

    fn title(&self) -> String {
        self.title.to_owned()
    }

    fn place(&self) -> &Path {
        &self.folder
    }

    fn look(&self, root: &RootFile) -> Result<Presence, LookError> {
        let file = self.file(root);
        let is_trusted =
            self.bundle.exists() && read_certificates(&self.bundle)?.contains(root.certificate.der());
        Ok(match (holds(&file, root), is_trusted) {
            (true, true) => Presence::Installed,
            (false, false) => Presence::Absent,
            (true, false) => Presence::Unfinished {
                missing: format!(
                    "{} is there, but not taken in: {} lacks it",
                    file.display(),
                    self.bundle.display()
                ),
            },
            (false, true) => match self.find_foreign(root) {
                Some(path) => Presence::Foreign {
                    under: path.display().to_string(),
                },
                None => Presence::Unfinished {
                    missing: format!(
                        "{} is gone, but {} still has it",
                        file.display(),
                        self.bundle.display()
                    ),
                },
            },
        })
    }

    fn steps_in(&self, root: &RootFile) -> Vec<Step> {
        let folder = (!self.folder.exists()).then(|| Step::MakeFolder {
            path: self.folder.clone(),
            private: false,
        });
        let write = Step::Write {
            path: self.file(root),
            contents: root.certificate.to_pem().into_bytes(),
        };
        folder
            .into_iter()
            .chain([write, Step::Refresh(self.take_in.clone())])
            .collect()
    }

    fn steps_out(&self, root: &RootFile) -> Vec<Step> {
        let file = self.file(root);
        let remove = holds(&file, root).then_some(Step::Remove(file));
        remove
            .into_iter()
            .chain([Step::Refresh(self.let_go.clone())])
            .collect()
    }
}

/// Whether the first certificate of a file is the root.
fn holds(path: &Path, root: &RootFile) -> bool {
    path.is_file() && read_certificates(path).is_ok_and(|found| found.first() == Some(root.certificate.der()))
}
