//! Chains that lead to no root that is trusted, or by an issuer that may not vouch.

use super::*;

#[test]
fn a_self_signed_certificate() {
    let lab = lab();
    let key = KeyPair::generate().unwrap();
    let params = server_params(&["example.com"]);
    let leaf: CertificateDer<'_> = params.self_signed(&key).unwrap().into();
    let judgement = lab.judge(&[leaf]);
    assert_eq!(judgement.text(), "certificate is self-signed");
    assert_eq!(judgement.error, Some(CertificateError::UnknownIssuer));

    // As `openssl req -x509` makes it.
    let mut params = server_params(&["example.com"]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let leaf: CertificateDer<'_> = params.self_signed(&key).unwrap().into();
    assert_eq!(lab.text(&[leaf]), "certificate is self-signed");
}

#[test]
fn a_self_signed_certificate_beside_a_root_of_its_name_with_a_key_of_another_kind() {
    let rsa = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let namesake = Authority::with_key("localhost", rsa);
    let own_root = authority("Handlens");
    let judge = judge_trusting(&[namesake.certificate()], own_root.certificate());
    let params = server_params(&["localhost"]);
    let leaf: CertificateDer<'_> = params.self_signed(&KeyPair::generate().unwrap()).unwrap().into();
    let judgement = judge.judge_chain(&Presented::new(&[leaf]), &host("localhost"), UnixTime::now());
    assert_eq!(judgement.text(), "certificate is self-signed");
}

#[test]
fn where_a_path_ends_is_told() {
    let lab = lab();
    let issuer = lab.company.intermediate("Company Issuer");
    let leaf = issuer.server(&["example.com"]);
    let whole = [leaf.clone(), issuer.certificate().clone()];
    assert_eq!(lab.judge(&whole).end, PathEnd::Trusted);
    let (name, address) = ("Company Issuer".to_owned(), None);
    assert_eq!(lab.judge(&[leaf]).end, PathEnd::Missing { name, address });
    let own = lab.own_root.server(&["example.com"]);
    assert_eq!(lab.judge(&[own]).end, PathEnd::Own);
    let other = authority("Other Root");
    let sent = [other.server(&["example.com"]), other.certificate().clone()];
    assert_eq!(lab.judge(&sent).end, PathEnd::Untrusted);
    assert_eq!(lab.judge(&[vec![0].into()]).end, PathEnd::Open);
}

#[test]
fn a_client_is_told_as_trusted_by_the_roots_of_clients() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("clients.pem");
    let company = authority("Company Root");
    write_bundle(&path, [company.certificate()]).unwrap();
    let mut params = server_params(&["ann.example"]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let judge = Judge::new(Roots::of_clients(std::slice::from_ref(&path)).unwrap());
    let judgement = judge.judge_client_chain(&[company.sign(params)], UnixTime::now());
    assert_eq!(judgement.trusted_by, ["--client-ca"]);
    let store = format!("--client-ca {}", path.display());
    assert_eq!(judgement.path[1].source, PathSource::Root(store));
}

#[test]
fn more_faults_than_one_are_all_told() {
    let lab = lab();
    let mut params = server_params(&["example.org"]);
    params.not_before = OffsetDateTime::now_utc() - Duration::days(90);
    params.not_after = OffsetDateTime::now_utc() - Duration::days(1) - Duration::hours(1);
    let leaf: CertificateDer<'_> = params.self_signed(&KeyPair::generate().unwrap()).unwrap().into();
    assert_eq!(
        lab.text(&[leaf]),
        "certificate is self-signed; it expired 1 day ago; it is for example.org, not example.com"
    );
}

#[test]
fn a_self_signed_certificate_that_the_person_named_is_trusted_for_its_names_and_dates() {
    let own_root = authority("Handlens");
    for authority in [true, false] {
        let mut params = server_params(&["example.com"]);
        if authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let leaf: CertificateDer<'_> = params.self_signed(&KeyPair::generate().unwrap()).unwrap().into();
        let judge = judge_trusting(&[&leaf], own_root.certificate());
        let judge =
            |name, time| judge.judge_chain(&Presented::new(std::slice::from_ref(&leaf)), &host(name), time);
        assert!(judge("example.com", UnixTime::now()).is_trusted());
        assert_eq!(
            judge("example.org", UnixTime::now()).text(),
            "certificate is for example.com, not example.org"
        );
        let later = UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            UnixTime::now().as_secs() + 5 * 86_400,
        ));
        assert_eq!(
            judge("example.com", later).text(),
            "certificate expired 4 days ago"
        );
    }
}

