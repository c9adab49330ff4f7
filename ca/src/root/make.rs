//! A new root: its key, and the certificate of that key.

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, GeneralSubtree, IsCa,
    KeyPair, KeyUsagePurpose, NameConstraints, PublicKeyData as _, SerialNumber,
};
use time::{Duration, OffsetDateTime};

use super::Subtree;
use crate::encode::{hex, random_serial, sha256};

/// How long a root is good.
const LIFETIME: Duration = Duration::days(3650);
/// How far its beginning lies back, for clients whose clock is behind. Leaves begin no earlier.
const BACKDATED: Duration = Duration::days(2);
/// A common name has at most 64 characters (RFC 5280, ub-common-name); this leaves room for the rest.
const MAX_MACHINE_CHARS: usize = 32;

/// A new P-256 key, in PEM (PKCS#8).
pub(super) fn new_key() -> Result<String, rcgen::Error> {
    Ok(KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?.serialize_pem())
}

/// A self-signed certificate of `key`, in PEM.
///
/// Where `permitted` has any, it may vouch for these alone. RFC 5280 leaves each kind of name free of which nothing is
/// permitted: so that is excluded as a whole.
pub(super) fn certificate(key: &KeyPair, permitted: &[Subtree]) -> Result<String, rcgen::Error> {
    let now = OffsetDateTime::now_utc();
    let mut params = CertificateParams::default();
    params.not_before = now - BACKDATED;
    params.not_after = now + LIFETIME;
    params.serial_number = Some(SerialNumber::from_slice(&random_serial()));
    params.distinguished_name = subject(key, &machine_name());
    // It signs leaves and nothing that signs further.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = constraints(permitted);
    Ok(params.self_signed(key)?.pem())
}

fn constraints(permitted: &[Subtree]) -> Option<NameConstraints> {
    let has = |is_of_kind: fn(&Subtree) -> bool| permitted.iter().any(is_of_kind);
    let has_domains = has(|subtree| matches!(subtree, Subtree::Domain(_)));
    let has_v4 = has(|subtree| matches!(subtree, Subtree::Network(address, _) if address.is_ipv4()));
    let has_v6 = has(|subtree| matches!(subtree, Subtree::Network(address, _) if address.is_ipv6()));
    let kinds = [
        (has_domains, GeneralSubtree::DnsName(String::new())),
        (has_v4, GeneralSubtree::IpAddress(CidrSubnet::V4([0; 4], [0; 4]))),
        (
            has_v6,
            GeneralSubtree::IpAddress(CidrSubnet::V6([0; 16], [0; 16])),
        ),
    ];
    let subtree = |subtree: &Subtree| match subtree {
        Subtree::Domain(domain) => GeneralSubtree::DnsName(domain.clone()),
        Subtree::Network(address, bits) => {
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(*address, *bits))
        }
    };
    (!permitted.is_empty()).then(|| NameConstraints {
        permitted_subtrees: permitted.iter().map(subtree).collect(),
        excluded_subtrees: kinds
            .into_iter()
            .filter(|(is_permitted, _)| !is_permitted)
            .map(|(_, all)| all)
            .collect(),
    })
}

/// `O=Handlens, CN=Handlens on build-7 (3fa94c01)`. The number is of the key: two roots with one name confuse
/// clients, which look for issuers by name.
fn subject(key: &KeyPair, machine: &str) -> DistinguishedName {
    let fingerprint = sha256(&key.subject_public_key_info());
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "Handlens");
    name.push(
        DnType::CommonName,
        format!("Handlens on {machine} ({})", hex(&fingerprint[..4])),
    );
    name
}

/// The machine's name, cut to what a common name can hold.
fn machine_name() -> String {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    readable_machine(&name)
}

fn readable_machine(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|c| c.is_ascii_graphic())
        .take(MAX_MACHINE_CHARS)
        .collect();
    if name.is_empty() {
        "this machine".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_machine_name_still_makes_a_common_name() {
        assert_eq!(readable_machine("build-7"), "build-7");
        assert_eq!(readable_machine("\u{1b}[31m bücher\n"), "[31mbcher");
        assert_eq!(readable_machine("\u{7f}"), "this machine");
        assert_eq!(readable_machine(&"x".repeat(255)).len(), MAX_MACHINE_CHARS);
    }
}
