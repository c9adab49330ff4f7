//! Requests. `@HOST` stands for the origin's.

use super::{Becomes, Same, This, refused_bodies, refused_heads};

pub(super) type Case = (&'static str, String, Becomes);

pub(super) fn all() -> Vec<Case> {
    let mut cases = carried();
    cases.extend(changed());
    cases.extend(refused_heads::all());
    cases.extend(refused_bodies::all());
    cases
}

pub(super) fn owned(cases: &[(&'static str, &str, Becomes)]) -> Vec<Case> {
    cases
        .iter()
        .map(|(name, sent, becomes)| (*name, (*sent).to_owned(), *becomes))
        .collect()
}

/// A GET with these field lines.
pub(super) fn with_fields(cases: &[(&'static str, &str, Becomes)]) -> Vec<Case> {
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
pub(super) fn with_body(cases: &[(&'static str, &str, &str, Becomes)]) -> Vec<Case> {
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
        ("what is for proxies", "Proxy-Connection: close\r\n", bare),
        (
            "what is said to a proxy at the tunnel's end",
            "Proxy-Authorization: Basic eDp5\r\n",
            Same,
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
