//! `OCSPResponse` (RFC 6960 section 4.2): what an authority answers when it is asked about a certificate.

use super::certificate::{certificate, serial_number};
use super::extension::extensions;
use super::key::algorithm_identifier;
use super::name::name;
use super::signature::signature_value;
use crate::scribe::{Read, Scribe, count, tag};

/// ```text
/// OCSPResponse ::= SEQUENCE {
///     responseStatus ENUMERATED,
///     responseBytes  [0] EXPLICIT SEQUENCE { responseType OBJECT IDENTIFIER, response OCTET STRING } OPTIONAL }
/// ```
pub(super) fn response(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "ocsp_response", |s| {
        s.number_of(tag::ENUMERATED, "response_status", status)?;
        let mut told = s.last_value();
        if s.next_is(tag::constructed(0)) {
            s.wrapped(tag::constructed(0), "response_bytes", |s| {
                s.element(tag::SEQUENCE, "response_bytes", |s| {
                    let kind = s.oid("response_type")?;
                    if kind.name == Some("id-pkix-ocsp-basic") {
                        s.wrapped(tag::OCTET_STRING, "basic_ocsp_response", basic_response)?;
                    } else {
                        s.octets(tag::OCTET_STRING, "response")?;
                    }
                    Ok(s.last_value())
                })
            })?;
            told = s.last_value();
        }
        Ok(told)
    })
}

fn status(number: i64) -> String {
    let name = match number {
        0 => "successful",
        1 => "malformedRequest",
        2 => "internalError",
        3 => "tryLater",
        5 => "sigRequired",
        6 => "unauthorized",
        _ => return number.to_string(),
    };
    format!("{name} ({number})")
}

/// ```text
/// BasicOCSPResponse ::= SEQUENCE {
///     tbsResponseData    ResponseData,
///     signatureAlgorithm AlgorithmIdentifier,
///     signature          BIT STRING,
///     certs          [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
/// ```
fn basic_response(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "basic_ocsp_response", |s| {
        response_data(s)?;
        let told = s.last_value();
        let algorithm = algorithm_identifier(s, "signature_algorithm")?;
        signature_value(s, tag::BIT_STRING, "signature", &algorithm)?;
        if s.next_is(tag::constructed(0)) {
            s.wrapped(tag::constructed(0), "certs", |s| {
                s.element(tag::SEQUENCE, "certs", |s| {
                    let certificates = s.each(certificate)?;
                    Ok(count(certificates, "certificate"))
                })
            })?;
        }
        Ok(told)
    })
}

/// ```text
/// ResponseData ::= SEQUENCE {
///     version        [0] EXPLICIT Version DEFAULT v1,
///     responderID        ResponderID,
///     producedAt         GeneralizedTime,
///     responses          SEQUENCE OF SingleResponse,
///     responseExtensions [1] EXPLICIT Extensions OPTIONAL }
/// ResponderID ::= CHOICE { byName [1] EXPLICIT Name, byKey [2] EXPLICIT OCTET STRING }
/// ```
fn response_data(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "tbs_response_data", |s| {
        if s.next_is(tag::constructed(0)) {
            s.wrapped(tag::constructed(0), "version", |s| {
                s.integer(tag::INTEGER, "version")
            })?;
        }
        if s.next_is(tag::constructed(1)) {
            s.wrapped(tag::constructed(1), "responder_name", |s| {
                name(s, "responder_name").map(drop)
            })?;
        } else {
            s.wrapped(tag::constructed(2), "responder_key_hash", |s| {
                s.octets(tag::OCTET_STRING, "responder_key_hash")
            })?;
        }
        s.time("produced_at")?;
        s.element(tag::SEQUENCE, "responses", |s| {
            s.each(single_response)?;
            Ok(s.own_values())
        })?;
        let told = s.last_value();
        if s.next_is(tag::constructed(1)) {
            s.wrapped(tag::constructed(1), "response_extensions", |s| {
                extensions(s, tag::SEQUENCE, "response_extensions")
            })?;
        }
        Ok(told)
    })
}

/// ```text
/// SingleResponse ::= SEQUENCE {
///     certID               CertID,
///     certStatus           CHOICE { good [0] NULL, revoked [1] RevokedInfo, unknown [2] NULL },
///     thisUpdate           GeneralizedTime,
///     nextUpdate       [0] EXPLICIT GeneralizedTime OPTIONAL,
///     singleExtensions [1] EXPLICIT Extensions OPTIONAL }
/// CertID ::= SEQUENCE { hashAlgorithm, issuerNameHash OCTET STRING, issuerKeyHash OCTET STRING, serialNumber }
/// ```
fn single_response(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "single_response", |s| {
        s.element(tag::SEQUENCE, "cert_id", |s| {
            algorithm_identifier(s, "hash_algorithm")?;
            s.octets(tag::OCTET_STRING, "issuer_name_hash")?;
            s.octets(tag::OCTET_STRING, "issuer_key_hash")?;
            serial_number(s, tag::INTEGER, "serial_number")?;
            Ok(s.last_value())
        })?;
        certificate_status(s)?;
        let mut told = s.last_value();
        s.time("this_update")?;
        if s.next_is(tag::constructed(0)) {
            s.wrapped(tag::constructed(0), "next_update", |s| {
                s.time("next_update").map(drop)
            })?;
            told = format!("{told}, until {}", s.last_value()).into();
        }
        if s.next_is(tag::constructed(1)) {
            s.wrapped(tag::constructed(1), "single_extensions", |s| {
                extensions(s, tag::SEQUENCE, "single_extensions")
            })?;
        }
        Ok(told)
    })
}

/// `RevokedInfo ::= SEQUENCE { revocationTime GeneralizedTime, revocationReason [0] EXPLICIT CRLReason OPTIONAL }`
fn certificate_status(s: &mut Scribe<'_>) -> Read {
    const GOOD: u8 = tag::context(0);
    const REVOKED: u8 = tag::constructed(1);
    match s.next_tag() {
        Some(REVOKED) => s.element(REVOKED, "cert_status", |s| {
            s.time("revocation_time")?;
            let mut told = format!("revoked {}", s.last_value());
            if s.next_is(tag::constructed(0)) {
                s.wrapped(tag::constructed(0), "revocation_reason", |s| {
                    s.number_of(tag::ENUMERATED, "revocation_reason", reason)
                        .map(drop)
                })?;
                told += &format!(", {}", s.last_value());
            }
            Ok(told)
        }),
        Some(GOOD) => s.element(GOOD, "cert_status", |_| Ok("good".to_owned())),
        _ => s.element(tag::context(2), "cert_status", |_| Ok("unknown".to_owned())),
    }
}

/// `CRLReason` (RFC 5280 section 5.3.1).
pub(super) fn reason(number: i64) -> String {
    let name = match number {
        0 => "unspecified",
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        8 => "removeFromCRL",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => return number.to_string(),
    };
    format!("{name} ({number})")
}