#[test]
fn an_unknown_issuer() {
    let lab = lab();
    let other = authority("Other Root");
    let leaf = other.server(&["example.com"]);
    assert_eq!(
        lab.text(std::slice::from_ref(&leaf)),
        "certificate's issuer is unknown: Other Root"
    );
    assert_eq!(
        lab.text(&[leaf, other.certificate().clone()]),
        "certificate's root is not trusted: Other Root"
    );
    let middle = other.intermediate("Other Issuer");
    let chain = [middle.server(&["example.com"]), middle.certificate().clone()];
    assert_eq!(lab.text(&chain), "certificate's issuer is unknown: Other Root");
}

#[test]
fn a_missing_intermediate() {
    let lab = lab();
    let middle = lab.company.intermediate("Company Issuer");
    assert_eq!(
        lab.text(&[middle.server(&["example.com"])]),
        "certificate's issuer is unknown: Company Issuer"
    );
}

#[test]
fn a_chain_in_the_wrong_order_and_with_doubles_is_good() {
    let lab = lab();
    let one = lab.company.intermediate("One");
    let two = one.intermediate("Two");
    let chain = [
        two.server(&["example.com"]),
        lab.company.certificate().clone(),
        one.certificate().clone(),
        one.certificate().clone(),
        two.certificate().clone(),
    ];
    assert!(lab.judge(&chain).is_trusted(), "{}", lab.text(&chain));
}

#[test]
fn our_own_root_is_never_trusted_for_origins() {
    let lab = lab();
    let leaf = lab.own_root.server(&["example.com"]);
    assert_eq!(
        lab.text(&[leaf]),
        "certificate was issued by Handlens's own root, which is never trusted for origins"
    );
}

#[test]
fn a_root_of_the_same_name_and_another_key() {
    let lab = lab();
    let impostor = authority("Company Root");
    let judgement = lab.judge(&[impostor.server(&["example.com"])]);
    assert_eq!(
        judgement.text(),
        "certificate's signature is not that of its issuer Company Root"
    );
    assert_eq!(judgement.error, Some(CertificateError::BadSignature));
}

#[test]
fn a_certificate_for_another_use() {
    let lab = lab();
    let leaf = lab.server(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]);
    let judgement = lab.judge(&[leaf]);
    assert_eq!(
        judgement.text(),
        "certificate is not for servers (its extended key usage lacks serverAuth)"
    );
    assert_eq!(judgement.error, Some(CertificateError::InvalidPurpose));
}

#[test]
fn an_issuer_that_is_no_authority() {
    let lab = lab();
    let mut params = server_params(&["evil.example"]);
    params.is_ca = IsCa::ExplicitNoCa;
    let fake = lab.company.intermediate_from(params);
    let chain = [fake.server(&["example.com"]), fake.certificate().clone()];
    assert_eq!(
        lab.text(&chain),
        "certificate was issued by a certificate that is no authority's: evil.example"
    );
}

#[test]
fn an_issuer_that_may_not_vouch_for_the_name() {
    let lab = lab();
    let mut params = authority_params("Narrow");
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("example.org".to_owned())],
        excluded_subtrees: Vec::new(),
    });
    let narrow = lab.company.intermediate_from(params);
    let chain = [narrow.server(&["example.com"]), narrow.certificate().clone()];
    assert_eq!(
        lab.text(&chain),
        "certificate has a name that one of its issuers may not vouch for (name constraints): \
         DNS:example.com is not among those of Narrow"
    );
}
