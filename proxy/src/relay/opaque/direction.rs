//! Bytes one way.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use capture::LegName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::telling::Room;
use super::{Carried, OpaqueError, Turn};
use crate::starttls::Seen;

/// Bytes of a read. It must not be less than what a leg's socket is read by at bulk, which then reads into a buffer
/// of its own.
const BUFFER: usize = 64 * 1024;

thread_local! {
    /// What is read lies here until it is written, in the same turn.
    static SHARED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One direction.
pub(super) struct Direction {
    from: LegName,
    to: LegName,
    /// Read, and from `written` on not taken yet.
    left: Vec<u8>,
    written: usize,
    /// What is left waits for the recorder to have room.
    room: Option<Room>,
    flow: Flow,
    /// A TLS writer may hold back the end of what it was given.
    is_unflushed: bool,
    agreed: Option<Carried>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Open,
    /// Its end is to be handed on.
    Ending,
    /// TLS is agreed on: what was read goes out, and nothing more is.
    Agreed,
    Over,
}

impl Direction {
    pub(super) fn new(from: LegName) -> Self {
        let to = match from {
            LegName::Client => LegName::Origin,
            LegName::Origin => LegName::Client,
        };
        Self {
            from,
            to,
            left: Vec::new(),
            written: 0,
            room: None,
            flow: Flow::Open,
            is_unflushed: false,
            agreed: None,
        }
    }

    /// What both sides have agreed on, once all before it has been written.
    pub(super) fn take_agreed(&mut self) -> Option<Carried> {
        match self.flow {
            Flow::Over => self.agreed.take(),
            _ => None,
        }
    }

    /// Whether more is read as it comes.
    pub(super) fn is_reading(&self) -> bool {
        self.flow == Flow::Open && self.left.is_empty()
    }

    /// Carries as much as goes now. Ready when this direction is over.
    pub(super) fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut R,
        sink: &mut W,
        turn: &mut Turn<'_, '_>,
    ) -> Poll<Result<(), OpaqueError>>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        if self.flow == Flow::Over {
            return Poll::Ready(Ok(()));
        }
        SHARED.with(|shared| match shared.try_borrow_mut() {
            Ok(mut shared) => self.poll_with(&mut shared, cx, source, sink, turn),
            // A stream that is itself carried by a relay, in the same turn.
            Err(_) => self.poll_with(&mut Vec::new(), cx, source, sink, turn),
        })
    }

    fn poll_with<R, W>(
        &mut self,
        buffer: &mut Vec<u8>,
        cx: &mut Context<'_>,
        source: &mut R,
        sink: &mut W,
        turn: &mut Turn<'_, '_>,
    ) -> Poll<Result<(), OpaqueError>>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        buffer.resize(BUFFER, 0);
        let broken = |leg| move |error| OpaqueError::Broken { leg, error };
        loop {
            if let Some(room) = &mut self.room {
                ready!(room.as_mut().poll(cx));
                self.room = None;
            }
            while self.written < self.left.len() {
                let left = &self.left[self.written..];
                self.written += ready!(write(cx, sink, left)).map_err(broken(self.to))?;
                self.is_unflushed = true;
            }
            self.left.clear();
            self.written = 0;
            match self.flow {
                Flow::Open => {}
                Flow::Ending => {
                    ready!(Pin::new(sink).poll_shutdown(cx)).map_err(broken(self.to))?;
                    self.flow = Flow::Over;
                    return Poll::Ready(Ok(()));
                }
                Flow::Agreed | Flow::Over => {
                    ready!(Pin::new(sink).poll_flush(cx)).map_err(broken(self.to))?;
                    self.flow = Flow::Over;
                    return Poll::Ready(Ok(()));
                }
            }
            let mut read = ReadBuf::new(buffer);
            match Pin::new(&mut *source).poll_read(cx, &mut read) {
                Poll::Ready(result) => result.map_err(broken(self.from))?,
                Poll::Pending => {
                    if self.is_unflushed {
                        ready!(Pin::new(&mut *sink).poll_flush(cx)).map_err(broken(self.to))?;
                        self.is_unflushed = false;
                    }
                    // Nothing more for now: at rest nothing is held.
                    self.left = Vec::new();
                    return Poll::Pending;
                }
            }
            let bytes = read.filled();
            if bytes.is_empty() {
                self.flow = Flow::Ending;
                turn.telling.ended(self.from);
                continue;
            }
            turn.activity.noted();
            let bytes = self.look(bytes, turn)?;
            self.room = turn.telling.note(self.from, bytes);
            let mut taken = 0;
            if self.room.is_none() {
                match write(cx, sink, bytes) {
                    Poll::Ready(count) => taken = count.map_err(broken(self.to))?,
                    Poll::Pending => {}
                }
                self.is_unflushed = true;
            }
            self.left.extend_from_slice(&bytes[taken..]);
        }
    }

    /// Shows what was read to the watch, if there is one. Returns what of it goes on.
    fn look<'b>(&mut self, bytes: &'b [u8], turn: &mut Turn<'_, '_>) -> Result<&'b [u8], OpaqueError> {
        let Some(watch) = &mut turn.watch else {
            return Ok(bytes);
        };
        match watch.look(self.from, bytes)? {
            Seen::GoesOn => Ok(bytes),
            Seen::Nothing => {
                turn.watch = None;
                Ok(bytes)
            }
            Seen::StartTls { protocol, ahead } => {
                let (bytes, ahead) = bytes.split_at(bytes.len() - ahead);
                self.flow = Flow::Agreed;
                self.agreed = Some(Carried::StartTls {
                    protocol,
                    ahead: ahead.to_vec(),
                });
                turn.watch = None;
                Ok(bytes)
            }
        }
    }
}

fn write<W: AsyncWrite + Unpin>(cx: &mut Context<'_>, sink: &mut W, bytes: &[u8]) -> Poll<io::Result<usize>> {
    match ready!(Pin::new(sink).poll_write(cx, bytes)) {
        Ok(0) if !bytes.is_empty() => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
        written => Poll::Ready(written),
    }
}
