//! Those who take a leaf: rustls, openssl; under every kind of root.

use super::*;

#[test]
fn every_kind_of_root_signs_leaves_that_verify() {
    let keys = [
        KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
        KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512),
        KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048),
    ];
    for key in keys.map(Result::unwrap) {
        let mint = mint_with(&authority_params("Mine"), &key);
        let slow = mint.minter.is_slow(&LeafRequest::new("example.com"));
        assert_eq!(slow, mint.root.signs_slowly());
        let leaf = mint.leaf("example.com");
        verify(&mint, &leaf, "example.com").unwrap();
        assert!(
            !mint.minter.is_slow(&LeafRequest::new("example.com")),
            "it is cached"
        );
    }
}

/// `DC=example, DC=corp` is how Active Directory names its authorities.
#[test]
fn a_root_whose_name_repeats_an_attribute_signs_leaves_that_verify() {
    let key = KeyPair::generate().unwrap();
    let own = doubled_common_name(&authority_params("AA"), &key);
    let mint = mint_from(tempfile::tempdir().unwrap(), &pem("CERTIFICATE", &own), &key);
    assert_eq!(mint.root.subject(), "CN=AA, CN=AA");
    let leaf = mint.leaf("example.com");
    assert_eq!(parsed(&leaf).issuer().to_string(), "CN=AA, CN=AA");
    verify(&mint, &leaf, "example.com").unwrap();
}

/// rcgen can't say a name with one attribute twice, so the name is doubled in its DER and signed anew.
fn doubled_common_name(params: &CertificateParams, key: &KeyPair) -> CertificateDer<'static> {
    use rcgen::SigningKey as _;
    let der = params.self_signed(key).unwrap();
    let (_, parsed) = parse_x509_certificate(der.der()).unwrap();
    let name = parsed.subject().as_raw();
    let doubled = [&[0x30, (2 * (name.len() - 2)) as u8], &name[2..], &name[2..]].concat();
    let tbs = parsed.tbs_certificate.as_ref();
    let body = yasna::parse_der(tbs, |reader| {
        reader.read_sequence(|reader| {
            let mut elements = Vec::new();
            while let Some(element) = reader.read_optional(|reader| reader.read_der())? {
                elements.push(if element == name { doubled.clone() } else { element });
            }
            Ok(elements.concat())
        })
    })
    .unwrap();
    let sequence = |parts: &[&[u8]]| {
        yasna::construct_der(|writer| {
            writer.write_sequence(|writer| parts.iter().for_each(|part| writer.next().write_der(part)));
        })
    };
    let tbs = sequence(&[&body]);
    let signature = key.sign(&tbs).unwrap();
    let algorithm = sequence(&[&rustls::pki_types::alg_id::ECDSA_SHA256]);
    let bits = yasna::construct_der(|writer| writer.write_bitvec_bytes(&signature, signature.len() * 8));
    sequence(&[&tbs, &algorithm, &bits]).into()
}

#[test]
fn an_issued_root_is_presented_with_its_leaves() {
    let company = authority("Company");
    let key = KeyPair::generate().unwrap();
    let own = company.sign_with_key(&authority_params("Mine"), &key);
    let mint = mint_from(tempfile::tempdir().unwrap(), &pem("CERTIFICATE", &own), &key);
    let leaf = mint.leaf("example.com");
    assert_eq!(leaf.certified_key.cert.len(), 2);
    assert!(leaf.chain_pem().ends_with(&pem("CERTIFICATE", &own)));
    shake_hands(company.certificate(), &leaf, "example.com").unwrap();
}

#[test]
fn rustls_clients_take_the_leaf() {
    let mint = mint();
    for (host, key) in [
        ("example.com", LeafKey::Ecdsa),
        ("127.0.0.1", LeafKey::Ecdsa),
        ("example.com", LeafKey::Rsa),
    ] {
        let leaf = mint
            .minter
            .leaf(LeafRequest {
                key,
                ..LeafRequest::new(host)
            })
            .unwrap();
        assert_eq!(
            leaf.certified_key.cert.len(),
            1,
            "a self-signed root isn't presented"
        );
        shake_hands(mint.root.certificate_der(), &leaf, host).unwrap();
    }
    let leaf = mint.leaf("example.com");
    assert!(shake_hands(mint.root.certificate_der(), &leaf, "example.org").is_err());
    assert!(shake_hands(authority("Other").certificate(), &leaf, "example.com").is_err());
}

/// A whole handshake in memory: a client that trusts `root` alone, a server with `leaf`.
fn shake_hands(root: &CertificateDer<'static>, leaf: &Leaf, host: &str) -> Result<(), rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(Arc::clone(
            &leaf.certified_key,
        ))));
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let mut client = ClientConnection::new(Arc::new(client), name)?;
    let mut server = ServerConnection::new(Arc::new(server))?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut flight = Vec::new();
        client.write_tls(&mut flight).unwrap();
        server.read_tls(&mut flight.as_slice()).unwrap();
        server.process_new_packets()?;
        flight.clear();
        server.write_tls(&mut flight).unwrap();
        client.read_tls(&mut flight.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok(())
}

/// Where openssl is at hand it is asked as well, for it is what most clients are made of.
#[test]
fn openssl_takes_the_leaf() {
    let mint = mint();
    let origin = authority("Company").server(&["*.example.com", "192.0.2.7"]);
    let leaf = mint.mirror("www.example.com", &origin);
    let path = mint.dir.path().join("leaf.pem");
    std::fs::write(&path, leaf.chain_pem()).unwrap();
    let verified = Command::new("openssl")
        .args([
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-verify_hostname",
            "www.example.com",
            "-CAfile",
        ])
        .args([mint.dir.path().join("root/root.pem"), path])
        .output();
    if let Ok(verified) = verified {
        assert!(
            verified.status.success(),
            "{}",
            String::from_utf8_lossy(&verified.stderr)
        );
    }
}
