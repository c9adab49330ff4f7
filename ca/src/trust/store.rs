//! A trust store, and how our root gets into it and out again.

use std::path::{Path, PathBuf};

use super::command::CommandError;
use super::steps::{Journal, Step, StepError, take};
use super::{BundleError, RootCertificate};

/// One place that programs read roots from.
pub trait TrustStore {
    /// Of which kind it is.
    fn kind(&self) -> StoreKind;

    /// What it is, for a person.
    fn title(&self) -> String;

    /// Its file, folder or database.
    fn place(&self) -> &Path;

    /// Looks whether the root is in it, by the whole certificate and not by a name.
    ///
    /// # Errors
    /// When the store can't be read.
    fn look(&self, root: &RootFile) -> Result<Presence, LookError>;

    /// What puts the root into it.
    fn steps_in(&self, root: &RootFile) -> Vec<Step>;

    /// What takes the root out of it again, and touches nothing else.
    fn steps_out(&self, root: &RootFile) -> Vec<Step>;

    /// Whether changing it takes rights that this process lacks.
    fn needs_root(&self) -> bool {
        !may_write(self.place())
    }
}

/// The kinds of stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreKind {
    /// The operating system's.
    System,
    /// Chromium's, Chrome's, Edge's and Brave's.
    Chromium,
    /// Those of Firefox's profiles.
    Firefox,
    /// Those of Java's.
    Java,
}

impl StoreKind {
    /// Its name on a command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Java => "java",
        }
    }
}

/// A root, and the PEM file that holds it first of all.
#[derive(Clone, Debug)]
pub struct RootFile {
    /// The root.
    pub certificate: RootCertificate,
    /// The file, for programs that read one. Absolute.
    pub path: PathBuf,
}

/// Whether the root is in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It isn't.
    Absent,
    /// It is, and was put there by [`install`].
    Installed,
    /// It is, and somebody else put it there.
    Foreign {
        /// Where or under which name.
        under: String,
    },
    /// It was put there in part.
    Unfinished {
        /// What is missing.
        missing: String,
    },
}

/// Why a store could not be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LookError {
    /// A program failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A file can't be read.
    #[error(transparent)]
    File(#[from] BundleError),
    /// A JDK's store has another password.
    #[error(
        "its password is not {}: say it with `--jdk-password PASSWORD`, or in HANDLENS_JDK_PASSWORD",
        if *is_told { "the one that was said, nor the usual one" } else { "changeit, which JDKs come with" }
    )]
    Password {
        /// Another than the usual one was tried.
        is_told: bool,
    },
}

/// What [`install`] or [`uninstall`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What was asked, and it was seen to be so.
    Done,
    /// Nothing: it was so already.
    Already,
    /// Nothing: the root is there, but was not put there by us.
    NotOurs {
        /// Where or under which name.
        under: String,
    },
}

/// Why a store was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// It can't be looked at.
    #[error(transparent)]
    Look(#[from] LookError),
    /// A step failed.
    #[error("{cause}; {}", undone(.left))]
    Step {
        /// Which, and why.
        cause: StepError,
        /// What could not be undone.
        left: Vec<String>,
    },
    /// All steps went well, and the store can't be looked at any more.
    #[error("{cause}; {}", undone(.left))]
    Unseen {
        /// Why not.
        cause: LookError,
        /// What could not be undone.
        left: Vec<String>,
    },
    /// All steps went well, and the store does not show it.
    #[error("every step went well, but the root is {found}; {}", undone(.left))]
    NotSeen {
        /// What was seen instead.
        found: &'static str,
        /// What could not be undone.
        left: Vec<String>,
    },
}

fn undone(left: &[String]) -> String {
    if left.is_empty() {
        "the store is as it was".to_owned()
    } else {
        format!("and not all of it could be undone: {}", left.join("; "))
    }
}

/// Puts the root into the store, and looks again. Where that fails, or `go_on` no longer holds, the store is put back
/// as it was.
///
/// # Errors
/// When the root is not in the store afterwards.
pub fn install(
    store: &dyn TrustStore,
    root: &RootFile,
    go_on: &dyn Fn() -> bool,
) -> Result<Outcome, ChangeError> {
    match store.look(root)? {
        Presence::Installed => return Ok(Outcome::Already),
        Presence::Foreign { under } => return Ok(Outcome::NotOurs { under }),
        Presence::Absent | Presence::Unfinished { .. } => {}
    }
    change(store, root, &store.steps_in(root), go_on, |seen| match seen {
        Presence::Installed => None,
        Presence::Unfinished { .. } => Some("not trusted"),
        Presence::Absent | Presence::Foreign { .. } => Some("not there"),
    })
}

/// Takes the root out of the store, and looks again. Where that fails, or `go_on` no longer holds, the store is put
/// back as it was. What [`install`] did not put there is left alone.
///
/// # Errors
/// When what we installed is still in the store.
pub fn uninstall(
    store: &dyn TrustStore,
    root: &RootFile,
    go_on: &dyn Fn() -> bool,
) -> Result<Outcome, ChangeError> {
    match store.look(root)? {
        Presence::Absent => return Ok(Outcome::Already),
        Presence::Foreign { under } => return Ok(Outcome::NotOurs { under }),
        Presence::Installed | Presence::Unfinished { .. } => {}
    }
    change(store, root, &store.steps_out(root), go_on, |seen| match seen {
        Presence::Installed | Presence::Unfinished { .. } => Some("still there"),
        Presence::Absent | Presence::Foreign { .. } => None,
    })
}

fn change(
    store: &dyn TrustStore,
    root: &RootFile,
    steps: &[Step],
    go_on: &dyn Fn() -> bool,
    fault: impl Fn(&Presence) -> Option<&'static str>,
) -> Result<Outcome, ChangeError> {
    let mut journal = Journal::default();
    if let Err(cause) = take(steps, &mut journal, go_on) {
        let left = journal.roll_back();
        return Err(ChangeError::Step { cause, left });
    }
    let seen = match store.look(root) {
        Ok(seen) => seen,
        Err(cause) => {
            let left = journal.roll_back();
            return Err(ChangeError::Unseen { cause, left });
        }
    };
    match fault(&seen) {
        None => Ok(Outcome::Done),
        Some(found) => {
            let left = journal.roll_back();
            Err(ChangeError::NotSeen { found, left })
        }
    }
}

/// Whether this process may change what is at `path`, or make it.
fn may_write(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use rustix::fs::{Access, access};
        let nearest = path.ancestors().find(|above| above.exists());
        nearest.is_some_and(|nearest| access(nearest, Access::WRITE_OK).is_ok())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        true
    }
}
