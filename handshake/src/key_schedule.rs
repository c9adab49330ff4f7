//! The key schedule as data: which secret comes of which, by what label, for what, and how far a handshake came.

use serde::Serialize;

/// A handshake's key schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct KeySchedule {
    /// The version whose schedule it is: `TLS 1.3`.
    pub version: Option<String>,
    /// Inputs and secrets, each after those that it comes of.
    pub nodes: Vec<KeyNode>,
}

/// An input of the key schedule, or a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct KeyNode {
    /// A name to refer to it by: `handshake_secret`.
    pub name: String,
    /// Its name for a person: `Handshake Secret`.
    pub title: String,
    /// The names of the nodes that it comes of.
    pub from: Vec<String>,
    /// How it comes of them: `HKDF-Extract(salt = derived, IKM = (EC)DHE)`.
    pub derivation: String,
    /// The label: `c hs traffic`.
    pub label: Option<String>,
    /// The messages that go into it: `ClientHello...ServerHello`.
    pub transcript: Option<String>,
    /// What it is for.
    pub purpose: String,
    /// Whether this handshake came so far that both sides had it.
    pub reached: bool,
    /// Its value in hexadecimal, when it is among the secrets given.
    pub value: Option<String>,
}
