//! Mints a certificate for a host, as Handlens does for every host that a client asks for.
//!
//! ```text
//! cargo run -p examples --bin mint_leaf -- FOLDER HOST > chain.pem
//! openssl verify -CAfile FOLDER/root.pem chain.pem
//! ```
//!
//! The root is made in FOLDER, which should hold nothing else, and found there again the next time.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use ca::{LeafRequest, Minter, Root};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().context("give a folder for the root")?);
    let host = arguments.next().context("give a host to mint for")?;

    let root = Arc::new(Root::load_or_make(&folder)?);
    eprintln!("root   {} (until {})", root.subject(), root.not_after().date());

    // One minter serves a whole process: its leaves share a key, and it keeps those that it has minted.
    let minter = Minter::new(root)?;
    let leaf = minter.leaf(LeafRequest::new(&host))?;
    if let Some(took) = leaf.minted_in {
        eprintln!(
            "leaf   {host} (until {}), minted in {took:?}",
            leaf.not_after.date()
        );
    }

    // `leaf.certified_key` is what a rustls server takes; here the certificates alone are shown.
    print!("{}", leaf.chain_pem());
    Ok(())
}
