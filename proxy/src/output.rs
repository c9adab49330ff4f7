//! The standard output of commands. Whoever reads it may have read enough, and close it: that is nobody's fault.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};

use anyhow::Context as _;

/// Writes what a command was asked for.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("standard output can't be written")
        }
        _ => Ok(()),
    }
}

/// Tells a line of what is being done. That goes on where nobody can be told.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}
