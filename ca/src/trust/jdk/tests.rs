use std::fs;

use super::*;
use crate::export::RootCertificate;
use crate::testing::authority;
use crate::trust::{Outcome, find_stores, install, uninstall};

/// A JDK of which there is the store alone; the keytool is this machine's.
struct Jdk {
    dir: tempfile::TempDir,
    surroundings: Surroundings,
    root: RootFile,
}

impl Jdk {
    /// None where no JDK is at hand.
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let jdk = dir.path().join("jdk");
        fs::create_dir_all(jdk.join("lib/security")).unwrap();
        let write = |name: &str| {
            let certificate = RootCertificate::parse(authority(name).certificate().clone()).unwrap();
            let path = dir.path().join(format!("{name}.pem"));
            fs::write(&path, certificate.to_pem()).unwrap();
            RootFile { certificate, path }
        };
        let (root, theirs) = (write("Ours"), write("Theirs"));
        let surroundings = Surroundings {
            system: System::Linux,
            top: dir.path().join("top"),
            home: None,
            config_home: None,
            data_home: None,
            java_home: Some(jdk),
            jdk_password: None,
            path: std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect(),
        };
        surroundings.find_program("keytool")?;
        let jdk = Self {
            dir,
            surroundings,
            root,
        };
        jdk.import("theirs", &theirs);
        Some(jdk)
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("jdk/lib/security/cacerts")
    }

    fn import(&self, alias: &str, root: &RootFile) {
        Command::new("keytool")
            .args([
                "-importcert",
                "-noprompt",
                "-storepass",
                PASSWORD,
                "-alias",
                alias,
                "-keystore",
            ])
            .arg(self.file())
            .arg("-file")
            .arg(&root.path)
            .run()
            .unwrap();
    }

    fn store(&self) -> Box<dyn TrustStore> {
        find_stores(&self.surroundings, Path::new("notes"))
            .stores
            .remove(0)
    }
}

fn always() -> bool {
    true
}

/// Where a JDK is at hand.
#[test]
fn the_root_goes_in_and_out_by_the_real_keytool() {
    let Some(jdk) = Jdk::new() else { return };
    let store = jdk.store();
    assert_eq!(install(&*store, &jdk.root, &always).unwrap(), Outcome::Done);
    assert_eq!(install(&*store, &jdk.root, &always).unwrap(), Outcome::Already);
    assert_eq!(uninstall(&*store, &jdk.root, &always).unwrap(), Outcome::Done);
    let listed = Command::new("keytool")
        .args([
            "-J-Duser.language=en",
            "-list",
            "-storepass",
            PASSWORD,
            "-keystore",
        ])
        .arg(jdk.file())
        .run()
        .unwrap();
    let aliases: Vec<&str> = entries(&listed).map(|(alias, _)| alias).collect();
    assert_eq!(aliases, ["theirs"]);
}

/// Where a JDK is at hand.
#[test]
fn names_of_others_are_left_alone_and_debians_copy_of_ours_goes() {
    let Some(jdk) = Jdk::new() else { return };
    let store = jdk.store();
    jdk.import("mine", &jdk.root);
    let not_ours = Outcome::NotOurs { under: "mine".into() };
    assert_eq!(uninstall(&*store, &jdk.root, &always).unwrap(), not_ours);
    jdk.import(
        &format!("debian:{}.pem", jdk.root.certificate.entry_name()),
        &jdk.root,
    );
    assert_eq!(uninstall(&*store, &jdk.root, &always).unwrap(), Outcome::Done);
    assert_eq!(
        store.look(&jdk.root).unwrap(),
        Presence::Foreign { under: "mine".into() }
    );
}

/// Where a JDK is at hand.
#[test]
fn a_failed_import_leaves_the_store_as_it_was() {
    let Some(jdk) = Jdk::new() else { return };
    let before = fs::read(jdk.file()).unwrap();
    let broken = RootFile {
        path: "/nonexistent/root.pem".into(),
        ..jdk.root.clone()
    };
    let error = install(&*jdk.store(), &broken, &always).unwrap_err().to_string();
    assert!(error.ends_with("; the store is as it was"), "{error}");
    assert_eq!(fs::read(jdk.file()).unwrap(), before);
}

