//! What two sides speak after they agreed on another protocol (RFC 9110 section 7.8). The exchange stays open: what
//! each of them says from now on is its bodies, and it is over when both have ended.

use std::io;
use std::sync::Mutex;

use bytes::Bytes;
use capture::Side;
use tokio::io::{AsyncRead, AsyncWrite};

use super::body::tell;
use super::wire::{Input, Leg, end, send};
use crate::recorder::{BodyOutcome, ConnectionRecorder, ExchangeRecorder};

/// Carries bytes both ways until both sides have ended, or one of them broke.
pub(super) async fn carry<C, O>(
    client: &mut Leg<C>,
    origin: &mut Leg<O>,
    exchange: &ExchangeRecorder,
    connection: &ConnectionRecorder,
) where
    C: AsyncRead + AsyncWrite + Unpin,
    O: AsyncRead + AsyncWrite + Unpin,
{
    let way = |side| Way {
        exchange,
        connection,
        side,
    };
    // How it ends is between the two sides.
    let _ = tokio::try_join!(
        way(Side::Request).carry(&client.stream, &mut client.input, &origin.stream),
        way(Side::Response).carry(&origin.stream, &mut origin.input, &client.stream),
    );
}

/// One direction. It tells its body over however it ends.
struct Way<'a> {
    exchange: &'a ExchangeRecorder,
    connection: &'a ConnectionRecorder,
    side: Side,
}

impl Way<'_> {
    async fn carry<R, W>(self, from: &Mutex<R>, input: &mut Input, to: &Mutex<W>) -> io::Result<()>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        loop {
            if !input.buffer.is_empty() {
                let bytes = input.take(input.buffer.len());
                tell(self.exchange, self.side, &bytes).await;
                self.connection.tell_progress();
                send(to, bytes, Bytes::new()).await?;
            }
            if input.fill(from).await? == 0 {
                // An end on one side is handed on as an end, and the other direction goes on.
                return end(to).await;
            }
        }
    }
}

impl Drop for Way<'_> {
    fn drop(&mut self) {
        self.exchange.body_over(self.side, BodyOutcome::Whole);
    }
}
