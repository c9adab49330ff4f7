//! `handlens export`: what was seen, as a file for other tools.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use capture::export::{Har, Pcapng, Selection};
use capture::{Filter, SqliteStore};

use crate::config::Config;
use crate::instance::store_dir;

/// Writes exchanges as HAR, or handshakes as pcapng.
pub(super) fn export(
    config: &Config,
    pcapng: bool,
    filter: &Filter,
    output: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    // Beside a Handlens that runs on the same folder, too.
    let store = Arc::new(SqliteStore::open_read_only(&store_dir(&config.data_dir))?);
    let (chosen, version) = (Selection::Matching(filter.clone()), env!("CARGO_PKG_VERSION"));
    let write = |output: &mut dyn Write| match pcapng {
        true => Pcapng::new(store, chosen, version).write_to(output),
        false => Har::new(store, chosen, version).write_to(output),
    };
    match output {
        Some(path) => create(path)
            .and_then(|file| write(&mut BufWriter::new(file)))
            .with_context(|| format!("{} can't be written", path.display()))?,
        None => {
            write(&mut BufWriter::new(io::stdout().lock())).context("standard output can't be written")?
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What was captured is as secret as what it was captured from: the file is its owner's alone.
fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
