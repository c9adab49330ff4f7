//! What keys and signature algorithms are called, and how strong they are.

use x509_parser::public_key::PublicKey;
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use crate::encode::readable;

/// `RSA 2048`, `EC P-256`, `Ed25519`; the OID of what has no name here.
pub(crate) fn key_name(key: &SubjectPublicKeyInfo<'_>) -> String {
    if let Ok(PublicKey::RSA(key)) = key.parsed() {
        return format!("RSA {}", rsa_bits(key.modulus));
    }
    let curve = key
        .algorithm
        .parameters
        .as_ref()
        .and_then(|parameters| parameters.as_oid().ok());
    let algorithm = key.algorithm.algorithm.to_id_string();
    match (algorithm.as_str(), curve) {
        ("1.2.840.10045.2.1", Some(curve)) => format!("EC {}", curve_name(&curve.to_id_string())),
        ("1.2.840.10045.2.1", None) => "EC with parameters of its own".to_owned(),
        ("1.2.840.10040.4.1", _) => "DSA".to_owned(),
        ("1.2.840.113549.1.1.10", _) => "RSA-PSS".to_owned(),
        ("1.3.101.112", _) => "Ed25519".to_owned(),
        ("1.3.101.113", _) => "Ed448".to_owned(),
        ("2.16.840.1.101.3.4.3.17", _) => "ML-DSA-44".to_owned(),
        ("2.16.840.1.101.3.4.3.18", _) => "ML-DSA-65".to_owned(),
        ("2.16.840.1.101.3.4.3.19", _) => "ML-DSA-87".to_owned(),
        (other, _) => by_number(other),
    }
}

/// What has no name here. An OID can be one of no parts.
fn by_number(oid: &str) -> String {
    match oid {
        "" => "one without a number".to_owned(),
        oid => readable(oid),
    }
}

/// The bits of an RSA modulus, a big-endian number that may begin with zeroes.
pub(crate) fn rsa_bits(modulus: &[u8]) -> usize {
    let first = modulus.iter().position(|byte| *byte != 0);
    first.map_or(0, |first| {
        (modulus.len() - first) * 8 - modulus[first].leading_zeros() as usize
    })
}

fn curve_name(oid: &str) -> String {
    match oid {
        "1.2.840.10045.3.1.1" => "P-192".to_owned(),
        "1.3.132.0.33" => "P-224".to_owned(),
        "1.2.840.10045.3.1.7" => "P-256".to_owned(),
        "1.3.132.0.34" => "P-384".to_owned(),
        "1.3.132.0.35" => "P-521".to_owned(),
        "1.3.132.0.10" => "secp256k1".to_owned(),
        "1.3.36.3.3.2.8.1.1.7" => "brainpoolP256r1".to_owned(),
        "1.3.36.3.3.2.8.1.1.11" => "brainpoolP384r1".to_owned(),
        "1.3.36.3.3.2.8.1.1.13" => "brainpoolP512r1".to_owned(),
        other => format!("on the curve {}", by_number(other)),
    }
}

/// `ECDSA with SHA-256`, `RSA with SHA-256`, `RSA-PSS with SHA-256`; the OID of what has no name here.
pub(crate) fn signature_name(algorithm: &AlgorithmIdentifier<'_>) -> String {
    let oid = algorithm.algorithm.to_id_string();
    let name = match oid.as_str() {
        "1.2.840.113549.1.1.2" => "RSA with MD2",
        "1.2.840.113549.1.1.4" => "RSA with MD5",
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "RSA with SHA-1",
        "1.2.840.113549.1.1.10" => return pss_name(algorithm),
        "1.2.840.113549.1.1.11" => "RSA with SHA-256",
        "1.2.840.113549.1.1.12" => "RSA with SHA-384",
        "1.2.840.113549.1.1.13" => "RSA with SHA-512",
        "1.2.840.113549.1.1.14" => "RSA with SHA-224",
        "1.2.840.10040.4.3" => "DSA with SHA-1",
        "2.16.840.1.101.3.4.3.2" => "DSA with SHA-256",
        "1.2.840.10045.4.1" => "ECDSA with SHA-1",
        "1.2.840.10045.4.3.1" => "ECDSA with SHA-224",
        "1.2.840.10045.4.3.2" => "ECDSA with SHA-256",
        "1.2.840.10045.4.3.3" => "ECDSA with SHA-384",
        "1.2.840.10045.4.3.4" => "ECDSA with SHA-512",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        other => return by_number(other),
    };
    name.to_owned()
}

/// RSASSA-PSS names its hash in its parameters (RFC 4055 section 3.1).
fn pss_name(algorithm: &AlgorithmIdentifier<'_>) -> String {
    let hash = match SignatureAlgorithm::try_from(algorithm) {
        Ok(SignatureAlgorithm::RSASSA_PSS(parameters)) => parameters.hash_algorithm_oid().to_id_string(),
        _ => return "RSA-PSS".to_owned(),
    };
    let hash = match hash.as_str() {
        "1.3.14.3.2.26" => "SHA-1",
        "2.16.840.1.101.3.4.2.1" => "SHA-256",
        "2.16.840.1.101.3.4.2.2" => "SHA-384",
        "2.16.840.1.101.3.4.2.3" => "SHA-512",
        _ => return "RSA-PSS".to_owned(),
    };
    format!("RSA-PSS with {hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_of_no_number_is_told_all_the_same() {
        let oid = x509_parser::der_parser::oid::Oid::new(Vec::new().into());
        let algorithm = AlgorithmIdentifier::new(oid, None);
        assert_eq!(signature_name(&algorithm), "one without a number");
    }
}
