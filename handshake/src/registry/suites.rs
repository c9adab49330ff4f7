//! Cipher suites: what each one's name says of key exchange, authentication, cipher and hash.

use std::fmt;
use std::sync::LazyLock;

use super::suite_table::CIPHER_SUITES;
use super::{Entry, is_grease, with_digits};

/// A suite of IANA's registry, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CipherSuite {
    /// Its number.
    pub number: u16,
    /// Its name: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`.
    pub name: &'static str,
    /// IANA's "Recommended"; `None` for a suite that IANA does not list.
    pub recommended: Option<bool>,
    /// How the keys are agreed on.
    pub key_exchange: KeyExchange,
    /// How the server proves who it is.
    pub authentication: Authentication,
    /// The cipher: `AES-128-GCM`.
    pub cipher: &'static str,
    /// Whether the cipher authenticates what it seals (RFC 5116), without a separate MAC.
    pub aead: bool,
    /// Bits of the cipher's key. 0 where nothing is encrypted.
    pub key_bits: u16,
    /// The hash of the key derivation in TLS 1.2 and 1.3.
    pub hash: SuiteHash,
}

/// How a suite's keys are agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyExchange {
    /// TLS 1.3: not the suite's affair; `key_share` and `pre_shared_key` decide.
    Tls13,
    /// The client encrypts a secret to the server's RSA key.
    Rsa,
    /// Diffie-Hellman with a key of the server's certificate.
    StaticDh,
    /// Diffie-Hellman with fresh keys.
    Dhe,
    /// Diffie-Hellman on an elliptic curve, with a key of the server's certificate.
    StaticEcdh,
    /// Diffie-Hellman on an elliptic curve, with fresh keys.
    Ecdhe,
    /// A key that both sides had before, alone.
    Psk,
    /// A password (SRP, ECC-PWD).
    Password,
    /// Kerberos.
    Kerberos,
    /// GOST.
    Gost,
    /// Not a suite: a signal in the list of suites.
    Signal,
    /// None at all.
    Null,
}

/// How a suite has the server prove who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// TLS 1.3: not the suite's affair.
    Tls13,
    /// An RSA certificate.
    Rsa,
    /// A DSA certificate.
    Dss,
    /// An ECDSA or EdDSA certificate.
    Ecdsa,
    /// A key that both sides had before.
    Psk,
    /// A password.
    Password,
    /// Kerberos.
    Kerberos,
    /// A GOST certificate.
    Gost,
    /// Not at all: anyone may sit in the middle.
    Anonymous,
}

/// The hash of a suite's key derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuiteHash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SM3.
    Sm3,
    /// GOST R 34.11.
    Gost,
}

impl CipherSuite {
    /// The suite of this number; `None` for one that no table lists.
    #[must_use]
    pub fn find(number: u16) -> Option<Self> {
        let suites = Self::all();
        let at = suites.binary_search_by_key(&number, |suite| suite.number).ok()?;
        Some(suites[at])
    }

    /// All that a table lists, by number.
    pub(crate) fn all() -> &'static [Self] {
        // Taken apart once: a handshake asks for the same few again and again.
        static SUITES: LazyLock<Vec<CipherSuite>> = LazyLock::new(|| {
            CIPHER_SUITES
                .iter()
                .map(|&(number, name)| CipherSuite::read(number, name))
                .collect()
        });
        &SUITES
    }

    fn read(number: u16, name: &'static str) -> Self {
        let (exchange, sealing) = split(name);
        let (key_exchange, authentication) = match number {
            _ if suite_is_signal(number) => (KeyExchange::Signal, Authentication::Anonymous),
            _ => read_exchange(exchange),
        };
        let (cipher, aead, key_bits) = read_cipher(sealing);
        Self {
            number,
            name,
            recommended: is_listed(number).then(|| is_recommended(number)),
            key_exchange,
            authentication,
            cipher,
            aead,
            key_bits,
            hash: read_hash(sealing),
        }
    }

    /// Whether what passed stays secret when the server's long-term key is lost later. `None` where the suite does
    /// not decide it (TLS 1.3).
    #[must_use]
    pub fn forward_secret(&self) -> Option<bool> {
        match self.key_exchange {
            KeyExchange::Tls13 => None,
            KeyExchange::Dhe | KeyExchange::Ecdhe | KeyExchange::Password => Some(true),
            _ => Some(false),
        }
    }

    /// Whether it is a signal among the suites, not one to be chosen (RFC 5746, RFC 7507).
    #[must_use]
    pub fn is_signal(&self) -> bool {
        self.key_exchange == KeyExchange::Signal
    }
}

