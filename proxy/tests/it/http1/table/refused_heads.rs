//! Requests whose heads are refused.

use super::Refused;
use super::requests::{Case, owned, with_fields};

pub(super) fn all() -> Vec<Case> {
    let mut cases = refused_lines();
    cases.extend(refused_fields());
    cases
}

fn refused_lines() -> Vec<Case> {
    let mut cases = owned(&[
        ("HTTP/0.9", "GET /\r\n", Refused(400, "HTTP/0.9")),
        (
            "HTTP/1.2",
            "GET / HTTP/1.2\r\nHost: @HOST\r\n\r\n",
            Refused(400, "it speaks HTTP/1.2"),
        ),
        (
            "HTTP/2.0",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            Refused(400, "it speaks HTTP/2.0"),
        ),
        (
            "a version in lower case",
            "GET / http/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "first line"),
        ),
        (
            "a version of three digits",
            "GET / HTTP/1.10\r\nHost: @HOST\r\n\r\n",
            Refused(400, "first line"),
        ),
        (
            "a version without a point",
            "GET / HTTP/11\r\nHost: @HOST\r\n\r\n",
            Refused(400, "first line"),
        ),
        (
            "another protocol's version",
            "OPTIONS / RTSP/1.0\r\nHost: @HOST\r\n\r\n",
            Refused(400, "first line"),
        ),
        (
            "a space behind the version",
            "GET / HTTP/1.1 \r\nHost: @HOST\r\n\r\n",
            Refused(400, "first line"),
        ),
        (
            "two spaces",
            "GET  / HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "first line"),
        ),
        (
            "a tab",
            "GET\t/ HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "first line"),
        ),
        (
            "a space before the method",
            " GET / HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "first line"),
        ),
        (
            "no method",
            "/ HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "first line"),
        ),
        (
            "a method with a colon",
            "GET: / HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "first line"),
        ),
        (
            "a method beyond ASCII",
            "G\u{cb}T / HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "first line"),
        ),
        (
            "no target",
            "GET HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "HTTP/0.9"),
        ),
        (
            "an empty target",
            "GET  HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "first line"),
        ),
        (
            "a space in the target",
            "GET /a b HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "first line"),
        ),
        (
            "a target that is no path",
            "GET index HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "target"),
        ),
        (
            "a query alone",
            "GET ?a HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "target"),
        ),
        (
            "`*` with GET",
            "GET * HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "target"),
        ),
        (
            "a URL without a host",
            "GET http:///a HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "target"),
        ),
        (
            "a URL with a bad host",
            "GET http://a\u{e9}/ HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "target"),
        ),
        (
            "a URL with a bad port",
            "GET http://a:b/ HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "target"),
        ),
        (
            "a URL with a port too high",
            "GET http://a:70000/ HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "target"),
        ),
        (
            "a CONNECT inside",
            "CONNECT @HOST HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "CONNECT inside a tunnel"),
        ),
        (
            "a zero byte in the target",
            "GET /\0 HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "zero byte"),
        ),
        (
            "a control byte in the target",
            "GET /\x0b HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "0x0b"),
        ),
        (
            "a delete in the target",
            "GET /\x7f HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "0x7f"),
        ),
        (
            "a carriage return in the target",
            "GET /\ra HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "carriage return"),
        ),
        (
            "line feeds alone",
            "GET / HTTP/1.1\nHost: @HOST\n\n",
            Refused(400, "line feed"),
        ),
        (
            "a first line with a line feed alone",
            "GET / HTTP/1.1\nHost: @HOST\r\n\r\n",
            Refused(400, "line feed"),
        ),
        (
            "an end with a line feed alone",
            "GET / HTTP/1.1\r\nHost: @HOST\r\n\n",
            Refused(400, "line feed"),
        ),
        (
            "two carriage returns",
            "GET / HTTP/1.1\r\r\nHost: @HOST\r\n\r\n",
            Refused(400, "carriage return"),
        ),
        (
            "a line feed before it",
            "\nGET / HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Refused(400, "line feed"),
        ),
        ("no HTTP at all", "EHLO example\r\n", Refused(400, "HTTP/0.9")),
    ]);
    cases.push((
        "a head too long",
        format!(
            "GET / HTTP/1.1\r\nHost: @HOST\r\nX: {}\r\n\r\n",
            "x".repeat(300_000)
        ),
        Refused(431, "longer than 262144 bytes"),
    ));
    cases.push((
        "a first line too long",
        format!("GET /{}", "x".repeat(300_000)),
        Refused(431, "longer than 262144 bytes"),
    ));
    cases.push((
        "too many fields",
        format!("GET / HTTP/1.1\r\nHost: @HOST\r\n{}\r\n", "X: 1\r\n".repeat(256)),
        Refused(431, "more than 256 fields"),
    ));
    cases
}

