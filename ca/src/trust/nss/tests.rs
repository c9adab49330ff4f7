use std::fs;

use super::*;
use crate::export::RootCertificate;
use crate::testing::authority;
use crate::trust::{Outcome, System, find_stores, install, uninstall};

struct Home {
    dir: tempfile::TempDir,
    surroundings: Surroundings,
    root: RootFile,
}

impl Home {
    /// A home with nothing in it, in a file tree with nothing in it.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("home");
        fs::create_dir_all(&home).unwrap();
        let certificate = RootCertificate::parse(authority("Our Root").certificate().clone()).unwrap();
        let path = dir.path().join("root.pem");
        fs::write(&path, certificate.to_pem()).unwrap();
        Self {
            surroundings: Surroundings {
                system: System::Linux,
                top: dir.path().join("top"),
                config_home: Some(home.join(".config")),
                data_home: Some(home.join(".local/share")),
                home: Some(home),
                java_home: None,
                jdk_password: None,
                path: vec!["/usr/bin".into()],
            },
            dir,
            root: RootFile { certificate, path },
        }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join("home").join(path)
    }

    /// Runs the real certutil on a database, which is made where it isn't there.
    fn certutil(&self, database: &str, arguments: &[&str]) -> String {
        let folder = self.at(database);
        let mut of = OsString::from("sql:");
        of.push(&folder);
        let certutil = || Command::new("certutil").arg("-d").arg(&of);
        if !folder.join(DATABASE_FILE).exists() {
            fs::create_dir_all(&folder).unwrap();
            certutil()
                .args(["-N", "--empty-password"])
                .run()
                .expect("this test needs certutil: apt-get install libnss3-tools");
        }
        certutil().args(arguments).run().unwrap()
    }

    fn stores(&self) -> Vec<Box<dyn TrustStore>> {
        let found = find_stores(&self.surroundings, Path::new("notes"));
        assert_eq!(found.passed_over, []);
        found.stores
    }
}

fn always() -> bool {
    true
}

#[test]
fn every_place_of_a_profile_is_found() {
    let home = Home::new();
    let firefoxes = [
        ".mozilla/firefox",
        "snap/firefox/common/.mozilla/firefox",
        ".var/app/org.mozilla.firefox/.mozilla/firefox",
        ".config/mozilla/firefox",
    ];
    for place in firefoxes {
        home.certutil(&format!("{place}/ab12.default"), &["-L"]);
        let ini = "[Profile0]\nName=default\nIsRelative=1\nPath=ab12.default\n\n[Profile1]\nName=never started\nPath=cd\n";
        fs::write(home.at(place).join("profiles.ini"), ini).unwrap();
    }
    for place in [".pki/nssdb", "snap/chromium/current/.pki/nssdb"] {
        home.certutil(place, &["-L"]);
    }
    let told: Vec<String> = home
        .stores()
        .iter()
        .map(|store| format!("{}: {}", store.kind().as_str(), store.title()))
        .collect();
    assert_eq!(
        told,
        [
            "chromium: Chromium, Chrome, Edge, Brave",
            "chromium: Chromium (snap)",
            "firefox: Firefox, profile default",
            "firefox: Firefox (snap), profile default",
            "firefox: Firefox (Flatpak), profile default",
            "firefox: Firefox, profile default",
        ]
    );
}

#[test]
fn the_root_goes_in_is_trusted_and_leaves_the_others() {
    let home = Home::new();
    let other = home.dir.path().join("other.pem");
    let theirs = RootCertificate::parse(authority("Theirs").certificate().clone()).unwrap();
    fs::write(&other, theirs.to_pem()).unwrap();
    let add = [
        "-A",
        "-n",
        "company root",
        "-t",
        "CT,C,c",
        "-i",
        other.to_str().unwrap(),
    ];
    home.certutil(".pki/nssdb", &add);
    let before = home.certutil(".pki/nssdb", &["-L"]);
    let store = home.stores().remove(0);
    assert_eq!(store.look(&home.root).unwrap(), Presence::Absent);

    assert_eq!(install(&*store, &home.root, &always).unwrap(), Outcome::Done);

    let name = home.root.certificate.entry_name();
    let listed = entries(&home.certutil(".pki/nssdb", &["-L"]));
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert!(listed.iter().all(|entry| entry.is_trusted), "{listed:?}");
    assert_eq!(install(&*store, &home.root, &always).unwrap(), Outcome::Already);
    // A person may take the trust away and leave the certificate.
    home.certutil(".pki/nssdb", &["-M", "-n", &name, "-t", ",,"]);
    assert_eq!(
        store.look(&home.root).unwrap(),
        Presence::Unfinished {
            missing: format!("{name} is in the database, but not trusted for servers")
        }
    );
    assert_eq!(install(&*store, &home.root, &always).unwrap(), Outcome::Done);

    assert_eq!(uninstall(&*store, &home.root, &always).unwrap(), Outcome::Done);
    assert_eq!(home.certutil(".pki/nssdb", &["-L"]), before);
}

