//! Names: which match, which don't, and which are none (RFC 9525, RFC 6125, RFC 5280 section 4.2.1.6).

use super::maker::{Template, common_name, directory, dns, ip, root};
use super::{Case, case};
use crate::der::element;

pub(super) fn cases() -> Vec<Case> {
    let root = root("Root");
    let server = |names: &[&str]| root.server(names);
    let named = |names: &[Vec<u8>]| root.server(&["x"]).named(names);
    let good = |what, template: Template| case(what, &[&template.der()]).trusting(&[&root]);
    let bad = |what, template: Template| good(what, template).fails(&["name"]);
    vec![
        good("the same name", server(&["example.com"]))
            .says("DNS:example.com matches example.com (the same name)"),
        good("the same name in capitals", server(&["EXAMPLE.com"])),
        good(
            "the last of many names",
            server(&["a.test", "b.test", "c.test", "example.com"]),
        ),
        good(
            "a name that ends with a dot was asked for",
            server(&["example.com"]),
        )
        .asked("example.com.")
        .openssl_differs("it compares the dot too"),
        good("a wildcard", server(&["*.example.com"]))
            .asked("www.example.com")
            .says("DNS:*.example.com matches www.example.com (wildcard for one label)"),
        good("an underscore", server(&["a_b.example.com"])).asked("a_b.example.com"),
        good("a name in another script", server(&["xn--bcher-kva.example"])).asked("xn--bcher-kva.example"),
        good("an IPv4 address", server(&["192.0.2.7"]))
            .asked("192.0.2.7")
            .says("IP:192.0.2.7 matches"),
        good("an IPv6 address", server(&["2001:db8::7"])).asked("2001:db8::7"),
        bad("another name", server(&["example.org"])).says("certificate is for example.org, not example.com"),
        bad("the domain above", server(&["example.com"])).asked("www.example.com"),
        bad("a name that begins alike", server(&["example.com.evil.test"])),
        bad("a name that ends alike", server(&["notexample.com"])),
        bad(
            "no name but the common name",
            named(&[]).name(common_name("example.com")),
        )
        .says("it has no subjectAltName, only the name example.com")
        .openssl_differs("it takes the common name where there is no other"),
        bad(
            "another name, and the common name",
            server(&["example.org"]).name(common_name("example.com")),
        ),
        bad("an e-mail address", named(&[element(0x81, b"a@example.com")])),
        bad("a directory name", named(&[directory("example.com")])),
        bad("an address as text", server(&["x"]).named(&[dns("192.0.2.7")]))
            .asked("192.0.2.7")
            .says("certificate names 192.0.2.7 as a DNS name, which an address never matches"),
        bad(
            "an address as text, beside others",
            named(&[dns("example.com"), dns("2001:DB8:0::7"), ip(&[192, 0, 2, 7])]),
        )
        .asked("2001:db8::7")
        .says("certificate names 2001:db8::7 as a DNS name, which an address never matches"),
        bad("another address", server(&["192.0.2.8"])).asked("192.0.2.7"),
        bad("an address of five bytes", named(&[ip(&[192, 0, 2, 7, 0])])).asked("192.0.2.7"),
        bad(
            "an IPv4 address as IPv6 has it",
            named(&[ip(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7])]),
        )
        .asked("192.0.2.7"),
        bad("a wildcard for its own domain", server(&["*.example.com"]))
            .says("a wildcard stands for exactly one label"),
        bad("a wildcard for two labels", server(&["*.example.com"])).asked("a.b.example.com"),
        bad("a wildcard in the middle", server(&["www.*.com"]))
            .asked("www.example.com")
            .says("is malformed"),
        bad("a wildcard for a part of a label", server(&["w*.example.com"]))
            .asked("www.example.com")
            .says("its wildcard is not the whole leftmost label")
            .openssl_differs("it takes partial wildcards, as RFC 6125 allowed and RFC 9525 doesn't"),
        bad("a wildcard below a wildcard", server(&["*.*.com"])).asked("www.example.com"),
        bad("a wildcard for a top-level domain", server(&["*.com"])).says("covers a whole top-level domain"),
        bad("a wildcard alone", server(&["*"])).asked("localhost"),
        bad("a wildcard for an address", server(&["*.0.2.7"])).asked("192.0.2.7"),
        bad("a NUL byte", named(&[dns(b"example.com\0.evil.test")]))
            .says("DNS:example.com\\x00.evil.test is malformed (it has a NUL byte)"),
        bad("a NUL byte at the end", named(&[dns(b"example.com\0")])),
        bad("a dot at the end", server(&["example.com."])).says("it ends with a dot"),
        bad("a dot at the beginning", server(&[".example.com"])).asked("www.example.com"),
        bad("two dots", server(&["www..example.com"])).asked("www.example.com"),
        bad("a space at the end", server(&["example.com "])),
        bad(
            "a label of 64 bytes",
            named(&[dns(format!("{}.example.com", "a".repeat(64)))]),
        ),
        bad("an empty name", named(&[dns("")])),
        bad(
            "what is no name among the names",
            named(&[vec![0x13, 1, b'x'], dns("example.com")]),
        )
        .says("what follows in the list of names is none"),
        good(
            "a malformed name before a good one",
            named(&[dns(b"a\0b"), dns("example.com")]),
        ),
        good(
            "a thousand names",
            named(
                &(0..1_000)
                    .map(|number| dns(format!("{number}.test")))
                    .chain([dns("example.com")])
                    .collect::<Vec<_>>(),
            ),
        ),
    ]
}
