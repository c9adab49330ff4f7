//! The `ocsp` check: what the authority says of the origin's certificate, in the response that the origin stapled
//! (RFC 6066 section 8, RFC 6960). Nothing is fetched.

mod response;

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use time::{Duration, OffsetDateTime};
use webpki::{EndEntityCert, KeyUsage};
use x509_parser::certificate::X509Certificate;
use x509_parser::parse_x509_certificate;

use super::signed::{Issuer, SignatureFault, verify};
use super::words::words;
use crate::chain::short_name;
use crate::der::{self, SEQUENCE};
use crate::encode::utc;
use crate::verdict::{Finding, moment, span};
use response::{Answer, Basic, CertificateId, Responder, Response, Status};

const NAME: &str = "ocsp";
/// id-kp-OCSPSigning, 1.3.6.1.5.5.7.3.9 (RFC 6960 section 4.2.2.2)
const OCSP_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];
/// Clocks differ: how far in the future a response may begin.
const CLOCKS_DIFFER: Duration = Duration::minutes(5);
/// How long a response counts that doesn't say so itself.
const WITHOUT_END: Duration = Duration::days(1);

/// What there is to say of a staple.
pub(super) struct Staple<'a> {
    pub(super) finding: Finding,
    pub(super) standing: Standing,
    /// The SCTs in it, a SignedCertificateTimestampList; empty for none.
    pub(super) scts: &'a [u8],
}

/// How far a staple answers for the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Signed, in time, and good.
    Good,
    /// There, and none of its kind that counts.
    Bad,
    /// None came.
    Absent,
    /// It couldn't be looked into: who issued the certificate isn't known.
    Unknown,
}

/// The check. `issuer` is none where no path was found.
pub(super) fn check<'a>(
    staple: &'a [u8],
    leaf: &X509Certificate<'_>,
    issuer: Option<&Issuer>,
    now: UnixTime,
) -> Staple<'a> {
    let told = |finding, standing| Staple {
        finding,
        standing,
        scts: &[],
    };
    let bad = |evidence: String| told(Finding::warn(NAME, evidence), Standing::Bad);
    if staple.is_empty() {
        let evidence = "no OCSP response was stapled, and none is fetched".to_owned();
        return told(Finding::not_checked(NAME, evidence), Standing::Absent);
    }
    let response = match Response::parse(staple) {
        Ok(Response::Basic(response)) => response,
        Ok(Response::Refusal(word)) => {
            return bad(format!(
                "the stapled OCSP response is a refusal to answer: {word}"
            ));
        }
        Err(_) => return bad("the stapled OCSP response is broken: it can't be read".to_owned()),
    };
    let Some(issuer) = issuer else {
        let evidence = "an OCSP response was stapled, but who issued the certificate isn't known".to_owned();
        return told(Finding::not_checked(NAME, evidence), Standing::Unknown);
    };
    let Some(answer) = response
        .answers
        .iter()
        .find(|answer| is_about(&answer.certificate, leaf, issuer))
    else {
        return bad("the stapled OCSP response is about another certificate".to_owned());
    };
    let signer = match signer(&response, issuer, now) {
        Ok(signer) => signer,
        Err(fault) => return bad(format!("the stapled OCSP response {fault}")),
    };
    if response.has_critical_extension || answer.has_critical_extension {
        return bad(
            "the stapled OCSP response has a critical extension that is not understood here".to_owned(),
        );
    }
    if signer.is_weak && !matches!(answer.status, Status::Revoked { .. }) {
        return bad("the stapled OCSP response is signed too weakly to vouch for anything".to_owned());
    }
    let (mut finding, standing) = judge(answer, &signer.name, now);
    // The answer counts no longer than the word of who signed it.
    if let (Some(until), Some(ends)) = (finding.until, signer.ends) {
        finding = finding.until(until.min(ends));
    }
    Staple {
        finding,
        standing,
        scts: answer.scts,
    }
}

/// What a signed answer about this very certificate means.
fn judge(answer: &Answer<'_>, signer: &str, now: UnixTime) -> (Finding, Standing) {
    let Ok(now) = OffsetDateTime::from_unix_timestamp(i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
    else {
        let evidence = "the time of this machine is beyond what can be counted".to_owned();
        return (Finding::not_checked(NAME, evidence), Standing::Unknown);
    };
    let bad = |evidence| (Finding::warn(NAME, evidence), Standing::Bad);
    let from = answer.this_update;
    if from > now.saturating_add(CLOCKS_DIFFER) {
        return bad(format!(
            "the stapled OCSP response is not yet valid: it begins in {}",
            span(from - now)
        ));
    }
    // What was revoked stays so, also when the news is old.
    if let Status::Revoked { at, reason } = answer.status {
        let why = reason.map_or_else(String::new, |reason| format!(" ({})", reason.words()));
        let evidence = format!(
            "certificate was revoked on {}{why}, says the stapled OCSP response of {}, signed by {signer}",
            moment(at),
            moment(from)
        );
        return (
            Finding::fail(NAME, evidence, CertificateError::Revoked),
            Standing::Bad,
        );
    }
    let until = answer.next_update.unwrap_or(from.saturating_add(WITHOUT_END));
    if until < now {
        return bad(format!(
            "the stapled OCSP response is out of date: it counted until {}, {} ago",
            moment(until),
            span(now - until)
        ));
    }
    if answer.status == Status::Unknown {
        return bad(format!(
            "the stapled OCSP response says that {signer}, who signed it, doesn't know this certificate"
        ));
    }
    let evidence = format!(
        "good as of {}, counts until {}, signed by {signer}",
        moment(from),
        moment(until)
    );
    (Finding::pass(NAME, evidence).until(until), Standing::Good)
}

/// Name and key of the issuer, each as a digest, and the serial number (RFC 6960 section 4.1.1).
fn is_about(id: &CertificateId<'_>, leaf: &X509Certificate<'_>, issuer: &Issuer) -> bool {
    let (Some(algorithm), Ok(key)) = (digest_of(id.hash), issuer.key_bits()) else {
        return false;
    };
    let is_digest = |given: &[u8], of: &[u8]| digest(algorithm, of).as_ref() == given;
    id.serial == leaf.raw_serial()
        && is_digest(id.issuer_name_hash, &issuer.subject)
        && is_digest(id.issuer_key_hash, key)
}

/// SHA-1 tells certificates apart here and vouches for nothing. Most responses have it.
fn digest_of(oid: &[u8]) -> Option<&'static Algorithm> {
    match oid {
        [0x2b, 14, 3, 2, 26] => Some(&SHA1_FOR_LEGACY_USE_ONLY),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1] => Some(&SHA256),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2] => Some(&SHA384),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3] => Some(&SHA512),
        _ => None,
    }
}

