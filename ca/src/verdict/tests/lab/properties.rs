//! Whatever is presented: a judgement comes, never a panic; webpki and the checks agree; and the work is bounded.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use rustls::pki_types::CertificateDer;

use super::maker::{
    CLIENT, Entity, SERVER, SIGNS, SIGNS_CERTIFICATES, Template, directory, dns, extension, ip, root,
};
use super::{case, told};
use crate::der::{OCTET_STRING, element};
use crate::verdict::Judgement;
use crate::verdict::case::{Case, Purpose};
use crate::verdict::links::MAX_VERIFIED;
use crate::verdict::search::{MAX_STEPS, MAX_TRAILS, Search};

/// Keys live in `Rc`s, so a chain is kept as its bytes.
struct Chain {
    root: CertificateDer<'static>,
    presented: Vec<CertificateDer<'static>>,
}

fn chain() -> Chain {
    let root = root("Root");
    let middle = root
        .authority("Issuer")
        .path_length(Some(0))
        .constrained(&[dns("com")], &[])
        .make();
    Chain {
        presented: vec![middle.server(&["example.com", "*.example.com"]).der(), middle.der],
        root: root.der,
    }
}

fn judge(root: &CertificateDer<'static>, presented: &[CertificateDer<'static>]) -> std::sync::Arc<Judgement> {
    let mut case = case("anything", &presented.iter().collect::<Vec<_>>());
    case.roots.push(root.clone());
    case.judge()
}

proptest! {
    #[test]
    fn a_bit_that_is_flipped_is_never_good_and_always_explained(at in any::<Index>(), which in 0_usize..2, bit in 0_u8..8) {
        static CHAIN: LazyLock<Chain> = LazyLock::new(chain);
        let mut presented = CHAIN.presented.clone();
        let mut der = presented[which].to_vec();
        let place = at.index(der.len());
        der[place] ^= 1 << bit;
        presented[which] = CertificateDer::from(der);
        let judgement = judge(&CHAIN.root, &presented);
        prop_assert!(!judgement.is_trusted(), "byte {place} of {which}\n{}", told(&judgement));
        prop_assert!(judgement.fault.is_none(), "byte {place} of {which}: {:?}\n{}", judgement.fault, told(&judgement));
        prop_assert!(!judgement.text().is_empty());
    }

    #[test]
    fn what_is_cut_short_or_is_noise_is_never_good(
        cut in any::<Index>(),
        which in 0_usize..2,
        noise in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        static CHAIN: LazyLock<Chain> = LazyLock::new(chain);
        for bytes in [CHAIN.presented[which][..cut.index(CHAIN.presented[which].len())].to_vec(), noise] {
            let mut presented = CHAIN.presented.clone();
            presented[which] = CertificateDer::from(bytes);
            let judgement = judge(&CHAIN.root, &presented);
            prop_assert!(!judgement.is_trusted(), "{}", told(&judgement));
            prop_assert!(judgement.fault.is_none(), "{}", told(&judgement));
        }
    }

    /// Certificates that are well-made and of all sorts, in any order.
    #[test]
    fn the_checks_agree_with_webpki(servers in sorts(), issuers in proptest::collection::vec((sorts(), any::<bool>()), 1..4), turn in 0_usize..4) {
        let old = root("Old Root");
        let new = root("New Root");
        let mut above = new.clone();
        let mut presented = Vec::new();
        for (sorts, is_crossed) in issuers {
            let issuer = above.authority("Issuer").make();
            if is_crossed {
                presented.push(of_sorts(old.cross_sign(&issuer), &sorts).der());
                presented.push(issuer.der.clone());
            } else {
                presented.push(of_sorts(above.cross_sign(&issuer), &sorts).der());
            }
            above = issuer;
        }
        presented.reverse();
        let count = presented.len();
        presented.rotate_left(turn % count);
        presented.insert(0, of_sorts(above.server(&["example.com"]), &servers).der());
        for root in [&new, &old] {
            let judgement = judge(&root.der, &presented);
            prop_assert!(judgement.fault.is_none(), "{:?}\n{}", judgement.fault, told(&judgement));
            let fails = judgement.checks.iter().any(|check| check.outcome == crate::verdict::CheckOutcome::Fail);
            prop_assert_eq!(judgement.is_trusted(), !fails, "{}", told(&judgement));
        }
    }
}

