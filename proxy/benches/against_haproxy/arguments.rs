//! What was typed: by a person, by Cargo, or by this program when it starts itself in another role.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;

use crate::plan::Plan;

/// Handlens beside HAProxy as a TLS bridge: processor time, throughput, latency and memory.
#[derive(Debug, Parser)]
#[command(name = "against_haproxy")]
pub(crate) struct Arguments {
    /// A few seconds instead of a few minutes: shows that the benchmark works, its figures are loose
    #[arg(long)]
    quick: bool,

    /// Print the figures as JSON, and the table on stderr
    #[arg(long)]
    pub(crate) json: bool,

    /// Exit with 1 when an aim is missed
    #[arg(long)]
    pub(crate) strict: bool,

    /// How often each throughput run is repeated, the contenders taking turns; the median counts
    #[arg(long)]
    rounds: Option<usize>,

    /// Measure another build of Handlens than the one that Cargo just made
    #[arg(long, value_name = "PATH", default_value = env!("CARGO_BIN_EXE_handlens"))]
    pub(crate) handlens: PathBuf,

    /// The HAProxy to compare with; without one, Handlens is measured alone
    #[arg(long, value_name = "PATH", default_value = "haproxy")]
    pub(crate) haproxy: PathBuf,

    /// Leave Handlens out, and measure HAProxy alone
    #[arg(long)]
    pub(crate) only_haproxy: bool,

    /// Keep certificates, configurations and recording in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,

    /// Said by `cargo bench`. Without it, as `cargo test --benches` runs us, the run is a quick one
    #[arg(long, hide = true)]
    bench: bool,

    /// Set when this program starts itself
    #[arg(long, hide = true)]
    pub(crate) role: Option<Role>,

    /// Where the roles find certificates and keys
    #[arg(long, hide = true)]
    material: Option<PathBuf>,
}

/// A part that this program plays in a process of its own.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Role {
    /// The TLS origin.
    Origin,
    /// The clients.
    Load,
}

impl Role {
    /// The word for it on the command line.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Load => "load",
        }
    }
}

impl Arguments {
    /// Reads the command line.
    pub(crate) fn parse() -> Self {
        Parser::parse()
    }

    /// How much is to be done.
    pub(crate) fn plan(&self) -> Plan {
        let quick = self.quick || !self.bench;
        let mut plan = if quick { Plan::quick() } else { Plan::full() };
        if let Some(rounds) = self.rounds {
            plan.rounds = rounds.max(1);
        }
        plan
    }

    /// The folder of certificates that a role was given.
    pub(crate) fn material(&self) -> Result<PathBuf> {
        self.material
            .clone()
            .context("a role needs --material, and is started by the benchmark itself")
    }
}
