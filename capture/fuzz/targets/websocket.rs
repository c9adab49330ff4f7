#![no_main]
//! Frames of WebSockets: joined, decompressed, closed, and GraphQL's operations in them.

use capture_fuzz::{bit, check, exchange, side};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (flags, bytes) = input;
    let extensions = match flags >> 1 & 3 {
        0 => "",
        1 => "permessage-deflate",
        2 => "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        _ => "permessage-deflate; client_max_window_bits=9",
    };
    let subprotocol = if bit(flags, 3) { "graphql-transport-ws" } else { "" };
    let exchange = exchange(
        "GET",
        "/socket",
        &[("upgrade", "websocket")],
        101,
        &[
            ("sec-websocket-extensions", extensions),
            ("sec-websocket-protocol", subprotocol),
        ],
    );
    check(
        &exchange,
        None,
        side(bit(flags, 0)),
        bytes,
        1 + 3 * usize::from(flags >> 4),
    );
});
