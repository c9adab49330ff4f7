//! The algorithms of HPKE (RFC 9180), which Encrypted Client Hello names (RFC 9849).

use std::borrow::Cow;

use super::Entry;

/// A key encapsulation: `DHKEM(X25519, HKDF-SHA256)`.
#[must_use]
pub fn hpke_kem(number: u16) -> Cow<'static, str> {
    let name = match number {
        0x0010 => "DHKEM(P-256, HKDF-SHA256)",
        0x0011 => "DHKEM(P-384, HKDF-SHA384)",
        0x0012 => "DHKEM(P-521, HKDF-SHA512)",
        0x0013 => "DHKEM(CP-256, HKDF-SHA256)",
        0x0014 => "DHKEM(CP-384, HKDF-SHA384)",
        0x0015 => "DHKEM(CP-521, HKDF-SHA512)",
        0x0016 => "DHKEM(secp256k1, HKDF-SHA256)",
        0x0020 => "DHKEM(X25519, HKDF-SHA256)",
        0x0021 => "DHKEM(X448, HKDF-SHA512)",
        0x0030 => "X25519Kyber768Draft00",
        0x0040 => "ML-KEM-512",
        0x0041 => "ML-KEM-768",
        0x0042 => "ML-KEM-1024",
        0x0050 => "MLKEM768-P256",
        0x0051 => "MLKEM1024-P384",
        0x647a => "MLKEM768-X25519",
        other => return Entry::other(other).name,
    };
    name.into()
}

/// A key derivation: `HKDF-SHA256`.
#[must_use]
pub fn hpke_kdf(number: u16) -> Cow<'static, str> {
    let name = match number {
        0x0001 => "HKDF-SHA256",
        0x0002 => "HKDF-SHA384",
        0x0003 => "HKDF-SHA512",
        other => return Entry::other(other).name,
    };
    name.into()
}

/// A cipher: `AES-128-GCM`.
#[must_use]
pub fn hpke_aead(number: u16) -> Cow<'static, str> {
    let name = match number {
        0x0001 => "AES-128-GCM",
        0x0002 => "AES-256-GCM",
        0x0003 => "ChaCha20-Poly1305",
        0xffff => "Export-only",
        other => return Entry::other(other).name,
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algorithms_have_names() {
        assert_eq!(hpke_kem(0x20), "DHKEM(X25519, HKDF-SHA256)");
        assert_eq!(hpke_kdf(1), "HKDF-SHA256");
        assert_eq!(hpke_aead(3), "ChaCha20-Poly1305");
        assert_eq!(hpke_aead(9), "0x0009");
    }
}
