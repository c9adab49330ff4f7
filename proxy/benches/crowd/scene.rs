//! The scenes.

use std::fmt::Display;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::client::{Clients, Tunnel};
use crate::handlens::Handlens;
use crate::origin;

/// What idle tunnels may hold.
const ROOM: u64 = 500 << 20;

/// Tunnels that are opened side by side, where it is not the opening that is looked at.
const SIDE_BY_SIDE: usize = 64;

/// An origin, a Handlens, and clients.
pub(crate) struct Lab {
    pub(crate) handlens: Handlens,
    pub(crate) clients: Clients,
    /// Whether memory and times are held against what they may be. What must come whole must do so anyway.
    judges: bool,
    _folder: TempDir,
}

impl Lab {
    pub(crate) async fn start(program: &Path, judges: bool) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (port, pem) = origin::serve().await?;
        let origin_root = folder.path().join("origin.pem");
        std::fs::write(&origin_root, pem)?;
        let handlens = Handlens::start(program, folder.path(), &origin_root).await?;
        let clients = Clients::new(handlens.proxy, port, &handlens.root)?;
        // The first one mints the leaf.
        clients.open().await?.get("/small").await?;
        Ok(Self {
            handlens,
            clients,
            judges,
            _folder: folder,
        })
    }

    /// Judges what was measured.
    pub(crate) fn judge(&self, is_good: bool, otherwise: impl Display) -> Result<()> {
        ensure!(is_good || !self.judges, "{otherwise}");
        Ok(())
    }

    async fn open(&self, count: usize) -> Result<Vec<Tunnel>> {
        let mut opening = JoinSet::new();
        let mut tunnels = Vec::with_capacity(count);
        for _ in 0..count {
            let clients = self.clients.clone();
            opening.spawn(async move {
                let mut tunnel = clients.open().await?;
                tunnel.get("/small").await?;
                anyhow::Ok(tunnel)
            });
            if opening.len() >= SIDE_BY_SIDE
                && let Some(opened) = opening.join_next().await
            {
                tunnels.push(opened??);
            }
        }
        while let Some(opened) = opening.join_next().await {
            tunnels.push(opened??);
        }
        Ok(tunnels)
    }

    /// Tunnels that have carried one exchange, and rest.
    pub(crate) async fn idle(&self, count: usize) -> Result<()> {
        let before = self.handlens.resident()?;
        let began = Instant::now();
        let mut tunnels = self.open(count).await?;
        let opened = began.elapsed();
        if self.judges {
            // Memory is given back when engines rest, and by the allocator ten seconds later.
            tokio::time::sleep(Duration::from_secs(15)).await;
        }
        let idle = self.handlens.resident()?;
        println!(
            "idle: {count} tunnels opened in {opened:.1?}; {} MB resident, {} before, {:.1} KiB a tunnel",
            idle >> 20,
            before >> 20,
            idle.saturating_sub(before) as f64 / 1024.0 / count as f64,
        );
        self.judge(idle < ROOM, format_args!("that is more than {} MB", ROOM >> 20))?;
        for tunnel in tunnels.iter_mut().step_by(97) {
            ensure!(
                tunnel.get("/small").await? == 100,
                "an idle tunnel no longer serves"
            );
        }
        Ok(())
    }

    /// Connections that all come at once: each is served, or told that it is not.
    pub(crate) async fn burst(&self, count: usize) -> Result<()> {
        let began = Instant::now();
        let mut coming = JoinSet::new();
        for _ in 0..count {
            let clients = self.clients.clone();
            coming.spawn(async move { clients.open().await?.get("/small").await });
        }
        let (mut served, mut refused, mut broken) = (0, 0, Vec::new());
        while let Some(came) = coming.join_next().await {
            match came? {
                Ok(_) => served += 1,
                Err(error) if format!("{error:#}").contains("refused:") => refused += 1,
                Err(error) => broken.push(format!("{error:#}")),
            }
        }
        println!(
            "burst: of {count} connections at once {served} were served, {refused} refused, {} broken, in {:.1?}; {} MB resident",
            broken.len(),
            began.elapsed(),
            self.handlens.resident()? >> 20,
        );
        ensure!(broken.is_empty(), "broken: {:?}", &broken[..broken.len().min(3)]);
        Ok(())
    }

    /// Streams that all carry at once.
    pub(crate) async fn streams(&self, count: usize) -> Result<()> {
        const BYTES: usize = 2 << 20;
        let tunnels = self.open(count).await?;
        let began = Instant::now();
        let mut carrying = JoinSet::new();
        for mut tunnel in tunnels {
            carrying.spawn(async move { tunnel.get(&format!("/bytes/{BYTES}")).await });
        }
        let mut most = 0;
        while let Some(carried) = carrying.join_next().await {
            ensure!(carried?? == BYTES, "a stream is not whole");
            most = most.max(self.handlens.resident()?);
        }
        let took = began.elapsed();
        println!(
            "streams: {count} of {} MB each at once in {took:.1?}, {:.0} MB/s; {} MB resident at the most",
            BYTES >> 20,
            (count * BYTES) as f64 / 1e6 / took.as_secs_f64(),
            most >> 20,
        );
        Ok(())
    }

    /// Clients that ask for much and read nothing, and origins that never answer, beside one that is quick.
    pub(crate) async fn slow(&self, count: usize) -> Result<()> {
        let alone = self.latencies().await?;
        let mut slow = self.open(2 * count).await?;
        for (at, tunnel) in slow.iter_mut().enumerate() {
            let path = if at % 2 == 0 { "/bytes/50000000" } else { "/never" };
            tunnel.ask(path).await?;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        let beside = self.latencies().await?;
        println!(
            "slow: a request takes {:.2?} (95 of 100: {:.2?}) alone, {:.2?} ({:.2?}) beside {count} slow clients and {count} slow origins; {} MB resident",
            alone.0,
            alone.1,
            beside.0,
            beside.1,
            self.handlens.resident()? >> 20,
        );
        self.judge(
            beside.0 < 5 * alone.0 + Duration::from_millis(5),
            "the slow ones slow others down",
        )
    }

    /// The median of many requests, and how long 95 of 100 take at the most.
    async fn latencies(&self) -> Result<(Duration, Duration)> {
        let mut tunnel = self.clients.open().await?;
        let mut took = Vec::new();
        for _ in 0..400 {
            let began = Instant::now();
            tunnel.get("/small").await?;
            took.push(began.elapsed());
        }
        took.sort_unstable();
        Ok((took[took.len() / 2], took[took.len() * 95 / 100]))
    }
}
