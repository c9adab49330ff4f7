//! `handlens export`: what was seen, as a file for other tools.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use capture::export::{Har, Selection};
use capture::{Filter, SqliteStore};

use crate::config::Config;
use crate::instance::store_dir;

pub(super) fn export(config: &Config, filter: &str, output: Option<&Path>) -> anyhow::Result<ExitCode> {
    let filter: Filter = filter
        .parse()
        .map_err(|error| anyhow!("the filter can't be used: {error}"))?;
    // Beside a Handlens that runs on the same folder, too.
    let store = SqliteStore::open_read_only(&store_dir(&config.data_dir))?;
    let har = Har::new(
        Arc::new(store),
        Selection::Matching(filter),
        env!("CARGO_PKG_VERSION"),
    );
    match output {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("{} can't be written", path.display()))?;
            write(har, file).with_context(|| format!("{} can't be written", path.display()))?;
        }
        None => write(har, io::stdout().lock()).context("standard output can't be written")?,
    }
    Ok(ExitCode::SUCCESS)
}

fn write(har: Har, output: impl Write) -> io::Result<()> {
    let mut output = BufWriter::new(output);
    har.write_to(&mut output)?;
    output.flush()
}
