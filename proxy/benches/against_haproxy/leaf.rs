//! What a leaf for a new host costs: minted here, one host after the other, as the proxy does it when a host is
//! asked for the first time and its origin's certificate is there to be mirrored.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use ca::{LeafRequest, Minter, Root};
use serde::Serialize;

use crate::authority::Authority;
use crate::figures::Latency;

/// Hosts before the clock runs: the process's leaf key is made with the first.
const WARM_UP: u32 = 10;

/// Time that minting took, in fractions of a microsecond.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LeafFigures {
    /// Their mean.
    pub(crate) mean_us: f64,
    /// Their spread, in whole microseconds.
    pub(crate) latency: Latency,
}

/// Mints for as many hosts.
pub(crate) fn mint(hosts: u32, authority: &Authority) -> Result<LeafFigures> {
    let root = Arc::new(Root::load_or_make(&authority.folder().join("leaf-root"))?);
    let minter = Minter::new(root)?;
    let (chain, _) = authority.origin_identity()?;
    let mint_one = |host: u32| {
        let host = format!("host-{host}.example");
        let mut request = LeafRequest::new(&host);
        request.mirror = chain.first();
        let began = Instant::now();
        minter.leaf(request)?;
        anyhow::Ok(began.elapsed())
    };
    for host in 0..WARM_UP {
        mint_one(host)?;
    }
    let mut samples = Vec::new();
    for host in WARM_UP..WARM_UP + hosts {
        samples.push(mint_one(host)?);
    }
    let total: f64 = samples.iter().map(std::time::Duration::as_secs_f64).sum();
    let whole_us = samples
        .iter()
        .map(|it| u32::try_from(it.as_micros()).unwrap_or(u32::MAX));
    Ok(LeafFigures {
        mean_us: total * 1e6 / f64::from(hosts.max(1)),
        latency: Latency::of(whole_us.collect()).context("no leaf was minted")?,
    })
}
