//! Requests. `@HOST` stands for the origin's.

use super::{Becomes, Refused, Same, This};

type Case = (&'static str, String, Becomes);

pub(super) fn all() -> Vec<Case> {
    let mut cases = carried();
    cases.extend(changed());
    cases.extend(refused_lines());
    cases.extend(refused_fields());
    cases.extend(refused_lengths());
    cases.extend(refused_chunks());
    cases
}

fn owned(cases: &[(&'static str, &str, Becomes)]) -> Vec<Case> {
    cases
        .iter()
        .map(|(name, sent, becomes)| (*name, (*sent).to_owned(), *becomes))
        .collect()
}

/// A GET with these field lines.
fn with_fields(cases: &[(&'static str, &str, Becomes)]) -> Vec<Case> {
    cases
        .iter()
        .map(|(name, fields, becomes)| {
            (
                *name,
                format!("GET / HTTP/1.1\r\nHost: @HOST\r\n{fields}\r\n"),
                *becomes,
            )
        })
        .collect()
}

/// A POST with these field lines, and then this.
fn with_body(cases: &[(&'static str, &str, &str, Becomes)]) -> Vec<Case> {
    cases
        .iter()
        .map(|(name, fields, body, becomes)| {
            (
                *name,
                format!("POST / HTTP/1.1\r\nHost: @HOST\r\n{fields}\r\n{body}"),
                *becomes,
            )
        })
        .collect()
}

fn carried() -> Vec<Case> {
    let mut cases = owned(&[
        ("a GET", "GET / HTTP/1.1\r\nHost: @HOST\r\n\r\n", Same),
        ("a HEAD", "HEAD / HTTP/1.1\r\nHost: @HOST\r\n\r\n", Same),
        (
            "a method of nobody's",
            "PURGE / HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Same,
        ),
        (
            "a method with a hyphen",
            "M-SEARCH / HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Same,
        ),
        (
            "a method in lower case",
            "get / HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Same,
        ),
        (
            "every byte of a token",
            "a!#$%&'*+-.^_`|~1 / HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Same,
        ),
        (
            "a target of odd bytes",
            "GET /\"<>\\^`{|}#?#@ HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Same,
        ),
        (
            "a target beyond ASCII",
            "GET /\u{e9}?\u{4e2d} HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Same,
        ),
        (
            "dots, slashes and escapes",
            "GET //a/./../b/%00%2f%zz HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Same,
        ),
        (
            "the server as a whole",
            "OPTIONS * HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Same,
        ),
        (
            "a whole URL",
            "GET http://@HOST/a HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Same,
        ),
        (
            "a URL of another scheme",
            "GET urn-x://@HOST HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            Same,
        ),
        ("HTTP/1.0 without a Host", "GET / HTTP/1.0\r\n\r\n", Same),
        (
            "HTTP/1.0 with a Host",
            "GET / HTTP/1.0\r\nHost: @HOST\r\n\r\n",
            Same,
        ),
        (
            "HTTP/1.0 that is kept alive",
            "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
            Same,
        ),
        (
            "HTTP/1.0 with a body",
            "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi",
            Same,
        ),
        (
            "a Host in the last line",
            "GET / HTTP/1.1\r\nA: b\r\nhOST: @HOST\r\n\r\n",
            Same,
        ),
        (
            "a Host without a port",
            "GET / HTTP/1.1\r\nHost: a_b.example\r\n\r\n",
            Same,
        ),
        (
            "a Host with an empty port",
            "GET / HTTP/1.1\r\nHost: example:\r\n\r\n",
            Same,
        ),
        (
            "a Host of IPv6",
            "GET / HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n\r\n",
            Same,
        ),
        ("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", Same),
    ]);
    cases.push((
        "a long target",
        format!("GET /{} HTTP/1.1\r\nHost: @HOST\r\n\r\n", "x".repeat(9_000)),
        Same,
    ));
    cases.push((
        "a long value",
        format!(
            "GET / HTTP/1.1\r\nHost: @HOST\r\nX: {}\r\n\r\n",
            "x".repeat(60_000)
        ),
        Same,
    ));
    cases.push((
        "many fields",
        format!("GET / HTTP/1.1\r\nHost: @HOST\r\n{}\r\n", "X: 1\r\n".repeat(200)),
        Same,
    ));
    cases.extend(with_fields(&[
        ("names in any case", "aCCept: */*\r\nUSER-agent: x\r\n", Same),
        (
            "duplicates where they stood",
            "Cookie: a\r\nX: 1\r\ncookie: b\r\nX: 2\r\nCookie: a\r\n",
            Same,
        ),
        ("an empty value", "X:\r\nY: \r\nZ:\t\r\n", Same),
        ("no space before a value", "X:a\r\n", Same),
        ("spaces and tabs around a value", "X: \t a  b\t \r\n", Same),
        ("a value beyond ASCII", "X: \u{e9}t\u{e9} \u{4e2d}\r\n", Same),
        ("every byte of a name", "!#$%&'*+-.^_`|~09azAZ: 1\r\n", Same),
        (
            "names that look like others",
            "Transfer_Encoding: chunked\r\nContent-Lengths: 5\r\nXHost: a\r\n",
            Same,
        ),
        ("the client's end", "Connection: close\r\n", Same),
        ("trailers are welcome", "TE: trailers\r\nConnection: TE\r\n", Same),
        (
            "an upgrade that is not agreed to",
            "Connection: Upgrade\r\nUpgrade: websocket\r\n",
            Same,
        ),
        ("an expectation of nobody's", "Expect: the best\r\n", Same),
        ("a body that a GET has", "Content-Length: 0\r\n", Same),
    ]));
    cases.extend(with_body(&[
        ("an empty body", "Content-Length: 0\r\n", "", Same),
        ("a body with a length", "Content-Length: 5\r\n", "hello", Same),
        (
            "a length with zeros before it",
            "Content-Length: 0005\r\n",
            "hello",
            Same,
        ),
        (
            "a length with spaces around it",
            "Content-Length: \t5 \r\n",
            "hello",
            Same,
        ),
        (
            "a body that looks like a request",
            "Content-Length: 28\r\n",
            "GET /b HTTP/1.1\r\nHost: b\r\n\r\n",
            Same,
        ),
        (
            "a body of control bytes",
            "Content-Length: 5\r\n",
            "\0\r\n\r\n",
            Same,
        ),
        (
            "chunks",
            "Transfer-Encoding: chunked\r\n",
            "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
            Same,
        ),
        ("no chunks", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", Same),
        (
            "a coding in any case",
            "tRANSFER-eNCODING: \t Chunked \r\n",
            "1\r\na\r\n0\r\n\r\n",
            Same,
        ),
        (
            "sizes in any case, with zeros",
            "Transfer-Encoding: chunked\r\n",
            "00A\r\n0123456789\r\n0b\r\n0123456789a\r\n000\r\n\r\n",
            Same,
        ),
        (
            "extensions",
            "Transfer-Encoding: chunked\r\n",
            "1;a;b=c;d=\"e f\"\r\nx\r\n0;last\r\n\r\n",
            Same,
        ),
        (
            "chunks of line ends",
            "Transfer-Encoding: chunked\r\n",
            "4\r\n\r\n\r\n\r\n0\r\n\r\n",
            Same,
        ),
        (
            "trailers",
            "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n",
            "1\r\na\r\n0\r\nX-Sum: 7\r\nx-SUM:8\r\n\r\n",
            Same,
        ),
    ]));
    cases
}

fn changed() -> Vec<Case> {
    let mut cases = owned(&[
        (
            "an empty line before it",
            "\r\nGET / HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            This("GET / HTTP/1.1\r\nHost: @HOST\r\n\r\n"),
        ),
        (
            "three empty lines before it",
            "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: @HOST\r\n\r\n",
            This("GET / HTTP/1.1\r\nHost: @HOST\r\n\r\n"),
        ),
        (
            "a whole URL with another Host: the URL counts",
            "GET http://@HOST/a HTTP/1.1\r\nA: 1\r\nHost: elsewhere\r\n\r\n",
            This("GET http://@HOST/a HTTP/1.1\r\nA: 1\r\nHost: @HOST\r\n\r\n"),
        ),
        (
            "an upgrade in HTTP/1.0, which has none",
            "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
            This("GET / HTTP/1.0\r\n\r\n"),
        ),
    ]);
    let bare = This("GET / HTTP/1.1\r\nHost: @HOST\r\n\r\n");
    cases.extend(with_fields(&[
        (
            "what HTTP/1.1 does by itself",
            "Connection: keep-alive\r\nKeep-Alive: 5\r\n",
            bare,
        ),
        (
            "what is for proxies",
            "Proxy-Connection: close\r\nProxy-Authorization: Basic eDp5\r\n",
            bare,
        ),
        (
            "fields that Connection names",
            "Connection: x-a\r\nX-A: 1\r\nconnection: ,x-b,\r\nX-B: 2\r\nx-a: 3\r\n",
            bare,
        ),
        ("codings that are not carried", "TE: gzip;q=1\r\n", bare),
        (
            "an upgrade that Connection does not name",
            "Upgrade: websocket\r\n",
            bare,
        ),
        (
            "HTTP/2 in the clear",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
            bare,
        ),
        (
            "some of what Connection names",
            "Connection: x-a, close\r\nX-A: 1\r\nB: 2\r\n",
            This("GET / HTTP/1.1\r\nHost: @HOST\r\nConnection: close\r\nB: 2\r\n\r\n"),
        ),
        (
            "an upgrade among other words",
            "Connection: keep-alive, Upgrade\r\nUpgrade: h2c, websocket\r\n",
            This("GET / HTTP/1.1\r\nHost: @HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
        ),
        (
            "what Connection can't name away",
            "Connection: host, content-length, cookie\r\nCookie: a\r\nContent-Length: 0\r\n",
            This("GET / HTTP/1.1\r\nHost: @HOST\r\nCookie: a\r\nContent-Length: 0\r\n\r\n"),
        ),
        (
            "trailers among other codings",
            "TE: gzip, trailers\r\n",
            This("GET / HTTP/1.1\r\nHost: @HOST\r\nTE: trailers\r\nConnection: TE\r\n\r\n"),
        ),
    ]));
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

fn refused_lengths() -> Vec<Case> {
    with_body(&[
        (
            "two lengths",
            "Content-Length: 3\r\nContent-Length: 5\r\n",
            "hello",
            Refused(400, "more than one Content-Length"),
        ),
        (
            "the same length twice",
            "Content-Length: 5\r\ncontent-length: 5\r\n",
            "hello",
            Refused(400, "more than one"),
        ),
        (
            "a list of lengths",
            "Content-Length: 5, 5\r\n",
            "hello",
            Refused(400, "not a number of bytes"),
        ),
        (
            "a length with a sign",
            "Content-Length: +5\r\n",
            "hello",
            Refused(400, "not a number of bytes"),
        ),
        (
            "a length below nothing",
            "Content-Length: -5\r\n",
            "hello",
            Refused(400, "not a number of bytes"),
        ),
        (
            "a length in hexadecimal",
            "Content-Length: 0x5\r\n",
            "hello",
            Refused(400, "not a number of bytes"),
        ),
        (
            "a length with a fraction",
            "Content-Length: 5.0\r\n",
            "hello",
            Refused(400, "not a number of bytes"),
        ),
        (
            "a length of two words",
            "Content-Length: 5 5\r\n",
            "hello",
            Refused(400, "not a number of bytes"),
        ),
        (
            "a length in quotes",
            "Content-Length: \"5\"\r\n",
            "hello",
            Refused(400, "not a number of bytes"),
        ),
        (
            "a length of other digits",
            "Content-Length: \u{665}\r\n",
            "hello",
            Refused(400, "not a number of bytes"),
        ),
        (
            "an empty length",
            "Content-Length:\r\n",
            "hello",
            Refused(400, "not a number of bytes"),
        ),
        (
            "a length of 2^63",
            "Content-Length: 9223372036854775808\r\n",
            "hello",
            Refused(400, "not a number of bytes"),
        ),
        (
            "a length beyond all numbers",
            "Content-Length: 99999999999999999999999\r\n",
            "hello",
            Refused(400, "not a number of bytes"),
        ),
        (
            "a length and chunks",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "0\r\n\r\n",
            Refused(400, "both"),
        ),
        (
            "chunks and a length",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "0\r\n\r\n",
            Refused(400, "both"),
        ),
        (
            "a bad length and chunks",
            "Content-Length: x\r\nTransfer-Encoding: chunked\r\n",
            "0\r\n\r\n",
            Refused(400, "both"),
        ),
        (
            "a coding that is not chunked",
            "Transfer-Encoding: gzip\r\n",
            "0\r\n\r\n",
            Refused(400, "only `chunked`"),
        ),
        (
            "a coding below chunks",
            "Transfer-Encoding: gzip, chunked\r\n",
            "0\r\n\r\n",
            Refused(400, "only `chunked`"),
        ),
        (
            "a coding above chunks",
            "Transfer-Encoding: chunked, gzip\r\n",
            "0\r\n\r\n",
            Refused(400, "only `chunked`"),
        ),
        (
            "chunked twice",
            "Transfer-Encoding: chunked, chunked\r\n",
            "0\r\n\r\n",
            Refused(400, "only `chunked`"),
        ),
        (
            "chunked in two lines",
            "Transfer-Encoding: chunked\r\ntransfer-encoding: chunked\r\n",
            "0\r\n\r\n",
            Refused(400, "only `chunked`"),
        ),
        (
            "chunked, and a second line",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
            "0\r\n\r\n",
            Refused(400, "only `chunked`"),
        ),
        (
            "identity",
            "Transfer-Encoding: identity\r\n",
            "",
            Refused(400, "only `chunked`"),
        ),
        (
            "chunked with a parameter",
            "Transfer-Encoding: chunked;q=1\r\n",
            "0\r\n\r\n",
            Refused(400, "only `chunked`"),
        ),
        (
            "chunked in quotes",
            "Transfer-Encoding: \"chunked\"\r\n",
            "0\r\n\r\n",
            Refused(400, "only `chunked`"),
        ),
        (
            "nearly chunked",
            "Transfer-Encoding: xchunked\r\n",
            "0\r\n\r\n",
            Refused(400, "only `chunked`"),
        ),
        (
            "an empty coding",
            "Transfer-Encoding:\r\n",
            "0\r\n\r\n",
            Refused(400, "only `chunked`"),
        ),
        (
            "a coding behind a control byte",
            "Transfer-Encoding: \x0bchunked\r\n",
            "0\r\n\r\n",
            Refused(400, "0x0b"),
        ),
        (
            "a coding with a space before its colon",
            "Transfer-Encoding : chunked\r\n",
            "0\r\n\r\n",
            Refused(400, "and its colon"),
        ),
        (
            "a coding in a second line",
            "Transfer-Encoding:\r\n chunked\r\n",
            "0\r\n\r\n",
            Refused(400, "second line"),
        ),
    ])
    .into_iter()
    .chain(owned(&[(
        "chunks in HTTP/1.0",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        Refused(400, "HTTP/1.0, which has none"),
    )]))
    .collect()
}

fn refused_chunks() -> Vec<Case> {
    let cases = [
        ("a size with 0x", "0x1\r\na\r\n0\r\n\r\n", "hexadecimal"),
        ("a size with a sign", "+1\r\na\r\n0\r\n\r\n", "hexadecimal"),
        ("a size below nothing", "-1\r\na\r\n0\r\n\r\n", "hexadecimal"),
        ("a space before a size", " 1\r\na\r\n0\r\n\r\n", "hexadecimal"),
        ("a space behind a size", "1 \r\na\r\n0\r\n\r\n", "hexadecimal"),
        ("a size of other letters", "g\r\na\r\n0\r\n\r\n", "hexadecimal"),
        ("no size", "\r\na\r\n0\r\n\r\n", "hexadecimal"),
        (
            "an extension without a size",
            ";a\r\na\r\n0\r\n\r\n",
            "hexadecimal",
        ),
        (
            "a size with a line feed alone",
            "1\na\r\n0\r\n\r\n",
            "hexadecimal",
        ),
        (
            "a size of 17 digits",
            "00000000000000001\r\na\r\n0\r\n\r\n",
            "16 digits",
        ),
        (
            "a size beyond all numbers",
            "fffffffffffffffff\r\na\r\n0\r\n\r\n",
            "16 digits",
        ),
        (
            "a size that wraps around",
            "10000000000000001\r\na\r\n0\r\n\r\n",
            "16 digits",
        ),
        (
            "a size of 2^63",
            "8000000000000000\r\na\r\n0\r\n\r\n",
            "too large",
        ),
        (
            "a size with a carriage return alone",
            "1\ra\r\n0\r\n\r\n",
            "carriage return",
        ),
        ("a line feed in an extension", "1;a\nb\r\na\r\n0\r\n\r\n", "0x0a"),
        ("a zero byte in an extension", "1;\0\r\na\r\n0\r\n\r\n", "0x00"),
        (
            "a chunk longer than its size",
            "1\r\nab\r\n0\r\n\r\n",
            "not followed",
        ),
        (
            "a chunk shorter than its size",
            "3\r\nab\r\n0\r\n\r\n",
            "not followed",
        ),
        (
            "a chunk with a line feed alone behind it",
            "1\r\na\n0\r\n\r\n",
            "not followed",
        ),
        (
            "a length in a trailer",
            "0\r\nContent-Length: 5\r\n\r\n",
            "behind its body",
        ),
        (
            "a coding in a trailer",
            "0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "behind its body",
        ),
        ("a Host in a trailer", "0\r\nHost: b\r\n\r\n", "behind its body"),
        (
            "a trailer that is folded",
            "0\r\nX: a\r\n b\r\n\r\n",
            "second line",
        ),
        (
            "a trailer with a space before its colon",
            "0\r\nX : a\r\n\r\n",
            "and its colon",
        ),
        ("a trailer with a line feed alone", "0\r\nX: a\n\r\n", "line feed"),
        ("an end with a line feed alone", "0\r\n\n", "line feed"),
    ];
    let mut cases: Vec<Case> = cases
        .into_iter()
        .map(|(name, body, why)| {
            let head = "POST / HTTP/1.1\r\nHost: @HOST\r\nTransfer-Encoding: chunked\r\n\r\n";
            (name, format!("{head}{body}"), Refused(400, why))
        })
        .collect();
    cases.push((
        "an extension too long",
        format!(
            "POST / HTTP/1.1\r\nHost: @HOST\r\nTransfer-Encoding: chunked\r\n\r\n1;{}",
            "x".repeat(5_000)
        ),
        Refused(400, "longer than 4096 bytes"),
    ));
    cases
}
