//! IANA's TLS registries: numbers, their names, and IANA's "Recommended" (RFC 8447, RFC 9847).
//!
//! The tables are those of November 2026. What IANA does not list but programs have sent has a name and no mark.
//!
//! The marks follow the documents by which IANA sets them: RFC 8447, the registering RFC of each number since, and RFC
//! 9847 with what it discourages, which a test lists.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::message::push_hex;

mod bytes;
mod extensions;
mod groups;
mod hpke;
mod quic;
mod signatures;
mod suite_table;
mod suites;

pub use bytes::{
    alert_level, certificate_compression, certificate_status_type, certificate_type, client_certificate_type,
    compression_method, content_type, ec_curve_type, ec_point_format, handshake_type, heartbeat_mode,
    key_update_request, max_fragment_length, psk_key_exchange_mode, server_name_type,
};
pub use extensions::extension;
pub use groups::{HybridPart, group, group_is_finite_field, group_is_post_quantum, hybrid_parts};
pub use hpke::{hpke_aead, hpke_kdf, hpke_kem};
pub use quic::{is_quic_grease, quic_transport_parameter};
pub use signatures::{signature_key, signature_scheme};
pub(crate) use suites::suite_is_signal;
pub use suites::{Authentication, CipherSuite, KeyExchange, SuiteHash, cipher_suite};

/// A number of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name; `GREASE` for one of RFC 8701's, and `0x1234` for one that is not known.
    pub name: Cow<'static, str>,
    /// The name with the number behind it: `x25519 (0x001d)`; the number alone where it is not known.
    pub value: Cow<'static, str>,
    /// IANA's "Recommended", where the registry has that column and the number is listed. "D" (discouraged) is no
    /// recommendation either.
    pub recommended: Option<bool>,
}

impl Entry {
    /// A number that no table lists, but that has a name.
    pub(crate) fn named(name: impl Into<Cow<'static, str>>, number: u16) -> Self {
        let name = name.into();
        Self {
            value: with_digits(&name, number).into(),
            name,
            recommended: None,
        }
    }

    pub(crate) fn other(number: u16) -> Self {
        if is_grease(number) {
            return Self::named("GREASE", number);
        }
        let mut name = String::from("0x");
        push_hex(&mut name, &number.to_be_bytes());
        Self {
            value: name.clone().into(),
            name: name.into(),
            recommended: None,
        }
    }
}

/// A registry of 16-bit numbers.
struct Table {
    /// Number, name and IANA's mark, by number.
    rows: &'static [(u16, &'static str, Option<bool>)],
    /// [`Entry::value`] of each row, put together once: a hello has dozens of them.
    values: OnceLock<Vec<String>>,
}

impl Table {
    const fn new(rows: &'static [(u16, &'static str, Option<bool>)]) -> Self {
        Self {
            rows,
            values: OnceLock::new(),
        }
    }

    /// The entry of a number, whether it is listed or not.
    fn find(&'static self, number: u16) -> Entry {
        let Ok(at) = self.rows.binary_search_by_key(&number, |(listed, ..)| *listed) else {
            return Entry::other(number);
        };
        let (_, name, recommended) = self.rows[at];
        let values = self.values.get_or_init(|| {
            let row = |(number, name, _): &(u16, &str, _)| with_digits(name, *number);
            self.rows.iter().map(row).collect()
        });
        Entry {
            name: name.into(),
            value: Cow::Borrowed(&values[at]),
            recommended,
        }
    }
}

/// A name with its 16-bit number behind it.
fn with_digits(name: &str, number: u16) -> String {
    let mut value = String::with_capacity(name.len() + " (0x0000)".len());
    value.push_str(name);
    value.push_str(" (0x");
    push_hex(&mut value, &number.to_be_bytes());
    value.push(')');
    value
}

/// Whether a 16-bit number is kept free of meaning, so that peers learn to pass over what they don't know (RFC 8701).
#[must_use]
pub fn is_grease(number: u16) -> bool {
    number & 0x0f0f == 0x0a0a && number >> 8 == number & 0xff
}

/// A version: `TLS 1.3`.
#[must_use]
pub fn version_name(version: u16) -> Cow<'static, str> {
    match version {
        0x0002 => "SSL 2.0".into(),
        0x0300 => "SSL 3.0".into(),
        0x0301 => "TLS 1.0".into(),
        0x0302 => "TLS 1.1".into(),
        0x0303 => "TLS 1.2".into(),
        0x0304 => "TLS 1.3".into(),
        0xfeff => "DTLS 1.0".into(),
        0xfefd => "DTLS 1.2".into(),
        0xfefc => "DTLS 1.3".into(),
        0x7f00..=0x7fff => format!("TLS 1.3 draft {}", version & 0xff).into(),
        other => Entry::other(other).name,
    }
}

/// A version with its number: `TLS 1.3 (0x0304)`.
pub(crate) fn version_value(version: u16) -> Cow<'static, str> {
    match version {
        0x0301 => "TLS 1.0 (0x0301)".into(),
        0x0302 => "TLS 1.1 (0x0302)".into(),
        0x0303 => "TLS 1.2 (0x0303)".into(),
        0x0304 => "TLS 1.3 (0x0304)".into(),
        other => with_digits(&version_name(other), other).into(),
    }
}

