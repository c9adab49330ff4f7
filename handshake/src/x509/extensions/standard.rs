//! The extensions of RFC 5280 that are not about names: keys, uses, policies, limits.

use super::names;
use crate::scribe::{Read, Scribe, count, tag};
use crate::x509::certificate::serial_number;
use crate::x509::name::general_names;

const KEY_USAGES: [&str; 9] = [
    "digital signature",
    "non-repudiation",
    "key encipherment",
    "data encipherment",
    "key agreement",
    "certificate signing",
    "CRL signing",
    "encipher only",
    "decipher only",
];

/// The content of an extension of this name; `None` where it is none of these.
pub(super) fn content(s: &mut Scribe<'_>, name: &str) -> Option<Read> {
    Some(match name {
        "authorityKeyIdentifier" => authority_key_identifier(s),
        "subjectKeyIdentifier" => s.octets(tag::OCTET_STRING, "key_identifier"),
        "keyUsage" => s.flags(tag::BIT_STRING, "key_usage", &KEY_USAGES),
        "privateKeyUsagePeriod" => private_key_usage_period(s),
        "certificatePolicies" | "microsoftApplicationPolicies" => policies(s),
        "policyMappings" => policy_mappings(s),
        "subjectAltName" => general_names(s, tag::SEQUENCE, "general_names"),
        "issuerAltName" | "certificateIssuer" => general_names(s, tag::SEQUENCE, "general_names"),
        "subjectDirectoryAttributes" => directory_attributes(s),
        "basicConstraints" => basic_constraints(s),
        "nameConstraints" => names::name_constraints(s),
        "policyConstraints" => policy_constraints(s),
        "extKeyUsage" => extended_key_usage(s),
        "cRLDistributionPoints" | "freshestCRL" => names::distribution_points(s),
        "inhibitAnyPolicy" => s.integer(tag::INTEGER, "skip_certs"),
        "authorityInfoAccess" | "subjectInfoAccess" => names::information_access(s),
        _ => return None,
    })
}

/// ```text
/// AuthorityKeyIdentifier ::= SEQUENCE {
///     keyIdentifier             [0] OCTET STRING OPTIONAL,
///     authorityCertIssuer       [1] GeneralNames OPTIONAL,
///     authorityCertSerialNumber [2] INTEGER OPTIONAL }
/// ```
/// (RFC 5280 section 4.2.1.1)
fn authority_key_identifier(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "authority_key_identifier", |s| {
        if s.next_is(tag::context(0)) {
            s.octets(tag::context(0), "key_identifier")?;
        }
        if s.next_is(tag::constructed(1)) {
            general_names(s, tag::constructed(1), "authority_cert_issuer")?;
        }
        if s.next_is(tag::context(2)) {
            serial_number(s, tag::context(2), "authority_cert_serial_number")?;
        }
        Ok(s.own_values())
    })
}

/// `PrivateKeyUsagePeriod ::= SEQUENCE { notBefore [0] GeneralizedTime OPTIONAL, notAfter [1] ... }` (RFC 3280 section
/// 4.2.1.4).
fn private_key_usage_period(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "private_key_usage_period", |s| {
        for (number, name) in [(0, "not_before"), (1, "not_after")] {
            if s.next_is(tag::context(number)) {
                s.element(tag::context(number), name, |s| {
                    Ok(s.primitive(tag::GENERALIZED_TIME))
                })?;
            }
        }
        Ok(s.own_values())
    })
}

/// `BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }` (RFC 5280 section
/// 4.2.1.9).
fn basic_constraints(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "basic_constraints", |s| {
        let is_authority = s.next_is(tag::BOOLEAN) && s.boolean("ca")?;
        let mut told = if is_authority {
            "an authority"
        } else {
            "not an authority"
        }
        .to_owned();
        if !s.is_empty() {
            let length = s.number_of(tag::INTEGER, "path_len_constraint", |number| number.to_string())?;
            if let Some(length @ 0..) = length {
                told += &format!(", with at most {} below it", count(length as usize, "other"));
            }
        }
        Ok(told)
    })
}

