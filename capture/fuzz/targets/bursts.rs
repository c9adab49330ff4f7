#![no_main]
//! Bytes that no HTTP was found in, by the times at which they passed.

use capture_fuzz::{bit, check, exchange, side};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (flags, bytes) = input;
    let exchange = exchange("CONNECT", "", &[], 200, &[]);
    check(
        &exchange,
        None,
        side(bit(flags, 0)),
        bytes,
        1 + usize::from(flags >> 1),
    );
});
