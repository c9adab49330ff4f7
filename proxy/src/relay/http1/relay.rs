//! The requests of one client connection, one after the other, wherever each goes.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Instant;

use bytes::Bytes;
use capture::{LegName, Side, Stage, Target, Timestamp};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Sleep, sleep};

use super::error::BadMessage;
use super::exchange::Outcome;
use super::find::find_head;
use super::framing::{Length, of_request};
use super::head::{Bounds, EndFinder, Request};
use super::hop::{Change, is_idempotent, read_asked};
use super::linger::linger;
use super::origin::{Carrying, OriginEnd};
use super::told::told_request;
use super::wire::{Leg, lock, say_end};
use crate::config::UpstreamProxy;
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ConnectionRecorder, ExchangeRecorder};
use crate::relay::faults::{left_unanswered, not_sent, sent_again};
use crate::relay::http::RelayError;
use crate::relay::life::Life;
use crate::tls::OriginTlsError;
use crate::transport::Cut;

/// Where the requests of a client go.
pub(super) trait Route<O>: Send {
    /// There is one origin connection, that the client's ends with.
    const IS_TUNNEL: bool;

    /// What the client asked the tunnel for.
    fn target(&self) -> Option<&Target>;

    /// The connection that a request is told of which can't be read. `fault` is why.
    fn recorder(&mut self, fault: &Fault) -> Arc<ConnectionRecorder>;

    /// Finds where a request goes, and sees that `origin` is the connection to there.
    fn reach(
        &mut self,
        request: &Request,
        origin: &mut Option<O>,
    ) -> impl Future<Output = (Arc<ConnectionRecorder>, Reached)> + Send;

    /// What says in the configuration of a browser that the proxy is to be used.
    fn proxy_word(&self, _: &Request) -> Option<String> {
        None
    }

    /// The proxy that the origin connection leads to instead.
    fn proxy(&self) -> Option<&UpstreamProxy> {
        None
    }

    /// What of the request's head is changed for the origin.
    fn change<'a>(&'a self, request: &'a Request) -> Change<'a>;

    /// `Host` is not what the client says: then it does not say either where its request went.
    fn rewrites_host(&self) -> bool {
        false
    }
}

/// Where a request goes.
pub(super) enum Reached {
    Origin,
    /// To ourselves.
    Here,
    Nowhere(Fault),
}

/// One client connection.
pub(super) struct Relay<'a, C, O, R> {
    pub(super) life: &'a Life,
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    pub(super) client: Leg<C>,
    pub(super) origin: Option<O>,
    pub(super) route: R,
    /// How TLS with the origin ended before anything was asked: the first request is told.
    refused: Option<Fault>,
    is_ending: AtomicBool,
}

/// What comes between two exchanges.
enum Woken {
    Head(Bytes),
    Bad(BadMessage, Bytes),
    /// A head has begun, and is not there in time.
    Late(Bytes),
    /// The connection is over.
    End,
    ClientBroke(io::Error),
    /// The origin ended, or speaks when nobody asked it; and what TLS ended with.
    Origin(Option<rustls::Error>),
}

/// What comes after an exchange.
pub(super) enum After {
    Next,
    /// The end, in peace.
    End,
    /// The end, while the client may still be sending.
    Linger,
    /// The end at once.
    Cut,
    /// The same, where the client would take it for the end of its answer.
    Break,
    /// The same, where the origin would take it for the end of what the client says.
    Abort,
    /// The request again, to a connection that was not used before.
    Again(Bytes),
    ClientBroke(io::Error),
}

