#![no_main]
//! JSON, a line each, with a content coding and without.

use capture_fuzz::{bit, check, exchange, side};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (flags, bytes) = input;
    let coding = match flags >> 1 & 3 {
        0 | 1 => "identity",
        2 => "gzip",
        _ => "deflate",
    };
    let head = [
        ("content-type", "application/x-ndjson"),
        ("content-encoding", coding),
    ];
    let exchange = exchange("POST", "/lines", &head, 200, &head);
    check(
        &exchange,
        None,
        side(bit(flags, 0)),
        bytes,
        1 + usize::from(flags >> 3),
    );
});
