//! Reaching an origin through another proxy: reaching that proxy, TLS with it where it is one of `https://`, and
//! asking it for a tunnel. Each step is told, and what fails says whose fault it is.
//!
//! A proxy for HTTP is given requests in plain HTTP as they are (RFC 9112 section 3.2.2), without a tunnel. Names are
//! resolved there.

mod connect;
mod error;
mod socks;
mod tls;

use std::sync::Arc;
use std::time::Instant;

use ca::Judge;
use capture::{StepName, Target};
use tokio::time::timeout;

pub(crate) use connect::unwelcome;
pub(crate) use error::UpstreamError;

use crate::config::{Timeouts, UpstreamKind, UpstreamProxy};
use crate::dial::{self, Dialled, OwnAddresses, Resolved};
use crate::recorder::LegRecorder;
use crate::transport::Transport;

/// What a way through a proxy needs.
pub(crate) struct Upstream<'a> {
    pub(crate) proxy: &'a UpstreamProxy,
    /// What its certificate is judged by, and the rule that lets a bad one pass.
    pub(crate) judge: &'a Arc<Judge>,
    pub(crate) allowed_by: Option<String>,
    pub(crate) own: &'a OwnAddresses,
    pub(crate) timeouts: &'a Timeouts,
    pub(crate) leg: &'a LegRecorder,
}

impl Upstream<'_> {
    /// Finds the proxy's addresses. It must not be Handlens itself.
    pub(crate) async fn resolve(&self) -> Result<Resolved, UpstreamError> {
        let began = Instant::now();
        let resolved = dial::resolve(&self.proxy.address, self.own, self.timeouts.connect).await;
        let text = match &resolved {
            Ok(resolved) => resolved.name_addresses(),
            Err(error) => error.to_string(),
        };
        self.leg.note_step(StepName::UpstreamResolve, began, Some(text));
        resolved.map_err(|error| self.unreachable(error))
    }

    /// Connects to the proxy, over TLS where it is one of `https://`.
    pub(crate) async fn connect(&self, resolved: &Resolved) -> Result<Dialled, UpstreamError> {
        let (proxy, limit) = (self.proxy, self.timeouts.connect);
        let dialling = Instant::now();
        let dialled = dial::connect(&proxy.address, &resolved.addresses, limit).await;
        let text = match &dialled {
            Ok(dialled) => dialled.address.to_string(),
            Err(error) => error.to_string(),
        };
        self.leg
            .note_step(StepName::UpstreamConnect, dialling, Some(text));
        let dialled = dialled.map_err(|error| self.unreachable(error))?;
        let opening = Instant::now();
        let stream = match proxy.kind {
            UpstreamKind::Https => {
                let shaken = tls::shake_hands(self, dialled.stream).await;
                let text = shaken.as_ref().err().map(ToString::to_string);
                self.leg.note_step(StepName::UpstreamTls, opening, text);
                Transport::inner(shaken?)
            }
            UpstreamKind::Http | UpstreamKind::Socks5 => dialled.stream,
        };
        Ok(Dialled {
            stream,
            took: dialling.elapsed(),
            ..dialled
        })
    }

    /// Makes a tunnel to the target. Its address is the proxy's, and it took until the proxy's yes.
    pub(crate) async fn reach(&self, resolved: &Resolved, target: &Target) -> Result<Dialled, UpstreamError> {
        let (proxy, limit) = (self.proxy, self.timeouts.connect);
        let dialling = Instant::now();
        let Dialled {
            stream, address, own, ..
        } = self.connect(resolved).await?;
        let began = Instant::now();
        let asking = async {
            match proxy.kind {
                UpstreamKind::Socks5 => socks::ask(stream, proxy, target).await,
                UpstreamKind::Http | UpstreamKind::Https => connect::ask(stream, proxy, target).await,
            }
        };
        let silent = |_| UpstreamError::Silent {
            proxy: proxy.to_string(),
            limit,
        };
        let asked = timeout(limit, asking).await.map_err(silent).flatten();
        let text = match &asked {
            Ok(_) => format!("{target} by {proxy}"),
            Err(error) => error.to_string(),
        };
        self.leg.note_step(StepName::UpstreamTunnel, began, Some(text));
        Ok(Dialled {
            stream: asked?,
            address,
            took: dialling.elapsed(),
            own,
        })
    }

    fn unreachable(&self, source: dial::DialError) -> UpstreamError {
        UpstreamError::Unreachable {
            proxy: self.proxy.to_string(),
            source: Box::new(source),
        }
    }
}
