//! What of the origin's certificate a leaf says again, and what of the root's it must keep to.

use rcgen::{DnType, GeneralSubtree, NameConstraints};
use time::Duration;

use super::*;
use crate::Subtree;

/// An origin's certificate for `example.com` with this organisation and common name.
fn origin(organization: &str, name: &str) -> CertificateDer<'static> {
    let mut params = server_params(&["example.com"]);
    params.distinguished_name = common_name(name);
    params
        .distinguished_name
        .push(DnType::OrganizationName, organization);
    authority("Company").sign(params)
}

fn origin_valid(from: OffsetDateTime, until: OffsetDateTime) -> CertificateDer<'static> {
    let mut params = server_params(&["example.com"]);
    (params.not_before, params.not_after) = (from, until);
    authority("Company").sign(params)
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc().replace_nanosecond(0).unwrap()
}

/// Not before and not after.
fn dates(leaf: &Leaf) -> (OffsetDateTime, OffsetDateTime) {
    let parsed = parsed(leaf);
    let validity = parsed.validity();
    (
        validity.not_before.to_datetime(),
        validity.not_after.to_datetime(),
    )
}

#[test]
fn the_origins_subject_is_mirrored_as_far_as_it_fits() {
    let mint = mint();
    let subject = |origin: &CertificateDer<'_>| {
        let leaf = mint.mirror("example.com", origin);
        verify(&mint, &leaf, "example.com").unwrap();
        parsed(&leaf).subject().to_string()
    };
    assert_eq!(
        subject(&origin("Bücher & Co", "The Example")),
        "O=Bücher & Co, CN=The Example"
    );
    let long = "n".repeat(65);
    assert_eq!(subject(&origin(&long, &long)), "CN=example.com");
    assert_eq!(subject(&origin("a\u{1b}b", "c\nd")), "CN=example.com");
    assert_eq!(subject(&origin("", "")), "CN=example.com");
}

#[test]
fn a_leaf_lasts_no_longer_than_its_origin() {
    let mint = mint();
    let (from, until) = (now() - Duration::hours(3), now() + Duration::days(6));
    let short = mint.mirror("example.com", &origin_valid(from, until));
    assert_eq!(dates(&short), (from, until));
    assert_eq!(short.not_after, until);
    verify(&mint, &short, "example.com").unwrap();

    let long = origin_valid(now() - Duration::days(300), now() + Duration::days(300));
    let long = mint.mirror("example.com", &long);
    let (from, until) = dates(&long);
    assert_eq!(until - from, Duration::days(47) - Duration::seconds(1));
    let back = now() - from;
    assert!(
        (Duration::days(2)..Duration::days(2) + Duration::minutes(5)).contains(&back),
        "{back}"
    );
}

/// Whose chain is bad isn't mirrored at all. Should one come here nevertheless, the leaf is good all the same.
#[test]
fn an_origin_whose_time_is_not_now_gives_no_dates() {
    let mint = mint();
    for (from, until) in [(-10, -5), (5, 10), (5, -5)] {
        let origin = origin_valid(now() + Duration::days(from), now() + Duration::days(until));
        let leaf = mint.mirror("example.com", &origin);
        let (from, until) = dates(&leaf);
        assert_eq!(until - from, Duration::days(47) - Duration::seconds(1));
        verify(&mint, &leaf, "example.com").unwrap();
    }
}

#[test]
fn a_leaf_that_ends_with_its_origin_is_kept_until_then() {
    let mint = mint();
    let origin = origin_valid(now() - Duration::hours(3), now() + Duration::hours(3));
    assert!(mint.mirror("example.com", &origin).minted_in.is_some());
    assert!(mint.mirror("example.com", &origin).minted_in.is_none());
}

/// A minter whose root may vouch for these alone.
fn constrained(permitted: &[&str]) -> Mint {
    let dir = tempfile::tempdir().unwrap();
    let permitted: Vec<Subtree> = permitted.iter().map(|text| text.parse().unwrap()).collect();
    let root = Arc::new(Root::make(&dir.path().join("root"), &permitted).unwrap());
    Mint {
        minter: Minter::new(Arc::clone(&root)).unwrap(),
        root,
        dir,
    }
}

#[test]
fn under_a_constrained_root_no_other_host_is_minted_for() {
    let mint = constrained(&["example.test", "10.0.0.0/8"]);
    for host in ["example.test", "a.b.example.test", "10.1.2.3", "handlens.local"] {
        verify(&mint, &mint.leaf(host), host).unwrap_or_else(|error| panic!("{host}: {error}"));
    }
    for host in ["example.com", "badexample.test", "test", "11.0.0.1", "::1"] {
        let error = mint.minter.leaf(LeafRequest::new(host)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "no certificate can be made for the host {host}: the root may only vouch for example.test, 10.0.0.0/8, \
                 handlens.local, and every client would refuse it"
            )
        );
    }
}

