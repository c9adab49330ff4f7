//! The cases of the Autobahn suite (its sections in brackets): each is sent both ways, to the byte, and recorded as what it is.

use flate2::{Compress, Compression, FlushCompress};

use super::websocket_carried::*;

/// 1: framing. 9: limits.
fn framing() -> Vec<Case> {
    let mut cases = Vec::new();
    for (first, opcode) in [(TEXT, "text"), (BINARY, "binary")] {
        for length in [0, 125, 126, 127, 128, 65535, 65536, 1 << 20] {
            let payload = vec![b'*'; length];
            cases.push(case(
                format!("1-{opcode}-{length}"),
                &[(first, &payload)],
                vec![good(opcode, payload.clone())],
            ));
        }
    }
    let piece = [b'x'; 256];
    let mut frames: Vec<(u8, &[u8])> = vec![(0x02, &piece)];
    frames.extend(std::iter::repeat_n((0x00, &piece[..]), 1000));
    frames.push((0x80, b"end"));
    let whole = [vec![b'x'; 256 * 1001], b"end".to_vec()].concat();
    cases.push(case("9-fragments", &frames, vec![good("binary", whole)]));
    cases
}

/// 2: pings and pongs.
fn pings() -> Vec<Case> {
    let ping = |name: &str, payload: &[u8]| case(name, &[(PING, payload)], vec![good("ping", payload)]);
    vec![
        ping("2.1", b""),
        ping("2.2", b"Hello, world!"),
        ping("2.3", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"),
        ping("2.4", &[0xfe; 125]),
        case(
            "2.5",
            &[(PING, &[0xfe; 126])],
            vec![bad(
                Some("ping"),
                [0xfe; 126],
                "126 bytes, where 125 are the most",
            )],
        ),
        case("2.7", &[(PONG, b"")], vec![good("pong", "")]),
        case("2.8", &[(PONG, b"unasked")], vec![good("pong", "unasked")]),
        case(
            "2.9",
            &[(PONG, b"a"), (PING, b"b")],
            vec![good("pong", "a"), good("ping", "b")],
        ),
        case(
            "2.10",
            &[(PING, &b"p"[..]); 10],
            (0..10).map(|_| good("ping", "p")).collect(),
        ),
    ]
}

/// 3: reserved bits. 4: reserved opcodes.
fn reserved() -> Vec<Case> {
    let mut cases = Vec::new();
    for bits in 1..=7u8 {
        for (first, opcode) in [(TEXT, "text"), (PING, "ping"), (CLOSE, "close")] {
            cases.push(case(
                format!("3-{bits}-{opcode}"),
                &[(TEXT, b"before"), (first | bits << 4, b"\x03\xe8")],
                vec![
                    good("text", "before"),
                    bad(Some(opcode), b"\x03\xe8", "set, and no extension"),
                ],
            ));
        }
    }
    for code in [3u8, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        cases.push(case(
            format!("4-{code}"),
            &[(0x80 | code, b"what"), (PING, b"")],
            vec![bad(None, "what", "which is reserved"), good("ping", "")],
        ));
    }
    cases
}

/// 5: fragmentation.
fn fragments() -> Vec<Case> {
    vec![
        case(
            "5.1",
            &[(0x09, b"a"), (0x80, b"b")],
            vec![
                bad(Some("ping"), "a", "in fragments"),
                bad(None, "b", "not begun"),
            ],
        ),
        case(
            "5.3",
            &[(0x01, b"frag"), (0x80, b"ment")],
            vec![good("text", "fragment")],
        ),
        case(
            "5.6",
            &[(0x01, b"frag"), (PING, b"ping"), (0x80, b"ment")],
            vec![good("ping", "ping"), good("text", "fragment")],
        ),
        case(
            "5.9",
            &[(0x80, b"lost"), (TEXT, b"Hello")],
            vec![bad(None, "lost", "not begun"), good("text", "Hello")],
        ),
        case(
            "5.15",
            &[(0x01, b"a"), (0x80, b"b"), (0x00, b"c"), (TEXT, b"d")],
            vec![good("text", "ab"), bad(None, "c", "not begun"), good("text", "d")],
        ),
        case(
            "5.18",
            &[(0x01, b"a"), (0x01, b"b"), (0x80, b"c")],
            vec![
                bad(Some("text"), "a", "another message begins"),
                good("text", "bc"),
            ],
        ),
        case(
            "5.19",
            &[
                (0x01, b"1"),
                (0x00, b"2"),
                (PING, b"x"),
                (0x00, b"3"),
                (PING, b"y"),
                (0x80, b"5"),
            ],
            vec![good("ping", "x"), good("ping", "y"), good("text", "1235")],
        ),
    ]
}

/// 6: UTF-8.
fn utf8() -> Vec<Case> {
    let kosme = "\u{3ba}\u{1f79}\u{3c3}\u{3bc}\u{3b5}".as_bytes();
    let (begin, end) = kosme.split_at(3);
    let mut cases = vec![
        case(
            "6.1",
            &[(0x01, b""), (0x00, b""), (0x80, b"")],
            vec![good("text", "")],
        ),
        case("6.2", &[(0x01, begin), (0x80, end)], vec![good("text", kosme)]),
    ];
    for (at, text) in [
        "\0",
        "\u{7f}",
        "\u{80}",
        "\u{7ff}",
        "\u{800}",
        "\u{fffd}",
        "\u{ffff}",
        "\u{10000}",
        "\u{10ffff}",
    ]
    .into_iter()
    .enumerate()
    {
        cases.push(case(
            format!("6.5-{at}"),
            &[(TEXT, text.as_bytes())],
            vec![good("text", text)],
        ));
    }
    let wrong: [&[u8]; 14] = [
        b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80edited",
        b"\xf4\x90\x80\x80",
        b"\x80",
        b"\xbf",
        b"\xc0 ",
        b"\xe0\x80",
        b"\xf0\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xfe",
        b"\xff\xff",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xed\xbf\xbf",
        b"\xce",
    ];
    for (at, text) in wrong.into_iter().enumerate() {
        let expected = || vec![bad(Some("text"), text, "its text is not UTF-8 at byte")];
        cases.push(case(format!("6-wrong-{at}"), &[(TEXT, text)], expected()));
        let pieces: Vec<(u8, &[u8])> = [(0x01, &text[..1]), (0x00, &text[1..]), (0x80, b"")].to_vec();
        cases.push(case(format!("6-wrong-{at}-in-pieces"), &pieces, expected()));
    }
    cases
}

/// 7: closing.
fn closing() -> Vec<Case> {
    let mut cases = vec![
        case("7.3.1", &[(CLOSE, b"")], vec![good("close", "")]),
        case(
            "7.3.2",
            &[(CLOSE, b"a")],
            vec![bad(Some("close"), "a", "one byte")],
        ),
        case(
            "7.3.4",
            &[(CLOSE, b"\x03\xe8Hello World!")],
            vec![good("close", b"\x03\xe8Hello World!")],
        ),
        case(
            "7.3.5",
            &[(CLOSE, &[&b"\x03\xe8"[..], &[b'*'; 123]].concat())],
            vec![good("close", [&b"\x03\xe8"[..], &[b'*'; 123]].concat())],
        ),
        case(
            "7.3.6",
            &[(CLOSE, &[&b"\x03\xe8"[..], &[b'*'; 124]].concat())],
            vec![bad(
                Some("close"),
                [&b"\x03\xe8"[..], &[b'*'; 124]].concat(),
                "126 bytes, where 125 are the most",
            )],
        ),
        case(
            "7.5.1",
            &[(CLOSE, b"\x03\xe8\xce\xba\xff")],
            vec![bad(
                Some("close"),
                b"\x03\xe8\xce\xba\xff",
                "the reason is not UTF-8",
            )],
        ),
        // What comes behind a close is carried and told too.
        case(
            "7.1.2",
            &[(CLOSE, b"\x03\xe8"), (TEXT, b"late")],
            vec![good("close", b"\x03\xe8"), good("text", "late")],
        ),
    ];
    for code in [
        1000u16, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999,
    ] {
        let payload = code.to_be_bytes();
        cases.push(case(
            format!("7.7-{code}"),
            &[(CLOSE, &payload)],
            vec![good("close", payload)],
        ));
    }
    for code in [0u16, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535] {
        let payload = code.to_be_bytes();
        let expected = bad(Some("close"), payload, "is not one that may be sent");
        cases.push(case(format!("7.9-{code}"), &[(CLOSE, &payload)], vec![expected]));
    }
    cases
}

/// 12 and 13: compression.
fn compressed() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, extensions, takeover) in [
        ("12", "permessage-deflate", true),
        (
            "13",
            "permessage-deflate; client_no_context_takeover; server_no_context_takeover; client_max_window_bits=9",
            false,
        ),
    ] {
        for length in [0usize, 16, 64, 256, 1024, 4096, 16384, 131_072] {
            let message: Vec<u8> = (0..length)
                .map(|at| b"{\"a\": 12, \"word\"}"[(at * at / 7) % 17])
                .collect();
            let mut engine = Compress::new(Compression::default(), false);
            let mut deflated = || {
                if !takeover {
                    engine.reset();
                }
                let mut out = Vec::with_capacity(length + 1000);
                engine
                    .compress_vec(&message, &mut out, FlushCompress::Sync)
                    .unwrap();
                out.truncate(out.len() - 4);
                out
            };
            let (first, second, third) = (deflated(), deflated(), deflated());
            let (begin, end) = third.split_at(third.len() / 2);
            let mut frames = vec![
                (TEXT | RSV1, first),
                (BINARY | RSV1, second),
                (0x01 | RSV1, begin.to_vec()),
            ];
            frames.extend([
                (PING, b"between".to_vec()),
                (0x80, end.to_vec()),
                (TEXT, b"as it is".to_vec()),
            ]);
            cases.push(Case {
                name: format!("{name}-{length}"),
                frames,
                messages: vec![
                    good("text", message.clone()),
                    good("binary", message.clone()),
                    good("ping", "between"),
                    good("text", message.clone()),
                    good("text", "as it is"),
                ],
                extensions,
            });
        }
    }
    cases
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn framing_and_limits() {
    carry_all(framing()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pings_reserved_bits_and_opcodes() {
    carry_all(pings().into_iter().chain(reserved()).collect()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fragmentation_and_closing() {
    carry_all(fragments().into_iter().chain(closing()).collect()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_that_is_utf_8_and_that_is_not() {
    carry_all(utf8()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compression() {
    carry_all(compressed()).await;
}
