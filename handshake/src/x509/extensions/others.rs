//! Extensions of other documents than RFC 5280, of vendors among them.

use crate::parse::timestamp_list;
use crate::scribe::{Read, Scribe, count, tag};

const NETSCAPE_TYPES: [&str; 8] = [
    "SSL client",
    "SSL server",
    "S/MIME",
    "object signing",
    "reserved",
    "SSL CA",
    "S/MIME CA",
    "object signing CA",
];

/// The content of an extension of this name; `None` where it is none of these.
pub(super) fn content(s: &mut Scribe<'_>, name: &str) -> Option<Read> {
    Some(match name {
        "signedCertificateTimestampList" | "ocspTimestampList" => {
            s.element(tag::OCTET_STRING, "timestamps", timestamp_list)
        }
        "precertificatePoison" | "ocspNoCheck" | "noRevAvail" | "delegationUsage" => s.null("null"),
        "tlsFeature" => tls_features(s),
        "acmeIdentifier" => s.octets(tag::OCTET_STRING, "authorization"),
        "netscapeCertType" => s.flags(tag::BIT_STRING, "netscape_cert_type", &NETSCAPE_TYPES),
        "netscapeBaseUrl"
        | "netscapeRevocationUrl"
        | "netscapeCaRevocationUrl"
        | "netscapeRenewalUrl"
        | "netscapeCaPolicyUrl"
        | "netscapeSslServerName"
        | "netscapeComment"
        | "microsoftCertificateType" => s.string("text"),
        "microsoftCaVersion" => s.integer(tag::INTEGER, "ca_version"),
        "microsoftPreviousCaHash" => s.octets(tag::OCTET_STRING, "hash"),
        "microsoftCertificateTemplate" => certificate_template(s),
        "cabfOrganizationIdentifier" => organization_identifier(s),
        "qcStatements" => qualified_statements(s),
        "ocspNonce" => s.octets(tag::OCTET_STRING, "nonce"),
        "ocspArchiveCutoff" => s.time("archive_cutoff").map(drop),
        "cRLReason" => s
            .number_of(tag::ENUMERATED, "reason", super::super::ocsp::reason)
            .map(drop),
        _ => return None,
    })
}

/// `Features ::= SEQUENCE OF INTEGER`: TLS extensions that the server must answer (RFC 7633 section 4.1).
fn tls_features(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "features", |s| {
        s.each(|s| {
            s.number_of(tag::INTEGER, "feature", |number| match u16::try_from(number) {
                Ok(number) => format!("{} ({number})", crate::registry::extension(number).name),
                Err(_) => number.to_string(),
            })
            .map(drop)
        })?;
        Ok(s.own_values())
    })
}

/// `CertificateTemplateOID ::= SEQUENCE { templateID OBJECT IDENTIFIER, templateMajorVersion, templateMinorVersion
/// INTEGER OPTIONAL }` (MS-WCCE section 2.2.2.7.7.2).
fn certificate_template(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "certificate_template", |s| {
        let template = s.oid("template_id")?;
        for name in ["template_major_version", "template_minor_version"] {
            if s.next_is(tag::INTEGER) {
                s.integer(tag::INTEGER, name)?;
            }
        }
        Ok(template.told().to_owned())
    })
}

/// `CABFOrganizationIdentifier ::= SEQUENCE { registrationSchemeIdentifier, registrationCountry,
/// registrationStateOrProvince [0] OPTIONAL, registrationReference }` (CA/Browser Forum EV Guidelines section 9.8.2).
fn organization_identifier(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "organization_identifier", |s| {
        s.string("registration_scheme_identifier")?;
        s.string("registration_country")?;
        if s.next_is(tag::context(0)) {
            s.ascii(tag::context(0), "registration_state_or_province")?;
        }
        s.string("registration_reference")?;
        Ok(s.own_values())
    })
}

/// `QCStatements ::= SEQUENCE OF SEQUENCE { statementId OBJECT IDENTIFIER, statementInfo ANY OPTIONAL }` (RFC 3739
/// section 3.2.6).
fn qualified_statements(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "qc_statements", |s| {
        let statements = s.each(|s| {
            s.element(tag::SEQUENCE, "qc_statement", |s| {
                let statement = s.oid("statement_id")?;
                if !s.is_empty() {
                    s.unknown("statement_info")?;
                }
                Ok(statement.told().to_owned())
            })
        })?;
        Ok(count(statements, "statement"))
    })
}
