//! A tunnel: one client connection to one origin connection.

use std::sync::Arc;

use capture::Target;
use http::HeaderValue;
use tokio::io::{AsyncRead, AsyncWrite};

use super::head::Request;
use super::hop::Change;
use super::relay::{Reached, Relay, Route};
use super::target::Form;
use super::wire::Leg;
use crate::fault::Fault;
use crate::recorder::ConnectionRecorder;
use crate::relay::faults::connect_inside;
use crate::relay::http::{Pair, RelayError};
use crate::relay::life::Life;
use crate::transport::Cut;

/// Carries exchanges until the client is done, the origin is gone, or the proxy stops.
pub(crate) async fn relay_tunnel<C, O>(pair: Pair<C, O>) -> Result<(), RelayError>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + Cut + 'static,
    O: AsyncRead + AsyncWrite + Send + Unpin + Cut + 'static,
{
    let life = Life::new(pair.context, Some(pair.recorder.clone()));
    let route = Tunnel::new(pair.target, pair.recorder, pair.host_rewrite);
    Relay::new(
        &life,
        pair.scheme,
        pair.client,
        Some(Leg::new(pair.origin)),
        route,
    )
    .serve()
    .await
}

/// To the one origin that the client asked for.
pub(super) struct Tunnel {
    target: Target,
    recorder: Arc<ConnectionRecorder>,
    /// What `Host` is to say to the origin, where that is not what the client says.
    host_rewrite: Option<HeaderValue>,
}

impl Tunnel {
    pub(super) fn new(
        target: Target,
        recorder: Arc<ConnectionRecorder>,
        host_rewrite: Option<HeaderValue>,
    ) -> Self {
        Self {
            target,
            recorder,
            host_rewrite,
        }
    }
}

impl<O: Send> Route<O> for Tunnel {
    const IS_TUNNEL: bool = true;

    fn target(&self) -> Option<&Target> {
        Some(&self.target)
    }

    fn recorder(&mut self, _: &Fault) -> Arc<ConnectionRecorder> {
        self.recorder.clone()
    }

    async fn reach(&mut self, request: &Request, _: &mut Option<O>) -> (Arc<ConnectionRecorder>, Reached) {
        let reached = match request.form {
            Form::Authority => Reached::Nowhere(connect_inside()),
            _ => Reached::Origin,
        };
        (self.recorder.clone(), reached)
    }

    /// A whole URL goes on as one: there may be another proxy at the tunnel's end. What it names stands over `Host`
    /// (RFC 9112 section 3.2.2).
    fn change<'a>(&'a self, request: &'a Request) -> Change<'a> {
        Change {
            target: None,
            credentials: None,
            host: match &self.host_rewrite {
                Some(host) => Some(host.as_bytes()),
                None => request.form.authority(request.target()),
            },
            is_to_proxy: false,
        }
    }

    fn rewrites_host(&self) -> bool {
        self.host_rewrite.is_some()
    }
}

#[cfg(test)]
#[path = "tunnel_tests.rs"]
mod tests;
