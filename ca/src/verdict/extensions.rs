//! The check `critical_extensions`: that what a certificate insists on is understood (RFC 5280 section 4.2).

use x509_parser::extensions::X509Extension;

use super::case::{Case, who};
use super::trail::Trail;
use super::wording::list;
use super::{Check, CheckOutcome};
use crate::encode::readable;

/// Those that webpki acts on, or may know and ignore.
const UNDERSTOOD: &[(&str, &str)] = &[
    ("2.5.29.15", "keyUsage"),
    ("2.5.29.17", "subjectAltName"),
    ("2.5.29.19", "basicConstraints"),
    ("2.5.29.30", "nameConstraints"),
    ("2.5.29.31", "cRLDistributionPoints"),
    ("2.5.29.37", "extKeyUsage"),
];

/// Others that have names.
const KNOWN: &[(&str, &str)] = &[
    ("2.5.29.9", "subjectDirectoryAttributes"),
    ("2.5.29.14", "subjectKeyIdentifier"),
    ("2.5.29.18", "issuerAltName"),
    ("2.5.29.32", "certificatePolicies"),
    ("2.5.29.33", "policyMappings"),
    ("2.5.29.35", "authorityKeyIdentifier"),
    ("2.5.29.36", "policyConstraints"),
    ("2.5.29.46", "freshestCRL"),
    ("2.5.29.54", "inhibitAnyPolicy"),
    ("1.3.6.1.5.5.7.1.1", "authorityInfoAccess"),
    ("1.3.6.1.5.5.7.1.24", "tlsFeature"),
    (
        "1.3.6.1.4.1.11129.2.4.3",
        "the poison of a precertificate (RFC 6962)",
    ),
];

/// The check.
pub(super) fn check(case: &Case<'_>, trail: &Trail<'_>) -> Check {
    let check = |outcome, evidence: String| Check::new("critical_extensions", outcome, evidence);
    let mut told: Vec<String> = Vec::new();
    for (place, certificate) in trail.steps(case) {
        let critical = certificate
            .x509
            .extensions()
            .iter()
            .filter(|extension| extension.critical);
        for extension in critical {
            let (name, is_understood) = name_of(extension);
            if !is_understood {
                let evidence = format!(
                    "{} has a critical extension that is not understood here: {name}",
                    who(place, certificate)
                );
                return check(CheckOutcome::Fail, evidence).of(place);
            }
            if !told.contains(&name) {
                told.push(name);
            }
        }
    }
    let evidence = match told.len() {
        0 => "there is none".to_owned(),
        _ => format!("all are understood: {}", list(&told)),
    };
    check(CheckOutcome::Pass, evidence)
}

fn name_of(extension: &X509Extension<'_>) -> (String, bool) {
    let oid = extension.oid.to_id_string();
    let find = |names: &[(&str, &str)]| {
        let mut names = names.iter();
        names
            .find(|(other, _)| *other == oid)
            .map(|(_, name)| (*name).to_owned())
    };
    match find(UNDERSTOOD) {
        Some(name) => (name, true),
        None => (find(KNOWN).unwrap_or_else(|| readable(&oid)), false),
    }
}
