//! An OCSP response as a structure (RFC 6960 section 4.2.1), its bytes borrowed.
//!
//! Read with the reader of this crate: x509-parser has no OCSP, and the crates that do bring a second X.509
//! library with them. Nothing is judged here.

use time::OffsetDateTime;

use crate::der::{
    BOOLEAN, ENUMERATED, GENERALIZED_TIME, INTEGER, Malformed, OCTET_STRING, OID, Reader, SEQUENCE, context,
    context_primitive, sole,
};
use crate::revocation::reason::Reason;

/// id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1 (RFC 6960 section 4.2.1)
const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
/// The SCTs of a staple, 1.3.6.1.4.1.11129.2.4.5 (RFC 6962 section 3.3)
const SCT_LIST: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 5];
/// A response has one answer, or those for a short chain. What is beyond isn't looked at.
const MAX_ANSWERS: usize = 64;
/// Certificates of a responder that are looked at.
const MAX_CERTIFICATES: usize = 8;

/// What came as a staple.
pub(super) enum Response<'a> {
    /// An answer that can be looked into.
    Basic(Box<Basic<'a>>),
    /// The responder gave no answer; its own word for why.
    Refusal(&'static str),
}

/// A BasicOCSPResponse.
pub(super) struct Basic<'a> {
    /// What the signature is over.
    pub(super) signed: &'a [u8],
    /// The contents of its AlgorithmIdentifier.
    pub(super) algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
    pub(super) responder: Responder<'a>,
    pub(super) answers: Vec<Answer<'a>>,
    /// DER, as the responder sent them along.
    pub(super) certificates: Vec<&'a [u8]>,
    /// It has a critical extension, of which none is known here.
    pub(super) has_critical_extension: bool,
}

/// Who signed.
pub(super) enum Responder<'a> {
    /// The subject, whole.
    Name(&'a [u8]),
    /// The SHA-1 of the key's bits.
    KeyHash(&'a [u8]),
}

/// A SingleResponse.
pub(super) struct Answer<'a> {
    pub(super) certificate: CertificateId<'a>,
    pub(super) status: Status,
    pub(super) this_update: OffsetDateTime,
    pub(super) next_update: Option<OffsetDateTime>,
    /// The SignedCertificateTimestampList that it carries; empty for none.
    pub(super) scts: &'a [u8],
    pub(super) has_critical_extension: bool,
}

/// Which certificate an answer is about.
pub(super) struct CertificateId<'a> {
    /// The hash algorithm's OID.
    pub(super) hash: &'a [u8],
    pub(super) issuer_name_hash: &'a [u8],
    pub(super) issuer_key_hash: &'a [u8],
    pub(super) serial: &'a [u8],
}

/// What the answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Good,
    Revoked {
        at: OffsetDateTime,
        reason: Option<Reason>,
    },
    Unknown,
}

impl<'a> Response<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut response = Reader::new(sole(bytes, SEQUENCE)?);
        let status = response.value(ENUMERATED)?;
        let refusal = match status {
            [0] => None,
            [1] => Some("malformed request"),
            [2] => Some("internal error"),
            [3] => Some("try later"),
            [5] => Some("signature required"),
            [6] => Some("unauthorized"),
            _ => return Err(Malformed),
        };
        if let Some(refusal) = refusal {
            return Ok(Self::Refusal(refusal));
        }
        let mut bytes = Reader::new(sole(response.value(context(0))?, SEQUENCE)?);
        response.end()?;
        if bytes.value(OID)? != BASIC {
            return Err(Malformed);
        }
        let basic = bytes.value(OCTET_STRING)?;
        bytes.end()?;
        Basic::parse(basic).map(|basic| Self::Basic(Box::new(basic)))
    }
}

