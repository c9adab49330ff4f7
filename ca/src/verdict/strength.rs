//! The checks `key_strength` and `signature_algorithm`: that nothing on the path rests on what can be broken, or on
//! what browsers refuse.

use x509_parser::public_key::PublicKey;
use x509_parser::x509::AlgorithmIdentifier;

use super::algorithm::{key_name, rsa_bits, signature_name};
use super::case::{Case, who};
use super::trail::{End, Trail};
use super::{Check, CheckOutcome};
use crate::chain::Certificate;

/// RSA keys below this many bits are within reach of who wants to break them (NIST SP 800-131A).
const MIN_RSA_BITS: usize = 2048;
/// Longer keys aren't verified here, as in browsers: they cost too much.
const MAX_RSA_BITS: usize = 8192;

/// Keys that are supported here, besides RSA.
const SUPPORTED: &[&str] = &[
    "EC P-256",
    "EC P-384",
    "EC P-521",
    "Ed25519",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
];

/// How strong a key is.
enum Strength {
    Good(String),
    /// Good enough, and browsers don't take it.
    Uncommon(String),
    Bad(String),
}

/// The check `key_strength`, once for each certificate of the path.
pub(super) fn keys(case: &Case<'_>, trail: &Trail<'_>) -> Vec<Check> {
    let check = |(outcome, evidence)| Check::new("key_strength", outcome, evidence);
    let mut checks: Vec<Check> = trail
        .steps(case)
        .map(|(place, certificate)| check(key(&who(place, certificate), certificate)).of(place))
        .collect();
    let anchor = trail.anchor().filter(|anchor| !trail.ends_with(case, anchor));
    if let Some((anchor, root)) = anchor.and_then(|anchor| Some((anchor, anchor.certificate.as_ref()?))) {
        let told = key(&format!("root {}", root.name()), root);
        checks.push(check(told).of(case.place_of(anchor.der)));
    }
    checks
}

fn key(who: &str, certificate: &Certificate<'_>) -> (CheckOutcome, String) {
    match strength(certificate) {
        Strength::Good(name) => (CheckOutcome::Pass, name),
        Strength::Uncommon(name) => (
            CheckOutcome::Warn,
            format!("{who}'s key is {name}, which browsers don't take"),
        ),
        Strength::Bad(why) => (CheckOutcome::Fail, format!("{who}'s {why}")),
    }
}

fn strength(certificate: &Certificate<'_>) -> Strength {
    let public_key = certificate.x509.public_key();
    let name = key_name(public_key);
    if let Ok(PublicKey::RSA(key)) = public_key.parsed() {
        let bits = rsa_bits(key.modulus);
        if bits < MIN_RSA_BITS {
            return Strength::Bad(format!(
                "RSA key has {bits} bits, and fewer than {MIN_RSA_BITS} are too few"
            ));
        }
        if bits > MAX_RSA_BITS {
            return Strength::Bad(format!(
                "RSA key has {bits} bits, and more than {MAX_RSA_BITS} are not taken"
            ));
        }
        if is_broken(key.exponent) {
            return Strength::Bad("RSA key is broken: its exponent is even or one".to_owned());
        }
        return Strength::Good(name);
    }
    match name.as_str() {
        "Ed25519" => Strength::Uncommon(name),
        _ if name.starts_with("ML-DSA") => Strength::Uncommon(name),
        supported if SUPPORTED.contains(&supported) => Strength::Good(name),
        _ => Strength::Bad(format!("key is of a kind that is not taken: {name}")),
    }
}

/// With such an exponent everybody can sign, or nobody.
fn is_broken(exponent: &[u8]) -> bool {
    let first = exponent.iter().position(|byte| *byte != 0);
    let exponent = first.and_then(|first| exponent.get(first..)).unwrap_or_default();
    matches!(exponent, [] | [1]) || exponent.last().is_some_and(|byte| byte % 2 == 0)
}

/// A certificate of the path has a key that is not weak, but none.
pub(super) fn has_broken_key(case: &Case<'_>, trail: &Trail<'_>) -> bool {
    let root = trail.anchor().and_then(|anchor| anchor.certificate.as_ref());
    let mut keys = trail.steps(case).map(|(_, certificate)| certificate).chain(root);
    keys.any(|certificate| {
        matches!(certificate.x509.public_key().parsed(), Ok(PublicKey::RSA(key)) if is_broken(key.exponent))
    })
}

/// The check `signature_algorithm`, once for each certificate that is signed by another.
pub(super) fn signatures(case: &Case<'_>, trail: &Trail<'_>) -> Vec<Check> {
    let check = |outcome, evidence: String| Check::new("signature_algorithm", outcome, evidence);
    let mut checks = Vec::new();
    for (place, certificate) in trail.steps(case) {
        // A root's signature with its own key proves nothing in any case.
        let is_end = trail.places.last() == Some(&place);
        let is_root = match &trail.end {
            End::Root(anchor) => is_end && trail.ends_with(case, anchor),
            End::SelfIssued | End::Named(_) => is_end,
            End::Missing | End::Cut => false,
        };
        let algorithm = &certificate.x509.signature_algorithm;
        let name = signature_name(algorithm);
        let (outcome, evidence) = match weak_hash(algorithm) {
            Some(hash) if !is_root || place == 0 => (
                CheckOutcome::Fail,
                format!(
                    "{} is signed with {hash}, which can be forged",
                    who(place, certificate)
                ),
            ),
            _ => (CheckOutcome::Pass, name),
        };
        checks.push(check(outcome, evidence).of(place));
    }
    checks
}

/// The hash of a signature algorithm, where it can be forged: MD2, MD5 and SHA-1.
pub(super) fn weak_hash(algorithm: &AlgorithmIdentifier<'_>) -> Option<&'static str> {
    let name = signature_name(algorithm);
    ["MD2", "MD5", "SHA-1"]
        .into_iter()
        .find(|hash| name.ends_with(&format!("with {hash}")))
}
