//! What `handlens rules` is asked.

use clap::{Args, ValueEnum};

/// Whose connections are to be led to the transparent door, and how.
#[derive(Clone, Debug, Args)]
pub struct RulesArgs {
    /// The form of the rules.
    #[arg(long, value_enum, default_value_t = RulesFormat::Nft)]
    pub print: RulesFormat,
    /// Of all programs on this machine but Handlens (the default).
    #[arg(long, group = "whose")]
    pub machine: bool,
    /// Of this user alone, by name or number.
    #[arg(long, value_name = "NAME", group = "whose")]
    pub user: Option<String>,
    /// Of this cgroup (version 2) alone, by its path.
    #[arg(long, value_name = "PATH", group = "whose")]
    pub cgroup: Option<String>,
    /// A port that they go to; repeatable (default 80 and 443).
    #[arg(long = "port", value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub ports: Vec<u16>,
    /// Leave the destination as it is, and deliver here all the same; Handlens then needs CAP_NET_ADMIN.
    #[arg(long)]
    pub tproxy: bool,
}

/// A form of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RulesFormat {
    /// For nftables.
    Nft,
}
