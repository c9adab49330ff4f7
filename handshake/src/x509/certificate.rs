//! `Certificate` and `TBSCertificate` (RFC 5280 section 4.1).

use super::extension::extensions;
use super::key::{algorithm_identifier, subject_public_key_info};
use super::name::name;
use super::signature::signature_value;
use crate::scribe::{Read, Scribe, Text, count, tag, tell_bytes};

/// ```text
/// Certificate ::= SEQUENCE {
///     tbsCertificate      TBSCertificate,
///     signatureAlgorithm  AlgorithmIdentifier,
///     signatureValue      BIT STRING }
/// ```
pub(super) fn certificate(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "certificate", |s| {
        let subject = to_be_signed(s)?;
        let algorithm = algorithm_identifier(s, "signature_algorithm")?;
        signature_value(s, tag::BIT_STRING, "signature_value", &algorithm)?;
        Ok(subject)
    })
}

/// ```text
/// TBSCertificate ::= SEQUENCE {
///     version         [0] EXPLICIT Version DEFAULT v1,
///     serialNumber        CertificateSerialNumber,
///     signature           AlgorithmIdentifier,
///     issuer              Name,
///     validity            Validity,
///     subject             Name,
///     subjectPublicKeyInfo SubjectPublicKeyInfo,
///     issuerUniqueID  [1] IMPLICIT UniqueIdentifier OPTIONAL,
///     subjectUniqueID [2] IMPLICIT UniqueIdentifier OPTIONAL,
///     extensions      [3] EXPLICIT Extensions OPTIONAL }
/// ```
///
/// Tells the subject.
fn to_be_signed(s: &mut Scribe<'_>) -> Read<Text> {
    let mut subject = Text::default();
    s.element(tag::SEQUENCE, "tbs_certificate", |s| {
        if s.next_is(tag::constructed(0)) {
            s.wrapped(tag::constructed(0), "version", |s| {
                s.number_of(tag::INTEGER, "version", |number| match number {
                    0..=2 => format!("v{} ({number})", number + 1),
                    _ => number.to_string(),
                })
                .map(drop)
            })?;
        }
        serial_number(s, tag::INTEGER, "serial_number")?;
        algorithm_identifier(s, "signature")?;
        name(s, "issuer")?;
        validity(s)?;
        subject = name(s, "subject")?;
        subject_public_key_info(s)?;
        for (number, name) in [(1, "issuer_unique_id"), (2, "subject_unique_id")] {
            if s.next_is(tag::context(number)) {
                s.bit_string(tag::context(number), name, |s, _| {
                    s.rest("bits")?;
                    Ok(s.last_value())
                })?;
            }
        }
        if s.next_is(tag::constructed(3)) {
            s.wrapped(tag::constructed(3), "extensions", |s| {
                extensions(s, tag::SEQUENCE, "extensions")
            })?;
        }
        Ok(subject.clone())
    })?;
    Ok(subject)
}

/// `CertificateSerialNumber ::= INTEGER`, under this tag; told by its bytes, as everybody writes it.
pub(super) fn serial_number(s: &mut Scribe<'_>, tag: u8, name: &'static str) -> Read {
    s.element(tag, name, |s| {
        let bytes = s.peek();
        s.primitive(tag::INTEGER);
        Ok(tell_bytes(match bytes {
            [0, number @ ..] if !number.is_empty() => number,
            number => number,
        }))
    })
}

/// `Validity ::= SEQUENCE { notBefore Time, notAfter Time }` (RFC 5280 section 4.1.2.5).
fn validity(s: &mut Scribe<'_>) -> Read {
    const DAY: i64 = 86_400;
    s.element(tag::SEQUENCE, "validity", |s| {
        let (begin, from) = (s.time("not_before")?, s.last_value());
        let (end, to) = (s.time("not_after")?, s.last_value());
        let days = begin.zip(end).map(|(begin, end)| end.saturating_sub(begin) / DAY);
        Ok(match days {
            Some(days @ 0..) => format!("{from} to {to} ({})", count(days as usize, "day")),
            _ => format!("{from} to {to}"),
        })
    })
}