impl<'a> Basic<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut response = Reader::new(sole(bytes, SEQUENCE)?);
        let signed = response.element(SEQUENCE)?;
        let algorithm = response.value(SEQUENCE)?;
        let signature = response.bits()?;
        let mut certificates = Vec::new();
        if let Some(list) = response.optional(context(0))? {
            let mut list = Reader::new(sole(list, SEQUENCE)?);
            while !list.is_empty() && certificates.len() < MAX_CERTIFICATES {
                certificates.push(list.element(SEQUENCE)?.whole);
            }
        }
        response.end()?;

        let mut data = Reader::new(signed.value);
        // v1 is the default and the only one.
        if let Some(version) = data.optional(context(0))?
            && sole(version, INTEGER)? != [0]
        {
            return Err(Malformed);
        }
        let responder = data.any()?;
        let responder = match responder.tag {
            tag if tag == context(1) => {
                sole(responder.value, SEQUENCE)?;
                Responder::Name(responder.value)
            }
            tag if tag == context(2) => Responder::KeyHash(sole(responder.value, OCTET_STRING)?),
            _ => return Err(Malformed),
        };
        // producedAt is not before thisUpdate, which says more.
        data.generalized_time()?;
        let mut list = data.inside(SEQUENCE)?;
        let mut answers = Vec::new();
        while !list.is_empty() && answers.len() < MAX_ANSWERS {
            answers.push(Answer::parse(list.inside(SEQUENCE)?)?);
        }
        let extensions = Extensions::parse(data.optional(context(1))?)?;
        data.end()?;
        Ok(Self {
            signed: signed.whole,
            algorithm,
            signature,
            responder,
            answers,
            certificates,
            has_critical_extension: extensions.has_critical,
        })
    }
}

impl<'a> Answer<'a> {
    fn parse(mut answer: Reader<'a>) -> Result<Self, Malformed> {
        let mut id = answer.inside(SEQUENCE)?;
        let certificate = CertificateId {
            hash: id.inside(SEQUENCE)?.value(OID)?,
            issuer_name_hash: id.value(OCTET_STRING)?,
            issuer_key_hash: id.value(OCTET_STRING)?,
            serial: id.value(INTEGER)?,
        };
        id.end()?;
        let status = answer.any()?;
        let status = match status.tag {
            tag if tag == context_primitive(0) => Status::Good,
            tag if tag == context(1) => revoked(Reader::new(status.value))?,
            tag if tag == context_primitive(2) => Status::Unknown,
            _ => return Err(Malformed),
        };
        let this_update = answer.generalized_time()?;
        let next_update = match answer.optional(context(0))? {
            Some(next) => {
                // Nothing else may be in there.
                sole(next, GENERALIZED_TIME)?;
                Some(Reader::new(next).generalized_time()?)
            }
            None => None,
        };
        let extensions = Extensions::parse(answer.optional(context(1))?)?;
        answer.end()?;
        Ok(Self {
            certificate,
            status,
            this_update,
            next_update,
            scts: extensions.scts,
            has_critical_extension: extensions.has_critical,
        })
    }
}

fn revoked(mut info: Reader<'_>) -> Result<Status, Malformed> {
    let at = info.generalized_time()?;
    let reason = match info.optional(context(0))? {
        Some(reason) => Some(Reason::of(sole(reason, ENUMERATED)?)),
        None => None,
    };
    info.end()?;
    Ok(Status::Revoked { at, reason })
}

/// What is of interest in a list of extensions.
#[derive(Default)]
struct Extensions<'a> {
    has_critical: bool,
    scts: &'a [u8],
}

impl<'a> Extensions<'a> {
    fn parse(list: Option<&'a [u8]>) -> Result<Self, Malformed> {
        let mut found = Self::default();
        let Some(list) = list else { return Ok(found) };
        let mut list = Reader::new(sole(list, SEQUENCE)?);
        while !list.is_empty() {
            let mut extension = list.inside(SEQUENCE)?;
            let oid = extension.value(OID)?;
            let is_critical = extension.optional(BOOLEAN)?.is_some_and(|value| value != [0]);
            let value = extension.value(OCTET_STRING)?;
            extension.end()?;
            if oid == SCT_LIST {
                found.scts = sole(value, OCTET_STRING)?;
            } else {
                found.has_critical |= is_critical;
            }
        }
        Ok(found)
    }
}
