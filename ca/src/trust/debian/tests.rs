use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::export::RootCertificate;
use crate::testing::authority;
use crate::trust::{
    ChangeError, Outcome, Presence, RootFile, System, TrustStore, install, read_certificates, uninstall,
};

/// A file tree as Debian lays it, with one root of the distribution's in it.
struct Tree {
    dir: tempfile::TempDir,
    surroundings: Surroundings,
    root: RootFile,
}

impl Tree {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().join("top");
        for folder in [
            "usr/share/ca-certificates/mozilla",
            "etc/ssl/certs",
            "etc/ca-certificates/update.d",
        ] {
            fs::create_dir_all(top.join(folder)).unwrap();
        }
        let theirs = RootCertificate::parse(authority("Theirs").certificate().clone()).unwrap();
        fs::write(
            top.join("usr/share/ca-certificates/mozilla/Theirs.crt"),
            theirs.to_pem(),
        )
        .unwrap();
        fs::write(top.join("etc/ca-certificates.conf"), "mozilla/Theirs.crt\n").unwrap();
        let certificate = RootCertificate::parse(authority("Ours").certificate().clone()).unwrap();
        let path = dir.path().join("root.pem");
        fs::write(&path, certificate.to_pem()).unwrap();
        let tree = Self {
            surroundings: Surroundings {
                system: System::Linux,
                top,
                home: None,
                config_home: None,
                data_home: None,
                java_home: None,
                jdk_password: None,
                path: std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect(),
            },
            dir,
            root: RootFile { certificate, path },
        };
        tree.update();
        tree
    }

    fn store(&self) -> Box<dyn TrustStore> {
        let mut found = Found::default();
        find(&self.surroundings, &mut found);
        assert_eq!(
            found.passed_over,
            [],
            "this test needs update-ca-certificates: apt-get install ca-certificates"
        );
        found.stores.remove(0)
    }

    /// Makes the bundle anew, as the distribution's owner would.
    fn update(&self) {
        let steps = self.store().steps_in(&self.root);
        let Some(crate::trust::Step::Refresh(update)) = steps.last() else {
            panic!("{steps:?}")
        };
        update.run().unwrap();
    }

    fn bundle(&self) -> PathBuf {
        self.surroundings.at("/etc/ssl/certs/ca-certificates.crt")
    }

    fn local(&self) -> PathBuf {
        self.surroundings.at("/usr/local/share/ca-certificates")
    }

    /// Every file below the top, with what it holds or leads to.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn walk(dir: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if let Ok(link) = fs::read_link(&path) {
                    into.insert(path, link.into_os_string().into_encoded_bytes());
                } else if path.is_dir() {
                    walk(&path, into);
                } else {
                    let held = fs::read(&path).unwrap();
                    into.insert(path, held);
                }
            }
        }
        let mut files = BTreeMap::new();
        walk(&self.surroundings.top, &mut files);
        files
    }
}

fn always() -> bool {
    true
}

#[test]
fn the_root_goes_in_is_seen_and_leaves_no_trace() {
    let tree = Tree::new();
    let (store, before) = (tree.store(), tree.files());
    assert_eq!(store.look(&tree.root).unwrap(), Presence::Absent);
    let name = tree.root.certificate.entry_name();
    let told: Vec<String> = store
        .steps_in(&tree.root)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(told[0], format!("make the folder {}", tree.local().display()));
    assert_eq!(told[1], format!("write {}/{name}.crt", tree.local().display()));
    assert!(
        told[2].contains("update-ca-certificates --certsconf "),
        "{told:?}"
    );

    assert_eq!(install(&*store, &tree.root, &always).unwrap(), Outcome::Done);

    assert_eq!(store.look(&tree.root).unwrap(), Presence::Installed);
    let trusted = read_certificates(&tree.bundle()).unwrap();
    assert_eq!(trusted.len(), 2);
    assert!(trusted.contains(tree.root.certificate.der()));
    assert!(
        tree.surroundings
            .at("/etc/ssl/certs")
            .join(format!("{name}.pem"))
            .exists()
    );
    assert_eq!(install(&*store, &tree.root, &always).unwrap(), Outcome::Already);

    assert_eq!(uninstall(&*store, &tree.root, &always).unwrap(), Outcome::Done);

    assert_eq!(store.look(&tree.root).unwrap(), Presence::Absent);
    assert_eq!(tree.files(), before);
    assert_eq!(uninstall(&*store, &tree.root, &always).unwrap(), Outcome::Already);
}

