//! What carries a leg: a TCP socket, or a stream inside another connection (a tunnel through a proxy, TLS toward
//! one, a stream of HTTP/2).

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::rewind::Rewind;

/// Bytes both ways.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Cut + Send + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Cut + Send + Unpin + 'static> Stream for S {}

/// A stream whose end can be told from one in peace.
pub(crate) trait Cut {
    /// Lets its peer know, when it is dropped, that it was cut. What has not left yet may be lost.
    fn cut(&self) {}

    /// Waits until its peer has broken it, as far as that shows to somebody who doesn't read.
    fn poll_broken(&mut self, _: &mut Context<'_>) -> Poll<io::Error> {
        Poll::Pending
    }
}

impl<S> Cut for tokio_rustls::server::TlsStream<S> {
    // One without a close_notify says so by itself (RFC 8446 section 6.1).
}

impl<S> Cut for tokio_rustls::client::TlsStream<S> {}

impl<S: Cut + ?Sized> Cut for Box<S> {
    fn cut(&self) {
        (**self).cut();
    }

    fn poll_broken(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        (**self).poll_broken(cx)
    }
}

impl Cut for tokio::io::DuplexStream {}

impl<R, W> Cut for tokio::io::Join<R, W> {}

impl Cut for Transport {
    /// By a reset: nothing else tells the end of a connection from its break.
    fn cut(&self) {
        match self {
            Self::Tcp(tcp) => {
                let _ = socket2::SockRef::from(tcp).set_linger(Some(std::time::Duration::ZERO));
            }
            Self::Inner(stream) => stream.cut(),
        }
    }

    fn poll_broken(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        match self {
            Self::Tcp(_) => Poll::Pending,
            Self::Inner(stream) => stream.poll_broken(cx),
        }
    }
}

/// A stream that broke when it was looked at: whoever uses it from then on is told.
struct Broken(io::Error);

impl Cut for Broken {}

impl Broken {
    fn error(&self) -> io::Error {
        match self.0.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => self.0.kind().into(),
        }
    }
}

impl AsyncRead for Broken {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(self.error()))
    }
}

impl AsyncWrite for Broken {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(self.error()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// What carries a leg. A socket is held as it is: most legs are one, and idle ones are to be small.
pub(crate) enum Transport {
    Tcp(TcpStream),
    Inner(Box<dyn Stream>),
}

/// Bytes of an inner stream that are read to see whether its peer speaks.
const AHEAD: usize = 1024;

/// Bytes that are told of what a peer says first.
const FIRST: usize = 16;

impl Transport {
    /// A stream inside another connection.
    pub(crate) fn inner(stream: impl Stream) -> Self {
        Self::Inner(Box::new(stream))
    }

    /// The same, with bytes before it that were read ahead.
    pub(crate) fn with_ahead(self, ahead: Bytes) -> Self {
        match ahead.is_empty() {
            true => self,
            false => Self::inner(Rewind::new(ahead, self)),
        }
    }

    /// The socket, where it is one.
    pub(crate) fn tcp(&self) -> Option<&TcpStream> {
        match self {
            Self::Tcp(tcp) => Some(tcp),
            Self::Inner(_) => None,
        }
    }

    /// Waits until the peer has said something, and tells how it begins; it can still be read. Empty when it ended or
    /// broke instead, which can still be seen too.
    pub(crate) async fn first_bytes(&mut self) -> Vec<u8> {
        match self.look_ahead().await {
            Ok(first) => first,
            Err(error) => {
                // A socket tells of it once.
                *self = Self::inner(Broken(error));
                Vec::new()
            }
        }
    }

    async fn look_ahead(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Self::Tcp(tcp) => {
                let mut first = vec![0; FIRST];
                let count = tcp.peek(&mut first).await?;
                first.truncate(count);
                Ok(first)
            }
            Self::Inner(stream) => {
                let mut ahead = vec![0; AHEAD];
                let count = stream.read(&mut ahead).await?;
                ahead.truncate(count);
                let first = ahead[..count.min(FIRST)].to_vec();
                if count > 0 {
                    let inner = std::mem::replace(stream, Box::new(Broken(io::ErrorKind::BrokenPipe.into())));
                    *stream = Box::new(Rewind::new(ahead.into(), inner));
                }
                Ok(first)
            }
        }
    }
}

impl From<TcpStream> for Transport {
    fn from(tcp: TcpStream) -> Self {
        Self::Tcp(tcp)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(tcp) => tcp.fmt(f),
            Self::Inner(_) => f.write_str("Inner"),
        }
    }
}

/// The same call on whichever it is.
macro_rules! on_either {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self {
            Transport::Tcp($stream) => $call,
            Transport::Inner($stream) => $call,
        }
    };
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        on_either!(self.get_mut(), stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        on_either!(self.get_mut(), stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_either!(self.get_mut(), stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_either!(self.get_mut(), stream => Pin::new(stream).poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        on_either!(self.get_mut(), stream => Pin::new(stream).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        on_either!(self, stream => stream.is_write_vectored())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    #[test]
    fn a_socket_is_held_as_it_is() {
        assert!(size_of::<Transport>() <= size_of::<TcpStream>() + 8);
    }

    #[tokio::test]
    async fn what_a_peer_says_first_is_noticed_and_still_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let tcp = Transport::from(listener.accept().await.unwrap().0);
        let (mut other, inner) = tokio::io::duplex(64);
        peer.write_all(b"220 lab").await.unwrap();
        other.write_all(b"220 lab").await.unwrap();
        drop((peer, other));
        for mut transport in [tcp, Transport::inner(inner)] {
            assert_eq!(transport.first_bytes().await, b"220 lab");
            assert_eq!(transport.first_bytes().await, b"220 lab", "it may be asked again");
            let mut said = String::new();
            transport.read_to_string(&mut said).await.unwrap();
            assert_eq!(said, "220 lab");
            assert!(transport.first_bytes().await.is_empty(), "an end is no speech");
        }
    }

    #[tokio::test]
    async fn bytes_read_ahead_come_first() {
        let (mut other, inner) = tokio::io::duplex(64);
        other.write_all(b"b").await.unwrap();
        drop(other);
        let mut transport = Transport::inner(inner).with_ahead(Bytes::from_static(b"a"));
        let mut said = String::new();
        transport.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "ab");
    }
}
