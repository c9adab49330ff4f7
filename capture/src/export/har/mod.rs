//! HAR 1.2 (<http://www.softwareishard.com/blog/har-12-spec/>), exchange by exchange.
//!
//! What HAR has no name for stands in fields that begin with an underscore, as its section on custom fields
//! wants it.

mod content;
mod entry;
mod fields;
mod websocket;

use std::io;
use std::sync::Arc;

use super::Selection;
use super::rows::{Kind, Rows};
use crate::{ReadError, Store};

/// A HAR 1.2 document, told piece by piece: one piece holds one exchange at the most, so its memory is bounded
/// whatever it exports. Reading a piece blocks on disk.
///
/// Each body is embedded up to 8 MiB of what it decodes to; a comment says so where it is cut.
pub struct Har {
    store: Arc<dyn Store>,
    version: String,
    rows: Rows,
    state: State,
}

enum State {
    /// Nothing is told yet.
    Head,
    /// The first entry comes next.
    First,
    /// A further entry comes next.
    Further,
    /// All is told, or it could not be told.
    Done,
}

impl Har {
    /// The document of these exchanges. `version` is that of the program that writes it.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, selection: Selection, version: &str) -> Self {
        Self {
            store,
            version: version.to_owned(),
            rows: Rows::new(Kind::Exchanges, selection),
            state: State::Head,
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

    fn piece(&mut self) -> Result<Vec<u8>, ReadError> {
        match self.state {
            State::Head => {
                // A store that can't be read, or a filter that has no meaning, shows before a word is told.
                self.rows.fill(&*self.store)?;
                self.state = State::First;
                let creator = serde_json::json!({ "name": "Handlens", "version": self.version });
                Ok(
                    format!("{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"entries\":[")
                        .into_bytes(),
                )
            }
            State::First | State::Further => {
                while let Some(id) = self.rows.next(&*self.store)? {
                    let Some(entry) = entry::read(&self.store, id)? else {
                        continue;
                    };
                    let mut piece = match self.state {
                        State::First => b"\n".to_vec(),
                        _ => b",\n".to_vec(),
                    };
                    self.state = State::Further;
                    serde_json::to_writer(&mut piece, &entry)
                        .map_err(|error| ReadError::Engine(error.to_string()))?;
                    return Ok(piece);
                }
                self.state = State::Done;
                Ok(b"\n]}}\n".to_vec())
            }
            State::Done => Ok(Vec::new()),
        }
    }
}

impl Iterator for Har {
    type Item = Result<Vec<u8>, ReadError>;

    /// The next piece. After an error there are no more.
    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.state, State::Done) {
            return None;
        }
        let piece = self.piece();
        if piece.is_err() {
            self.state = State::Done;
        }
        Some(piece)
    }
}
