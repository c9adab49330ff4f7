//! The proxies that are measured, each started and ended here.

mod handlens;
mod haproxy;

use std::process::{Child, Command};

use anyhow::Result;
use serde::Serialize;

use crate::arguments::Arguments;
use crate::authority::Authority;
use crate::job::{OriginAddresses, Way};
use crate::process::Process;

pub(crate) use self::handlens::{Handlens, Recorded};
pub(crate) use self::haproxy::Haproxy;

/// Threads that each proxy relays with.
const THREADS: usize = 2;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Name {
    /// Handlens, recording.
    Handlens,
    /// HAProxy as a TLS bridge.
    Haproxy,
    /// No proxy at all: the floor under the latencies.
    Direct,
}

impl Name {
    /// As it is written in the table.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Handlens => "Handlens",
            Self::Haproxy => "HAProxy",
            Self::Direct => "no proxy",
        }
    }
}

/// A running proxy.
pub(crate) enum Contender {
    Handlens(Handlens),
    Haproxy(Haproxy),
    Direct(Way),
}

impl Contender {
    /// Starts one, with nothing left of earlier ones.
    pub(crate) fn start(
        name: Name,
        arguments: &Arguments,
        authority: &Authority,
        origin: OriginAddresses,
    ) -> Result<Self> {
        Ok(match name {
            Name::Handlens => Self::Handlens(Handlens::start(&arguments.handlens, authority, origin)?),
            Name::Haproxy => Self::Haproxy(Haproxy::start(&arguments.haproxy, authority, origin.classic)?),
            Name::Direct => Self::Direct(Way {
                dial: origin.classic,
                connect_port: None,
                trust: authority.origin_root(),
                hybrid: false,
                http2: false,
            }),
        })
    }

    /// The way to the origin through it, with the groups that every contender knows.
    pub(crate) fn way(&self) -> Way {
        match self {
            Self::Handlens(handlens) => handlens.way(false),
            Self::Haproxy(haproxy) => haproxy.way(),
            Self::Direct(way) => way.clone(),
        }
    }

    /// The same, for HTTP/2.
    pub(crate) fn http2_way(&self) -> Way {
        match self {
            Self::Haproxy(haproxy) => haproxy.http2_way(),
            Self::Handlens(_) | Self::Direct(_) => Way {
                http2: true,
                ..self.way()
            },
        }
    }

    /// Its process, if it has one.
    pub(crate) fn process(&self) -> Option<Process> {
        match self {
            Self::Handlens(handlens) => Some(handlens.process()),
            Self::Haproxy(haproxy) => Some(haproxy.process()),
            Self::Direct(_) => None,
        }
    }
}

/// A child that ends with this value, by its handle.
struct OwnedChild(Child);

impl OwnedChild {
    fn spawn(command: &mut Command) -> std::io::Result<Self> {
        command.spawn().map(Self)
    }
}

impl Drop for OwnedChild {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
