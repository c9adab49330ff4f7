//! Whether weakness is all that is wrong: the one thing that a person may let pass for old origins without letting
//! everybody pass as them.

use super::case::Case;
use super::strength;
use super::trail::{End, Trail};
use super::{Check, CheckOutcome};

/// The checks that tell of weakness.
pub(super) const CHECKS: &[&str] = &["key_strength", "signature_algorithm"];

/// webpki refuses for this where a signature is weak, or the key that made it.
pub(super) fn explains(error: &webpki::Error) -> bool {
    use webpki::Error as E;
    matches!(
        error,
        E::InvalidSignatureForPublicKey
            | E::UnsupportedSignatureAlgorithmContext(_)
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
    )
}

/// `checks` are all that were made, and `error` is webpki's word on the path. webpki stops at what is weak, so nothing
/// may have been left open by the checks themselves.
pub(super) fn is_all(
    case: &Case<'_>,
    trail: &Trail<'_>,
    error: Option<&webpki::Error>,
    checks: &[Check],
) -> bool {
    let is_named = matches!(trail.end, End::Named(_));
    let mut failures = checks
        .iter()
        .filter(|check| check.outcome == CheckOutcome::Fail)
        .peekable();
    let is_open = |check: &Check| {
        let is_decisive = super::CHECKS.contains(&check.name);
        // Whom the person named needs nobody's signature.
        let needs_none = is_named && check.name == "signature";
        check.outcome == CheckOutcome::NotChecked && is_decisive && !needs_none
    };
    failures.peek().is_some()
        && failures.all(|check| CHECKS.contains(&check.name))
        && !checks.iter().any(is_open)
        && error.is_none_or(explains)
        && !strength::has_broken_key(case, trail)
        && (is_named || trail.signed(case).is_some())
}