/// Record content types (RFC 8446 section 5.1).
pub mod record_type {
    /// ChangeCipherSpec.
    pub const CHANGE_CIPHER_SPEC: u8 = 20;
    /// Alerts.
    pub const ALERT: u8 = 21;
    /// Handshake messages.
    pub const HANDSHAKE: u8 = 22;
    /// What the application sends; in TLS 1.3 also everything else that is sealed.
    pub const APPLICATION_DATA: u8 = 23;
    /// Heartbeats (RFC 6520).
    pub const HEARTBEAT: u8 = 24;
}

/// Handshake message types (RFC 8446 section 4).
pub mod handshake_type {
    /// ClientHello.
    pub const CLIENT_HELLO: u8 = 1;
}

/// Extension types that decide something (RFC 8446 section 4.2).
pub mod extension {
    /// The host that the client wants (RFC 6066 section 3).
    pub const SERVER_NAME: u16 = 0;
    /// Key exchange groups (RFC 8446 section 4.2.7).
    pub const SUPPORTED_GROUPS: u16 = 10;
    /// How points of a curve are written (RFC 8422 section 5.1.2).
    pub const EC_POINT_FORMATS: u16 = 11;
    /// Signature schemes (RFC 8446 section 4.2.3).
    pub const SIGNATURE_ALGORITHMS: u16 = 13;
    /// Application protocols (RFC 7301).
    pub const APPLICATION_LAYER_PROTOCOL_NEGOTIATION: u16 = 16;
    /// MACs outside of what is encrypted (RFC 7366).
    pub const ENCRYPT_THEN_MAC: u16 = 22;
    /// 0-RTT data (RFC 8446 section 4.2.10).
    pub const EARLY_DATA: u16 = 42;
    /// Versions, for TLS 1.3 (RFC 8446 section 4.2.1).
    pub const SUPPORTED_VERSIONS: u16 = 43;
    /// What QUIC carries in a hello (RFC 9001 section 8.2).
    pub const QUIC_TRANSPORT_PARAMETERS: u16 = 57;
}

/// Whether a TLS 1.2 suite authenticates the server by ECDSA (RFC 8422, RFC 5289, RFC 7905, RFC 7251).
#[must_use]
pub fn cipher_suite_is_ecdsa(suite: u16) -> bool {
    CipherSuite::find(suite).is_some_and(|suite| {
        suite.key_exchange == KeyExchange::Ecdhe && suite.authentication == Authentication::Ecdsa
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_names() {
        assert_eq!(version_name(0x0304), "TLS 1.3");
        assert_eq!(version_name(0x7f1c), "TLS 1.3 draft 28");
        assert_eq!(version_name(0xdada), "GREASE");
        assert_eq!(version_name(0x0505), "0x0505");
    }

    #[test]
    fn a_value_has_the_number_behind_the_name() {
        assert_eq!(group(29).value, "x25519 (0x001d)");
        assert_eq!(group(0x2a2a).value, "GREASE (0x2a2a)");
        assert_eq!(group(0x0333).value, "0x0333");
        assert_eq!(version_value(0x0304), "TLS 1.3 (0x0304)");
        assert_eq!(version_value(0x7f1c), "TLS 1.3 draft 28 (0x7f1c)");
    }

    #[test]
    fn tables_are_sorted() {
        for table in [&extensions::EXTENSIONS, &groups::GROUPS, &signatures::SCHEMES] {
            assert!(table.rows.is_sorted_by(|a, b| a.0 < b.0));
        }
    }

    /// RFC 9847, sections 4 to 6.
    #[test]
    fn what_is_discouraged_is_not_recommended() {
        let kerberos = [0x001e, 0x0020, 0x0021, 0x0022]
            .into_iter()
            .chain(0x0024..=0x002b);
        let others = [
            0x002c, 0x008a, 0x00b0, 0x00b1, 0xc006, 0xc007, 0xc010, 0xc011, 0xc033, 0xc039, 0xc03a, 0xc03b,
            0xc0b4, 0xc0b5,
        ];
        for number in kerberos.chain(others) {
            let suite = cipher_suite(number);
            assert_eq!(suite.recommended, Some(false), "{}", suite.value);
        }
        for number in (1..=8).chain(15..=21) {
            assert_eq!(group(number).recommended, Some(false), "{}", group(number).value);
        }
        for number in [4, 53] {
            assert_eq!(extension(number).recommended, Some(false));
        }
    }

    #[test]
    fn grease_is_told_from_its_neighbours() {
        let grease: Vec<u16> = (0..=u16::MAX).filter(|n| is_grease(*n)).collect();
        assert_eq!(grease.len(), 16);
        assert!(is_grease(0xfafa) && !is_grease(0x0a1a) && !is_grease(0x0b0b));
    }

    #[test]
    fn ecdsa_suites_are_those_of_the_rfcs() {
        assert!(cipher_suite_is_ecdsa(0xc02b) && cipher_suite_is_ecdsa(0xcca9));
        assert!(!cipher_suite_is_ecdsa(0xc02f) && !cipher_suite_is_ecdsa(0x1301));
        // Static ECDH has a key in the certificate that signs nothing.
        assert!(!cipher_suite_is_ecdsa(0xc004));
    }
}
