#![no_main]
//! Each message's parser after a ServerHello of TLS 1.2: the first two bytes are the suite, then the messages.

use handshake::{Dissector, Parties, Secrets, Side};
use handshake_fuzz::{record, server_hello};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, bool, &[u8])| {
    let (suite, server, bytes) = input;
    let mut dissector = Dissector::new(Parties::DIRECT, Secrets::new());
    dissector.feed(Side::Server, 0, &record(22, &server_hello(suite, false)));
    let side = if server { Side::Server } else { Side::Client };
    dissector.feed(side, 1, &record(22, bytes));
    handshake_fuzz::check(&dissector.finish());
});
