//! A leg's socket with its handshake noted. Once the handshake is over the tap has stepped aside, and what passes
//! then costs a comparison.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::leg_stream::LegStream;
use crate::recorder::LegRecorder;
use crate::transport::Cut;

/// A leg's socket, tapped.
#[derive(Debug)]
pub(crate) struct Tap {
    inner: LegStream,
    /// `None` once it has stepped aside.
    leg: Option<Arc<LegRecorder>>,
}

impl Tap {
    /// Notes what passes through `inner` from now on.
    pub(crate) fn new(inner: LegStream, leg: Arc<LegRecorder>) -> Self {
        Self {
            inner,
            leg: Some(leg),
        }
    }

    /// Notes again, from now on.
    pub(crate) fn attach(&mut self, leg: Arc<LegRecorder>) {
        self.leg = Some(leg);
    }

    /// Notes no more.
    pub(crate) fn step_aside(&mut self) {
        self.leg = None;
    }

    /// The handshake is over: notes the round-trip time, and no more unless all is wanted.
    pub(super) fn handshake_is_over(&mut self) {
        if let Some(leg) = &self.leg {
            leg.note_round_trip(|| self.inner.round_trip_us());
            if !leg.keeps_all() {
                self.step_aside();
            }
        }
    }

    /// No more is wanted: the handshake was passed through and is over, or longer than what is kept of one.
    fn tell(&mut self) {
        if let Some(leg) = self.leg.take() {
            leg.note_round_trip(|| self.inner.round_trip_us());
            leg.tell_passed();
        }
    }
}

impl Cut for Tap {
    fn cut(&self) {
        self.inner.cut();
    }
}

impl Drop for Tap {
    /// Whatever became of the handshake, its socket is still there to ask.
    fn drop(&mut self) {
        if let Some(leg) = &self.leg {
            leg.note_round_trip(|| self.inner.round_trip_us());
        }
    }
}

impl AsyncRead for Tap {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let Some(leg) = &this.leg else {
            return Pin::new(&mut this.inner).poll_read(cx, buf);
        };
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
        if !leg.note_bytes(leg.peer_role(), [&buf.filled()[before..]]) {
            this.tell();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tap {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let Some(leg) = &this.leg else {
            return Pin::new(&mut this.inner).poll_write(cx, buf);
        };
        let count = ready!(Pin::new(&mut this.inner).poll_write(cx, buf))?;
        if !leg.note_bytes(leg.own_role(), [&buf[..count]]) {
            this.tell();
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let count = ready!(Pin::new(&mut this.inner).poll_write_vectored(cx, bufs))?;
        if let Some(leg) = &this.leg {
            let mut left = count;
            let written = bufs.iter().map(|buf| {
                let taken = left.min(buf.len());
                left -= taken;
                &buf[..taken]
            });
            let goes_on = leg.note_bytes(leg.own_role(), written);
            if !goes_on {
                this.tell();
            }
        }
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
