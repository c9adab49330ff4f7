//! The checks `key_usage` and `extended_key_usage`: what the keys on the path may be used for (RFC 5280 sections
//! 4.2.1.3 and 4.2.1.12).
//!
//! webpki takes no notice of the key usage. Clients do: what they refuse is refused here.

use x509_parser::extensions::ExtendedKeyUsage;

use super::case::{Case, Purpose, who};
use super::trail::Trail;
use super::wording::{ROOTS_PASS, list};
use super::{Check, CheckOutcome};
use crate::chain::Certificate;

/// An issuer without a key usage may do all; one with it must be allowed to sign certificates.
pub(super) fn may_sign_certificates(issuer: &Certificate<'_>) -> bool {
    match issuer.x509.key_usage() {
        Ok(Some(usage)) => usage.value.key_cert_sign(),
        Ok(None) => true,
        // Given twice, or not to be read: webpki refuses the first.
        Err(_) => false,
    }
}

/// The check `key_usage`.
pub(super) fn key_usage(case: &Case<'_>, trail: &Trail<'_>) -> Check {
    let check = |outcome, evidence: String| Check::new("key_usage", outcome, evidence);
    for (place, issuer) in trail.issuers(case) {
        if !may_sign_certificates(issuer) {
            let evidence = format!(
                "{} may not sign certificates (its key usage lacks keyCertSign)",
                who(place, issuer)
            );
            return check(CheckOutcome::Fail, evidence).of(place);
        }
    }
    let Some(leaf) = case.certificate(0) else {
        return check(
            CheckOutcome::NotChecked,
            "there is no certificate to look at".to_owned(),
        );
    };
    let usage = match leaf.x509.key_usage() {
        Ok(Some(usage)) => usage.value,
        Ok(None) => {
            return check(
                CheckOutcome::Pass,
                "it has none, so the key may be used for all".to_owned(),
            )
            .of(0);
        }
        Err(_) => {
            let evidence = "certificate's key usage can't be read".to_owned();
            return check(CheckOutcome::Fail, evidence).of(0);
        }
    };
    let allowed = usage.to_string();
    if !usage.digital_signature() && !usage.key_encipherment() && !usage.key_agreement() {
        let evidence = format!("certificate's key is not for TLS (its key usage is {allowed})");
        return check(CheckOutcome::Fail, evidence).of(0);
    }
    // RFC 8446 section 4.4.2.2: TLS 1.3, and TLS 1.2 with ephemeral keys, sign.
    if !usage.digital_signature() {
        let evidence = format!(
            "certificate's key may not sign handshakes (its key usage is {allowed}, without Digital Signature); \
             browsers refuse that"
        );
        return check(CheckOutcome::Warn, evidence).of(0);
    }
    let anchor = trail.anchor().filter(|anchor| !trail.ends_with(case, anchor));
    let root = anchor.and_then(|anchor| anchor.certificate.as_ref());
    if let Some(root) = root.filter(|root| !may_sign_certificates(root)) {
        let evidence = format!("root {} lacks keyCertSign; {ROOTS_PASS}", root.name());
        return check(CheckOutcome::Warn, evidence);
    }
    check(CheckOutcome::Pass, allowed).of(0)
}

/// The check `extended_key_usage`.
pub(super) fn extended_key_usage(case: &Case<'_>, trail: &Trail<'_>) -> Check {
    let check = |outcome, evidence: String| Check::new("extended_key_usage", outcome, evidence);
    let (lacking, whom) = match case.purpose {
        Purpose::Server(_) => ("serverAuth", "servers"),
        Purpose::Client => ("clientAuth", "clients"),
    };
    for (place, certificate) in trail.steps(case) {
        let usage = match certificate.x509.extended_key_usage() {
            Ok(Some(usage)) => usage.value,
            Ok(None) => continue,
            Err(_) => {
                let evidence = format!("{}'s extended key usage can't be read", who(place, certificate));
                return check(CheckOutcome::Fail, evidence).of(place);
            }
        };
        let has_purpose = match case.purpose {
            Purpose::Server(_) => usage.server_auth,
            Purpose::Client => usage.client_auth,
        };
        if !has_purpose {
            let any = if usage.any {
                "; anyExtendedKeyUsage is not taken for it"
            } else {
                ""
            };
            let evidence = format!(
                "{} is not for {whom} (its extended key usage lacks {lacking}{any})",
                who(place, certificate)
            );
            return check(CheckOutcome::Fail, evidence).of(place);
        }
    }
    let own = case
        .certificate(0)
        .and_then(|leaf| leaf.x509.extended_key_usage().ok().flatten());
    let evidence = own.map_or_else(
        || format!("it has none, so it is for {whom} too"),
        |usage| list(&purposes(usage.value)),
    );
    check(CheckOutcome::Pass, evidence).of(0)
}

fn purposes(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let named = [
        (usage.server_auth, "serverAuth"),
        (usage.client_auth, "clientAuth"),
        (usage.any, "anyExtendedKeyUsage"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
    ];
    let others = usage.other.iter().map(|oid| oid.to_id_string());
    let named = named.iter().filter(|(is_in, _)| *is_in);
    named.map(|(_, name)| (*name).to_owned()).chain(others).collect()
}
