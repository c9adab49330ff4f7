use std::net::IpAddr;
use std::process::Command;
use std::sync::Barrier;

use proptest::prelude::*;
use rcgen::{CertificateParams, KeyPair, SanType};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use webpki::{EndEntityCert, KeyUsage};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::public_key::PublicKey;

use super::*;
use crate::testing::{authority, authority_params, common_name, server_params};

mod clients;
mod linted;
mod mirror;

/// A minter with a root of its own, and the folder that the root lies in.
struct Mint {
    root: Arc<Root>,
    minter: Minter,
    dir: tempfile::TempDir,
}

impl Mint {
    fn leaf(&self, host: &str) -> Arc<Leaf> {
        self.minter.leaf(LeafRequest::new(host)).unwrap()
    }

    fn mirror(&self, host: &str, origin: &CertificateDer<'_>) -> Arc<Leaf> {
        let request = LeafRequest {
            mirror: Some(origin),
            ..LeafRequest::new(host)
        };
        self.minter.leaf(request).unwrap()
    }
}

fn mint() -> Mint {
    let dir = tempfile::tempdir().unwrap();
    let root = Arc::new(Root::load_or_make(&dir.path().join("root")).unwrap());
    Mint {
        minter: Minter::new(Arc::clone(&root)).unwrap(),
        root,
        dir,
    }
}

/// A minter with the root that `params` and `key` make.
fn mint_with(params: &CertificateParams, key: &KeyPair) -> Mint {
    let dir = tempfile::tempdir().unwrap();
    mint_from(dir, &params.self_signed(key).unwrap().pem(), key)
}

fn mint_from(dir: tempfile::TempDir, certificates: &str, key: &KeyPair) -> Mint {
    let (certificate_path, key_path) = (dir.path().join("ca.pem"), dir.path().join("ca.key"));
    std::fs::write(&certificate_path, certificates).unwrap();
    std::fs::write(&key_path, key.serialize_pem()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&key_path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let root = Arc::new(Root::load(&certificate_path, &key_path).unwrap());
    Mint {
        minter: Minter::new(Arc::clone(&root)).unwrap(),
        root,
        dir,
    }
}

fn der(leaf: &Leaf) -> &CertificateDer<'static> {
    &leaf.certified_key.cert[0]
}

fn parsed(leaf: &Leaf) -> X509Certificate<'_> {
    let (rest, parsed) = parse_x509_certificate(der(leaf)).unwrap();
    assert!(rest.is_empty());
    parsed
}

fn names(leaf: &Leaf) -> Vec<String> {
    let parsed = parsed(leaf);
    let names = parsed.subject_alternative_name().unwrap().unwrap();
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => (*name).to_owned(),
        GeneralName::IPAddress(bytes) if bytes.len() == 4 => {
            IpAddr::from(<[u8; 4]>::try_from(*bytes).unwrap()).to_string()
        }
        GeneralName::IPAddress(bytes) => IpAddr::from(<[u8; 16]>::try_from(*bytes).unwrap()).to_string(),
        other => format!("{other:?}"),
    };
    names.value.general_names.iter().map(text).collect()
}

/// What a client does: a path to the root, for servers, now, and the name.
fn verify(mint: &Mint, leaf: &Leaf, host: &str) -> Result<(), webpki::Error> {
    let chain = &leaf.certified_key.cert;
    let end = EndEntityCert::try_from(&chain[0])?;
    let anchors = [webpki::anchor_from_trusted_cert(mint.root.certificate_der())?];
    let algorithms = rustls::crypto::aws_lc_rs::default_provider()
        .signature_verification_algorithms
        .all;
    end.verify_for_usage(
        algorithms,
        &anchors,
        &chain[1..],
        UnixTime::now(),
        KeyUsage::server_auth(),
        None,
        None,
    )?;
    end.verify_is_valid_for_subject_name(&ServerName::try_from(host).unwrap())
}

