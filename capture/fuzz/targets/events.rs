#![no_main]
//! Server-sent events, with a content coding and without.

use capture::Side;
use capture_fuzz::{bit, check, exchange};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (flags, bytes) = input;
    let coding = if bit(flags, 0) { "gzip" } else { "identity" };
    let exchange = exchange(
        "GET",
        "/events",
        &[],
        200,
        &[
            ("content-type", "text/event-stream"),
            ("content-encoding", coding),
        ],
    );
    check(
        &exchange,
        None,
        Side::Response,
        bytes,
        1 + usize::from(flags >> 1),
    );
});
