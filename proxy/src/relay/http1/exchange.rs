//! One exchange between two legs: its request goes one way while its response comes the other.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};

use super::answers::Answers;
use super::body::Body;
use super::download::{Download, Ended};
use super::framing::Length;
use super::head::Bounds;
use super::hop::Asked;
use super::upload::{Course, Stopped, Upload};
use super::wire::Leg;
use crate::config::UpstreamProxy;
use crate::fault::Fault;
use crate::recorder::ExchangeRecorder;
use crate::relay::life::Life;

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
    /// Both sides go on in another protocol.
    Switched,
    /// The client has no answer: it is to be told.
    Failed(Fault),
    /// The same, and the origin's connection ended without a byte of an answer.
    Gone(Fault),
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

/// What is to be carried, and between whom.
pub(super) struct Exchange<'a, C, O> {
    pub(super) life: &'a Life,
    pub(super) client: &'a mut Leg<C>,
    pub(super) origin: &'a mut Leg<O>,
    pub(super) exchange: &'a ExchangeRecorder,
    pub(super) asked: &'a Asked<'a>,
    pub(super) is_head: bool,
    pub(super) length: Length,
    pub(super) bounds: Bounds,
    pub(super) is_tunnel: bool,
    pub(super) proxy: Option<&'a UpstreamProxy>,
    pub(super) is_ending: &'a AtomicBool,
}

impl<C, O> Exchange<'_, C, O>
where
    C: AsyncRead + AsyncWrite + Unpin,
    O: AsyncRead + AsyncWrite + Unpin,
{
    /// Carries it. `head` is what goes to the origin.
    pub(super) async fn carry(self, head: Bytes) -> Outcome {
        let course = Course::default();
        if self.asked.expects() && !self.length.is_none() {
            course.gate.shut();
        }
        let mut upload = pin!(
            Upload {
                life: self.life,
                client: &self.client.stream,
                input: &mut self.client.input,
                origin: &self.origin.stream,
                exchange: self.exchange,
                course: &course,
                body: Body::new(self.length, self.bounds),
            }
            .run(head)
        );
        let mut download = pin!(
            Download {
                client: &self.client.stream,
                from: Answers {
                    life: self.life,
                    origin: &self.origin.stream,
                    input: &mut self.origin.input,
                    exchange: self.exchange,
                    bounds: self.bounds,
                    has_spoken: false,
                },
                course: &course,
                asked: self.asked,
                is_head: self.is_head,
                is_tunnel: self.is_tunnel,
                proxy: self.proxy,
                is_ending: self.is_ending,
            }
            .run()
        );
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
            Ok(Ended::Failed(fault)) => return Outcome::Failed(fault),
            Ok(Ended::Gone(fault)) => return Outcome::Gone(fault),
            Ok(Ended::Refused(error)) => return Outcome::Refused(error),
            Ok(Ended::CutShort { has_no_end }) => return Outcome::CutShort { has_no_end },
            Ok(Ended::ClientBroke(error)) => return Outcome::ClientBroke(error),
            Err(Stopped::Bad(fault)) if !course.is_answered() => return Outcome::Failed(fault),
            Err(Stopped::Bad(_) | Stopped::Refused) => {
                let has_no_end = course.has_no_end.load(Ordering::Relaxed);
                return Outcome::CutShort { has_no_end };
            }
            Err(Stopped::Left) => return Outcome::Left,
            Ok(Ended::Whole { is_last, .. }) => is_last,
            Ok(Ended::Switched) => false,
        };
        if !course.is_sent() {
            // The client may not ask for more before it has sent this request whole; nor is the origin ready.
            if is_last || is_refused {
                return Outcome::Last;
            }
            let stall = &self.life.stall;
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
                return Outcome::Last;
            }
        }
        match ended {
            Ok(Ended::Switched) => Outcome::Switched,
            Ok(Ended::Whole { origin_ends, .. }) if !is_last => Outcome::Next { origin_ends },
            _ => Outcome::Last,
        }
    }
}
