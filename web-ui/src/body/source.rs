//! A captured body as a reader, part by part from the store.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use capture::{Id, Side, Store};

/// Bytes that are asked of the store at once.
const PART: u64 = 128 * 1024;

/// Reads what the store held of a body when the reader was made. Each `read` may block on disk.
pub(crate) struct Source {
    store: Arc<dyn Store>,
    id: Id,
    side: Side,
    next: u64,
    end: u64,
    part: Bytes,
}

impl Source {
    /// The bytes of this body from `start` to `end`.
    pub(crate) fn new(store: Arc<dyn Store>, id: Id, side: Side, start: u64, end: u64) -> Self {
        Self {
            store,
            id,
            side,
            next: start,
            end,
            part: Bytes::new(),
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.part.is_empty() && self.next < self.end {
            let until = self.end.min(self.next + PART);
            let part = self
                .store
                .body(self.id, self.side, self.next..until)
                .map_err(io::Error::other)?;
            self.part = part.map(|part| part.bytes).unwrap_or_default();
            if self.part.is_empty() {
                return Err(io::Error::other("the body went from the store while it was read"));
            }
            self.next += self.part.len() as u64;
        }
        let length = buffer.len().min(self.part.len());
        self.part.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