#[test]
fn what_a_leaf_says() {
    let mint = mint();
    let leaf = mint.leaf("Example.com.");
    let parsed = parsed(&leaf);
    let (_, root) = parse_x509_certificate(mint.root.certificate_der()).unwrap();

    assert_eq!(parsed.version().0, 2);
    assert_eq!(parsed.issuer().as_raw(), root.subject().as_raw());
    assert_eq!(parsed.subject().to_string(), "CN=example.com");
    assert_eq!(names(&leaf), ["example.com"]);
    assert_ne!(parsed.public_key().raw, root.public_key().raw);
    parsed.verify_signature(Some(root.public_key())).unwrap();

    let basic = parsed.basic_constraints().unwrap().unwrap();
    assert!(basic.critical && !basic.value.ca);
    let usage = parsed.key_usage().unwrap().unwrap();
    assert!(usage.critical);
    assert_eq!(usage.value.flags, 1, "digitalSignature alone");
    let purposes = parsed.extended_key_usage().unwrap().unwrap().value;
    assert!(purposes.server_auth && !purposes.client_auth && !purposes.any);
    assert!(!parsed.subject_alternative_name().unwrap().unwrap().critical);

    let identifier = |certificate: &X509Certificate<'_>| {
        certificate
            .iter_extensions()
            .find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
                _ => None,
            })
    };
    let authority = parsed
        .iter_extensions()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(authority) => authority.key_identifier.as_ref(),
            _ => None,
        });
    assert_eq!(
        authority.map(|identifier| identifier.0.to_vec()),
        identifier(&root)
    );
    assert_eq!(identifier(&parsed).unwrap().len(), 20);
    assert_eq!(leaf.sha256, sha256(der(&leaf)));
    assert!(leaf.minted_in.is_some());
}

#[test]
fn a_leaf_is_good_for_47_days_of_which_two_are_past() {
    let mint = mint();
    let leaf = mint.leaf("example.com");
    let parsed = parsed(&leaf);
    let validity = parsed.validity();
    let (begins, ends) = (
        validity.not_before.to_datetime(),
        validity.not_after.to_datetime(),
    );
    // Both ends count.
    assert_eq!(ends - begins + time::Duration::SECOND, time::Duration::days(47));
    let past = OffsetDateTime::now_utc() - begins;
    assert!(
        past >= time::Duration::days(2) && past < time::Duration::days(2) + time::Duration::minutes(1),
        "{past}"
    );
    assert_eq!(leaf.not_after, ends);
}

#[test]
fn a_leaf_never_outlives_its_root_and_never_begins_before_it() {
    let key = KeyPair::generate().unwrap();
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    let mut params = authority_params("Short");
    params.not_before = now - time::Duration::hours(1);
    params.not_after = now + time::Duration::hours(5);
    let mint = mint_with(&params, &key);
    let leaf = mint.leaf("example.com");
    let parsed = parsed(&leaf);
    assert_eq!(parsed.validity().not_before.to_datetime(), params.not_before);
    assert_eq!(parsed.validity().not_after.to_datetime(), params.not_after);
    // And is kept, for another one would end no later.
    assert!(mint.leaf("example.com").minted_in.is_none());
}

#[test]
fn a_root_that_has_ended_mints_no_more() {
    let mint = mint();
    let error = Dates::within(&mint.root, None, mint.root.not_after())
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("the root O=Handlens, CN=Handlens on "),
        "{error}"
    );
    assert!(
        error.ends_with("renew it, or remove it to have a new one made, and start again"),
        "{error}"
    );
}

#[test]
fn serials_are_random_positive_and_shortest() {
    let mint = mint();
    let mut seen = std::collections::HashSet::new();
    let mut longest = 0;
    for number in 0..200 {
        let leaf = mint
            .minter
            .leaf(LeafRequest::new(&format!("host-{number}.example")))
            .unwrap();
        let parsed = parsed(&leaf);
        let serial = parsed.raw_serial().to_vec();
        assert!(serial[0] < 0x80, "a serial is positive: {serial:02x?}");
        assert!(
            serial.len() == 1 || serial[0] != 0 || serial[1] >= 0x80,
            "DER pads no more: {serial:02x?}"
        );
        longest = longest.max(serial.len());
        assert!(seen.insert(serial), "a serial came twice");
    }
    // 128 bits, and a zero before them when the first bit is set, as half of the time.
    assert_eq!(longest, 17);
}

