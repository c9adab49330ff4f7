//! What goes on inside TLS that was ended on both legs where no application protocol was named (RFC 7301).

use bytes::BytesMut;
use capture::{LegName, Stage};
use rustls::Error as TlsError;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use super::{Carrying, Tunnel};
use crate::detect::{DetectError, Protocol, detect, greets_in_http2};
use crate::fault::{Fault, tls_error};
use crate::relay::opaque::OpaqueError;
use crate::rewind::Rewind;
use crate::tls::{ClientTlsError, OriginTlsError};
use crate::transport::Cut;

impl Tunnel {
    /// The first bytes tell what is spoken.
    pub(super) async fn serve_unnamed<C, O>(
        &self,
        mut client: C,
        mut origin: O,
    ) -> Result<Carrying<'_>, Fault>
    where
        C: AsyncRead + AsyncWrite + Send + Unpin + Cut + 'static,
        O: AsyncRead + AsyncWrite + Send + Unpin + Cut + 'static,
    {
        let (mut ahead, mut origin_ahead) = (BytesMut::new(), BytesMut::new());
        let mut refusal = None;
        let origin_speaks = async {
            if let Err(error) = origin.read_buf(&mut origin_ahead).await {
                // In TLS 1.3 an origin refuses a client behind the handshake (RFC 8446 section 4.4.3). The client is
                // told in its own protocol, once it has spoken.
                refusal = tls_error(&error).cloned();
                if refusal.is_some() {
                    std::future::pending().await
                }
            }
            if greets_in_http2(&origin_ahead) {
                std::future::pending().await
            }
            // Whatever else comes, an end or an error too, is for the relay to carry.
        };
        let (silence, limit) = (self.context.silence(), self.context.timeouts.hello);
        let detected = detect(&mut client, &mut ahead, origin_speaks, silence, limit).await;
        if let Some(refusal) = refusal {
            let fault = self.origin_refused(refusal);
            self.recorder.fail(&fault);
            if let Ok(Protocol::Http(version)) = detected {
                let client = Rewind::new(ahead.freeze(), client);
                self.answer_all(client, "https", version, &fault).await;
            }
            return Err(fault);
        }
        let protocol = match detected {
            Ok(protocol) => protocol,
            Err(DetectError::Io(error)) => {
                return client_fault(&error).map_or(Ok(Box::pin(async { Ok(()) })), Err);
            }
            Err(error) => return Err(Fault::new(LegName::Client, Stage::Detect, error.to_string())),
        };
        let client = Rewind::new(ahead.freeze(), client);
        let origin = Rewind::new(origin_ahead.freeze(), origin);
        match protocol {
            Protocol::Nothing => Ok(Box::pin(async { Ok(()) })),
            Protocol::Http(version) => Ok(Box::pin(self.relay_http("https", version.into(), client, origin))),
            Protocol::Tls(_) | Protocol::Opaque => Ok(Box::pin(self.relay_decrypted(client, origin))),
        }
    }

    /// A protocol that is not HTTP.
    pub(super) async fn relay_decrypted<C, O>(&self, mut client: C, mut origin: O) -> Result<(), Fault>
    where
        C: AsyncRead + AsyncWrite + Cut + Unpin,
        O: AsyncRead + AsyncWrite + Cut + Unpin,
    {
        let fault = match self.carry_recorded(&mut client, &mut origin, None).await {
            Ok(_) | Err(OpaqueError::Idle(_) | OpaqueError::Injected(_)) => None,
            Err(OpaqueError::Broken { leg, error }) => match leg {
                LegName::Client => client_fault(&error),
                LegName::Origin => tls_error(&error).map(|error| self.origin_refused(error.clone())),
            },
        };
        fault.map_or(Ok(()), Err)
    }

    fn origin_refused(&self, error: TlsError) -> Fault {
        let client_auth = self.recorder.client_auth();
        OriginTlsError::refused(self.target().clone(), error, client_auth).to_fault()
    }
}

/// The fault in an error on the client's decrypted stream, if it is one of TLS.
fn client_fault(error: &std::io::Error) -> Option<Fault> {
    ClientTlsError::from_stream(error).map(|error| error.to_fault())
}
