//! `handlens run`: starts, says where it is, and goes on until a signal.

use std::process::ExitCode;

use serde_json::json;

use crate::config::{Config, LogFormat};
use crate::instance::{Instance, hex};
use crate::output::print;

pub(super) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let signals = Signals::new()?;
    let instance = Instance::start(config).await?;
    announce(&instance, config.log_format)?;
    signals.wait().await;
    tokio::select! {
        () = instance.stop() => {}
        // Whoever asks twice does not want to wait.
        () = signals.wait() => return Ok(ExitCode::FAILURE),
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints where Handlens is, and flushes: scripts wait for these lines.
fn announce(instance: &Instance, format: LogFormat) -> anyhow::Result<()> {
    let root = instance.root_path().display();
    let proxies = instance.doors().iter().map(ToString::to_string);
    print(|out| match format {
        LogFormat::Json => {
            let line = json!({
                "event": "ready",
                "proxy": proxies.collect::<Vec<_>>(),
                "dashboard": instance.dashboard_url(),
                "token": instance.token(),
                "root": instance.root_path(),
            });
            writeln!(out, "{line}")
        }
        LogFormat::Text => {
            for proxy in proxies {
                writeln!(out, "proxy      {proxy}")?;
            }
            if let Some(url) = instance.dashboard_url() {
                writeln!(out, "dashboard  {url}")?;
            }
            writeln!(
                out,
                "root       {root} (SHA-256 {})",
                hex(&instance.root().sha256(), ":")
            )
        }
    })
}

/// The signals that end a run.
struct Signals {
    #[cfg(unix)]
    streams: tokio::sync::Mutex<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)>,
}

impl Signals {
    /// Listens from now on, so that a signal during the start is not lost.
    fn new() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let streams = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
            Ok(Self {
                streams: tokio::sync::Mutex::new(streams),
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    async fn wait(&self) {
        #[cfg(unix)]
        {
            let mut streams = self.streams.lock().await;
            let (terminate, interrupt) = &mut *streams;
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
