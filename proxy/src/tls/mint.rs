//! The leaf for a connection: of the right kind of key, and never minted on a task where that takes long.

use std::sync::Arc;
use std::time::Instant;

use ca::{Leaf, LeafKey, LeafRequest, MintError};
use capture::{LegName, Stage, StepName};
use handshake::ClientHello;
use rustls::AlertDescription;
use rustls::pki_types::CertificateDer;

use crate::context::Context;
use crate::fault::{Fault, alert_sent, chain_text};
use crate::local::{HOST, is_here};
use crate::recorder::{ConnectionRecorder, micros};

/// Mints the leaf that a client is shown for a host, and tells it as a step of the connection.
pub(crate) async fn mint_shown(
    context: &Arc<Context>,
    recorder: &ConnectionRecorder,
    host: &str,
    mirror: Option<&CertificateDer<'static>>,
    hello: &ClientHello,
) -> Result<Arc<Leaf>, Fault> {
    let began = Instant::now();
    let leaf = mint_leaf(context, host, mirror, hello).await?;
    recorder.note(|connection| connection.mint_us = Some(micros(began.elapsed())));
    recorder.client_leg.note_step(StepName::Mint, began, None);
    recorder.tell_minted(chain_shown(&leaf, &context.root)).await;
    Ok(leaf)
}

/// What a client is shown of a leaf, and the root, which it is to have.
fn chain_shown<'a>(
    leaf: &'a Leaf,
    root: &'a CertificateDer<'static>,
) -> impl Iterator<Item = &'a CertificateDer<'static>> {
    let chain = &leaf.certified_key.cert;
    chain.iter().chain((chain.last() != Some(root)).then_some(root))
}

/// The leaf for a host, with the names of the origin's own leaf where there is one.
async fn mint_leaf(
    context: &Arc<Context>,
    host: &str,
    mirror: Option<&CertificateDer<'static>>,
    hello: &ClientHello,
) -> Result<Arc<Leaf>, Fault> {
    let key = if hello.accepts_ecdsa_p256() {
        LeafKey::Ecdsa
    } else {
        LeafKey::Rsa
    };
    let request = LeafRequest { host, mirror, key };
    if !context.minter.is_slow(&request) {
        return context.minter.leaf(request).map_err(|error| told(&error, host));
    }
    let (context, asked, mirror) = (context.clone(), host.to_owned(), mirror.cloned());
    let minting = tokio::task::spawn_blocking(move || {
        context.minter.leaf(LeafRequest {
            host: &asked,
            mirror: mirror.as_ref(),
            key,
        })
    });
    match minting.await {
        Ok(minted) => minted.map_err(|error| told(&error, host)),
        Err(error) => Err(Fault::new(LegName::Client, Stage::Mint, error.to_string())),
    }
}

/// Why there is no leaf, with the alert that the client is sent for it.
fn told(error: &MintError, host: &str) -> Fault {
    let fault = Fault::new(LegName::Client, Stage::Mint, chain_text(error));
    let (alert, remedy) = match error {
        MintError::NotPermitted { .. } if is_here(host) => (
            AlertDescription::UnrecognisedName,
            Some(format!("open http://{HOST}/, without TLS")),
        ),
        MintError::NotPermitted { host, permitted } => (
            AlertDescription::UnrecognisedName,
            Some(format!(
                "carry its TLS untouched with `--pass {host}`; or make a root that may vouch for it too, with `handlens ca \
                 new --replace --constrain {},{host}`, and have clients trust that",
                permitted.replace(", ", ",")
            )),
        ),
        MintError::Host { .. } => (
            AlertDescription::UnrecognisedName,
            Some(format!("carry its TLS untouched with `--pass {host}`")),
        ),
        MintError::RootExpired { .. } => (
            AlertDescription::InternalError,
            Some(
                "make a new root with `handlens ca rotate`, start Handlens again, and have clients trust it"
                    .to_owned(),
            ),
        ),
        _ => (AlertDescription::InternalError, None),
    };
    let fault = fault.with_alert(Some(alert_sent(alert)));
    match remedy {
        Some(remedy) => fault.with_remedy(remedy),
        None => fault,
    }
}
