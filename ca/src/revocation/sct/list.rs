//! Signed certificate timestamps as bytes: the list, what one says, and what its signature is over (RFC 6962
//! sections 3.2 and 3.3).

use rustls::pki_types::{AlgorithmIdentifier, alg_id};
use x509_parser::certificate::X509Certificate;

use crate::der::{self, Malformed, OCTET_STRING, OID, Reader, SEQUENCE, context};
use crate::encode::sha256;
use crate::revocation::signed::Issuer;

/// 1.3.6.1.4.1.11129.2.4.2
const EMBEDDED: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2];
/// `sha256`, `rsa` and `ecdsa` (RFC 5246 section 7.4.1.4.1)
const SHA256: u8 = 4;
const RSA: u8 = 1;
const ECDSA: u8 = 3;

/// One timestamp of version 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sct<'a> {
    pub(super) log_id: &'a [u8; 32],
    /// Milliseconds since 1970.
    pub(super) timestamp: u64,
    extensions: &'a [u8],
    /// None for a pair that RFC 6962 section 2.1.4 doesn't have.
    pub(super) algorithm: Option<AlgorithmIdentifier>,
    pub(super) signature: &'a [u8],
}

/// The timestamps of a SignedCertificateTimestampList, each still to be read.
pub(super) fn split(list: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    let (mut list, []) = vector(list)? else {
        return Err(Malformed);
    };
    let mut timestamps = Vec::new();
    while !list.is_empty() {
        let (timestamp, rest) = vector(list)?;
        list = rest;
        timestamps.push(timestamp);
    }
    Ok(timestamps)
}

/// A vector of TLS's presentation language with two bytes of length, and what stands behind it.
fn vector(bytes: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let (length, rest) = bytes.split_first_chunk::<2>().ok_or(Malformed)?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        .ok_or(Malformed)
}

impl<'a> Sct<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let ([0], rest) = bytes.split_first_chunk::<1>().ok_or(Malformed)? else {
            return Err(Malformed);
        };
        let (log_id, rest) = rest.split_first_chunk::<32>().ok_or(Malformed)?;
        let (timestamp, rest) = rest.split_first_chunk::<8>().ok_or(Malformed)?;
        let (extensions, rest) = vector(rest)?;
        let ([hash, kind], rest) = rest.split_first_chunk::<2>().ok_or(Malformed)?;
        let (signature, []) = vector(rest)? else {
            return Err(Malformed);
        };
        let algorithm = match (*hash, *kind) {
            (SHA256, ECDSA) => Some(alg_id::ECDSA_SHA256),
            (SHA256, RSA) => Some(alg_id::RSA_PKCS1_SHA256),
            _ => None,
        };
        Ok(Self {
            log_id,
            timestamp: u64::from_be_bytes(*timestamp),
            extensions,
            algorithm,
            signature,
        })
    }

    /// What the log signed.
    pub(super) fn signed(&self, entry: &Entry) -> Vec<u8> {
        // v1, certificate_timestamp
        let mut out = vec![0, 0];
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        out.extend_from_slice(&entry.0);
        // A vector of at most 2^16 - 1 bytes, for that is what it was read from.
        out.extend_from_slice(&(self.extensions.len() as u16).to_be_bytes());
        out.extend_from_slice(self.extensions);
        out
    }
}

/// What was logged: the type and the entry, as they stand in what is signed.
pub(super) struct Entry(Vec<u8>);

impl Entry {
    /// The certificate itself, for timestamps that came beside it.
    pub(super) fn certificate(leaf: &[u8]) -> Self {
        Self([&[0, 0][..], &length24(leaf), leaf].concat())
    }

    /// The precertificate, for timestamps that stand in the certificate: what is signed of the certificate but for
    /// the extension that holds them, and who was to issue it.
    pub(super) fn precertificate(leaf: &X509Certificate<'_>, issuer: &Issuer) -> Result<Self, Malformed> {
        let signed = without_timestamps(leaf.tbs_certificate.as_ref())?;
        let issuer = sha256(&issuer.public_key_info);
        Ok(Self([&[0, 1][..], &issuer, &length24(&signed), &signed].concat()))
    }
}

/// Certificates are far shorter than 2^24 bytes: a handshake message can't hold more.
fn length24(bytes: &[u8]) -> [u8; 3] {
    let [_, length @ ..] = (bytes.len() as u32).to_be_bytes();
    length
}

/// The list that a certificate carries; none where it carries none.
pub(super) fn embedded<'a>(leaf: &X509Certificate<'a>) -> Option<Result<&'a [u8], Malformed>> {
    let extension = leaf
        .extensions()
        .iter()
        .find(|extension| extension.oid.as_bytes() == EMBEDDED)?;
    Some(der::sole(extension.value, OCTET_STRING))
}

/// A TBSCertificate with the extension of timestamps taken out, which is its last element's.
fn without_timestamps(signed: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut parts = Reader::new(der::sole(signed, SEQUENCE)?);
    let mut kept = Vec::with_capacity(signed.len());
    while !parts.is_empty() {
        let part = parts.any()?;
        if part.tag != context(3) {
            kept.extend_from_slice(part.whole);
            continue;
        }
        let mut extensions = Reader::new(der::sole(part.value, SEQUENCE)?);
        let mut others = Vec::with_capacity(part.value.len());
        while !extensions.is_empty() {
            let extension = extensions.element(SEQUENCE)?;
            if Reader::new(extension.value).value(OID)? != EMBEDDED {
                others.extend_from_slice(extension.whole);
            }
        }
        if !others.is_empty() {
            kept.extend(der::element(context(3), &der::element(SEQUENCE, &others)));
        }
    }
    Ok(der::element(SEQUENCE, &kept))
}
