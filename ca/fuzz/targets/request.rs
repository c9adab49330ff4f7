#![no_main]
//! Requests for certificates (PKCS#10), in DER and PEM.

use std::path::Path;

use ca::SigningRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = SigningRequest::parse(bytes, Path::new("a.csr")) {
        assert!(!error.to_string().is_empty());
    }
});
