//! The trust store of a JDK, `cacerts`, changed by its `keytool`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::JAVA_TRUST_STORE_PASSWORD as PASSWORD;
use super::command::{Command, CommandError};
use super::find::{Found, Missing};
use super::steps::Step;
use super::store::{LookError, Presence, RootFile, StoreKind, TrustStore};
use super::surroundings::{Surroundings, System};
use crate::encode::hex;

/// Where JDKs lie in the file tree, one a folder.
const SYSTEMS: &[&str] = &["/usr/lib/jvm", "/usr/java", "/opt/java"];
/// Where they lie below the home.
const PERSONS: &[&str] = &[".sdkman/candidates/java", ".jdks"];
/// Where the store lies in a JDK, and in an old one.
const STORES: &[&str] = &["lib/security/cacerts", "jre/lib/security/cacerts"];

struct Cacerts {
    title: String,
    /// The file itself, behind all links.
    file: PathBuf,
    keytool: PathBuf,
    /// The password that the person said, for stores where it isn't the usual one.
    told: Option<OsString>,
    /// Whether this store is one of those, once it was looked at.
    has_its_own: OnceLock<bool>,
}

/// The variable in which keytool is told another password than the usual.
const VARIABLE: &str = "HANDLENS_JDK_PASSWORD";

pub(super) fn find(surroundings: &Surroundings, found: &mut Found) {
    let mut known: Vec<PathBuf> = Vec::new();
    for jdk in jdks(surroundings) {
        let file = STORES
            .iter()
            .find_map(|store| jdk.join(store).canonicalize().ok());
        let Some(file) = file.filter(|file| !known.contains(file)) else {
            continue;
        };
        known.push(file.clone());
        let title = format!("Java ({})", jdk.display());
        let own = Some(jdk.join("bin/keytool")).filter(|keytool| keytool.is_file());
        let reason = match own.or_else(|| surroundings.find_program("keytool")) {
            _ if is_extracted(&file) => "it is made of the system's store, and follows that",
            Some(keytool) => {
                found.stores.push(Box::new(Cacerts {
                    title,
                    file,
                    keytool,
                    told: surroundings.jdk_password.clone(),
                    has_its_own: OnceLock::new(),
                }));
                continue;
            }
            None => "keytool is missing: install a JDK, or a JRE that has it",
        };
        found.passed_over.push(Missing {
            kind: StoreKind::Java,
            title,
            place: file,
            reason: reason.to_owned(),
        });
    }
}

/// Stores that Fedora, Arch and SUSE make anew with every change of the system's.
fn is_extracted(file: &Path) -> bool {
    let path = file.to_string_lossy();
    [
        "/ca-trust/extracted/",
        "/etc/ca-certificates/extracted/",
        "/var/lib/ca-certificates/",
    ]
    .iter()
    .any(|part| path.contains(part))
}

fn jdks(surroundings: &Surroundings) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = SYSTEMS.iter().map(|path| surroundings.at(path)).collect();
    if let Some(home) = &surroundings.home {
        folders.extend(PERSONS.iter().map(|path| home.join(path)));
    }
    let mut below = None;
    if surroundings.system == System::MacOs {
        folders = vec![surroundings.at("/Library/Java/JavaVirtualMachines")];
        below = Some("Contents/Home");
    }
    let mut jdks: Vec<PathBuf> = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flat_map(|entries| entries.filter_map(Result::ok))
        .map(|entry| match below {
            Some(below) => entry.path().join(below),
            None => entry.path(),
        })
        .collect();
    jdks.sort();
    surroundings.java_home.iter().cloned().chain(jdks).collect()
}

impl Cacerts {
    fn keytool(&self, verb: &str) -> Command {
        let has_its_own = self.has_its_own.get().copied().unwrap_or(false);
        self.keytool_with(verb, self.told.as_ref().filter(|_| has_its_own))
    }

