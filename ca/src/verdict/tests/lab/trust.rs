//! Trust: roots that are trusted, that aren't, that only look so; and signatures that aren't their issuer's.

use super::keys::Key;
use rustls::pki_types::CertificateDer;

use super::maker::{extension, printable_name, root, root_of, root_with, self_signed};
use super::{Case, case};
use crate::der::{OID, SEQUENCE, element};
use crate::verdict::BadgeKind;

pub(super) fn cases() -> Vec<Case> {
    let company = root("Company Root");
    let other = root("Other Root");
    let impostor = root("Company Root");
    let middle = company.authority("Issuer").make();
    let other_middle = other.authority("Other Issuer").make();
    let server = middle.server(&["example.com"]).der();
    let plain_self_signed = self_signed(&["example.com"]);
    let own = plain_self_signed.clone().make();
    let own_authority = plain_self_signed.clone().path_length(None).make();
    let address = element(0x86, b"http://ca.test/issuer.der");
    let method = element(OID, &[0x2b, 6, 1, 5, 5, 7, 0x30, 2]);
    let access = element(SEQUENCE, &element(SEQUENCE, &[method, address].concat()));
    let fetchable = middle
        .server(&["example.com"])
        .with(extension::AUTHORITY_ACCESS, false, &access);
    let unlike = impostor.authority("Issuer").make();
    let own_root = root("Handlens on a machine");
    let in_another_coat = root_with("Somebody's Root", own_root.key.clone()).make();
    let below_company = company.authority("Handlens of the company").make();
    let cross_signed = company
        .authority("Somebody's Issuer")
        .key(own_root.key.clone())
        .make();
    let minted = own_root.server(&["example.com"]).der();
    let ours = |what, presented: &[&CertificateDer<'static>]| {
        case(what, presented)
            .trusting(&[&company])
            .with_own_root(&own_root)
            .fails(&["anchor"])
            .says("Handlens's own root, which is never trusted for origins")
    };
    let encoded_otherwise = company
        .authority("Issuer")
        .name(printable_name("Issuer"))
        .key(middle.key.clone())
        .der();
    vec![
        case("a root, an issuer, a server", &[&server, &middle.der])
            .trusting(&[&company])
            .says("example.com < Issuer < Company Root")
            .alternatives(0),
        case("the root is sent too", &[&server, &middle.der, &company.der])
            .trusting(&[&company])
            .says("the root Company Root (3 of 3) need not be sent")
            .badges(&[(2, BadgeKind::RootSent), (2, BadgeKind::SelfSigned)]),
        case(
            "a root that is not trusted, sent",
            &[
                &other_middle.server(&["example.com"]).der(),
                &other_middle.der,
                &other.der,
            ],
        )
        .trusting(&[&company])
        .fails(&["anchor"])
        .says("certificate's root is not trusted: Other Root"),
        case(
            "a root that is not trusted, not sent",
            &[&other_middle.server(&["example.com"]).der(), &other_middle.der],
        )
        .trusting(&[&company])
        .fails(&["path"])
        .warns(&["order"])
        .says("certificate's issuer is unknown: Other Root"),
        case("the issuer is missing", &[&server])
            .trusting(&[&company])
            .fails(&["path"])
            .warns(&["order"])
            .says("missing: Issuer"),
        case("the issuer is missing, and could be fetched", &[&fetchable.der()])
            .trusting(&[&company])
            .fails(&["path"])
            .warns(&["order"])
            .says("browsers may fetch it from http://ca.test/issuer.der, Handlens does not"),
        case(
            "the issuer is missing, and another's is there",
            &[&server, &other_middle.der],
        )
        .trusting(&[&company])
        .fails(&["path"])
        .warns(&["order"])
        .badges(&[(1, BadgeKind::Needless)]),
        case("self-signed", &[&own.der])
            .fails(&["anchor"])
            .says("certificate is self-signed"),
        case("self-signed, and an authority", &[&own_authority.der])
            .fails(&["anchor"])
            .warns(&["ca_flag"]),
        case("self-signed, and named by the person", &[&own.der]).trusting(&[&own]),
        case(
            "self-signed and an authority, and named by the person",
            &[&own_authority.der],
        )
        .trusting(&[&own_authority])
        .warns(&["ca_flag"])
        .says("this very certificate was named as trusted"),
        case("self-signed, named, for another name", &[&own_authority.der])
            .trusting(&[&own_authority])
            .asked("example.org")
            .fails(&["name"])
            .warns(&["ca_flag"]),
        case(
            "it names itself as its issuer, and another signed",
            &[&plain_self_signed.clone().signed_by(&Key::p256()).der()],
        )
        .fails(&["anchor", "signature"])
        .says("is not signed with its own key"),
        case(
            "a root that looks like a trusted one, sent",
            &[&impostor.server(&["example.com"]).der(), &impostor.der],
        )
        .trusting(&[&company])
        .fails(&["anchor"])
        .says("certificate's root only looks like Company Root")
        .badges(&[(1, BadgeKind::LookAlike)]),
        case(
            "a root that looks like a trusted one, not sent",
            &[&impostor.server(&["example.com"]).der()],
        )
        .trusting(&[&company])
        .fails(&["signature"])
        .says("it was signed by another of that name: it names the key"),
        case("an issuer that looks like the true one", &[&server, &unlike.der])
            .trusting(&[&company])
            .fails(&["signature"])
            .says("certificate's signature is not that of its issuer Issuer"),
        case(
            "the true issuer beside one that looks like it",
            &[&server, &unlike.der, &middle.der],
        )
        .trusting(&[&company])
        .warns(&["order"])
        .alternatives(1),
        case(
            "a signature that is broken",
            &[&middle.server(&["example.com"]).spoiled().der(), &middle.der],
        )
        .trusting(&[&company])
        .fails(&["signature"])
        .says("certificate's signature is not that of its issuer Issuer"),
        case(
            "an issuer's signature that is broken",
            &[
                &{
                    let broken = company.authority("Issuer").spoiled().make();
                    broken.server(&["example.com"]).der()
                },
                &company
                    .authority("Issuer")
                    .key(middle.key.clone())
                    .spoiled()
                    .der(),
            ],
        )
        .trusting(&[&company])
        .fails(&["signature"]),
        case(
            "signed with another's key",
            &[&company.server(&["example.com"]).signed_by(&other.key).der()],
        )
        .trusting(&[&company])
        .fails(&["signature"]),
        case(
            "signed with a key of another kind",
            &[&company
                .server(&["example.com"])
                .signed_by(&Key::rcgen(
                    &rcgen::PKCS_RSA_SHA256,
                    super::keys::algorithm::RSA_SHA256,
                ))
                .der()],
        )
        .trusting(&[&company])
        .fails(&["signature"])
        .says("it is RSA with SHA-256, and the key is of another kind"),
        case("an issuer that the person named, without its root", &[&server]).trusting(&[&middle]),
        case(
            "a root of version 1",
            &[&root_v1().server(&["example.com"]).der()],
        )
        .fails(&["path"])
        .warns(&["order"]),
        {
            let old = root_v1();
            case(
                "a root of version 1 that is trusted",
                &[&old.server(&["example.com"]).der()],
            )
            .trusting(&[&old])
        },
        case(
            "an issuer whose name is encoded otherwise",
            &[&server, &encoded_otherwise],
        )
        .trusting(&[&company])
        .fails(&["path"])
        .warns(&["order"])
        .says("one of that name was presented, and its name is encoded otherwise")
        .openssl_differs("it compares names by their text"),
        ours("minted by our own root", &[&minted]),
        ours("minted by our own root, which is sent", &[&minted, &own_root.der])
            .badges(&[(1, BadgeKind::OwnRoot), (1, BadgeKind::RootSent)]),
        ours("minted by our own root, which the person named", &[&minted])
            .trusting(&[&own_root])
            .openssl_differs("it knows nothing of Handlens"),
        ours(
            "by our own root's key under another name",
            &[
                &in_another_coat.server(&["example.com"]).der(),
                &in_another_coat.der,
            ],
        )
        .badges(&[(1, BadgeKind::OwnRoot)]),
        ours(
            "minted by our own root, which a trusted authority issued",
            &[&below_company.server(&["example.com"]).der(), &below_company.der],
        )
        .with_own_root(&below_company)
        .badges(&[(1, BadgeKind::OwnRoot)])
        .openssl_differs("it knows nothing of Handlens"),
        ours(
            "by our own root's key, which a trusted authority certified under another name",
            &[&cross_signed.server(&["example.com"]).der(), &cross_signed.der],
        )
        .badges(&[(1, BadgeKind::OwnRoot)])
        .openssl_differs("it knows nothing of Handlens"),
        ours(
            "our own root's key as a server's",
            &[&company.server(&["example.com"]).key(own_root.key.clone()).der()],
        )
        .badges(&[(0, BadgeKind::OwnRoot)])
        .openssl_differs("it knows nothing of Handlens"),
        ours("our own root as a server", &[&own_root.der])
            .asked("handlens")
            .fails(&["anchor", "name", "ca_flag", "key_usage"])
            .warns(&["lifetime"]),
        case("nothing is trusted", &[&server, &middle.der])
            .fails(&["path"])
            .warns(&["order"]),
    ]
}

fn root_v1() -> super::maker::Entity {
    root_of("Old Root").version(1).make()
}
