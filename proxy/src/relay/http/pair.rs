//! HTTP on both legs: one client connection to one origin connection.

use std::pin::Pin;
use std::sync::Arc;

use capture::Target;
use http::HeaderValue;
use tokio::io::{AsyncRead, AsyncWrite};

use super::alpn::HttpVersion;
use super::error::RelayError;
use crate::context::Context;
use crate::recorder::ConnectionRecorder;
use crate::relay::http1::from_http2::{MoreOrigins, Streams, relay_streams};
use crate::relay::http1::{relay_to_http2, relay_tunnel};
use crate::relay::http2::relay_http2;
use crate::transport::{Cut, Transport};

/// Two streams that HTTP is spoken on.
pub(crate) struct Pair<C, O> {
    pub(crate) client: C,
    pub(crate) origin: O,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    pub(crate) target: Target,
    pub(crate) recorder: Arc<ConnectionRecorder>,
    pub(crate) context: Arc<Context>,
    /// What `Host` is to say to the origin, where that is not what the client says.
    pub(crate) host_rewrite: Option<HeaderValue>,
}

/// A pair that is carried, until it is over.
pub(crate) type Relaying = Pin<Box<dyn Future<Output = Result<(), RelayError>> + Send>>;

/// What the two sides speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) client: HttpVersion,
    pub(crate) origin: HttpVersion,
}

impl From<HttpVersion> for Versions {
    /// Both the same.
    fn from(version: HttpVersion) -> Self {
        Self {
            client: version,
            origin: version,
        }
    }
}

impl<C, O> Pair<C, O>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + Cut + 'static,
    O: AsyncRead + AsyncWrite + Send + Unpin + Cut + 'static,
{
    /// Carries exchanges until the client is done, the origin is gone, or the proxy stops.
    pub(crate) fn relay(self, versions: Versions) -> Relaying {
        // Boxed apart, so that a tunnel holds no room for the version that it does not speak.
        match (versions.client, versions.origin) {
            (HttpVersion::Http1, HttpVersion::Http1) => Box::pin(relay_tunnel(self)),
            (HttpVersion::Http2, HttpVersion::Http2) => Box::pin(relay_http2(self)),
            (HttpVersion::Http1, HttpVersion::Http2) => Box::pin(relay_to_http2(self)),
            (HttpVersion::Http2, HttpVersion::Http1) => self.relay_streams(None),
        }
    }

    /// The same for a client that speaks HTTP/2 and an origin that does not, with who makes more connections to it.
    pub(crate) fn relay_streams(self, more: Option<Arc<dyn MoreOrigins>>) -> Relaying {
        Box::pin(relay_streams(Streams {
            client: self.client,
            origin: Transport::inner(self.origin),
            more,
            scheme: self.scheme,
            target: self.target,
            recorder: self.recorder,
            context: self.context,
            host_rewrite: self.host_rewrite,
        }))
    }
}
