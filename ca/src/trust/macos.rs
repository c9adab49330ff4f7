//! macOS: the person's own keychain, changed by `security`. It asks for the person's password by itself.

use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::command::{Command, CommandError};
use super::find::Found;
use super::noted::Noted;
use super::steps::Step;
use super::store::{LookError, Presence, RootFile, StoreKind, TrustStore};
use super::surroundings::Surroundings;
use crate::encode::hex;

struct Keychain {
    file: PathBuf,
}

pub(super) fn find(surroundings: &Surroundings, notes: &Path, found: &mut Found) {
    if let Some(home) = &surroundings.home {
        let file = home.join("Library/Keychains/login.keychain-db");
        found.stores.push(Box::new(Noted {
            store: Keychain { file },
            notes: notes.to_owned(),
        }));
    }
}

fn security() -> Command {
    Command::new("/usr/bin/security")
}

impl Keychain {
    fn find_command(&self, root: &RootFile) -> Command {
        let find = security().args(["find-certificate", "-a", "-p"]);
        match root.certificate.common_name() {
            "" => find,
            name => find.args(["-c", name]),
        }
        .arg(&self.file)
    }

    fn add_command(&self, root: &RootFile) -> Command {
        security()
            .args([
                "add-trusted-cert",
                "-r",
                "trustRoot",
                "-p",
                "ssl",
                "-p",
                "basic",
                "-k",
            ])
            .arg(&self.file)
            .arg(&root.path)
    }

    fn distrust_command(root: &RootFile) -> Command {
        security().arg("remove-trusted-cert").arg(&root.path)
    }

    /// By its hash. There SHA-1 is a name; that it names the right one was seen before.
    fn delete_command(&self, root: &RootFile) -> Command {
        security()
            .args(["delete-certificate", "-Z"])
            .arg(hex(&root.certificate.sha1()).to_uppercase())
            .arg(&self.file)
    }
}

/// It does not tell who put a certificate there.
impl TrustStore for Keychain {
    fn kind(&self) -> StoreKind {
        StoreKind::System
    }

    fn title(&self) -> String {
        "your login keychain".to_owned()
    }

    fn place(&self) -> &Path {
        &self.file
    }

    fn look(&self, root: &RootFile) -> Result<Presence, LookError> {
        let found = match self.find_command(root).run() {
            Ok(pem) => pem,
            Err(error) if error.said().contains("could not be found") => String::new(),
            Err(error) => return Err(error.into()),
        };
        if !holds(&found, root.certificate.der()) {
            return Ok(Presence::Absent);
        }
        let settings = match security().arg("dump-trust-settings").run() {
            Ok(settings) => settings,
            Err(error @ CommandError::Failed { .. }) if error.said().contains("No Trust Settings") => {
                String::new()
            }
            Err(error) => return Err(error.into()),
        };
        Ok(if has_settings(&settings, root.certificate.common_name()) {
            Presence::Installed
        } else {
            Presence::Unfinished {
                missing: "it is in the keychain, but not trusted".to_owned(),
            }
        })
    }

    fn steps_in(&self, root: &RootFile) -> Vec<Step> {
        vec![Step::Run {
            command: self.add_command(root),
            undo: Some(self.delete_command(root)),
        }]
    }

    fn steps_out(&self, root: &RootFile) -> Vec<Step> {
        let add = self.add_command(root);
        [Self::distrust_command(root), self.delete_command(root)]
            .map(|command| Step::Run {
                command,
                undo: Some(add.clone()),
            })
            .into()
    }
}

fn holds(pem: &str, der: &CertificateDer<'_>) -> bool {
    CertificateDer::pem_slice_iter(pem.as_bytes()).any(|found| found.is_ok_and(|found| found == *der))
}

/// ```text
/// Number of trusted certs = 1
/// Cert 0: Handlens on laptop (3fa94c01)
///    Number of trust settings : 2
/// ```
fn has_settings(dumped: &str, common_name: &str) -> bool {
    dumped.lines().any(|line| {
        line.strip_prefix("Cert ")
            .and_then(|rest| rest.split_once(": "))
            .is_some_and(|(_, name)| name.trim() == common_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RootCertificate;
    use crate::testing::authority;

    #[test]
    fn the_commands_name_the_keychain_and_the_certificates_hash() {
        let certificate = RootCertificate::parse(authority("Lab Root").certificate().clone()).unwrap();
        let sha1 = hex(&certificate.sha1()).to_uppercase();
        let path = PathBuf::from("/data/root.pem");
        let root = RootFile { certificate, path };
        let keychain = Keychain {
            file: "/Users/ada/login.keychain-db".into(),
        };
        let told = |steps: Vec<Step>| steps.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            keychain.find_command(&root).to_string(),
            "/usr/bin/security find-certificate -a -p -c 'Lab Root' /Users/ada/login.keychain-db"
        );
        assert_eq!(
            told(keychain.steps_in(&root)),
            [
                "run /usr/bin/security add-trusted-cert -r trustRoot -p ssl -p basic -k \
              /Users/ada/login.keychain-db /data/root.pem"
            ]
        );
        assert_eq!(
            told(keychain.steps_out(&root)),
            [
                "run /usr/bin/security remove-trusted-cert /data/root.pem".to_owned(),
                format!("run /usr/bin/security delete-certificate -Z {sha1} /Users/ada/login.keychain-db"),
            ]
        );
    }

    #[test]
    fn what_security_says_is_read() {
        let root = RootCertificate::parse(authority("Lab Root").certificate().clone()).unwrap();
        let other = RootCertificate::parse(authority("Lab Root").certificate().clone()).unwrap();
        assert!(holds(&format!("{}{}", other.to_pem(), root.to_pem()), root.der()));
        assert!(
            !holds(&other.to_pem(), root.der()),
            "one name, another certificate"
        );
        let dumped = "Number of trusted certs = 1\nCert 0: Lab Root\n   Number of trust settings : 2\n";
        assert!(has_settings(dumped, "Lab Root"));
        assert!(!has_settings(dumped, "Lab"));
    }
}
