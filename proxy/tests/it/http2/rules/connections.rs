//! What neither peer may do.

use super::*;

pub(super) fn of_connections() -> Vec<Rule> {
    let settings = |id, value| vec![RawFrame::settings(&[(id, value)])];
    vec![
        (
            "4.1",
            "a frame of an unknown type",
            vec![raw(0x2a, 0xff, 0, b"what")],
            Nothing,
        ),
        (
            "4.1",
            "an unknown flag",
            vec![raw(PING, 0xfe, 0, b"12345678")],
            Nothing,
        ),
        (
            "4.1",
            "the reserved bit",
            vec![raw(PING, 0, 0x8000_0000, b"12345678")],
            Nothing,
        ),
        (
            "4.2",
            "a frame larger than allowed",
            vec![raw(0x2a, 0, 0, &[0; 16_385])],
            Connection(FRAME_SIZE_ERROR),
        ),
        (
            "5.1",
            "WINDOW_UPDATE on an idle stream",
            vec![RawFrame::window(9, 1)],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "5.1",
            "RST_STREAM on an idle stream",
            vec![RawFrame::reset(9, CANCEL)],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "5.1",
            "DATA on an idle stream",
            vec![RawFrame::data(9, 0, "x")],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.1",
            "DATA on stream 0",
            vec![RawFrame::data(0, 0, "x")],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.2",
            "HEADERS on stream 0",
            vec![RawFrame::headers(0, 0, &GET)],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.3",
            "PRIORITY on stream 0",
            vec![raw(PRIORITY, 0, 0, &[0, 0, 0, 1, 1])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.4",
            "RST_STREAM on stream 0",
            vec![RawFrame::reset(0, CANCEL)],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.4",
            "RST_STREAM of three bytes",
            vec![raw(RST_STREAM, 0, 1, &[0; 3])],
            by_the_crate(Connection(PROTOCOL_ERROR), Connection(FRAME_SIZE_ERROR)),
        ),
        (
            "6.5",
            "an acknowledgement with settings",
            vec![raw(SETTINGS, ACK, 0, &[0; 6])],
            by_the_crate(Connection(PROTOCOL_ERROR), Connection(FRAME_SIZE_ERROR)),
        ),
        (
            "6.5",
            "SETTINGS on a stream",
            vec![raw(SETTINGS, 0, 1, &[])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.5",
            "SETTINGS of five bytes",
            vec![raw(SETTINGS, 0, 0, &[0; 5])],
            by_the_crate(Connection(PROTOCOL_ERROR), Connection(FRAME_SIZE_ERROR)),
        ),
        ("6.5.2", "an unknown setting", settings(0x2a, 7), Nothing),
        (
            "6.5.2",
            "a window beyond 2^31-1",
            settings(4, 0x8000_0000),
            by_the_crate(Connection(PROTOCOL_ERROR), Connection(FLOW_CONTROL_ERROR)),
        ),
        (
            "6.5.2",
            "frames smaller than 2^14",
            settings(5, 16_383),
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.5.2",
            "frames larger than 2^24-1",
            settings(5, 1 << 24),
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.7",
            "PING on a stream",
            vec![raw(PING, 0, 1, &[0; 8])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.7",
            "PING of six bytes",
            vec![raw(PING, 0, 0, &[0; 6])],
            by_the_crate(Connection(PROTOCOL_ERROR), Connection(FRAME_SIZE_ERROR)),
        ),
        (
            "6.7",
            "an answer to no PING",
            vec![raw(PING, ACK, 0, &[9; 8])],
            Nothing,
        ),
        (
            "6.8",
            "GOAWAY on a stream",
            vec![raw(GOAWAY, 0, 1, &[0; 8])],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.9",
            "WINDOW_UPDATE of nothing",
            vec![RawFrame::window(0, 0)],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.9",
            "WINDOW_UPDATE of three bytes",
            vec![raw(WINDOW_UPDATE, 0, 0, &[0; 3])],
            by_the_crate(Connection(PROTOCOL_ERROR), Connection(FRAME_SIZE_ERROR)),
        ),
        (
            "6.9.1",
            "a connection's window beyond 2^31-1",
            vec![RawFrame::window(0, 0x7fff_ffff)],
            Connection(FLOW_CONTROL_ERROR),
        ),
        (
            "6.10",
            "CONTINUATION on stream 0",
            vec![raw(CONTINUATION, END_HEADERS, 0, b"")],
            Connection(PROTOCOL_ERROR),
        ),
        (
            "6.10",
            "CONTINUATION of nothing",
            vec![raw(CONTINUATION, END_HEADERS, 1, b"")],
            Connection(PROTOCOL_ERROR),
        ),
    ]
}