/// Clients agree: what isn't minted would be refused, also of the kinds of name that nothing was said of.
#[test]
fn what_a_constrained_root_may_not_vouch_for_is_refused_by_clients() {
    for (permitted, refused) in [
        ("example.test", "10.0.0.1"),
        ("example.test", "::1"),
        ("example.test", "example.com"),
        ("10.0.0.0/8", "example.test"),
        ("10.0.0.0/8", "::1"),
        ("2001:db8::/32", "10.0.0.1"),
        ("0.0.0.0/0", "::1"),
    ] {
        let mint = constrained(&[permitted]);
        let key = mint.minter.keys.of(LeafKey::Ecdsa).unwrap();
        let host = Host::parse(refused).unwrap();
        let contents = Contents {
            subject: crate::certificate::name(None, Some(refused)),
            names: vec![AlternativeName::from(&host)],
            validity: Dates::within(&mint.root, None, now()).unwrap().validity,
            public_key_info: &key.public_key_info,
            key_identifier: key.identifier,
            purpose: Purpose::Server,
            crl: None,
        };
        let der = mint.root.signer().certify(&contents).unwrap();
        let leaf = Leaf {
            certified_key: Arc::new(CertifiedKey::new(vec![der], Arc::clone(&key.signer))),
            ..Leaf::clone(&self::mint().leaf("example.test"))
        };
        assert_eq!(
            verify(&mint, &leaf, refused),
            Err(webpki::Error::NameConstraintViolation),
            "{permitted} {refused}"
        );
    }
}

#[test]
fn names_outside_of_the_roots_are_not_mirrored() {
    let mint = constrained(&["example.test"]);
    let names_of_origin = ["*.example.test", "example.com", "192.0.2.7", "b.example.test"];
    let origin = authority("Company").sign(server_params(&names_of_origin));
    let leaf = mint.mirror("a.example.test", &origin);
    assert_eq!(
        names(&leaf),
        ["a.example.test", "*.example.test", "b.example.test"]
    );
    verify(&mint, &leaf, "b.example.test").unwrap();
}

/// A root that may vouch for subjects of one company alone gets none of another's into its leaves.
#[test]
fn under_a_root_that_limits_subjects_a_leaf_has_none() {
    let mut params = authority_params("Mine");
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DirectoryName(common_name("Mine"))],
        excluded_subtrees: Vec::new(),
    });
    let mint = mint_with(&params, &KeyPair::generate().unwrap());
    let leaf = mint.mirror("example.com", &origin("Company", "The Example"));
    assert_eq!(parsed(&leaf).subject().iter().count(), 0);
    // webpki takes nothing under such a root.
    assert_openssl_verifies(&mint, "ca.pem", &leaf, &[]);
}

#[test]
fn leaves_can_say_where_revoked_ones_are_listed() {
    const URL: &str = "http://handlens.local/root.crl";
    let mint = mint();
    let minter = Minter::new(Arc::clone(&mint.root))
        .unwrap()
        .with_crl(URL)
        .unwrap();
    let mint = Mint { minter, ..mint };
    let leaf = mint.leaf("example.com");
    verify(&mint, &leaf, "example.com").unwrap();
    let text = openssl(&["x509", "-noout", "-ext", "crlDistributionPoints"], &leaf);
    assert!(text.contains(&format!("URI:{URL}")), "{text}");

    let list = mint.dir.path().join("list.pem");
    std::fs::write(&list, pem("X509 CRL", &mint.root.crl(now()).unwrap())).unwrap();
    let list = list.to_str().unwrap();
    assert_openssl_verifies(&mint, "root/root.pem", &leaf, &["-crl_check", "-CRLfile", list]);
}

/// `root` lies in the mint's folder.
#[track_caller]
fn assert_openssl_verifies(mint: &Mint, root: &str, leaf: &Leaf, arguments: &[&str]) {
    let path = mint.dir.path().join("leaf.pem");
    std::fs::write(&path, leaf.chain_pem()).unwrap();
    let verified = Command::new("openssl")
        .args(["verify", "-x509_strict"])
        .args(arguments)
        .arg("-CAfile")
        .arg(mint.dir.path().join(root))
        .arg(&path)
        .output()
        .expect("openssl is needed for this test: install it");
    assert!(
        verified.status.success(),
        "{}",
        String::from_utf8_lossy(&verified.stderr)
    );
}

/// What `openssl` says of a leaf.
fn openssl(arguments: &[&str], leaf: &Leaf) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("leaf.pem");
    std::fs::write(&path, pem("CERTIFICATE", der(leaf))).unwrap();
    let said = Command::new("openssl")
        .args(arguments)
        .arg("-in")
        .arg(&path)
        .output()
        .expect("openssl is needed for this test: install it");
    String::from_utf8_lossy(&said.stdout).into_owned()
}
