//! The connection to an origin of HTTP/2, driven with the client's exchanges in one task.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use capture::{LegName, Stage, Target};
use h2::client::{ResponseFuture, SendRequest};
use h2::{Ping, PingPong, SendStream};
use http::{Request, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite};

use super::super::body::Body;
use super::super::exchange::{Outcome, Step, carry_both};
use super::super::origin::{Carrying, OriginEnd};
use super::super::relay::Relay;
use super::super::tunnel::Tunnel;
use super::super::upgrade::{self, FromLeg, ToLeg};
use super::super::upload::{Course, Upload};
use super::super::websocket::accept_of;
use super::download::{Download, Left};
use super::request::{to_http2, websocket_key};
use super::sending::{FromStream, Sending};
use crate::fault::Fault;
use crate::recorder::FrameRecorder;
use crate::relay::faults::{not_sent, stalled};
use crate::relay::http::{Broke, Pair, RelayError, Remembering};
use crate::relay::http2::{Flushing, OriginSide};
use crate::relay::life::{Life, Stall};
use crate::transport::Cut;

/// Carries exchanges until the client is done, the origin is gone, or the proxy stops.
pub(crate) async fn relay_to_http2<C, O>(pair: Pair<C, O>) -> Result<(), RelayError>
where
    C: AsyncRead + AsyncWrite + Cut + Send + Unpin + 'static,
    O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let tls = Broke::default();
    let mut frames = Flushing::of([FrameRecorder::new(&pair.recorder, LegName::Origin)]);
    let origin = frames.noting(Remembering::new(pair.origin, tls.clone()), 0);
    let mut side = OriginSide::shake_hands(origin, &pair.context.limits)
        .await
        .map_err(|error| RelayError::Origin(error.into()))?;
    let state = Arc::new(State {
        is_leaving: AtomicBool::new(false),
        tls,
    });
    let origin = Streams {
        sender: side.sender.clone(),
        pings: side.ping_pong(),
        state: state.clone(),
        scheme: pair.scheme,
        target: pair.target.clone(),
        is_used: false,
    };
    let life = Life::new(pair.context, Some(pair.recorder.clone()));
    let route = Tunnel::new(pair.target, pair.recorder, pair.host_rewrite);
    let over = {
        let mut serving = pin!(Relay::new(&life, pair.scheme, pair.client, Some(origin), route).serve());
        let driving = poll_fn(|cx| {
            loop {
                side.poll(cx);
                state.is_leaving.store(side.is_leaving, Ordering::Relaxed);
                if let Poll::Ready(over) = serving.as_mut().poll(cx) {
                    return Poll::Ready(over);
                }
                // What the exchange has given leaves in this turn.
                side.poll(cx);
                if state.is_leaving() == side.is_leaving {
                    return Poll::Pending;
                }
            }
        });
        frames.beside(driving).await
    };
    side.leave().await;
    over
}

/// What is known of the origin's connection.
pub(super) struct State {
    /// It takes no more requests.
    is_leaving: AtomicBool,
    /// How TLS with it broke, which the engine keeps as text alone.
    tls: Broke,
}

impl State {
    pub(super) fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::Relaxed)
    }

    pub(super) fn tls(&self) -> Option<rustls::Error> {
        self.tls.get().cloned()
    }
}

/// The streams of the origin's connection, one after the other.
struct Streams {
    sender: SendRequest<Bytes>,
    /// Until the origin's SETTINGS are known to be here.
    pings: Option<PingPong>,
    state: Arc<State>,
    scheme: &'static str,
    target: Target,
    is_used: bool,
}

impl<C: AsyncRead + AsyncWrite + Send + Unpin> OriginEnd<C> for Streams {
    fn is_used(&self) -> bool {
        self.is_used
    }

    fn rest(&mut self) {}

    fn poll_over(&mut self, _: &mut Context<'_>) -> Poll<Option<rustls::Error>> {
        // Whoever drives it does so in the same task.
        match self.state.is_leaving() {
            true => Poll::Ready(self.state.tls()),
            false => Poll::Pending,
        }
    }

    async fn carry(&mut self, carrying: Carrying<'_, C>) -> Outcome {
        match self.carry_exchange(carrying).await {
            Ok(outcome) => {
                self.is_used |= matches!(outcome, Outcome::Next { .. });
                outcome
            }
            Err(outcome) => outcome,
        }
    }

    async fn leave(&mut self, _: bool) {
        // Its stream is reset where it was let go of before its end, and whoever drives it says the rest.
    }
}

