//! TLS with the proxy itself: what a client means that has it set as `https://`. It is ended here, and inside it the
//! client says what it wants, by HTTP/1 or HTTP/2.
//!
//! It is a connection of its own in the record, with no origin: its handshake is to be seen like any other.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use capture::{Door, LegName, Outcome, Stage, TlsRole};

use super::{Visitor, http2};
use crate::context::Context;
use crate::detect::{Protocol, detect};
use crate::fault::Fault;
use crate::leg_stream::LegStream;
use crate::recorder::ConnectionRecorder;
use crate::relay::http::{HttpVersion, choose_http};
use crate::rewind::Rewind;
use crate::session::serve_visitor;
use crate::tls::{Tap, mint_shown};
use crate::transport::Transport;

/// Ends TLS, and serves what is inside.
pub(crate) async fn serve_secured(context: Arc<Context>, visitor: Visitor, ahead: Bytes) {
    let ourselves = visitor.reached().ourselves();
    let recorder = ConnectionRecorder::open(
        &context.recorder,
        Door::Http,
        visitor.peer,
        Some(ourselves.clone()),
    );
    match end_tls(&context, visitor, ahead, &recorder, &ourselves.host).await {
        Ok((visitor, HttpVersion::Http2)) => http2::serve_agreed(context, visitor).await,
        Ok((visitor, _)) => serve_visitor(context, visitor).await,
        Err(fault) => {
            tracing::info!("{}", fault.text);
            recorder.fail(&fault);
        }
    }
}

/// Shakes hands, by a leaf for the name that the client asks for, or for the address that it reached.
async fn end_tls(
    context: &Arc<Context>,
    visitor: Visitor,
    ahead: Bytes,
    recorder: &Arc<ConnectionRecorder>,
    address: &str,
) -> Result<(Visitor, HttpVersion), Fault> {
    let leg = &recorder.client_leg;
    let mut client = Tap::new(LegStream::new(visitor.client), leg.clone());
    leg.note_bytes(TlsRole::Client, [&ahead[..]]);
    let mut ahead = BytesMut::from(ahead);
    // There is no origin that could speak first.
    let detecting = detect(
        &mut client,
        &mut ahead,
        std::future::pending(),
        context.silence(),
        context.timeouts.hello,
    );
    let protocol = detecting.await.map_err(|error| {
        leg.note_ending(error.ending());
        Fault::new(LegName::Client, Stage::Detect, error.to_string())
    })?;
    let Protocol::Tls(hello) = protocol else {
        let text = "what the client sent to the proxy begins like TLS and is none";
        return Err(Fault::new(LegName::Client, Stage::Detect, text));
    };
    let sni = hello.server_name();
    recorder.note(|connection| connection.sni.clone_from(&sni));
    let name = sni.as_deref().unwrap_or(address);
    let leaf = mint_shown(context, recorder, name, None, &hello).await?;
    let (protocols, version) = choose_http(&hello);
    let client = Rewind::new(ahead.freeze(), client);
    let accepted = context
        .client_legs
        .accept(client, &hello, &leaf, protocols, context.timeouts.tls, leg)
        .await
        .map_err(|error| error.to_fault())?;
    recorder.note(|connection| connection.client.tls = Some(accepted.tls));
    recorder.set_outcome(Outcome::Inspected);
    let visitor = Visitor {
        client: Transport::Inner(accepted.stream),
        secured: Some(recorder.clone()),
        ..visitor
    };
    Ok((visitor, version))
}
