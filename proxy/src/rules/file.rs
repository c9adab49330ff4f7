//! The file in the data folder that keeps the rules a person made.

use std::fs;
use std::io::{self, Write};
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
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(RulesFileError::Read {
                path: path.to_owned(),
                source,
            });
        }
    };
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
