#![no_main]
//! PKCS#12 of a key with its certificate. Whoever makes one chooses how much work its password is, within bounds.

use ca_fuzz::PASSWORD;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match ca::read_pkcs12(bytes, PASSWORD) {
        Ok(identity) => assert!(!identity.chain.is_empty()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
