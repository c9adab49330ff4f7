//! A client that speaks HTTP/1 and begins a head that it does not end: hyper would wait for it as for one that is idle.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::AsyncRead;
use tokio::time::{Sleep, sleep};
use tokio_util::io::InspectReader;

use super::relay::Relay;

/// A client whose bytes are counted.
pub(super) type Counted<C> = InspectReader<C, Box<dyn FnMut(&[u8]) + Send>>;

/// Counts its bytes.
pub(super) fn counted<C: AsyncRead>(client: C, relay: Arc<Relay>) -> Counted<C> {
    InspectReader::new(client, Box::new(move |bytes| relay.hear(bytes.len())))
}

/// Notices a head that takes too long, by what came while no exchange was under way.
#[derive(Default)]
pub(super) struct Late {
    /// Exchanges that had begun, and bytes that had come, when one was under way last.
    begun: usize,
    heard: u64,
    /// Once there are more.
    limit: Option<Pin<Box<Sleep>>>,
}

impl Late {
    /// Ready when it is too late.
    pub(super) fn poll(&mut self, relay: &Relay, cx: &mut Context<'_>) -> Poll<()> {
        let (begun, heard) = (relay.life.begun(), relay.heard());
        if begun != self.begun || !relay.life.is_idle() {
            (self.begun, self.heard, self.limit) = (begun, heard, None);
        }
        if heard == self.heard {
            return Poll::Pending;
        }
        let time = relay.context.timeouts.head;
        let limit = self.limit.get_or_insert_with(|| Box::pin(sleep(time)));
        limit.as_mut().poll(cx)
    }
}