impl<'a, C, O, R> Relay<'a, C, O, R>
where
    C: AsyncRead + AsyncWrite + Cut + Send + Unpin,
    O: OriginEnd<C>,
    R: Route<O>,
{
    pub(super) fn new(life: &'a Life, scheme: &'static str, client: C, origin: Option<O>, route: R) -> Self {
        Self {
            life,
            scheme,
            client: Leg::new(client),
            origin,
            route,
            refused: None,
            is_ending: AtomicBool::new(false),
        }
    }

    /// Serves until the client is done, the origin of a tunnel is gone, or the proxy stops.
    pub(super) async fn serve(mut self) -> Result<(), RelayError> {
        let life = self.life;
        let mut ending = pin!(life.ending());
        let mut quiet = pin!(life.quiet());
        let mut is_quiet = false;
        let is_ending = std::mem::take(&mut self.is_ending);
        let mut serving = pin!(self.serve_all(&is_ending));
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(result) = serving.as_mut().poll(cx) {
                    return Poll::Ready(result);
                }
                let told_before = life.stall.times();
                if !is_ending.load(Ordering::Relaxed) && ending.as_mut().poll(cx).is_ready() {
                    is_ending.store(true, Ordering::Relaxed);
                    continue;
                }
                if !is_quiet && let Poll::Ready(limit) = quiet.as_mut().poll(cx) {
                    if !life.is_idle() {
                        return Poll::Ready(Err(RelayError::Idle(limit)));
                    }
                    // Nothing is under way: it ends in peace.
                    is_quiet = true;
                    is_ending.store(true, Ordering::Relaxed);
                    continue;
                }
                if life.stall.times() == told_before {
                    return Poll::Pending;
                }
                // Those that wait are told, in this turn.
            }
        })
        .await
    }

    async fn serve_all(&mut self, is_ending: &AtomicBool) -> Result<(), RelayError> {
        let mut again = None;
        let after = loop {
            let woken = match again.take() {
                Some(raw) => Woken::Head(raw),
                None => self.wait(is_ending).await,
            };
            // What is needed during an exchange alone is boxed: an idle connection holds no room for it.
            let after = match woken {
                Woken::Head(raw) => Box::pin(self.exchange(raw, is_ending)).await,
                Woken::Bad(bad, raw) => Box::pin(self.refuse(&bad, raw)).await,
                Woken::Late(raw) => Box::pin(self.give_up(raw)).await,
                Woken::End => After::End,
                Woken::ClientBroke(error) => After::ClientBroke(error),
                Woken::Origin(refused) => self.origin_is_over(refused),
            };
            match after {
                After::Next => {}
                After::Again(raw) => again = Some(raw),
                after => break after,
            }
        };
        if let Some(origin) = &mut self.origin {
            origin.leave(matches!(after, After::Abort)).await;
        }
        match after {
            After::Next | After::Again(_) | After::Cut | After::Abort => {}
            After::Break => lock(&self.client.stream).cut(),
            After::End => say_end(&self.client.stream).await,
            After::Linger => Box::pin(linger(&self.client)).await,
            After::ClientBroke(error) => return Err(RelayError::Client(error.into())),
        }
        Ok(())
    }

    fn bounds(&self) -> Bounds {
        let limits = &self.life.context.limits;
        Bounds {
            bytes: limits.head_bytes,
            fields: limits.head_fields,
        }
    }

    /// Waits for the head of a request, and holds no buffer until it comes. Once it has begun, the rest must follow.
    async fn wait(&mut self, is_ending: &AtomicBool) -> Woken {
        let max = self.bounds().bytes;
        let mut finder = EndFinder::default();
        // Most heads come in one piece, and need none.
        let mut limit: Option<Pin<Box<Sleep>>> = None;
        self.client.input.rest();
        if let Some(origin) = &mut self.origin {
            origin.rest();
        }
        poll_fn(|cx| {
            loop {
                if let Some(found) = find_head(&mut self.client.input, &mut finder, max) {
                    return Poll::Ready(match found {
                        Ok(head) => Woken::Head(head),
                        Err((bad, raw)) => Woken::Bad(bad, raw),
                    });
                }
                match self.client.input.poll_fill(&self.client.stream, cx) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Woken::End),
                    Poll::Ready(Ok(_)) => {}
                    Poll::Ready(Err(error)) => return Poll::Ready(Woken::ClientBroke(error)),
                    Poll::Pending => break,
                }
            }
            if is_ending.load(Ordering::Relaxed) {
                return Poll::Ready(Woken::End);
            }
            let input = &mut self.client.input;
            if !input.buffer.is_empty() {
                let time = self.life.context.timeouts.head;
                let limit = limit.get_or_insert_with(|| Box::pin(sleep(time)));
                if limit.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Woken::Late(input.take(input.buffer.len())));
                }
            }
            match &mut self.origin {
                Some(origin) => origin.poll_over(cx).map(Woken::Origin),
                None => Poll::Pending,
            }
        })
        .await
    }

    /// The origin ended, or said something, before it was asked.
    fn origin_is_over(&mut self, refused: Option<rustls::Error>) -> After {
        self.origin = None;
        if !R::IS_TUNNEL {
            // The next request can go to a new connection.
            return After::Next;
        }
        let Some(recorder) = self.life.recorder() else {
            return After::End;
        };
        let Some(refused) = refused else {
            return After::End;
        };
        // An end of TLS with a reason is a failure: in TLS 1.3 an origin that refuses a client says so behind the
        // handshake (RFC 8446 section 4.4.3).
        let fault = self.tls_fault(refused, &recorder);
        recorder.fail(&fault);
        if self.life.has_begun() {
            return After::End;
        }
        // A client that has asked nothing yet is told why it can't.
        self.refused = Some(fault);
        After::Next
    }

    fn tls_fault(&self, error: rustls::Error, recorder: &ConnectionRecorder) -> Fault {
        match self.route.target() {
            Some(target) => OriginTlsError::refused(target.clone(), error, recorder.client_auth()).to_fault(),
            None => Fault::new(LegName::Origin, Stage::Tls, error.to_string()),
        }
    }

    /// Carries one exchange.
    async fn exchange(&mut self, raw: Bytes, is_ending: &AtomicBool) -> After {
        let (started, began) = (Timestamp::now(), Instant::now());
        let bounds = self.bounds();
        let request = match Request::read(raw.clone(), bounds) {
            Ok(request) => request,
            Err(bad) => return self.refuse(&bad, raw).await,
        };
        let length = match of_request(&request) {
            Ok(length) => length,
            Err(bad) => return self.refuse(&bad, raw).await,
        };
        let is_first = self.life.begin();
        let (recorder, reached) = match self.refused.take() {
            Some(fault) => (self.route.recorder(&fault), Reached::Nowhere(fault)),
            None => self.route.reach(&request, &mut self.origin).await,
        };
        if !R::IS_TUNNEL {
            self.life.turn_to(&recorder);
        }
        let head = told_request(
            &request,
            self.scheme,
            self.route.target(),
            self.route.rewrites_host(),
        );
        let exchange = ExchangeRecorder::begin(&recorder, head, started, began).await;
        let fault = match reached {
            Reached::Origin => match self.look_at_origin().await {
                None => {
                    return self
                        .carry(&request, length, &exchange, &recorder, is_ending)
                        .await;
                }
                Some(_) if !is_first && R::IS_TUNNEL => {
                    // A client that has used this connection knows what to do when it ends between two requests:
                    // to it, this is an origin that closes an idle connection.
                    exchange.body_over(Side::Request, BodyOutcome::Abandoned);
                    exchange.no_response(&not_sent());
                    return After::End;
                }
                Some(Some(error)) => self.tls_fault(error, &recorder),
                Some(None) => not_sent(),
            },
            Reached::Here => return self.answer_here(&request, length, &exchange).await,
            Reached::Nowhere(fault) => fault,
        };
        self.answer_fault(&fault, Some(&request), &exchange, &recorder)
            .await
    }

    /// Whether the origin has ended, or spoken, though nobody asked it; and what TLS ended with.
    async fn look_at_origin(&mut self) -> Option<Option<rustls::Error>> {
        let Some(origin) = &mut self.origin else {
            return Some(None);
        };
        let over = poll_fn(|cx| {
            Poll::Ready(match origin.poll_over(cx) {
                Poll::Pending => None,
                Poll::Ready(refused) => Some(refused),
            })
        });
        over.await
    }

    async fn carry(
        &mut self,
        request: &Request,
        length: Length,
        exchange: &ExchangeRecorder,
        recorder: &Arc<ConnectionRecorder>,
        is_ending: &AtomicBool,
    ) -> After {
        let asked = read_asked(request);
        let bounds = self.bounds();
        let Some(origin) = &mut self.origin else {
            return After::End;
        };
        let carrying = Carrying {
            life: self.life,
            client: &mut self.client,
            exchange,
            recorder,
            request,
            asked: &asked,
            change: self.route.change(request),
            length,
            bounds,
            is_tunnel: R::IS_TUNNEL,
            proxy: self.route.proxy(),
            is_ending,
        };
        match origin.carry(carrying).await {
            Outcome::Next { origin_ends } => {
                if origin_ends {
                    self.origin = None;
                }
                if R::IS_TUNNEL && origin_ends {
                    After::End
                } else {
                    After::Next
                }
            }
            Outcome::Last if self.client.input.is_spent() => After::End,
            Outcome::Last => After::Linger,
            Outcome::Switched { broke } => match broke {
                Some(LegName::Client) => After::Abort,
                Some(LegName::Origin) => After::Break,
                None => After::End,
            },
            Outcome::Gone(_) if origin.is_used() => {
                exchange.body_over(Side::Request, BodyOutcome::Abandoned);
                if !R::IS_TUNNEL && length.is_none() && is_idempotent(request.method()) {
                    self.origin = None;
                    exchange.no_response(&sent_again());
                    return After::Again(request.head.raw.clone());
                }
                // A client that has used this connection knows what to do when it ends without a byte of an answer, and
                // alone knows whether its request may be made twice (RFC 9112 section 9.3.1).
                exchange.no_response(&left_unanswered());
                After::End
            }
            Outcome::NotTaken(fault) if origin.is_used() => {
                // Likewise: to it, this is an origin that closes an idle connection.
                exchange.body_over(Side::Request, BodyOutcome::Abandoned);
                exchange.no_response(&fault);
                After::End
            }
            Outcome::Failed(fault) | Outcome::Gone(fault) | Outcome::NotTaken(fault) => {
                self.answer_fault(&fault, Some(request), exchange, recorder).await
            }
            Outcome::Refused(error) => {
                let fault = self.tls_fault(error, recorder);
                self.answer_fault(&fault, Some(request), exchange, recorder).await
            }
            Outcome::CutShort { has_no_end: true } => After::Break,
            Outcome::CutShort { .. } | Outcome::Left => After::Cut,
            Outcome::ClientBroke(error) => After::ClientBroke(error),
        }
    }
}
