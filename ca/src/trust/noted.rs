//! Stores that don't tell who put a root there: what [`install`](super::install) put there is noted in a file of ours,
//! and what isn't noted is somebody else's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::BundleError;
use super::steps::Step;
use super::store::{LookError, Presence, RootFile, StoreKind, TrustStore};
use crate::encode::hex;

/// Such a store, with the file of notes. Each of its lines is the SHA-256 of a root and the store's place.
pub(super) struct Noted<S> {
    pub(super) store: S,
    pub(super) notes: PathBuf,
}

impl<S: TrustStore> Noted<S> {
    fn note(&self, root: &RootFile) -> String {
        let sha256 = hex(&root.certificate.sha256());
        format!("{sha256} {}", self.store.place().display())
    }

    fn read(&self) -> Result<String, BundleError> {
        match fs::read(&self.notes) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(BundleError::Read {
                path: self.notes.clone(),
                source: rustls::pki_types::pem::Error::Io(error),
            }),
        }
    }

    /// Writes the notes with this root's, or without it. They can be read: the store was looked at before.
    fn write(&self, root: &RootFile, is_ours: bool) -> Step {
        let told = self.read().unwrap_or_default();
        let note = self.note(root);
        let kept = told.lines().filter(|line| *line != note);
        let lines = kept.chain(is_ours.then_some(&*note));
        Step::Write {
            path: self.notes.clone(),
            contents: lines
                .flat_map(|line| [line, "\n"])
                .collect::<String>()
                .into_bytes(),
        }
    }
}

impl<S: TrustStore> TrustStore for Noted<S> {
    fn kind(&self) -> StoreKind {
        self.store.kind()
    }

    fn title(&self) -> String {
        self.store.title()
    }

    fn place(&self) -> &Path {
        self.store.place()
    }

    fn look(&self, root: &RootFile) -> Result<Presence, LookError> {
        let note = self.note(root);
        let is_ours = self.read()?.lines().any(|line| line == note);
        Ok(match self.store.look(root)? {
            presence if is_ours => presence,
            Presence::Installed => Presence::Foreign {
                under: format!("{:?}", root.certificate.common_name()),
            },
            // Somebody has it there and does not trust it: to install is still to be done, and there is nothing
            // that is ours to take out.
            Presence::Unfinished { .. } => Presence::Absent,
            presence => presence,
        })
    }

    /// The note comes first: what is cut short can be taken out all the same.
    fn steps_in(&self, root: &RootFile) -> Vec<Step> {
        let folder = self.notes.parent().filter(|folder| !folder.exists());
        let folder = folder.map(|folder| Step::MakeFolder {
            path: folder.to_owned(),
            private: true,
        });
        let steps = folder.into_iter().chain([self.write(root, true)]);
        steps.chain(self.store.steps_in(root)).collect()
    }

    fn steps_out(&self, root: &RootFile) -> Vec<Step> {
        let mut steps = self.store.steps_out(root);
        steps.push(self.write(root, false));
        steps
    }

    fn needs_root(&self) -> bool {
        self.store.needs_root()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RootCertificate;
    use crate::testing::authority;
    use crate::trust::{Outcome, Surroundings, System, find_stores, install, uninstall};

    /// A store that is one file: whoever writes it, it looks the same.
    struct Plain {
        file: PathBuf,
        is_broken: bool,
    }

    impl TrustStore for Plain {
        fn kind(&self) -> StoreKind {
            StoreKind::System
        }

        fn title(&self) -> String {
            "a plain store".to_owned()
        }

        fn place(&self) -> &Path {
            &self.file
        }

        fn look(&self, root: &RootFile) -> Result<Presence, LookError> {
            let pem = root.certificate.to_pem();
            Ok(match fs::read_to_string(&self.file) {
                Ok(text) if text == pem => Presence::Installed,
                Ok(_) => Presence::Unfinished {
                    missing: String::new(),
                },
                Err(_) => Presence::Absent,
            })
        }

        fn steps_in(&self, root: &RootFile) -> Vec<Step> {
            let contents = match self.is_broken {
                true => Vec::new(),
                false => root.certificate.to_pem().into_bytes(),
            };
            vec![Step::Write {
                path: self.file.clone(),
                contents,
            }]
        }

        fn steps_out(&self, _: &RootFile) -> Vec<Step> {
            vec![Step::Remove(self.file.clone())]
        }
    }

    fn root(path: &Path) -> RootFile {
        RootFile {
            certificate: RootCertificate::parse(authority("Lab Root").certificate().clone()).unwrap(),
            path: path.join("root.pem"),
        }
    }

    fn store(dir: &Path) -> Noted<Plain> {
        Noted {
            store: Plain {
                file: dir.join("store"),
                is_broken: false,
            },
            notes: dir.join("data/installed-roots"),
        }
    }

    #[test]
    fn what_is_noted_is_taken_out_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let (store, root) = (store(dir.path()), root(dir.path()));
        let go_on = || true;
        let file = &store.store.file;
        fs::write(file, root.certificate.to_pem()).unwrap();
        let theirs = Outcome::NotOurs {
            under: "\"Lab Root\"".to_owned(),
        };
        assert_eq!(install(&store, &root, &go_on).unwrap(), theirs);
        assert_eq!(uninstall(&store, &root, &go_on).unwrap(), theirs);
        assert!(file.exists() && !store.notes.exists());

        fs::remove_file(file).unwrap();
        assert_eq!(install(&store, &root, &go_on).unwrap(), Outcome::Done);
        assert_eq!(install(&store, &root, &go_on).unwrap(), Outcome::Already);
        assert_eq!(store.look(&root).unwrap(), Presence::Installed);
        assert_eq!(uninstall(&store, &root, &go_on).unwrap(), Outcome::Done);
        assert!(!file.exists());
        assert_eq!(fs::read_to_string(&store.notes).unwrap(), "");
    }

    #[test]
    fn each_root_has_a_note_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let (store, one, other) = (store(dir.path()), root(dir.path()), root(dir.path()));
        install(&store, &one, &|| true).unwrap();
        fs::write(&store.store.file, other.certificate.to_pem()).unwrap();
        assert!(matches!(store.look(&other).unwrap(), Presence::Foreign { .. }));
    }

    #[test]
    fn what_somebody_has_there_untrusted_is_not_ours_to_take_out() {
        let dir = tempfile::tempdir().unwrap();
        let (store, root) = (store(dir.path()), root(dir.path()));
        fs::write(&store.store.file, "in part").unwrap();
        assert_eq!(uninstall(&store, &root, &|| true).unwrap(), Outcome::Already);
        assert!(store.store.file.exists());
        assert_eq!(install(&store, &root, &|| true).unwrap(), Outcome::Done);
    }

    #[test]
    fn an_installation_that_failed_leaves_no_note() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, root) = (store(dir.path()), root(dir.path()));
        store.store.is_broken = true;
        install(&store, &root, &|| true).unwrap_err();
        assert!(!store.notes.exists());
    }

    #[test]
    fn the_stores_of_macos_and_windows_are_such() {
        let dir = tempfile::tempdir().unwrap();
        for system in [System::MacOs, System::Windows] {
            let surroundings = Surroundings {
                system,
                top: dir.path().to_owned(),
                home: Some(dir.path().to_owned()),
                config_home: None,
                data_home: None,
                java_home: None,
                jdk_password: None,
                path: Vec::new(),
            };
            let notes = dir.path().join("notes");
            let store = find_stores(&surroundings, &notes).stores.remove(0);
            let steps = store.steps_in(&root(dir.path()));
            assert_eq!(steps[0].to_string(), format!("write {}", notes.display()));
        }
    }
}
