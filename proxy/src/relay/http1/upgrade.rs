//! What two sides speak after they agreed on another protocol (RFC 9110 section 7.8). The exchange stays open: what
//! each of them says from now on is its bodies, and it is over when both have ended.

use std::io;
use std::sync::Mutex;
use std::sync::OnceLock;

use bytes::Bytes;
use capture::{LegName, Side, Stage};
use tokio::io::{AsyncRead, AsyncWrite};

use super::body::tell;
use super::wire::{Input, Leg, end, send};
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ConnectionRecorder, ExchangeRecorder};
use crate::relay::faults::rested;
use crate::relay::life::Stall;

/// Carries bytes both ways until both sides have ended, or one of them broke: which one is said.
pub(super) async fn carry<C, O>(
    client: &mut Leg<C>,
    origin: &mut Leg<O>,
    exchange: &ExchangeRecorder,
    connection: &ConnectionRecorder,
    stall: &Stall,
) -> Option<LegName>
where
    C: AsyncRead + AsyncWrite + Unpin,
    O: AsyncRead + AsyncWrite + Unpin,
{
    let broke = OnceLock::new();
    let way = |side| Way {
        exchange,
        connection,
        stall,
        side,
        broke: &broke,
        has_ended: false,
    };
    // How it ends is told by each of them.
    let _ = tokio::try_join!(
        way(Side::Request).carry(&client.stream, &mut client.input, &origin.stream),
        way(Side::Response).carry(&origin.stream, &mut origin.input, &client.stream),
    );
    broke.get().map(|fault| fault.leg)
}

/// One direction. It tells its body over however it ends.
struct Way<'a> {
    exchange: &'a ExchangeRecorder,
    connection: &'a ConnectionRecorder,
    stall: &'a Stall,
    side: Side,
    /// What ended both directions.
    broke: &'a OnceLock<Fault>,
    has_ended: bool,
}

impl Way<'_> {
    async fn carry<R, W>(mut self, from: &Mutex<R>, input: &mut Input, to: &Mutex<W>) -> Result<(), ()>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let (sender, receiver) = match self.side {
            Side::Request => (LegName::Client, LegName::Origin),
            Side::Response => (LegName::Origin, LegName::Client),
        };
        loop {
            if !input.buffer.is_empty() {
                let bytes = input.take(input.buffer.len());
                tell(self.exchange, self.side, &bytes).await;
                self.connection.tell_progress();
                let sent = send(to, bytes, Bytes::new()).await;
                sent.map_err(|error| self.note(receiver, &error))?;
            }
            let read = input.fill(from).await;
            if read.map_err(|error| self.note(sender, &error))? == 0 {
                self.has_ended = true;
                // An end on one side is handed on as an end, and the other direction goes on.
                return end(to).await.map_err(|error| self.note(receiver, &error));
            }
        }
    }

    /// Notes that a leg broke. Who leaves without the goodbye of TLS has ended, as browsers do.
    fn note(&self, leg: LegName, error: &io::Error) {
        if error.kind() != io::ErrorKind::UnexpectedEof {
            let text = format!("the {}'s connection broke: {error}", leg.as_str());
            let _ = self.broke.set(Fault::new(leg, Stage::Relay, text));
        }
    }
}

impl Drop for Way<'_> {
    fn drop(&mut self) {
        let outcome = match self.broke.get() {
            Some(fault) if !self.has_ended => BodyOutcome::Broken(fault.clone()),
            None if !self.has_ended && self.stall.is_cutting() => {
                BodyOutcome::Broken(rested(self.stall.limit))
            }
            _ => BodyOutcome::Whole,
        };
        self.exchange.body_over(self.side, outcome);
    }
}
