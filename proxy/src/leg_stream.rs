//! What carries a leg, read in large pieces when it runs at bulk.
//!
//! rustls asks for 4 KiB at a time, four reads a full record. Once a read has filled all that was asked for,
//! more is waiting: the following reads fetch up to 64 KiB into a buffer of our own, which is given back as
//! soon as the socket runs dry. An idle leg holds no buffer.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::sock_diag::round_trip_us;
use crate::transport::{Cut, Transport};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Four full records.
const BULK: usize = 64 * 1024;

#[derive(Debug)]
pub(crate) struct LegStream {
    transport: Transport,
    /// Bytes read ahead; those before `read` have been handed on.
    ahead: Vec<u8>,
    read: usize,
    /// The last read filled all that was asked for.
    in_bulk: bool,
}

impl LegStream {
    pub(crate) fn new(transport: impl Into<Transport>) -> Self {
        Self {
            transport: transport.into(),
            ahead: Vec::new(),
            read: 0,
            in_bulk: false,
        }
    }

    /// The kernel's round-trip time to the peer, where it is one of TCP.
    pub(crate) fn round_trip_us(&self) -> Option<u64> {
        let tcp = self.transport.tcp()?;
        round_trip_us(tcp.local_addr().ok()?, tcp.peer_addr().ok()?)
    }
}

impl Cut for LegStream {
    fn cut(&self) {
        self.transport.cut();
    }

    fn poll_broken(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.transport.poll_broken(cx)
    }
}

impl AsyncRead for LegStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.read < this.ahead.len() {
            let count = buf.remaining().min(this.ahead.len() - this.read);
            buf.put_slice(&this.ahead[this.read..this.read + count]);
            this.read += count;
            return Poll::Ready(Ok(()));
        }
        if this.in_bulk && buf.remaining() < BULK {
            this.ahead.resize(BULK, 0);
            let mut ahead = ReadBuf::new(&mut this.ahead);
            let polled = Pin::new(&mut this.transport).poll_read(cx, &mut ahead);
            let filled = ahead.filled().len();
            this.ahead.truncate(filled);
            this.read = 0;
            if filled < BULK {
                this.in_bulk = filled > 0;
            }
            if filled == 0 {
                // Dry for now: an idle leg keeps no buffer.
                this.ahead = Vec::new();
            }
            ready!(polled)?;
            let count = buf.remaining().min(filled);
            buf.put_slice(&this.ahead[..count]);
            this.read = count;
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let asked = buf.remaining();
        ready!(Pin::new(&mut this.transport).poll_read(cx, buf))?;
        this.in_bulk = buf.filled().len() - before == asked;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LegStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    #[tokio::test]
    async fn bytes_come_whole_and_in_order_and_a_dry_leg_holds_no_buffer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sent: Vec<u8> = (0..3_000_000u32).flat_map(|n| n.to_le_bytes()).collect();
        let expected = sent.clone();
        let writer = tokio::spawn(async move {
            let mut peer = TcpStream::connect(address).await.unwrap();
            peer.write_all(&sent).await.unwrap();
            peer
        });
        let mut leg = LegStream::new(listener.accept().await.unwrap().0);
        let mut got = vec![0; expected.len()];
        for piece in got.chunks_mut(4096) {
            leg.read_exact(piece).await.unwrap();
        }
        assert!(got == expected);
        let peer = writer.await.unwrap();
        let mut byte = [0; 1];
        let dry = std::future::poll_fn(|cx| {
            Poll::Ready(
                Pin::new(&mut leg)
                    .poll_read(cx, &mut ReadBuf::new(&mut byte))
                    .is_pending(),
            )
        });
        assert!(dry.await);
        assert_eq!(leg.ahead.capacity(), 0);
        drop(peer);
        assert_eq!(leg.read(&mut byte).await.unwrap(), 0);
    }
}
