//! The origin's end of a client connection: what its exchanges are carried to.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll};

use super::exchange::Outcome;
use super::framing::Length;
use super::head::{Bounds, Request};
use super::hop::{Asked, Change};
use super::wire::Leg;
use crate::config::UpstreamProxy;
use crate::recorder::{ConnectionRecorder, ExchangeRecorder};
use crate::relay::life::Life;

/// An exchange that is to be carried.
pub(super) struct Carrying<'a, C> {
    pub(super) life: &'a Life,
    pub(super) client: &'a mut Leg<C>,
    pub(super) exchange: &'a ExchangeRecorder,
    pub(super) recorder: &'a Arc<ConnectionRecorder>,
    pub(super) request: &'a Request,
    pub(super) asked: &'a Asked<'a>,
    /// What of the request's head becomes other.
    pub(super) change: Change<'a>,
    /// Of the request's body.
    pub(super) length: Length,
    pub(super) bounds: Bounds,
    /// The client's connection ends with the origin's.
    pub(super) is_tunnel: bool,
    /// The other proxy that the origin's connection leads to instead.
    pub(super) proxy: Option<&'a UpstreamProxy>,
    /// The proxy takes no more requests on this connection.
    pub(super) is_ending: &'a AtomicBool,
}

/// The origin's end.
pub(super) trait OriginEnd<C>: Send {
    /// Whether it has carried an exchange before.
    fn is_used(&self) -> bool;

    /// Holds no memory while nothing comes.
    fn rest(&mut self);

    /// Ready when it is over, or speaks though nobody asked it; with what TLS ended with.
    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<Option<rustls::Error>>;

    /// Carries an exchange.
    fn carry(&mut self, carrying: Carrying<'_, C>) -> impl Future<Output = Outcome> + Send;

    /// Says that nothing more comes. `is_cut` where the client broke off, which its end would not say.
    fn leave(&mut self, is_cut: bool) -> impl Future<Output = ()> + Send;
}

/// Where there is no origin.
pub(super) enum Nobody {}

impl<C: Send> OriginEnd<C> for Nobody {
    fn is_used(&self) -> bool {
        match *self {}
    }

    fn rest(&mut self) {
        match *self {}
    }

    fn poll_over(&mut self, _: &mut Context<'_>) -> Poll<Option<rustls::Error>> {
        match *self {}
    }

    async fn carry(&mut self, _: Carrying<'_, C>) -> Outcome {
        match *self {}
    }

    async fn leave(&mut self, _: bool) {
        match *self {}
    }
}
