//! The check `name_constraints`: that no certificate has a name that an issuer above it may not vouch for (RFC 5280
//! section 4.2.1.10).
//!
//! It follows webpki: DNS names and addresses are compared; a constraint on names of another kind refuses every
//! certificate with such a name, and one on directory names refuses all, for all have a subject.

use x509_parser::oid_registry::OID_X509_EXT_NAME_CONSTRAINTS;

use super::case::{Case, who};
use super::names::{Name, Role, fault_of, names_of, text};
use super::trail::Trail;
use super::wording::list;
use super::{Check, CheckOutcome};
use crate::chain::{Certificate, sequence};
use crate::der::{Reader, SEQUENCE, context, elements};
use crate::encode::address_of;

/// The most comparisons of a name and a constraint.
const MAX_COMPARISONS: usize = 20_000;
/// The most names of one certificate that are looked at.
const MAX_NAMES: usize = 1_000;

/// Which names an issuer may vouch for.
struct Constraints<'a> {
    permitted: Option<&'a [u8]>,
    excluded: Option<&'a [u8]>,
}

/// A name that is out of bounds, and why.
enum Fault {
    Violation(String),
    Malformed(String),
    TooMuchWork,
}

/// The check.
pub(super) fn check(case: &Case<'_>, trail: &Trail<'_>) -> Check {
    let check = |outcome, evidence: String| Check::new("name_constraints", outcome, evidence);
    let steps: Vec<_> = trail.steps(case).collect();
    let own = steps
        .iter()
        .enumerate()
        .skip(1)
        .filter_map(|(index, (_, issuer))| {
            let constraints = issuer
                .extension(&OID_X509_EXT_NAME_CONSTRAINTS)
                .and_then(sequence)?;
            Some((index, issuer.name(), constraints))
        });
    let of_root = trail.anchor().and_then(|anchor| {
        let constraints = anchor.trust.name_constraints.as_ref()?;
        Some((steps.len(), anchor.name(), constraints.as_ref()))
    });
    let mut told = Vec::new();
    let mut left = MAX_COMPARISONS;
    for (index, issuer, constraints) in own.chain(of_root) {
        let constraints = Constraints::parse(constraints);
        for (place, certificate) in steps.iter().take(index).rev() {
            match constraints.allow(certificate, &mut left) {
                Ok(()) => {}
                Err(Fault::Violation(why)) => {
                    let evidence = format!(
                        "{} has a name that one of its issuers may not vouch for (name constraints): {why} {issuer}",
                        who(*place, certificate)
                    );
                    return check(CheckOutcome::Fail, evidence).of(*place);
                }
                Err(Fault::Malformed(what)) => {
                    let evidence =
                        format!("issuing certificate {issuer} constrains names in a broken way: {what}");
                    return check(CheckOutcome::Fail, evidence).of(*place);
                }
                Err(Fault::TooMuchWork) => {
                    let evidence = "there are too many names and constraints to compare".to_owned();
                    return check(CheckOutcome::NotChecked, evidence);
                }
            }
        }
        told.push(format!(
            "{issuer} {}, and the names are within that",
            constraints.told()
        ));
    }
    if told.is_empty() {
        return check(CheckOutcome::Pass, "no issuer constrains names".to_owned());
    }
    check(CheckOutcome::Pass, told.join("; "))
}

impl<'a> Constraints<'a> {
    fn parse(bytes: &'a [u8]) -> Self {
        let mut parts = Reader::new(bytes);
        Self {
            permitted: parts.optional(context(0)).ok().flatten(),
            excluded: parts.optional(context(1)).ok().flatten(),
        }
    }

    /// `permits DNS:example.com` `excludes DNS:a and IP:10.0.0.0/8`
    fn told(&self) -> String {
        let names = |subtrees: &[u8]| {
            let bases = elements(subtrees).take(8).flatten().map(|subtree| {
                let base = Reader::new(subtree.value).any().ok();
                let name = base.and_then(|base| Name::of(base.tag, base.value));
                name.map_or_else(|| "what can't be read".to_owned(), |name| told(&name))
            });
            list(&bases.collect::<Vec<_>>())
        };
        let permits = self
            .permitted
            .map(|subtrees| format!("permits {}", names(subtrees)));
        let excludes = self
            .excluded
            .map(|subtrees| format!("excludes {}", names(subtrees)));
        let both: Vec<String> = permits.into_iter().chain(excludes).collect();
        if both.is_empty() {
            return "constrains nothing".to_owned();
        }
        both.join(" and ")
    }

    fn allow(&self, certificate: &Certificate<'_>, left: &mut usize) -> Result<(), Fault> {
        for name in names_of(certificate).take(MAX_NAMES + 1).enumerate() {
            match name {
                (MAX_NAMES, _) => return Err(Fault::TooMuchWork),
                (_, Ok(name)) => self.allow_name(name, left)?,
                (_, Err(())) => {
                    return Err(Fault::Malformed("the names below it can't be read".to_owned()));
                }
            }
        }
        self.allow_name(Name::Directory, left)
    }

