//! What is told of bytes that are carried: how many, and up to a bound which.

use std::pin::Pin;

use capture::{Ending, LegName, Sent, Side, Stage, TlsRole};

use super::OpaqueError;
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ConnectionRecorder, ExchangeRecorder};
use crate::tls::ending;

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

    /// This leg's peer has said all that it will.
    pub(super) fn ended(&self, leg: LegName) {
        self.note_end(Ending::Closed(role(leg)));
    }

    /// Where TLS is passed through, its handshake may not have come to its end.
    fn note_end(&self, ending: Ending) {
        self.connection.client_leg.note_end_of_passed(ending);
    }

    /// No more come.
    pub(super) fn over(&self, error: Option<&OpaqueError>) {
        if let Some(OpaqueError::Broken { leg, error }) = error
            && let Some(ending) = ending::of_error(error, role(*leg))
        {
            self.note_end(ending);
            if let Ending::Reset(_) = ending {
                self.connection.note_reset(*leg);
            }
        }
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

/// The part that a leg's peer has in TLS that is passed through.
fn role(leg: LegName) -> TlsRole {
    match leg {
        LegName::Client => TlsRole::Client,
        LegName::Origin => TlsRole::Server,
    }
}

fn side(from: LegName) -> Side {
    match from {
        LegName::Client => Side::Request,
        LegName::Origin => Side::Response,
    }
}