/// What a certificate is made like; half of them are like any other.
fn sorts() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(Vec::new()), proptest::collection::vec(0_u8..20, 0..3),]
}

fn of_sorts(template: Template, sorts: &[u8]) -> Template {
    sorts.iter().fold(template, |template, sort| match sort {
        0 => template.days(-90, -1),
        1 => template.days(1, 90),
        2 => template.path_length(None),
        3 => template.path_length(Some(0)),
        4 => template.path_length(Some(1)),
        5 => template.without(extension::BASIC_CONSTRAINTS),
        6 => template.usage(SIGNS),
        7 => template.usage(SIGNS_CERTIFICATES),
        8 => template.purposes(&[SERVER]),
        9 => template.purposes(&[CLIENT]),
        10 => template.constrained(&[dns("example.com")], &[]),
        11 => template.constrained(&[dns("example.org")], &[]),
        12 => template.constrained(&[], &[dns("www.example.com")]),
        13 => template.constrained(&[ip(&[192, 0, 2, 0, 255, 255, 255, 0])], &[]),
        14 => template.constrained(&[directory("Company")], &[]),
        15 => template.named(&[dns("*.example.com"), ip(&[192, 0, 2, 7])]),
        16 => template.named(&[dns("example.com"), dns("a\0b")]),
        17 => template.with(extension::UNKNOWN, true, &element(OCTET_STRING, b"?")),
        18 => template.version(1),
        _ => template.spoiled(),
    })
}

#[test]
fn the_work_is_bounded_whatever_is_presented() {
    // As many as a handshake has room for, all issuers of all, below a root that is trusted and one that is not.
    let root = root("Root");
    let nodes: Vec<Entity> = (0..12).map(|_| root.authority("Node").make()).collect();
    let crossed = nodes
        .iter()
        .flat_map(|issuer| nodes.iter().map(|subject| issuer.cross_sign(subject).der()));
    let presented: Vec<_> = std::iter::once(nodes[0].server(&["example.com"]).der())
        .chain(crossed)
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("roots.pem");
    crate::trust::write_bundle(&path, [&root.der]).unwrap();
    let roots = crate::Roots::load(false, &[path], &[]).unwrap();
    let algorithms = rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
    let now = rustls::pki_types::UnixTime::now();
    let case = Case::new(&presented, &roots, algorithms.all, Purpose::Client, now);
    let search = Search::run(&case);
    assert!(search.is_cut);
    assert!(search.trails.len() <= MAX_TRAILS);
    assert!(search.steps <= MAX_STEPS, "{} steps", search.steps);
    for trail in &search.trails {
        trail.links(&case);
    }
    assert!(case.links.borrow().verified() <= MAX_VERIFIED);

    let judgement = judge(&root.der, &presented);
    assert!(!judgement.is_trusted());
    assert_eq!(judgement.fault, None, "{}", told(&judgement));
}

#[test]
fn too_many_names_and_constraints_are_not_compared_to_their_end() {
    let root = root("Root");
    let many = |what: &str| {
        (0..1_500)
            .map(|number| dns(format!("{number}.{what}.test")))
            .collect::<Vec<_>>()
    };
    let narrow = root.authority("Narrow").constrained(&[], &many("not")).make();
    let leaf = narrow.server(&["example.com"]).named(&many("but")).der();
    let judgement = judge(&root.der, &[leaf, narrow.der]);
    assert_eq!(judgement.fault, None, "{}", told(&judgement));
    assert!(!judgement.is_trusted());
    assert!(
        judgement.text().contains("takes too much work"),
        "{}",
        judgement.text()
    );
}