/// Whether a number among the suites is a signal, not a suite to be chosen (RFC 5746, RFC 7507).
pub(crate) fn suite_is_signal(number: u16) -> bool {
    matches!(number, 0x00ff | 0x5600)
}

/// A cipher suite's name and mark.
#[must_use]
pub fn cipher_suite(number: u16) -> Entry {
    static VALUES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let value = |(number, name): &(u16, &str)| with_digits(name, *number);
        CIPHER_SUITES.iter().map(value).collect()
    });
    match CIPHER_SUITES.binary_search_by_key(&number, |(number, _)| *number) {
        Ok(at) => Entry {
            name: CIPHER_SUITES[at].1.into(),
            value: VALUES[at].as_str().into(),
            recommended: is_listed(number).then(|| is_recommended(number)),
        },
        Err(_) => Entry::other(number),
    }
}

impl fmt::Display for KeyExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls13 => "by key_share",
            Self::Rsa => "RSA",
            Self::StaticDh => "static DH",
            Self::Dhe => "DHE",
            Self::StaticEcdh => "static ECDH",
            Self::Ecdhe => "ECDHE",
            Self::Psk => "PSK",
            Self::Password => "password",
            Self::Kerberos => "Kerberos",
            Self::Gost => "GOST",
            Self::Signal => "signal",
            Self::Null => "none",
        })
    }
}

/// What stands before `_WITH_`, and what behind; for TLS 1.3, nothing and all.
fn split(name: &'static str) -> (&'static str, &'static str) {
    let bare = name.trim_start_matches("OLD_");
    let bare = bare
        .strip_prefix("TLS_")
        .or_else(|| bare.strip_prefix("SSL_"))
        .unwrap_or(bare);
    bare.split_once("_WITH_").unwrap_or(("", bare))
}

fn read_exchange(exchange: &str) -> (KeyExchange, Authentication) {
    use Authentication as A;
    use KeyExchange as K;
    let core = exchange
        .trim_end_matches("_EXPORT1024")
        .trim_end_matches("_EXPORT")
        .trim_end_matches("_FIPS");
    match core {
        "" => (K::Tls13, A::Tls13),
        "NULL" => (K::Null, A::Anonymous),
        "RSA" => (K::Rsa, A::Rsa),
        "RSA_PSK" => (K::Rsa, A::Psk),
        "DH_DSS" => (K::StaticDh, A::Dss),
        "DH_RSA" => (K::StaticDh, A::Rsa),
        "DHE_DSS" => (K::Dhe, A::Dss),
        "DHE_RSA" => (K::Dhe, A::Rsa),
        "DH_anon" => (K::Dhe, A::Anonymous),
        "DHE_PSK" | "PSK_DHE" => (K::Dhe, A::Psk),
        "ECDH_ECDSA" => (K::StaticEcdh, A::Ecdsa),
        "ECDH_RSA" => (K::StaticEcdh, A::Rsa),
        "ECDHE_ECDSA" => (K::Ecdhe, A::Ecdsa),
        "ECDHE_RSA" => (K::Ecdhe, A::Rsa),
        "ECDH_anon" => (K::Ecdhe, A::Anonymous),
        "ECDHE_PSK" => (K::Ecdhe, A::Psk),
        "PSK" => (K::Psk, A::Psk),
        "KRB5" => (K::Kerberos, A::Kerberos),
        "SRP_SHA" | "ECCPWD" => (K::Password, A::Password),
        "SRP_SHA_RSA" => (K::Password, A::Rsa),
        "SRP_SHA_DSS" => (K::Password, A::Dss),
        _ if core.starts_with("GOST") => (K::Gost, A::Gost),
        // Fortezza's KEA, which no program of today offers: a static exchange with a DSA certificate.
        _ => (K::StaticDh, A::Dss),
    }
}

