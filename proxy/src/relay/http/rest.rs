//! When a connection that speaks HTTP/1 rests, and what wakes it.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::relay::Relay;

/// Waits until nothing has passed for a while and nothing is left over: no exchange, and nothing on its way, by
/// what `is_between` says.
pub(super) async fn resting(relay: &Relay, is_between: impl Fn() -> bool) {
    let mut seen = relay.life.progress();
    loop {
        tokio::time::sleep(relay.context.timeouts.rest).await;
        let now = relay.life.progress();
        if now == seen && relay.life.is_idle() && !relay.is_upgrading() && is_between() {
            return;
        }
        seen = now;
    }
}

/// What ends a rest.
pub(super) enum Woken {
    /// The client begins to speak, with these bytes.
    Request(Bytes),
    /// One of the two is gone, or the origin speaks when nobody asked it.
    End,
    /// The client's stream broke.
    Broken(io::Error),
}

/// Waits for either side.
pub(super) async fn rest(
    client: &mut (impl AsyncRead + Unpin),
    origin: &mut (impl AsyncRead + Unpin),
) -> Woken {
    let mut first = [0; 16];
    poll_fn(|cx| {
        let mut read = ReadBuf::new(&mut first);
        match Pin::new(&mut *client).poll_read(cx, &mut read) {
            Poll::Ready(Ok(())) if read.filled().is_empty() => return Poll::Ready(Woken::End),
            Poll::Ready(Ok(())) => return Poll::Ready(Woken::Request(Bytes::copy_from_slice(read.filled()))),
            Poll::Ready(Err(error)) => return Poll::Ready(Woken::Broken(error)),
            Poll::Pending => {}
        }
        Pin::new(&mut *origin)
            .poll_read(cx, &mut ReadBuf::new(&mut [0]))
            .map(|_| Woken::End)
    })
    .await
}

/// A stream that knows whether what was written to it has left.
pub(super) struct Flushing<S> {
    inner: S,
    unsent: Arc<AtomicBool>,
}

impl<S> Flushing<S> {
    pub(super) fn new(inner: S) -> Self {
        Self {
            inner,
            unsent: Arc::default(),
        }
    }

    /// True from a write on until all of it was flushed.
    pub(super) fn unsent(&self) -> Arc<AtomicBool> {
        self.unsent.clone()
    }

    pub(super) fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Flushing<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Flushing<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.unsent.store(true, Ordering::Relaxed);
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.unsent.store(true, Ordering::Relaxed);
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        if let Poll::Ready(Ok(())) = flushed {
            self.unsent.store(false, Ordering::Relaxed);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
