//! Bytes that are carried as they are: TLS passed through, and protocols that are not HTTP. Where one of those begins
//! TLS by a command, the tunnel goes on as one of TLS.

use std::time::Duration;

use bytes::BytesMut;
use capture::{LegName, Outcome, Stage, TlsRole};
use tokio::io::{AsyncRead, AsyncWrite};

use super::Tunnel;
use crate::detect::{Protocol, detect};
use crate::fault::Fault;
use crate::relay::opaque::{Carried, OpaqueError, Telling, relay_opaque, relay_watched};
use crate::rewind::Rewind;
use crate::starttls::Watch;
use crate::tls::ClientSocket;
use crate::transport::{Cut, Transport};

impl Tunnel {
    /// TLS that is passed through.
    pub(super) async fn carry_passed(&self, client: ClientSocket, origin: Transport) -> Result<(), Fault> {
        self.recorder.set_outcome(Outcome::Passed);
        let idle = self.context.timeouts.stall;
        let Err(error) = relay_opaque(client, origin, &self.recorder, idle).await else {
            return Ok(());
        };
        if let OpaqueError::Idle(limit) = error
            && let Some(silent) = self.recorder.client_leg.note_silence_of_passed(limit)
        {
            return Err(silent_in_handshake(silent, limit));
        }
        ended(&error)
    }

    /// A protocol in the clear that is not HTTP. It may come to TLS.
    pub(super) async fn carry_opaque(
        &self,
        mut client: ClientSocket,
        mut origin: Transport,
    ) -> Result<(), Fault> {
        self.recorder.set_outcome(Outcome::Opaque);
        let watch = Some(Watch::default());
        match self.carry_recorded(&mut client, &mut origin, watch).await {
            Ok(Carried::Over) => {
                self.recorder.forget_handshakes();
                Ok(())
            }
            Ok(Carried::StartTls { protocol, ahead }) => {
                Box::pin(self.start_tls(protocol, client, &ahead, origin)).await
            }
            Err(error) => {
                self.recorder.forget_handshakes();
                ended(&error)
            }
        }
    }

    /// Carries what is recorded as bursts.
    pub(super) async fn carry_recorded<C, O>(
        &self,
        client: &mut C,
        origin: &mut O,
        watch: Option<Watch>,
    ) -> Result<Carried, OpaqueError>
    where
        C: AsyncRead + AsyncWrite + Cut + Unpin,
        O: AsyncRead + AsyncWrite + Cut + Unpin,
    {
        let exchange = self.recorder.begin_carried(self.target()).await;
        let telling = Telling::recorded(&self.recorder, exchange);
        let idle = self.context.timeouts.stall;
        relay_watched(client, origin, telling, watch, idle).await
    }

    /// Both sides have agreed on TLS: from here on the tunnel is one of TLS.
    async fn start_tls(
        &self,
        protocol: &'static str,
        client: ClientSocket,
        ahead: &[u8],
        origin: Transport,
    ) -> Result<(), Fault> {
        let recorder = &self.recorder;
        recorder.update(|connection| connection.starttls = Some(protocol.to_owned()));
        let mut client = client.into_inner();
        client.attach(recorder.client_leg.clone());
        recorder.client_leg.note_bytes(TlsRole::Client, [ahead]);
        let mut ahead = BytesMut::from(ahead);
        let limit = self.context.timeouts.hello;
        let silence = self.context.silence();
        // The origin waits for the client's hello.
        let detected = detect(&mut client, &mut ahead, std::future::pending(), silence, limit);
        let fault = |text: String| Fault::new(LegName::Client, Stage::Detect, text);
        match detected.await {
            Ok(Protocol::Tls(hello)) => {
                let client = Rewind::new(ahead.freeze(), client);
                self.serve_tls(client, &hello, Ok(origin)).await?.await
            }
            Ok(Protocol::Nothing) => {
                recorder.forget_handshakes();
                Ok(())
            }
            Ok(_) => {
                recorder.forget_handshakes();
                let text = format!("the client agreed on TLS ({protocol}) and then spoke something else");
                Err(fault(text))
            }
            Err(error) => {
                recorder.client_leg.note_ending(error.ending());
                Err(fault(error.to_string()))
            }
        }
    }
}

/// A handshake that is passed through did not go on.
fn silent_in_handshake(silent: TlsRole, limit: Duration) -> Fault {
    let (leg, name) = match silent {
        TlsRole::Client => (LegName::Client, "client"),
        TlsRole::Server => (LegName::Origin, "origin"),
    };
    let text = format!("nothing came from the {name} within {limit:?}, in the middle of the handshake");
    Fault::new(leg, Stage::Tls, text)
}

fn ended(error: &OpaqueError) -> Result<(), Fault> {
    let fault =
        |leg, error: &OpaqueError| Fault::new(leg, Stage::Relay, format!("carrying bytes ended: {error}"));
    Err(match error {
        // Either side may end what it carries as it likes.
        error if error.is_leave() => return Ok(()),
        OpaqueError::Broken { leg, .. } => fault(*leg, error),
        OpaqueError::Idle(_) => fault(LegName::Client, error),
        OpaqueError::Injected(injected) => Fault::new(injected.leg, Stage::Detect, injected.to_string())
            .with_remedy("commands behind the one that begins TLS must wait until TLS stands (RFC 3207 section 4.2): mend the program, or look who tampers with the connection"),
    })
}