/// The cipher's name, whether it is an AEAD, and the bits of its key.
fn read_cipher(sealing: &str) -> (&'static str, bool, u16) {
    const CIPHERS: &[(&str, &str, bool, u16)] = &[
        ("AES_128_GCM", "AES-128-GCM", true, 128),
        ("AES_256_GCM", "AES-256-GCM", true, 256),
        ("AES_128_CCM_8", "AES-128-CCM-8", true, 128),
        ("AES_256_CCM_8", "AES-256-CCM-8", true, 256),
        ("AES_128_CCM", "AES-128-CCM", true, 128),
        ("AES_256_CCM", "AES-256-CCM", true, 256),
        ("CHACHA20_POLY1305", "ChaCha20-Poly1305", true, 256),
        ("AEGIS_128L", "AEGIS-128L", true, 128),
        ("AEGIS_256", "AEGIS-256", true, 256),
        ("ARIA_128_GCM", "ARIA-128-GCM", true, 128),
        ("ARIA_256_GCM", "ARIA-256-GCM", true, 256),
        ("CAMELLIA_128_GCM", "Camellia-128-GCM", true, 128),
        ("CAMELLIA_256_GCM", "Camellia-256-GCM", true, 256),
        ("SM4_GCM", "SM4-GCM", true, 128),
        ("SM4_CCM", "SM4-CCM", true, 128),
        ("KUZNYECHIK_MGM", "Kuznyechik-MGM", true, 256),
        ("MAGMA_MGM", "Magma-MGM", true, 256),
        ("AES_128_CBC", "AES-128-CBC", false, 128),
        ("AES_256_CBC", "AES-256-CBC", false, 256),
        ("ARIA_128_CBC", "ARIA-128-CBC", false, 128),
        ("ARIA_256_CBC", "ARIA-256-CBC", false, 256),
        ("CAMELLIA_128_CBC", "Camellia-128-CBC", false, 128),
        ("CAMELLIA_256_CBC", "Camellia-256-CBC", false, 256),
        ("SEED_CBC", "SEED-CBC", false, 128),
        ("IDEA_CBC", "IDEA-CBC", false, 128),
        ("3DES_EDE_CBC", "3DES-CBC", false, 168),
        ("DES40_CBC", "DES-40-CBC", false, 40),
        ("DES_CBC_40", "DES-40-CBC", false, 40),
        ("DES_CBC", "DES-CBC", false, 56),
        ("RC4_128", "RC4-128", false, 128),
        ("RC4_56", "RC4-56", false, 56),
        ("RC4_40", "RC4-40", false, 40),
        ("RC2_CBC_56", "RC2-56-CBC", false, 56),
        ("RC2_CBC_40", "RC2-40-CBC", false, 40),
        ("KUZNYECHIK_CTR_OMAC", "Kuznyechik-CTR", false, 256),
        ("MAGMA_CTR_OMAC", "Magma-CTR", false, 256),
        ("28147_CNT_IMIT", "GOST 28147-89", false, 256),
        ("FORTEZZA_CBC", "Skipjack-CBC", false, 80),
    ];
    CIPHERS
        .iter()
        .find(|(start, ..)| sealing.starts_with(start))
        .map_or(("none", false, 0), |(_, name, aead, bits)| (name, *aead, *bits))
}

