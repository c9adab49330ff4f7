//! What comes of TLS with an origin: bytes in the clear, whichever engine made it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use super::Tap;
use crate::transport::Cut;

/// A stream to an origin, above TLS. Boxed: it is moved often, and large.
#[derive(Debug)]
pub(crate) enum OriginStream {
    Modern(Box<TlsStream<Tap>>),
    #[cfg(feature = "legacy")]
    Legacy(Pin<Box<tokio_openssl::SslStream<Tap>>>),
}

/// The same call on whichever it is.
macro_rules! on_either {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            OriginStream::Modern(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            #[cfg(feature = "legacy")]
            OriginStream::Legacy(stream) => {
                let $stream = stream.as_mut();
                $call
            }
        }
    };
}

impl Cut for OriginStream {
    // As toward a client: an end without a close_notify is none.
}

impl AsyncRead for OriginStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        on_either!(self, stream => stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for OriginStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        on_either!(self, stream => stream.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_either!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_either!(self, stream => stream.poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        on_either!(self, stream => stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Modern(stream) => stream.is_write_vectored(),
            #[cfg(feature = "legacy")]
            Self::Legacy(stream) => stream.is_write_vectored(),
        }
    }
}
