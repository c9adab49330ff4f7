//! Filters as a person types them, and as they could be typed.

use proptest::prelude::*;

use super::term::{Measure, Name, Node, Pattern, Term, TlsField, What};
use super::{Filter, value};
use crate::{Decision, Door, ExchangeState, Id, Outcome, Protocol, Version};

/// How the filter reads once it is understood.
fn told(text: &str) -> String {
    text.parse::<Filter>()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .to_string()
}

/// What is wrong with it, with the part of the text that it is about.
fn fault(text: &str) -> (String, String) {
    let error = text.parse::<Filter>().unwrap_err();
    (
        error.text,
        text.chars().skip(error.at.start).take(error.at.len()).collect(),
    )
}

#[test]
fn filters_are_understood() {
    for (text, understood) in [
        ("", ""),
        ("   ", ""),
        ("hello", "hello"),
        ("a and b OR not c", "a b or -c"),
        ("a (b or (c or d))", "a (b or c or d)"),
        ("((a)) (b c)", "a b c"),
        ("-(a b)", "-(a b)"),
        ("--a", "--a"),
        ("- a", "\"-\" a"),
        ("\"or\"", "\"or\""),
        ("\"say \\\"hi\\\" \\\\ there\"", "\"say \\\"hi\\\" \\\\ there\""),
        ("https://example.com/a?b=c", "\"https://example.com/a?b=c\""),
        ("example.com:443", "\"example.com:443\""),
        ("127.0.0.1:80", "\"127.0.0.1:80\""),
        ("HOST:Example.COM", "host:example.com"),
        (
            "host:=a.b host:*.b host:a.b:8443 host:[::1]:80 host:[::1] host:::1",
            "host:=a.b host:*.b host:a.b:8443 host:[::1]:80 host:\"::1\" host:\"::1\"",
        ),
        ("host:=[::1]", "host:=[::1]"),
        (
            "tls.version:1.3 TLS.Suite:*GCM* tls.group:=x25519 tls.alpn:\"h 2\" ja4:t13d* -resumed:YES",
            "tls.version:1.3 tls.suite:*GCM* tls.group:=x25519 tls.alpn:\"h 2\" ja4:t13d* -resumed:yes",
        ),
        (
            "verdict:Refused,not_judged check:SCT cert:3A:7b:d",
            "verdict:refused,not_judged check:sct cert:3a7bd",
        ),
        (
            "tls.example.com:443 ja4.example:80",
            "\"tls.example.com:443\" \"ja4.example:80\"",
        ),
        ("path:\"a b\" path:/x*y path:=/", "path:\"a b\" path:/x*y path:=/"),
        ("path:\"//a\"", "path:\"//a\""),
        ("method:get,Post", "method:GET,POST"),
        (
            "status:200 status:4xx status>=400 status:200-299,301",
            "status:200 status:4xx status:>=400 status:2xx,301",
        ),
        (
            "size>1mb size:<=10kib size:0 size:1kb-1.5mb",
            "size:>1mb size:<=10kib size:0 size:1kb-1500kb",
        ),
        (
            "duration:>1s duration:250 duration:1.5m",
            "duration:>1s duration:250ms duration:90s",
        ),
        ("version:h2 version:HTTP/1.1,1.0", "version:2 version:1.1,1.0"),
        (
            "scheme:HTTPS state:open,failed outcome:failed door:SOCKS5,transparent",
            "scheme:https state:open,failed outcome:failed door:socks5,transparent",
        ),
        (
            "error:* error:\"connection reset\"",
            "error:* error:\"connection reset\"",
        ),
        ("connection:12", "connection:12"),
        ("type:json size", "type:json size"),
    ] {
        assert_eq!(told(text), understood, "{text}");
        assert_eq!(told(&told(text)), understood, "{text}");
    }
}

