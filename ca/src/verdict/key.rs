//! The `key` check: that keys and signatures of the certificates that take part are strong enough.

use std::sync::Arc;

use rustls::{CertificateError, OtherError};
use x509_parser::certificate::X509Certificate;
use x509_parser::public_key::PublicKey;

use super::Finding;
use super::path::Path;
use crate::chain::{Chain, is_self_issued, short_name};

/// RSA keys below this many bits are within reach of who wants to break them (RFC 8017, NIST SP 800-131A).
const MIN_RSA_BITS: usize = 2048;

/// Signature algorithms whose hash can be forged: MD2, MD5 and SHA-1 with RSA, DSA and ECDSA.
const WEAK_SIGNATURES: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.2", "MD2"),
    ("1.2.840.113549.1.1.4", "MD5"),
    ("1.2.840.113549.1.1.5", "SHA-1"),
    ("1.2.840.10040.4.3", "SHA-1"),
    ("1.2.840.10045.4.1", "SHA-1"),
    ("1.3.14.3.2.29", "SHA-1"),
];

/// What makes a key or a signature too weak.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct TooWeak(String);

/// The check.
pub(super) fn check(path: &Path, chain: &Chain<'_>) -> Finding {
    let mut told = None;
    for (place, presented, certificate) in chain.parsed() {
        if !path.concerns(place, presented.der) {
            continue;
        }
        if let Some(fault) = weak_key(place, certificate).or_else(|| weak_signature_of(place, certificate)) {
            let error = CertificateError::Other(OtherError(Arc::new(TooWeak(fault.clone()))));
            return Finding::fail("key", fault, error);
        }
        told.get_or_insert_with(|| describe(certificate));
    }
    Finding::pass(
        "key",
        told.unwrap_or_else(|| "nothing weak is known of it".to_owned()),
    )
}

/// The sentence for the first signature that can be forged, of all that was presented.
pub(super) fn weak_signature(chain: &Chain<'_>) -> Option<String> {
    chain
        .parsed()
        .find_map(|(place, _, certificate)| weak_signature_of(place, certificate))
}

fn weak_key(place: usize, certificate: &X509Certificate<'_>) -> Option<String> {
    let Ok(PublicKey::RSA(key)) = certificate.public_key().parsed() else {
        return None;
    };
    let bits = key.key_size();
    (bits < MIN_RSA_BITS).then(|| {
        format!(
            "{}'s RSA key has {bits} bits, and fewer than {MIN_RSA_BITS} are too few",
            who(place, certificate)
        )
    })
}

/// A self-signed certificate's signature proves nothing in any case.
fn weak_signature_of(place: usize, certificate: &X509Certificate<'_>) -> Option<String> {
    if place > 0 && is_self_issued(certificate) {
        return None;
    }
    let algorithm = certificate.signature_algorithm.algorithm.to_id_string();
    let (_, hash) = WEAK_SIGNATURES.iter().find(|(oid, _)| *oid == algorithm)?;
    Some(format!(
        "{} is signed with {hash}, which can be forged",
        who(place, certificate)
    ))
}

fn who(place: usize, certificate: &X509Certificate<'_>) -> String {
    if place == 0 {
        "certificate".to_owned()
    } else {
        format!("issuing certificate {}", short_name(certificate.subject()))
    }
}

/// `ECDSA P-256 key, signed with ECDSA and SHA-256`
fn describe(certificate: &X509Certificate<'_>) -> String {
    let key = match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => format!("RSA key of {} bits", key.key_size()),
        Ok(PublicKey::EC(point)) => format!("{} key", curve(point.key_size())),
        _ => match certificate
            .public_key()
            .algorithm
            .algorithm
            .to_id_string()
            .as_str()
        {
            "1.3.101.112" => "Ed25519 key".to_owned(),
            other => format!("key of the kind {other}"),
        },
    };
    format!(
        "{key}, signed with {}",
        signature(&certificate.signature_algorithm.algorithm.to_id_string())
    )
}

fn curve(bits: usize) -> String {
    match bits {
        256 | 384 => format!("ECDSA P-{bits}"),
        // 521 bits take 66 bytes.
        521 | 528 => "ECDSA P-521".to_owned(),
        _ => format!("ECDSA key of {bits} bits, a"),
    }
}

fn signature(oid: &str) -> &str {
    match oid {
        "1.2.840.113549.1.1.11" => "RSA and SHA-256",
        "1.2.840.113549.1.1.12" => "RSA and SHA-384",
        "1.2.840.113549.1.1.13" => "RSA and SHA-512",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.10045.4.3.2" => "ECDSA and SHA-256",
        "1.2.840.10045.4.3.3" => "ECDSA and SHA-384",
        "1.2.840.10045.4.3.4" => "ECDSA and SHA-512",
        "1.3.101.112" => "Ed25519",
        other => other,
    }
}