/// Where a JDK is at hand.
#[test]
fn a_store_with_another_password_is_told_and_changed_with_it() {
    let Some(mut jdk) = Jdk::new() else { return };
    Command::new("keytool")
        .args([
            "-storepasswd",
            "-storepass",
            PASSWORD,
            "-new",
            "its own",
            "-keystore",
        ])
        .arg(jdk.file())
        .run()
        .unwrap();
    let error = jdk.store().look(&jdk.root).unwrap_err().to_string();
    assert_eq!(
        error,
        "its password is not changeit, which JDKs come with: say it with `--jdk-password PASSWORD`, or in \
         HANDLENS_JDK_PASSWORD"
    );
    jdk.surroundings.jdk_password = Some("another".into());
    let error = jdk.store().look(&jdk.root).unwrap_err().to_string();
    assert!(
        error.starts_with("its password is not the one that was said, nor the usual one: "),
        "{error}"
    );

    jdk.surroundings.jdk_password = Some("its own".into());
    let store = jdk.store();
    assert_eq!(store.look(&jdk.root).unwrap(), Presence::Absent);
    let told = store.steps_in(&jdk.root)[0].to_string();
    assert!(told.contains("-storepass:env HANDLENS_JDK_PASSWORD"), "{told}");
    assert!(!told.contains("its own"), "{told}");
    assert_eq!(install(&*store, &jdk.root, &always).unwrap(), Outcome::Done);
    assert_eq!(uninstall(&*store, &jdk.root, &always).unwrap(), Outcome::Done);
    assert_eq!(store.look(&jdk.root).unwrap(), Presence::Absent);
}

/// Where a JDK is at hand.
#[test]
fn a_store_with_the_usual_password_needs_no_other() {
    let Some(mut jdk) = Jdk::new() else { return };
    jdk.surroundings.jdk_password = Some("that of another JDK".into());
    let store = jdk.store();
    assert_eq!(install(&*store, &jdk.root, &always).unwrap(), Outcome::Done);
    assert_eq!(uninstall(&*store, &jdk.root, &always).unwrap(), Outcome::Done);
}

#[test]
fn a_store_that_is_made_of_the_systems_is_not_ours_to_change() {
    let dir = tempfile::tempdir().unwrap();
    let extracted = dir.path().join("etc/pki/ca-trust/extracted/java");
    let jdk = dir.path().join("usr/lib/jvm/java-21/lib/security");
    fs::create_dir_all(&extracted).unwrap();
    fs::create_dir_all(&jdk).unwrap();
    fs::write(extracted.join("cacerts"), "").unwrap();
    std::os::unix::fs::symlink(extracted.join("cacerts"), jdk.join("cacerts")).unwrap();
    let surroundings = Surroundings {
        system: System::Linux,
        top: dir.path().to_owned(),
        home: None,
        config_home: None,
        data_home: None,
        java_home: None,
        jdk_password: None,
        path: Vec::new(),
    };
    let found = find_stores(&surroundings, Path::new("notes"));
    assert!(found.stores.is_empty());
    assert_eq!(
        found.passed_over[0].reason,
        "it is made of the system's store, and follows that"
    );
}

#[test]
fn what_keytool_lists_is_read() {
    let listed = "Keystore type: PKCS12\nKeystore provider: SUN\n\nYour keystore contains 2 entries\n\n\
                  debian:a_b.pem, Nov 21, 2026, trustedCertEntry, \n\
                  Certificate fingerprint (SHA-256): 0A:FF\nkey, Nov 21, 2026, PrivateKeyEntry, \n\
                  Certificate fingerprint (SHA-256): 01:02\n";
    let told: Vec<_> = entries(listed).collect();
    assert_eq!(
        told,
        [("debian:a_b.pem", "0aff".to_owned()), ("key", "0102".to_owned())]
    );
}
