//! An OCSP responder: the answers that it signs, right and wrong.

use std::process::Command;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rcgen::{ExtendedKeyUsagePurpose, PublicKeyData as _, SigningKey as _};
use rustls::pki_types::alg_id;
use x509_parser::parse_x509_certificate;

use super::*;
use crate::der::{
    BIT_STRING, BOOLEAN, ENUMERATED, GENERALIZED_TIME, OCTET_STRING, OID, context, context_primitive, element,
};
use crate::testing::common_name;

/// What a response is to say. Each part can be made wrong.
pub(super) struct Says<'a> {
    pub(super) serial: &'a [u8],
    pub(super) issuer: &'a Authority,
    pub(super) status: Vec<u8>,
    pub(super) from: OffsetDateTime,
    pub(super) until: Option<OffsetDateTime>,
    /// Whose key it is signed with.
    pub(super) signer: &'a KeyPair,
    /// The responder's certificate, which comes along; the issuer itself where there is none.
    pub(super) responder: Option<CertificateDer<'static>>,
    pub(super) by_key: bool,
    /// The extensions of the answer.
    pub(super) extensions: Vec<u8>,
    /// Signed by openssl, with ECDSA and SHA-1.
    pub(super) is_sha1: bool,
}

impl<'a> Says<'a> {
    /// Good from yesterday to tomorrow, signed by the issuer.
    pub(super) fn good(lab: &'a Lab) -> Self {
        Self {
            serial: SERIAL,
            issuer: &lab.issuer,
            status: element(context_primitive(0), &[]),
            from: days(-1),
            until: Some(days(1)),
            signer: lab.issuer.key(),
            responder: None,
            by_key: false,
            extensions: Vec::new(),
            is_sha1: false,
        }
    }

    pub(super) fn revoked(lab: &'a Lab, reason: Option<u8>) -> Self {
        let reason = reason.map(|reason| element(context(0), &element(ENUMERATED, &[reason])));
        let info = [time(days(-3)), reason.unwrap_or_default()].concat();
        Self {
            status: element(context(1), &info),
            ..Self::good(lab)
        }
    }

    pub(super) fn der(&self) -> Vec<u8> {
        let (_, issuer) = parse_x509_certificate(self.issuer.certificate()).unwrap();
        let certificate = self.responder.as_ref().unwrap_or(self.issuer.certificate());
        let (_, responder) = parse_x509_certificate(certificate).unwrap();
        let sha1 = |bytes: &[u8]| element(OCTET_STRING, digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
        let hash = sequence(&[&element(OID, &[0x2b, 14, 3, 2, 26]), &[5, 0]]);
        let id = sequence(&[
            &hash,
            &sha1(issuer.subject().as_raw()),
            &sha1(&issuer.public_key().subject_public_key.data),
            &element(INTEGER, self.serial),
        ]);
        let until = self.until.map(|until| element(context(0), &time(until)));
        let extensions = match self.extensions.as_slice() {
            [] => Vec::new(),
            list => element(context(1), &sequence(&[list])),
        };
        let answer = sequence(&[
            &id,
            &self.status,
            &time(self.from),
            &until.unwrap_or_default(),
            &extensions,
        ]);
        let responder = match self.by_key {
            true => element(context(2), &sha1(&responder.public_key().subject_public_key.data)),
            false => element(context(1), responder.subject().as_raw()),
        };
        let data = sequence(&[&responder, &time(self.from), &sequence(&[&answer])]);
        let (algorithm, signature) = match self.is_sha1 {
            false => (
                alg_id::ECDSA_SHA256.as_ref().to_vec(),
                self.signer.sign(&data).unwrap(),
            ),
            true => (element(OID, ECDSA_SHA1), sign_with_sha1(self.signer, &data)),
        };
        let signature = [&[0][..], &signature].concat();
        let certificates = self
            .responder
            .as_ref()
            .map(|certificate| element(context(0), &sequence(&[certificate])));
        let basic = sequence(&[
            &data,
            &sequence(&[&algorithm]),
            &element(BIT_STRING, &signature),
            &certificates.unwrap_or_default(),
        ]);
        let kind = element(OID, &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1]);
        let bytes = sequence(&[&kind, &element(OCTET_STRING, &basic)]);
        sequence(&[&element(ENUMERATED, &[0]), &element(context(0), &bytes)])
    }
}

/// ecdsa-with-SHA1, 1.2.840.10045.4.1
const ECDSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];

/// No library here signs so any more.
fn sign_with_sha1(key: &KeyPair, message: &[u8]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, contents: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, contents).unwrap();
        path
    };
    let signed = Command::new("openssl")
        .args(["dgst", "-sha1", "-sign"])
        .arg(file("key", key.serialize_pem().as_bytes()))
        .arg(file("message", message))
        .output()
        .expect("openssl is needed for this test: install it");
    assert!(signed.status.success(), "{signed:?}");
    signed.stdout
}

/// A certificate for a responder with its key, as an authority would delegate it.
pub(super) fn delegate(
    by: &Authority,
    change: impl FnOnce(&mut CertificateParams),
) -> (CertificateDer<'static>, KeyPair) {
    let mut params = server_params(&[]);
    params.distinguished_name = common_name("Company Responder");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    assert_eq!(key.der_bytes().len(), 65);
    (by.sign_with_key(&params, &key), key)
}

pub(super) fn extension(oid: &[u8], is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if is_critical {
        element(BOOLEAN, &[0xff])
    } else {
        Vec::new()
    };
    sequence(&[&element(OID, oid), &critical, &element(OCTET_STRING, value)])
}

pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(SEQUENCE, &parts.concat())
}

fn time(at: OffsetDateTime) -> Vec<u8> {
    let (date, time) = (at.date(), at.time());
    let text = format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    element(GENERALIZED_TIME, text.as_bytes())
}
