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

    /// The handshake is over: notes no more, unless all is wanted.
    pub(super) fn handshake_is_over(&mut self) {
        self.leg.take_if(|leg| !leg.keeps_all());
    }

    /// Bytes are about to be written, the first of which are these, or were read. Gives the time of it: while they are written, the
    /// peer may have answered already. So it may have reset, and the kernel is asked for the round-trip time now: of a
    /// connection that was reset it knows nothing any more.
    fn begin(&self, is_own: bool, first: &[u8]) -> u64 {
        let Some(leg) = &self.leg else {
            return 0;
        };
        let from = if is_own { leg.own_role() } else { leg.peer_role() };
        leg.note_round_trip(from, first, || self.inner.round_trip_us());
        leg.now_us()
    }

    /// Bytes have passed at once, in one piece or in several.
    fn note<'a>(&mut self, is_own: bool, at_us: u64, pieces: impl IntoIterator<Item = &'a [u8]>) {
        let Some(leg) = &self.leg else {
            return;
        };
        let from = if is_own { leg.own_role() } else { leg.peer_role() };
        if !leg.note_bytes_at(at_us, from, pieces) {
            leg.tell_passed();
            self.step_aside();
        }
    }
}

impl Cut for Tap {
    fn cut(&self) {
        self.inner.cut();
    }

    fn poll_broken(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.inner.poll_broken(cx)
    }
}

impl AsyncRead for Tap {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
        let read = &buf.filled()[before..];
        let at_us = this.begin(false, read);
        this.note(false, at_us, [read]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tap {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let at_us = this.begin(true, buf);
        let count = ready!(Pin::new(&mut this.inner).poll_write(cx, buf))?;
        this.note(true, at_us, [&buf[..count]]);
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
        let at_us = this.begin(true, bufs.first().map_or(&[], |first| first));
        let count = ready!(Pin::new(&mut this.inner).poll_write_vectored(cx, bufs))?;
        let mut left = count;
        let written = bufs.iter().map(|buf| {
            let taken = left.min(buf.len());
            left -= taken;
            &buf[..taken]
        });
        this.note(true, at_us, written);
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
