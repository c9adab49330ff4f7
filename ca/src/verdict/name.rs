//! The check `name`: that the origin's certificate is for the host that was asked for (RFC 9525).

use std::net::IpAddr;

use rustls::pki_types::ServerName;
use webpki::EndEntityCert;

use super::case::{Case, Purpose};
use super::names::{Name, Role, fault_of, matches, names_of, text};
use super::wording::list;
use super::{Check, CheckOutcome};
use crate::chain::Certificate;

/// The check, webpki's error where it fails by its word, and whether it came out as webpki's did.
pub(super) fn check(case: &Case<'_>) -> (Check, Option<webpki::Error>, bool) {
    let check = |outcome, evidence: String| Check::new("name", outcome, evidence).of(0);
    let (asked, leaf) = match (case.purpose, case.certificate(0)) {
        (Purpose::Server(asked), Some(leaf)) => (asked, leaf),
        (Purpose::Client, _) => {
            let evidence = "a client's certificate is for no host".to_owned();
            return (check(CheckOutcome::NotChecked, evidence), None, true);
        }
        (Purpose::Server(_), None) => {
            let evidence = "there is no certificate to look at".to_owned();
            return (check(CheckOutcome::NotChecked, evidence), None, true);
        }
    };
    let matched = find(leaf, asked);
    let der = leaf.der.into();
    let decided = EndEntityCert::try_from(&der).map(|leaf| leaf.verify_is_valid_for_subject_name(asked));
    let check = match &matched {
        Ok(evidence) => check(CheckOutcome::Pass, evidence.clone()),
        Err(evidence) => check(CheckOutcome::Fail, evidence.clone()),
    };
    // What webpki doesn't read fails by another check.
    match decided {
        Ok(decided) => (check, decided.clone().err(), decided.is_ok() == matched.is_ok()),
        Err(_) => (check, None, true),
    }
}

/// Which name it is and how, or why none is.
fn find(leaf: &Certificate<'_>, asked: &ServerName<'_>) -> Result<String, String> {
    let asked_text = asked.to_str();
    let mut malformed: Vec<String> = Vec::new();
    for name in names_of(leaf) {
        let Ok(name) = name else {
            malformed.push("what follows in the list of names is none".to_owned());
            break;
        };
        match (name, asked) {
            (Name::Dns(presented), ServerName::DnsName(asked)) => {
                if let Some(fault) = fault_of(presented, Role::Presented) {
                    malformed.push(format!("{} is malformed ({fault})", name.told()));
                } else if matches(presented, asked.as_ref().as_bytes()) {
                    let how = if presented.starts_with(b"*") {
                        "wildcard for one label"
                    } else {
                        "the same name"
                    };
                    return Ok(format!("{} matches {asked_text} ({how})", name.told()));
                }
            }
            (Name::Ip(presented), ServerName::IpAddress(asked)) => {
                if presented == octets((*asked).into()) {
                    return Ok(format!("{} matches {asked_text} (the same address)", name.told()));
                }
                if !matches!(presented.len(), 4 | 16) {
                    malformed.push(format!("{} is malformed", name.told()));
                }
            }
            _ => {}
        }
    }
    Err(mismatch(leaf, asked, &malformed))
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

fn mismatch(leaf: &Certificate<'_>, asked: &ServerName<'_>, malformed: &[String]) -> String {
    let asked_text = asked.to_str();
    let names: Vec<Name<'_>> = names_of(leaf).filter_map(Result::ok).collect();
    let told: Vec<String> = names
        .iter()
        .filter_map(|name| match name {
            Name::Dns(name) => Some(text(name)),
            Name::Ip(_) => Some(name.told().replacen("IP:", "", 1)),
            _ => None,
        })
        .collect();
    let mut evidence = if told.is_empty() {
        format!(
            "certificate is for no host, not {asked_text}: it has no subjectAltName, only the name {}",
            leaf.name()
        )
    } else if names.iter().any(|name| is_address_as_text(name, asked)) {
        // "Is for 192.0.2.7, not 192.0.2.7" would be no help.
        format!("certificate names {asked_text} as a DNS name, which an address never matches")
    } else {
        format!("certificate is for {}, not {asked_text}", list(&told))
    };
    if is_wildcard_too_short(&names, asked) {
        evidence.push_str(" (a wildcard stands for exactly one label)");
    }
    if !malformed.is_empty() {
        evidence.push_str(&format!("; {}", list(malformed)));
    }
    evidence
}

/// It is the address that was asked for, written as a DNS name.
fn is_address_as_text(name: &Name<'_>, asked: &ServerName<'_>) -> bool {
    let (Name::Dns(name), ServerName::IpAddress(asked)) = (name, asked) else {
        return false;
    };
    let written = std::str::from_utf8(name)
        .ok()
        .and_then(|name| name.parse::<IpAddr>().ok());
    written == Some((*asked).into())
}

/// A wildcard comes close, and is no match all the same.
fn is_wildcard_too_short(names: &[Name<'_>], asked: &ServerName<'_>) -> bool {
    let ServerName::DnsName(asked) = asked else {
        return false;
    };
    let asked = asked.as_ref().trim_end_matches('.').to_ascii_lowercase();
    let mut names = names.iter();
    names.any(|name| {
        let Name::Dns(name) = name else {
            return false;
        };
        let Some(domain) = name.strip_prefix(b"*.") else {
            return false;
        };
        let rest = asked.strip_suffix(&text(domain).to_ascii_lowercase());
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}
