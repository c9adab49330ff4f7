//! How certificates are presented: in order, in another, twice, too many (RFC 8446 section 4.4.2).

use rustls::pki_types::CertificateDer;

use super::maker::{Entity, root};
use super::{Case, case};
use crate::verdict::BadgeKind;

pub(super) fn cases() -> Vec<Case> {
    let root = root("Root");
    let one = root.authority("One").make();
    let two = one.authority("Two").make();
    let stranger = super::maker::root("Elsewhere").authority("Foreign").make();
    let other = super::maker::root("Other Root");
    let crossed = other.cross_sign(&one).der();
    let leaf = two.server(&["example.com"]).der();
    let from = |what, presented: &[&CertificateDer<'static>]| case(what, presented).trusting(&[&root]);
    // As many as a handshake has room for.
    let many: Vec<Entity> = (0..150)
        .map(|number| stranger.authority(&format!("Foreign {number}")).make())
        .collect();
    let crowd = |first: &[&CertificateDer<'static>]| {
        let mut all: Vec<CertificateDer<'static>> = first.iter().map(|der| (*der).clone()).collect();
        all.extend(many.iter().map(|other| other.der.clone()));
        all
    };
    let in_front = crowd(&[&leaf, &two.der, &one.der]);
    let behind: Vec<_> = std::iter::once(leaf.clone())
        .chain(many.iter().map(|other| other.der.clone()))
        .chain([two.der.clone(), one.der.clone()])
        .collect();
    vec![
        from("in order", &[&leaf, &two.der, &one.der]).says("each of the 3 is issued by the next"),
        from("the other way round", &[&leaf, &one.der, &two.der])
            .warns(&["order"])
            .says("before the certificate that it issued: One (2 of 3)")
            .badges(&[(1, BadgeKind::WrongOrder)]),
        from("the root first", &[&leaf, &root.der, &two.der, &one.der])
            .warns(&["order"])
            .says("before the certificate that it issued: Root (2 of 4); the root Root (2 of 4) need not be sent")
            .badges(&[(1, BadgeKind::WrongOrder), (1, BadgeKind::RootSent)]),
        from("the root before its authority, twice", &[&leaf, &root.der, &two.der, &one.der, &two.der])
            .warns(&["order"])
            .says("before the certificate that it issued: Root (2 of 5); presented twice: Two (5 of 5); the root")
            .badges(&[(1, BadgeKind::WrongOrder), (4, BadgeKind::Duplicate)]),
        from("all in order, the root behind", &[&leaf, &two.der, &one.der, &root.der])
            .says("each is issued by the next; the root Root (4 of 4) need not be sent"),
        from("a cross-certificate of another path", &[&leaf, &two.der, &crossed, &one.der])
            .trusting(&[&other])
            .says("each of the path is issued by the next; what else was presented is of other paths"),
        from("an issuer twice", &[&leaf, &two.der, &two.der, &one.der])
            .warns(&["order"])
            .says("presented twice: Two (3 of 4)")
            .badges(&[(2, BadgeKind::Duplicate)]),
        from("its own certificate twice", &[&leaf, &leaf, &two.der, &one.der])
            .warns(&["order"])
            .badges(&[(1, BadgeKind::Duplicate)]),
        from(
            "one that nothing needs",
            &[&leaf, &two.der, &stranger.der, &one.der],
        )
        .warns(&["order"])
        .says("needless: Foreign (3 of 4)")
        .badges(&[(2, BadgeKind::Needless)]),
        from("one is missing in the middle", &[&leaf, &one.der])
            .fails(&["path"])
            .warns(&["order"])
            .says("missing: Two"),
        from("the first is missing", &[&two.der, &one.der])
            .fails(&["name", "ca_flag", "key_usage"])
            .warns(&["lifetime"]),
        from("all but its own is first", &[&one.der, &two.der, &leaf])
            .fails(&["name", "ca_flag", "key_usage"])
            .warns(&["lifetime", "order"]),
        from(
            "150 that nothing needs, behind",
            &in_front.iter().collect::<Vec<_>>(),
        )
        .warns(&["order"])
        .says("153 certificates were presented, of which the first 32 were looked at"),
        from(
            "150 that nothing needs, before the issuers",
            &behind.iter().collect::<Vec<_>>(),
        )
        .fails(&["path"])
        .warns(&["order"])
        .openssl_differs("it looks at all of them"),
    ]
}
