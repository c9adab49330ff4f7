//! Who may issue: authorities, and how many of them (RFC 5280 section 4.2.1.9).

use super::maker::{Entity, extension, root, root_of};
use super::{Case, case};
use crate::der::{BOOLEAN, INTEGER, SEQUENCE, element};

pub(super) fn cases() -> Vec<Case> {
    let root = root("Root");
    let below = |above: &Entity, name: &str, limit| above.authority(name).path_length(limit).make();
    let plain = root
        .authority("Plain")
        .with(extension::BASIC_CONSTRAINTS, true, &element(SEQUENCE, &[]))
        .make();
    let silent = root
        .authority("Silent")
        .without(extension::BASIC_CONSTRAINTS)
        .make();
    let server = root.server(&["evil.example"]).make();
    let old = root.authority("Old").version(1).make();
    let zero = below(&root, "Zero", Some(0));
    let one = below(&root, "One", Some(1));
    let below_zero = below(&zero, "Below", None);
    let below_one = below(&one, "Below", Some(0));
    let far = below(&below_one, "Far", None);
    let free = below(&root, "Free", None);
    let narrow = below(&free, "Narrow", Some(0));
    let small_root = root_of("Small Root").path_length(Some(0)).make();
    let under_small = small_root.authority("Issuer").make();
    // Its own name and another key, as authorities have it that change theirs.
    let again = zero.authority("Zero").make();
    let chain = |length: usize| {
        let mut all = vec![root.clone()];
        for number in 0..length {
            let next = all.last().unwrap().authority(&format!("Issuer {number}")).make();
            all.push(next);
        }
        all.reverse();
        all.pop();
        all
    };
    let long = |what, length| {
        let issuers = chain(length);
        let leaf = issuers.first().unwrap().server(&["example.com"]).der();
        let presented: Vec<_> = std::iter::once(&leaf)
            .chain(issuers.iter().map(|issuer| &issuer.der))
            .collect();
        case(what, &presented).trusting(&[&root])
    };
    let leaf = |above: &Entity| above.server(&["example.com"]).der();
    let odd = root.authority("Odd").with(
        extension::BASIC_CONSTRAINTS,
        true,
        &element(
            SEQUENCE,
            &[element(BOOLEAN, &[0xff]), element(INTEGER, &[0xff])].concat(),
        ),
    );
    let odd = odd.make();
    vec![
        case("an issuer that is no authority", &[&leaf(&plain), &plain.der])
            .trusting(&[&root])
            .fails(&["ca_flag"])
            .says("by a certificate that is no authority's: Plain"),
        case(
            "an issuer without basic constraints",
            &[&leaf(&silent), &silent.der],
        )
        .trusting(&[&root])
        .fails(&["ca_flag"]),
        case("a server that issues", &[&leaf(&server), &server.der])
            .trusting(&[&root])
            .fails(&["ca_flag", "key_usage"]),
        case("an issuer of version 1", &[&leaf(&old), &old.der])
            .trusting(&[&root])
            .fails(&["path", "ca_flag"])
            .says("issuing certificate Old is of an X.509 version before 3"),
        case(
            "an authority as a server",
            &[&root.server(&["example.com"]).path_length(None).der()],
        )
        .trusting(&[&root])
        .fails(&["ca_flag"])
        .says("certificate is an authority's own and not a server's")
        .openssl_differs("it lets an authority be a server"),
        case("an authority and its own issuer presented alone", &[&free.der])
            .trusting(&[&root])
            .asked("free")
            .fails(&["name", "ca_flag", "key_usage"])
            .warns(&["lifetime"]),
        case("a limit of none, and none", &[&leaf(&zero), &zero.der])
            .trusting(&[&root])
            .says("Zero allows 0 below it, and there are 0"),
        case(
            "a limit of none, and one",
            &[&leaf(&below_zero), &below_zero.der, &zero.der],
        )
        .trusting(&[&root])
        .fails(&["path_length"])
        .says("Zero allows 0 below it, and there are 1"),
        case(
            "a limit of one, and one",
            &[&leaf(&below_one), &below_one.der, &one.der],
        )
        .trusting(&[&root]),
        case(
            "a limit of one, and two",
            &[&leaf(&far), &far.der, &below_one.der, &one.der],
        )
        .trusting(&[&root])
        .fails(&["path_length"]),
        case("a limit further down", &[&leaf(&narrow), &narrow.der, &free.der]).trusting(&[&root]),
        case("a limit of the root", &[&leaf(&under_small), &under_small.der])
            .trusting(&[&small_root])
            .warns(&["path_length"])
            .says("root Small Root allows 0 issuers below it, and there are 1")
            .openssl_differs(
                "it holds a root's limit against the path; webpki takes a root for a name and a key",
            ),
        case(
            "an issuer of its own name counts",
            &[&leaf(&again), &again.der, &zero.der],
        )
        .trusting(&[&root])
        .fails(&["path_length"])
        .openssl_differs("it doesn't count issuers of their own name, as RFC 5280 has it; webpki does"),
        long("six issuers", 6),
        long("seven issuers", 7)
            .fails(&["path"])
            .says("more than 6 issuing certificates are not followed")
            .openssl_differs("it follows a hundred"),
        case("a limit that is below nothing", &[&leaf(&odd), &odd.der])
            .trusting(&[&root])
            .fails(&["ca_flag"])
            .says("issuing certificate Odd's basic constraints can't be read"),
    ]
}
