//! The file in the data folder that keeps the rules a person made.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use capture::{Id, Timestamp};
use serde::{Deserialize, Serialize};

use super::{HostPattern, Rule, RuleKind, RuleOrigin};

/// The kept rules can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesFileError {
    /// The file can't be read.
    #[error("the rules file {} can't be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others can write rules into it.
    #[error("others can change the rules file {0} (mode {mode:04o}); look at the rules in it, then run: chmod 600 {0}", path.display())]
    Shared {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is somebody else's.
    #[error("the rules file {} belongs to another user (uid {owner}); take it away, or make it yours", path.display())]
    NotOwned {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// What is in it is not what was written.
    #[error("the rules file {} is broken at line {line}: {text}; mend it, or take it away", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        text: String,
    },
    /// The file can't be written.
    #[error("the rules file {} can't be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    rule: Vec<Kept>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    id: Id,
    kind: RuleKind,
    #[serde(with = "as_text")]
    host: HostPattern,
    made: Timestamp,
}

mod as_text {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::HostPattern;

    pub(super) fn serialize<S: Serializer>(host: &HostPattern, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(host)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HostPattern, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// The rules in the file; none where there is no file yet.
pub(super) fn read(path: &Path) -> Result<Vec<Rule>, RulesFileError> {
    let failed = |source| RulesFileError::Read {
        path: path.to_owned(),
        source,
    };
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    // The open file is looked at, not the path: no time passes between.
    #[cfg(unix)]
    refuse_others(
        path,
        &file.metadata().map_err(failed)?,
        rustix::process::geteuid().as_raw(),
    )?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    let file: File = toml::from_str(&text).map_err(|error| RulesFileError::Broken {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| {
            text[..span.start.min(text.len())].matches('\n').count() + 1
        }),
        text: error.message().to_owned(),
    })?;
    let rule = |kept: Kept| Rule {
        id: kept.id,
        kind: kept.kind,
        host: kept.host,
        origin: RuleOrigin::Person,
        made: Some(kept.made),
    };
    Ok(file.rule.into_iter().map(rule).collect())
}

/// A rule lets bad certificates pass, so that nobody but this user may have written it. Other systems keep the files of
/// a person's profile from other people by themselves.
#[cfg(unix)]
fn refuse_others(path: &Path, file: &fs::Metadata, user: u32) -> Result<(), RulesFileError> {
    use std::os::unix::fs::MetadataExt as _;

    let (owner, mode) = (file.uid(), file.mode() & 0o777);
    let path = path.to_owned();
    if owner != user {
        Err(RulesFileError::NotOwned { path, owner })
    } else if mode & 0o022 != 0 {
        Err(RulesFileError::Shared { path, mode })
    } else {
        Ok(())
    }
}

/// Writes those of the rules that a person made, whole or not at all.
pub(super) fn write(path: &Path, rules: &[Rule]) -> Result<(), RulesFileError> {
    let kept = rules
        .iter()
        .filter(|rule| rule.origin == RuleOrigin::Person)
        .map(|rule| Kept {
            id: rule.id,
            kind: rule.kind,
            host: rule.host.clone(),
            made: rule.made.unwrap_or_else(Timestamp::now),
        });
    let file = File { rule: kept.collect() };
    let written = toml::to_string(&file)
        .map_err(io::Error::other)
        .and_then(|text| replace(path, &text));
    written.map_err(|source| RulesFileError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Puts a file in the place of the one that is there, if there is one. Its owner alone reads it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("toml.new");
    // What a write that was cut short left.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::*;

    #[test]
    fn rules_that_others_may_have_written_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rules.toml");
        write(&path, &[]).unwrap();
        let told = |mode: u32| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = read(&path).err()?.to_string();
            Some(error.replace(path.to_str().unwrap(), "rules.toml"))
        };
        for mode in [0o620, 0o602] {
            assert_eq!(
                told(mode).unwrap(),
                format!(
                    "others can change the rules file rules.toml (mode 0{mode:o}); look at the rules in it, then run: \
                     chmod 600 rules.toml"
                )
            );
        }
        assert_eq!(told(0o644), None);
        let file = fs::metadata(&path).unwrap();
        let owner = file.uid();
        assert!(matches!(
            refuse_others(&path, &file, owner + 1),
            Err(RulesFileError::NotOwned { owner: told, .. }) if told == owner
        ));
    }
}
