//! Why no tunnel came of asking another proxy, whose fault that is, and what to do.

use std::io;
use std::time::Duration;

use capture::{LegName, Stage};
use http::StatusCode;

use crate::dial::DialError;
use crate::fault::Fault;

/// There is no way through the upstream proxy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpstreamError {
    #[error("the upstream proxy {proxy} can't be reached: {source}")]
    Unreachable { proxy: String, source: Box<DialError> },
    #[error("TLS with the upstream proxy {proxy} failed: {text}")]
    Tls { proxy: String, text: String },
    #[error("the upstream proxy {proxy} did not answer within {limit:?}")]
    Silent { proxy: String, limit: Duration },
    #[error("the upstream proxy {proxy} broke the connection: {source}")]
    Broken { proxy: String, source: io::Error },
    #[error("the upstream proxy {proxy} did not answer as such a proxy does: {what}")]
    Garbled { proxy: String, what: String },
    #[error("the upstream proxy {proxy} wants a user and a password: {answer}")]
    WhoAsks { proxy: String, answer: String },
    #[error("the upstream proxy {proxy} does not take the user and password that were set: {answer}")]
    BadCredentials { proxy: String, answer: String },
    #[error(
        "the upstream proxy {proxy} asks who goes there in a way that Handlens does not speak: {schemes}"
    )]
    OtherScheme { proxy: String, schemes: String },
    #[error("the upstream proxy {proxy} refuses to go to {target}: {answer}")]
    Refused {
        proxy: String,
        target: String,
        answer: String,
    },
    #[error("the upstream proxy {proxy} could not reach {target}: {answer}")]
    OriginUnreachable {
        proxy: String,
        target: String,
        answer: String,
        /// It waited for the origin in vain.
        timed_out: bool,
    },
    #[error("the upstream proxy {proxy} made no tunnel to {target}: {answer}")]
    NoTunnel {
        proxy: String,
        target: String,
        answer: String,
    },
}

impl UpstreamError {
    pub(crate) fn to_fault(&self) -> Fault {
        let fault = Fault::new(LegName::Origin, Stage::Upstream, self.to_string());
        let fault = match self {
            Self::Silent { .. } | Self::OriginUnreachable { timed_out: true, .. } => {
                fault.with_status(StatusCode::GATEWAY_TIMEOUT)
            }
            Self::Unreachable { source, .. } => {
                let status = source.to_fault().status;
                fault.with_status(status)
            }
            _ => fault,
        };
        fault.with_remedy(match self {
            Self::Unreachable { source, .. } if matches!(**source, DialError::Own { .. }) => {
                "name another proxy with --upstream, or none"
            }
            Self::Unreachable { .. } | Self::Silent { .. } | Self::Broken { .. } => {
                "the origin was not asked: check --upstream, and that the proxy runs"
            }
            Self::Tls { .. } => {
                "the origin was not asked: trust the proxy's root with --origin-ca, or check that it speaks TLS on this port"
            }
            Self::Garbled { .. } => {
                "the origin was not asked: check that --upstream names the right port and kind of proxy"
            }
            Self::WhoAsks { .. } => {
                "set them as http://USER:PASSWORD@HOST:PORT, in HANDLENS_UPSTREAM or as upstream in the settings file"
            }
            Self::BadCredentials { .. } => {
                "check the user and the password of the upstream proxy; what stands for itself is written as %40 for @, %3A for :"
            }
            Self::OtherScheme { .. } => {
                "Handlens answers with Basic alone: put a proxy between that speaks the other scheme"
            }
            Self::Refused { .. } => {
                "the proxy's own rules forbid it: ask who runs it, or reach the host without it by --no-proxy HOST"
            }
            Self::OriginUnreachable { .. } => {
                "the proxy itself works: check the host and port, or reach the host without it by --no-proxy HOST"
            }
            Self::NoTunnel { .. } => {
                "it may not make tunnels: check that --upstream names a proxy, and reach the host without it by --no-proxy HOST"
            }
        })
    }
}
