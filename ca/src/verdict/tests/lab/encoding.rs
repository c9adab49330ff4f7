//! Certificates that are broken, odd or old: versions, extensions, serial numbers, bytes behind.

use rustls::pki_types::CertificateDer;

use super::maker::{extension, root};
use super::{Case, case};
use crate::der::{BOOLEAN, OCTET_STRING, SEQUENCE, element};
use crate::verdict::BadgeKind;

pub(super) fn cases() -> Vec<Case> {
    let root = root("Root");
    let server = || root.server(&["example.com"]);
    let good = |what, der| case(what, &[&der]).trusting(&[&root]);
    let noise = CertificateDer::from(vec![0x30, 3, 2, 1, 5]);
    let text = element(OCTET_STRING, b"text");
    let middle = root.authority("Issuer").make();
    let knowing = root
        .authority("Knowing")
        .with(extension::UNKNOWN, true, &text)
        .make();
    let policies = element(SEQUENCE, &element(SEQUENCE, &element(6, &[0x55, 0x1d, 0x20, 0])));
    let nameless = || server().name(element(SEQUENCE, &[]));
    vec![
        good("version 1", server().version(1).der())
            .fails(&["path", "name"])
            .says("certificate is of an X.509 version before 3")
            .openssl_differs("it takes version 1, and the common name"),
        good("version 2", server().version(2).der())
            .fails(&["path", "name"])
            .openssl_differs("it takes version 2, and the common name"),
        good("version 4", server().version(4).der())
            .fails(&["path"])
            .openssl_differs("it takes any version"),
        good(
            "an unknown extension",
            server().with(extension::UNKNOWN, false, &text).der(),
        ),
        good(
            "an unknown critical extension",
            server().with(extension::UNKNOWN, true, &text).der(),
        )
        .fails(&["critical_extensions"])
        .says("certificate has a critical extension that is not understood here: 1.2.3.4"),
        case(
            "an issuer's unknown critical extension",
            &[&knowing.server(&["example.com"]).der(), &knowing.der],
        )
        .trusting(&[&root])
        .fails(&["critical_extensions"])
        .says("issuing certificate Knowing has a critical extension"),
        good(
            "a precertificate",
            server().with(extension::POISON, true, &[5, 0]).der(),
        )
        .fails(&["critical_extensions"])
        .says("the poison of a precertificate"),
        good(
            "policies that are critical",
            server().with(extension::POLICIES, true, &policies).der(),
        )
        .fails(&["critical_extensions"])
        .says("certificatePolicies")
        .openssl_differs("it knows policies; webpki doesn't, and refuses"),
        good(
            "names that are critical",
            nameless()
                .with(
                    extension::NAMES,
                    true,
                    &element(SEQUENCE, &element(0x82, b"example.com")),
                )
                .der(),
        )
        .says("subjectAltName"),
        good(
            "one extension twice",
            server()
                .and(
                    extension::NAMES,
                    false,
                    &element(SEQUENCE, &element(0x82, b"example.com")),
                )
                .der(),
        )
        .fails(&["path"])
        .says("certificate is broken: it has one extension twice"),
        good(
            "names that are no sequence",
            server().with(extension::NAMES, false, &text).der(),
        )
        .fails(&["path", "name"]),
        good(
            "basic constraints that are none",
            server()
                .with(extension::BASIC_CONSTRAINTS, true, &element(BOOLEAN, &[0xff]))
                .der(),
        )
        .fails(&["path", "ca_flag"]),
        good(
            "a key usage of no bits",
            server().with(extension::KEY_USAGE, true, &element(3, &[0])).der(),
        )
        .fails(&["key_usage"]),
        good(
            "a list of extensions with none in it",
            server().empty_extensions().der(),
        )
        .fails(&["name"])
        .openssl_differs("it takes the common name where there is no other"),
        good("a negative serial number", server().serial(&[0x80, 1]).der()),
        good("a serial number of 30 bytes", server().serial(&[0x11; 30]).der()),
        good("a serial number of zero", server().serial(&[0]).der()),
        good("no subject", nameless().der()),
        good("bytes behind the certificate", server().trailed_by(&[0, 0]).der())
            .fails(&["path"])
            .openssl_differs("it reads the first certificate, and no further"),
        good("what is no certificate", noise.clone())
            .fails(&["path"])
            .says("certificate is broken: it can't be read"),
        case("nothing", &[]).trusting(&[&root]).fails(&["path"]),
        case(
            "what is no certificate behind one that is",
            &[&server().der(), &noise],
        )
        .trusting(&[&root])
        .warns(&["order"])
        .badges(&[(1, BadgeKind::Unreadable)])
        .openssl_differs("it reads no file that has such a thing in it"),
        case(
            "bytes behind the issuer",
            &[
                &middle.server(&["example.com"]).der(),
                &root
                    .authority("Issuer")
                    .key(middle.key.clone())
                    .trailed_by(&[0])
                    .der(),
            ],
        )
        .trusting(&[&root])
        .fails(&["path"])
        .warns(&["order"])
        .openssl_differs("it reads the first certificate, and no further"),
    ]
}
