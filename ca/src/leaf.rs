//! Leaves: the certificates that clients are shown.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use time::OffsetDateTime;

use crate::Root;

/// Mints leaves, and keeps them while they are good.
#[derive(Debug)]
pub struct Minter {}

impl Minter {
    /// A minter that signs with `root`.
    pub fn new(_root: Arc<Root>) -> Result<Self, MintError> {
        unimplemented!()
    }

    /// The leaf for what is asked: from the cache, or minted now. Of many threads that ask for the same new
    /// one, one mints and the others wait for it.
    ///
    /// This computes and does not wait on the network. It takes some 20 us, unless [`Minter::is_slow`]
    /// says otherwise: then call it on a thread that may block.
    pub fn leaf(&self, _request: LeafRequest<'_>) -> Result<Arc<Leaf>, MintError> {
        unimplemented!()
    }

    /// True when [`Minter::leaf`] could take many milliseconds for this request: the first RSA key has yet
    /// to be made, or the root's own key is a slow one and the leaf isn't cached.
    #[must_use]
    pub fn is_slow(&self, _request: &LeafRequest<'_>) -> bool {
        unimplemented!()
    }
}

/// What a leaf is asked for.
#[derive(Clone, Copy, Debug)]
pub struct LeafRequest<'a> {
    /// The name or the IP address that the client asked for, as text.
    pub host: &'a str,
    /// The origin's own leaf, whose names are mirrored. Give it only when its chain is trusted.
    pub mirror: Option<&'a CertificateDer<'a>>,
    /// The kind of key that the client can check.
    pub key: LeafKey,
}

impl<'a> LeafRequest<'a> {
    /// A leaf with an ECDSA key for `host` alone.
    #[must_use]
    pub fn new(host: &'a str) -> Self {
        Self {
            host,
            mirror: None,
            key: LeafKey::Ecdsa,
        }
    }
}

/// The kind of key that a leaf carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeafKey {
    /// ECDSA on P-256: for nearly every client.
    Ecdsa,
    /// RSA with 2048 bits: for a client that offers no ECDSA signature.
    Rsa,
}

/// A minted certificate with its key, ready for a TLS server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Leaf {
    /// The chain to present and the key to sign with.
    pub certified_key: Arc<CertifiedKey>,
    /// The SHA-256 of the leaf's certificate.
    pub sha256: [u8; 32],
    /// The moment until which it is good.
    pub not_after: OffsetDateTime,
    /// Time that minting took, for the call that minted it; none when it came from the cache.
    pub minted_in: Option<Duration>,
}

/// Why a leaf wasn't minted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MintError {}
