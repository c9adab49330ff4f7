//! The origin's connection.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{self, SendRequest};
use h2::{Error, PingPong, Reason};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::connection::{REMEMBERED_RESETS, SEND_BUFFER, head_bytes};
use crate::config::Limits;

/// How long an origin that is left may take for what it was given.
const LEAVING: Duration = Duration::from_secs(1);

/// The origin's connection.
pub(in crate::relay) struct OriginSide<O>
where
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    /// Until it is over.
    engine: Option<client::Connection<O, Bytes>>,
    pub(in crate::relay) sender: SendRequest<Bytes>,
    /// It takes no more requests.
    pub(in crate::relay) is_leaving: bool,
    /// The code of an end that is an error.
    pub(super) error: Option<Reason>,
}

impl<O> OriginSide<O>
where
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    pub(in crate::relay) async fn shake_hands(origin: O, limits: &Limits) -> Result<Self, Error> {
        // Boxed: the handshake's future is larger than all that it leaves behind.
        let handshake = Box::pin(
            client::Builder::new()
                .enable_push(false)
                .initial_window_size(limits.http2_stream_window)
                .initial_connection_window_size(limits.http2_connection_window)
                .max_header_list_size(head_bytes(limits))
                .max_send_buffer_size(SEND_BUFFER)
                .max_concurrent_reset_streams(REMEMBERED_RESETS)
                .handshake(origin),
        );
        let (sender, engine) = handshake.await?;
        Ok(Self {
            engine: Some(engine),
            sender,
            is_leaving: false,
            error: None,
        })
    }

    /// What asks the origin for signs of life.
    pub(in crate::relay) fn ping_pong(&mut self) -> Option<PingPong> {
        self.engine.as_mut().and_then(client::Connection::ping_pong)
    }

    /// Drives it. Says whether it has ended just now.
    pub(in crate::relay) fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        let is_over = match &mut self.engine {
            Some(engine) => Pin::new(engine).poll(cx).is_ready(),
            None => false,
        };
        if is_over {
            self.engine = None;
        }
        // A GOAWAY stops new requests while those under way go on (RFC 9113 section 6.8).
        if !self.is_leaving
            && let Poll::Ready(Err(error)) = self.sender.poll_ready(cx)
        {
            self.is_leaving = true;
            self.error = error
                .reason()
                .filter(|reason| error.is_remote() && *reason != Reason::NO_ERROR);
        }
        self.is_leaving |= self.engine.is_none();
        is_over
    }

    /// Says to the origin that nothing more comes, behind what was given for it before and as long as it takes that. Streams
    /// are let go of before.
    pub(in crate::relay) async fn leave(self) {
        let Self { engine, sender, .. } = self;
        drop(sender);
        if let Some(engine) = engine {
            let _ = timeout(LEAVING, engine).await;
        }
    }
}
