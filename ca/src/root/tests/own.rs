//! Roots of one's own: which files are taken, and what is refused.

use rcgen::{CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose, RsaKeySize};
use x509_parser::parse_x509_certificate;

use super::*;
use crate::testing::{Authority, authority, authority_params};

/// Keys as `openssl ecparam -genkey`, `openssl genpkey`, `openssl pkey -traditional` and `openssl genrsa` write them.
#[test]
fn keys_in_every_form_are_taken() {
    let forms = [
        (
            "EC PARAMETERS and SEC1",
            include_str!("../testdata/p256-params.key"),
        ),
        ("SEC1", include_str!("../testdata/p256-sec1.key")),
        ("PKCS#8 P-256", include_str!("../testdata/p256-pkcs8.key")),
        ("PKCS#8 P-384", include_str!("../testdata/p384-pkcs8.key")),
        ("SEC1 P-521", include_str!("../testdata/p521-sec1.key")),
        ("PKCS#1", include_str!("../testdata/rsa2048-pkcs1.key")),
        ("PKCS#8 RSA", include_str!("../testdata/rsa2048-pkcs8.key")),
    ];
    for (form, key) in forms {
        let files = Files::new("", key);
        let pair = read::key(&files.key).unwrap_or_else(|error| panic!("{form}: {error}"));
        fs::write(&files.certificate, self_signed(&authority_params("Mine"), &pair)).unwrap();
        let root = files.load().unwrap_or_else(|error| panic!("{form}: {error}"));
        assert_eq!(root.subject(), "CN=Mine", "{form}");
        assert_eq!(
            root.signs_slowly(),
            form.contains("RSA") || form == "PKCS#1",
            "{form}"
        );
        assert!(root.signer().sign(b"message").is_ok(), "{form}");
    }
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let files = Files::new(
        &self_signed(&authority_params("Mine"), &KeyPair::generate().unwrap()),
        include_str!("../testdata/p256-sec1.key"),
    );
    assert_eq!(
        files.error(),
        "the key DIR/ca.key doesn't belong to the certificate DIR/ca.pem; give the two that were made together"
    );
}

#[test]
fn certificates_that_may_not_sign_are_refused() {
    let key = KeyPair::generate().unwrap();
    let refused =
        |params: &CertificateParams| Files::new(&self_signed(params, &key), &key.serialize_pem()).error();

    let mut server = authority_params("server");
    server.is_ca = IsCa::NoCa;
    assert_eq!(
        refused(&server),
        "DIR/ca.pem (CN=server) is no certificate authority (basicConstraints lacks CA:TRUE); give a CA's certificate"
    );
    let mut not_signing = authority_params("Mine");
    not_signing.key_usages = vec![KeyUsagePurpose::CrlSign];
    assert_eq!(
        refused(&not_signing),
        "DIR/ca.pem (CN=Mine) may not sign certificates (keyUsage lacks keyCertSign); give a CA's certificate"
    );
    let mut expired = authority_params("Mine");
    expired.not_after = time::macros::datetime!(2020-02-03 0:00 UTC);
    assert_eq!(
        refused(&expired),
        "the root DIR/ca.pem expired on 2020-02-03; renew it, or remove it with its key to have a new one made"
    );
    let mut early = authority_params("Mine");
    early.not_before = time::macros::datetime!(2999-01-01 0:00 UTC);
    assert_eq!(
        refused(&early),
        "the root DIR/ca.pem is not valid before 2999-01-01; check this machine's clock"
    );
}

#[test]
fn files_that_hold_something_else_are_told() {
    let key = KeyPair::generate().unwrap();
    let certificate = self_signed(&authority_params("Mine"), &key);
    let error = |certificate: &str, key: &str| Files::new(certificate, key).error();

    assert_eq!(
        error(&certificate, "hello"),
        "DIR/ca.key holds no private key in PEM"
    );
    assert_eq!(
        error("hello", &key.serialize_pem()),
        "DIR/ca.pem holds no certificate in PEM"
    );
    assert_eq!(
        error(
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            &key.serialize_pem()
        ),
        "the certificate in DIR/ca.pem is broken"
    );
    assert_eq!(
        error(&certificate, include_str!("../testdata/p256-encrypted.key")),
        "the key DIR/ca.key is encrypted; decrypt it: openssl pkey -in DIR/ca.key -out root.key"
    );
    let unusable = "the key in DIR/ca.key can't be used; a root's key is ECDSA (P-256, P-384, P-521) or RSA with at least 2048 bits";
    assert_eq!(
        error(&certificate, include_str!("../testdata/rsa1024.key")),
        unusable
    );
    assert_eq!(
        error(&certificate, include_str!("../testdata/secp256k1.key")),
        unusable
    );

    let files = Files::new("", &key.serialize_pem());
    fs::write(&files.certificate, authority("Mine").certificate()).unwrap();
    assert_eq!(
        files.error(),
        "DIR/ca.pem holds no certificate in PEM; \
         it is DER, convert it: openssl x509 -inform DER -in DIR/ca.pem -out DIR/ca.pem.pem"
    );
    fs::write(&files.certificate, vec![b'x'; 2 * 1024 * 1024]).unwrap();
    assert_eq!(
        files.error(),
        "DIR/ca.pem is too large to be a certificate or a key"
    );
    fs::remove_file(&files.certificate).unwrap();
    assert_eq!(files.error(), "DIR/ca.pem can't be read");
}

#[test]
fn an_ed25519_root_is_refused_because_browsers_do() {
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let files = Files::new(
        &self_signed(&authority_params("Mine"), &key),
        &key.serialize_pem(),
    );
    assert!(
        files.error().starts_with("the key in DIR/ca.key can't be used"),
        "{}",
        files.error()
    );
}

#[test]
fn a_self_signed_root_is_not_presented_and_an_issued_one_is() {
    let key = KeyPair::generate().unwrap();
    let company = authority("Company");
    let middle = company.intermediate("Middle");
    let own = middle.sign_with_key(&authority_params("Mine"), &key);

    let alone = Files::new(
        &self_signed(&authority_params("Mine"), &key),
        &key.serialize_pem(),
    )
    .load()
    .unwrap();
    assert!(alone.issuers().is_empty());

    let chain = [&own, middle.certificate(), company.certificate()]
        .map(|der| pem("CERTIFICATE", der))
        .concat();
    let issued = Files::new(&chain, &key.serialize_pem()).load().unwrap();
    assert_eq!(issued.issuers(), [own, middle.certificate().clone()]);
}

#[test]
fn a_name_with_several_values_of_a_kind_stays_as_it_is() {
    let mut params = authority_params("Mine");
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Örg\u{1b}[2J");
    let key = KeyPair::generate().unwrap();
    let authority = Authority::with_key("Mine", KeyPair::generate().unwrap());
    let own = authority.sign_with_key(&params, &key);
    let root = Files::new(&pem("CERTIFICATE", &own), &key.serialize_pem())
        .load()
        .unwrap();
    assert_eq!(root.subject(), "CN=Mine, O=Örg[2J");
    let (_, parsed) = parse_x509_certificate(&own).unwrap();
    assert_eq!(root.signer().subject, parsed.subject().as_raw());
}

#[test]
fn an_rsa_root_of_ones_own() {
    let key = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let root = Files::new(
        &self_signed(&authority_params("Mine"), &key),
        &key.serialize_pem(),
    )
    .load()
    .unwrap();
    assert!(root.signs_slowly());
    assert_eq!(root.signer().algorithm, alg_id::RSA_PKCS1_SHA256);
}
