//! Which hosts are carried differently, and who said so.
//!
//! What flags and settings say stands as long as Handlens runs. A person adds rules to it and takes them back while
//! it runs; those are kept in a file. Each connection asks when it comes, so that a change holds from the next one on.

mod file;
mod pattern;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use capture::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use file::RulesFileError;
pub use pattern::{HostPattern, ParseHostPatternError};

/// Rules that a person may have made at one time: each connection looks through them.
const MOST: usize = 1000;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name. That of a flag or a setting lasts as long as the process.
    pub id: Id,
    /// What it does.
    pub kind: RuleKind,
    /// The hosts that it is for.
    pub host: HostPattern,
    /// Who said so.
    pub origin: RuleOrigin,
    /// When a person made it; `None` for flags and settings.
    pub made: Option<Timestamp>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Lets a bad chain pass.
    AllowInvalid,
    /// Passes TLS through.
    Pass,
}

/// Who made a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleOrigin {
    /// A flag or an environment variable.
    Flag,
    /// The settings file.
    Config,
    /// A person, while Handlens ran.
    Person,
}

impl Rule {
    /// A rule that stands as long as the process.
    #[must_use]
    pub fn fixed(kind: RuleKind, host: HostPattern, origin: RuleOrigin) -> Self {
        Self {
            id: Id::new(),
            kind,
            host,
            origin,
            made: None,
        }
    }
}

impl fmt::Display for Rule {
    /// As a verdict names it: `--allow-invalid *.test`, `rule: bank.test`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.kind {
            RuleKind::AllowInvalid => "allow-invalid",
            RuleKind::Pass => "pass",
        };
        match self.origin {
            RuleOrigin::Flag => write!(f, "--{name} {}", self.host),
            RuleOrigin::Config => write!(f, "setting {name}: {}", self.host),
            RuleOrigin::Person => write!(f, "rule: {}", self.host),
        }
    }
}

/// A rule can't be added.
#[derive(Debug, thiserror::Error)]
pub enum AddRuleError {
    /// Its host is none.
    #[error(transparent)]
    Pattern(#[from] ParseHostPatternError),
    /// There are as many as there may be.
    #[error("there are {MOST} rules already: revoke some that are no longer needed")]
    TooMany,
    /// It can't be kept.
    #[error(transparent)]
    File(#[from] RulesFileError),
}

/// A rule can't be revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeRuleError {
    /// No rule has this name.
    #[error("there is no such rule")]
    Unknown,
    /// It is a flag's or a setting's.
    #[error("{0} was given at the start: take it away there")]
    Fixed(Box<Rule>),
    /// That it is gone can't be kept.
    #[error(transparent)]
    File(#[from] RulesFileError),
}

/// The rules that hold now, shared by all sessions.
#[derive(Debug)]
pub struct Rules {
    /// Swapped whole. Reading takes a read lock, for as long as a few patterns are looked at.
    now: watch::Sender<Arc<[Rule]>>,
    /// Where a person's rules are kept; in memory alone without one.
    path: Option<PathBuf>,
    /// Held while the file is written, so that changes follow one another.
    changing: Mutex<()>,
}

impl Rules {
    /// The rules that were given, and those that are kept in this file.
    pub(crate) fn load(given: Vec<Rule>, path: Option<PathBuf>) -> Result<Self, RulesFileError> {
        let mut rules = given;
        if let Some(path) = &path {
            rules.extend(file::read(path)?);
        }
        Ok(Self {
            now: watch::Sender::new(rules.into()),
            path,
            changing: Mutex::default(),
        })
    }

    /// The rule by which this host's TLS is carried untouched.
    pub(crate) fn passes(&self, host: &str) -> Option<String> {
        self.find(RuleKind::Pass, host)
    }

    /// The rule by which a bad chain of this host is let pass.
    pub(crate) fn allows_invalid(&self, host: &str) -> Option<String> {
        self.find(RuleKind::AllowInvalid, host)
    }

    fn find(&self, kind: RuleKind, host: &str) -> Option<String> {
        let rules = self.now.borrow();
        let rule = rules
            .iter()
            .find(|rule| rule.kind == kind && rule.host.matches(host))?;
        Some(rule.to_string())
    }

    /// The rules as they are and as they change.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<[Rule]>> {
        self.now.subscribe()
    }

    /// Adds a rule that holds from the next connection on, and keeps it. One that a person made before is found
    /// again. It writes a file: not to be called where others wait.
    ///
    /// # Errors
    /// When the host is none, there are too many, or the file can't be written; then nothing has changed.
    pub fn add(&self, kind: RuleKind, host: &str) -> Result<Rule, AddRuleError> {
        let host: HostPattern = host.parse()?;
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rules = self.now.borrow().to_vec();
        let mut of_persons = rules.iter().filter(|rule| rule.origin == RuleOrigin::Person);
        if let Some(there) = of_persons
            .clone()
            .find(|rule| (rule.kind, &rule.host) == (kind, &host))
        {
            return Ok(there.clone());
        }
        if of_persons.nth(MOST - 1).is_some() {
            return Err(AddRuleError::TooMany);
        }
        let rule = Rule {
            id: Id::new(),
            kind,
            host,
            origin: RuleOrigin::Person,
            made: Some(Timestamp::now()),
        };
        rules.push(rule.clone());
        self.change(rules)?;
        Ok(rule)
    }

    /// Takes back a rule that a person made. It writes a file, as [`Rules::add`] does.
    ///
    /// # Errors
    /// When there is none of this name, it is not a person's, or the file can't be written.
    pub fn revoke(&self, id: &str) -> Result<(), RevokeRuleError> {
        let id: Id = id.parse().map_err(|_| RevokeRuleError::Unknown)?;
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rules = self.now.borrow().to_vec();
        let place = rules.iter().position(|rule| rule.id == id);
        let rule = place.map(|place| rules.remove(place));
        match rule.ok_or(RevokeRuleError::Unknown)? {
            rule if rule.origin != RuleOrigin::Person => Err(RevokeRuleError::Fixed(Box::new(rule))),
            _ => Ok(self.change(rules)?),
        }
    }

    /// What can't be kept does not hold either.
    fn change(&self, rules: Vec<Rule>) -> Result<(), RulesFileError> {
        if let Some(path) = &self.path {
            file::write(path, &rules)?;
        }
        self.now.send_replace(rules.into());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