/// Who signed a response.
struct Signer {
    name: String,
    /// Until when it may sign, where that is by a certificate of its own.
    ends: Option<OffsetDateTime>,
    /// The signature is right, and too weak to take a good word for. A bad one is taken all the same: an old authority
    /// that signs so must be able to revoke what a person lets pass although it is weak.
    is_weak: bool,
}

/// Who signed the response: the issuer, or one that it delegated this to (RFC 6960 section 4.2.2.2). The error goes
/// on behind "the stapled OCSP response".
fn signer(response: &Basic<'_>, issuer: &Issuer, now: UnixTime) -> Result<Signer, String> {
    let name = readable_subject(&issuer.subject);
    if is_responder(&response.responder, &issuer.subject, issuer.key_bits().ok()) {
        return check_signature(response, &issuer.public_key_info).map(|is_weak| Signer {
            name: format!("the issuer {name}"),
            ends: None,
            is_weak,
        });
    }
    let mut fault = "is signed by somebody else than the issuer, whose certificate isn't with it".to_owned();
    for der in &response.certificates {
        let Ok((_, certificate)) = parse_x509_certificate(der) else {
            continue;
        };
        let key = certificate.public_key().subject_public_key.data.as_ref();
        if !is_responder(&response.responder, certificate.subject().as_raw(), Some(key)) {
            continue;
        }
        let responder = short_name(certificate.subject());
        match check_delegation(der, issuer, now) {
            Ok(()) => {
                return check_signature(response, certificate.public_key().raw).map(|is_weak| Signer {
                    name: format!("{responder}, delegated by the issuer {name}"),
                    ends: Some(utc(certificate.validity().not_after)),
                    is_weak,
                });
            }
            Err(error) => {
                fault = format!(
                    "is signed by {responder}, whom the issuer {name} didn't delegate this to: {}",
                    words(&error)
                );
            }
        }
    }
    Err(fault)
}

fn is_responder(responder: &Responder<'_>, subject: &[u8], key: Option<&[u8]>) -> bool {
    match responder {
        Responder::Name(name) => *name == subject,
        Responder::KeyHash(hash) => {
            key.is_some_and(|key| digest(&SHA1_FOR_LEGACY_USE_ONLY, key).as_ref() == *hash)
        }
    }
}

/// Whether the signature, which is right, is weak.
fn check_signature(response: &Basic<'_>, public_key_info: &[u8]) -> Result<bool, String> {
    let verified = verify(
        public_key_info,
        response.algorithm,
        response.signed,
        response.signature,
    );
    match verified {
        Ok(()) => Ok(false),
        Err(SignatureFault::Weak) => Ok(true),
        Err(SignatureFault::Wrong) => Err("has a signature that is not its signer's".to_owned()),
        Err(SignatureFault::Unsupported) => {
            Err("is signed with an algorithm that is not taken here".to_owned())
        }
    }
}

/// webpki decides: the responder's certificate is in its dates, was issued by the issuer itself, and is for this.
fn check_delegation(der: &[u8], issuer: &Issuer, now: UnixTime) -> Result<(), webpki::Error> {
    let contents = |whole: &'_ [u8]| der::sole(whole, SEQUENCE).map(<[u8]>::to_vec).unwrap_or_default();
    let anchor = TrustAnchor {
        subject: contents(&issuer.subject).into(),
        subject_public_key_info: contents(&issuer.public_key_info).into(),
        name_constraints: None,
    };
    let der = CertificateDer::from(der);
    EndEntityCert::try_from(&der)?
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &[anchor],
            &[],
            now,
            KeyUsage::required(OCSP_SIGNING),
            None,
            None,
        )
        .map(|_| ())
}

fn readable_subject(der: &[u8]) -> String {
    use x509_parser::prelude::FromDer as _;
    x509_parser::x509::X509Name::from_der(der)
        .map_or_else(|_| "a nameless one".to_owned(), |(_, name)| short_name(&name))
}