#[test]
fn faults_are_named_with_their_place_and_what_would_be_right() {
    for (text, says, about) in [
        (
            "a hots:b",
            "there is no field \"hots\"; did you mean host:?",
            "hots",
        ),
        (
            "meth:get",
            "there is no field \"meth\"; did you mean method:?",
            "meth",
        ),
        (
            "x-id:7",
            "there is no field \"x-id\"; to look for the text, put it in quotes: \"x-id:7\"; the fields are host, path, \
             method, status, scheme, type, state, size, duration, error, connection, version, protocol, operation, grpc-status, outcome, door, tls.version, \
             tls.suite, tls.group, tls.alpn, ja4, resumed, verdict, check, cert, process",
            "x-id",
        ),
        (
            "status:abc",
            "\"abc\" is not a status; write it as 200, 4xx, >=400 or 200-299",
            "abc",
        ),
        (
            "status:299-200",
            "\"299-200\" ends before it begins; write the smaller one first",
            "299-200",
        ),
        (
            "status:20",
            "\"20\" is not a status; write it as 200, 4xx, >=400 or 200-299",
            "20",
        ),
        (
            "size:>1xb",
            "\"1xb\" is not a size; write it as 500, 10kb, 1.5mb or 2gb",
            ">1xb",
        ),
        (
            "size:99999999999gb",
            "\"99999999999gb\" is not a size; write it as 500, 10kb, 1.5mb or 2gb",
            "99999999999gb",
        ),
        (
            "duration:>1h",
            "\"1h\" is not a duration; write it as 250ms, 1.5s or 2m",
            ">1h",
        ),
        (
            "state:closed",
            "\"closed\" is none of open, done, failed",
            "closed",
        ),
        ("method:get,", "there is nothing before or behind a comma", "get,"),
        ("method:g@t", "\"g@t\" is not a method", "g@t"),
        (
            "host: a",
            "the field has no value; write it as in host:example.com",
            "host:",
        ),
        (
            "host:a:b",
            "\"b\" is not a port; write it as host:example.com:8443",
            "a:b",
        ),
        (
            "cert:example",
            "\"example\" is not the beginning of a SHA-256; write it as 3a7bd3e2",
            "example",
        ),
        (
            "check:a-b",
            "\"a-b\" is not the name of a check; write it as dates or key_usage",
            "a-b",
        ),
        ("host:=", "the host is missing; host:* is any", "="),
        (
            "connection:x",
            "\"x\" is neither the number nor the id of a connection",
            "x",
        ),
        (
            "a \"b c",
            "the quote is not closed; put another at the end",
            "\"b c",
        ),
        ("\"\"", "there is no text between the quotes", "\"\""),
        (
            "(a or b",
            "the parenthesis is not closed; put \")\" behind its last term",
            "(",
        ),
        ("a) b", "there is no \"(\" before this \")\"", ")"),
        ("()", "there is nothing between the parentheses", "()"),
        ("a or", "a term is missing at the end", "r"),
        (
            "or a",
            "a term is missing before \"or\" (to look for the word itself, put it in quotes)",
            "or",
        ),
        ("(a or ) b", "a term is missing before \")\"", ")"),
        (
            "größe hots:b",
            "there is no field \"hots\"; did you mean host:?",
            "hots",
        ),
    ] {
        assert_eq!(fault(text), (says.to_owned(), about.to_owned()), "{text}");
    }
}

#[test]
fn a_filter_has_bounds() {
    assert_eq!(
        fault(&"(".repeat(40)).0,
        "parentheses and negations go 32 deep at most"
    );
    assert_eq!(
        fault(&"-".repeat(40)).0,
        "parentheses and negations go 32 deep at most"
    );
    assert_eq!(fault(&"a ".repeat(201)).0, "a filter has 200 terms at most");
    assert_eq!(fault(&"a".repeat(4097)).0, "a filter has 4096 characters at most");
    let list = vec!["200"; 51].join(",");
    assert_eq!(fault(&format!("status:{list}")).0, "a list has 50 values at most");
    assert!("a ".repeat(200).parse::<Filter>().is_ok());
}

#[test]
fn brackets_of_a_host_hold_an_address_and_nothing_else() {
    assert!("host:[::1]:8443".parse::<Filter>().is_ok());
    for text in ["host:>[::1]:8*", "host:a]b", "host:=[a[b]"] {
        let error = text.parse::<Filter>().unwrap_err();
        assert!(error.to_string().contains("brackets"), "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_what_it_understands_it_tells_again(text in "(?s).{0,60}") {
        if let Ok(filter) = text.parse::<Filter>() {
            prop_assert_eq!(filter.to_string().parse::<Filter>(), Ok(filter));
        }
    }

    #[test]
    fn nor_does_text_that_looks_like_a_filter(text in FILTER_LIKE) {
        match text.parse::<Filter>() {
            Ok(filter) => prop_assert_eq!(filter.to_string().parse::<Filter>(), Ok(filter)),
            Err(error) => {
                let length = text.chars().count();
                prop_assert!(error.at.start <= error.at.end && error.at.end <= length.max(1), "{error:?}");
            }
        }
    }

    #[test]
    fn every_filter_is_told_so_that_it_is_understood_again(node in any_node()) {
        let filter = Filter { node: Some(node.into()) };
        prop_assert_eq!(filter.to_string().parse::<Filter>(), Ok(filter.clone()), "{}", filter);
    }
}

const FILTER_LIKE: &str = "((host|path|type|status|size|duration|method|error|hots|[a-z]{1,3})?[:=<>]{0,2}\
    (=|>|<=|-)?(\\*|[a-z0-9.]{0,4}|\"[ a(\\\\]{0,3}\"?|4xx|1kb|\\[::1\\]:8|,|:){0,2}( or | |\\(|\\)|-|not ){0,2}){0,6}";

fn any_node() -> impl Strategy<Value = Node> {
    let term = any_what().prop_map(|what| Node::Term(Term { what, at: 0..0 }));
    term.prop_recursive(4, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|nodes| Node::all(nodes).unwrap()),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|nodes| Node::any(nodes).unwrap()),
            inner.prop_map(|node| Node::Not(Box::new(node))),
        ]
    })
}

