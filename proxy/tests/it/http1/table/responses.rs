//! Responses, each to a GET or a HEAD on a connection of its own, that the origin ends behind it.

use super::{Becomes, Cut, Refused, Same, This};

type Case = (&'static str, &'static str, Vec<u8>, Becomes);

pub(super) fn all() -> Vec<Case> {
    let mut cases = carried();
    cases.extend(changed());
    cases.extend(refused());
    cases.extend(cut());
    cases
}

fn to_get<T: AsRef<[u8]>>(cases: impl IntoIterator<Item = (&'static str, T, Becomes)>) -> Vec<Case> {
    cases
        .into_iter()
        .map(|(name, sent, becomes)| (name, "GET", sent.as_ref().to_vec(), becomes))
        .collect()
}

/// With this status line, fields and body.
fn ok(cases: &[(&'static str, &str, Becomes)]) -> Vec<Case> {
    to_get(
        cases
            .iter()
            .map(|(name, rest, becomes)| (*name, format!("HTTP/1.1 200 OK\r\n{rest}"), *becomes)),
    )
}

fn carried() -> Vec<Case> {
    let mut cases = ok(&[
        ("a length", "Content-Length: 5\r\n\r\nhello", Same),
        ("no body", "Content-Length: 0\r\n\r\n", Same),
        (
            "a length with zeros before it",
            "Content-Length: 005\r\n\r\nhello",
            Same,
        ),
        (
            "chunks",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            Same,
        ),
        (
            "chunks, extensions, trailers",
            "transfer-encoding: CHUNKED\r\n\r\n01;a=\"b\"\r\nx\r\n0;z\r\nA: 1\r\na:2\r\n\r\n",
            Same,
        ),
        (
            "a body to the end of the connection",
            "\r\nas long as it lasts",
            Same,
        ),
        ("nothing to the end of the connection", "\r\n", Same),
        (
            "duplicates where they stood",
            "Set-Cookie: a\r\nX: 1\r\nset-cookie: b\r\nX: 2\r\nContent-Length: 0\r\n\r\n",
            Same,
        ),
        (
            "names in any case",
            "cOnTeNt-LeNgTh: 0\r\nSERVER: x\r\n\r\n",
            Same,
        ),
        (
            "white space around values",
            "A:b\r\nC:  \t d \r\nE:\r\nContent-Length: 0\r\n\r\n",
            Same,
        ),
        (
            "a value beyond ASCII",
            "X: \u{e9}\u{4e2d}\r\nContent-Length: 0\r\n\r\n",
            Same,
        ),
        (
            "a control byte in a value",
            "X: a\x01\x7fb\r\nContent-Length: 0\r\n\r\n",
            Same,
        ),
        (
            "the origin's end",
            "Connection: close\r\nContent-Length: 2\r\n\r\nok",
            Same,
        ),
        (
            "a coding of the content",
            "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nno",
            Same,
        ),
        (
            "a body of control bytes",
            "Content-Length: 5\r\n\r\n\0\r\n\r\n",
            Same,
        ),
    ]);
    cases.extend(to_get([
        ("a reason of its own", "HTTP/1.1 200 Quite  Fine\r\nContent-Length: 0\r\n\r\n", Same),
        ("no reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", Same),
        ("no reason, and no space for one", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", Same),
        ("a reason beyond ASCII", "HTTP/1.1 200 \u{e9}\r\nContent-Length: 0\r\n\r\n", Same),
        ("a status of nobody's", "HTTP/1.1 299 x\r\nContent-Length: 0\r\n\r\n", Same),
        ("a status of no class", "HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n", Same),
        ("404", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", Same),
        ("204", "HTTP/1.1 204 No Content\r\nETag: \"a\"\r\n\r\n", Same),
        ("204 with a length of nothing", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", Same),
        ("205", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", Same),
        ("304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", Same),
        ("304 with a coding", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", Same),
        ("426 with what to upgrade to", "HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade\r\nUpgrade: TLS/1.3\r\nContent-Length: 0\r\n\r\n", Same),
        ("HTTP/1.0 with a length", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", Same),
        ("HTTP/1.0 to the end of the connection", "HTTP/1.0 200 OK\r\n\r\nas long as it lasts", Same),
        ("100 that nobody asked for", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Same),
        ("102 twice", "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Same),
        ("103", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nlink: </b>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Same),
        ("1xx of nobody's", "HTTP/1.1 199 x\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Same),
    ]));
    for (name, sent) in [
        (
            "a HEAD with a length",
            "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
        ),
        (
            "a HEAD with a coding",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        ("a HEAD with neither", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"),
    ] {
        // The origin ends its connection without saying so: nothing is made up of that.
        cases.push((name, "HEAD", sent.into(), Same));
    }
    let long = format!(
        "HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 2\r\n\r\nok",
        "x".repeat(60_000)
    );
    cases.extend(to_get([("a long value", long, Same)]));
    let chunks = "3\r\nabc\r\n".repeat(5_000);
    let many = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
    cases.extend(to_get([("many chunks", many, Same)]));
    cases
}

fn changed() -> Vec<Case> {
    let mut cases = ok(&[
        (
            "a length beside chunks: the chunks count",
            "Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            This("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
        ),
        (
            "the same length twice",
            "Content-Length: 2\r\nA: 1\r\nContent-Length: 2\r\n\r\nok",
            This("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: 1\r\n\r\nok"),
        ),
        (
            "a list of one length",
            "Content-Length: 2, 2\r\n\r\nok",
            This("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ),
        (
            "fields of one hop",
            "Connection: X-Mine, keep-alive\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nProxy-Connection: a\r\nContent-Length: 2\r\n\r\nok",
            This("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ),
        (
            "an offer of HTTP/2",
            "Connection: Upgrade\r\nUpgrade: h2,h2c\r\nContent-Length: 2\r\n\r\nok",
            This("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ),
        (
            "an end among other words",
            "Connection: close, x-a\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok",
            This("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
        ),
        (
            "a space before a colon",
            "X : a\r\nContent-Length\t: 2\r\n\r\nok",
            This("HTTP/1.1 200 OK\r\nX: a\r\nContent-Length: 2\r\n\r\nok"),
        ),
        (
            "a folded field",
            "X: a\r\n  b\r\n\tc\r\nContent-Length: 2\r\n\r\nok",
            This("HTTP/1.1 200 OK\r\nX: a    b  \tc\r\nContent-Length: 2\r\n\r\nok"),
        ),
        (
            "a line feed alone",
            "X: a\nContent-Length: 2\r\n\r\nok",
            This("HTTP/1.1 200 OK\r\nX: a\r\nContent-Length: 2\r\n\r\nok"),
        ),
    ]);
    cases.extend(to_get([
        (
            "line feeds alone",
            "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
            This("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ),
        (
            "204 with a coding",
            "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
            This("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
        ),
        (
            "204 with a length",
            "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
            This("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
        ),
        (
            "103 with a length",
            "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            This("HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"),
        ),
        (
            "more than its length",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n",
            This("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ),
        (
            "more than its last chunk",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            This("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ),
    ]));
    cases.push((
        "a HEAD with a body",
        "HEAD",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_vec(),
        This("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    ));
    cases
}

fn refused() -> Vec<Case> {
    let bad = |why| Refused(502, why);
    let mut cases = to_get([
        ("nothing", "", bad("closed the connection before it answered")),
        (
            "half a head",
            "HTTP/1.1 200 OK\r\nA: b\r\n",
            bad("closed the connection before it answered"),
        ),
        (
            "no HTTP at all",
            "220 this is no web server\r\n\r\n",
            bad("not valid HTTP"),
        ),
        ("HTTP/0.9", "<html>hello</html>", bad("not valid HTTP")),
        ("ICY", "ICY 200 OK\r\n\r\n", bad("not valid HTTP")),
        ("HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n", bad("it speaks HTTP/2.0")),
        ("HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n", bad("it speaks HTTP/1.2")),
        (
            "a version in lower case",
            "http/1.1 200 OK\r\n\r\n",
            bad("first line"),
        ),
        (
            "a version of one number",
            "HTTP/2 200 OK\r\n\r\n",
            bad("first line"),
        ),
        ("a space before it", " HTTP/1.1 200 OK\r\n\r\n", bad("first line")),
        (
            "an empty line before it",
            "\r\nHTTP/1.1 200 OK\r\n\r\n",
            bad("first line"),
        ),
        (
            "a status of two digits",
            "HTTP/1.1 20 OK\r\n\r\n",
            bad("is not a number"),
        ),
        (
            "a status of four digits",
            "HTTP/1.1 2000 OK\r\n\r\n",
            bad("is not a number"),
        ),
        (
            "a status below 100",
            "HTTP/1.1 099 OK\r\n\r\n",
            bad("is not a number"),
        ),
        (
            "a status of letters",
            "HTTP/1.1 abc OK\r\n\r\n",
            bad("is not a number"),
        ),
        ("two spaces", "HTTP/1.1  200 OK\r\n\r\n", bad("is not a number")),
        ("a tab", "HTTP/1.1\t200 OK\r\n\r\n", bad("first line")),
        ("no status", "HTTP/1.1\r\n\r\n", bad("first line")),
        (
            "a carriage return in the reason",
            "HTTP/1.1 200 O\rK\r\n\r\n",
            bad("carriage return"),
        ),
        (
            "a zero byte in the reason",
            "HTTP/1.1 200 O\0K\r\n\r\n",
            bad("zero byte"),
        ),
        (
            "chunks in HTTP/1.0",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            bad("HTTP/1.0, which has none"),
        ),
        (
            "a protocol that nobody asked for",
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
            bad("switches to another protocol"),
        ),
    ]);
    cases.extend(ok(&[
        (
            "a space before the first field",
            " A: b\r\n\r\n",
            bad("before the first field"),
        ),
        ("a zero byte in a value", "A: b\0c\r\n\r\n", bad("zero byte")),
        (
            "a carriage return in a value",
            "A: b\rc: d\r\n\r\n",
            bad("carriage return"),
        ),
        ("a line without a colon", "A\r\n\r\n", bad("no colon")),
        ("no name", ": b\r\n\r\n", bad("no name")),
        ("a name with a space", "A B: c\r\n\r\n", bad("not a field's name")),
        (
            "a name beyond ASCII",
            "\u{e9}: c\r\n\r\n",
            bad("not a field's name"),
        ),
        (
            "a length in a second line",
            "Content-Length:\r\n 2\r\n\r\nok",
            bad("second line"),
        ),
        (
            "a coding in a second line",
            "Transfer-Encoding: x,\r\n chunked\r\n\r\n0\r\n\r\n",
            bad("second line"),
        ),
        (
            "two lengths",
            "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
            bad("differ"),
        ),
        (
            "a list of two lengths",
            "Content-Length: 2, 3\r\n\r\nok!",
            bad("differ"),
        ),
        (
            "a length with a sign",
            "Content-Length: +2\r\n\r\nok",
            bad("not a number of bytes"),
        ),
        (
            "a length below nothing",
            "Content-Length: -2\r\n\r\nok",
            bad("not a number of bytes"),
        ),
        (
            "a length in hexadecimal",
            "Content-Length: 0x2\r\n\r\nok",
            bad("not a number of bytes"),
        ),
        (
            "an empty length",
            "Content-Length: \r\n\r\nok",
            bad("not a number of bytes"),
        ),
        (
            "a length beyond all numbers",
            "Content-Length: 99999999999999999999\r\n\r\nok",
            bad("not a number of bytes"),
        ),
        (
            "a bad length beside chunks",
            "Content-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            bad("not a number of bytes"),
        ),
        (
            "another coding",
            "Transfer-Encoding: gzip\r\n\r\nno",
            bad("only `chunked`"),
        ),
        (
            "a coding below chunks",
            "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            bad("only `chunked`"),
        ),
        (
            "chunked twice",
            "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
            bad("only `chunked`"),
        ),
        (
            "chunked in two lines",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            bad("only `chunked`"),
        ),
        (
            "identity",
            "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok",
            bad("only `chunked`"),
        ),
    ]));
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(300_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: 1\r\n".repeat(300));
    cases.extend(to_get([
        ("a head too long", long, bad("longer than 262144 bytes")),
        ("too many fields", many, bad("more than 256 fields")),
    ]));
    cases
}

fn cut() -> Vec<Case> {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunks = [
        (
            "half a length",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe",
            Cut("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"),
        ),
        (
            "nothing of a length",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            Cut("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        ),
    ];
    let mut cases = to_get(chunks);
    for (name, body) in [
        ("a size with 0x", "0x1\r\na\r\n0\r\n\r\n"),
        ("a space behind a size", "1 \r\na\r\n0\r\n\r\n"),
        ("no size", "\r\n"),
        ("a size too large", "ffffffffffffffff\r\na\r\n0\r\n\r\n"),
        ("a chunk longer than its size", "1\r\nab\r\n0\r\n\r\n"),
        ("a line feed alone", "1\na\r\n0\r\n\r\n"),
        ("a zero byte in an extension", "1;\0\r\na\r\n0\r\n\r\n"),
        ("a length in a trailer", "0\r\nContent-Length: 5\r\n\r\n"),
        ("a trailer without a colon", "0\r\nX\r\n\r\n"),
    ] {
        // Nothing of the piece that is bad goes on.
        cases.push((
            name,
            "GET",
            format!("{head}{body}").into_bytes(),
            Cut("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ));
    }
    cases.push((
        "half a chunk",
        "GET",
        format!("{head}5\r\nhe").into_bytes(),
        Cut("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"),
    ));
    cases.push((
        "no last chunk",
        "GET",
        format!("{head}2\r\nhe\r\n").into_bytes(),
        Cut("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n"),
    ));
    cases.push((
        "a trailer that does not end",
        "GET",
        format!("{head}0\r\nX: a\r\n").into_bytes(),
        Cut("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"),
    ));
    cases
}
