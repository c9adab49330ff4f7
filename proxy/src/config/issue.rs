//! What `handlens ca issue` and `ca new` are asked.

use std::path::PathBuf;

use ca::Subtree;
use clap::{ArgGroup, Args};

/// Whom a certificate is for, and how it is made.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("for whom").required(true).args(["host", "csr"]))]
pub struct IssueArgs {
    /// A name for the certificate: a host, *.DOMAIN or an address; with --client NAME@DOMAIN, too; repeatable.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub host: Vec<String>,
    /// Sign this request (PKCS#10, PEM or DER) for the key of whoever made it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["self_signed", "rsa"])]
    pub csr: Option<PathBuf>,
    /// For a client to show to a server that asks for one.
    #[arg(long)]
    pub client: bool,
    /// Signed with its own key instead of the root's.
    #[arg(long)]
    pub self_signed: bool,
    /// How long it is good: 825 days at the most for a server (Apple's systems take no longer one), 3650 for a client.
    #[arg(long, value_name = "N", default_value_t = 90)]
    pub days: u32,
    /// An RSA key of 2048 bits instead of one on P-256.
    #[arg(long)]
    pub rsa: bool,
    /// The folder for the files, which are named after the first name.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
}

/// What a new root is to be.
#[derive(Clone, Debug, Args)]
pub struct NewArgs {
    /// The root may only vouch for this domain and what is below it, or for this network; repeatable.
    #[arg(long, value_name = "DOMAIN|NETWORK", value_delimiter = ',')]
    pub constrain: Vec<Subtree>,
    /// Put it in the place of the root that there is, which is kept aside.
    #[arg(long)]
    pub replace: bool,
}