impl Streams {
    async fn carry_exchange<C>(&mut self, carrying: Carrying<'_, C>) -> Result<Outcome, Outcome>
    where
        C: AsyncRead + AsyncWrite + Send + Unpin,
    {
        let Carrying {
            life,
            client,
            exchange,
            recorder,
            request,
            asked,
            ..
        } = carrying;
        let length = carrying.length;
        let key = websocket_key(request, asked, length).map_err(Outcome::Failed)?;
        if key.is_some() && !self.takes_websockets(&life.stall).await? {
            return Err(Outcome::Failed(no_websockets()));
        }
        let host = carrying.change.host;
        let onward = to_http2(
            request,
            asked,
            host,
            length,
            (self.scheme, &self.target),
            key.is_some(),
        );
        let onward = onward.map_err(Outcome::Failed)?;
        let is_whole = length.is_none() && key.is_none();
        let (response, stream) = self.send(onward, is_whole).await?;
        exchange.request_sent_on(stream.stream_id().as_u32());
        let course = Course::of(asked, length);
        let accept = key.map(accept_of);
        let mut sending = Sending::new(stream, is_whole || key.is_some());
        let mut left = Left::default();
        let step = {
            let upload = Upload {
                life,
                client: &client.stream,
                input: &mut client.input,
                exchange,
                course: &course,
                body: Body::new(length, carrying.bounds),
                to: &mut sending,
            };
            let download = Download {
                life,
                client: &client.stream,
                exchange,
                course: &course,
                asked,
                bounds: carrying.bounds,
                is_head: request.method() == b"HEAD",
                accept: accept.as_deref(),
                is_ending: carrying.is_ending,
                state: &self.state,
                left: &mut left,
            };
            let upload = pin!(upload.run());
            let download = pin!(download.run(response));
            carry_both(upload, download, &course, &life.stall).await
        };
        if let Some(reason) = left.reset {
            sending.reset(reason);
        }
        match (step, left.switched) {
            (Step::Over(outcome), _) => Ok(outcome),
            (Step::Switch, None) => Ok(Outcome::Last),
            (Step::Switch, Some(from)) => {
                let client = (
                    FromLeg(LegName::Client, &client.stream, &mut client.input),
                    ToLeg(LegName::Client, &client.stream),
                );
                let origin = (FromStream(from), sending.switched());
                let broke = upgrade::carry(client, origin, exchange, recorder, &life.stall).await;
                Ok(Outcome::Switched { broke })
            }
        }
    }

    /// Sends a request's head.
    async fn send(
        &mut self,
        request: Request<()>,
        is_whole: bool,
    ) -> Result<(ResponseFuture, SendStream<Bytes>), Outcome> {
        if poll_fn(|cx| self.sender.poll_ready(cx)).await.is_err() {
            return Err(self.not_sent());
        }
        self.sender.send_request(request, is_whole).map_err(|error| {
            if error.is_go_away() || error.is_io() {
                return self.not_sent();
            }
            let text = format!("the request could not be sent on: {error}");
            Outcome::Failed(Fault::new(LegName::Origin, Stage::Request, text))
        })
    }

    fn not_sent(&self) -> Outcome {
        match self.state.tls() {
            Some(error) => Outcome::Refused(error),
            None => Outcome::NotTaken(not_sent()),
        }
    }

    /// Whether the origin takes WebSockets (RFC 8441 section 3).
    async fn takes_websockets(&mut self, stall: &Stall) -> Result<bool, Outcome> {
        if !self.sender.is_extended_connect_protocol_enabled()
            && let Some(pings) = &mut self.pings
        {
            // Its SETTINGS come before all else (RFC 9113 section 3.4), and so before what answers a PING.
            let told_before = stall.times();
            let answered = {
                let mut asking = pin!(pings.ping(Ping::opaque()));
                poll_fn(|cx| match asking.as_mut().poll(cx) {
                    Poll::Pending if stall.times() > told_before => Poll::Ready(None),
                    polled => polled.map(Some),
                })
                .await
            };
            match answered {
                Some(Ok(_)) => self.pings = None,
                Some(Err(_)) => return Err(self.not_sent()),
                None => return Err(Outcome::Failed(stalled(stall.limit))),
            }
        }
        Ok(self.sender.is_extended_connect_protocol_enabled())
    }
}

fn no_websockets() -> Fault {
    let text = "the origin speaks HTTP/2 alone, and has not enabled WebSockets in it (RFC 8441)";
    Fault::new(LegName::Origin, Stage::Request, text)
        .with_status(StatusCode::NOT_IMPLEMENTED)
        .with_remedy("let the origin set SETTINGS_ENABLE_CONNECT_PROTOCOL, or offer HTTP/1.1 beside HTTP/2")
}
