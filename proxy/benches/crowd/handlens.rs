//! Handlens as a process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// A running Handlens. It is killed when it is dropped.
pub(crate) struct Handlens {
    process: Child,
    pub(crate) proxy: SocketAddr,
    pub(crate) root: PathBuf,
    dashboard: String,
    token: String,
}

#[derive(Deserialize)]
struct Ready {
    proxy: Vec<String>,
    root: PathBuf,
    dashboard: String,
    token: String,
}

impl Handlens {
    pub(crate) async fn start(program: &Path, folder: &Path, origin_root: &Path) -> Result<Self> {
        let mut process = Command::new(program)
            .args([
                "run",
                "--listen",
                "127.0.0.1:0",
                "--dashboard",
                "127.0.0.1:0",
                "--log-format",
                "json",
                "--data-dir",
            ])
            .arg(folder.join("data"))
            .arg("--origin-ca")
            .arg(origin_root)
            .env("TOKIO_WORKER_THREADS", "2")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("starting handlens")?;
        let output = process.stdout.take().context("no output")?;
        let mut lines = BufReader::new(output).lines();
        loop {
            let line = lines
                .next_line()
                .await?
                .context("handlens ended before it was ready")?;
            let Ok(ready) = serde_json::from_str::<Ready>(&line) else {
                continue;
            };
            // What else it says must not fill its pipe.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            let proxy = ready.proxy.first().context("no address")?;
            return Ok(Self {
                process,
                proxy: address(proxy).parse()?,
                root: ready.root,
                dashboard: address(&ready.dashboard).to_owned(),
                token: ready.token,
            });
        }
    }

    /// Asks the dashboard's API.
    pub(crate) async fn api(&self, path: &str) -> Result<serde_json::Value> {
        let Self { dashboard, token, .. } = self;
        let mut stream = TcpStream::connect(dashboard).await?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {dashboard}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "{path} is answered {answer}");
        let (_, body) = answer.split_once("\r\n\r\n").context("no body")?;
        Ok(serde_json::from_str(body)?)
    }

    /// Bytes that are resident now.
    pub(crate) fn resident(&self) -> Result<u64> {
        let id = self.process.id().context("handlens has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line
            .and_then(|line| line.trim().strip_suffix(" kB"))
            .context("no VmRSS")?;
        let bytes = kib.trim().parse::<u64>()? * 1024;
        ensure!(bytes > 0, "handlens has ended");
        Ok(bytes)
    }
}

/// The address in a URL.
fn address(url: &str) -> &str {
    let rest = url.trim_start_matches("http://");
    rest.split_once('/').map_or(rest, |(address, _)| address)
}
