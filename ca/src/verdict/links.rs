//! Signatures: whether one certificate was signed with another's key. Each is verified once, and not without end.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA1_ASN1, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    UnparsedPublicKey, VerificationAlgorithm,
};
use rustls::pki_types::SignatureVerificationAlgorithm;
use x509_parser::der_parser::oid::Oid;

use super::algorithm::rsa_bits;
use crate::chain::{Certificate, Key, Signed};
use crate::der::{INTEGER, OID, Reader, SEQUENCE};

/// How many signatures one judgement verifies beside webpki's own, which are 100 at the most.
pub(super) const MAX_VERIFIED: usize = 48;

/// Whether a signature is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// It is.
    Good,
    /// It is, by an algorithm or a key that webpki doesn't take.
    GoodButWeak,
    /// It isn't.
    Bad,
    /// The key isn't of the kind that the algorithm takes.
    OtherKind,
    /// The algorithm isn't known here, or isn't with such keys.
    Unknown,
    /// Too many were verified before.
    TooMuchWork,
}

/// The signatures that were verified.
#[derive(Default)]
pub(super) struct Links {
    known: Vec<Known>,
}

struct Known {
    /// Where in memory the signed certificate is, which stays there while it is judged.
    child: *const u8,
    /// The signer's key as webpki keeps it.
    signer: Vec<u8>,
    link: Link,
}

impl Links {
    /// How many there are.
    #[cfg(test)]
    pub(super) fn verified(&self) -> usize {
        self.known.len()
    }

    /// Takes webpki's word.
    pub(super) fn note_good(&mut self, child: &Certificate<'_>, signer: &[u8]) {
        self.note(child, signer, Link::Good);
    }

    /// `signer` is a SubjectPublicKeyInfo without its header.
    pub(super) fn verify(
        &mut self,
        child: &Certificate<'_>,
        signer: &[u8],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Link {
        let mut known = self.known.iter();
        if let Some(known) = known.find(|known| known.child == child.der.as_ptr() && known.signer == signer) {
            return known.link;
        }
        if self.known.len() >= MAX_VERIFIED {
            return Link::TooMuchWork;
        }
        let link = Key::parse(signer).map_or(Link::Unknown, |key| verify(&child.signed, &key, algorithms));
        self.note(child, signer, link);
        link
    }

    fn note(&mut self, child: &Certificate<'_>, signer: &[u8], link: Link) {
        self.known.push(Known {
            child: child.der.as_ptr(),
            signer: signer.to_vec(),
            link,
        });
    }
}

fn verify(signed: &Signed<'_>, key: &Key<'_>, algorithms: &[&dyn SignatureVerificationAlgorithm]) -> Link {
    let mut is_known = false;
    for algorithm in algorithms {
        if algorithm.signature_alg_id().as_ref() != signed.algorithm {
            continue;
        }
        is_known = true;
        if algorithm.public_key_alg_id().as_ref() == key.algorithm {
            let verified = algorithm.verify_signature(key.bits, signed.message, signed.signature);
            return match verified {
                Ok(()) => Link::Good,
                Err(_) => legacy(signed, key).unwrap_or(match has_common_size(key) {
                    true => Link::Bad,
                    // Refused for its key: what the signature is worth wasn't looked at.
                    false => Link::Unknown,
                }),
            };
        }
    }
    match legacy(signed, key) {
        Some(link) => link,
        None if is_known && is_other_kind(signed, key) => Link::OtherKind,
        None => Link::Unknown,
    }
}

/// It is right, by an algorithm or a key that webpki doesn't take. `signer` is a SubjectPublicKeyInfo without its header.
pub(crate) fn is_weakly_signed(signed: &Signed<'_>, signer: &[u8]) -> bool {
    Key::parse(signer).is_some_and(|key| legacy(signed, &key) == Some(Link::GoodButWeak))
}

const SHA1_WITH_RSA: &str = "1.2.840.113549.1.1.5";
const SHA256_WITH_RSA: &str = "1.2.840.113549.1.1.11";
const SHA512_WITH_RSA: &str = "1.2.840.113549.1.1.13";
const SHA1_WITH_ECDSA: &str = "1.2.840.10045.4.1";
const RSA: &str = "1.2.840.113549.1.1.1";
const EC: &str = "1.2.840.10045.2.1";
const P256: &str = "1.2.840.10045.3.1.7";

/// What nobody should rely on any more is verified all the same: a person is to hear whether it is merely weak.
fn legacy(signed: &Signed<'_>, key: &Key<'_>) -> Option<Link> {
    let verifies = |algorithm: &'static dyn VerificationAlgorithm| {
        let key = UnparsedPublicKey::new(algorithm, key.bits);
        key.verify(signed.message, signed.signature).is_ok()
    };
    let is_right = match (oid(signed.algorithm)?.as_str(), oid(key.algorithm)?.as_str()) {
        (SHA1_WITH_RSA, RSA) => verifies(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        (SHA256_WITH_RSA, RSA) => verifies(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        (SHA512_WITH_RSA, RSA) => verifies(&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        (SHA1_WITH_ECDSA, EC) => verifies(&ECDSA_P256_SHA1_ASN1),
        _ => return None,
    };
    Some(match is_right {
        true => Link::GoodButWeak,
        false if is_taken(key) => Link::Bad,
        false => Link::Unknown,
    })
}

/// The bits of an RSA key; none for one of another kind.
fn rsa_key_bits(key: &Key<'_>) -> Option<usize> {
    (oid(key.algorithm)? == RSA).then_some(())?;
    let modulus = Reader::new(key.bits).inside(SEQUENCE).ok()?.value(INTEGER).ok()?;
    Some(rsa_bits(modulus))
}

/// webpki's algorithms verify with a key of this size.
fn has_common_size(key: &Key<'_>) -> bool {
    rsa_key_bits(key).is_none_or(|bits| (2048..=8192).contains(&bits))
}

/// [`legacy`] verifies with this key.
fn is_taken(key: &Key<'_>) -> bool {
    match rsa_key_bits(key) {
        Some(bits) => (1024..=8192).contains(&bits),
        None => curve(key.algorithm).as_deref() == Some(P256),
    }
}

/// The curve that a key's AlgorithmIdentifier names.
fn curve(algorithm: &[u8]) -> Option<String> {
    let mut parts = Reader::new(algorithm);
    parts.value(OID).ok()?;
    Some(Oid::new(parts.value(OID).ok()?.into()).to_id_string())
}

/// RSA signatures are for RSA keys, ECDSA's for keys on curves.
fn is_other_kind(signed: &Signed<'_>, key: &Key<'_>) -> bool {
    let (Some(signature), Some(key)) = (oid(signed.algorithm), oid(key.algorithm)) else {
        return false;
    };
    let kind = |oid: &str| match oid {
        EC => "ecdsa",
        RSA => "rsa",
        _ if oid.starts_with("1.2.840.10045.4.") => "ecdsa",
        _ if oid.starts_with("1.2.840.113549.1.1.") => "rsa",
        _ => "another",
    };
    kind(&signature) != kind(&key)
}

/// The OID that an AlgorithmIdentifier begins with.
fn oid(algorithm: &[u8]) -> Option<String> {
    let value = Reader::new(algorithm).value(OID).ok()?;
    Some(Oid::new(value.into()).to_id_string())
}
