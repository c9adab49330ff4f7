//! Who speaks: the two roles of TLS, and the parties of a connection that play them.

use std::fmt;

use serde::Serialize;

/// A role in TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The one that says ClientHello.
    Client,
    /// The one that answers it.
    Server,
}

impl Side {
    /// The other role.
    #[must_use]
    pub fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// `0` for the client, `1` for the server: an index into a pair.
    pub(crate) fn index(self) -> usize {
        usize::from(self == Self::Server)
    }
}

/// A party of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The program whose traffic is looked at.
    Client,
    /// The proxy: a server on the client leg, a client on the origin leg.
    Handlens,
    /// The server that the client wants.
    Origin,
    /// The server of a handshake that no proxy stands in.
    Server,
}

/// The parties that play TLS's two roles on a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Parties {
    /// Who says ClientHello.
    pub client: Party,
    /// Who answers.
    pub server: Party,
}

impl Parties {
    /// The client leg of an inspected connection.
    pub const CLIENT_LEG: Self = Self::new(Party::Client, Party::Handlens);
    /// The origin leg of an inspected connection.
    pub const ORIGIN_LEG: Self = Self::new(Party::Handlens, Party::Origin);
    /// A connection that was passed through.
    pub const PASSED: Self = Self::new(Party::Client, Party::Origin);
    /// A connection that others captured.
    pub const DIRECT: Self = Self::new(Party::Client, Party::Server);
    /// A handshake that Handlens makes to look at a server.
    pub const INSPECT: Self = Self::new(Party::Handlens, Party::Server);

    /// Who plays the client and who the server.
    #[must_use]
    pub const fn new(client: Party, server: Party) -> Self {
        Self { client, server }
    }

    /// Who plays this role.
    #[must_use]
    pub const fn of(self, side: Side) -> Party {
        match side {
            Side::Client => self.client,
            Side::Server => self.server,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "the client",
            Self::Handlens => "Handlens",
            Self::Origin => "the origin",
            Self::Server => "the server",
        })
    }
}
