//! Fedora's, Arch's and SUSE's stores by the real p11-kit, each in a file tree of its own.
//!
//! What these distributions' programs run is run: `trust extract`, from the folders that they have, into the bundle that
//! they have. p11-kit reads where its folders are from a file of the machine's, so it is run where another stands in
//! that place.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::find::Found;
use super::*;
use crate::testing::authority;

/// How a distribution lays its store.
struct Way {
    find: fn(&Surroundings, &mut Found),
    /// The folder for the owner's roots, and the distribution's own.
    owners: &'static str,
    theirs: &'static str,
    /// The program that takes them in, and the bundle that it writes.
    program: &'static str,
    bundle: &'static str,
}

const WAYS: [Way; 3] = [
    Way {
        find: fedora::find,
        owners: "etc/pki/ca-trust/source",
        theirs: "usr/share/pki/ca-trust-source",
        program: "update-ca-trust",
        bundle: "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    },
    Way {
        find: arch::find,
        owners: "etc/ca-certificates/trust-source",
        theirs: "usr/share/ca-certificates/trust-source",
        program: "trust",
        bundle: "etc/ca-certificates/extracted/tls-ca-bundle.pem",
    },
    Way {
        find: suse::find,
        owners: "etc/pki/trust",
        theirs: "usr/share/pki/trust",
        program: "update-ca-certificates",
        bundle: "var/lib/ca-certificates/ca-bundle.pem",
    },
];

/// A file tree of a distribution, with a root of the distribution's in it.
struct Tree {
    dir: tempfile::TempDir,
    surroundings: Surroundings,
    root: RootFile,
    theirs: RootCertificate,
}

impl Tree {
    fn new(way: &Way) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let made = |name: &str| RootCertificate::parse(authority(name).certificate().clone()).unwrap();
        let (ours, theirs) = (made("Ours"), made("Theirs"));
        let path = dir.path().join("root.pem");
        fs::write(&path, ours.to_pem()).unwrap();
        let tree = Self {
            surroundings: Surroundings {
                system: System::Linux,
                top: dir.path().join("top"),
                home: None,
                config_home: None,
                data_home: None,
                java_home: None,
                jdk_password: None,
                path: vec![dir.path().join("bin")],
            },
            dir,
            root: RootFile {
                certificate: ours,
                path,
            },
            theirs,
        };
        let anchors = |folder: &str| tree.at(folder).join("anchors");
        let bundle = tree.at(way.bundle);
        for folder in [
            &anchors(way.owners),
            &anchors(way.theirs),
            bundle.parent().unwrap(),
        ] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::write(anchors(way.theirs).join("theirs.pem"), tree.theirs.to_pem()).unwrap();
        let extract = "trust extract --format=pem-bundle --filter=ca-anchors --overwrite --comment --purpose=server-auth";
        tree.write_program(way, way.program, &format!("{extract} '{}'", bundle.display()));
        tree.write_program(way, "list", "trust list --filter=ca-anchors");
        run(&tree.program(way.program));
        tree
    }

    fn at(&self, path: &str) -> PathBuf {
        self.surroundings.at(path)
    }

    fn program(&self, name: &str) -> PathBuf {
        self.dir.path().join("bin").join(name)
    }

    /// A program that runs this line where p11-kit has the tree's folders.
    fn write_program(&self, way: &Way, name: &str, line: &str) {
        let modules = self.dir.path().join("modules");
        fs::create_dir_all(&modules).unwrap();
        let (owners, theirs) = (self.at(way.owners), self.at(way.theirs));
        let module = format!(
            "module: p11-kit-trust.so\npriority: 1\ntrust-policy: yes\nx-init-reserved: paths='{}:{}'\n",
            owners.display(),
            theirs.display()
        );
        fs::write(modules.join("p11-kit-trust.module"), module).unwrap();
        let path = self.program(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let script = format!(
            "#!/bin/sh\nexec unshare --map-root-user --mount sh -ec \"mount --bind '{}' /usr/share/p11-kit/modules\n{line}\"\n",
            modules.display()
        );
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn bundled(&self, way: &Way) -> Vec<String> {
        let read = read_certificates(&self.at(way.bundle)).unwrap();
        let subjects = read
            .into_iter()
            .map(|der| RootCertificate::parse(der).unwrap().subject().to_owned());
        let mut subjects: Vec<_> = subjects.collect();
        subjects.sort();
        subjects
    }

    fn store(&self, way: &Way) -> Box<dyn TrustStore> {
        let mut found = Found::default();
        (way.find)(&self.surroundings, &mut found);
        found.stores.remove(0)
    }
}

fn run(program: &Path) -> String {
    let ran = Command::new(program)
        .output()
        .unwrap_or_else(|error| panic!("{} can't be run: {error}", program.display()));
    assert!(
        ran.status.success(),
        "this test needs trust, and unshare in a mount namespace (apt-get install p11-kit util-linux): {ran:?}"
    );
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

#[test]
fn the_root_goes_in_and_out_by_the_real_p11_kit() {
    for way in &WAYS {
        let tree = Tree::new(way);
        assert_eq!(tree.bundled(way), ["CN=Theirs"], "{}", way.program);
        let before = fs::read(tree.at(way.bundle)).unwrap();
        let store = tree.store(way);
        assert_eq!(store.look(&tree.root).unwrap(), Presence::Absent);

        assert_eq!(install(&*store, &tree.root, &|| true).unwrap(), Outcome::Done);
        assert_eq!(tree.bundled(way), ["CN=Ours", "CN=Theirs"], "{}", way.program);
        let listed = run(&tree.program("list"));
        let ours = listed.split("\n\n").find(|entry| entry.contains("label: Ours"));
        assert!(
            ours.is_some_and(|entry| entry.contains("trust: anchor")),
            "{listed}"
        );
        assert_eq!(install(&*store, &tree.root, &|| true).unwrap(), Outcome::Already);

        assert_eq!(uninstall(&*store, &tree.root, &|| true).unwrap(), Outcome::Done);
        assert_eq!(fs::read(tree.at(way.bundle)).unwrap(), before, "{}", way.program);
        let left = fs::read_dir(tree.at(way.owners).join("anchors")).unwrap();
        assert_eq!(left.count(), 0, "{}", way.program);
    }
}

/// Somebody added the root by p11-kit's own command, which puts it into a file of p11-kit's name.
#[test]
fn what_was_added_by_another_hand_is_left_alone() {
    let way = &WAYS[0];
    let tree = Tree::new(way);
    let foreign = tree.at(way.owners).join("anchors/Ours.p11-kit.pem");
    fs::write(&foreign, tree.root.certificate.to_pem()).unwrap();
    run(&tree.program(way.program));
    let store = tree.store(way);
    let under = foreign.display().to_string();
    assert_eq!(
        uninstall(&*store, &tree.root, &|| true).unwrap(),
        Outcome::NotOurs { under }
    );
    assert_eq!(tree.bundled(way), ["CN=Ours", "CN=Theirs"]);
}
