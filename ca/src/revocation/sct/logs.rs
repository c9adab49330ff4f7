//! The logs of Certificate Transparency that the person's list knows, in the format in which browsers' makers
//! publish theirs (log_list.json, version 3).

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::warn;

use crate::encode::{readable, sha256};

/// The lists in use have some 100 KB.
const MAX_FILE_BYTES: u64 = 8 << 20;

/// Logs by their ids.
#[derive(Clone, Default)]
pub struct CtLogs {
    logs: HashMap<[u8; 32], Log>,
    /// The file's name, to tell people by.
    name: String,
    /// When the list was made, as it says.
    made: Option<OffsetDateTime>,
}

/// One log.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) description: String,
    pub(super) operator: String,
    /// SubjectPublicKeyInfo
    pub(super) key: Vec<u8>,
    pub(super) state: State,
    /// The certificates that it takes: those that end in this time, whose end is not in it.
    pub(super) interval: Option<(OffsetDateTime, OffsetDateTime)>,
}

/// What the list's maker thinks of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Qualified, usable or read-only.
    Counts,
    /// Asked for, not yet taken on; or nothing is said.
    Pending,
    /// No longer counts, but for what it promised before this.
    Retired(OffsetDateTime),
    /// Never counts.
    Rejected,
}

impl CtLogs {
    /// Reads a list. A log of it that can't be used is left out with a warning; a list of none is an error.
    ///
    /// # Errors
    /// When the file can't be read or isn't such a list.
    pub fn load(path: &Path) -> Result<Self, CtLogsError> {
        let failed = |source| CtLogsError::Read {
            path: path.to_owned(),
            source,
        };
        let mut text = Vec::new();
        let file = File::open(path).map_err(failed)?;
        file.take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut text)
            .map_err(failed)?;
        if text.len() as u64 > MAX_FILE_BYTES {
            return Err(CtLogsError::TooLarge {
                path: path.to_owned(),
            });
        }
        Self::parse(&text, path)
    }

    /// The same of a text that was read; `path` is where it came from, to tell people.
    ///
    /// # Errors
    /// When it isn't such a list.
    pub fn parse(text: &[u8], path: &Path) -> Result<Self, CtLogsError> {
        let list: List = serde_json::from_slice(text).map_err(|source| CtLogsError::NotAList {
            path: path.to_owned(),
            source,
        })?;
        let mut logs = HashMap::new();
        for operator in list.operators {
            for written in operator.logs.into_iter().chain(operator.tiled_logs) {
                let description = written.description.clone();
                match written.into_log(&operator.name) {
                    Some((id, log)) => drop(logs.insert(id, log)),
                    None => warn!(
                        "the log {:?} in {} can't be used: its id isn't that of its key",
                        readable(&description),
                        path.display()
                    ),
                }
            }
        }
        if logs.is_empty() {
            return Err(CtLogsError::Empty {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            logs,
            name: path.display().to_string(),
            made: list.log_list_timestamp.as_deref().and_then(moment),
        })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.logs.len()
    }

    /// True without any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    pub(super) fn find(&self, id: &[u8; 32]) -> Option<&Log> {
        self.logs.get(id)
    }

    /// `log_list.json of 2026-11-01`
    pub(super) fn name(&self) -> String {
        match self.made {
            Some(made) => format!("{} of {}", self.name, made.date()),
            None => self.name.clone(),
        }
    }
}

impl fmt::Debug for CtLogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CtLogs")
            .field("name", &self.name())
            .field("logs", &self.logs.len())
            .finish()
    }
}

/// Why a list of logs can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CtLogsError {
    /// The file can't be read.
    #[error("the list of logs {} can't be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is far larger than any such list.
    #[error("{} is too large to be a list of logs", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is no list of logs in the format of log_list.json, version 3", path.display())]
    NotAList {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        source: serde_json::Error,
    },
    /// No log in it can be used.
    #[error("the list of logs {} has no log that can be used", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// The file, as far as it is of interest here. What else it holds is passed over.
#[derive(Deserialize)]
struct List {
    log_list_timestamp: Option<String>,
    operators: Vec<Operator>,
}

#[derive(Deserialize)]
struct Operator {
    name: String,
    #[serde(default)]
    logs: Vec<Written>,
    /// Logs that are read as tiles. Their timestamps are like all others.
    #[serde(default)]
    tiled_logs: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    description: String,
    log_id: String,
    key: String,
    /// One member, whose name is the state.
    #[serde(default)]
    state: HashMap<String, Since>,
    temporal_interval: Option<Interval>,
}

#[derive(Deserialize)]
struct Since {
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Interval {
    start_inclusive: String,
    end_exclusive: String,
}

impl Written {
    fn into_log(self, operator: &str) -> Option<([u8; 32], Log)> {
        let key = BASE64.decode(&self.key).ok()?;
        let id = BASE64.decode(&self.log_id).ok()?;
        // RFC 6962 section 3.2.
        let id = <[u8; 32]>::try_from(id).ok().filter(|id| *id == sha256(&key))?;
        let state = self.state();
        let interval = match self.temporal_interval {
            Some(interval) => Some((
                moment(&interval.start_inclusive)?,
                moment(&interval.end_exclusive)?,
            )),
            None => None,
        };
        let log = Log {
            description: readable(&self.description),
            operator: readable(operator),
            key,
            state,
            interval,
        };
        Some((id, log))
    }

    fn state(&self) -> State {
        let is = |name: &str| self.state.contains_key(name);
        if is("rejected") {
            State::Rejected
        } else if let Some(since) = self.state.get("retired") {
            let since = since.timestamp.as_deref().and_then(moment);
            State::Retired(since.unwrap_or(OffsetDateTime::UNIX_EPOCH))
        } else if is("usable") || is("qualified") || is("readonly") {
            State::Counts
        } else {
            State::Pending
        }
    }
}

fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}