#[test]
fn all_leaves_share_one_key_that_is_not_the_roots() {
    let mint = mint();
    let (one, other) = (mint.leaf("a.example"), mint.leaf("b.example"));
    assert_eq!(parsed(&one).public_key().raw, parsed(&other).public_key().raw);
    one.certified_key.keys_match().unwrap();
}

#[test]
fn names_and_addresses_verify() {
    let mint = mint();
    let longest = [
        ["a"; 63].concat(),
        ["b"; 63].concat(),
        ["c"; 63].concat(),
        ["d"; 61].concat(),
    ]
    .join(".");
    for host in [
        "example.com",
        "xn--bcher-kva.example",
        "my_service.internal",
        "localhost",
        "127.0.0.1",
        "::1",
        &longest,
    ] {
        let leaf = mint.leaf(host);
        assert_eq!(names(&leaf), [host]);
        verify(&mint, &leaf, host).unwrap_or_else(|error| panic!("{host}: {error}"));
    }
    // Too long for a common name: the subject is empty, and the names critical (RFC 5280 section 4.2.1.6).
    let leaf = mint.minter.leaf(LeafRequest::new(&longest)).unwrap();
    assert_eq!(parsed(&leaf).subject().iter().count(), 0);
    assert!(
        parsed(&leaf)
            .subject_alternative_name()
            .unwrap()
            .unwrap()
            .critical
    );
}

#[test]
fn the_origins_names_are_mirrored_and_the_asked_host_is_first() {
    let mint = mint();
    let mut params = server_params(&["*.example.com", "example.com", "192.0.2.7", "2001:db8::7"]);
    params
        .subject_alt_names
        .push(SanType::Rfc822Name("mail@example.com".try_into().unwrap()));
    params.distinguished_name = common_name("The Example");
    let origin = authority("Company").sign(params);
    let leaf = mint.mirror("www.example.com", &origin);
    let names_of = |leaf: &Leaf| names(leaf).join(" ");
    assert_eq!(
        names_of(&leaf),
        "www.example.com *.example.com example.com 192.0.2.7 2001:db8::7"
    );
    assert_eq!(parsed(&leaf).subject().to_string(), "CN=The Example");
    verify(&mint, &leaf, "www.example.com").unwrap();
    verify(&mint, &leaf, "other.example.com").unwrap();

    let leaf = mint.mirror("EXAMPLE.com", &origin);
    assert_eq!(names_of(&leaf), "example.com *.example.com 192.0.2.7 2001:db8::7");
}

#[test]
fn names_that_no_client_matches_are_not_mirrored() {
    let mint = mint();
    let mut params = server_params(&["good.example"]);
    for bad in [
        "",
        "*",
        "*.",
        "a..b",
        "*.*.example",
        "foo*.example",
        "spa ce.example",
        "dot.example.",
        &"x".repeat(300),
    ] {
        params
            .subject_alt_names
            .push(SanType::DnsName(bad.try_into().unwrap()));
    }
    params.distinguished_name = common_name(&"n".repeat(65));
    let origin = authority("Company").sign(params);
    let leaf = mint.mirror("asked.example", &origin);
    assert_eq!(names(&leaf), ["asked.example", "good.example"]);
    assert_eq!(parsed(&leaf).subject().to_string(), "CN=asked.example");
    verify(&mint, &leaf, "good.example").unwrap();
}

#[test]
fn what_is_mirrored_is_bounded() {
    let mint = mint();
    let many: Vec<String> = (0..2000).map(|number| format!("host-{number}.example")).collect();
    let origin = authority("Company").sign(server_params(
        &many.iter().map(String::as_str).collect::<Vec<_>>(),
    ));
    let leaf = mint.mirror("asked.example", &origin);
    assert_eq!(names(&leaf).len(), 129);

    let long = ["l"; 60].concat();
    let many: Vec<String> = (0..100)
        .map(|number| format!("{number}.{long}.{long}.{long}.example"))
        .collect();
    let origin = authority("Company").sign(server_params(
        &many.iter().map(String::as_str).collect::<Vec<_>>(),
    ));
    let leaf = mint.mirror("asked.example", &origin);
    assert!(der(&leaf).len() < 10 * 1024, "{}", der(&leaf).len());
}

