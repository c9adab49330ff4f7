//! Standard output and standard error. Whoever reads them may have read enough, and close them: that is nobody's fault,
//! and ends nothing. (The standard library's macros would panic.)

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

/// Tells on standard error what is to be known beside what was asked for.
pub(crate) fn remark(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "handlens: {line}");
}
