//! What an origin must not do.

use super::*;

/// Of what an origin alone can do, to a request on stream 1 that is not over.
pub(super) fn of_origins() -> Vec<Rule> {
    let malformed = Stream(1, PROTOCOL_ERROR);
    let answer = |fields: &[(&str, &str)]| vec![RawFrame::headers(1, END_STREAM, fields)];
    let field = |name: &'static [u8], value: &'static [u8]| {
        let block = raw_block([(&b":status"[..], &b"200"[..]), (name, value)]);
        vec![RawFrame::new(HEADERS, END_STREAM | END_HEADERS, 1, block)]
    };
    let began = RawFrame::headers(1, 0, &[(":status", "200")]);
    vec![
        (
            "4.3",
            "a block with index 0",
            vec![raw(HEADERS, 5, 1, &[0x80])],
            by_the_crate(Connection(PROTOCOL_ERROR), Connection(COMPRESSION_ERROR)),
        ),
        (
            "5.1",
            "HEADERS on an idle stream",
            vec![RawFrame::headers(9, 0, &[(":status", "200")])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "5.1",
            "HEADERS on a stream of its own",
            vec![RawFrame::headers(2, 0, &[(":status", "200")])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.5.2",
            "ENABLE_PUSH of a server",
            vec![RawFrame::settings(&[(2, 1)])],
            by_the_crate(Nothing, Connection(PROTOCOL_ERROR)),
        ),
        (
            "6.6",
            "PUSH_PROMISE that was switched off",
            vec![raw(
                PUSH_PROMISE,
                4,
                1,
                &[&[0, 0, 0, 2][..], &block(&GET)].concat(),
            )],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "8.1",
            "DATA before a head",
            vec![RawFrame::data(1, 0, "x")],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "8.1",
            "an interim response that ends the stream",
            vec![RawFrame::headers(1, END_STREAM, &[(":status", "103")])],
            malformed,
        ),
        (
            "8.1",
            "trailers that do not end the stream",
            vec![began.clone(), RawFrame::headers(1, 0, &[("x", "1")])],
            malformed,
        ),
        (
            "8.1.1",
            "less than the length said",
            vec![
                RawFrame::headers(1, 0, &[(":status", "200"), ("content-length", "5")]),
                RawFrame::data(1, END_STREAM, "four"),
            ],
            malformed,
        ),
        (
            "8.1.1",
            "more than the length said",
            vec![
                RawFrame::headers(1, 0, &[(":status", "200"), ("content-length", "3")]),
                RawFrame::data(1, END_STREAM, "four"),
            ],
            malformed,
        ),
        (
            "8.2.1",
            "a name in capitals",
            field(b"X-A", b"1"),
            by_the_crate(Connection(PROTOCOL_ERROR), malformed),
        ),
        (
            "8.2.1",
            "a value with LF",
            field(b"x", b"a\nset-cookie: evil"),
            by_the_crate(Connection(PROTOCOL_ERROR), malformed),
        ),
        (
            "8.2.1",
            "a value that begins with a space",
            field(b"x", b" a"),
            malformed,
        ),
        ("8.2.2", "connection", field(b"connection", b"close"), malformed),
        (
            "8.2.2",
            "transfer-encoding",
            field(b"transfer-encoding", b"chunked"),
            malformed,
        ),
        ("8.3.2", "no status", answer(&[("x", "1")]), malformed),
        (
            "8.3.2",
            "a status of four digits",
            answer(&[(":status", "2000")]),
            by_the_crate(Connection(PROTOCOL_ERROR), malformed),
        ),
        (
            "8.3.2",
            "a pseudo-header field of a request",
            answer(&[(":status", "200"), (":path", "/")]),
            by_the_crate(Nothing, malformed),
        ),
        (
            "8.3.2",
            "a status twice",
            answer(&[(":status", "200"), (":status", "404")]),
            malformed,
        ),
        (
            "8.6",
            "101",
            vec![RawFrame::headers(1, 0, &[(":status", "101")])],
            malformed,
        ),
    ]
}
