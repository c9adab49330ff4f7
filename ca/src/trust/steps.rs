//! The steps by which a trust store is changed: told first, then taken in order, and undone where one of them fails.

use std::fmt;
use std::fs::{self, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use super::bundle::{BundleError, replace};
use super::command::{Command, CommandError};

/// One step. As text it says what it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A folder that isn't there is made, and those above it.
    MakeFolder {
        /// The folder.
        path: PathBuf,
        /// Its owner alone may look into it.
        private: bool,
    },
    /// A file is written.
    Write {
        /// The file.
        path: PathBuf,
        /// What it is to hold.
        contents: Vec<u8>,
    },
    /// A file is removed.
    Remove(PathBuf),
    /// A program makes the store anew of its files. It is run again after those were put back.
    Refresh(Command),
    /// A program changes the store.
    Run {
        /// What changes it.
        command: Command,
        /// What changes it back.
        undo: Option<Command>,
    },
    /// A program changes a file, which is put back as it was where a later step fails.
    Edit {
        /// The file.
        file: PathBuf,
        /// What changes it.
        command: Command,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MakeFolder { path, .. } => write!(f, "make the folder {}", path.display()),
            Self::Write { path, .. } => write!(f, "write {}", path.display()),
            Self::Remove(path) => write!(f, "remove {}", path.display()),
            Self::Refresh(command) | Self::Run { command, .. } | Self::Edit { command, .. } => {
                write!(f, "run {command}")
            }
        }
    }
}

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// A file or a folder can't be changed.
    #[error("{} can't be changed: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A program failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The person asked to stop.
    #[error("it was interrupted")]
    Interrupted,
}

/// The way back from what was done.
#[derive(Debug, Default)]
pub(super) struct Journal(Vec<Undo>);

#[derive(Debug)]
enum Undo {
    RemoveFolder(PathBuf),
    Restore {
        path: PathBuf,
        /// What was there, if anything was.
        before: Option<(Vec<u8>, Permissions)>,
    },
    Run(Command),
    Refresh(Command),
}

/// Takes the steps in order, as long as `go_on` says so. The journal then knows what was done, also where a step failed.
pub(super) fn take(steps: &[Step], journal: &mut Journal, go_on: &dyn Fn() -> bool) -> Result<(), StepError> {
    for step in steps {
        if !go_on() {
            return Err(StepError::Interrupted);
        }
        journal.take(step)?;
    }
    if go_on() {
        Ok(())
    } else {
        Err(StepError::Interrupted)
    }
}

impl Journal {
    fn take(&mut self, step: &Step) -> Result<(), StepError> {
        match step {
            Step::MakeFolder { path, private } => self.make_folder(path, *private),
            Step::Write { path, contents } => {
                self.keep(path)?;
                replace(path, contents).map_err(|error| StepError::File {
                    path: path.clone(),
                    source: match error {
                        BundleError::Write { source, .. } => source,
                        other => io::Error::other(other),
                    },
                })
            }
            Step::Remove(path) => {
                self.keep(path)?;
                fs::remove_file(path).map_err(|source| failed(path, source))
            }
            // What fails half way has to be run again, so it is noted first.
            Step::Refresh(command) => {
                self.0.push(Undo::Refresh(command.clone()));
                command.run().map(drop).map_err(StepError::from)
            }
            Step::Run { command, undo } => {
                command.run()?;
                self.0.extend(undo.clone().map(Undo::Run));
                Ok(())
            }
            Step::Edit { file, command } => {
                self.keep(file)?;
                command.run().map(drop).map_err(StepError::from)
            }
        }
    }

