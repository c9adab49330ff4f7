//! Signature schemes, and the pairs of hash and signature that TLS 1.2 had in their place.

use super::{Entry, Table};

/// A signature scheme's name and mark.
#[must_use]
pub fn signature_scheme(number: u16) -> Entry {
    SCHEMES.find(number)
}

/// The kind of key that signs by a scheme: `RSA`, `ECDSA`, `Ed25519`.
#[must_use]
pub fn signature_key(number: u16) -> Option<&'static str> {
    let name = signature_scheme(number).name;
    const KEYS: &[(&str, &str)] = &[
        ("rsa_", "RSA"),
        ("ecdsa_", "ECDSA"),
        ("ed25519", "Ed25519"),
        ("ed448", "Ed448"),
        ("mldsa", "ML-DSA"),
        ("slhdsa", "SLH-DSA"),
        ("dsa_", "DSA"),
        ("sm2", "SM2"),
        ("gost", "GOST"),
    ];
    KEYS.iter()
        .find(|(start, _)| name.starts_with(start))
        .map(|(_, key)| *key)
}

#[rustfmt::skip]
pub(super) static SCHEMES: Table = Table::new(&[
    // Without a mark: pairs of TLS 1.2 that IANA lists no scheme for (RFC 5246 section 7.4.1.4.1).
    (0x0101, "rsa_pkcs1_md5", None),
    (0x0102, "dsa_md5", None),
    (0x0103, "ecdsa_md5", None),
    (0x0201, "rsa_pkcs1_sha1", Some(false)),
    (0x0202, "dsa_sha1", None),
    (0x0203, "ecdsa_sha1", Some(false)),
    (0x0301, "rsa_pkcs1_sha224", None),
    (0x0302, "dsa_sha224", None),
    (0x0303, "ecdsa_sha224", None),
    (0x0401, "rsa_pkcs1_sha256", Some(true)),
    (0x0402, "dsa_sha256", None),
    (0x0403, "ecdsa_secp256r1_sha256", Some(true)),
    (0x0420, "rsa_pkcs1_sha256_legacy", Some(false)),
    (0x0501, "rsa_pkcs1_sha384", Some(true)),
    (0x0502, "dsa_sha384", None),
    (0x0503, "ecdsa_secp384r1_sha384", Some(true)),
    (0x0520, "rsa_pkcs1_sha384_legacy", Some(false)),
    (0x0601, "rsa_pkcs1_sha512", Some(true)),
    (0x0602, "dsa_sha512", None),
    (0x0603, "ecdsa_secp521r1_sha512", Some(true)),
    (0x0620, "rsa_pkcs1_sha512_legacy", Some(false)),
    (0x0704, "eccsi_sha256", Some(false)),
    (0x0705, "iso_ibs1", Some(false)),
    (0x0706, "iso_ibs2", Some(false)),
    (0x0707, "iso_chinese_ibs", Some(false)),
    (0x0708, "sm2sig_sm3", Some(false)),
    (0x0709, "gostr34102012_256a", Some(false)),
    (0x070a, "gostr34102012_256b", Some(false)),
    (0x070b, "gostr34102012_256c", Some(false)),
    (0x070c, "gostr34102012_256d", Some(false)),
    (0x070d, "gostr34102012_512a", Some(false)),
    (0x070e, "gostr34102012_512b", Some(false)),
    (0x070f, "gostr34102012_512c", Some(false)),
    (0x0804, "rsa_pss_rsae_sha256", Some(true)),
    (0x0805, "rsa_pss_rsae_sha384", Some(true)),
    (0x0806, "rsa_pss_rsae_sha512", Some(true)),
    (0x0807, "ed25519", Some(true)),
    (0x0808, "ed448", Some(true)),
    (0x0809, "rsa_pss_pss_sha256", Some(true)),
    (0x080a, "rsa_pss_pss_sha384", Some(true)),
    (0x080b, "rsa_pss_pss_sha512", Some(true)),
    (0x081a, "ecdsa_brainpoolP256r1tls13_sha256", Some(false)),
    (0x081b, "ecdsa_brainpoolP384r1tls13_sha384", Some(false)),
    (0x081c, "ecdsa_brainpoolP512r1tls13_sha512", Some(false)),
    (0x0904, "mldsa44", Some(false)),
    (0x0905, "mldsa65", Some(false)),
    (0x0906, "mldsa87", Some(false)),
    (0x0911, "slhdsa_sha2_128s", Some(false)),
    (0x0912, "slhdsa_sha2_128f", Some(false)),
    (0x0913, "slhdsa_sha2_192s", Some(false)),
    (0x0914, "slhdsa_sha2_192f", Some(false)),
    (0x0915, "slhdsa_sha2_256s", Some(false)),
    (0x0916, "slhdsa_sha2_256f", Some(false)),
    (0x0917, "slhdsa_shake_128s", Some(false)),
    (0x0918, "slhdsa_shake_128f", Some(false)),
    (0x0919, "slhdsa_shake_192s", Some(false)),
    (0x091a, "slhdsa_shake_192f", Some(false)),
    (0x091b, "slhdsa_shake_256s", Some(false)),
    (0x091c, "slhdsa_shake_256f", Some(false)),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_and_old_pairs_have_names() {
        assert_eq!(signature_scheme(0x0804).name, "rsa_pss_rsae_sha256");
        assert_eq!(signature_scheme(0x0804).recommended, Some(true));
        assert_eq!(signature_scheme(0x0201).recommended, Some(false));
        assert_eq!(signature_scheme(0x0301).name, "rsa_pkcs1_sha224");
        assert_eq!(signature_scheme(0x0402).name, "dsa_sha256");
        assert_eq!(signature_scheme(0xfea0).name, "0xfea0");
        assert_eq!(signature_key(0x0403), Some("ECDSA"));
        assert_eq!(signature_key(0x0402), Some("DSA"));
        assert_eq!(signature_key(0xfea0), None);
    }
}
