//! A database of NSS, in which Chromium and Firefox keep roots, changed by NSS's own `certutil`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::command::{Command, CommandError};
use super::find::{Found, Missing};
use super::steps::Step;
use super::store::{ChangeError, LookError, Presence, RootFile, StoreKind, TrustStore, install};
use super::surroundings::Surroundings;

/// The file that every database has.
pub(super) const DATABASE_FILE: &str = "cert9.db";
/// Trusted to issue certificates of servers, and for nothing else.
const TRUST: &str = "C,,";
/// Entries of others that are looked at, to find the root under another name.
const MAX_OTHERS: usize = 200;

/// A database, there or to be made.
pub(super) struct NssDatabase {
    pub(super) kind: StoreKind,
    pub(super) title: String,
    pub(super) folder: PathBuf,
    pub(super) certutil: PathBuf,
}

/// Adds the databases that there are, or says what is missing to deal with them.
pub(super) fn add(
    kind: StoreKind,
    databases: Vec<(String, PathBuf)>,
    surroundings: &Surroundings,
    found: &mut Found,
) {
    let certutil = surroundings.find_program("certutil");
    for (title, folder) in databases {
        match &certutil {
            Some(certutil) => found.stores.push(Box::new(NssDatabase {
                kind,
                title,
                folder,
                certutil: certutil.clone(),
            })),
            None => found.passed_over.push(Missing {
                kind,
                title,
                place: folder,
                reason: NO_CERTUTIL.to_owned(),
            }),
        }
    }
}

/// Why no database was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MakeDatabaseError {
    /// There is nothing to make it with.
    #[error("{NO_CERTUTIL}")]
    NoCertutil,
    /// It failed.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

const NO_CERTUTIL: &str = "NSS's certutil is missing: install the package libnss3-tools (Debian, Ubuntu), nss-tools \
                           (Fedora), nss (Arch) or mozilla-nss-tools (SUSE)";

/// Makes a database that trusts the root, in a folder of its own. It need not be there yet.
///
/// # Errors
/// When there is no certutil, or it fails.
pub fn make_nss_database(
    folder: &Path,
    root: &RootFile,
    surroundings: &Surroundings,
) -> Result<(), MakeDatabaseError> {
    let certutil = surroundings
        .find_program("certutil")
        .ok_or(MakeDatabaseError::NoCertutil)?;
    let database = NssDatabase {
        kind: StoreKind::Firefox,
        title: folder.display().to_string(),
        folder: folder.to_owned(),
        certutil,
    };
    install(&database, root, &|| true)?;
    Ok(())
}

/// An entry as it is listed.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    name: String,
    is_trusted: bool,
}

impl NssDatabase {
    /// What `certutil` wants to be told of the database.
    fn argument(&self) -> OsString {
        let mut argument = OsString::from("sql:");
        argument.push(&self.folder);
        argument
    }

    fn certutil(&self) -> Command {
        Command::new(&self.certutil).arg("-d").arg(self.argument())
    }

    fn is_there(&self) -> bool {
        self.folder.join(DATABASE_FILE).exists()
    }

    /// The certificate under this name. Of several with one subject it is the first that is told.
    fn certificate(&self, name: &str) -> Result<Option<CertificateDer<'static>>, CommandError> {
        match self.certutil().args(["-L", "-a", "-n", name]).run() {
            Ok(pem) => Ok(CertificateDer::pem_slice_iter(pem.as_bytes()).find_map(Result::ok)),
            Err(error) if error.said().contains("Could not find cert") => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn add_command(&self, root: &RootFile) -> Command {
        let name = root.certificate.entry_name();
        self.certutil()
            .args(["-A", "-t", TRUST, "-n", &name, "-i"])
            .arg(&root.path)
    }

    fn delete_command(&self, root: &RootFile) -> Command {
        self.certutil().args(["-D", "-n", &root.certificate.entry_name()])
    }
}

impl TrustStore for NssDatabase {
    fn kind(&self) -> StoreKind {
        self.kind
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn place(&self) -> &Path {
        &self.folder
    }

    fn look(&self, root: &RootFile) -> Result<Presence, LookError> {
        if !self.is_there() {
            return Ok(Presence::Absent);
        }
        let own = root.certificate.entry_name();
        let entries = entries(&self.certutil().arg("-L").run()?);
        if self.certificate(&own)?.as_ref() == Some(root.certificate.der()) {
            let is_trusted = entries.iter().any(|entry| entry.name == own && entry.is_trusted);
            return Ok(if is_trusted {
                Presence::Installed
            } else {
                Presence::Unfinished {
                    missing: format!("{own} is in the database, but not trusted for servers"),
                }
            });
        }
        // Among the thousands that Firefox may remember, those that a person trusts are few.
        let others = entries
            .into_iter()
            .filter(|entry| entry.is_trusted && entry.name != own);
        for entry in others.take(MAX_OTHERS) {
            if self.certificate(&entry.name)?.as_ref() == Some(root.certificate.der()) {
                return Ok(Presence::Foreign { under: entry.name });
            }
        }
        Ok(Presence::Absent)
    }

    fn steps_in(&self, root: &RootFile) -> Vec<Step> {
        let mut steps = Vec::new();
        if !self.is_there() {
            if !self.folder.exists() {
                steps.push(Step::MakeFolder {
                    path: self.folder.clone(),
                    private: true,
                });
            }
            steps.push(Step::Run {
                command: self.certutil().args(["-N", "--empty-password"]),
                undo: None,
            });
        }
        steps.push(Step::Run {
            command: self.add_command(root),
            undo: Some(self.delete_command(root)),
        });
        steps
    }

    fn steps_out(&self, root: &RootFile) -> Vec<Step> {
        vec![Step::Run {
            command: self.delete_command(root),
            undo: Some(self.add_command(root)),
        }]
    }
}

/// What `certutil -L` lists: a name, blanks, and three sets of letters. `C` or `T` in the first set is trust for servers'
/// or clients' issuers.
fn entries(listed: &str) -> Vec<Entry> {
    listed
        .lines()
        .filter_map(|line| {
            let (name, trust) = line.trim_end().rsplit_once(char::is_whitespace)?;
            let sets: Vec<&str> = trust.split(',').collect();
            let is_trust = sets.len() == 3
                && sets
                    .iter()
                    .all(|set| set.chars().all(|c| c.is_ascii_alphabetic()));
            // The heading has more words than one behind the last wide gap.
            let is_heading = trust == "SSL,S/MIME,JAR/XPI" || trust == "Attributes";
            (is_trust && !is_heading).then(|| Entry {
                name: name.trim().to_owned(),
                is_trusted: sets[0].contains('C'),
            })
        })
        .collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
