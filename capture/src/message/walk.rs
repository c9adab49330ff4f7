//! The messages of an exchange from the first to the last, one after the other.

use std::sync::Arc;

use bytes::Bytes;

use super::Message;
use super::conversation::Conversation;
use super::cursor::Cursor;
use crate::{Progress, ReadError, Store};

/// The messages that there were when the walk began.
pub struct MessageWalk {
    conversation: Arc<Conversation>,
    cursor: Cursor,
    progress: Progress,
}

impl MessageWalk {
    /// Begins at the first; of each payload so much is kept. `None` where the exchange is gone.
    pub(super) fn begin(
        conversation: Arc<Conversation>,
        store: &dyn Store,
        keep: usize,
    ) -> Result<Option<Self>, ReadError> {
        let progress = store.progress(conversation.id)?;
        Ok(progress.map(|progress| Self {
            cursor: Cursor::new(&conversation, keep, None),
            conversation,
            progress,
        }))
    }

    /// Begins a step: about a tenth of a second from now on, or some megabytes read and decoded, it pauses.
    pub fn begin_step(&mut self) {
        self.cursor.effort.begin_step();
    }

    /// It pauses when so many bytes more were read and decoded.
    pub fn stop_after(&mut self, bytes: u64) {
        self.cursor.effort.stop_after(bytes);
    }

    /// Whether it has paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.cursor.effort.is_over()
    }

    /// Bytes that were read and decoded.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.cursor.effort.spent
    }

    /// The next message and its payload, decoded. `None` where there is none, or it has paused.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn next(&mut self, store: &dyn Store) -> Result<Option<(Message, Bytes)>, ReadError> {
        let next = self.cursor.next(store, &self.conversation, &self.progress)?;
        Ok(next.map(|(message, found)| (message, found.payload.into())))
    }
}
