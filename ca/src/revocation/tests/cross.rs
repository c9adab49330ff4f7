//! An issuer with certificates of two authorities, of which one has revoked its own.

use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams};

use super::*;
use crate::testing::authority_params;

/// Two roots, an issuer that both certified, and a server's certificate of its.
struct Crossed {
    dir: tempfile::TempDir,
    roots: [Authority; 2],
    issuers: [CertificateDer<'static>; 2],
    leaf: CertificateDer<'static>,
}

fn crossed() -> Crossed {
    let roots = [authority("Old Root"), authority("New Root")];
    let mut issuer = roots[0].intermediate("Company Issuer");
    let by_old = issuer.certificate().clone();
    issuer.certify_again(&roots[1], &authority_params("Company Issuer"));
    Crossed {
        dir: tempfile::tempdir().unwrap(),
        issuers: [by_old, issuer.certificate().clone()],
        leaf: issuer.sign(params()),
        roots,
    }
}

impl Crossed {
    /// Judges the chain where these roots have revoked the issuer's certificates of theirs.
    fn revoked_by(&self, which: &[usize]) -> Arc<Judgement> {
        let roots = self.dir.path().join("roots.pem");
        write_bundle(&roots, self.roots.each_ref().map(|root| root.certificate())).unwrap();
        let lists = which.iter().flat_map(|which| {
            let (_, issuer) = parse_x509_certificate(&self.issuers[*which]).unwrap();
            let entry = RevokedCertParams {
                serial_number: SerialNumber::from_slice(issuer.raw_serial()),
                revocation_time: days(-5),
                reason_code: None,
                invalidity_date: None,
            };
            let list = CertificateRevocationListParams {
                this_update: days(-3),
                next_update: days(4),
                crl_number: SerialNumber::from_slice(&[1]),
                issuing_distribution_point: None,
                revoked_certs: vec![entry],
                key_identifier_method: KeyIdMethod::Sha256,
            };
            let list = list.signed_by(&self.roots[*which].issuer()).unwrap();
            let path = self.dir.path().join(format!("{which}.crl"));
            std::fs::write(&path, list.der()).unwrap();
            Crl::load(&path).unwrap()
        });
        let judge = Judge::new(Roots::load(false, &[roots], &[]).unwrap()).with_crls(lists.collect());
        let chain = [
            self.leaf.clone(),
            self.issuers[0].clone(),
            self.issuers[1].clone(),
        ];
        let name = ServerName::try_from("example.com").unwrap();
        judge.judge_chain(&Presented::new(&chain), &name, UnixTime::now())
    }
}

#[test]
fn another_path_is_taken_than_through_a_revoked_issuer() {
    let crossed = crossed();
    for (revoked, other) in [(0, 1), (1, 0)] {
        let judgement = crossed.revoked_by(&[revoked]);
        assert!(judgement.is_trusted(), "{}", judgement.text());
        let ders: Vec<_> = judgement.path.iter().map(|place| &place.der).collect();
        assert_eq!(
            ders,
            [
                &crossed.leaf,
                &crossed.issuers[other],
                crossed.roots[other].certificate()
            ]
        );
        let told = &judgement.alternatives[0];
        assert_eq!(told.certificates[1], crossed.issuers[revoked]);
        // The one that was presented first is tried first, and the other isn't looked into where that is good.
        let reason = match revoked {
            0 => "issuing certificate Company Issuer was revoked on ",
            _ => "it leads to a trusted root too; one path is enough",
        };
        assert!(told.reason.starts_with(reason), "{}", told.reason);
    }
}

#[test]
fn where_every_path_goes_through_a_revoked_issuer_the_chain_is_refused() {
    let judgement = crossed().revoked_by(&[0, 1]);
    assert_eq!(judgement.error, Some(CertificateError::Revoked));
    assert!(
        judgement
            .text()
            .starts_with("issuing certificate Company Issuer was revoked on "),
        "{}",
        judgement.text()
    );
}