    /// Keeps a file as it is now.
    fn keep(&mut self, path: &Path) -> Result<(), StepError> {
        let before = match fs::read(path) {
            Ok(contents) => {
                let metadata = fs::metadata(path).map_err(|source| failed(path, source))?;
                Some((contents, metadata.permissions()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(failed(path, source)),
        };
        let path = path.to_owned();
        self.0.push(Undo::Restore { path, before });
        Ok(())
    }

    fn make_folder(&mut self, path: &Path, private: bool) -> Result<(), StepError> {
        let topmost = path.ancestors().take_while(|above| !above.exists()).last();
        if let Some(topmost) = topmost {
            self.0.push(Undo::RemoveFolder(topmost.to_owned()));
        }
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(not(unix))]
        let _ = private;
        #[cfg(unix)]
        if private {
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        }
        builder.create(path).map_err(|source| failed(path, source))
    }

    /// Undoes all of it, the last first. Returns what could not be undone, in words.
    pub(super) fn roll_back(self) -> Vec<String> {
        let mut left = Vec::new();
        let mut refresh = Vec::new();
        for undo in self.0.into_iter().rev() {
            let outcome = match undo {
                Undo::RemoveFolder(path) => fs::remove_dir_all(&path)
                    .or_else(gone_is_good)
                    .map_err(|error| format!("the folder {} can't be removed: {error}", path.display())),
                Undo::Restore { path, before } => restore(&path, before)
                    .map_err(|error| format!("{} can't be put back: {error}", path.display())),
                Undo::Run(command) => command.run().map(drop).map_err(|error| error.to_string()),
                Undo::Refresh(command) => {
                    refresh.push(command);
                    Ok(())
                }
            };
            left.extend(outcome.err());
        }
        let refreshed = refresh.into_iter().rev().map(|command| command.run());
        left.extend(refreshed.filter_map(|outcome| outcome.err().map(|error| error.to_string())));
        left
    }
}

fn restore(path: &Path, before: Option<(Vec<u8>, Permissions)>) -> io::Result<()> {
    match before {
        Some((contents, permissions)) => {
            fs::write(path, contents)?;
            fs::set_permissions(path, permissions)
        }
        None => fs::remove_file(path).or_else(gone_is_good),
    }
}

fn gone_is_good(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}

fn failed(path: &Path, source: io::Error) -> StepError {
    StepError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn shell(script: &str) -> Command {
        Command::new("sh").args(["-c", script])
    }

    #[test]
    fn what_was_done_is_undone_when_a_later_step_fails() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("old"), "old").unwrap();
        fs::write(at("edited"), "before").unwrap();
        let log = at("log");
        let note = |word: &str| shell(&format!("echo {word} >> {}", log.display()));
        let steps = [
            Step::MakeFolder {
                path: at("new/deep"),
                private: false,
            },
            Step::Write {
                path: at("new/deep/file"),
                contents: b"new".to_vec(),
            },
            Step::Remove(at("old")),
            Step::Edit {
                file: at("edited"),
                command: shell(&format!("echo after > {}", at("edited").display())),
            },
            Step::Refresh(note("refresh")),
            Step::Run {
                command: note("run"),
                undo: Some(note("undo")),
            },
            Step::Run {
                command: shell("exit 1"),
                undo: Some(note("never")),
            },
        ];
        let mut journal = Journal::default();
        let error = take(&steps, &mut journal, &|| true).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c 'exit 1'` failed (exit code 1)");
        assert!(at("new/deep/file").exists() && !at("old").exists());
        assert_eq!(journal.roll_back(), Vec::<String>::new());
        assert!(!at("new").exists());
        assert_eq!(fs::read_to_string(at("old")).unwrap(), "old");
        assert_eq!(fs::read_to_string(at("edited")).unwrap(), "before");
        assert_eq!(
            fs::read_to_string(log).unwrap(),
            "refresh\nrun\nundo\nrefresh\n",
            "the store is made anew after its files were put back"
        );
    }

    #[test]
    fn an_interruption_ends_it_between_two_steps() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (dir.path().join("first"), dir.path().join("second"));
        let write = |path: &Path| Step::Write {
            path: path.to_owned(),
            contents: Vec::new(),
        };
        let asked = Cell::new(0);
        let go_on = || asked.replace(asked.get() + 1) == 0;
        let mut journal = Journal::default();
        let error = take(&[write(&first), write(&second)], &mut journal, &go_on).unwrap_err();
        assert_eq!(error.to_string(), "it was interrupted");
        assert!(first.exists() && !second.exists());
        assert_eq!(journal.roll_back(), Vec::<String>::new());
        assert!(!first.exists());
    }

    #[test]
    fn what_cannot_be_undone_is_told() {
        let step = Step::Run {
            command: shell("true"),
            undo: Some(shell("echo no way back >&2; exit 2")),
        };
        let mut journal = Journal::default();
        take(&[step], &mut journal, &|| true).unwrap();
        assert_eq!(
            journal.roll_back(),
            ["`sh -c 'echo no way back >&2; exit 2'` failed (exit code 2): no way back"]
        );
    }
}