    fn keytool_with(&self, verb: &str, password: Option<&OsString>) -> Command {
        let keytool = Command::new(&self.keytool).args(["-J-Duser.language=en", verb]);
        let keytool = match password {
            None => keytool.args(["-storepass", PASSWORD]),
            // Not among the arguments, which everybody on the machine can read.
            Some(password) => keytool
                .args(["-storepass:env", VARIABLE])
                .secret(VARIABLE, password),
        };
        keytool.arg("-keystore").arg(&self.file)
    }

    /// What is in the store. One machine's JDKs can have different passwords, so the usual one is tried first.
    fn list(&self) -> Result<String, LookError> {
        let listed = self.keytool("-list").run();
        let (Err(error), Some(password)) = (&listed, &self.told) else {
            return listed.map_err(|error| self.explain(error));
        };
        if !is_wrong_password(error) {
            return Ok(listed?);
        }
        let listed = self.keytool_with("-list", Some(password)).run();
        if listed.is_ok() {
            let _ = self.has_its_own.set(true);
        }
        listed.map_err(|error| self.explain(error))
    }

    /// Of all that keytool fails for a person can mend this one here.
    fn explain(&self, error: CommandError) -> LookError {
        match is_wrong_password(&error) {
            true => LookError::Password {
                is_told: self.told.is_some(),
            },
            false => error.into(),
        }
    }

    /// The names under which the root is there.
    fn aliases(&self, root: &RootFile) -> Result<Vec<String>, LookError> {
        let listed = self.list()?;
        let fingerprint = hex(&root.certificate.sha256());
        let with_it = entries(&listed).filter(|(_, found)| *found == fingerprint);
        Ok(with_it.map(|(alias, _)| alias.to_owned()).collect())
    }
}

/// It has said the same since Java 6.
fn is_wrong_password(error: &CommandError) -> bool {
    error.said().contains("password was incorrect")
}

/// Our own name, and what Debian's packages call the file that we put into the system's store: they add to the store
/// of the JDK what was added there, and leave it there when it goes.
fn is_ours(alias: &str, root: &RootFile) -> bool {
    let own = root.certificate.entry_name();
    alias == own || alias == format!("debian:{own}.pem")
}

impl TrustStore for Cacerts {
    fn kind(&self) -> StoreKind {
        StoreKind::Java
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn place(&self) -> &Path {
        &self.file
    }

    fn look(&self, root: &RootFile) -> Result<Presence, LookError> {
        let aliases = self.aliases(root)?;
        Ok(match aliases.iter().find(|alias| is_ours(alias, root)) {
            Some(_) => Presence::Installed,
            None => match aliases.into_iter().next() {
                Some(under) => Presence::Foreign { under },
                None => Presence::Absent,
            },
        })
    }

    fn steps_in(&self, root: &RootFile) -> Vec<Step> {
        let import = self
            .keytool("-importcert")
            .args(["-noprompt", "-alias", &root.certificate.entry_name(), "-file"])
            .arg(&root.path);
        vec![Step::Edit {
            file: self.file.clone(),
            command: import,
        }]
    }

    fn steps_out(&self, root: &RootFile) -> Vec<Step> {
        let aliases = self.aliases(root).unwrap_or_default();
        let ours = aliases.iter().filter(|alias| is_ours(alias, root));
        ours.map(|alias| Step::Edit {
            file: self.file.clone(),
            command: self.keytool("-delete").args(["-alias", alias]),
        })
        .collect()
    }
}

/// ```text
/// handlens-3fa94c01, Nov 21, 2026, trustedCertEntry,
/// Certificate fingerprint (SHA-256): 3F:A9:...
/// ```
/// The alias and the fingerprint in lower case, without colons.
fn entries(listed: &str) -> impl Iterator<Item = (&str, String)> {
    let mut alias = None;
    listed.lines().filter_map(move |line| {
        if let Some((_, fingerprint)) = line.split_once("(SHA-256): ") {
            let fingerprint = fingerprint.trim().replace(':', "").to_lowercase();
            return Some((alias.take()?, fingerprint));
        }
        if line.contains("Entry,") {
            alias = line.split(',').next().map(str::trim);
        }
        None
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
