//! The `name` check: that the origin's certificate is for the host that was asked for (RFC 9525).

use rustls::pki_types::ServerName;
use webpki::EndEntityCert;
use x509_parser::extensions::GeneralName;

use super::Finding;
use super::path::certificate_error;
use super::wording::list;
use crate::chain::{Chain, short_name};
use crate::encode::{address_of, readable};

/// The check.
pub(super) fn check(leaf: &EndEntityCert<'_>, chain: &Chain<'_>, asked: &ServerName<'_>) -> Finding {
    let names = names_of(chain);
    let asked_text = asked.to_str();
    match leaf.verify_is_valid_for_subject_name(asked) {
        Ok(()) => Finding::pass("name", matched(&names, &asked_text)),
        Err(error) => Finding::fail(
            "name",
            mismatch(&names, &asked_text, chain),
            certificate_error(&error),
        ),
    }
}

/// The names that clients match, in the order of the certificate.
fn names_of(chain: &Chain<'_>) -> Vec<String> {
    let extension = chain
        .leaf()
        .and_then(|leaf| leaf.subject_alternative_name().ok().flatten());
    let names = extension
        .map(|extension| extension.value.general_names.as_slice())
        .unwrap_or_default();
    names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(readable(name)),
            GeneralName::IPAddress(bytes) => address_of(bytes).map(|address| address.to_string()),
            _ => None,
        })
        .collect()
}

/// Which of the names it was: the exact one, else the wildcard.
fn matched(names: &[String], asked: &str) -> String {
    let is = |name: &&String| name.eq_ignore_ascii_case(asked);
    let covers = |name: &&String| {
        let parent = asked.split_once('.').map(|(_, parent)| parent);
        name.strip_prefix("*.")
            .is_some_and(|rest| parent.is_some_and(|parent| rest.eq_ignore_ascii_case(parent)))
    };
    match names.iter().find(is).or_else(|| names.iter().find(covers)) {
        Some(name) if name.eq_ignore_ascii_case(asked) => format!("certificate is for {name}"),
        Some(name) => format!("certificate is for {name}, which covers {asked}"),
        None => format!("certificate is for {asked}"),
    }
}

fn mismatch(names: &[String], asked: &str, chain: &Chain<'_>) -> String {
    if !names.is_empty() {
        return format!("certificate is for {}, not {asked}", list(names));
    }
    let common_name = chain
        .leaf()
        .map(|leaf| short_name(leaf.subject()))
        .unwrap_or_default();
    format!("certificate is for no host, not {asked}: it has no subjectAltName, only the name {common_name}")
}
