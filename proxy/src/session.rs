//! One connection, first byte to last. Read this first: everything else in the crate is a part of it.

mod beside;
mod carry;
mod http;
mod named;
mod reverse;
mod tls;
mod unnamed;

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use capture::{LegName, Outcome, Stage, Target, TlsRole};

use crate::context::{Context, SETTLING};
use crate::detect::{Protocol, detect, greets_in_http2};
use crate::dial::{DialError, Dialled};
use crate::door::{self, Agree, Aim, Arrival, Visitor, Wanted};
use crate::fault::Fault;
use crate::leg_stream::LegStream;
use crate::local;
use crate::reach;
use crate::recorder::ConnectionRecorder;
use crate::relay::http1;
use crate::rewind::Rewind;
use crate::tls::{ClientSocket, Tap};
use crate::transport::Cut;

/// Serves one client from its first byte to its last.
pub(crate) async fn serve_client(context: Arc<Context>, visitor: Visitor) {
    // Boxed: what a door needs while it is asked is not held by a tunnel.
    let reading = Box::pin(door::read_wanted(&context, visitor));
    let wanted = tokio::select! {
        wanted = reading => wanted,
        () = context.place_wanted() => return,
    };
    match wanted {
        Ok(Wanted::Nothing) => {}
        Ok(Wanted::Requests { visitor, ahead }) => serve_requests(context, visitor, ahead).await,
        Ok(Wanted::Http2 { visitor, ahead }) => {
            Box::pin(door::serve_http2(context, visitor, ahead)).await;
        }
        Ok(Wanted::Secured { visitor, ahead }) => {
            Box::pin(door::serve_secured(context, visitor, ahead)).await;
        }
        Ok(Wanted::Arrival(arrival)) => serve_arrival(context, arrival).await,
        Err(away) => away.tell(&context).await,
    }
}

/// The same for one that is inside TLS with the proxy, whose connection is served already.
pub(crate) fn serve_visitor(
    context: Arc<Context>,
    visitor: Visitor,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(serve_client(context, visitor))
}

/// Serves a client that asked for one target.
pub(crate) async fn serve_arrival(context: Arc<Context>, arrival: Arrival) {
    if local::is_here(&arrival.target.host) && arrival.agree.is_asked() {
        return Box::pin(local::serve_tunnel(context, arrival)).await;
    }
    let Arrival {
        door,
        peer,
        target,
        aim,
        agree,
        ahead,
    } = arrival;
    let recorder = ConnectionRecorder::open(&context.recorder, door, peer, Some(target.clone()));
    let tunnel = Tunnel {
        context,
        recorder,
        asked: target,
        named: OnceLock::new(),
        aim,
    };
    let opened = Box::pin(tunnel.open(agree, ahead)).await;
    let carried = match opened {
        Ok(carrying) => carrying.await,
        Err(fault) => Err(fault),
    };
    if let Err(fault) = carried {
        tracing::info!(target = %tunnel.target(), "{}", fault.text);
        tunnel.recorder.fail(&fault);
        tunnel.recorder.tell_failed_tunnel(tunnel.target(), &fault).await;
    }
}

/// HTTP whose requests each name their origin.
async fn serve_requests(context: Arc<Context>, visitor: Visitor, ahead: Bytes) {
    let reached = visitor.reached();
    let Visitor { client, peer, .. } = visitor;
    let client = Rewind::new(ahead, client);
    if let Err(error) = http1::serve_plain(context, client, peer, reached).await {
        tracing::debug!(%peer, "{error}");
    }
}

/// What is left to do once a tunnel is open. It is boxed apart from the opening, whose memory, several times as
/// much, is given back meanwhile: an idle tunnel holds this alone.
type Carrying<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// A client that is carried to one target.
struct Tunnel {
    context: Arc<Context>,
    recorder: Arc<ConnectionRecorder>,
    /// What the client asked for.
    asked: Target,
    /// The same by its name, where the client dialled an address and said the name later.
    named: OnceLock<Target>,
    aim: Aim,
}

/// The two sides of a tunnel, as they have met.
struct Met {
    client: ClientSocket,
    /// What the client speaks.
    protocol: Protocol,
    origin: Result<Dialled, Fault>,
}

impl Tunnel {
    /// The target, by its name where that is known.
    fn target(&self) -> &Target {
        self.named.get().unwrap_or(&self.asked)
    }

