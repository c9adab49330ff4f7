//! The extensions of RFC 5280 that are made of names: constraints, and where to find things.

use crate::scribe::{Read, Scribe, count, tag};
use crate::x509::name::{Use, attribute, general_name, general_names};

const REASONS: [&str; 9] = [
    "unused",
    "key compromise",
    "CA compromise",
    "affiliation changed",
    "superseded",
    "cessation of operation",
    "certificate hold",
    "privilege withdrawn",
    "AA compromise",
];

/// ```text
/// NameConstraints ::= SEQUENCE {
///     permittedSubtrees [0] GeneralSubtrees OPTIONAL,
///     excludedSubtrees  [1] GeneralSubtrees OPTIONAL }
/// GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] DEFAULT 0, maximum [1] OPTIONAL }
/// ```
/// (RFC 5280 section 4.2.1.10)
pub(super) fn name_constraints(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "name_constraints", |s| {
        let mut told = Vec::new();
        for (number, name, word) in [(0, "permitted_subtrees", "only"), (1, "excluded_subtrees", "not")] {
            if s.next_is(tag::constructed(number)) {
                s.element(tag::constructed(number), name, |s| {
                    s.each(subtree)?;
                    Ok(s.own_values())
                })?;
                told.push(format!("{word} {}", s.last_value()));
            }
        }
        Ok(told.join("; "))
    })
}

fn subtree(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "general_subtree", |s| {
        general_name(s, Use::Tree)?;
        let told = s.last_value();
        for (number, name) in [(0, "minimum"), (1, "maximum")] {
            if s.next_is(tag::context(number)) {
                s.integer(tag::context(number), name)?;
            }
        }
        Ok(if told.is_empty() {
            "every name".into()
        } else {
            told
        })
    })
}

/// ```text
/// CRLDistributionPoints ::= SEQUENCE OF DistributionPoint
/// DistributionPoint ::= SEQUENCE {
///     distributionPoint [0] DistributionPointName OPTIONAL,
///     reasons           [1] ReasonFlags OPTIONAL,
///     cRLIssuer         [2] GeneralNames OPTIONAL }
/// DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RelativeDistinguishedName }
/// ```
/// (RFC 5280 section 4.2.1.13)
pub(super) fn distribution_points(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "crl_distribution_points", |s| {
        s.each(|s| {
            s.element(tag::SEQUENCE, "distribution_point", |s| {
                if s.next_is(tag::constructed(0)) {
                    s.element(tag::constructed(0), "distribution_point_name", |s| {
                        if s.next_is(tag::constructed(0)) {
                            general_names(s, tag::constructed(0), "full_name")?;
                        } else {
                            s.element(tag::constructed(1), "name_relative_to_crl_issuer", |s| {
                                s.each(|s| attribute(s).map(drop))?;
                                Ok(s.own_values())
                            })?;
                        }
                        Ok(s.last_value())
                    })?;
                }
                if s.next_is(tag::context(1)) {
                    s.flags(tag::context(1), "reasons", &REASONS)?;
                }
                if s.next_is(tag::constructed(2)) {
                    general_names(s, tag::constructed(2), "crl_issuer")?;
                }
                Ok(s.own_values())
            })
        })?;
        Ok(s.own_values())
    })
}

/// `SEQUENCE OF AccessDescription`, each a `SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }`
/// (RFC 5280 section 4.2.2.1).
pub(super) fn information_access(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "information_access", |s| {
        let mut told = Vec::new();
        let descriptions = s.each(|s| {
            let mut name = None;
            s.element(tag::SEQUENCE, "access_description", |s| {
                let method = s.oid("access_method")?;
                general_name(s, Use::Name)?;
                name = method.field_name();
                told.push(format!("{} {}", method.told(), s.last_value()));
                Ok(s.last_value())
            })?;
            if let Some(name) = name {
                s.rename(name);
            }
            Ok(())
        })?;
        Ok(match told.len() {
            1..=4 => told.join(", "),
            _ => count(descriptions, "way"),
        })
    })
}
