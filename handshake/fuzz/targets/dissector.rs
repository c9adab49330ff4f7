#![no_main]
//! Both sides' bytes in chunks of any size, without secrets.

use handshake::{Dissector, Parties, Secrets};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut dissector = Dissector::new(Parties::DIRECT, Secrets::new());
    handshake_fuzz::feed(&mut dissector, input);
    handshake_fuzz::check(&dissector.finish());
});
