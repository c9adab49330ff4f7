//! What a client must not do.

use super::*;

pub(super) fn of_clients() -> Vec<Rule> {
    let malformed = Stream(1, PROTOCOL_ERROR);
    let lacking = |name: &str| -> Vec<RawFrame> {
        pseudo(
            &GET.into_iter()
                .filter(|field| field.0 != name)
                .collect::<Vec<_>>(),
        )
    };
    let with = |more: &[(&'static str, &'static str)]| vec![get(1, more)];
    vec![
        (
            "4.3",
            "a block with an index that is not there",
            vec![raw(HEADERS, 5, 1, &[0xff, 0xff, 0x00])],
            by_the_crate(Connection(PROTOCOL_ERROR), Connection(COMPRESSION_ERROR)),
        ),
        (
            "4.3",
            "a block with index 0",
            vec![raw(HEADERS, 5, 1, &[0x80])],
            by_the_crate(Connection(PROTOCOL_ERROR), Connection(COMPRESSION_ERROR)),
        ),
        (
            "4.3",
            "a block that is cut off",
            vec![raw(HEADERS, 5, 1, &[0x40, 0x05, b'a'])],
            by_the_crate(Connection(PROTOCOL_ERROR), Connection(COMPRESSION_ERROR)),
        ),
        (
            "4.3",
            "a table larger than allowed",
            vec![raw(HEADERS, 5, 1, &[0x3f, 0xff, 0xff, 0x03])],
            by_the_crate(Connection(PROTOCOL_ERROR), Connection(COMPRESSION_ERROR)),
        ),
        (
            "4.3",
            "another frame within a header block",
            vec![raw(HEADERS, 0, 1, &block(&GET)), raw(PING, 0, 0, &[0; 8])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "4.3",
            "another stream's CONTINUATION",
            vec![raw(HEADERS, 0, 1, &block(&GET)), raw(CONTINUATION, 4, 3, b"")],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "5.1",
            "DATA behind the end of a request",
            vec![get(1, &[]), RawFrame::data(1, 0, "x")],
            by_the_crate(Connection(PROTOCOL_ERROR), Stream(1, STREAM_CLOSED)),
        ),
        (
            "5.1",
            "HEADERS behind the end of a request",
            vec![get(1, &[]), get(1, &[])],
            by_the_crate(Connection(PROTOCOL_ERROR), Stream(1, STREAM_CLOSED)),
        ),
        (
            "5.1",
            "DATA behind a reset",
            vec![
                post(1, &[]),
                RawFrame::reset(1, CANCEL),
                RawFrame::data(1, 0, "x"),
            ],
            Stream(1, STREAM_CLOSED),
        ),
        (
            "5.1.1",
            "a stream of an even number",
            vec![get(2, &[])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "5.1.1",
            "a stream of a lower number",
            vec![get(5, &[]), get(3, &[])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.1",
            "DATA that is padding alone and more",
            vec![post(1, &[]), raw(DATA, PADDED, 1, &[5, 0])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.1",
            "DATA with padding",
            vec![post(1, &[]), raw(DATA, PADDED, 1, &[2, b'x', 0, 0])],
            Nothing,
        ),
        (
            "6.2",
            "HEADERS that are padding alone and more",
            vec![raw(HEADERS, 13, 1, &[9, 0])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.3",
            "PRIORITY of an idle stream",
            vec![raw(PRIORITY, 0, 9, &[0, 0, 0, 0, 1])],
            Nothing,
        ),
        (
            "6.3",
            "PRIORITY of four bytes",
            vec![raw(PRIORITY, 0, 1, &[0; 4])],
            by_the_crate(Connection(PROTOCOL_ERROR), Connection(FRAME_SIZE_ERROR)),
        ),
        (
            "6.5.2",
            "ENABLE_PUSH that is neither",
            vec![RawFrame::settings(&[(2, 2)])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.6",
            "PUSH_PROMISE of a client",
            vec![get(1, &[]), raw(PUSH_PROMISE, 4, 1, &[0, 0, 0, 2])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.9",
            "WINDOW_UPDATE of nothing on a stream",
            vec![post(1, &[]), RawFrame::window(1, 0)],
            by_the_crate(Connection(PROTOCOL_ERROR), Stream(1, PROTOCOL_ERROR)),
        ),
        (
            "6.9.1",
            "a stream's window beyond 2^31-1",
            vec![post(1, &[]), RawFrame::window(1, 0x7fff_ffff)],
            Stream(1, FLOW_CONTROL_ERROR),
        ),
        (
            "6.9.2",
            "a window that SETTINGS take beyond 2^31-1",
            vec![
                post(1, &[]),
                RawFrame::window(1, 0x7fff_0000),
                RawFrame::settings(&[(4, 0x7fff_ffff)]),
            ],
            Connection(FLOW_CONTROL_ERROR),
        ),
        (
            "8.1",
            "trailers that do not end the stream",
            vec![post(1, &[]), RawFrame::headers(1, 0, &[("x", "1")])],
            malformed,
        ),
        (
            "8.1",
            "a field of a request in trailers",
            vec![post(1, &[]), RawFrame::headers(1, END_STREAM, &[(":path", "/")])],
            by_the_crate(Nothing, malformed),
        ),
        (
            "8.1.1",
            "less than the length said",
            vec![
                post(1, &[("content-length", "5")]),
                RawFrame::data(1, END_STREAM, "four"),
            ],
            malformed,
        ),
        (
            "8.1.1",
            "more than the length said",
            vec![
                post(1, &[("content-length", "3")]),
                RawFrame::data(1, END_STREAM, "four"),
            ],
            malformed,
        ),
        (
            "8.1.1",
            "nothing where a length was said",
            with(&[("content-length", "3")]),
            malformed,
        ),
        (
            "8.1.1",
            "two lengths",
            with(&[("content-length", "0"), ("content-length", "1")]),
            malformed,
        ),
        (
            "8.1.1",
            "a length that is no number",
            with(&[("content-length", "+0")]),
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
            "a name with a space",
            field(b"x a", b"1"),
            by_the_crate(Connection(PROTOCOL_ERROR), malformed),
        ),
        (
            "8.2.1",
            "a name with a colon",
            field(b"x:a", b"1"),
            by_the_crate(Connection(PROTOCOL_ERROR), malformed),
        ),
        (
            "8.2.1",
            "a name with a line's end",
            field(b"x\r\na", b"1"),
            by_the_crate(Connection(PROTOCOL_ERROR), malformed),
        ),
        (
            "8.2.1",
            "a name of nothing",
            field(b"", b"1"),
            by_the_crate(Connection(PROTOCOL_ERROR), malformed),
        ),
        (
            "8.2.1",
            "a value with NUL",
            field(b"x", b"a\0b"),
            by_the_crate(Connection(PROTOCOL_ERROR), malformed),
        ),
        (
            "8.2.1",
            "a value with CR",
            field(b"x", b"a\rb"),
            by_the_crate(Connection(PROTOCOL_ERROR), malformed),
        ),
        (
            "8.2.1",
            "a value with LF",
            field(b"x", b"a\nevil: 1"),
            by_the_crate(Connection(PROTOCOL_ERROR), malformed),
        ),
        (
            "8.2.1",
            "a value that begins with a space",
            field(b"x", b" a"),
            malformed,
        ),
        (
            "8.2.1",
            "a value that ends with a tab",
            field(b"x", b"a\t"),
            malformed,
        ),
        ("8.2.2", "connection", with(&[("connection", "close")]), malformed),
        ("8.2.2", "keep-alive", with(&[("keep-alive", "1")]), malformed),
        (
            "8.2.2",
            "proxy-connection",
            with(&[("proxy-connection", "close")]),
            malformed,
        ),
        (
            "8.2.2",
            "transfer-encoding",
            with(&[("transfer-encoding", "chunked")]),
            malformed,
        ),
        ("8.2.2", "upgrade", with(&[("upgrade", "h2c")]), malformed),
        (
            "8.2.2",
            "te that is not trailers",
            with(&[("te", "gzip")]),
            malformed,
        ),
        ("8.2.2", "te: trailers", with(&[("te", "trailers")]), Nothing),
        (
            "8.3",
            "an unknown pseudo-header field",
            with(&[(":what", "1")]),
            by_the_crate(Connection(PROTOCOL_ERROR), malformed),
        ),
        ("8.3", "one of a response", with(&[(":status", "200")]), malformed),
        (
            "8.3",
            "one behind a field",
            with(&[("x", "1"), (":path", "/b")]),
            malformed,
        ),
        ("8.3.1", "one twice", with(&[(":path", "/b")]), malformed),
        ("8.3.1", "no method", lacking(":method"), malformed),
        ("8.3.1", "no scheme", lacking(":scheme"), malformed),
        ("8.3.1", "no path", lacking(":path"), malformed),
        (
            "8.3.1",
            "no authority and no host",
            lacking(":authority"),
            Nothing,
        ),
        (
            "8.3.1",
            "an empty path",
            pseudo(&[
                (":method", "GET"),
                (":scheme", "http"),
                (":authority", "a"),
                (":path", ""),
            ]),
            malformed,
        ),
        (
            "8.3.1",
            "a path with a space",
            pseudo(&[
                (":method", "GET"),
                (":scheme", "http"),
                (":authority", "a"),
                (":path", "/a HTTP/1.1"),
            ]),
            malformed,
        ),
        (
            "8.3.1",
            "a path with a line's end",
            pseudo(&[
                (":method", "GET"),
                (":scheme", "http"),
                (":authority", "a"),
                (":path", "/a\r\nx: y"),
            ]),
            malformed,
        ),
        (
            "8.3.1",
            "a method with a space",
            pseudo(&[
                (":method", "GET /b"),
                (":scheme", "http"),
                (":authority", "a"),
                (":path", "/"),
            ]),
            by_the_crate(Connection(PROTOCOL_ERROR), malformed),
        ),
        (
            "8.3.1",
            "user information",
            pseudo(&[
                (":method", "GET"),
                (":scheme", "http"),
                (":authority", "me:word@a"),
                (":path", "/"),
            ]),
            malformed,
        ),
        (
            "8.3.1",
            "an authority with a space",
            pseudo(&[
                (":method", "GET"),
                (":scheme", "http"),
                (":authority", "a b"),
                (":path", "/"),
            ]),
            malformed,
        ),
        (
            "8.5",
            "CONNECT with a path",
            pseudo(&[(":method", "CONNECT"), (":authority", "a:1"), (":path", "/")]),
            malformed,
        ),
        (
            "8.5",
            "CONNECT with a scheme",
            pseudo(&[(":method", "CONNECT"), (":authority", "a:1"), (":scheme", "http")]),
            malformed,
        ),
        (
            "RFC 8441 3",
            "a setting that is neither",
            vec![RawFrame::settings(&[(8, 2)])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "RFC 8441 4",
            ":protocol that nobody offered",
            pseudo(&[
                (":method", "CONNECT"),
                (":protocol", "websocket"),
                (":scheme", "http"),
                (":authority", "a"),
                (":path", "/"),
            ]),
            malformed,
        ),
        (
            "RFC 8441 4",
            ":protocol without CONNECT",
            with(&[(":protocol", "websocket")]),
            malformed,
        ),
        (
            "RFC 9110 7.2",
            "two hosts",
            with(&[("host", "a"), ("host", "b")]),
            malformed,
        ),
    ]
}
