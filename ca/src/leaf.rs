//! Leaves: the certificates that clients are shown in the origin's place.
//!
//! A leaf has a key of this process and never the root's; it names the host that was asked for and, beside it,
//! what the origin's own certificate names, and ends no later than that. What comes out is kept in a bounded cache. Choosing *when* to mint,
//! and for whom, is the proxy's matter.

mod error;
mod key;
mod names;
mod validity;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use time::OffsetDateTime;
use x509_parser::parse_x509_certificate;

pub use error::{HostFault, MintError};

use crate::Root;
use crate::cache::{CacheKey, LeafCache};
use crate::certificate::{Contents, Purpose};
use crate::encode::{pem, sha256};
use crate::root::MayNotSignCrls;
use key::LeafKeys;
pub(crate) use names::{AlternativeName, Host};
use validity::Dates;

/// Mints leaves, and keeps them while they are good.
#[derive(Debug)]
pub struct Minter {
    root: Arc<Root>,
    keys: LeafKeys,
    cache: LeafCache,
    /// Where leaves say that revoked ones are listed.
    crl: Option<String>,
}

impl Minter {
    /// A minter that signs with `root`. It makes the ECDSA key that all of its leaves share.
    ///
    /// # Errors
    /// When that key can't be made.
    pub fn new(root: Arc<Root>) -> Result<Self, MintError> {
        Ok(Self {
            root,
            keys: LeafKeys::new()?,
            cache: LeafCache::new(),
            crl: None,
        })
    }

    /// The same, whose leaves name `url` as the place of the root's CRL (see [`Root::crl`]), for clients that accept no
    /// certificate without an answer about revocation.
    ///
    /// # Errors
    /// When the root may not sign CRLs.
    pub fn with_crl(mut self, url: &str) -> Result<Self, MayNotSignCrls> {
        self.root.check_may_sign_crls()?;
        self.crl = Some(url.to_owned());
        Ok(self)
    }

    /// The leaf for what is asked: from the cache, or minted now. Of many threads that ask for the same new
    /// one, one mints and the others wait for it.
    ///
    /// This computes and waits on nothing else. It takes some 30 us, unless [`Minter::is_slow`] says otherwise:
    /// then call it on a thread that may block.
    ///
    /// # Errors
    /// When the host can't be named in a certificate, or the root can no longer sign.
    pub fn leaf(&self, request: LeafRequest<'_>) -> Result<Arc<Leaf>, MintError> {
        let host = Host::parse(request.host)?;
        self.cache
            .get_or_mint(cache_key(&host, &request), OffsetDateTime::now_utc(), |now| {
                self.mint_leaf(&host, &request, now)
            })
    }

    /// True when [`Minter::leaf`] would take a millisecond and more for this request: no leaf of that kind is
    /// cached, and either the RSA key has yet to be made or the root's own key is RSA.
    #[must_use]
    pub fn is_slow(&self, request: &LeafRequest<'_>) -> bool {
        let slow = self.root.signs_slowly() || (request.key == LeafKey::Rsa && !self.keys.has_rsa());
        // A host that can't be named is refused at once.
        slow && Host::parse(request.host).is_ok_and(|host| {
            !self
                .cache
                .contains(&cache_key(&host, request), OffsetDateTime::now_utc())
        })
    }

    fn mint_leaf(
        &self,
        host: &Host,
        request: &LeafRequest<'_>,
        now: OffsetDateTime,
    ) -> Result<Leaf, MintError> {
        let started = Instant::now();
        let constraints = self.root.constraints();
        if !constraints.permit(&host.into()) {
            return Err(MintError::NotPermitted {
                host: host.to_string(),
                permitted: constraints.to_string(),
            });
        }
        let key = self.keys.of(request.key)?;
        let origin = request
            .mirror
            .and_then(|der| parse_x509_certificate(der).ok())
            .map(|(_, parsed)| parsed);
        let Dates { validity, is_last } = Dates::within(&self.root, origin.as_ref(), now)?;
        let contents = Contents {
            subject: names::subject_for(host, origin.as_ref(), constraints),
            names: names::names_for(host, origin.as_ref(), constraints),
            validity,
            public_key_info: &key.public_key_info,
            key_identifier: key.identifier,
            purpose: Purpose::Server,
            crl: self.crl.as_deref(),
        };
        let der = self.root.signer().certify(&contents).map_err(MintError::Sign)?;
        let sha256 = sha256(&der);
        let chain = std::iter::once(der)
            .chain(self.root.issuers().iter().cloned())
            .collect();
        Ok(Leaf {
            certified_key: Arc::new(CertifiedKey::new(chain, Arc::clone(&key.signer))),
            sha256,
            not_after: validity.not_after,
            is_last,
            minted_in: Some(started.elapsed()),
        })
    }
}

fn cache_key(host: &Host, request: &LeafRequest<'_>) -> CacheKey {
    CacheKey {
        host: host.to_string(),
        mirror: request.mirror.map(|der| sha256(der)),
        key: request.key,
    }
}

/// What a leaf is asked for.
#[derive(Clone, Copy, Debug)]
pub struct LeafRequest<'a> {
    /// The name or the IP address that the client asked for, as text. An address may stand in brackets.
    pub host: &'a str,
    /// The origin's own leaf, whose subject, names and dates are mirrored; one that can't be parsed mirrors nothing. Give it only
    /// when its chain is trusted: else an origin could have names of its choice put into a certificate that the
    /// client trusts.
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
    /// One that is minted later ends no later: the root or the origin's certificate ends there.
    pub(crate) is_last: bool,
    /// Time that minting took, for the call that minted it; none when it came from the cache.
    pub minted_in: Option<Duration>,
}

impl Leaf {
    /// The chain in PEM: the leaf, and what is presented after it.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        let chain = &self.certified_key.cert;
        chain.iter().map(|der| pem("CERTIFICATE", der)).collect()
    }
}

#[cfg(test)]
mod tests;
