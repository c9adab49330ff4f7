//! HTTP on both legs: one client connection to one origin connection.
//!
//! A connection that speaks HTTP/1 and rests gives its two engines back, which hold several times the memory of
//! all else that an idle tunnel needs. The first byte that comes makes them anew.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context as TaskContext, Poll};

use bytes::Bytes;
use capture::Target;
use http::HeaderValue;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::bridge::relay_bridged;
use super::engine::{Driven, Fused, HttpVersion, OriginEngine, RelayError, drive, serve_http1};
use super::origin::{Http1Engine, Http1Sender, Origin, OriginSender, handshake_http1};
use super::relay::Relay;
use super::rest::{Flushing, Woken, rest, resting};
use crate::context::Context;
use crate::recorder::ConnectionRecorder;
use crate::relay::http2::relay_http2;
use crate::relay::opaque::relay_opaque;
use crate::rewind::Rewind;

/// Two streams that HTTP is spoken on.
pub(crate) struct Pair<C, O> {
    pub(crate) client: C,
    pub(crate) origin: O,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    pub(crate) target: Target,
    pub(crate) recorder: Arc<ConnectionRecorder>,
    pub(crate) context: Arc<Context>,
    /// What `Host` is to say to the origin, where that is not what the client says.
    pub(crate) host_rewrite: Option<HeaderValue>,
}

/// What the two sides speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) client: HttpVersion,
    pub(crate) origin: HttpVersion,
}

impl From<HttpVersion> for Versions {
    /// Both the same.
    fn from(version: HttpVersion) -> Self {
        Self {
            client: version,
            origin: version,
        }
    }
}

impl<C, O> Pair<C, O>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    /// Carries exchanges until the client is done, the origin is gone, or the proxy stops.
    pub(crate) fn relay(
        self,
        versions: Versions,
    ) -> Pin<Box<dyn Future<Output = Result<(), RelayError>> + Send>> {
        // Boxed apart, so that a tunnel holds no room for the version that it does not speak.
        match (versions.client, versions.origin) {
            (HttpVersion::Http1, HttpVersion::Http1) => Box::pin(self.relay_http1()),
            (HttpVersion::Http2, HttpVersion::Http2) => Box::pin(relay_http2(self)),
            (client, _) => Box::pin(relay_bridged(self, client)),
        }
    }

    async fn relay_http1(self) -> Result<(), RelayError> {
        // What stands here is held by each idle tunnel: what is only needed while it is in use is boxed.
        let mut client = Rewind::new(Bytes::new(), self.client);
        let mut origin = self.origin;
        let sender = Http1Sender::default();
        let reached = Origin::One(OriginSender::Http1(sender.clone()), self.recorder.clone());
        let relay = Relay::new(self.context, self.scheme, Some(self.target), reached);
        let relay = Arc::new(relay.rewriting_host(self.host_rewrite));
        let mut ending = pin!(relay.life.ending());
        let mut quiet = pin!(relay.life.quiet());
        loop {
            let turn = Box::pin(run_engines(client, origin, &relay, &sender, ending.as_mut()));
            let turn = tokio::select! {
                biased;
                turn = turn => turn?,
                limit = &mut quiet => return Err(RelayError::Idle(limit)),
            };
            match turn {
                Turn::Over => return Ok(()),
                Turn::Upgraded(client, origin) => {
                    if let Ok(client) = client.await {
                        let idle = relay.context.timeouts.stall;
                        let carrying = relay_opaque(TokioIo::new(client), origin, &self.recorder, idle);
                        // How an upgraded connection ends is between its two sides.
                        let _ = Box::pin(carrying).await;
                    }
                    return Ok(());
                }
                Turn::Rests(resting_client, resting_origin) => {
                    (client, origin) = (resting_client, resting_origin);
                }
            }
            let woken = tokio::select! {
                biased;
                woken = rest(&mut client, &mut origin) => woken,
                () = ending.as_mut() => Woken::End,
                _ = &mut quiet => Woken::End,
            };
            match woken {
                Woken::Request(bytes) => client = client.with_before(&bytes),
                Woken::Broken(error) => return Err(RelayError::Client(error.into())),
                Woken::End => {
                    say_end(&mut client).await;
                    say_end(&mut origin).await;
                    return Ok(());
                }
            }
        }
    }
}

/// What came of running two engines.
enum Turn<C, O> {
    /// The connection is over.
    Over,
    /// Both sides go on in another protocol.
    Upgraded(OnUpgrade, Rewind<O>),
    /// Nothing is under way.
    Rests(Rewind<C>, O),
}

/// Carries exchanges until the connection ends, becomes another protocol's, or rests.
async fn run_engines<C, O>(
    client: Rewind<C>,
    origin: O,
    relay: &Arc<Relay>,
    sender: &Http1Sender,
    ending: Pin<&mut impl Future<Output = ()>>,
) -> Result<Turn<C, O>, RelayError>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let client = Flushing::new(client);
    let unsent = client.unsent();
    let mut server = serve_http1(client, relay);
    let (requests, engine) = handshake_http1(origin, &relay.context.limits)
        .await
        .map_err(|error| RelayError::Origin(error.into()))?;
    sender.put(Some(requests));
    let mut origin = Some(Fused::new(engine));
    // An engine toward the origin that takes the next request has done with the last one, to the last byte.
    let is_between =
        || !unsent.load(Ordering::Relaxed) && sender.with(|sender| sender.is_ready()).unwrap_or(false);
    let resting = resting(relay, &is_between);
    match drive(Pin::new(&mut server), &mut origin, relay, ending, resting).await? {
        Driven::Over => {
            let Some(mut engine) = origin else {
                return Ok(Turn::Over);
            };
            let Some(upgrade) = relay.take_upgrade() else {
                if is_between() {
                    say_end(&mut engine.into_inner().into_parts().io.into_inner()).await;
                }
                return Ok(Turn::Over);
            };
            poll_fn(|cx| engine.poll_to_end(cx)).await;
            let parts = engine.into_inner().into_parts();
            let origin = Rewind::new(parts.read_buf, parts.io.into_inner());
            Ok(Turn::Upgraded(upgrade.client, origin))
        }
        Driven::Interrupted => {
            let (Some(client), Some(origin)) = (server.into_parts(), origin) else {
                return Ok(Turn::Over);
            };
            sender.put(None);
            let client_stream = client.io.into_inner().into_inner().with_before(&client.read_buf);
            Ok(Turn::Rests(
                client_stream,
                origin.into_inner().into_parts().io.into_inner(),
            ))
        }
    }
}

impl<O> OriginEngine for Http1Engine<O>
where
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    fn poll_engine(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), hyper::Error>> {
        self.poll_without_shutdown(cx)
    }
}

/// Says to a peer that nothing more comes, if it can be said at once.
async fn say_end(stream: &mut (impl AsyncWrite + Unpin)) {
    poll_fn(|cx| {
        let _ = Pin::new(&mut *stream).poll_shutdown(cx);
        Poll::Ready(())
    })
    .await;
}

#[cfg(test)]
#[path = "pair_tests.rs"]
mod tests;