#[test]
fn a_root_that_somebody_else_put_there_is_left_alone() {
    let home = Home::new();
    let root = home.root.path.to_str().unwrap();
    home.certutil(
        ".pki/nssdb",
        &["-A", "-n", "my own name", "-t", "C,,", "-i", root],
    );
    let store = home.stores().remove(0);
    let not_ours = Outcome::NotOurs {
        under: "my own name".to_owned(),
    };
    assert_eq!(install(&*store, &home.root, &always).unwrap(), not_ours);
    assert_eq!(uninstall(&*store, &home.root, &always).unwrap(), not_ours);
    assert!(home.certutil(".pki/nssdb", &["-L"]).contains("my own name"));
}

/// certutil tells and lists by subject; of two it must be ours that goes.
#[test]
fn of_two_certificates_with_one_subject_ours_alone_goes() {
    let home = Home::new();
    let twin = RootCertificate::parse(authority("Our Root").certificate().clone()).unwrap();
    let other = home.dir.path().join("twin.pem");
    fs::write(&other, twin.to_pem()).unwrap();
    let add = [
        "-A",
        "-n",
        &twin.entry_name(),
        "-t",
        "C,,",
        "-i",
        other.to_str().unwrap(),
    ];
    home.certutil(".pki/nssdb", &add);
    let store = home.stores().remove(0);
    assert_eq!(store.look(&home.root).unwrap(), Presence::Absent);
    assert_eq!(install(&*store, &home.root, &always).unwrap(), Outcome::Done);
    assert_eq!(uninstall(&*store, &home.root, &always).unwrap(), Outcome::Done);
    let left = home.certutil(".pki/nssdb", &["-L", "-a", "-n", &twin.entry_name()]);
    assert_eq!(left.replace('\r', "").trim(), twin.to_pem().trim());
}

#[test]
fn a_database_that_is_not_there_yet_is_made_and_goes_again_where_that_fails() {
    let home = Home::new();
    fs::create_dir_all(home.at(".config/chromium")).unwrap();
    let store = home.stores().remove(0);
    assert_eq!(store.look(&home.root).unwrap(), Presence::Absent);
    let broken = RootFile {
        path: "/nonexistent/root.pem".into(),
        ..home.root.clone()
    };
    let error = install(&*store, &broken, &always).unwrap_err().to_string();
    assert!(error.ends_with("; the store is as it was"), "{error}");
    assert!(!home.at(".pki").exists());

    assert_eq!(install(&*store, &home.root, &always).unwrap(), Outcome::Done);
    assert_eq!(store.look(&home.root).unwrap(), Presence::Installed);
}

#[test]
fn without_certutil_the_package_is_named() {
    let mut home = Home::new();
    home.certutil(".pki/nssdb", &["-L"]);
    home.surroundings.path.clear();
    let found = find_stores(&home.surroundings, Path::new("notes"));
    assert!(found.stores.is_empty());
    assert_eq!(found.passed_over.len(), 1);
    assert!(
        found.passed_over[0]
            .reason
            .starts_with("NSS's certutil is missing: install the package libnss3-tools (Debian, Ubuntu)")
    );
}

#[test]
fn what_certutil_lists_is_read() {
    let listed = "\nCertificate Nickname                                         Trust Attributes\n\
                  \u{20}                                                            SSL,S/MIME,JAR/XPI\n\n\
                  two words, and a comma                                       CT,C,c\nplain     ,,   \nu,u,u u,u,u\n";
    let told: Vec<(String, bool)> = entries(listed)
        .into_iter()
        .map(|entry| (entry.name, entry.is_trusted))
        .collect();
    assert_eq!(
        told,
        [
            ("two words, and a comma".to_owned(), true),
            ("plain".to_owned(), false),
            ("u,u,u".to_owned(), false),
        ]
    );
}
