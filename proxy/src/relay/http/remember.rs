//! A stream that remembers how TLS on it broke: the HTTP/2 engine keeps of an error its text alone.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::error::RelayError;
use crate::fault::tls_error;

/// How TLS broke, once it has.
pub(crate) type Broke = Arc<OnceLock<rustls::Error>>;

/// Why a client's connection of HTTP/2 is over: by what TLS broke with, where it did.
pub(crate) fn client_broke(error: h2::Error, tls: &Broke) -> RelayError {
    RelayError::Client(match tls.get() {
        Some(tls) => tls.clone().into(),
        None => error.into(),
    })
}

pub(crate) struct Remembering<S> {
    inner: S,
    broke: Broke,
}

impl<S> Remembering<S> {
    pub(crate) fn new(inner: S, broke: Broke) -> Self {
        Self { inner, broke }
    }

    fn remember<T>(&self, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &polled
            && let Some(error) = tls_error(error)
        {
            let _ = self.broke.set(error.clone());
        }
        polled
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Remembering<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        self.remember(polled)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Remembering<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.remember(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.remember(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_flush(cx);
        self.remember(polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
