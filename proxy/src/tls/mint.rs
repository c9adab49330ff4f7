//! The leaf for a connection: of the right kind of key, and never minted on a task where that takes long.

use std::sync::Arc;

use ca::{Leaf, LeafKey, LeafRequest};
use capture::{LegName, Stage};
use handshake::ClientHello;
use rustls::pki_types::CertificateDer;

use crate::context::Context;
use crate::fault::{Fault, chain_text};

/// What a client is shown of a leaf, and the root, which it is to have.
pub(crate) fn chain_shown<'a>(
    leaf: &'a Leaf,
    root: &'a CertificateDer<'static>,
) -> impl Iterator<Item = &'a CertificateDer<'static>> {
    let chain = &leaf.certified_key.cert;
    chain.iter().chain((chain.last() != Some(root)).then_some(root))
}

/// The leaf for a host, with the names of the origin's own leaf where there is one.
pub(crate) async fn mint_leaf(
    context: &Arc<Context>,
    host: &str,
    mirror: Option<&CertificateDer<'static>>,
    hello: &ClientHello,
) -> Result<Arc<Leaf>, Fault> {
    let failed = |text| Fault::new(LegName::Client, Stage::Mint, text);
    let key = if hello.accepts_ecdsa_p256() {
        LeafKey::Ecdsa
    } else {
        LeafKey::Rsa
    };
    let request = LeafRequest { host, mirror, key };
    if !context.minter.is_slow(&request) {
        return context
            .minter
            .leaf(request)
            .map_err(|error| failed(chain_text(&error)));
    }
    let (context, host, mirror) = (context.clone(), host.to_owned(), mirror.cloned());
    let minting = tokio::task::spawn_blocking(move || {
        context.minter.leaf(LeafRequest {
            host: &host,
            mirror: mirror.as_ref(),
            key,
        })
    });
    match minting.await {
        Ok(minted) => minted.map_err(|error| failed(chain_text(&error))),
        Err(error) => Err(failed(error.to_string())),
    }
}
