//! Which alert an origin gets of OpenSSL for a chain that is refused.
//!
//! OpenSSL chooses the alert by the fault that it is told of, and its crate has no names for faults. So each is met
//! once: certificates that are made for this are verified in a way that brings it up.

mod revoked;

use std::sync::OnceLock;

use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::stack::Stack;
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage};
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::{X509VerifyParam, X509VerifyParamRef};
use openssl::x509::{X509, X509Name, X509PurposeId, X509StoreContext, X509VerifyResult};
use rustls::AlertDescription as Alert;

/// A fault, and the alert that OpenSSL sends for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) alert: Alert,
    pub(super) fault: X509VerifyResult,
}

/// What comes nearest to this alert: where there is none of its own, the general `certificate_unknown`.
pub(super) fn nearest(alert: Alert) -> Fault {
    static FAULTS: OnceLock<Vec<Fault>> = OnceLock::new();
    let faults = FAULTS.get_or_init(|| {
        meet()
            .inspect_err(|error| tracing::warn!("OpenSSL's alerts can't be told apart: {error}"))
            .unwrap_or_default()
    });
    let of = |alert| faults.iter().find(|fault| fault.alert == alert);
    of(alert)
        .or_else(|| of(Alert::CertificateUnknown))
        .copied()
        .unwrap_or(Fault {
            alert: Alert::HandshakeFailure,
            fault: X509VerifyResult::APPLICATION_VERIFICATION,
        })
}

/// When all that is made here begins to be valid, for two days.
const BEGINS: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

fn meet() -> Result<Vec<Fault>, ErrorStack> {
    let (issuer, stranger) = (new_key()?, new_key()?);
    let root = certificate("root", "root", &issuer)?;
    let leaf = certificate("leaf", "root", &issuer)?;
    let forged = certificate("leaf", "root", &stranger)?;
    let met = [
        (Alert::UnknownCA, verify(&leaf, None, |_| Ok(()))?),
        (
            Alert::CertificateExpired,
            verify(&leaf, Some(&root), |asked| {
                asked.set_time(BEGINS + 3 * DAY);
                Ok(())
            })?,
        ),
        (
            Alert::BadCertificate,
            verify(&leaf, Some(&root), |asked| asked.set_host("another.example"))?,
        ),
        (
            Alert::UnsupportedCertificate,
            verify(&leaf, Some(&root), |asked| {
                asked.set_purpose(X509PurposeId::SSL_SERVER)
            })?,
        ),
        (Alert::DecryptError, verify(&forged, Some(&root), |_| Ok(()))?),
        // This one has no alert of its own.
        (Alert::CertificateUnknown, leaf.issued(&root)),
    ];
    let revoked = revoked::fault()
        .inspect_err(|error| tracing::warn!("OpenSSL's alert for what was revoked can't be had: {error}"))
        .map(|fault| (Alert::CertificateRevoked, fault));
    let met = met.into_iter().chain(revoked.ok());
    let faults = met.map(|(alert, fault)| Fault { alert, fault });
    Ok(faults
        .filter(|fault| fault.fault != X509VerifyResult::OK)
        .collect())
}

fn new_key() -> Result<PKey<Private>, ErrorStack> {
    let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    PKey::from_ec_key(EcKey::generate(&curve)?)
}

/// A root, or a certificate for clients.
fn certificate(name: &str, issuer: &str, signer: &PKey<Private>) -> Result<X509, ErrorStack> {
    let is_root = name == issuer;
    let mut made = X509::builder()?;
    made.set_version(2)?;
    let (name, issuer) = (common_name(name)?, common_name(issuer)?);
    made.set_subject_name(&name)?;
    made.set_issuer_name(&issuer)?;
    let (begins, ends) = (
        Asn1Time::from_unix(BEGINS)?,
        Asn1Time::from_unix(BEGINS + 2 * DAY)?,
    );
    made.set_not_before(&begins)?;
    made.set_not_after(&ends)?;
    made.set_pubkey(signer)?;
    match is_root {
        true => made.append_extension(BasicConstraints::new().critical().ca().build()?)?,
        false => made.append_extension(ExtendedKeyUsage::new().client_auth().build()?)?,
    }
    made.sign(signer, MessageDigest::sha256())?;
    Ok(made.build())
}

fn common_name(name: &str) -> Result<X509Name, ErrorStack> {
    let mut made = X509Name::builder()?;
    made.append_entry_by_nid(Nid::COMMONNAME, name)?;
    Ok(made.build())
}

/// What OpenSSL says of a certificate, on the second day, where this root is trusted.
fn verify(
    certificate: &X509,
    root: Option<&X509>,
    ask: impl FnOnce(&mut X509VerifyParamRef) -> Result<(), ErrorStack>,
) -> Result<X509VerifyResult, ErrorStack> {
    let mut asked = X509VerifyParam::new()?;
    asked.set_time(BEGINS + DAY);
    ask(&mut asked)?;
    let mut store = X509StoreBuilder::new()?;
    if let Some(root) = root {
        store.add_cert(root.clone())?;
    }
    store.set_param(&asked)?;
    let none = Stack::new()?;
    X509StoreContext::new()?.init(&store.build(), certificate, &none, |context| {
        context.verify_cert()?;
        Ok(context.error())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the texts that OpenSSL has for its faults.
    #[test]
    fn each_alert_has_its_fault() {
        for (alert, text) in [
            (Alert::UnknownCA, "unable to get local issuer certificate"),
            (Alert::CertificateExpired, "certificate has expired"),
            (Alert::BadCertificate, "hostname mismatch"),
            (Alert::UnsupportedCertificate, "unsuitable certificate purpose"),
            (Alert::DecryptError, "certificate signature failure"),
            (Alert::CertificateRevoked, "certificate revoked"),
            (Alert::CertificateUnknown, "subject issuer mismatch"),
        ] {
            let fault = nearest(alert);
            assert_eq!((fault.alert, fault.fault.error_string()), (alert, text));
        }
        assert_eq!(nearest(Alert::AccessDenied).alert, Alert::CertificateUnknown);
    }
}
