//! One connection, first byte to last. Read this first: everything else in the crate is a part of it.

mod carry;
mod named;
mod reverse;
mod unnamed;

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use capture::{LegName, Outcome, Stage, StepName, Target, TlsRole};
use handshake::ClientHello;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::context::{Context, SETTLING};
use crate::detect::{Protocol, detect, greets_in_http2};
use crate::dial::{DialError, Dialled};
use crate::door::{self, Agree, Aim, Arrival, Visitor, Wanted};
use crate::fault::{Fault, chain_text};
use crate::leg_stream::LegStream;
use crate::local;
use crate::reach;
use crate::recorder::ConnectionRecorder;
use crate::relay::http::{
    HttpVersion, Origin, Pair, Reached, Relay, RelayError, StreamTasks, Versions, choose_http, micros,
    other_http, protocols_for_client, relay_alone,
};
use crate::relay::http1;
use crate::rewind::Rewind;
use crate::tls::{
    ClientSocket, ClientTlsError, Judged, OriginLeg, Tap, Wish, chain_shown, mint_leaf, name_to_judge,
};
use crate::transport::Transport;

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
        Err(away) => {
            tracing::info!(peer = %away.peer, "{}", away.fault.text);
            let recorder =
                ConnectionRecorder::open(&context.recorder, away.door, away.peer, away.target.clone());
            recorder.fail(&away.fault);
            if let Some(target) = &away.target {
                recorder.tell_failed_tunnel(target, &away.fault).await;
            }
        }
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
    let Visitor {
        client,
        peer,
        local,
        is_secured,
        ..
    } = visitor;
    let client = Rewind::new(ahead, client);
    let reached = Reached { local, is_secured };
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
        let client = agree.agree(bound).await.map_err(|error| {
            let text = format!("the client's connection broke: {error}");
            Fault::new(LegName::Client, Stage::Target, text)
        })?;

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
                _ => std::future::pending().await,
            }
        };
        let protocol = detect(
            &mut client,
            &mut ahead,
            origin_speaks,
            context.silence(),
            timeouts.hello,
        )
        .await
        .map_err(|error| {
            recorder.client_leg.note_ending(error.ending());
            Fault::new(LegName::Client, Stage::Detect, error.to_string())
        })?;
        if let Protocol::Nothing = protocol {
            // Browsers open tunnels ahead of need and close those that none came for.
            recorder.set_outcome(Outcome::Opaque);
            recorder.forget_handshakes();
            return match dialled {
                Some(Err(error)) => Err(error.to_fault()),
                _ => Ok(None),
            };
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

    /// TLS inside the tunnel: passed through, or ended and made again.
    async fn serve_tls<'a>(
        &'a self,
        client: ClientSocket,
        hello: &ClientHello,
        origin: Result<Transport, Fault>,
    ) -> Result<Carrying<'a>, Fault> {
        let sni = hello.server_name();
        self.recorder.note(|connection| connection.sni.clone_from(&sni));
        let names = [sni.as_deref(), Some(&*self.target().host)];
        let rule = names
            .into_iter()
            .flatten()
            .find_map(|name| self.context.rules.passes(name));
        if let Some(rule) = rule {
            self.recorder.pass_through(rule);
            return Ok(Box::pin(self.carry_passed(client, origin?)));
        }
        let origin = match origin {
            Ok(origin) => {
                let name = self.name_for_origin(sni.as_deref());
                self.reach_origin(origin, hello, name).await
            }
            Err(fault) => Err(fault),
        };
        match origin {
            Ok(origin) => self.inspect(client, hello, sni.as_deref(), origin).await,
            Err(fault) => self.explain(client, hello, sni.as_deref(), fault).await,
        }
    }

    /// The origin leg. An origin that speaks none of the client's protocols is asked for the other HTTP, where the
    /// client speaks one of them.
    async fn reach_origin(
        &self,
        transport: Transport,
        hello: &ClientHello,
        name: Option<&str>,
    ) -> Result<OriginLeg, Fault> {
        let offered = hello.application_protocols();
        let refused = match self.shake_hands_with_origin(transport, offered, name).await {
            Err(fault) if fault.is_refused_protocol() => fault,
            other => return other,
        };
        // TLS that began by a command can't begin anew.
        let other = other_http(hello).filter(|_| !self.recorder.has_started_tls());
        let Some(other) = other else {
            return Err(refused);
        };
        let Self {
            context, recorder, ..
        } = self;
        let target = self.target();
        let resolved = reach::resolve(context, target, false, recorder).await;
        let Ok(dialled) = reach::connect(context, target, resolved, recorder).await else {
            return Err(refused);
        };
        // What is shown is the handshake that it came to.
        recorder.origin_leg.start_over();
        self.shake_hands_with_origin(dialled.stream, vec![other.to_vec()], name)
            .await
    }

    /// Whatever was judged of the chain is told, whether it comes to a connection or not.
    async fn shake_hands_with_origin(
        &self,
        transport: Transport,
        protocols: Vec<Vec<u8>>,
        sni: Option<&str>,
    ) -> Result<OriginLeg, Fault> {
        let Self {
            context, recorder, ..
        } = self;
        let target = self.target();
        let host = sni.unwrap_or(&target.host);
        let wish = Wish {
            send_name: sni.is_some(),
            name: name_to_judge(host, target)?,
            protocols,
            allowed_by: context.rules.allows_invalid(host),
            identity: context.identities.find(host),
            ask_again: recorder.is_direct(),
            limit: context.timeouts.tls,
        };
        match context
            .origin_legs
            .connect(transport, target, &context.judge, wish, &recorder.origin_leg)
            .await
        {
            Ok(origin) => {
                recorder.note(|connection| connection.origin.tls = Some(origin.tls.clone()));
                recorder.tell_client_auth(origin.client_auth.clone()).await;
                if let Some(judged) = &origin.judged {
                    recorder.tell_verdict(judged).await;
                }
                Ok(origin)
            }
            Err(error) => {
                let fault = error.to_fault();
                if fault.is_refused_protocol() {
                    return Err(fault);
                }
                recorder.tell_client_auth(error.client_auth()).await;
                Err(match error.judged() {
                    Some(judged) => {
                        let look = context.look_at_certificates(recorder.id);
                        fault.with_explained(recorder.tell_verdict(judged).await, look)
                    }
                    None => fault,
                })
            }
        }
    }

    /// Both legs stand: what passes is read.
    async fn inspect<'a>(
        &'a self,
        client: ClientSocket,
        hello: &ClientHello,
        sni: Option<&str>,
        origin: OriginLeg,
    ) -> Result<Carrying<'a>, Fault> {
        // Names are mirrored from a chain that holds alone: on a connection whose leaf claims a name, a browser
        // may send that name's requests too (RFC 9113 section 9.1.1).
        let is_overridden = origin.judged.as_ref().is_some_and(Judged::is_overridden);
        let mirror = origin.certificate.as_ref().filter(|_| !is_overridden);
        let (protocols, client_version) = protocols_for_client(hello, origin.protocol.as_deref());
        let client = self
            .shake_hands_with_client(client, hello, sni, mirror, protocols)
            .await?;
        self.recorder.set_outcome(Outcome::Inspected);
        let origin_version = match origin.protocol.as_deref() {
            Some(b"h2") => HttpVersion::Http2,
            Some(b"http/1.1" | b"http/1.0") => HttpVersion::Http1,
            // Another protocol by name is not HTTP.
            Some(_) => return Ok(Box::pin(self.relay_decrypted(client, origin.stream))),
            // The client speaks HTTP/2 alone, which an origin must agree on by name (RFC 9113 section 3.2).
            None if client_version == Some(HttpVersion::Http2) => HttpVersion::Http1,
            None => return self.serve_unnamed(client, origin.stream).await,
        };
        let versions = Versions {
            client: client_version.unwrap_or(HttpVersion::Http1),
            origin: origin_version,
        };
        Ok(Box::pin(self.relay_http(
            "https",
            versions,
            client,
            origin.stream,
        )))
    }

    /// The client leg.
    async fn shake_hands_with_client(
        &self,
        client: ClientSocket,
        hello: &ClientHello,
        sni: Option<&str>,
        mirror: Option<&CertificateDer<'static>>,
        protocols: Vec<Vec<u8>>,
    ) -> Result<Box<tokio_rustls::server::TlsStream<ClientSocket>>, Fault> {
        let Self {
            context, recorder, ..
        } = self;
        let target = self.target();
        let host = sni.unwrap_or(&target.host);
        let began = Instant::now();
        let (legs, leg) = (&context.client_legs, &recorder.client_leg);
        let leaf = match mint_leaf(context, host, mirror, hello).await {
            Ok(leaf) => leaf,
            Err(fault) => {
                legs.refuse(client, &fault, leg).await;
                return Err(fault);
            }
        };
        recorder.note(|connection| connection.mint_us = Some(micros(began.elapsed())));
        leg.note_step(StepName::Mint, began, None);
        recorder.tell_minted(chain_shown(&leaf, &context.root)).await;
        let limit = context.timeouts.tls;
        match legs.accept(client, hello, &leaf, protocols, limit, leg).await {
            Ok(leg) => {
                recorder.note(|connection| connection.client.tls = Some(leg.tls));
                if let Some(judged) = &leg.judged {
                    recorder.tell_client_verdict(judged).await;
                }
                Ok(leg.stream)
            }
            Err(error) => {
                if let Some(judged) = error.judged() {
                    recorder.tell_client_verdict(judged).await;
                }
                Err(error.to_fault())
            }
        }
    }

    /// The origin failed: the client's TLS is ended all the same, and its requests are answered with a page
    /// that says why. Nothing of them leaves.
    async fn explain<'a>(
        &'a self,
        client: ClientSocket,
        hello: &ClientHello,
        sni: Option<&str>,
        fault: Fault,
    ) -> Result<Carrying<'a>, Fault> {
        self.recorder.fail(&fault);
        if self.recorder.has_started_tls() {
            // No page can be told in the client's protocol.
            return Err(fault);
        }
        let (protocols, version) = choose_http(hello);
        // The first failure stands: what the client makes of ours is no news beside it.
        if let Ok(client) = self
            .shake_hands_with_client(client, hello, sni, None, protocols)
            .await
        {
            self.answer_all(client, "https", version, &fault).await;
        }
        Err(fault)
    }

    /// HTTP without TLS inside the tunnel. A client that begins with HTTP/2 knows that its origin speaks it (RFC 9113
    /// section 3.3).
    async fn serve_http(
        &self,
        client: ClientSocket,
        version: HttpVersion,
        origin: Result<Dialled, Fault>,
    ) -> Result<Carrying<'_>, Fault> {
        match origin {
            Ok(origin) => {
                self.recorder.set_outcome(Outcome::Plain);
                Ok(Box::pin(self.relay_http(
                    "http",
                    version.into(),
                    client,
                    origin.stream,
                )))
            }
            Err(fault) => {
                self.recorder.fail(&fault);
                self.answer_all(client, "http", version, &fault).await;
                Err(fault)
            }
        }
    }

    async fn answer_all<C>(&self, client: C, scheme: &'static str, version: HttpVersion, fault: &Fault)
    where
        C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (tasks, _over) = StreamTasks::new(&self.context.tasks);
        let origin = Origin::Broken(fault.clone(), self.recorder.clone());
        let relay = Relay::new(self.context.clone(), scheme, Some(self.target().clone()), origin);
        // The fault is told already; how the client leaves adds nothing to it.
        let _ = relay_alone(client, version, Arc::new(relay), tasks).await;
    }

    /// HTTP between one client stream and one origin stream.
    async fn relay_http<C, O>(
        &self,
        scheme: &'static str,
        versions: Versions,
        client: C,
        origin: O,
    ) -> Result<(), Fault>
    where
        C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        O: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let target = self.target();
        let pair = Pair {
            client,
            origin,
            scheme,
            target: target.clone(),
            recorder: self.recorder.clone(),
            context: self.context.clone(),
            host_rewrite: self.host_for_origin(scheme),
        };
        match pair.relay(versions).await {
            Ok(()) => Ok(()),
            Err(RelayError::Origin(error)) => {
                Err(Fault::new(LegName::Origin, Stage::Request, chain_text(&*error)))
            }
            Err(RelayError::Client(error)) => match ClientTlsError::from_stream(&*error) {
                Some(error) => Err(error.to_fault()),
                None => {
                    tracing::debug!(%target, "the client's connection ended: {}", chain_text(&*error));
                    Ok(())
                }
            },
            Err(error @ RelayError::Idle(_)) => {
                tracing::debug!(%target, "{error}");
                Ok(())
            }
        }
    }
}
