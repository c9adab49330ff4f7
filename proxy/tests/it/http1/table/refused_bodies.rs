//! Requests whose lengths or chunks are refused.

use super::Refused;
use super::requests::{Case, owned, with_body};

pub(super) fn all() -> Vec<Case> {
    let mut cases = refused_lengths();
    cases.extend(refused_chunks());
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