/// `ExtKeyUsageSyntax ::= SEQUENCE OF KeyPurposeId` (RFC 5280 section 4.2.1.12).
fn extended_key_usage(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "ext_key_usage", |s| {
        let mut purposes = Vec::new();
        s.each(|s| {
            let purpose = s.oid("key_purpose_id")?;
            purposes.push(purpose.told().to_owned());
            if let Some(name) = purpose.field_name() {
                s.rename(name);
            }
            Ok(())
        })?;
        Ok(few(&purposes))
    })
}

/// `certificatePolicies ::= SEQUENCE OF PolicyInformation` (RFC 5280 section 4.2.1.4).
fn policies(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "certificate_policies", |s| {
        s.each(policy)?;
        Ok(s.own_values())
    })
}

/// `PolicyInformation ::= SEQUENCE { policyIdentifier, policyQualifiers SEQUENCE OF PolicyQualifierInfo OPTIONAL }`
fn policy(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "policy_information", |s| {
        let policy = s.oid("policy_identifier")?;
        if !s.is_empty() {
            s.element(tag::SEQUENCE, "policy_qualifiers", |s| {
                let qualifiers = s.each(qualifier)?;
                Ok(count(qualifiers, "qualifier"))
            })?;
        }
        Ok(policy.told().to_owned())
    })
}

/// ```text
/// PolicyQualifierInfo ::= SEQUENCE { policyQualifierId, qualifier CPSuri | UserNotice }
/// CPSuri ::= IA5String
/// UserNotice ::= SEQUENCE { noticeRef NoticeReference OPTIONAL, explicitText DisplayText OPTIONAL }
/// ```
fn qualifier(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "policy_qualifier_info", |s| {
        let kind = s.oid("policy_qualifier_id")?;
        match (kind.name, s.next_tag()) {
            (Some("cps"), _) => s.string("cps_uri")?,
            (Some("userNotice"), Some(tag::SEQUENCE)) => s.element(tag::SEQUENCE, "user_notice", |s| {
                if s.next_is(tag::SEQUENCE) {
                    s.element(tag::SEQUENCE, "notice_ref", |s| {
                        s.string("organization")?;
                        let organization = s.last_value();
                        s.unknown("notice_numbers")?;
                        Ok(organization)
                    })?;
                }
                if !s.is_empty() {
                    s.string("explicit_text")?;
                }
                Ok(s.last_value())
            })?,
            _ => s.unknown("qualifier")?,
        }
        Ok(s.last_value())
    })
}

/// `PolicyMappings ::= SEQUENCE OF SEQUENCE { issuerDomainPolicy, subjectDomainPolicy }` (RFC 5280 section 4.2.1.5).
fn policy_mappings(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "policy_mappings", |s| {
        let mappings = s.each(|s| {
            s.element(tag::SEQUENCE, "policy_mapping", |s| {
                let from = s.oid("issuer_domain_policy")?;
                let to = s.oid("subject_domain_policy")?;
                Ok(format!("{} is {}", from.told(), to.told()))
            })
        })?;
        Ok(count(mappings, "mapping"))
    })
}

/// `PolicyConstraints ::= SEQUENCE { requireExplicitPolicy [0], inhibitPolicyMapping [1] }` (RFC 5280 section
/// 4.2.1.11).
fn policy_constraints(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "policy_constraints", |s| {
        let mut told = Vec::new();
        for (number, name, words) in [
            (0, "require_explicit_policy", "a policy is needed"),
            (1, "inhibit_policy_mapping", "none is mapped"),
        ] {
            if s.next_is(tag::context(number)) {
                s.integer(tag::context(number), name)?;
                told.push(format!("{words} after {}", s.last_value()));
            }
        }
        Ok(told.join(", "))
    })
}

/// `SubjectDirectoryAttributes ::= SEQUENCE OF SEQUENCE { type, values SET OF }` (RFC 5280 section 4.2.1.8).
fn directory_attributes(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "subject_directory_attributes", |s| {
        let attributes = s.each(|s| {
            s.element(tag::SEQUENCE, "attribute", |s| {
                let kind = s.oid("type")?;
                s.unknown("values")?;
                Ok(kind.told().to_owned())
            })
        })?;
        Ok(count(attributes, "attribute"))
    })
}

/// A few words, joined.
fn few(words: &[String]) -> String {
    const FEW: usize = 12;
    let mut text = words[..words.len().min(FEW)].join(", ");
    if words.len() > FEW {
        text += &format!(" and {} more", words.len() - FEW);
    }
    text
}
