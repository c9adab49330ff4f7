//! Dates: of the origin's certificate, of its issuers, of the root; and how they are written.

use super::maker::{NOW, root, root_of, time_at};
use super::{Case, case};
use crate::der::{GENERALIZED_TIME, UTC_TIME, element};
use crate::verdict::BadgeKind;

const HOUR: i64 = 3_600;

pub(super) fn cases() -> Vec<Case> {
    let root = root("Root");
    let server = || root.server(&["example.com"]);
    let middle = root.authority("Issuer").make();
    let expired = root.authority("Issuer").days(-90, -2).make();
    let early = root.authority("Issuer").days(2, 90).make();
    let old_root = root_of("Old Root").days(-2_000, -5).make();
    let utc = |text: &str| element(UTC_TIME, text.as_bytes());
    vec![
        case("valid", &[&server().der()])
            .trusting(&[&root])
            .says("60 days left"),
        case(
            "its last second",
            &[&server().times(time_at(NOW - HOUR), time_at(NOW)).der()],
        )
        .trusting(&[&root])
        .openssl_differs("it takes the last second for too late")
        .says("0 seconds left"),
        case(
            "its first second",
            &[&server().times(time_at(NOW), time_at(NOW + HOUR)).der()],
        )
        .trusting(&[&root]),
        case(
            "a second too late",
            &[&server().times(time_at(NOW - HOUR), time_at(NOW - 1)).der()],
        )
        .trusting(&[&root])
        .fails(&["dates"])
        .says("certificate expired 1 second ago")
        .badges(&[(0, BadgeKind::Expired)]),
        case(
            "a second too early",
            &[&server().times(time_at(NOW + 1), time_at(NOW + HOUR)).der()],
        )
        .trusting(&[&root])
        .fails(&["dates"])
        .says("certificate is not yet valid: it begins in 1 second")
        .badges(&[(0, BadgeKind::NotYetValid)]),
        case("expired three days ago", &[&server().days(-90, -3).der()])
            .trusting(&[&root])
            .fails(&["dates"])
            .says("certificate expired 3 days ago"),
        case("it ends before it begins", &[&server().days(30, -30).der()])
            .trusting(&[&root])
            .fails(&["dates"])
            .says("it ends before it begins"),
        case(
            "an issuer that is expired",
            &[&expired.server(&["example.com"]).der(), &expired.der],
        )
        .trusting(&[&root])
        .fails(&["dates"])
        .says("issuing certificate Issuer expired 2 days ago"),
        case(
            "an issuer that is not yet valid",
            &[&early.server(&["example.com"]).der(), &early.der],
        )
        .trusting(&[&root])
        .fails(&["dates"])
        .says("issuing certificate Issuer is not yet valid: it begins in 2 days"),
        case(
            "both expired",
            &[
                &expired.server(&["example.com"]).days(-90, -3).der(),
                &expired.der,
            ],
        )
        .trusting(&[&root])
        .fails(&["dates"]),
        case(
            "an expired issuer that nothing needs",
            &[&server().der(), &expired.der],
        )
        .trusting(&[&root])
        .warns(&["order"])
        .badges(&[(1, BadgeKind::Expired), (1, BadgeKind::Needless)]),
        case(
            "a root that is expired",
            &[&old_root.server(&["example.com"]).der()],
        )
        .trusting(&[&old_root])
        .warns(&["dates"])
        .says("root Old Root expired 5 days ago; that is not held against roots here")
        .openssl_differs("it holds a root's dates against it; webpki takes a root for a name and a key"),
        case(
            "years of two digits",
            &[&server().times(utc("261001000000Z"), utc("270101000000Z")).der()],
        )
        .trusting(&[&root]),
        case(
            "the last century",
            &[&server().times(utc("500101000000Z"), utc("991231235959Z")).der()],
        )
        .trusting(&[&root])
        .fails(&["dates"]),
        case(
            "no end, as RFC 5280 writes it",
            &[&server()
                .times(time_at(NOW), element(GENERALIZED_TIME, b"99991231235959Z"))
                .der()],
        )
        .trusting(&[&root])
        .warns(&["lifetime"]),
        case(
            "a thirteenth month",
            &[&server()
                .times(time_at(NOW), element(GENERALIZED_TIME, b"20271321000000Z"))
                .der()],
        )
        .trusting(&[&root])
        .fails(&["path"]),
        case(
            "an expired issuer and a good one of the same key",
            &[
                &middle.server(&["example.com"]).der(),
                &root.cross_sign(&middle).days(-90, -2).der(),
                &middle.der,
            ],
        )
        .trusting(&[&root])
        .alternatives(1)
        .says("issuing certificate Issuer expired 2 days ago")
        .badges(&[(1, BadgeKind::Expired)]),
    ]
}
