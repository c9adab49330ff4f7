//! HAR 1.2 (<http://www.softwareishard.com/blog/har-12-spec/>), exchange by exchange.

use std::io;
use std::sync::Arc;

use super::Selection;
use crate::{ReadError, Store};

/// A HAR 1.2 document, told piece by piece: one piece holds one exchange at the most, so its memory is bounded
/// whatever it exports. Reading a piece blocks on disk.
pub struct Har {
    _store: Arc<dyn Store>,
    _selection: Selection,
    _version: String,
}

impl Har {
    /// The document of these exchanges. `version` is that of the program that writes it.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, selection: Selection, version: &str) -> Self {
        Self {
            _store: store,
            _selection: selection,
            _version: version.to_owned(),
        }
    }

    /// Writes the whole document.
    ///
    /// # Errors
    /// When the store cannot be read or the output cannot be written.
    pub fn write_to(self, output: &mut dyn io::Write) -> io::Result<()> {
        for piece in self {
            output.write_all(&piece.map_err(io::Error::other)?)?;
        }
        output.flush()
    }
}

impl Iterator for Har {
    type Item = Result<Vec<u8>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}
