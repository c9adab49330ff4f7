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

    /// The next message and its payload, decoded.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn next(&mut self, store: &dyn Store) -> Result<Option<(Message, Bytes)>, ReadError> {
        let next = self.cursor.next(store, &self.conversation, &self.progress)?;
        Ok(next.map(|(message, found)| (message, found.payload.into())))
    }
}
