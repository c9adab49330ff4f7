//! Encrypted ClientHello (RFC 9849, draft-ietf-tls-esni).

use super::extension::Within;
use crate::registry::{self, Entry};
use crate::scribe::{Read, Scribe, Text, Told, entry, tell_text};

/// In the client's hello:
/// ```text
/// struct {
///     ECHClientHelloType type;                // outer(0), inner(1)
///     HpkeSymmetricCipherSuite cipher_suite;  // outer from here on
///     uint8 config_id;
///     opaque enc<0..2^16-1>;
///     opaque payload<1..2^16-1>;
/// } ECHClientHello;
/// ```
pub(super) fn encrypted_client_hello(s: &mut Scribe<'_>, within: Within) -> Read<Text> {
    const OUTER: u8 = 0;
    match within {
        Within::ClientHello => {
            let kind = s.u8("type", |n| match n {
                OUTER => "outer (0)".to_owned(),
                1 => "inner (1)".to_owned(),
                _ => n.to_string(),
            })?;
            if kind != OUTER {
                return Ok("inner".into());
            }
            s.part("cipher_suite", hpke_suite)?;
            s.u8("config_id", |n| n.to_string())?;
            s.bytes(2, "enc")?;
            s.bytes(2, "payload")?;
            Ok("outer".into())
        }
        Within::HelloRetryRequest => {
            s.opaque("confirmation", 8)?;
            Ok("confirmation".into())
        }
        _ => {
            s.list(2, "retry_configs", "config", |s| s.part("config", config))?;
            Ok(format!("retry with {}", s.last_value()).into())
        }
    }
}

/// `struct { HpkeKdfId kdf_id; HpkeAeadId aead_id; } HpkeSymmetricCipherSuite;` (RFC 9180 section 7).
fn hpke_suite(s: &mut Scribe<'_>) -> Read<Text> {
    let mut names = Vec::new();
    s.u16("kdf_id", |n| {
        names.push(registry::hpke_kdf(n));
        named(registry::hpke_kdf(n), n)
    })?;
    s.u16("aead_id", |n| {
        names.push(registry::hpke_aead(n));
        named(registry::hpke_aead(n), n)
    })?;
    Ok(names.join(", ").into())
}

/// ```text
/// struct {
///     uint16 version;
///     uint16 length;
///     struct {
///         uint8 config_id; HpkeKemId kem_id; HpkePublicKey public_key<1..2^16-1>;
///         HpkeSymmetricCipherSuite cipher_suites<4..2^16-4>;
///     } key_config;
///     uint8 maximum_name_length;
///     opaque public_name<1..255>;
///     ECHConfigExtension extensions<0..2^16-1>;
/// } ECHConfig;
/// ```
fn config(s: &mut Scribe<'_>) -> Read<Text> {
    const ECH: u16 = 0xfe0d;
    let version = s.u16("version", |n| entry(registry::extension(n)))?;
    let mut public_name = String::new();
    s.vector(2, "contents", |s| {
        if version != ECH {
            return Ok(crate::scribe::tell_bytes(s.skip()));
        }
        s.u8("config_id", |n| n.to_string())?;
        s.u16("kem_id", |n| named(registry::hpke_kem(n), n))?;
        s.bytes(2, "public_key")?;
        s.list(2, "cipher_suites", "suite", |s| {
            s.part("cipher_suite", hpke_suite)
        })?;
        s.u8("maximum_name_length", |n| n.to_string())?;
        s.vector(1, "public_name", |s| {
            public_name = tell_text(s.skip());
            Ok(public_name.clone())
        })?;
        s.bytes(2, "extensions")?;
        Ok(public_name.clone().into())
    })?;
    Ok(public_name.into())
}

fn named(name: Text, number: u16) -> Told {
    if name.starts_with("0x") {
        return name.into();
    }
    entry(Entry::named(name, number))
}
