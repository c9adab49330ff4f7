#![no_main]
//! Each message's parser after a ServerHello of TLS 1.3, as if its seal had been opened.

use handshake::{Dissector, Late, Parties, Secrets, Side};
use handshake_fuzz::{record, server_hello};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &[u8])| {
    let (server, bytes) = input;
    let mut dissector = Dissector::new(Parties::DIRECT, Secrets::new());
    dissector.feed(Side::Server, 0, &record(22, &server_hello(0x1301, true)));
    dissector.feed_late(&Late {
        side: if server { Side::Server } else { Side::Client },
        at_us: 1,
        content_type: 22,
        bytes,
    });
    handshake_fuzz::check(&dissector.finish());
});
