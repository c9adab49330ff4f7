//! Handlens as a person starts it, with a data folder of its own and recording on.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::THREADS;
use crate::authority::Authority;
use crate::helper::Helper;
use crate::job::{OriginAddresses, Way};
use crate::process::Process;

/// The first start makes a root and a store.
const START_PATIENCE: Duration = Duration::from_secs(20);
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A running Handlens.
pub(crate) struct Handlens {
    helper: Helper,
    proxy: SocketAddr,
    dashboard: SocketAddr,
    root: PathBuf,
    origin: OriginAddresses,
    _data: TempDir,
}

/// What it says on standard output once it serves.
#[derive(Deserialize)]
struct Ready {
    proxy: Vec<String>,
    dashboard: String,
    root: PathBuf,
}

/// What it has recorded, by its own account.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Recorded {
    /// Exchanges in the store.
    #[serde(default)]
    pub(crate) exchanges: u64,
    /// Bytes of the store on disk.
    #[serde(default)]
    pub(crate) bytes: u64,
    /// Events that found no way into it.
    #[serde(default)]
    pub(crate) lost_events: u64,
    /// Body bytes that were let go.
    #[serde(default)]
    pub(crate) dropped_bytes: u64,
}

impl Handlens {
    /// Starts it on free ports.
    pub(crate) fn start(program: &Path, authority: &Authority, origin: OriginAddresses) -> Result<Self> {
        let data = TempDir::with_prefix_in("data-", authority.folder()).context("making a data folder")?;
        let mut command = Command::new(program);
        command
            .args([
                "run",
                "--listen",
                "127.0.0.1:0",
                "--dashboard",
                "127.0.0.1:0",
                "--token",
                TOKEN,
            ])
            .args(["--log-format", "json", "--data-dir"])
            .arg(data.path())
            .arg("--origin-ca")
            .arg(authority.origin_root())
            .env("TOKIO_WORKER_THREADS", THREADS.to_string())
            .stderr(Stdio::inherit());
        // What the person at this shell has set for their own Handlens is not for this one.
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HANDLENS_"))
        {
            command.env_remove(name);
        }
        let mut helper = Helper::start("handlens", &mut command)?;
        let ready: Ready = helper.hear(START_PATIENCE)?;
        let proxy = ready.proxy.first().context("handlens told no proxy address")?;
        Ok(Self {
            helper,
            proxy: address_in(proxy)?,
            dashboard: address_in(&ready.dashboard)?,
            root: ready.root,
            origin,
            _data: data,
        })
    }

    /// The way to the origin: the one that knows the post-quantum group, or the one that doesn't.
    pub(crate) fn way(&self, hybrid: bool) -> Way {
        let origin = if hybrid {
            self.origin.hybrid
        } else {
            self.origin.classic
        };
        Way {
            dial: self.proxy,
            connect_port: Some(origin.port()),
            trust: self.root.clone(),
            hybrid,
            http2: false,
        }
    }

    /// Its process.
    pub(crate) fn process(&self) -> Process {
        Process::of(self.helper.id())
    }

    /// Asks its dashboard what has been recorded.
    pub(crate) fn recorded(&self) -> Result<Recorded> {
        #[derive(Deserialize)]
        struct Status {
            store: Recorded,
        }
        let mut stream = TcpStream::connect(self.dashboard).context("reaching the dashboard")?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "GET /api/status HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n",
            self.dashboard
        )?;
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .context("reading the dashboard's answer")?;
        ensure!(
            answer.starts_with("HTTP/1.1 200 "),
            "the dashboard answered: {answer}"
        );
        let body = answer
            .find('{')
            .zip(answer.rfind('}'))
            .map(|(from, to)| &answer[from..=to]);
        let status: Status = serde_json::from_str(body.context("the status is empty")?)?;
        Ok(status.store)
    }
}

/// The socket address in `http://127.0.0.1:8080/...` or `127.0.0.1:8080`.
fn address_in(text: &str) -> Result<SocketAddr> {
    let text = text.strip_prefix("http://").unwrap_or(text);
    let text = text.split(['/', '?']).next().unwrap_or(text);
    text.parse().with_context(|| format!("no address: {text}"))
}
