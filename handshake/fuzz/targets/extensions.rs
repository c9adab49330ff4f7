#![no_main]
//! Each extension's parser, in each of the messages in which extensions stand.

use handshake::{Dissector, Late, Parties, Secrets, Side};
use handshake_fuzz::{message, record, server_hello};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u16, &[u8])| {
    let (place, number, body) = input;
    let body = &body[..body.len().min(60_000)];
    let length = |bytes: &[u8]| (bytes.len() as u16).to_be_bytes();
    let extension = [&number.to_be_bytes()[..], &length(body), body].concat();
    let extensions = [&length(&extension)[..], &extension].concat();
    let hello_retry = handshake_fuzz::HELLO_RETRY_RANDOM;
    let (side, bytes) = match place % 7 {
        0 => {
            let hello = [
                &[3, 3][..],
                &[1; 32],
                &[0],
                &[0, 2, 0x13, 1],
                &[1, 0],
                &extensions,
            ]
            .concat();
            (Side::Client, message(1, &hello))
        }
        1 | 2 => {
            let random = if place % 7 == 1 { [9; 32] } else { hello_retry };
            let hello = [&[3, 3][..], &random, &[0], &[0x13, 1], &[0], &extensions].concat();
            (Side::Server, message(2, &hello))
        }
        3 => (Side::Server, message(8, &extensions)),
        4 => {
            let entry = [&[0, 0, 1, 0x30][..], &extensions].concat();
            let entries = &(entry.len() as u32).to_be_bytes()[1..];
            (Side::Server, message(11, &[&[0][..], entries, &entry].concat()))
        }
        5 => (Side::Server, message(13, &[&[0][..], &extensions].concat())),
        _ => {
            let ticket = [&[0; 8][..], &[0], &[0, 1, 7], &extensions].concat();
            (Side::Server, message(4, &ticket))
        }
    };
    let mut dissector = Dissector::new(Parties::ORIGIN_LEG, Secrets::new());
    dissector.feed(Side::Server, 0, &record(22, &server_hello(0x1301, true)));
    dissector.feed_late(&Late {
        side,
        at_us: 1,
        content_type: 22,
        bytes: &bytes,
    });
    handshake_fuzz::check(&dissector.finish());
});
