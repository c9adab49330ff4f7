//! A leg as one task reads and writes it: both directions by turns, each read into a buffer of its own.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::io::poll_read_buf;

/// What a quiet leg is read into: it lies on the stack, and what came is copied, so that who waits holds nothing.
const SMALL: usize = 8 * 1024;

/// A read of so much tells that there is more.
const LARGE: usize = 4 * 1024;

/// What is read ahead of what is handed on, when much comes.
const BULK: usize = 64 * 1024;

/// A stream, and what was read of it. The two directions of the other side's bytes go through one task, so that the
/// lock is never waited for.
pub(super) struct Leg<S> {
    pub(super) stream: Mutex<S>,
    pub(super) input: Input,
    /// It has carried an exchange before this one.
    pub(super) is_used: bool,
}

/// What was read and not handed on yet.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) buffer: BytesMut,
    in_bulk: bool,
    is_over: bool,
    error: Option<io::Error>,
}

impl<S> Leg<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream: Mutex::new(stream),
            input: Input::default(),
            is_used: false,
        }
    }
}

pub(super) fn lock<S>(stream: &Mutex<S>) -> MutexGuard<'_, S> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Input {
    /// Reads what is there. 0 when the peer has ended.
    pub(super) fn poll_fill<S: AsyncRead + Unpin>(
        &mut self,
        stream: &Mutex<S>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if let Some(error) = self.error.take() {
            return Poll::Ready(Err(error));
        }
        if self.is_over {
            return Poll::Ready(Ok(0));
        }
        let mut stream = lock(stream);
        let before = self.buffer.len();
        loop {
            match self.poll_once(Pin::new(&mut *stream), cx) {
                Poll::Pending => break,
                Poll::Ready(Ok(0)) => {
                    self.is_over = true;
                    break;
                }
                Poll::Ready(Ok(count)) => {
                    self.in_bulk = count >= LARGE;
                    if !self.in_bulk || self.buffer.len() - before >= BULK {
                        break;
                    }
                }
                Poll::Ready(Err(error)) => {
                    self.error = Some(error);
                    break;
                }
            }
        }
        match self.buffer.len() - before {
            0 => match self.error.take() {
                Some(error) => Poll::Ready(Err(error)),
                None if self.is_over => Poll::Ready(Ok(0)),
                None => Poll::Pending,
            },
            grown => Poll::Ready(Ok(grown)),
        }
    }

    fn poll_once<S: AsyncRead + Unpin>(
        &mut self,
        stream: Pin<&mut S>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if self.in_bulk {
            if self.buffer.capacity() - self.buffer.len() < BULK / 4 {
                self.buffer.reserve(BULK);
            }
            return poll_read_buf(stream, cx, &mut self.buffer);
        }
        let mut small = [MaybeUninit::uninit(); SMALL];
        let mut read = ReadBuf::uninit(&mut small);
        ready!(stream.poll_read(cx, &mut read))?;
        self.buffer.extend_from_slice(read.filled());
        Poll::Ready(Ok(read.filled().len()))
    }

    /// Reads more, and waits for it. 0 when the peer has ended.
    pub(super) async fn fill<S: AsyncRead + Unpin>(&mut self, stream: &Mutex<S>) -> io::Result<usize> {
        poll_fn(|cx| self.poll_fill(stream, cx)).await
    }

    /// Takes the first bytes out. A buffer that is empty then is given back.
    pub(super) fn take(&mut self, count: usize) -> Bytes {
        if count == self.buffer.len() && !self.in_bulk {
            return std::mem::take(&mut self.buffer).freeze();
        }
        self.buffer.split_to(count).freeze()
    }

    /// Holds no memory while nothing comes.
    pub(super) fn rest(&mut self) {
        self.in_bulk = false;
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }

    /// Whether the peer has ended, or broke, and all of what it said was taken.
    pub(super) fn is_spent(&self) -> bool {
        (self.is_over || self.error.is_some()) && self.buffer.is_empty()
    }
}

/// Writes both, one behind the other, and sees that they leave.
pub(super) async fn send<S: AsyncWrite + Unpin>(
    stream: &Mutex<S>,
    first: Bytes,
    second: Bytes,
) -> io::Result<()> {
    send_all(stream, [first, second]).await
}

/// Writes all of them, one behind the other, and sees that they leave.
pub(super) async fn send_all<S: AsyncWrite + Unpin, const N: usize>(
    stream: &Mutex<S>,
    mut parts: [Bytes; N],
) -> io::Result<()> {
    poll_fn(|cx| poll_send(stream, &mut parts, cx)).await
}

/// Parts that are handed to a socket at once.
const AT_ONCE: usize = 4;

/// Writes what is left of these parts, and sees that it leaves.
pub(super) fn poll_send<S: AsyncWrite + Unpin, B: Buf>(
    stream: &Mutex<S>,
    parts: &mut [B],
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    let mut stream = lock(stream);
    let mut stream = Pin::new(&mut *stream);
    loop {
        let mut slices = [io::IoSlice::new(&[]); AT_ONCE];
        let left = parts.iter().map(Buf::chunk).filter(|chunk| !chunk.is_empty());
        let count = slices
            .iter_mut()
            .zip(left)
            .map(|(slice, chunk)| *slice = io::IoSlice::new(chunk))
            .count();
        let mut written = match count {
            // A TLS writer may hold back the end of what it was given.
            0 => return stream.poll_flush(cx),
            1 => ready!(stream.as_mut().poll_write(cx, &slices[0]))?,
            _ => ready!(stream.as_mut().poll_write_vectored(cx, &slices[..count]))?,
        };
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        for part in parts.iter_mut() {
            let of_part = written.min(part.remaining());
            part.advance(of_part);
            written -= of_part;
        }
    }
}

/// Says to the peer that nothing more comes.
pub(super) async fn end<S: AsyncWrite + Unpin>(stream: &Mutex<S>) -> io::Result<()> {
    poll_fn(|cx| Pin::new(&mut *lock(stream)).poll_shutdown(cx)).await
}

/// Says it if it can be said at once.
pub(super) async fn say_end<S: AsyncWrite + Unpin>(stream: &Mutex<S>) {
    poll_fn(|cx| {
        let _ = Pin::new(&mut *lock(stream)).poll_shutdown(cx);
        Poll::Ready(())
    })
    .await;
}

impl<S: AsyncRead + Unpin> Leg<S> {
    /// Whether the peer has neither ended nor said anything.
    pub(super) async fn is_quiet(&mut self) -> bool {
        poll_fn(|cx| Poll::Ready(self.input.poll_fill(&self.stream, cx).is_pending())).await
    }
}
