//! HTTP between a client and the one origin of its tunnel, or between a client and us where there is none.

use capture::{LegName, Outcome, Stage};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Carrying, Tunnel};
use crate::dial::Dialled;
use crate::fault::{Fault, chain_text};
use crate::relay::http::{Alone, HttpVersion, OwnAnswer, Pair, RelayError, Versions};
use crate::tls::{ClientSocket, ClientTlsError};
use crate::transport::Cut;

impl Tunnel {
    /// HTTP without TLS inside the tunnel. A client that begins with HTTP/2 knows that its origin speaks it (RFC 9113
    /// section 3.3).
    pub(super) async fn serve_http(
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

    pub(super) async fn answer_all<C>(
        &self,
        client: C,
        scheme: &'static str,
        version: HttpVersion,
        fault: &Fault,
    ) where
        C: AsyncRead + AsyncWrite + Cut + Send + Unpin + 'static,
    {
        let alone = Alone {
            client,
            scheme,
            target: self.target().clone(),
            recorder: self.recorder.clone(),
            context: self.context.clone(),
            answer: OwnAnswer::Fault(fault.clone()),
        };
        // The fault is told already; how the client leaves adds nothing to it.
        let _ = alone.answer_all(version).await;
    }

    /// HTTP between one client stream and one origin stream.
    pub(super) async fn relay_http<C, O>(
        &self,
        scheme: &'static str,
        versions: Versions,
        client: C,
        origin: O,
    ) -> Result<(), Fault>
    where
        C: AsyncRead + AsyncWrite + Send + Unpin + Cut + 'static,
        O: AsyncRead + AsyncWrite + Send + Unpin + Cut + 'static,
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
        let relaying = match (versions.client, versions.origin) {
            (HttpVersion::Http2, HttpVersion::Http1) => pair.relay_streams(self.beside(scheme)),
            _ => pair.relay(versions),
        };
        match relaying.await {
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
