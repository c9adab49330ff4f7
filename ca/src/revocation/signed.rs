//! Signatures by the keys of issuers, responders and logs, checked with webpki's own list of algorithms: what is
//! too weak for a certificate is too weak here.

use rustls::pki_types::TrustAnchor;
use x509_parser::certificate::X509Certificate;

use crate::chain::Signed;
use crate::der::{self, Malformed, Reader, SEQUENCE};
use crate::verdict::is_weakly_signed;

/// Who vouched for a certificate: a name and a key, each in whole DER.
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    pub(crate) subject: Vec<u8>,
    pub(crate) public_key_info: Vec<u8>,
}

impl Issuer {
    pub(crate) fn of(certificate: &X509Certificate<'_>) -> Self {
        Self {
            subject: certificate.subject().as_raw().to_vec(),
            public_key_info: certificate.public_key().raw.to_vec(),
        }
    }

    /// webpki keeps both without their SEQUENCE headers.
    pub(crate) fn of_anchor(anchor: &TrustAnchor<'_>) -> Self {
        Self {
            subject: der::element(SEQUENCE, &anchor.subject),
            public_key_info: der::element(SEQUENCE, &anchor.subject_public_key_info),
        }
    }

    /// The bits of the key, without what they are of.
    pub(crate) fn key_bits(&self) -> Result<&[u8], Malformed> {
        key_parts(&self.public_key_info).map(|(_, bits)| bits)
    }
}

/// Why a signature doesn't count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureFault {
    /// Its algorithm isn't one that is taken here, or isn't one for this key.
    Unsupported,
    /// It is right, by an algorithm or a key that nobody should rely on.
    Weak,
    /// It is somebody else's, or of something else.
    Wrong,
}

/// Checks that `signature` is over `message`, by the key of this SubjectPublicKeyInfo. `algorithm` is the contents
/// of the signature's AlgorithmIdentifier.
pub(crate) fn verify(
    public_key_info: &[u8],
    algorithm: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureFault> {
    let (key_algorithm, key) = key_parts(public_key_info).map_err(|_| SignatureFault::Unsupported)?;
    let mut fitting = webpki::ALL_VERIFICATION_ALGS
        .iter()
        .filter(|known| {
            known.signature_alg_id().as_ref() == algorithm
                && known.public_key_alg_id().as_ref() == key_algorithm
        })
        .peekable();
    let is_known = fitting.peek().is_some();
    if fitting.any(|known| known.verify_signature(key, message, signature).is_ok()) {
        return Ok(());
    }
    let signed = Signed {
        algorithm,
        message,
        signature,
    };
    let contents = der::sole(public_key_info, SEQUENCE).map_err(|_| SignatureFault::Unsupported)?;
    Err(match is_weakly_signed(&signed, contents) {
        true => SignatureFault::Weak,
        false if is_known => SignatureFault::Wrong,
        false => SignatureFault::Unsupported,
    })
}

/// The contents of the key's AlgorithmIdentifier, and its bits.
fn key_parts(public_key_info: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let mut reader = Reader::new(der::sole(public_key_info, SEQUENCE)?);
    let algorithm = reader.value(SEQUENCE)?;
    Ok((algorithm, reader.bits()?))
}
