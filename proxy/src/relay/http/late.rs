//! A client that speaks HTTP/1 and begins a head that it does not end: hyper would wait for it as for one that is idle.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::relay::Relay;

/// A client whose bytes are counted.
pub(super) struct Counted<C> {
    inner: C,
    relay: Arc<Relay>,
}

impl<C> Counted<C> {
    pub(super) fn new(inner: C, relay: Arc<Relay>) -> Self {
        Self { inner, relay }
    }
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

impl<C: AsyncRead + Unpin> AsyncRead for Counted<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        self.relay.hear(buf.filled().len() - before);
        polled
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Counted<C> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
