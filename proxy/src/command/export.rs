//! `handlens export`: what was seen, as a file for other tools.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use capture::export::{Har, MessageLines, Pcapng, Selection};
use capture::message::Schema;
use capture::{Filter, Query, ReadError, SqliteStore, Store as _};

use crate::config::Config;
use crate::instance::store_dir;
use crate::output::print;
use crate::private_file::open_private;

/// What is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Har,
    Pcapng,
    Messages,
}

/// Writes exchanges as HAR, handshakes as pcapng, or messages as lines of JSON.
pub(super) fn export(
    config: &Config,
    form: Form,
    filter: &Filter,
    output: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    // Beside a Handlens that runs on the same folder, too.
    let store = Arc::new(SqliteStore::open_read_only(&store_dir(&config.data_dir))?);
    // Whether the filter is one of what is exported shows before anything is written.
    let look = Query {
        filter: filter.clone(),
        limit: 1,
        ..Query::default()
    };
    let looked = match form {
        Form::Pcapng => store.connections(&look).map(drop),
        Form::Har | Form::Messages => store.exchanges(&look).map(drop),
    };
    match looked {
        Err(ReadError::Filter(error)) => return Err(error.into()),
        other => other?,
    }
    let (chosen, version) = (Selection::Matching(filter.clone()), env!("CARGO_PKG_VERSION"));
    let schema = match (form, &config.proto) {
        (Form::Messages, Some(folder)) => Schema::compile(folder)?,
        _ => Schema::default(),
    };
    let write = |output: &mut dyn Write| match form {
        Form::Pcapng => Pcapng::new(store, chosen, version).write_to(output),
        Form::Har => Har::new(store, chosen, version).write_to(output),
        Form::Messages => MessageLines::new(store, chosen, Arc::new(schema)).write_to(output),
    };
    match output {
        Some(path) => create(path)
            .and_then(|file| write(&mut BufWriter::new(file)))
            .with_context(|| format!("{} can't be written", path.display()))?,
        None => print(write)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What was captured is as secret as what it was captured from: the file is its owner's alone.
fn create(path: &Path) -> io::Result<File> {
    open_private(File::options().write(true).truncate(true), path)
}
