//! The stream of what changed in a store.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::Id;

/// One batch of change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Exchanges that are new or changed, each once.
    pub exchanges: Vec<Id>,
    /// Connections that are new or changed, each once.
    pub connections: Vec<Id>,
    /// Whether rows went: evicted, cleared, or back by an undo.
    pub rows_went: bool,
}

/// What a reader of the feed is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// This changed.
    Changed(Arc<Change>),
    /// More changed than is remembered for a slow reader: read everything again.
    StartAgain,
}

/// A reader of the feed. It never slows the writer.
pub struct Feed(broadcast::Receiver<Arc<Change>>);

impl Feed {
    /// Reads what is sent on this channel.
    #[must_use]
    pub fn new(changes: broadcast::Receiver<Arc<Change>>) -> Self {
        Self(changes)
    }

    /// Waits for the next change. `None` once the store is closed. Cancel safe.
    pub async fn next(&mut self) -> Option<News> {
        match self.0.recv().await {
            Ok(change) => Some(News::Changed(change)),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(News::StartAgain),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_reader_is_told_to_start_again_and_then_hears_on() {
        let (sender, receiver) = broadcast::channel(2);
        let mut feed = Feed::new(receiver);
        for _ in 0..5 {
            sender.send(Arc::default()).unwrap();
        }
        assert_eq!(feed.next().await, Some(News::StartAgain));
        assert!(matches!(feed.next().await, Some(News::Changed(_))));
        assert!(matches!(feed.next().await, Some(News::Changed(_))));
        drop(sender);
        assert_eq!(feed.next().await, None);
    }
}
