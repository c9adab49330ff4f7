//! Paths through issuing certificates that a list of the person's has as revoked: another path is looked for, as browsers
//! do (RFC 5280 section 6.3 is asked of each path).

use super::case::Case;
use super::decision::{Decision, decide};
use super::search::Search;
use super::trail::Trail;

/// An issuing certificate that was revoked.
pub(super) struct Revoked {
    /// Its place in what was presented.
    pub(super) place: usize,
    /// Who says so.
    pub(super) evidence: String,
}

/// webpki's word, on a path without revoked issuers where there is one. `look` finds those of a path. Gives those that
/// were met on the paths that weren't taken for it.
pub(super) fn decide_past<'a>(
    case: &Case<'a>,
    search: &Search<'a>,
    look: impl Fn(&Trail<'a>) -> Vec<Revoked>,
) -> (Decision<'a>, Vec<Revoked>) {
    let first = decide(case, search, &[]);
    let mut met: Vec<Revoked> = match &first {
        Decision::Good(trail) => look(trail),
        Decision::Named(..) | Decision::Bad(_) => Vec::new(),
    };
    if met.is_empty() {
        return (first, met);
    }
    // Each turn excludes at least one more of what was presented.
    loop {
        let excluded: Vec<usize> = met.iter().map(|revoked| revoked.place).collect();
        let Decision::Good(trail) = decide(case, search, &excluded) else {
            return (first, met);
        };
        let more = look(&trail);
        if more.is_empty() {
            return (Decision::Good(trail), met);
        }
        met.extend(more);
    }
}
