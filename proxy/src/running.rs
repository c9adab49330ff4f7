//! The note that a running Handlens leaves in its data folder, so that `handlens exec` finds it.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

const NAME: &str = "running.json";

/// What the note says. The file goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    path: PathBuf,
}

/// Where a running Handlens is reached.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) pid: u32,
    /// The addresses of its HTTP proxy.
    pub(crate) proxy: Vec<SocketAddr>,
    /// It asks clients who they are.
    #[serde(default)]
    pub(crate) asks: bool,
    pub(crate) root: PathBuf,
}

impl Running {
    /// Leaves the note. Without it everything else still works, so a failure is only logged.
    pub(crate) fn announce(data_dir: &Path, proxy: &[SocketAddr], asks: bool, root: &Path) -> Self {
        let path = data_dir.join(NAME);
        let note = Note {
            pid: std::process::id(),
            proxy: proxy.to_vec(),
            asks,
            root: std::path::absolute(root).unwrap_or_else(|_| root.to_owned()),
        };
        let written = serde_json::to_vec(&note)
            .map_err(std::io::Error::from)
            .and_then(|text| fs::write(&path, text));
        if let Err(error) = written {
            tracing::warn!(
                "handlens exec will not find this Handlens: {}: {error}",
                path.display()
            );
        }
        Self { path }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = fs::remove_file(&self.path);
    }
}

/// A Handlens runs, and programs can't be sent through it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    #[error(
        "the Handlens that runs on this data folder has no door for HTTP; let it listen on one, or give another --data-dir"
    )]
    NoHttp,
    #[error(
        "the Handlens that runs on this data folder asks for a password (proxy-auth); give another --data-dir"
    )]
    Asks,
}

/// The Handlens that runs on this data folder. A note that a killed one left behind finds nobody listening.
pub(crate) fn find(data_dir: &Path) -> Result<Option<(SocketAddr, PathBuf)>, Unusable> {
    let Some(note) = fs::read(data_dir.join(NAME))
        .ok()
        .and_then(|text| serde_json::from_slice::<Note>(&text).ok())
    else {
        return Ok(None);
    };
    let address = note.proxy.first().ok_or(Unusable::NoHttp)?;
    if TcpStream::connect_timeout(address, Duration::from_secs(1)).is_err() {
        return Ok(None);
    }
    match note.asks {
        true => Err(Unusable::Asks),
        false => Ok(Some((*address, note.root))),
    }
}
