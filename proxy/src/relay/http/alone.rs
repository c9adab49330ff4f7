//! A client without an origin: each of its requests is answered by us.

use std::sync::Arc;

use capture::Target;
use tokio::io::{AsyncRead, AsyncWrite};

use super::alpn::HttpVersion;
use super::error::RelayError;
use crate::context::Context;
use crate::fault::Fault;
use crate::recorder::ConnectionRecorder;
use crate::relay::http1::answer_http1;
use crate::relay::http2::answer_http2;
use crate::transport::Cut;

/// A client without an origin.
pub(crate) struct Alone<C> {
    pub(crate) client: C,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// What the client asked the tunnel for.
    pub(crate) target: Target,
    pub(crate) recorder: Arc<ConnectionRecorder>,
    pub(crate) context: Arc<Context>,
    pub(crate) answer: OwnAnswer,
}

/// What it is answered.
pub(crate) enum OwnAnswer {
    /// What it asks of our own site.
    Site,
    /// Why its origin can't be reached.
    Fault(Fault),
}

impl<C> Alone<C>
where
    C: AsyncRead + AsyncWrite + Cut + Send + Unpin + 'static,
{
    /// Answers until the client is done, or the proxy stops.
    pub(crate) async fn answer_all(self, version: HttpVersion) -> Result<(), RelayError> {
        match version {
            HttpVersion::Http1 => Box::pin(answer_http1(self)).await,
            HttpVersion::Http2 => Box::pin(answer_http2(self)).await,
        }
    }
}
