//! Handlens under load: what a crowd of idle tunnels holds, whether a burst of connections and many streams at once
//! are all served, whether those who are slow slow down anyone else, and whether a quick stream of events is followed
//! live.
//!
//! Origin and clients are in this program, Handlens is a process of its own, all on loopback; each scene ends by itself.
//!
//! `cargo bench -p proxy --bench crowd -- --scene idle --handlens PATH`; the numbers of files that may be open must be
//! high enough (`ulimit -n 65536`).

mod client;
mod events;
mod handlens;
mod origin;
mod scene;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};

use self::scene::Lab;

/// Handlens under load.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only this scene
    #[arg(long)]
    scene: Option<Scene>,
    /// Idle tunnels
    #[arg(long, default_value_t = 10_000)]
    idle: usize,
    /// Connections at once
    #[arg(long, default_value_t = 5_000)]
    burst: usize,
    /// Streams at once
    #[arg(long, default_value_t = 1_000)]
    streams: usize,
    /// Measure another build of Handlens than the one that Cargo just made
    #[arg(long, default_value = env!("CARGO_BIN_EXE_handlens"))]
    handlens: PathBuf,
    /// Seconds of events
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Said by `cargo bench`. Without it crowds are small, and memory and times are told and not judged
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scene {
    /// What idle tunnels hold.
    Idle,
    /// Many new connections at once.
    Burst,
    /// Many streams at once.
    Streams,
    /// Slow clients and origins beside a quick one.
    Slow,
    /// Server-sent events, 20 MB a second, as the dashboard follows them.
    Events,
}

/// No scene takes longer.
const LIMIT: Duration = Duration::from_secs(300);

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if cfg!(not(target_os = "linux")) {
        println!("crowd reads /proc, and so measures on Linux only");
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let size = |count: usize| if arguments.bench { count } else { count.min(20) };
    for scene in [
        Scene::Idle,
        Scene::Burst,
        Scene::Streams,
        Scene::Slow,
        Scene::Events,
    ] {
        if arguments.scene.is_some_and(|only| only != scene) {
            continue;
        }
        let playing = async {
            let lab = Lab::start(&arguments.handlens, arguments.bench).await?;
            match scene {
                Scene::Idle => lab.idle(size(arguments.idle)).await,
                Scene::Burst => lab.burst(size(arguments.burst)).await,
                Scene::Streams => lab.streams(size(arguments.streams)).await,
                Scene::Slow => lab.slow(size(100)).await,
                Scene::Events => {
                    lab.events(if arguments.bench { arguments.seconds } else { 1 })
                        .await
                }
            }
        };
        runtime
            .block_on(async { tokio::time::timeout(LIMIT, playing).await })
            .with_context(|| format!("{scene:?} took longer than {LIMIT:?}"))??;
    }
    Ok(())
}
