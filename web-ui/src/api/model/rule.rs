//! Rules by which hosts are carried differently, as the API tells them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// The rules that hold now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Rules {
    /// Those given at the start first, then those that a person made, oldest first.
    pub rules: Vec<Rule>,
}

/// A rule by which hosts are carried differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// What it does.
    pub kind: RuleKind,
    /// The host or the pattern of hosts that it is for.
    pub host: String,
    /// Who made it. One that is not a person's is taken back where it was given.
    pub origin: RuleOrigin,
    /// When a person made it (RFC 3339); null for flags and settings.
    pub made: Option<String>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// A bad chain is let pass.
    AllowInvalid,
    /// TLS is carried untouched.
    Pass,
}

/// Who made a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum RuleOrigin {
    /// A flag or an environment variable.
    Flag,
    /// The settings file.
    Config,
    /// A person, while Handlens ran.
    Person,
}

/// A rule to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct NewRule {
    /// What it does.
    pub kind: RuleKind,
    /// The host or the pattern of hosts that it is for: `bank.test`, `*.test`.
    pub host: String,
}
