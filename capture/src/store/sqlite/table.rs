//! The two tables that are listed, and what they can be sorted by.

use super::shared::{Listed, Seen};
use crate::{Column, Sort};

/// A table whose rows are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Exchanges,
    Connections,
}

impl Table {
    /// The table with the name that conditions give it.
    pub(super) fn named(self) -> &'static str {
        match self {
            Self::Exchanges => "exchange e",
            Self::Connections => "connection c",
        }
    }

    /// What of it there is to see.
    pub(super) fn listed(self, seen: &Seen) -> &Listed {
        match self {
            Self::Exchanges => &seen.exchanges,
            Self::Connections => &seen.connections,
        }
    }

    /// The column of row numbers.
    pub(super) fn number(self) -> &'static str {
        match self {
            Self::Exchanges => "e.number",
            Self::Connections => "c.number",
        }
    }

    /// What rows are sorted by; `None` for the order of their numbers. A connection has neither method, status,
    /// path nor type, and an exchange no TLS of its own: asked for those, rows stand by number.
    pub(super) fn sorted_by(self, sort: Sort) -> Option<&'static str> {
        match (self, sort.column) {
            (_, Column::Number) => None,
            (Self::Exchanges, Column::Method) => Some("e.method"),
            (Self::Exchanges, Column::Status) => Some("e.status"),
            (Self::Exchanges, Column::Host) => Some("e.host"),
            (Self::Exchanges, Column::Path) => Some("e.path"),
            (Self::Exchanges, Column::Type) => Some("e.type"),
            (Self::Exchanges, Column::Size) => Some("e.response_bytes"),
            (Self::Exchanges, Column::Duration) => Some("e.duration"),
            (Self::Connections, Column::Host) => Some("c.host"),
            (Self::Connections, Column::Size) => Some("c.bytes"),
            (Self::Connections, Column::Duration) => Some("(c.closed - c.opened)"),
            (Self::Connections, Column::TlsVersion) => Some("coalesce(c.client_tls, c.origin_tls)"),
            (Self::Connections, Column::TlsSuite) => Some("coalesce(c.client_suite, c.origin_suite)"),
            (Self::Connections, Column::TlsGroup) => Some("coalesce(c.client_group, c.origin_group)"),
            (Self::Connections, Column::TlsAlpn) => Some("coalesce(c.client_alpn, c.origin_alpn)"),
            (Self::Connections, Column::Method | Column::Status | Column::Path | Column::Type) => None,
            // They are its connection's.
            (Self::Exchanges, Column::TlsVersion | Column::TlsSuite | Column::TlsGroup | Column::TlsAlpn) => {
                None
            }
        }
    }
}
