//! The keys of leaves: one of each kind, shared by all leaves of the process, kept in memory alone.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{KeyPair, PublicKeyData as _, RsaKeySize};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::SigningKey;

use super::{LeafKey, MintError};
use crate::encode::key_identifier;

/// The keys that leaves carry.
///
/// Invariant: they are made here, so none of them is the root's.
pub(super) struct LeafKeys {
    ecdsa: Arc<KeyOfLeaves>,
    /// Made when the first client needs it: it takes 30 to 120 ms.
    rsa: Mutex<Option<Arc<KeyOfLeaves>>>,
}

/// A key in the two forms that it is needed in: for the certificate, and for the handshake.
pub(super) struct KeyOfLeaves {
    /// SubjectPublicKeyInfo, in DER.
    pub(super) public_key_info: Vec<u8>,
    pub(super) identifier: [u8; 20],
    pub(super) signer: Arc<dyn SigningKey>,
}

impl LeafKeys {
    pub(super) fn new() -> Result<Self, MintError> {
        let pair = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(MintError::MakeKey)?;
        Ok(Self {
            ecdsa: Arc::new(KeyOfLeaves::new(&pair)?),
            rsa: Mutex::new(None),
        })
    }

    pub(super) fn of(&self, kind: LeafKey) -> Result<Arc<KeyOfLeaves>, MintError> {
        if kind == LeafKey::Ecdsa {
            return Ok(Arc::clone(&self.ecdsa));
        }
        // Held while the key is made: others that need it wait for this one rather than make their own. Nothing
        // is half done when that panics.
        let mut rsa = self.rsa.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = &*rsa {
            return Ok(Arc::clone(key));
        }
        let pair = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048)
            .map_err(MintError::MakeKey)?;
        let key = Arc::new(KeyOfLeaves::new(&pair)?);
        *rsa = Some(Arc::clone(&key));
        Ok(key)
    }

    /// True when asking for the RSA key takes no time. While it is being made, it does.
    pub(super) fn has_rsa(&self) -> bool {
        self.rsa.try_lock().is_ok_and(|rsa| rsa.is_some())
    }
}

impl KeyOfLeaves {
    fn new(pair: &KeyPair) -> Result<Self, MintError> {
        let pkcs8 = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pair.serialized_der()));
        Ok(Self {
            public_key_info: pair.subject_public_key_info(),
            identifier: key_identifier(pair.der_bytes()),
            signer: any_supported_type(&pkcs8).map_err(MintError::LoadKey)?,
        })
    }
}

impl fmt::Debug for LeafKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeafKeys")
            .field("has_rsa", &self.has_rsa())
            .finish_non_exhaustive()
    }
}