/// TLS 1.2 derives with SHA-256 unless the suite names a newer hash (RFC 5246 section 5).
fn read_hash(sealing: &str) -> SuiteHash {
    match sealing.rsplit('_').next() {
        Some("SHA384") => SuiteHash::Sha384,
        Some("SHA512") => SuiteHash::Sha512,
        Some("SM3") => SuiteHash::Sm3,
        Some("OMAC" | "IMIT" | "L" | "S" | "GOST3411") => SuiteHash::Gost,
        _ => SuiteHash::Sha256,
    }
}

/// Whether IANA lists the number.
fn is_listed(number: u16) -> bool {
    !is_grease(number)
        && !matches!(
            number,
            0x001c..=0x001d | 0x0060..=0x0066 | 0x0080..=0x0083 | 0xcc13..=0xcc15 | 0xfefe..=0xfeff
        )
}

/// "Y" in IANA's column (RFC 8447, RFC 9847), without what RFC 10015 took out of it: DHE in TLS 1.2.
fn is_recommended(number: u16) -> bool {
    matches!(
        number,
        0x1301
            ..=0x1304 // AES-GCM, ChaCha20, AES-CCM in TLS 1.3
            | 0xc02b | 0xc02c | 0xc02f | 0xc030 // ECDHE with AES-GCM
            | 0xcca8 | 0xcca9 // ECDHE with ChaCha20
            | 0xccac | 0xd001 | 0xd002 | 0xd005 // ECDHE_PSK
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_is_taken_apart() {
        let suite = CipherSuite::find(0xc02f).unwrap();
        assert_eq!(suite.name, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
        assert_eq!(suite.key_exchange, KeyExchange::Ecdhe);
        assert_eq!(suite.authentication, Authentication::Rsa);
        assert_eq!(
            (suite.cipher, suite.aead, suite.key_bits),
            ("AES-128-GCM", true, 128)
        );
        assert_eq!(suite.forward_secret(), Some(true));
        assert_eq!(suite.recommended, Some(true));

        let suite = CipherSuite::find(0x002f).unwrap();
        assert_eq!(suite.name, "TLS_RSA_WITH_AES_128_CBC_SHA");
        assert_eq!((suite.cipher, suite.aead), ("AES-128-CBC", false));
        assert_eq!(suite.hash, SuiteHash::Sha256);
        assert_eq!(suite.forward_secret(), Some(false));
        assert_eq!(suite.recommended, Some(false));

        let suite = CipherSuite::find(0x1302).unwrap();
        assert_eq!(suite.name, "TLS_AES_256_GCM_SHA384");
        assert_eq!(suite.hash, SuiteHash::Sha384);
        assert_eq!(suite.forward_secret(), None);

        let suite = CipherSuite::find(0xc0a0).unwrap();
        assert_eq!(
            (suite.name, suite.cipher),
            ("TLS_RSA_WITH_AES_128_CCM_8", "AES-128-CCM-8")
        );
        assert!(CipherSuite::find(0x00ff).unwrap().is_signal());
    }

    #[test]
    fn the_table_is_sorted_and_each_of_its_suites_is_understood() {
        assert!(CIPHER_SUITES.is_sorted_by(|a, b| a.0 < b.0));
        for (number, name) in CIPHER_SUITES {
            let suite = CipherSuite::find(*number).unwrap();
            let seals =
                !name.contains("NULL") && !name.contains("SHA256_SHA256") && !name.contains("SHA384_SHA384");
            assert_eq!(suite.key_bits > 0, seals && !suite.is_signal(), "{name}");
            assert_eq!(
                suite.key_exchange == KeyExchange::Tls13,
                *number >> 8 == 0x13 || matches!(number, 0xc6 | 0xc7 | 0xc0b4 | 0xc0b5),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_not_listed_goes_by_its_number() {
        assert_eq!(cipher_suite(0x0a0a).name, "GREASE");
        assert_eq!(cipher_suite(0xfafb).name, "0xfafb");
        assert_eq!(cipher_suite(0xfafb).recommended, None);
        assert_eq!(cipher_suite(0xfeff).recommended, None);
    }
}
