//! A stored body as a stream of bytes, a bounded piece of it in memory at a time.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::{Buf, Bytes};

use crate::{Id, Side, Store};

/// Bytes that are read from the store at once.
const PIECE: u64 = 512 * 1024;

/// Reads a body from its beginning.
pub(super) struct StoredBody {
    store: Arc<dyn Store>,
    id: Id,
    side: Side,
    at: u64,
    piece: Bytes,
}

impl StoredBody {
    pub(super) fn new(store: Arc<dyn Store>, id: Id, side: Side) -> Self {
        Self {
            store,
            id,
            side,
            at: 0,
            piece: Bytes::new(),
        }
    }
}

impl Read for StoredBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() {
            let range = self.at..self.at.saturating_add(PIECE);
            let part = self
                .store
                .body(self.id, self.side, range)
                .map_err(io::Error::other)?;
            self.piece = part.map(|part| part.bytes).unwrap_or_default();
            self.at += self.piece.len() as u64;
        }
        let length = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