#[test]
fn an_origin_certificate_that_cannot_be_read_mirrors_nothing() {
    let mint = mint();
    let broken = CertificateDer::from(vec![0x30, 0x03, 0x02, 0x01, 0x00]);
    let leaf = mint.mirror("asked.example", &broken);
    assert_eq!(names(&leaf), ["asked.example"]);
}

#[test]
fn a_host_that_cannot_be_named_is_a_clear_error() {
    let error = mint()
        .minter
        .leaf(LeafRequest::new("bücher.example"))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "no certificate can be made for the host \"bücher.example\": \
         a certificate needs the ASCII form of a name (xn--...)"
    );
}

#[test]
fn a_hundred_threads_that_ask_at_once_mint_once() {
    let mint = mint();
    let barrier = Barrier::new(100);
    let leaves: Vec<Arc<Leaf>> = std::thread::scope(|scope| {
        let ask = || {
            barrier.wait();
            mint.leaf("example.com")
        };
        let threads: Vec<_> = (0..100).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(leaves.iter().filter(|leaf| leaf.minted_in.is_some()).count(), 1);
    assert!(leaves.iter().all(|leaf| leaf.sha256 == leaves[0].sha256));
    assert!(
        leaves
            .iter()
            .all(|leaf| Arc::ptr_eq(&leaf.certified_key, &leaves[0].certified_key))
    );
}

#[test]
fn one_host_in_many_spellings_is_one_leaf() {
    let mint = mint();
    let sha256 = |host: &str| mint.leaf(host).sha256;
    assert_eq!(sha256("example.com"), sha256("EXAMPLE.com."));
    assert_eq!(sha256("::1"), sha256("[0:0::1]"));
    assert_ne!(sha256("example.com"), sha256("example.org"));
}

#[test]
fn an_rsa_leaf_for_clients_that_cannot_do_ecdsa() {
    let mint = mint();
    let request = LeafRequest {
        key: LeafKey::Rsa,
        ..LeafRequest::new("example.com")
    };
    assert!(!mint.minter.is_slow(&LeafRequest::new("example.com")));
    assert!(mint.minter.is_slow(&request));
    let leaf = mint.minter.leaf(request).unwrap();
    assert!(
        !mint.minter.is_slow(&LeafRequest {
            host: "other.example",
            ..request
        }),
        "the key is there now"
    );
    let parsed = parsed(&leaf);
    let key = parsed.public_key().parsed().unwrap();
    assert!(matches!(key, PublicKey::RSA(_)));
    assert_eq!(key.key_size(), 2048);
    verify(&mint, &leaf, "example.com").unwrap();
    assert_ne!(leaf.sha256, mint.leaf("example.com").sha256);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is asked for: a leaf that names it, or an error that says why not.
    #[test]
    fn any_host_is_minted_for_or_clearly_refused(
        host in "\\PC{0,80}|[a-z0-9._-]{1,260}|[0-9a-f:.%\\[\\]]{1,40}|(xn--)?[a-z]{1,63}(\\.[a-z0-9_-]{1,63}){0,4}",
        mirrored in proptest::collection::vec("\\*?[a-z0-9._*-]{0,40}|[ -~]{0,40}", 0..6),
    ) {
        use std::sync::LazyLock;
        static MINT: LazyLock<Mint> = LazyLock::new(mint);
        let mut params = server_params(&[]);
        params.subject_alt_names =
            mirrored.iter().map(|name| SanType::DnsName(name.as_str().try_into().unwrap())).collect();
        let origin = authority("Company").sign(params);
        match MINT.minter.leaf(LeafRequest { mirror: Some(&origin), ..LeafRequest::new(&host) }) {
            Ok(leaf) => {
                let asked = Host::parse(&host).unwrap().to_string();
                prop_assert_eq!(&names(&leaf)[0], &asked);
                if ServerName::try_from(asked.as_str()).is_ok() {
                    prop_assert_eq!(verify(&MINT, &leaf, &asked), Ok(()));
                }
            }
            Err(error) => prop_assert!(error.to_string().starts_with("no certificate can be made for the host")),
        }
    }
}