    fn allow_name(&self, name: Name<'_>, left: &mut usize) -> Result<(), Fault> {
        let mut is_permitted = None;
        for base in bases(self.permitted) {
            *left = left.checked_sub(1).ok_or(Fault::TooMuchWork)?;
            if let Some(is_within) = compare(name, base?, true)? {
                is_permitted = Some(is_permitted.unwrap_or(false) || is_within);
            }
        }
        if is_permitted == Some(false) {
            return Err(Fault::Violation(format!("{} is not among those of", name.told())));
        }
        for base in bases(self.excluded) {
            *left = left.checked_sub(1).ok_or(Fault::TooMuchWork)?;
            if compare(name, base?, false)? == Some(true) {
                return Err(Fault::Violation(format!("{} is excluded by", name.told())));
            }
        }
        Ok(())
    }
}

/// The bases of subtrees, which have nothing else in them.
fn bases(subtrees: Option<&[u8]>) -> impl Iterator<Item = Result<Name<'_>, Fault>> {
    elements(subtrees.unwrap_or_default()).map(|subtree| {
        let broken = || Fault::Malformed("it isn't DER as X.509 has it".to_owned());
        let subtree = subtree
            .ok()
            .filter(|subtree| subtree.tag == SEQUENCE)
            .ok_or_else(broken)?;
        let mut parts = Reader::new(subtree.value);
        let base = parts.any().ok().filter(|_| parts.is_empty()).ok_or_else(broken)?;
        Name::of(base.tag, base.value).ok_or_else(broken)
    })
}

/// Whether a name is within a constraint; none where they are of different kinds.
fn compare(name: Name<'_>, base: Name<'_>, is_permitted: bool) -> Result<Option<bool>, Fault> {
    match (name, base) {
        (Name::Dns(name), Name::Dns(base)) => {
            if let Some(fault) = fault_of(name, Role::Presented) {
                let what = format!("the name {} below it is malformed ({fault})", text(name));
                return Err(Fault::Malformed(what));
            }
            if let Some(fault) = fault_of(base, Role::Constraint) {
                return Err(Fault::Malformed(format!("{} is malformed ({fault})", text(base))));
            }
            Ok(Some(is_under(name, base, is_permitted)))
        }
        (Name::Ip(name), Name::Ip(base)) => is_in_network(name, base).map(Some),
        // Neither is compared: what is permitted has none of them, and what is excluded has all.
        (Name::Directory, Name::Directory) | (Name::Uri(_), Name::Uri(_)) => Ok(Some(!is_permitted)),
        (Name::Other(name), Name::Other(base)) if name == base => Err(Fault::Violation(
            "it has a name of a kind that is not compared here, and that is constrained by".to_owned(),
        )),
        _ => Ok(None),
    }
}

/// A name is within a constraint by adding any number of labels on its left; at least one where the constraint begins
/// with a dot.
fn is_under(name: &[u8], base: &[u8], is_permitted: bool) -> bool {
    if base.is_empty() {
        return true;
    }
    // A wildcard stands for names within and without what is permitted; and for some that are excluded.
    if let Some(parent) = name.strip_prefix(b"*.").filter(|_| !is_permitted) {
        let (label, rest) = match base.iter().position(|byte| *byte == b'.') {
            Some(dot) => base.split_at(dot),
            None => (base, &base[base.len()..]),
        };
        let is_expansion = !label.is_empty()
            && rest
                .strip_prefix(b".")
                .is_some_and(|rest| rest.eq_ignore_ascii_case(parent));
        if is_expansion {
            return true;
        }
    }
    let Some(at) = name.len().checked_sub(base.len()) else {
        return false;
    };
    let (labels, end) = name.split_at(at);
    end.eq_ignore_ascii_case(base) && (labels.is_empty() || base.starts_with(b".") || labels.ends_with(b"."))
}

/// The constraint is an address and a mask of the same length, as CIDR has it.
fn is_in_network(name: &[u8], base: &[u8]) -> Result<bool, Fault> {
    match (name.len(), base.len()) {
        (4, 8) | (16, 32) => {}
        (4, 32) | (16, 8) => return Ok(false),
        (4 | 16, _) => return Err(Fault::Malformed("a network is of the wrong length".to_owned())),
        _ => {
            return Err(Fault::Malformed(
                "an address below it is of the wrong length".to_owned(),
            ));
        }
    }
    let (network, mask) = base.split_at(base.len() / 2);
    let ones: u32 = mask.iter().map(|byte| byte.leading_ones()).sum();
    let mut bits = mask
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
    if bits.by_ref().take(ones as usize).any(|bit| !bit) || bits.any(|bit| bit) {
        return Err(Fault::Malformed(
            "a network's mask is not ones and then zeroes".to_owned(),
        ));
    }
    let parts = name.iter().zip(network).zip(mask);
    let mut differing = parts.filter(|((name, network), mask)| (*name ^ *network) & *mask != 0);
    Ok(differing.next().is_none())
}

/// `DNS:example.com`, `IP:10.0.0.0/8`
fn told(base: &Name<'_>) -> String {
    match base {
        Name::Dns([]) => "all DNS names".to_owned(),
        Name::Ip(bytes) if matches!(bytes.len(), 8 | 32) => {
            let (network, mask) = bytes.split_at(bytes.len() / 2);
            let ones: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
            address_of(network).map_or_else(|| base.told(), |address| format!("IP:{address}/{ones}"))
        }
        _ => base.told(),
    }
}
