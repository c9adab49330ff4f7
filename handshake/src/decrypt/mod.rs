//! Opens what was sealed, where the secrets are known, and recomputes the MACs of Finished messages.
//!
//! Nothing is sealed here, and no secret is made up: what a peer did is checked with what the key log says.

mod aead;
mod cbc;
mod ccm;
mod prf;
mod tls12;
mod tls13;
mod transcript;

pub(crate) use tls12::{Keys12, Opener12};
pub(crate) use tls13::{Opener13, Suite13};
pub(crate) use transcript::Transcript;

use aws_lc_rs::digest::{self, SHA256, SHA384};

use crate::registry::{CipherSuite, SuiteHash};

/// The hash of a suite: of its transcript, and of what makes its keys. A suite of TLS 1.2 whose name has an older
/// hash uses SHA-256 here all the same (RFC 5246 section 5).
pub(crate) fn hash_of(suite: u16) -> &'static digest::Algorithm {
    match CipherSuite::find(suite).map(|suite| suite.hash) {
        Some(SuiteHash::Sha384) => &SHA384,
        _ => &SHA256,
    }
}

/// A nonce: the write IV with the sequence number XORed into its end (RFC 8446 section 5.3, RFC 7905 section 2).
fn nonce(iv: &[u8; 12], sequence: u64) -> [u8; 12] {
    let mut nonce = *iv;
    for (byte, number) in nonce.iter_mut().skip(4).zip(sequence.to_be_bytes()) {
        *byte ^= number;
    }
    nonce
}
