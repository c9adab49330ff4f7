//! A tunnel to ourselves: `https://handlens.local/`, by a leaf like any other.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use capture::{LegName, Outcome, Stage, Target, TlsRole};
use handshake::ClientHello;
use tokio::io::{AsyncRead, AsyncWrite};

use super::HOST;
use crate::context::Context;
use crate::detect::{Protocol, detect};
use crate::door::{Agree, Arrival};
use crate::fault::Fault;
use crate::leg_stream::LegStream;
use crate::recorder::ConnectionRecorder;
use crate::relay::http::{Alone, HttpVersion, OwnAnswer, choose_http};
use crate::rewind::Rewind;
use crate::tls::{ClientSocket, Tap, mint_shown};
use crate::transport::Cut;

/// Serves a client that asked for a tunnel to ourselves.
pub(crate) async fn serve_tunnel(context: Arc<Context>, arrival: Arrival) {
    let Arrival {
        door,
        peer,
        target,
        agree,
        ahead,
        ..
    } = arrival;
    let recorder = ConnectionRecorder::open(&context.recorder, door, peer, Some(target.clone()));
    let here = Here {
        context,
        recorder,
        target,
    };
    if let Err(fault) = here.serve(agree, ahead).await {
        tracing::info!(target = %here.target, "{}", fault.text);
        here.recorder.fail(&fault);
    }
}

struct Here {
    context: Arc<Context>,
    recorder: Arc<ConnectionRecorder>,
    target: Target,
}

impl Here {
    async fn serve(&self, agree: Agree, ahead: Bytes) -> Result<(), Fault> {
        let Self {
            context, recorder, ..
        } = self;
        let client = agree.agree(None).await.map_err(|error| {
            let text = format!("the client's connection broke: {error}");
            Fault::new(LegName::Client, Stage::Target, text)
        })?;
        let mut client = Tap::new(LegStream::new(client), recorder.client_leg.clone());
        recorder.client_leg.note_bytes(TlsRole::Client, [&ahead[..]]);
        let mut ahead = BytesMut::from(ahead);
        let limit = context.timeouts.hello;
        // There is no origin that could speak first.
        let protocol = detect(
            &mut client,
            &mut ahead,
            std::future::pending(),
            context.silence(),
            limit,
        )
        .await
        .map_err(|error| {
            recorder.client_leg.note_ending(error.ending());
            Fault::new(LegName::Client, Stage::Detect, error.to_string())
        })?;
        if let Protocol::Tls(hello) = protocol {
            return self.serve_tls(Rewind::new(ahead.freeze(), client), &hello).await;
        }
        client.step_aside();
        recorder.forget_handshakes();
        if let Protocol::Http(version) = protocol {
            recorder.set_outcome(Outcome::Plain);
            let client = Rewind::new(ahead.freeze(), client);
            self.answer_all(client, "http", version).await;
        } else {
            recorder.set_outcome(Outcome::Opaque);
        }
        Ok(())
    }

    async fn serve_tls(&self, client: ClientSocket, hello: &ClientHello) -> Result<(), Fault> {
        let Self {
            context, recorder, ..
        } = self;
        recorder.note(|connection| connection.sni = hello.server_name());
        let (legs, leg) = (&context.client_legs, &recorder.client_leg);
        let leaf = match mint_shown(context, recorder, HOST, None, hello).await {
            Ok(leaf) => leaf,
            Err(fault) => {
                legs.refuse(client, &fault, leg).await;
                return Err(fault);
            }
        };
        let (protocols, version) = choose_http(hello);
        let limit = context.timeouts.tls;
        let accepted = legs.accept(client, hello, &leaf, protocols, limit, leg).await;
        let accepted = accepted.map_err(|error| error.to_fault())?;
        recorder.note(|connection| connection.client.tls = Some(accepted.tls));
        recorder.set_outcome(Outcome::Inspected);
        self.answer_all(accepted.stream, "https", version).await;
        Ok(())
    }

    async fn answer_all<C>(&self, client: C, scheme: &'static str, version: HttpVersion)
    where
        C: AsyncRead + AsyncWrite + Cut + Send + Unpin + 'static,
    {
        let alone = Alone {
            client,
            scheme,
            target: self.target.clone(),
            recorder: self.recorder.clone(),
            context: self.context.clone(),
            answer: OwnAnswer::Site,
        };
        if let Err(error) = alone.answer_all(version).await {
            tracing::debug!(target = %self.target, "{error}");
        }
    }
}
