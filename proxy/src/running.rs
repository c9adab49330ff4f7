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
    pub(crate) proxy: Vec<SocketAddr>,
    pub(crate) root: PathBuf,
}

impl Running {
    /// Leaves the note. Without it everything else still works, so a failure is only logged.
    pub(crate) fn announce(data_dir: &Path, proxy: &[SocketAddr], root: &Path) -> Self {
        let path = data_dir.join(NAME);
        let note = Note {
            pid: std::process::id(),
            proxy: proxy.to_vec(),
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

/// The Handlens that runs on this data folder. A note that a killed one left behind finds nobody listening.
pub(crate) fn find(data_dir: &Path) -> Option<(SocketAddr, PathBuf)> {
    let note: Note = serde_json::from_slice(&fs::read(data_dir.join(NAME)).ok()?).ok()?;
    let address = *note.proxy.first()?;
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    Some((address, note.root))
}
