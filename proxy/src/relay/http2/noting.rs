//! A stream whose HTTP/2 frames are noted as they pass, above TLS.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::recorder::FrameRecorder;

/// How long frames may wait before they are told.
const TOLD_AFTER: Duration = Duration::from_secs(1);

/// Tells the frames of legs now and then, while there are any.
pub(crate) struct Flushing<const LEGS: usize> {
    legs: [Arc<FrameRecorder>; LEGS],
    /// When those that are noted are told.
    due: Option<Pin<Box<Sleep>>>,
}

impl<const LEGS: usize> Flushing<LEGS> {
    pub(crate) fn of(legs: [Arc<FrameRecorder>; LEGS]) -> Self {
        Self { legs, due: None }
    }

    /// The stream of this leg, its frames noted.
    pub(crate) fn noting<S>(&self, stream: S, leg: usize) -> Noting<S> {
        Noting {
            inner: stream,
            frames: self.legs[leg].clone(),
        }
    }

    /// Tells frames while `driving` goes on.
    pub(crate) async fn beside<F: Future>(&mut self, driving: F) -> F::Output {
        let mut driving = pin!(driving);
        poll_fn(|cx| {
            let polled = driving.as_mut().poll(cx);
            self.poll(cx);
            polled
        })
        .await
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        if self.due.is_none() && self.legs.iter().any(|leg| leg.is_behind()) {
            self.due = Some(Box::pin(sleep(TOLD_AFTER)));
        }
        if let Some(due) = &mut self.due
            && due.as_mut().poll(cx).is_ready()
        {
            self.due = None;
            self.legs.iter().for_each(|leg| leg.flush());
        }
    }
}

/// A stream on which frames are noted.
pub(crate) struct Noting<S> {
    inner: S,
    frames: Arc<FrameRecorder>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Noting<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        let read = &buf.filled()[before..];
        if !read.is_empty() {
            self.frames.note(false, [read]);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Noting<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(cx, buf);
        if let Poll::Ready(Ok(count)) = polled {
            self.frames.note(true, [&buf[..count]]);
        }
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        if let Poll::Ready(Ok(mut left)) = polled {
            let pieces = bufs.iter().map(|buf| {
                let count = left.min(buf.len());
                left -= count;
                &buf[..count]
            });
            self.frames.note(true, pieces);
        }
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
