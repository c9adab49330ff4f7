//! One exchange: its request goes one way while its response comes the other. And how it goes over an origin's
//! connection of HTTP/1.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use capture::LegName;
use tokio::io::{AsyncRead, AsyncWrite};

use super::answers::Answers;
use super::body::Body;
use super::download::{Download, Ended};
use super::hop::onward_request;
use super::origin::{Carrying, OriginEnd};
use super::upgrade::{self, FromLeg, ToLeg};
use super::upload::{Course, Stopped, Upload, Written};
use super::wire::{Leg, lock, say_end};
use crate::fault::{Fault, tls_error};
use crate::relay::life::Stall;
use crate::transport::Cut;

/// What an exchange came to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is over, and the connections go on.
    Next {
        /// Whether the origin's does.
        origin_ends: bool,
    },
    /// It is over, and with it the client's connection.
    Last,
    /// Both sides went on in another protocol, and it is over.
    Switched {
        /// The leg that it broke on.
        broke: Option<LegName>,
    },
    /// The client has no answer: it is to be told.
    Failed(Fault),
    /// The same, and the origin's connection ended without a byte of an answer.
    Gone(Fault),
    /// The same, and the origin said that it has not looked at the request.
    NotTaken(Fault),
    /// The same, by what TLS with the origin ended with.
    Refused(rustls::Error),
    /// The client has a part of an answer, and gets no more.
    CutShort {
        /// It would take the end of its connection for the answer's.
        has_no_end: bool,
    },
    /// The client is gone.
    Left,
    /// Writing to the client failed.
    ClientBroke(std::io::Error),
}

/// What comes after both ways of an exchange.
pub(super) enum Step {
    Over(Outcome),
    /// Both sides go on in another protocol.
    Switch,
}

impl<C, O> OriginEnd<C> for Leg<O>
where
    C: AsyncRead + AsyncWrite + Send + Unpin,
    O: AsyncRead + AsyncWrite + Cut + Send + Unpin,
{
    fn is_used(&self) -> bool {
        self.is_used
    }

    fn rest(&mut self) {
        self.input.rest();
    }

    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<Option<rustls::Error>> {
        self.input
            .poll_fill(&self.stream, cx)
            .map(|ended| ended.err().and_then(|error| tls_error(&error).cloned()))
    }

    async fn carry(&mut self, mut carrying: Carrying<'_, C>) -> Outcome {
        match carry_http(self, &mut carrying).await {
            Step::Over(Outcome::Next { origin_ends }) => {
                self.is_used = true;
                // What nobody asked for is no answer to the next request.
                let origin_ends = origin_ends || !self.input.buffer.is_empty();
                Outcome::Next { origin_ends }
            }
            Step::Over(outcome) => outcome,
            Step::Switch => {
                let Carrying {
                    client,
                    exchange,
                    recorder,
                    life,
                    ..
                } = carrying;
                let client = (
                    FromLeg(LegName::Client, &client.stream, &mut client.input),
                    ToLeg(LegName::Client, &client.stream),
                );
                let origin = (
                    FromLeg(LegName::Origin, &self.stream, &mut self.input),
                    ToLeg(LegName::Origin, &self.stream),
                );
                let broke = upgrade::carry(client, origin, exchange, recorder, &life.stall).await;
                Outcome::Switched { broke }
            }
        }
    }

    async fn leave(&mut self, is_cut: bool) {
        match is_cut {
            true => lock(&self.stream).cut(),
            false => say_end(&self.stream).await,
        }
    }
}

/// Carries an exchange over an origin's connection of HTTP/1.
async fn carry_http<C, O>(origin: &mut Leg<O>, carrying: &mut Carrying<'_, C>) -> Step
where
    C: AsyncRead + AsyncWrite + Unpin,
    O: AsyncRead + AsyncWrite + Send + Unpin,
{
    let Carrying {
        life,
        client,
        exchange,
        request,
        asked,
        ..
    } = carrying;
    let course = Course::of(asked, carrying.length);
    let upload = Upload {
        life,
        client: &client.stream,
        input: &mut client.input,
        exchange,
        course: &course,
        body: Body::new(carrying.length, carrying.bounds),
        to: Written {
            origin: &origin.stream,
            head: onward_request(request, asked, &carrying.change),
            exchange,
        },
    };
    let download = Download {
        client: &client.stream,
        from: Answers {
            life,
            origin: &origin.stream,
            input: &mut origin.input,
            exchange,
            bounds: carrying.bounds,
            has_spoken: false,
        },
        course: &course,
        asked,
        is_head: request.method() == b"HEAD",
        is_tunnel: carrying.is_tunnel,
        proxy: carrying.proxy,
        is_ending: carrying.is_ending,
    };
    carry_both(pin!(upload.run()), pin!(download.run()), &course, &life.stall).await
}

/// Carries both ways of an exchange.
pub(super) async fn carry_both(
    mut upload: Pin<&mut impl Future<Output = Stopped>>,
    mut download: Pin<&mut impl Future<Output = Ended>>,
    course: &Course,
    stall: &Stall,
) -> Step {
    let mut is_refused = false;
    let ended = poll_fn(|cx| {
        if let Poll::Ready(ended) = download.as_mut().poll(cx) {
            return Poll::Ready(Ok(ended));
        }
        if !is_refused && let Poll::Ready(stopped) = upload.as_mut().poll(cx) {
            match stopped {
                // The origin may have answered all the same.
                Stopped::Refused => is_refused = true,
                stopped => return Poll::Ready(Err(stopped)),
            }
        }
        Poll::Pending
    })
    .await;
    let is_last = match ended {
        Ok(Ended::Failed(fault)) => return Step::Over(Outcome::Failed(fault)),
        Ok(Ended::Gone(fault)) => return Step::Over(Outcome::Gone(fault)),
        Ok(Ended::NotTaken(fault)) => return Step::Over(Outcome::NotTaken(fault)),
        Ok(Ended::Refused(error)) => return Step::Over(Outcome::Refused(error)),
        Ok(Ended::CutShort { has_no_end }) => return Step::Over(Outcome::CutShort { has_no_end }),
        Ok(Ended::ClientBroke(error)) => return Step::Over(Outcome::ClientBroke(error)),
        Err(Stopped::Bad(fault)) if !course.is_answered() => return Step::Over(Outcome::Failed(fault)),
        Err(Stopped::Bad(_) | Stopped::Refused) => {
            let has_no_end = course.has_no_end.load(Ordering::Relaxed);
            return Step::Over(Outcome::CutShort { has_no_end });
        }
        Err(Stopped::Left) => return Step::Over(Outcome::Left),
        Ok(Ended::Whole { is_last, .. }) => is_last,
        Ok(Ended::Switched) => false,
    };
    if !course.is_sent() {
        // The client may not ask for more before it has sent this request whole; nor is the origin ready.
        if is_last || is_refused {
            return Step::Over(Outcome::Last);
        }
        let told_before = stall.times();
        let sent = poll_fn(|cx| {
            if course.is_sent() {
                return Poll::Ready(true);
            }
            if stall.times() > told_before || upload.as_mut().poll(cx).is_ready() {
                return Poll::Ready(false);
            }
            match course.is_sent() {
                true => Poll::Ready(true),
                false => Poll::Pending,
            }
        });
        if !sent.await {
            return Step::Over(Outcome::Last);
        }
    }
    match ended {
        Ok(Ended::Switched) => Step::Switch,
        Ok(Ended::Whole { origin_ends, .. }) if !is_last => Step::Over(Outcome::Next { origin_ends }),
        _ => Step::Over(Outcome::Last),
    }
}