    /// Makes both legs, as far as it comes to that, and says how to go on.
    async fn open(&self, agree: Agree, ahead: Bytes) -> Result<Carrying<'_>, Fault> {
        let Some(mut met) = self.meet(agree, ahead).await? else {
            return Ok(Box::pin(async { Ok(()) }));
        };
        self.learn_name(&mut met).await;
        let Met {
            client,
            protocol,
            origin,
        } = met;
        if let Aim::Reverse(reverse) = self.aim.clone() {
            return self.serve_reverse(client, protocol, origin, &reverse).await;
        }
        match protocol {
            Protocol::Tls(hello) => {
                self.serve_tls(client, &hello, origin.map(|origin| origin.stream))
                    .await
            }
            Protocol::Http(version) => self.serve_http(client, version, origin).await,
            Protocol::Opaque | Protocol::Nothing => Ok(Box::pin(self.carry_opaque(client, origin?.stream))),
        }
    }

    /// Lets the client in, reaches the origin, and waits for what is said first; `None` where nothing is.
    async fn meet(&self, agree: Agree, ahead: Bytes) -> Result<Option<Met>, Fault> {
        let Self {
            context, recorder, ..
        } = self;
        let target = self.target();
        let timeouts = &context.timeouts;

        // Resolved before the tunnel is agreed to, so that nobody is let in to Handlens itself. A name that
        // can't be resolved is told inside the tunnel, where a browser shows what it is told.
        let resolved = reach::resolve(context, target, false, recorder).await;
        if let Err(error @ DialError::Own { .. }) = &resolved
            && agree.is_asked()
        {
            agree.refuse(error).await;
            return Err(error.to_fault());
        }
        let is_resolved = resolved.is_ok();
        let dialling = reach::connect(context, target, resolved, recorder);
        tokio::pin!(dialling);
        let mut dialled: Option<Result<Dialled, DialError>> = None;
        let mut bound = None;
        if is_resolved && agree.tells_of_the_origin() {
            match (&mut dialling).await {
                Ok(origin) => {
                    bound = origin.stream.tcp().and_then(|tcp| tcp.local_addr().ok());
                    dialled = Some(Ok(origin));
                }
                Err(error) => {
                    agree.refuse(&error).await;
                    return Err(error.to_fault());
                }
            }
        }
        let client = match agree.agree(bound).await {
            Ok(client) => client,
            Err(error) if ahead.is_empty() && error.kind() == io::ErrorKind::ConnectionReset => {
                return self.leave_unused(dialled, true);
            }
            Err(error) => {
                let text = format!("the client's connection broke: {error}");
                return Err(Fault::new(LegName::Client, Stage::Target, text));
            }
        };

        // The origin is dialled while the client begins to speak: it may be the origin that speaks first.
        let mut client = Tap::new(LegStream::new(client), recorder.client_leg.clone());
        recorder.client_leg.note_bytes(TlsRole::Client, [&ahead[..]]);
        let mut ahead = BytesMut::from(ahead);
        let origin_speaks = async {
            if dialled.is_none() {
                dialled = Some((&mut dialling).await);
            }
            match &mut dialled {
                Some(Ok(origin)) => {
                    let first = origin.stream.first_bytes().await;
                    if first.is_empty() {
                        // An end is no speech. A client that speaks first is told of it in its own protocol; one
                        // that listens is told soon.
                        tokio::time::sleep(SETTLING).await;
                    } else if greets_in_http2(&first) {
                        std::future::pending().await
                    }
                }
                // Nobody speaks first there: a client that listens is told soon.
                _ => tokio::time::sleep(SETTLING).await,
            }
        };
        let detected = detect(
            &mut client,
            &mut ahead,
            origin_speaks,
            context.silence(),
            timeouts.hello,
        )
        .await;
        let protocol = match detected {
            Ok(protocol) => protocol,
            Err(error) if ahead.is_empty() && error.is_reset() => {
                return self.leave_unused(dialled, true);
            }
            Err(error) => {
                recorder.client_leg.note_ending(error.ending());
                return Err(Fault::new(LegName::Client, Stage::Detect, error.to_string()));
            }
        };
        if let Protocol::Nothing = protocol {
            return self.leave_unused(dialled, false);
        }
        let dialled = match dialled {
            Some(dialled) => dialled,
            None => dialling.await,
        };
        match protocol {
            Protocol::Tls(_) => {}
            // It may come to TLS yet.
            Protocol::Opaque => {
                client.step_aside();
                recorder.set_handshakes_aside();
            }
            Protocol::Http(_) | Protocol::Nothing => {
                client.step_aside();
                recorder.forget_handshakes();
            }
        }
        Ok(Some(Met {
            client: Rewind::new(ahead.freeze(), client),
            protocol,
            origin: dialled.map_err(|error| error.to_fault()),
        }))
    }

    /// Leaves a tunnel that was never used. Browsers open them ahead of need and close those that none came for, over
    /// HTTP/2 by a reset.
    fn leave_unused(
        &self,
        dialled: Option<Result<Dialled, DialError>>,
        is_reset: bool,
    ) -> Result<Option<Met>, Fault> {
        let recorder = &self.recorder;
        if is_reset {
            recorder.note_reset(LegName::Client);
            if let Some(Ok(origin)) = &dialled {
                origin.stream.cut();
            }
        }
        recorder.set_outcome(Outcome::Opaque);
        recorder.forget_handshakes();
        match dialled {
            Some(Err(error)) => Err(error.to_fault()),
            _ => Ok(None),
        }
    }
}