fn any_what() -> impl Strategy<Value = What> {
    let one_of = |values| prop::collection::vec(prop::sample::select(values), 1..3);
    prop_oneof![
        "(?s).{1,9}".prop_map(What::Text),
        (any_pattern("[a-z0-9.-]{1,8}"), prop::option::of(any::<u16>()))
            .prop_map(|(pattern, port)| What::Host { pattern, port }),
        any_pattern("(?s).{1,8}").prop_map(What::Path),
        any_pattern("[a-z/+-]{1,8}").prop_map(What::Type),
        any_pattern("(?s).{1,8}").prop_map(What::Error),
        prop::collection::vec("[A-Z-]{1,5}", 1..3).prop_map(What::Method),
        prop::collection::vec(any_measure(100, 999), 1..3).prop_map(What::Status),
        prop::sample::select(vec!["http", "https", "tcp", "tls"]).prop_map(What::Scheme),
        one_of_protocols().prop_map(What::Protocol),
        any_pattern("[A-Za-z0-9_./]{1,8}").prop_map(What::Operation),
        prop::collection::vec(any_measure(0, 20), 1..3).prop_map(What::GrpcStatus),
        prop::collection::vec(
            prop::sample::select(vec![
                ExchangeState::Open,
                ExchangeState::Done,
                ExchangeState::Failed
            ]),
            1..3
        )
        .prop_map(What::State),
        any_measure(0, i64::MAX as u64).prop_map(What::Size),
        any_measure(0, i64::MAX as u64).prop_map(What::Duration),
        prop_oneof![
            (0..=i64::MAX as u64).prop_map(Name::Number),
            any::<[u8; 16]>().prop_map(|id| Name::Id(Id::from_bytes(id)))
        ]
        .prop_map(What::Connection),
        one_of(vec![Version::Http10, Version::Http11, Version::Http2]).prop_map(What::Version),
        prop::collection::vec(
            prop::sample::select(vec![Outcome::Inspected, Outcome::Failed]),
            1..3
        )
        .prop_map(What::Outcome),
        prop::collection::vec(prop::sample::select(Door::ALL.to_vec()), 1..3).prop_map(What::Door),
        (
            prop::sample::select(vec![
                TlsField::Version,
                TlsField::Suite,
                TlsField::Group,
                TlsField::Alpn
            ]),
            any_pattern("[A-Za-z0-9_ .-]{1,8}")
        )
            .prop_map(|(field, pattern)| What::Tls(field, pattern)),
        any_pattern("[a-z0-9_]{1,8}").prop_map(What::Ja4),
        any_pattern("[a-z0-9_]{1,8}").prop_map(What::Process),
        any::<bool>().prop_map(What::Resumed),
        one_of_decisions().prop_map(What::Verdict),
        "[a-z_]{1,8}".prop_map(What::Check),
        "[0-9a-f]{1,64}".prop_map(|digits| What::Certificate(value::hash_prefix(&digits).unwrap())),
    ]
}

fn one_of_protocols() -> impl Strategy<Value = Vec<Protocol>> {
    prop::collection::vec(prop::sample::select(Protocol::ALL.to_vec()), 1..3)
}

fn one_of_decisions() -> impl Strategy<Value = Vec<Decision>> {
    prop::collection::vec(
        prop::sample::select(vec![Decision::Trusted, Decision::Refused, Decision::NotJudged]),
        1..3,
    )
}

fn any_measure(low: u64, high: u64) -> impl Strategy<Value = Measure> {
    (low..=high, low..=high, 0..6).prop_map(|(a, b, kind)| match kind {
        0 => Measure::Is(a),
        1 => Measure::Below(a),
        2 => Measure::AtMost(a),
        3 => Measure::Above(a),
        4 => Measure::AtLeast(a),
        _ => Measure::Between(a.min(b), a.max(b)),
    })
}

/// Patterns as they are parsed: those with a sign of their own hold nothing that ends a word.
fn any_pattern(text: &'static str) -> impl Strategy<Value = Pattern> {
    prop_oneof![
        text.prop_map(Pattern::Contains),
        "[a-z0-9./-]{1,6}".prop_map(Pattern::Is),
        "[a-z0-9.-]{0,4}\\*[a-z0-9./-]{0,4}".prop_map(Pattern::Glob),
    ]
}

#[test]
fn the_documentation_tells_every_field() {
    let told = include_str!("mod.rs");
    for (name, ..) in <super::field::Traffic as super::field::Vocabulary>::NAMES {
        assert!(told.contains(&format!("\n/// | `{name}:` |")), "{name}");
    }
}
