#![no_main]
//! Calls of gRPC and gRPC-Web, in base64 too, their messages compressed or not, told by a schema.

use capture_fuzz::{bit, check, exchange, schema, side};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (flags, bytes) = input;
    let content_type = match flags >> 1 & 3 {
        0 | 1 => "application/grpc",
        2 => "application/grpc-web+proto",
        _ => "application/grpc-web-text",
    };
    let encoding = if bit(flags, 3) { "gzip" } else { "identity" };
    let head = [("content-type", content_type), ("grpc-encoding", encoding)];
    let exchange = exchange("POST", "/fuzz.Calls/Call", &head, 200, &head);
    let schema = bit(flags, 4).then(schema);
    check(
        &exchange,
        schema,
        side(bit(flags, 0)),
        bytes,
        1 + 5 * usize::from(flags >> 5),
    );
});
