//! Which algorithm checks a signature of a scheme (RFC 8446 section 4.2.3) made with a key of a kind.

use aws_lc_rs::signature::{self, VerificationAlgorithm};

use crate::x509::KeyKind;

/// `None` where the scheme does not go with the key, or is not known.
pub(super) fn algorithm(scheme: u16, key: KeyKind) -> Option<&'static dyn VerificationAlgorithm> {
    use KeyKind::{Ed25519, MlDsa44, MlDsa65, MlDsa87, P256, P384, P521, Rsa};
    Some(match (key, scheme) {
        (Rsa, 0x0201) => &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (Rsa, 0x0401) => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        (Rsa, 0x0501) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (Rsa, 0x0601) => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        (Rsa, 0x0804 | 0x0809) => &signature::RSA_PSS_2048_8192_SHA256,
        (Rsa, 0x0805 | 0x080a) => &signature::RSA_PSS_2048_8192_SHA384,
        (Rsa, 0x0806 | 0x080b) => &signature::RSA_PSS_2048_8192_SHA512,
        // TLS 1.2 does not tie the hash to the curve.
        (P256, 0x0203) => &signature::ECDSA_P256_SHA1_ASN1,
        (P256, 0x0403) => &signature::ECDSA_P256_SHA256_ASN1,
        (P256, 0x0503) => &signature::ECDSA_P256_SHA384_ASN1,
        (P256, 0x0603) => &signature::ECDSA_P256_SHA512_ASN1,
        (P384, 0x0403) => &signature::ECDSA_P384_SHA256_ASN1,
        (P384, 0x0503) => &signature::ECDSA_P384_SHA384_ASN1,
        (P384, 0x0603) => &signature::ECDSA_P384_SHA512_ASN1,
        (P521, 0x0203) => &signature::ECDSA_P521_SHA1_ASN1,
        (P521, 0x0403) => &signature::ECDSA_P521_SHA256_ASN1,
        (P521, 0x0503) => &signature::ECDSA_P521_SHA384_ASN1,
        (P521, 0x0603) => &signature::ECDSA_P521_SHA512_ASN1,
        (Ed25519, 0x0807) => &signature::ED25519,
        (MlDsa44, 0x0904) => &signature::ML_DSA_44,
        (MlDsa65, 0x0905) => &signature::ML_DSA_65,
        (MlDsa87, 0x0906) => &signature::ML_DSA_87,
        _ => return None,
    })
}