fn refused_fields() -> Vec<Case> {
    let mut cases = owned(&[
        ("no Host", "GET / HTTP/1.1\r\n\r\n", Refused(400, "no Host")),
        (
            "a Host with a space",
            "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
            Refused(400, "is not a host"),
        ),
        (
            "a Host with a path",
            "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
            Refused(400, "is not a host"),
        ),
        (
            "a Host with credentials",
            "GET / HTTP/1.1\r\nHost: me@a\r\n\r\n",
            Refused(400, "is not a host"),
        ),
        (
            "a Host with a bad port",
            "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n",
            Refused(400, "is not a host"),
        ),
        (
            "a Host beyond ASCII",
            "GET / HTTP/1.1\r\nHost: \u{e9}\r\n\r\n",
            Refused(400, "is not a host"),
        ),
        (
            "a list of Hosts",
            "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
            Refused(400, "is not a host"),
        ),
        (
            "a space before the first field",
            "GET / HTTP/1.1\r\n Host: @HOST\r\n\r\n",
            Refused(400, "before the first field"),
        ),
        (
            "two Hosts in HTTP/1.0",
            "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
            Refused(400, "more than one Host"),
        ),
    ]);
    cases.extend(with_fields(&[
        ("two Hosts", "Host: b\r\n", Refused(400, "more than one Host")),
        (
            "the same Host twice",
            "host: @HOST\r\n",
            Refused(400, "more than one Host"),
        ),
        (
            "a space before a colon",
            "X : a\r\n",
            Refused(400, "and its colon"),
        ),
        (
            "a tab before a colon",
            "X\t: a\r\n",
            Refused(400, "and its colon"),
        ),
        ("a folded field", "X: a\r\n b\r\n", Refused(400, "second line")),
        (
            "a field folded with a tab",
            "X: a\r\n\tb\r\n",
            Refused(400, "second line"),
        ),
        ("a line without a colon", "X\r\n", Refused(400, "no colon")),
        ("no name", ": a\r\n", Refused(400, "no name")),
        (
            "a name with a space",
            "X Y: a\r\n",
            Refused(400, "not a field's name"),
        ),
        (
            "a name with parentheses",
            "X(): a\r\n",
            Refused(400, "not a field's name"),
        ),
        (
            "a name beyond ASCII",
            "X\u{e9}: a\r\n",
            Refused(400, "not a field's name"),
        ),
        ("a name with a zero byte", "X\0: a\r\n", Refused(400, "zero byte")),
        ("a zero byte in a value", "X: a\0b\r\n", Refused(400, "zero byte")),
        (
            "a carriage return in a value",
            "X: a\rb\r\n",
            Refused(400, "carriage return"),
        ),
        (
            "a carriage return before the line's end",
            "X: a\r\r\n",
            Refused(400, "carriage return"),
        ),
        (
            "a line feed in a value",
            "X: a\nY: b\r\n",
            Refused(400, "line feed"),
        ),
        ("a control byte in a value", "X: a\x01b\r\n", Refused(400, "0x01")),
        ("a delete in a value", "X: a\x7fb\r\n", Refused(400, "0x7f")),
    ]));
    cases
}
