//! Groups of key exchanges, and the two parts of the hybrid ones (RFC 10024).

use super::{Entry, Table, is_grease};

/// A group's name and mark.
#[must_use]
pub fn group(number: u16) -> Entry {
    GROUPS.find(number)
}

/// One of the two parts of a hybrid key share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HybridPart {
    /// Its name: `ml_kem_768`, `x25519`.
    pub name: &'static str,
    /// How many bytes it takes in the client's share: a public key, or ML-KEM's encapsulation key.
    pub client_length: usize,
    /// How many bytes it takes in the server's share: a public key, or ML-KEM's ciphertext.
    pub server_length: usize,
    /// Whether this is the part that a quantum computer is not known to break.
    pub post_quantum: bool,
}

impl HybridPart {
    /// Its name for a person: `ML-KEM-768`.
    #[must_use]
    pub fn title(&self) -> String {
        let name = self.name.replace("ml_kem", "ML-KEM").replace("kyber", "Kyber");
        name.replace('_', "-")
    }
}

/// The two parts of a hybrid group's shares, in their order on the wire; `None` for other groups.
#[must_use]
pub fn hybrid_parts(group: u16) -> Option<[HybridPart; 2]> {
    const fn part(name: &'static str, client_length: usize, server_length: usize) -> HybridPart {
        HybridPart {
            name,
            client_length,
            server_length,
            post_quantum: client_length != server_length,
        }
    }
    const X25519: HybridPart = part("x25519", 32, 32);
    const P256: HybridPart = part("secp256r1", 65, 65);
    const P384: HybridPart = part("secp384r1", 97, 97);
    const SM2: HybridPart = part("curveSM2", 65, 65);
    const ML_KEM_768: HybridPart = part("ml_kem_768", 1184, 1088);
    const ML_KEM_1024: HybridPart = HybridPart {
        post_quantum: true,
        ..part("ml_kem_1024", 1568, 1568)
    };
    const KYBER_512: HybridPart = part("kyber_512", 800, 768);
    const KYBER_768: HybridPart = part("kyber_768", 1184, 1088);
    match group {
        // X25519MLKEM768 alone has ML-KEM's part first (RFC 10024 section 3.1).
        0x11ec => Some([ML_KEM_768, X25519]),
        0x11eb => Some([P256, ML_KEM_768]),
        0x11ed => Some([P384, ML_KEM_1024]),
        0x11ee => Some([SM2, ML_KEM_768]),
        0x6399 | 0xfe31 => Some([X25519, KYBER_768]),
        0x639a | 0xfe32 => Some([P256, KYBER_768]),
        0xfe30 => Some([X25519, KYBER_512]),
        _ => None,
    }
}

/// Whether no quantum computer is known to undo a key exchange of this group.
#[must_use]
pub fn group_is_post_quantum(number: u16) -> bool {
    hybrid_parts(number).is_some() || matches!(number, 0x0200..=0x0202 | 0x4138)
}

/// Whether it is a finite field, not a curve (RFC 7919).
#[must_use]
pub fn group_is_finite_field(number: u16) -> bool {
    !is_grease(number) && number >> 8 == 1
}

#[rustfmt::skip]
pub(super) static GROUPS: Table = Table::new(&[
    (1, "sect163k1", Some(false)), (2, "sect163r1", Some(false)), (3, "sect163r2", Some(false)),
    (4, "sect193r1", Some(false)), (5, "sect193r2", Some(false)), (6, "sect233k1", Some(false)),
    (7, "sect233r1", Some(false)), (8, "sect239k1", Some(false)), (9, "sect283k1", Some(false)),
    (10, "sect283r1", Some(false)), (11, "sect409k1", Some(false)), (12, "sect409r1", Some(false)),
    (13, "sect571k1", Some(false)), (14, "sect571r1", Some(false)), (15, "secp160k1", Some(false)),
    (16, "secp160r1", Some(false)), (17, "secp160r2", Some(false)), (18, "secp192k1", Some(false)),
    (19, "secp192r1", Some(false)), (20, "secp224k1", Some(false)), (21, "secp224r1", Some(false)),
    (22, "secp256k1", Some(false)), (23, "secp256r1", Some(true)), (24, "secp384r1", Some(true)),
    (25, "secp521r1", Some(false)), (26, "brainpoolP256r1", Some(false)), (27, "brainpoolP384r1", Some(false)),
    (28, "brainpoolP512r1", Some(false)), (29, "x25519", Some(true)), (30, "x448", Some(true)),
    (31, "brainpoolP256r1tls13", Some(false)), (32, "brainpoolP384r1tls13", Some(false)),
    (33, "brainpoolP512r1tls13", Some(false)), (34, "GC256A", Some(false)), (35, "GC256B", Some(false)),
    (36, "GC256C", Some(false)), (37, "GC256D", Some(false)), (38, "GC512A", Some(false)),
    (39, "GC512B", Some(false)), (40, "GC512C", Some(false)), (41, "curveSM2", Some(false)),
    (256, "ffdhe2048", Some(false)), (257, "ffdhe3072", Some(false)), (258, "ffdhe4096", Some(false)),
    (259, "ffdhe6144", Some(false)), (260, "ffdhe8192", Some(false)),
    (512, "MLKEM512", Some(false)), (513, "MLKEM768", Some(false)), (514, "MLKEM1024", Some(false)),
    (4587, "SecP256r1MLKEM768", Some(false)), (4588, "X25519MLKEM768", Some(true)),
    (4589, "SecP384r1MLKEM1024", Some(false)), (4590, "curveSM2MLKEM768", Some(false)),
    // Without a mark: experiments of browsers, never listed.
    (0x4138, "CECPQ2", None),
    (25497, "X25519Kyber768Draft00", Some(false)), (25498, "SecP256r1Kyber768Draft00", Some(false)),
    (0xfe30, "X25519Kyber512Draft00", None), (0xfe31, "X25519Kyber768Draft00Old", None),
    (0xfe32, "P256Kyber768Draft00", None),
    (65281, "arbitrary_explicit_prime_curves", Some(false)),
    (65282, "arbitrary_explicit_char2_curves", Some(false)),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hybrid_group_has_two_parts_in_the_order_of_the_wire() {
        assert_eq!(group(0x11ec).name, "X25519MLKEM768");
        let parts = hybrid_parts(0x11ec).unwrap();
        assert_eq!(parts.map(|p| p.name), ["ml_kem_768", "x25519"]);
        assert_eq!(parts.map(|p| p.client_length), [1184, 32]);
        assert_eq!(parts.map(|p| p.server_length), [1088, 32]);
        assert_eq!(
            hybrid_parts(0x11eb).unwrap().map(|p| p.name),
            ["secp256r1", "ml_kem_768"]
        );
        let parts = hybrid_parts(0x11ed).unwrap();
        assert_eq!(parts.map(|p| p.post_quantum), [false, true]);
        assert_eq!(parts.map(|p| p.server_length), [97, 1568]);
        assert_eq!(parts.map(|p| p.title()), ["secp384r1", "ML-KEM-1024"]);
        assert_eq!(hybrid_parts(29), None);
    }

    #[test]
    fn groups_have_names_and_marks() {
        assert_eq!((&*group(29).name, group(29).recommended), ("x25519", Some(true)));
        assert_eq!(group(25).recommended, Some(false));
        assert_eq!(group(0x2a2a).name, "GREASE");
        assert_eq!(group(0x0333).name, "0x0333");
        assert!(group_is_post_quantum(0x0201) && !group_is_post_quantum(23));
        assert!(group_is_finite_field(256) && !group_is_finite_field(29));
    }
}
