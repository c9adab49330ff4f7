//! What is told of bytes that are carried: how many, and up to a bound which.

use std::pin::Pin;

use capture::{LegName, Sent, Side, Stage};

use super::OpaqueError;
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ConnectionRecorder, ExchangeRecorder};

/// Waits until the recorder has room.
pub(super) type Room = Pin<Box<dyn Future<Output = Sent> + Send>>;

/// Tells what is carried.
pub(crate) struct Telling<'a> {
    connection: &'a ConnectionRecorder,
    exchange: Option<Bursts>,
}

/// The exchange that the bytes are told as. Whatever ends the relay, it is told over.
struct Bursts(ExchangeRecorder);

impl Drop for Bursts {
    fn drop(&mut self) {
        self.0.body_over(Side::Request, BodyOutcome::Whole);
        self.0.body_over(Side::Response, BodyOutcome::Whole);
    }
}

impl<'a> Telling<'a> {
    /// Counts the bytes.
    pub(crate) fn counted(connection: &'a ConnectionRecorder) -> Self {
        Self {
            connection,
            exchange: None,
        }
    }

    /// Tells them as the two bodies of an exchange too.
    pub(crate) fn recorded(connection: &'a ConnectionRecorder, exchange: ExchangeRecorder) -> Self {
        Self {
            connection,
            exchange: Some(Bursts(exchange)),
        }
    }

    /// Bytes have come. They wait where there is no room for them yet.
    pub(super) fn note(&self, from: LegName, bytes: &[u8]) -> Option<Room> {
        let noted = match &self.exchange {
            None => {
                self.connection.count_bytes(from, bytes.len());
                Ok(())
            }
            Some(Bursts(exchange)) => exchange.carried(side(from), bytes),
        };
        self.connection.tell_progress();
        noted.err().map(|no_room| Box::pin(no_room.send()) as Room)
    }

    /// No more come.
    pub(super) fn over(&self, error: Option<&OpaqueError>) {
        if let (Some(Bursts(exchange)), Some(error)) = (&self.exchange, error)
            && !error.is_leave()
        {
            let leg = match error {
                OpaqueError::Broken { leg, .. } => *leg,
                OpaqueError::Injected(injected) => injected.leg,
                OpaqueError::Idle(_) => LegName::Client,
            };
            exchange.fail(&Fault::new(leg, Stage::Relay, error.to_string()));
        }
    }
}

fn side(from: LegName) -> Side {
    match from {
        LegName::Client => Side::Request,
        LegName::Origin => Side::Response,
    }
}
