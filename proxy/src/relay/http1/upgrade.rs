//! What two sides speak after they agreed on another protocol (RFC 9110 section 7.8). The exchange stays open: what
//! each of them says from now on is its bodies, and it is over when both have ended.

use std::io;
use std::sync::Mutex;
use std::sync::OnceLock;

use bytes::Bytes;
use capture::{LegName, Side, Stage};
use tokio::io::{AsyncRead, AsyncWrite};

use super::body::tell;
use super::wire::{Input, end, send};
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ConnectionRecorder, ExchangeRecorder};
use crate::relay::faults::rested;
use crate::relay::life::Stall;

/// Why bytes pass no more; nothing where a peer has left.
pub(super) type Broke = Option<Fault>;

/// Where one side's bytes come from.
pub(super) trait Source: Send {
    /// The next of them, or nothing when it has ended.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Broke>> + Send;

    /// So many were handed on.
    fn taken(&mut self, _: usize) {}
}

/// Where they go.
pub(super) trait Sink: Send {
    fn send(&mut self, bytes: Bytes) -> impl Future<Output = Result<(), Broke>> + Send;

    /// No more come.
    fn end(&mut self) -> impl Future<Output = Result<(), Broke>> + Send;
}

/// What a leg says.
pub(super) struct FromLeg<'a, S>(
    pub(super) LegName,
    pub(super) &'a Mutex<S>,
    pub(super) &'a mut Input,
);

/// What is said to it.
pub(super) struct ToLeg<'a, S>(pub(super) LegName, pub(super) &'a Mutex<S>);

impl<S: AsyncRead + Send + Unpin> Source for FromLeg<'_, S> {
    async fn next(&mut self) -> Result<Option<Bytes>, Broke> {
        let Self(leg, stream, input) = self;
        if input.buffer.is_empty() && input.fill(stream).await.map_err(|error| broke(*leg, &error))? == 0 {
            return Ok(None);
        }
        Ok(Some(input.take(input.buffer.len())))
    }
}

impl<S: AsyncWrite + Send + Unpin> Sink for ToLeg<'_, S> {
    async fn send(&mut self, bytes: Bytes) -> Result<(), Broke> {
        let sent = send(self.1, bytes, Bytes::new()).await;
        sent.map_err(|error| broke(self.0, &error))
    }

    async fn end(&mut self) -> Result<(), Broke> {
        end(self.1).await.map_err(|error| broke(self.0, &error))
    }
}

/// How a leg broke. Who leaves without the goodbye of TLS has ended, as browsers do.
fn broke(leg: LegName, error: &io::Error) -> Broke {
    (error.kind() != io::ErrorKind::UnexpectedEof).then(|| {
        let text = format!("the {}'s connection broke: {error}", leg.as_str());
        Fault::new(leg, Stage::Relay, text)
    })
}

/// Carries bytes both ways until both sides have ended, or one of them broke: which one is said.
pub(super) async fn carry(
    client: (impl Source, impl Sink),
    origin: (impl Source, impl Sink),
    exchange: &ExchangeRecorder,
    connection: &ConnectionRecorder,
    stall: &Stall,
) -> Option<LegName> {
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
        way(Side::Request).carry(client.0, origin.1),
        way(Side::Response).carry(origin.0, client.1),
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
    async fn carry(mut self, mut from: impl Source, mut to: impl Sink) -> Result<(), ()> {
        while let Some(bytes) = from.next().await.map_err(|broke| self.note(broke))? {
            tell(self.exchange, self.side, &bytes).await;
            self.connection.tell_progress();
            let count = bytes.len();
            to.send(bytes).await.map_err(|broke| self.note(broke))?;
            from.taken(count);
        }
        self.has_ended = true;
        // An end on one side is handed on as an end, and the other direction goes on.
        to.end().await.map_err(|broke| self.note(broke))
    }

    fn note(&self, broke: Broke) {
        if let Some(fault) = broke {
            let _ = self.broke.set(fault);
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
