//! What an origin answers, read from its connection: heads as they come, and what it means where none does.

use std::io;
use std::sync::Mutex;
use std::task::{Context, Poll};

use capture::{LegName, ResponseHead, Stage};
use tokio::io::AsyncRead;

use super::error::BadMessage;
use super::head::{Bounds, EndFinder, Response, read_status_line};
use super::wire::Input;
use crate::fault::{Fault, chain_text, tls_error};
use crate::recorder::ExchangeRecorder;
use crate::relay::faults::{request_stalled, stalled};
use crate::relay::life::Life;

/// The answers to one request.
pub(super) struct Answers<'a, O> {
    pub(super) life: &'a Life,
    pub(super) origin: &'a Mutex<O>,
    pub(super) input: &'a mut Input,
    pub(super) exchange: &'a ExchangeRecorder,
    pub(super) bounds: Bounds,
    /// A byte of an answer has come.
    pub(super) has_spoken: bool,
}

/// What a wait for the origin came to.
pub(super) enum Waited {
    Bytes,
    End,
    Broke(io::Error),
    Stalled,
}

/// Why there is none.
pub(super) enum NoAnswer {
    Failed(Fault),
    /// The connection ended without a byte of one.
    Gone(Fault),
    /// TLS with the origin ended with a reason.
    Refused(rustls::Error),
}

impl<O: AsyncRead + Unpin> Answers<'_, O> {
    /// The next head, once it has come to its empty line.
    pub(super) fn take_head(&mut self, finder: &mut EndFinder) -> Result<Option<Response>, NoAnswer> {
        let bad = |bad| NoAnswer::Failed(bad_answer(&bad));
        let buffer = &self.input.buffer;
        let end = finder.look(buffer);
        if end.unwrap_or(buffer.len()) > self.bounds.bytes {
            return Err(bad(BadMessage::TooLong(self.bounds.bytes)));
        }
        if let Some(end) = end {
            let raw = self.input.take(end);
            return Response::read(raw, self.bounds).map(Some).map_err(bad);
        }
        if finder.has_line() || buffer.len() >= 9 {
            // What is no HTTP at all may have no empty line.
            let line = buffer[..].split(|&b| b == b'\n').next().unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let read = if finder.has_line() {
                read_status_line(line).map(drop)
            } else {
                line.starts_with(b"HTTP/")
                    .then_some(())
                    .ok_or(BadMessage::StatusLine)
            };
            read.map_err(bad)?;
        }
        Ok(None)
    }

    /// Waits for more bytes.
    pub(super) fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<Waited> {
        self.input.poll_fill(self.origin, cx).map(|read| match read {
            Ok(0) => Waited::End,
            Ok(_) => {
                self.has_spoken = true;
                Waited::Bytes
            }
            Err(error) => Waited::Broke(error),
        })
    }

    /// Says what it means that a head was waited for and this came.
    pub(super) fn expect_head(&self, waited: Waited) -> Result<(), NoAnswer> {
        Err(match waited {
            Waited::Bytes => return Ok(()),
            Waited::End => self.left(no_answer()),
            Waited::Broke(error) => match tls_error(&error) {
                Some(tls) => NoAnswer::Refused(tls.clone()),
                None => self.left(broke(&error)),
            },
            Waited::Stalled => {
                let limit = self.life.stall.limit;
                NoAnswer::Failed(match self.exchange.awaits_client() {
                    true => request_stalled(limit),
                    false => stalled(limit),
                })
            }
        })
    }
}

impl<O> Answers<'_, O> {
    fn left(&self, fault: Fault) -> NoAnswer {
        match self.has_spoken {
            true => NoAnswer::Failed(fault),
            false => NoAnswer::Gone(fault),
        }
    }
}

/// A head as it is recorded.
pub(super) fn told(response: &Response) -> ResponseHead {
    ResponseHead {
        status: response.status,
        version: response.version,
        reason: response.told_reason(),
        fields: response.head.told_fields(),
        made_here: false,
        raw: response.told_raw(),
    }
}

pub(super) fn bad_answer(bad: &BadMessage) -> Fault {
    Fault::new(
        LegName::Origin,
        Stage::Response,
        format!("the origin's answer is not valid HTTP: {bad}"),
    )
    .with_remedy("look at the origin: its answer could be read in two ways, or in none")
}

/// A body does not come to its end.
pub(super) fn broken_off(why: &str) -> Fault {
    Fault::new(
        LegName::Origin,
        Stage::Response,
        format!("the response's body broke off: {why}"),
    )
}

fn no_answer() -> Fault {
    Fault::new(
        LegName::Origin,
        Stage::Response,
        "the origin closed the connection before it answered",
    )
    .with_remedy("look at the origin's log: it took the request and gave no response")
}

fn broke(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => no_answer(),
        _ => Fault::new(
            LegName::Origin,
            Stage::Response,
            format!("the connection to the origin broke: {}", chain_text(error)),
        ),
    }
}
