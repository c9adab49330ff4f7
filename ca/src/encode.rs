//! Small conversions that several files here need: text forms of bytes, times and names; digests; randomness.

use std::net::IpAddr;

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use time::OffsetDateTime;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Name;

/// The longest text that is made of something that came off the network.
const MAX_NAME_CHARS: usize = 200;

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

/// A name that others use for a certificate. It proves nothing.
pub(crate) fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut out = [0; 20];
    out.copy_from_slice(digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    out
}

/// A SHA-256 of parts that come one after another.
pub(crate) struct Sha256(Context);

impl Sha256 {
    pub(crate) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.finish().as_ref());
        out
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A key's identifier: the leftmost 160 bits of the SHA-256 of its bits (RFC 7093 section 2, method 1).
pub(crate) fn key_identifier(public_key: &[u8]) -> [u8; 20] {
    let mut out = [0; 20];
    out.copy_from_slice(&sha256(public_key)[..20]);
    out
}

/// A serial number of 128 random bits.
pub(crate) fn random_serial() -> [u8; 16] {
    let mut bytes = [0; 16];
    fill_random(&mut bytes);
    bytes
}

pub(crate) fn random_u64() -> u64 {
    let mut bytes = [0; 8];
    fill_random(&mut bytes);
    u64::from_ne_bytes(bytes)
}

fn fill_random(bytes: &mut [u8]) {
    // AWS-LC ends the process itself rather than give no randomness.
    aws_lc_rs::rand::fill(bytes).expect("the random generator doesn't fail");
}

/// One PEM block (RFC 7468): lines of 64 characters.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in der.chunks(48) {
        BASE64.encode_string(line, &mut out);
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// A certificate's time. What x509-parser reads lies within what this type can hold.
pub(crate) fn utc(time: ASN1Time) -> OffsetDateTime {
    time.to_datetime()
}

/// The address in an iPAddress name: 4 or 16 bytes (RFC 5280 section 4.2.1.6).
pub(crate) fn address_of(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// A distinguished name as text, fit for a terminal and a page: no control characters, not without end.
pub(crate) fn readable_name(name: &X509Name<'_>) -> String {
    readable(&name.to_string())
}

/// Text from outside, without control characters and cut where it gets long.
pub(crate) fn readable(text: &str) -> String {
    let mut out: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME_CHARS + 1)
        .collect();
    if out.chars().count() > MAX_NAME_CHARS {
        out.pop();
        out.push('…');
    }
    out
}
