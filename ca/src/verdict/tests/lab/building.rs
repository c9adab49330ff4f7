//! Paths with a choice: the kinds of case that C2SP x509-limbo and BetterTLS have. Several certificates lead on from
//! one, and only some of the ways are good.

use super::maker::{CODE, Entity, SIGNS_LISTS, Template, dns, extension, root, root_of};
use super::{Case, case};
use crate::der::{OCTET_STRING, SEQUENCE, element};
use crate::verdict::BadgeKind;

const ONE_WAY: &str = "it doesn't go back from the first way that it takes";

/// An issuer with a good certificate by one root, and another certificate of the same key by another root.
struct Choice {
    old: Entity,
    new: Entity,
    issuer: Entity,
}

impl Choice {
    fn new() -> Self {
        let (old, new) = (root("Old Root"), root("New Root"));
        let issuer = new.authority("Issuer").make();
        Self { old, new, issuer }
    }

    /// The issuer's other certificate, by the old root.
    fn other(&self) -> Template {
        self.old.cross_sign(&self.issuer)
    }

    /// The bad certificate stands before the good one; both roots are trusted.
    fn case(&self, what: &'static str, bad: Template) -> Case {
        let leaf = self.issuer.server(&["example.com"]).der();
        case(what, &[&leaf, &bad.der(), &self.issuer.der])
            .trusting(&[&self.old, &self.new])
            .alternatives(1)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let choice = Choice::new();
    let (old, new, issuer) = (&choice.old, &choice.new, &choice.issuer);
    let leaf = issuer.server(&["example.com"]).der();
    let other = choice.other().der();
    // The new root as the old one signed it: how a new root begins.
    let bridge = old.cross_sign(new).der();
    let dead_bridge = old.cross_sign(new).days(-90, -2).der();
    // Each other's issuers.
    let (one, two) = (
        root("One").authority("Mesh").make(),
        root("Two").authority("Net").make(),
    );
    let ring = [one.cross_sign(&two).der(), two.cross_sign(&one).der()];
    let ringed = one.server(&["example.com"]).der();
    let into_ring = new.cross_sign(&two).der();
    let namesake = root_of("New Root").make();
    let mesh = mesh();
    let mesh_leaf = mesh[0].server(&["example.com"]).der();
    let mesh_ders: Vec<_> = mesh_certificates(&mesh);
    let renewed = new
        .authority("Issuer")
        .key(issuer.key.clone())
        .days(-10, 2_000)
        .der();
    let mut nowhere = vec![leaf.clone()];
    nowhere.extend((0..20).map(|number| root(&format!("Nowhere {number}")).cross_sign(issuer).der()));
    nowhere.push(issuer.der.clone());
    vec![
        case("two good ways", &[&leaf, &other, &issuer.der])
            .trusting(&[old, new])
            .alternatives(1)
            .says("it leads to a trusted root too; one path is enough")
            .badges(&[(1, BadgeKind::CrossSign), (2, BadgeKind::CrossSign)]),
        case(
            "one root is trusted, the first way's",
            &[&leaf, &other, &issuer.der],
        )
        .trusting(&[old])
        .warns(&["order"])
        .alternatives(1)
        .says("certificate's issuer is unknown: New Root"),
        case(
            "one root is trusted, the second way's",
            &[&leaf, &other, &issuer.der],
        )
        .trusting(&[new])
        .warns(&["order"])
        .alternatives(1)
        .openssl_differs(ONE_WAY)
        .says("certificate's issuer is unknown: Old Root"),
        choice
            .case("the first way is expired", choice.other().days(-90, -2))
            .says("issuing certificate Issuer expired 2 days ago")
            .badges(&[(1, BadgeKind::Expired), (1, BadgeKind::CrossSign)]),
        choice
            .case("the first way is not yet valid", choice.other().days(2, 90))
            .says("it begins in 2 days"),
        choice
            .case("the first way's signature is broken", choice.other().spoiled())
            .warns(&["order"])
            .openssl_differs(ONE_WAY)
            .says("issuing certificate Issuer's signature is not that of its issuer Old Root"),
        choice
            .case(
                "the first way is no authority's",
                choice.other().without(extension::BASIC_CONSTRAINTS),
            )
            .openssl_differs(ONE_WAY)
            .says("by a certificate that is no authority's: Issuer"),
        choice
            .case("the first way is for code", choice.other().purposes(&[CODE]))
            .openssl_differs(ONE_WAY)
            .says("issuing certificate Issuer is not for servers"),
        choice
            .case(
                "the first way may not sign certificates",
                choice.other().usage(SIGNS_LISTS),
            )
            .openssl_differs(ONE_WAY)
            .says("issuing certificate Issuer may not sign certificates"),
        choice
            .case(
                "the first way may not vouch for the name",
                choice.other().constrained(&[dns("example.org")], &[]),
            )
            .openssl_differs(ONE_WAY)
            .says("DNS:example.com is not among those of Issuer"),
        choice
            .case(
                "the first way excludes the name",
                choice.other().constrained(&[], &[dns("example.com")]),
            )
            .openssl_differs(ONE_WAY)
            .says("DNS:example.com is excluded by Issuer"),
        choice
            .case(
                "the first way has a critical extension",
                choice
                    .other()
                    .with(extension::UNKNOWN, true, &element(OCTET_STRING, b"?")),
            )
            .openssl_differs(ONE_WAY)
            .says("issuing certificate Issuer has a critical extension"),
        choice
            .case("the first way is of version 1", choice.other().version(1))
            .openssl_differs(ONE_WAY)
            .says("issuing certificate Issuer is of an X.509 version before 3"),
        case(
            "the first way is too long for its limit",
            &{
                let limited = old.authority("Limited").path_length(Some(0)).make();
                let by_limited = limited.cross_sign(issuer).der();
                [leaf.clone(), by_limited, limited.der, issuer.der.clone()]
            }
            .iter()
            .collect::<Vec<_>>(),
        )
        .trusting(&[old, new])
        .alternatives(1)
        .openssl_differs(ONE_WAY)
        .says("Limited allows 0 below it, and there are 1"),
        case(
            "both ways are bad, each in its own way",
            &[
                &leaf,
                &choice.other().days(-90, -2).der(),
                &new.authority("Issuer")
                    .key(issuer.key.clone())
                    .purposes(&[CODE])
                    .der(),
            ],
        )
        .trusting(&[old, new])
        .fails(&["dates"])
        .alternatives(1)
        .says("issuing certificate Issuer is not for servers"),
        case("the same key, renewed", &[&leaf, &issuer.der, &renewed])
            .trusting(&[new])
            .alternatives(1)
            .says("it leads to a trusted root too"),
        case(
            "a new root, signed by an old one, and the old one is trusted",
            &[&leaf, &issuer.der, &bridge],
        )
        .trusting(&[old])
        .says("example.com < Issuer < New Root < Old Root"),
        case(
            "a new root, signed by an old one, and both are trusted",
            &[&leaf, &issuer.der, &bridge],
        )
        .trusting(&[old, new])
        .alternatives(1)
        .says("example.com < Issuer < New Root")
        .badges(&[(2, BadgeKind::CrossSign)]),
        case(
            "a new root, signed by one that nobody has any more",
            &[&leaf, &issuer.der, &bridge],
        )
        .trusting(&[new])
        .warns(&["order"])
        .alternatives(1)
        .says("certificate's issuer is unknown: Old Root"),
        case(
            "a new root, signed by an old one long ago",
            &[&leaf, &issuer.der, &dead_bridge],
        )
        .trusting(&[old, new])
        .alternatives(1)
        .says("issuing certificate New Root expired 2 days ago")
        .badges(&[(2, BadgeKind::Expired), (2, BadgeKind::CrossSign)]),
        case(
            "a new root, signed by an old one long ago, that isn't trusted",
            &[&leaf, &issuer.der, &dead_bridge],
        )
        .trusting(&[old])
        .fails(&["dates"]),
        case("two roots of one name are trusted", &[&leaf, &issuer.der])
            .trusting(&[&namesake, new])
            .alternatives(1)
            .says("issuing certificate Issuer's signature is not that of its issuer New Root"),
        case(
            "issuers of each other, and no root",
            &[&ringed, &ring[0], &ring[1]],
        )
        .trusting(&[new])
        .fails(&["path"])
        .warns(&["order"]),
        case(
            "issuers of each other, and a way out",
            &[&ringed, &ring[0], &ring[1], &into_ring],
        )
        .trusting(&[new])
        .warns(&["order"])
        .openssl_differs(ONE_WAY)
        .says("example.com < Mesh < Net < New Root"),
        case(
            "all are issuers of all, and no root",
            &std::iter::once(&mesh_leaf).chain(&mesh_ders).collect::<Vec<_>>(),
        )
        .trusting(&[new])
        .fails(&["path"])
        .warns(&["order"]),
        case(
            "twenty ways that end nowhere, and a good one",
            &nowhere.iter().collect::<Vec<_>>(),
        )
        .trusting(&[new])
        .warns(&["order"])
        .openssl_differs(ONE_WAY),
        case(
            "what names the issuer's key is wrong",
            &[
                &issuer
                    .server(&["example.com"])
                    .with(
                        extension::ISSUER_KEY,
                        false,
                        &element(SEQUENCE, &element(0x80, b"another")),
                    )
                    .der(),
                &issuer.der,
            ],
        )
        .trusting(&[new])
        .openssl_differs("it looks for an issuer with that key alone"),
    ]
}

/// Authorities of which each certifies each other.
fn mesh() -> Vec<Entity> {
    let base = root("Mesh Root");
    (0..6)
        .map(|number| base.authority(&format!("Node {number}")).make())
        .collect()
}

fn mesh_certificates(mesh: &[Entity]) -> Vec<rustls::pki_types::CertificateDer<'static>> {
    let pairs = mesh.iter().enumerate().flat_map(|(at, issuer)| {
        mesh.iter()
            .enumerate()
            .filter(move |(other, _)| *other != at)
            .map(move |(_, other)| (issuer, other))
    });
    pairs
        .map(|(issuer, subject)| issuer.cross_sign(subject).der())
        .collect()
}
