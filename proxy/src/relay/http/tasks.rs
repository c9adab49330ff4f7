//! The tasks of one client connection.

use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// Tasks that belong to one client connection: streams of HTTP/2. They are counted by the server, and stop when the
/// connection does.
pub(crate) struct StreamTasks {
    tracker: TaskTracker,
    over: CancellationToken,
}

impl StreamTasks {
    /// The tasks of a connection, and the guard that stops them.
    pub(crate) fn new(tracker: &TaskTracker) -> (Self, DropGuard) {
        let over = CancellationToken::new();
        (
            Self {
                tracker: tracker.clone(),
                over: over.clone(),
            },
            over.drop_guard(),
        )
    }

    /// Runs until done, or the connection is over.
    pub(crate) fn run<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let over = self.over.clone();
        self.tracker.spawn(async move {
            tokio::select! {
                // First: what broke the connection is heard, and handed on, before it stops.
                biased;
                () = task => {}
                () = over.cancelled() => {}
            }
        });
    }
}
