//! Name constraints (RFC 5280 section 4.2.1.10): of issuers and of roots, on DNS names, addresses and other names.

use super::maker::{Entity, common_name, directory, dns, extension, ip, root, root_of};
use super::{Case, case};
use crate::der::{SEQUENCE, context, element};

const VIOLATES: &[&str] = &["name_constraints"];

pub(super) fn cases() -> Vec<Case> {
    let root = root("Root");
    let narrow = |permitted: &[Vec<u8>], excluded: &[Vec<u8>]| {
        root.authority("Narrow").constrained(permitted, excluded).make()
    };
    let chain = |what, narrow: &Entity, names: &[&str]| {
        case(what, &[&narrow.server(names).der(), &narrow.der]).trusting(&[&root])
    };
    let permits = |name: &str| narrow(&[dns(name)], &[]);
    let excludes = |name: &str| narrow(&[], &[dns(name)]);
    let network = |bytes: &[u8]| narrow(&[ip(bytes)], &[]);
    let com = permits("example.com");
    let wide = permits("com");
    let below = wide
        .authority("Below")
        .constrained(&[dns("example.com")], &[])
        .make();
    let elsewhere = wide
        .authority("Below")
        .constrained(&[dns("example.org")], &[])
        .make();
    let narrow_root = root_of("Narrow Root")
        .constrained(&[dns("example.com")], &[])
        .make();
    let under = narrow_root.authority("Issuer").make();
    let named_issuer = com.authority("Named").named(&[dns("issuer.example.org")]).make();
    let minimum = element(
        SEQUENCE,
        &element(
            context(0),
            &element(SEQUENCE, &[dns("example.com"), element(0x80, &[1])].concat()),
        ),
    );
    let with_minimum = root
        .authority("Narrow")
        .with(extension::NAME_CONSTRAINTS, true, &minimum)
        .make();
    vec![
        chain("the very name that is permitted", &com, &["example.com"])
            .says("Narrow permits DNS:example.com"),
        chain(
            "a name below the one that is permitted",
            &com,
            &["www.example.com"],
        )
        .asked("www.example.com"),
        chain(
            "a name beside the one that is permitted",
            &com,
            &["example.com", "example.org"],
        )
        .fails(VIOLATES)
        .says("DNS:example.org is not among those of Narrow"),
        chain("a name that ends alike", &com, &["notexample.com"])
            .asked("notexample.com")
            .fails(VIOLATES),
        chain("the domain above", &permits("www.example.com"), &["example.com"]).fails(VIOLATES),
        chain(
            "a dot before what is permitted, and a name below",
            &permits(".example.com"),
            &["www.example.com"],
        )
        .asked("www.example.com"),
        chain(
            "a dot before what is permitted, and the name itself",
            &permits(".example.com"),
            &["example.com"],
        )
        .fails(VIOLATES),
        chain("a wildcard within what is permitted", &com, &["*.example.com"]).asked("www.example.com"),
        chain(
            "a wildcard wider than what is permitted",
            &permits("www.example.com"),
            &["*.example.com"],
        )
        .asked("www.example.com")
        .fails(VIOLATES),
        chain(
            "one of two that are permitted",
            &narrow(&[dns("example.org"), dns("example.com")], &[]),
            &["example.com"],
        ),
        chain(
            "a name that is excluded",
            &excludes("example.com"),
            &["example.com"],
        )
        .fails(VIOLATES)
        .says("DNS:example.com is excluded by Narrow"),
        chain(
            "a name below one that is excluded",
            &excludes("com"),
            &["example.com"],
        )
        .fails(VIOLATES),
        chain(
            "a name beside one that is excluded",
            &excludes("example.org"),
            &["example.com"],
        )
        .says("Narrow excludes DNS:example.org"),
        chain(
            "a wildcard that reaches what is excluded",
            &excludes("www.example.com"),
            &["*.example.com"],
        )
        .asked("mail.example.com")
        .fails(VIOLATES)
        .openssl_differs("it compares the wildcard as text"),
        chain(
            "permitted and excluded",
            &narrow(&[dns("example.com")], &[dns("www.example.com")]),
            &["www.example.com"],
        )
        .asked("www.example.com")
        .fails(VIOLATES),
        chain("all names are excluded", &excludes(""), &["example.com"]).fails(VIOLATES),
        chain("all names are permitted", &permits(""), &["example.com"]).says("Narrow permits all DNS names"),
        chain(
            "an address, where names alone are constrained",
            &com,
            &["192.0.2.7"],
        )
        .asked("192.0.2.7")
        .openssl_differs("it compares the common name, which is the address, as a DNS name"),
        chain(
            "an address in the network",
            &network(&[192, 0, 2, 0, 255, 255, 255, 0]),
            &["192.0.2.7"],
        )
        .asked("192.0.2.7")
        .says("Narrow permits IP:192.0.2.0/24"),
        chain(
            "an address beside the network",
            &network(&[192, 0, 2, 0, 255, 255, 255, 0]),
            &["192.0.3.7"],
        )
        .asked("192.0.3.7")
        .fails(VIOLATES),
        chain(
            "an address in a network that is excluded",
            &narrow(&[], &[ip(&[192, 0, 2, 0, 255, 255, 255, 0])]),
            &["192.0.2.7"],
        )
        .asked("192.0.2.7")
        .fails(VIOLATES),
        chain(
            "a network whose mask has a hole",
            &network(&[192, 0, 2, 0, 255, 0, 255, 0]),
            &["192.0.2.7"],
        )
        .asked("192.0.2.7")
        .fails(VIOLATES)
        .openssl_differs("it takes any mask"),
        chain(
            "a network of the wrong length",
            &network(&[192, 0, 2, 0, 255]),
            &["192.0.2.7"],
        )
        .asked("192.0.2.7")
        .fails(VIOLATES),
        chain(
            "an IPv6 network and an IPv4 address",
            &network(&[0; 32]),
            &["192.0.2.7"],
        )
        .asked("192.0.2.7")
        .fails(VIOLATES),
        chain(
            "directory names are permitted",
            &narrow(&[directory("Company")], &[]),
            &["example.com"],
        )
        .fails(VIOLATES)
        .says("a directory name is not among those of Narrow"),
        chain(
            "directory names are excluded, and another's",
            &narrow(&[], &[directory("Other")]),
            &["example.com"],
        )
        .fails(VIOLATES)
        .openssl_differs("it compares directory names; webpki doesn't, and refuses"),
        case(
            "an issuer within its issuer's constraints",
            &[&below.server(&["example.com"]).der(), &below.der, &wide.der],
        )
        .trusting(&[&root]),
        case(
            "an issuer whose own constraints are broken",
            &[
                &elsewhere.server(&["example.com"]).der(),
                &elsewhere.der,
                &wide.der,
            ],
        )
        .trusting(&[&root])
        .fails(VIOLATES),
        case(
            "a constraint of the root",
            &[&under.server(&["example.org"]).der(), &under.der],
        )
        .trusting(&[&narrow_root])
        .asked("example.org")
        .fails(VIOLATES)
        .says("DNS:example.org is not among those of Narrow Root"),
        case(
            "a constraint of the root that is kept",
            &[&under.server(&["example.com"]).der(), &under.der],
        )
        .trusting(&[&narrow_root]),
        case(
            "the name of an issuer is constrained too",
            &[
                &named_issuer.server(&["example.com"]).der(),
                &named_issuer.der,
                &com.der,
            ],
        )
        .trusting(&[&root])
        .fails(VIOLATES)
        .says("issuing certificate Named has a name"),
        case(
            "a common name is not constrained",
            &[
                &com.server(&["example.com"])
                    .name(common_name("example.org"))
                    .der(),
                &com.der,
            ],
        )
        .trusting(&[&root]),
        case(
            "a minimum, which nobody sets",
            &[&with_minimum.server(&["example.com"]).der(), &with_minimum.der],
        )
        .trusting(&[&root])
        .fails(VIOLATES),
        chain(
            "a constraint that is no name",
            &permits("exa mple"),
            &["example.com"],
        )
        .fails(VIOLATES),
    ]
}