#[test]
fn a_root_that_somebody_else_put_there_is_left_alone() {
    let tree = Tree::new();
    let store = tree.store();
    fs::create_dir_all(tree.local()).unwrap();
    let theirs = tree.local().join("company.crt");
    fs::write(&theirs, tree.root.certificate.to_pem()).unwrap();
    tree.update();
    let before = tree.files();
    let under = theirs.display().to_string();
    let not_ours = Outcome::NotOurs { under };
    assert_eq!(install(&*store, &tree.root, &always).unwrap(), not_ours);
    assert_eq!(uninstall(&*store, &tree.root, &always).unwrap(), not_ours);
    assert_eq!(tree.files(), before);
}

#[test]
fn a_file_of_our_name_with_another_certificate_is_not_ours() {
    let tree = Tree::new();
    let store = tree.store();
    fs::create_dir_all(tree.local()).unwrap();
    let name = tree.root.certificate.entry_name();
    let other = RootCertificate::parse(authority("Other").certificate().clone()).unwrap();
    fs::write(tree.local().join(format!("{name}.crt")), other.to_pem()).unwrap();
    tree.update();
    assert_eq!(uninstall(&*store, &tree.root, &always).unwrap(), Outcome::Already);
    assert!(tree.local().join(format!("{name}.crt")).exists());
}

#[test]
fn what_was_begun_and_not_finished_is_told_and_can_be_finished() {
    let tree = Tree::new();
    let store = tree.store();
    fs::create_dir_all(tree.local()).unwrap();
    let file = tree
        .local()
        .join(format!("{}.crt", tree.root.certificate.entry_name()));
    fs::write(&file, tree.root.certificate.to_pem()).unwrap();
    let missing = format!(
        "{} is there, but not taken in: {} lacks it",
        file.display(),
        tree.bundle().display()
    );
    assert_eq!(store.look(&tree.root).unwrap(), Presence::Unfinished { missing });
    assert_eq!(install(&*store, &tree.root, &always).unwrap(), Outcome::Done);
    fs::remove_file(&file).unwrap();
    assert!(matches!(
        store.look(&tree.root).unwrap(),
        Presence::Unfinished { .. }
    ));
    assert_eq!(uninstall(&*store, &tree.root, &always).unwrap(), Outcome::Done);
    assert_eq!(store.look(&tree.root).unwrap(), Presence::Absent);
}

#[test]
fn a_failed_or_interrupted_installation_leaves_the_tree_as_it_was() {
    let mut tree = Tree::new();
    let before = tree.files();
    let interrupted = install(&*tree.store(), &tree.root, &|| false).unwrap_err();
    assert_eq!(
        interrupted.to_string(),
        "it was interrupted; the store is as it was"
    );
    assert_eq!(tree.files(), before);

    // One that does nothing: each step goes well, and the root is not there.
    let programs = tree.dir.path().join("programs");
    fs::create_dir_all(&programs).unwrap();
    let fake = programs.join("update-ca-certificates");
    fs::write(&fake, "#!/bin/sh\nexit 0\n").unwrap();
    make_executable(&fake);
    tree.surroundings.path.insert(0, programs);
    let unseen = install(&*tree.store(), &tree.root, &always).unwrap_err();
    assert!(
        matches!(&unseen, ChangeError::NotSeen { left, .. } if left.is_empty()),
        "{unseen}"
    );
    assert_eq!(
        unseen.to_string(),
        "every step went well, but the root is not trusted; the store is as it was"
    );
    assert_eq!(tree.files(), before);

    fs::write(&fake, "#!/bin/sh\necho disk full >&2\nexit 4\n").unwrap();
    let failed = install(&*tree.store(), &tree.root, &always)
        .unwrap_err()
        .to_string();
    // The way back fails as well here, and is told too.
    assert!(failed.contains("failed (exit code 4): disk full; and not all of it could be undone: "));
    assert_eq!(tree.files(), before, "but the files are as they were");
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
